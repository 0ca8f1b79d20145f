"""Las ventanas que ve la red: de qué tamaño, dónde y cómo se le enseñan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np

from ..data.pairs import GUESS, to_float
from .faces import Face
from .grain import tiles

CONTEXT = 4
"""Lado de la ventana, como poco, en veces el grosor del trazo."""

FACE_SHARE = 1 / 4
"""Lado de la ventana, como poco, en partes del ancho de la cara."""

FEW = 64
"""Hasta tantas ventanas, cada trozo de trazo cae en medio de la suya; si son más, se comparten."""

GRID_SHARE = 16
"""En la cuadrícula, qué parte de la ventana, a cada lado, solo se mira; por trazos, un cuarto.

En diez retratos CC0 de elegir, con doscientos trazos finos cada uno, por trazos salen 88 ventanas.
En cuadrícula, el PSNR del hueco, sin grano, cambia así (media y error típico): con 1/4, 61 ventanas
y 0.00 ± 0.01 dB; con 1/8, 36 y -0.02 ± 0.01; con 1/16, 25 y -0.01 ± 0.02. Lo repite
`experiments/cuadricula.py`.
"""

TOGETHER = 8
"""Ventanas que se llevan a la red a la vez, como mucho, para no gastar memoria."""

Box = tuple[int, int, int, int]
"""Arriba, izquierda, abajo y derecha, en píxeles."""


class Window(NamedTuple):
    """Una ventana por restaurar: cuántas veces se mira a la mitad, dónde y qué se queda de ella."""

    level: int
    top: int
    left: int
    side: int
    middle: tuple[slice, slice]


def levels(
    hole: np.ndarray, faces: Sequence[Face], size: int, highest: int
) -> tuple[np.ndarray, list[tuple[int, Box]]]:
    """Cuántas veces hay que mirar a la mitad de tamaño cada trazo, de 0 a `highest`.

    Devuelve uint8 (alto, ancho), el nivel más uno de cada píxel del hueco y 0 en los demás; y los
    trazos: [(nivel, caja)].
    """
    if not hole.any():
        return np.zeros(hole.shape, np.uint8), []
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    levels = np.zeros(count, np.uint8)
    strokes = []
    for label, reach in enumerate(_reaches(hole, labels, count)[1:], 1):
        left, top, width, height = box = boxes[label, :4].tolist()
        wanted = max(CONTEXT * 2 * reach, FACE_SHARE * face_width(box, faces))
        level = min(highest, max(0, int(np.ceil(np.log2(wanted / size)))))
        levels[label] = level + 1
        strokes.append((level, (top, left, top + height, left + width)))
    return levels[labels], strokes


def face_width(box: Sequence[int], faces: Sequence[Face]) -> float:
    """El ancho de la mayor cara en la que cae el centro de un trazo, o 0.

    box: izquierda, arriba, ancho y alto, como las da `connectedComponentsWithStats`.
    """
    left, top, width, height = box
    column, row = left + width / 2, top + height / 2
    near = (face for x, y, face, *_ in faces if max(abs(column - x), abs(row - y)) < face)
    return max(near, default=0)


def _reaches(hole: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """De cada trazo, los píxeles que hay de lo más hondo a su borde: float32 (trazos + 1,)."""
    left, top, width, height = cv2.boundingRect(hole.view(np.uint8))
    near = slice(top, top + height), slice(left, left + width)
    padded = cv2.copyMakeBorder(hole[near].view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    reaches = np.zeros(count, np.float32)
    np.maximum.at(reaches, labels[near][hole[near]], distance[hole[near]])
    return reaches


def plan(
    levels: np.ndarray, strokes: Sequence[tuple[int, Box]], size: int, refines: bool
) -> list[Window]:
    """Las ventanas por las que pasa una restauración, en orden: de lejos a cerca.

    levels y strokes: véase `levels`. size: lado de las de nivel 0. refines: si se vuelve a mirar de
    cerca lo que se ha visto de lejos. Si salen más de `FEW`, se prueba con una cuadrícula, que no
    depende de cuántos sean los trazos, y se queda la que menos ventanas pide.
    """

    def by_stroke(level: int, side: int) -> Iterator[tuple[slice, slice]]:
        boxes = (box for wanted, box in strokes if wanted >= level)
        return (cell for box in boxes for cell in tiles(box, side // 2))

    def by_grid(level: int, side: int) -> Iterator[tuple[slice, slice]]:
        return tiles((0, 0, *levels.shape), side - 2 * (side // GRID_SHARE))

    plan = _cover(levels, by_stroke, size, refines, 4)
    if len(plan) > FEW:
        plan = min(plan, _cover(levels, by_grid, size, refines, GRID_SHARE), key=len)
    return plan


def _cover(
    levels: np.ndarray,
    cells: Callable[[int, int], Iterable[tuple[slice, slice]]],
    size: int,
    refines: bool,
    share: int,
) -> list[Window]:
    """Una ventana por cada celda en la que falta algo; lo que cae en medio se hace a la vez.

    cells: (nivel, lado de la ventana) -> celdas. share: qué parte de la ventana, a cada lado, solo
    se mira.
    """
    todo, windows = levels.copy(), []
    for level in reversed(range(levels.max())):
        side = size << level
        for cell in cells(level, side):
            if not (todo[cell] == level + 1).any():
                continue
            top, left = (
                inside((part.start + part.stop) // 2, side, length)
                for part, length in zip(cell, levels.shape, strict=True)
            )
            center = (
                middle(top, side, levels.shape[0], share),
                middle(left, side, levels.shape[1], share),
            )
            windows.append(Window(level, top, left, side, center))
            done = todo[center]
            done[done == level + 1] = level if refines else 0
    return windows


def batches(plan: Sequence[Window]) -> Iterator[list[Window]]:
    """Las ventanas en lotes: ninguna ve lo que cambia otra del suyo, ni espera a una posterior.

    Da lo mismo que ir de una en una.
    """
    top, left, side, turn = (np.zeros(len(plan), int) for _ in range(4))
    for i, window in enumerate(plan):
        top[i], left[i], side[i] = window.top, window.left, window.side
        overlaps = (top[:i] < top[i] + side[i]) & (top[i] < top[:i] + side[:i])
        overlaps &= (left[:i] < left[i] + side[i]) & (left[i] < left[:i] + side[:i])
        turn[i] = turn[:i][overlaps].max(initial=-1) + 1
    for number in range(turn.max(initial=-1) + 1):
        wave = [plan[i] for i in np.flatnonzero(turn == number).tolist()]
        for start in range(0, len(wave), TOGETHER):
            yield wave[start : start + TOGETHER]


def inside(center: int, side: int, length: int) -> int:
    """Dónde empieza la ventana con ese centro que no se sale de la foto; si no cabe, centrada."""
    if side >= length:
        return (length - side) // 2
    return min(max(center - side // 2, 0), length - side)


def cut(image: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """Recorta una ventana; lo que cae fuera de la imagen es su reflejo."""
    height, width = image.shape[:2]
    y0, y1, x0, x1 = max(top, 0), min(top + side, height), max(left, 0), min(left + side, width)
    padding = [(y0 - top, top + side - y1), (x0 - left, left + side - x1)]
    padding += [(0, 0)] * (image.ndim - 2)
    patch = image[y0:y1, x0:x1]
    return np.pad(patch, padding, "symmetric") if np.any(padding) else patch


def shrink(
    patch: np.ndarray, state: np.ndarray, size: int, fill: tuple[int, int, int]
) -> np.ndarray:
    """La ventana como la ve la red, (size, size, 4): lo desconocido no ensucia a sus vecinos.

    state: 0 donde se conoce, `GUESS` donde hay un color aproximado y 1 donde no se sabe nada.
    """
    if len(patch) == size:
        colors, hole = to_float(patch), state
    else:
        kind = cv2.INTER_AREA if len(patch) > size else cv2.INTER_CUBIC
        resize = partial(cv2.resize, dsize=(size, size), interpolation=kind)
        seen = (state < 1).astype(np.float32)
        share = np.clip(resize(seen), 0, 1)
        colors = resize(to_float(patch) * seen[..., None])
        colors = np.clip(colors / np.maximum(share, 1e-6)[..., None], -1, 1)
        guessed = resize((state == GUESS).astype(np.float32)) > 0.5
        hole = np.where(share <= 0.5, 1, np.where(guessed, GUESS, 0))
    colors = np.where(hole[..., None] == 1, to_float(np.array(fill, np.uint8)), colors)
    return np.concatenate([colors, hole[..., None]], -1, dtype=np.float32)


def view(
    image: np.ndarray, state: np.ndarray, window: Window, size: int, fill: tuple[int, int, int]
) -> np.ndarray:
    """Una ventana de una imagen como la ve la red: véase `shrink`."""
    place = window.top, window.left, window.side
    return shrink(cut(image, *place), cut(state, *place), size, fill)


def enlarge(guess: np.ndarray, window: Window) -> np.ndarray:
    """Lo que la red pone en medio de una ventana, al tamaño de la foto."""
    if window.side != len(guess):
        guess = cv2.resize(guess, (window.side,) * 2, interpolation=cv2.INTER_CUBIC)
    rows, columns = window.middle
    top, left = rows.start - window.top, columns.start - window.left
    return guess[top:, left:][: rows.stop - rows.start, : columns.stop - columns.start]


def middle(start: int, side: int, length: int, share: int) -> slice:
    """Una ventana sin su parte 1/`share` de cada lado; si llega al borde de la foto, hasta él."""
    return slice(
        0 if start <= 0 else start + side // share - 1,
        length if start + side >= length else start + side - side // share + 1,
    )
