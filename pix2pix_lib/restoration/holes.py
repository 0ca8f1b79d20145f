"""Encontrar el hueco de una foto: lo que alguien ha pintado de magenta o de negro, o un dibujo."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from ..checks import check_image
from ..data.photos import open_photo
from ..errors import UserError
from ..recipes import MAGENTA
from ..writing import percent


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

    shape: (alto, ancho) de la foto. color: de cuál está en el dibujo lo que se borra. Si no se
    dice, es el negro; pero si el negro es más de la mitad, parece al revés y no se borra nada.
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
            f"La máscara «{path}» borra el {percent(hole.mean())} de la foto, porque lo que se "
            "borra es lo negro: si es lo blanco, añade «--mascara-quita blanco», y si está bien, "
            "«--mascara-quita negro»."
        )
    return ~hole if color == "blanco" else hole
