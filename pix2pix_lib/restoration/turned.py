"""La ventana girada: la cara derecha, entera y siempre del mismo tamaño, como la vio la red.

De un rasgo tapado se dibuja así lo que está lejos de lo conocido: de pocas caras, una red aprende
dónde va un ojo solo si los ojos caen siempre en el mismo sitio (`data.features`). El borde es de
las ventanas, que ven más detalle.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..data.features import upright
from ..data.pairs import HOLE, IMAGE, to_float
from . import windows

CENTER, RADII = np.array([0.5, 0.56]), np.array([0.32, 0.34])
"""La elipse de los rasgos en una cara derecha, en partes de su lado: fuera hay pelo y fondo."""

RIM = 32
"""Se dibuja lo que está a más de 1/RIM del lado de la cara derecha de todo lo conocido."""


def core(hole: np.ndarray, points: np.ndarray, size: int) -> np.ndarray:
    """Lo que hay que dibujar de los rasgos de una cara: bool (size, size), en la cara derecha.

    hole: bool (alto, ancho). points: float (6, 2), los de la cara en la foto.
    """
    grid = np.mgrid[:size, :size][::-1].reshape(2, -1)
    back = cv2.invertAffineTransform(upright(points, size))
    columns, rows = np.floor(back @ np.vstack([grid, np.ones(size * size)]) + 0.5).astype(int)
    height, width = hole.shape
    within = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    seen = np.zeros(size * size, np.uint8)
    seen[within] = hole[rows[within], columns[within]]
    reach = size // RIM
    disc = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1]) <= reach
    deep = cv2.erode(seen.reshape(size, size), disc.astype(np.uint8)) > 0
    away = (grid.T + 0.5 - CENTER * size) / (RADII * size)
    return deep & (np.hypot(*away.T) < 1).reshape(size, size)


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
    guess: np.ndarray, core: np.ndarray, matrix: np.ndarray, hole: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Lo dibujado en una cara derecha, en su sitio de la foto.

    guess: uint8 (size, size, 3). core: bool (size, size), lo de `core`. matrix: la de `look`. hole:
    bool (alto, ancho).
    Devuelve las filas y las columnas de los píxeles del hueco dibujados, y uint8 (n, 3), su color.
    """
    rows, columns = np.nonzero(hole)
    x, y = matrix @ np.vstack([columns, rows, np.ones(len(rows))])
    # Con un borde, lo que cae fuera no es de nadie.
    padded, last = np.pad(core, 1), len(core)
    near = np.clip(np.floor(np.array([y, x]) + 1.5), 0, last + 1).astype(int)
    drawn = padded[near[0], near[1]]
    colors = bilinear(guess, x[drawn], y[drawn])
    return (rows[drawn], columns[drawn]), np.rint(colors).astype(np.uint8)
