"""Encontrar el hueco de una foto: lo que alguien ha pintado de magenta o de negro, o un dibujo."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from ..checks import check_hole, check_image
from ..data.photos import open_photo
from ..errors import UserError
from ..recipes import MAGENTA
from ..writing import percent

AWAY, SECTORS, STEP, SPOT = 4, 8, 8, 128
"""A cuántos píxeles se mira de un trazo, en cuántas direcciones, qué diferencia se busca, en
niveles, y lo que mide, como mucho, un trazo que quita una mancha."""


def magenta_hole(photo: np.ndarray) -> np.ndarray:
    """Dónde hay magenta (255, 0, 255), también si un JPEG o el pincel lo dejaron algo sucio.

    photo: uint8 (alto, ancho, 3). Devuelve bool (alto, ancho). Lanza UserError si no es una foto.
    """
    check_image("La foto", photo)
    red, green, blue = (photo[..., channel].astype(np.int16) for channel in range(3))
    magenta = np.minimum(red, blue) - green
    core = (magenta > 200).astype(np.uint8)
    hole = (magenta > 60) & (cv2.dilate(core, np.ones((7, 7), np.uint8)) > 0)
    if (photo[hole] != MAGENTA).any():
        # Un borde sucio mancha también al píxel de al lado, y de él partiría la restauración.
        hole = cv2.dilate(hole.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return hole


def black_hole(photo: np.ndarray) -> np.ndarray:
    """Dónde hay negro (0, 0, 0), con un poco de margen; lo muy oscuro de la foto también cae.

    photo: uint8 (alto, ancho, 3). Devuelve bool (alto, ancho). Lanza UserError si no es una foto.
    """
    check_image("La foto", photo)
    return photo.max(-1) <= 8


def mask_hole(
    path: str | Path, shape: tuple[int, int], color: Literal["negro", "blanco"] | None = None
) -> np.ndarray:
    """Lee el hueco de un dibujo del tamaño de la foto.

    shape: (alto, ancho) de la foto. color: de cuál está en el dibujo lo marcado. Si no se dice,
    es el negro; pero si el negro es más de la mitad, parece al revés y no se marca nada.
    Devuelve bool (alto, ancho).
    Lanza UserError si no se puede leer, mide otra cosa o parece al revés.
    """
    gray = np.asarray(open_photo(path).convert("L"))
    if gray.shape != shape:
        raise UserError(
            f"La máscara «{path}» mide {gray.shape[1]}x{gray.shape[0]} y la foto, "
            f"{shape[1]}x{shape[0]}: han de medir lo mismo."
        )
    hole = gray < 128
    if color is None and hole.mean() > 0.5:
        raise UserError(
            f"La máscara «{path}» marca el {percent(hole.mean())} de la foto, porque lo que cuenta "
            "es lo negro: si es lo blanco, añade «--mascara-quita blanco», y si está bien, "
            "«--mascara-quita negro»."
        )
    return ~hole if color == "blanco" else hole


def short_strokes(photo: np.ndarray, hole: np.ndarray) -> int:
    """Cuántos trazos se quedan cortos: su mancha sigue por fuera, y al restaurar quedará un cerco.

    Lo parece si lo que hay a cuatro píxeles de un trazo es más claro que lo que lo toca, o más
    oscuro, en todas las direcciones. En los retratos CC0 de elegir, eso señala el 64 % de los
    lunares de borde difuso cuando la máscara llega a la mitad del borde, el 3 % cuando lo cubre
    entero y el 1 % de los trazos sobre piel limpia (`experiments/cercos.py`).

    photo: uint8 (alto, ancho, 3); hole: bool (alto, ancho).
    Lanza UserError si no es una foto y su hueco.
    """
    check_image("La foto", photo)
    check_hole("El hueco", hole, photo.shape[:2])
    count, labels, boxes, centers = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    short = 0
    for label in range(1, count):
        left, top, width, height = boxes[label, :4]
        if max(width, height) > SPOT:
            continue
        rows = slice(max(top - AWAY - 1, 0), top + height + AWAY + 1)
        columns = slice(max(left - AWAY - 1, 0), left + width + AWAY + 1)
        others = (labels[rows, columns] != label).view(np.uint8)
        ring = np.rint(cv2.distanceTransform(others, cv2.DIST_L2, 5)).astype(int)
        y, x = np.indices(ring.shape)
        middle_x, middle_y = centers[label] - (columns.start, rows.start)
        angle = (np.arctan2(y - middle_y, x - middle_x) / (2 * np.pi)) % 1
        place = ring * SECTORS + (SECTORS * angle).astype(int) % SECTORS
        seen = (ring <= AWAY) & ~hole[rows, columns]
        size = (AWAY + 1) * SECTORS
        total = np.bincount(place[seen], photo[rows, columns].mean(-1)[seen], size)
        pixels = np.bincount(place[seen], minlength=size)
        # Donde no hay ninguno, la media no es un número, y el trazo no cuenta.
        means = np.divide(total, pixels, np.full(size, np.nan), where=pixels > 0)
        steps = means[-SECTORS:] - means[SECTORS : 2 * SECTORS]
        short += abs(np.sign(steps).sum()) == SECTORS and abs(steps.mean()) > STEP
    return int(short)
