"""La ventana girada: la cara derecha, entera y siempre del mismo tamaño, como la vio la red.

Un hueco que tapa un rasgo se mira primero así: de pocas caras, una red aprende dónde va un ojo solo
si los ojos caen siempre en el mismo sitio (`data.features`).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..data.features import upright
from ..data.pairs import HOLE, IMAGE, to_float
from . import windows
from .faces import Face

WIDE = 1 / 10
"""Grosor de un trazo, en anchos de la cara, desde el que puede tapar un rasgo entero."""

CLOSEST = 3 / 4
"""Lado, en el de la cara derecha, de las mayores ventanas con las que se afina lo visto en ella."""


def covered(
    levels: np.ndarray, strokes: Sequence[windows.Stroke], face: Face
) -> tuple[np.ndarray, np.ndarray]:
    """Los píxeles de los trazos que pueden tapar un rasgo de una cara: filas y columnas, int (n,).

    levels y strokes: véase `windows.levels`.
    """
    wide = np.zeros_like(levels, bool)
    for _, thickness, box in (stroke for stroke in strokes if stroke.is_on(face)):
        if thickness >= WIDE * face.width:
            top, left, bottom, right = box
            wide[top:bottom, left:right] = levels[top:bottom, left:right] > 0
    rows, columns = np.nonzero(wide)
    return rows, columns


def finest(footprint: float, size: int) -> int:
    """El mayor nivel de las ventanas con las que se afina lo visto en una cara derecha, o -1.

    footprint: lado de la cara derecha, en píxeles de la foto. size: el de las ventanas de nivel 0.
    """
    return max(-1, int(np.floor(np.log2(CLOSEST * footprint / size))))


def bilinear(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Los colores de una imagen entre sus píxeles; más allá del borde, los del borde.

    image: (alto, ancho, canales). x, y: float (n,), columna y fila. Devuelve float (n, canales).
    """
    height, width = image.shape[:2]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = x.astype(int), y.astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[:, None], (y - top)[:, None]
    above = image[top, left] * (1 - across) + image[top, right] * across
    below = image[bottom, left] * (1 - across) + image[bottom, right] * across
    return above * (1 - down) + below * down


def look(
    photo: np.ndarray,
    hole: np.ndarray,
    points: np.ndarray,
    size: int,
    fill: tuple[int, int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """La cara derecha como la ve la red, y la matriz (2, 3) que lleva de la foto a ella.

    photo: uint8 (alto, ancho, 3). hole: float32 (alto, ancho), 1 en lo que no se sabe y 0 en lo
    demás. points: float (6, 2), los de la cara. fill: el color del hueco.
    Devuelve float32 (size, size, 4), en [-1, 1] y con el hueco en el cuarto canal.
    """
    matrix = upright(points, size)
    back = cv2.invertAffineTransform(matrix)
    # Primero se reduce sin girar, con lo que haga falta para que el giro quepa; después se gira.
    footprint = size / np.hypot(*matrix[0, :2])
    side = int(np.ceil(np.sqrt(2) * footprint)) + 2
    shrunk = round(side * size / footprint)
    column, row = (back @ ((size - 1) / 2, (size - 1) / 2, 1)).astype(int) - side // 2
    square = windows.cut(photo, row, column, side), windows.cut(hole, row, column, side)
    seen = windows.shrink(*square, shrunk, fill)
    places = np.mgrid[:size, :size].reshape(2, -1)[::-1]
    x, y = back @ np.vstack([places, np.ones(size * size)]) - [[column], [row]]
    scale = shrunk / side
    turned = bilinear(seen, scale * (x + 0.5) - 0.5, scale * (y + 0.5) - 0.5)
    turned = turned.reshape(size, size, 4).astype(np.float32)
    # Lo que tiene algo de hueco lo es entero: su color está mezclado con el del relleno.
    unknown = turned[..., HOLE] > 0
    turned[..., IMAGE] = np.where(unknown, to_float(np.array(fill, np.uint8)), turned[..., IMAGE])
    turned[..., HOLE] = unknown
    return turned, matrix


def bring_back(
    guess: np.ndarray, matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Los colores que tienen, en una cara derecha, unos píxeles de la foto.

    guess: uint8 (size, size, 3). Devuelve bool (n,), cuáles caen dentro, y uint8 (m, 3), los suyos.
    """
    x, y = matrix @ np.vstack([columns, rows, np.ones(len(rows))])
    last = len(guess) - 1
    inside = (x >= 0) & (x <= last) & (y >= 0) & (y <= last)
    colors = bilinear(guess, x[inside], y[inside])
    return inside, np.rint(colors).astype(np.uint8)
