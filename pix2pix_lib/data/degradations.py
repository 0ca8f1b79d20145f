"""Lo que le pasa a una foto de verdad: desenfoque, ampliación, JPEG y ruido.

Todas reciben y devuelven uint8 (alto, ancho, 3), del mismo tamaño; la foto dada no cambia.
"""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from ..checks import check_image


def soften(photo: np.ndarray, sigma: float) -> np.ndarray:
    """Desenfoque gaussiano de `sigma` píxeles."""
    return cv2.GaussianBlur(photo, (0, 0), sigma)


def enlarge(photo: np.ndarray, times: float) -> np.ndarray:
    """La foto como si hubiera sido `times` veces más pequeña y alguien la hubiera ampliado.

    Lanza UserError si no es una foto.
    """
    check_image("La foto", photo)
    height, width = photo.shape[:2]
    small = (max(1, round(width / times)), max(1, round(height / times)))
    reduced = cv2.resize(photo, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_CUBIC)


def jpeg(photo: np.ndarray, quality: int) -> np.ndarray:
    """La foto tras guardarla en JPEG con esa calidad, de 1 a 100."""
    _, content = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR))[..., ::-1]


def noise(photo: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Ruido gaussiano de desviación `deviation`, en niveles de gris."""
    grain = rng.standard_normal(photo.shape, np.float32) * deviation
    return np.clip(np.rint(photo + grain), 0, 255).astype(np.uint8)


def degrade(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """La mitad de las veces, la foto como es; las demás, con una o dos de las cuatro desgracias."""
    if rng.random() < 0.5:
        return photo
    blurs = [
        partial(soften, sigma=rng.uniform(0.5, 3)),
        partial(enlarge, times=rng.uniform(1.5, 4)),
    ]
    grains = [
        partial(noise, deviation=rng.uniform(2, 12), rng=rng),
        partial(jpeg, quality=int(rng.integers(50, 96))),
    ]
    kind = rng.integers(3)
    if kind != 1:
        photo = blurs[rng.integers(2)](photo)
    if kind != 0:
        photo = grains[rng.integers(2)](photo)
    return photo
