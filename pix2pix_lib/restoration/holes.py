"""Encontrar el hueco de una foto: lo que alguien ha pintado de magenta o de negro, o un dibujo."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..checks import check_image
from ..data.photos import open_photo
from ..errors import UserError
from ..recipes import MAGENTA


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


def mask_hole(path: str | Path, shape: tuple[int, int]) -> np.ndarray:
    """Lee el hueco de un dibujo del tamaño de la foto: negro, lo que se borra.

    shape: (alto, ancho) de la foto. Devuelve bool (alto, ancho).
    Lanza UserError si no se puede leer o mide otra cosa.
    """
    gray = np.asarray(open_photo(path).convert("L"))
    if gray.shape != shape:
        raise UserError(
            f"La máscara «{path}» mide {gray.shape[1]}x{gray.shape[0]} y la foto, "
            f"{shape[1]}x{shape[0]}: han de medir lo mismo."
        )
    return gray < 128
