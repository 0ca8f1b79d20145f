"""El grano: la textura fina que ninguna red que minimiza un error se atreve a inventar.

Una red que promedia lo que no sabe deja la piel lisa. El grano se toma de al lado, como hacen los
retocadores: de un trozo entero y parecido de la misma foto se copia solo lo que un desenfoque le
quitaría, y solo en la cantidad que falta. En una foto borrosa no hay nada que copiar.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

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

DISTANCES = np.repeat((1, 1.5, 2.2, 3.2), 16)
ANGLES = np.tile(np.linspace(0, 2 * np.pi, 16, endpoint=False), 4)
"""Dónde se busca textura: a qué distancia, en veces el lado del trozo, y hacia dónde."""

GAP = 8
"""Píxeles entre el trozo y lo más cerca que se busca."""

REACH = int(DISTANCES.max() * CELL) + GAP + 4
"""Hasta dónde, alrededor del trozo, hay algo que mirar."""

BLOCK = 256
"""Lo que rodea a los trozos de un cuadrado de estos píxeles se desenfoca de una vez."""

Cell = tuple[slice, slice, np.ndarray]
"""Un trozo: sus filas, sus columnas y lo que es hueco en él, bool (filas, columnas)."""


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
    for _, group in groupby(sorted(_cells(hole), key=_block), _block):
        cells = list(group)
        top = max(min(rows.start for rows, _, _ in cells) - REACH, 0)
        left = max(min(columns.start for _, columns, _ in cells) - REACH, 0)
        bottom = max(rows.stop for rows, _, _ in cells) + REACH
        right = max(columns.stop for _, columns, _ in cells) + REACH
        around = restored[top:bottom, left:right].astype(np.float32)
        smooth = cv2.GaussianBlur(around, (0, 0), BLUR)
        energy, unusable = _energy(around), spoiled[top:bottom, left:right]
        for rows, columns, inside in cells:
            cell = (
                slice(rows.start - top, rows.stop - top),
                slice(columns.start - left, columns.stop - left),
            )
            source = _similar(smooth, unusable, cell, inside)
            if source is None:
                continue
            missing = wanted * energy[source][inside].sum() - energy[cell][inside].sum()
            # Con un píxel más alrededor, que es lo que pide el gradiente.
            wide, inner = zip(*map(_widened, source, energy.shape), strict=True)
            texture = around[wide] - smooth[wide]
            limit = LIMIT * np.median(np.abs(texture[inner][inside]))
            texture = np.clip(texture, -limit, limit)
            available = _energy(texture)[inner][inside].sum()
            gain = np.sqrt(np.clip(missing / max(available, 1e-6), 0, 1))
            filled = around[cell][inside] + gain * texture[inner][inside]
            grainy[rows, columns][inside] = np.clip(np.rint(filled), 0, 255)
    return grainy


def _cells(hole: np.ndarray) -> Iterator[Cell]:
    """Los trozos del hueco, cada píxel en uno solo."""
    todo = hole.copy()
    count, _, boxes, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    for left, top, width, height, _ in boxes[1:count].tolist():
        for cell in tiles((top, left, top + height, left + width), CELL):
            if todo[cell].any():
                yield *cell, todo[cell].copy()
                todo[cell] = False


def _block(cell: Cell) -> tuple[int, int]:
    return cell[0].start // BLOCK, cell[1].start // BLOCK


def _widened(part: slice, length: int) -> tuple[slice, slice]:
    """Un intervalo con uno más a cada lado, si cabe; y dónde está, en él, el de antes."""
    start = max(part.start - 1, 0)
    return slice(start, min(part.stop + 1, length)), slice(part.start - start, part.stop - start)


def _similar(
    smooth: np.ndarray, spoiled: np.ndarray, cell: tuple[slice, slice], inside: np.ndarray
) -> tuple[slice, slice] | None:
    """El trozo de alrededor, entero y conocido, de color más parecido al de `cell`."""
    distance = DISTANCES * max(inside.shape) + GAP
    down = cell[0].start + np.rint(distance * np.sin(ANGLES)).astype(int)
    across = cell[1].start + np.rint(distance * np.cos(ANGLES)).astype(int)
    (height, width), (rows, columns) = spoiled.shape, inside.shape
    fits = (down >= 0) & (across >= 0) & (down + rows <= height) & (across + columns <= width)
    pixels = np.flatnonzero(np.pad(inside, ((0, 0), (0, width - columns))))
    starts = (down * width + across)[fits]
    starts = starts[~spoiled.ravel()[starts[:, None] + pixels].any(1)]
    if not len(starts):
        return None
    colors = smooth.reshape(-1, 3)
    differences = colors[starts[:, None] + pixels] - smooth[cell][inside]
    top, left = divmod(int(starts[np.mean(differences**2, (1, 2)).argmin()]), width)
    return slice(top, top + rows), slice(left, left + columns)
