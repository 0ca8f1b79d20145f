"""El grano: la textura fina que ninguna red que minimiza un error se atreve a inventar.

Una red que promedia lo que no sabe deja la piel lisa. El grano se toma de al lado, como hacen los
retocadores: de un trozo entero y parecido de la misma foto se copia solo lo que un desenfoque le
quitaría, y solo en la cantidad que falta. En una foto borrosa no hay nada que copiar.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ..checks import check_hole, check_image

BLUR = 1.0
"""Desviación, en píxeles, del desenfoque que separa la textura de lo demás."""

WANTED = 0.7
"""Qué parte de la energía del gradiente del trozo de al lado se quiere en el hueco."""

CELL = 24
"""El grano se elige por trozos de estos píxeles de lado, como mucho."""

LIMIT = 2.5
"""Lo que pasa de tantas veces la mediana no es grano, sino dibujo (una pestaña): se recorta."""

ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
OFFSETS = [
    (distance, np.sin(angle), np.cos(angle)) for distance in (1, 1.5, 2.2, 3.2) for angle in ANGLES
]
"""Dónde se busca textura: a qué distancia, en veces el lado del trozo, y hacia dónde."""

GAP = 8
"""Píxeles entre el trozo y lo más cerca que se busca."""


def tiles(box: tuple[int, int, int, int], side: int) -> Iterator[tuple[slice, slice]]:
    """Parte una caja (arriba, izquierda, abajo, derecha) en otras de `side` píxeles como mucho."""
    top, left, bottom, right = box
    rows, columns = (
        np.linspace(start, stop, -(-(stop - start) // side) + 1).astype(int)
        for start, stop in ((top, bottom), (left, right))
    )
    for y0, y1 in zip(rows, rows[1:], strict=False):
        for x0, x1 in zip(columns, columns[1:], strict=False):
            yield slice(y0, y1), slice(x0, x1)


def _energy(image: np.ndarray) -> np.ndarray:
    """El cuadrado del gradiente de la luminosidad, píxel a píxel."""
    rows, columns = np.gradient(cv2.transform(image, np.full((1, 3), 1 / 3)))
    return rows**2 + columns**2


def add_grain(restored: np.ndarray, hole: np.ndarray, wanted: float = WANTED) -> np.ndarray:
    """Pone en un hueco ya restaurado el grano de lo que lo rodea; fuera no toca nada.

    restored: uint8 (alto, ancho, 3); hole: bool (alto, ancho).
    wanted: cuánta de la energía de lo que lo rodea ha de tener, de 0 a 1.
    Devuelve uint8 (alto, ancho, 3). En una foto de un píxel de alto o de ancho no pone nada.
    Lanza UserError si no es una foto y su hueco.
    """
    check_image("La foto", restored)
    check_hole("El hueco", hole, restored.shape[:2])
    grainy = restored.copy()
    if min(hole.shape) < 2:
        return grainy
    # Junto al hueco, la textura está mezclada con lo que ha puesto la red.
    spoiled = cv2.dilate(hole.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
    todo = hole.copy()
    count, _, boxes, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    strokes = [(top, left, top + height, left + width) for left, top, width, height, _ in boxes]
    for rows, columns in (tile for box in strokes[1:count] for tile in tiles(box, CELL)):
        inside = todo[rows, columns].copy()
        if not inside.any():
            continue
        todo[rows, columns] = False
        reach = int(OFFSETS[-1][0] * CELL) + GAP + 4
        top, left = max(rows.start - reach, 0), max(columns.start - reach, 0)
        near = slice(top, rows.stop + reach), slice(left, columns.stop + reach)
        cell = (
            slice(rows.start - top, rows.stop - top),
            slice(columns.start - left, columns.stop - left),
        )
        around = restored[near].astype(np.float32)
        smooth = cv2.GaussianBlur(around, (0, 0), BLUR)
        source = _similar(smooth, spoiled[near], cell, inside)
        if source is None:
            continue
        energy = _energy(around)
        missing = wanted * energy[source][inside].sum() - energy[cell][inside].sum()
        texture = around - smooth
        limit = LIMIT * np.median(np.abs(texture[source][inside]))
        texture = np.clip(texture, -limit, limit)
        available = _energy(texture)[source][inside].sum()
        gain = np.sqrt(np.clip(missing / max(available, 1e-6), 0, 1))
        filled = around[cell][inside] + gain * texture[source][inside]
        grainy[rows, columns][inside] = np.clip(np.rint(filled), 0, 255)
    return grainy


def _similar(
    smooth: np.ndarray, spoiled: np.ndarray, cell: tuple[slice, slice], inside: np.ndarray
) -> tuple[slice, slice] | None:
    """El trozo de alrededor, entero y conocido, de color más parecido al de `cell`."""
    rows, columns = cell
    side = max(inside.shape)
    best, lowest = None, np.inf
    for distance, down, right in OFFSETS:
        y0 = rows.start + round((distance * side + GAP) * down)
        x0 = columns.start + round((distance * side + GAP) * right)
        place = slice(y0, y0 + inside.shape[0]), slice(x0, x0 + inside.shape[1])
        if min(y0, x0) < 0 or smooth[place].shape[:2] != inside.shape:
            continue
        if spoiled[place][inside].any():
            continue
        difference = np.mean((smooth[place][inside] - smooth[cell][inside]) ** 2)
        if difference < lowest:
            best, lowest = place, difference
    return best
