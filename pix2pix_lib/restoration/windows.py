"""Las ventanas que ve la red: de qué tamaño, dónde y cómo se le enseñan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import cv2
import numpy as np

from ..data.pairs import GUESS, to_float
from .faces import Face

CONTEXT = 4
"""Lado de la ventana, como poco, en veces el grosor del trazo."""

FACE_SHARE = 1 / 4
"""Lado de la ventana, como poco, en partes del ancho de la cara."""

SMALLEST_WINDOW = 128
"""En las fotos más pequeñas que la red, las ventanas se amplían, pero no bajan de estos píxeles."""


def levels(
    hole: np.ndarray, faces: Sequence[Face], size: int, highest: int
) -> tuple[np.ndarray, list[tuple[int, tuple[int, int, int, int]]]]:
    """Cuántas veces hay que mirar a la mitad de tamaño cada trazo, de 0 a `highest`.

    Devuelve uint8 (alto, ancho), el nivel más uno de cada píxel del hueco y 0 en los demás; y los
    trazos: [(nivel, (arriba, izquierda, abajo, derecha))].
    """
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    levels = np.zeros(count, np.uint8)
    strokes = []
    for label in range(1, count):
        left, top, width, height = boxes[label, :4]
        inside = labels[top : top + height, left : left + width] == label
        inside = cv2.copyMakeBorder(inside.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        thickness = 2 * cv2.distanceTransform(inside, cv2.DIST_L2, 3).max()
        wanted = CONTEXT * thickness
        for x, y, face, *_ in faces:
            if max(abs(left + width / 2 - x), abs(top + height / 2 - y)) < face:
                wanted = max(wanted, FACE_SHARE * face)
        level = min(highest, max(0, int(np.ceil(np.log2(wanted / size)))))
        levels[label] = level + 1
        strokes.append((level, (top, left, top + height, left + width)))
    return levels[labels], strokes


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


def middle(start: int, side: int, length: int) -> slice:
    """La mitad central de una ventana, hasta el borde de la foto si la ventana llega a él."""
    return slice(
        0 if start <= 0 else start + side // 4 - 1,
        length if start + side >= length else start + side - side // 4 + 1,
    )
