"""Los ejercicios del capítulo 2."""

import io

import numpy as np
from PIL import Image

from ...data.masks import erase, load_masks, sample_placements
from ...recipes import EraseParams

BLANK = np.zeros((256, 256, 3), np.uint8)


def _holes(params, count=1000):
    """Los mismos huecos que los de `sample_holes`, en el capítulo."""
    rng, masks = np.random.default_rng(0), load_masks()
    for _ in range(count):
        yield erase(BLANK, sample_placements(rng, masks, params), masks)[1]


def exercise_1(side):
    """un número entero de píxeles"""
    return side == 50


def exercise_2(patch):
    """una `Placement` del parche, que tape el centro y no borre demasiado"""
    _, hole = erase(BLANK, [patch], load_masks())
    return patch.mask == "parche" and hole[128, 128] and hole.mean() < 0.1


def exercise_3(ring):
    """una máscara bool de 50x50: un aro redondo y centrado, vacío por dentro y por fuera"""
    if ring.shape != (50, 50) or ring.dtype != bool or not ring.any():
        return False
    center = np.argwhere(ring).mean(axis=0)
    radius = np.hypot(*(np.mgrid[:50, :50] - center[:, None, None]))
    inner, outer = radius[ring].min(), radius[ring].max()
    band = (radius >= inner) & (radius <= outer)
    centered = np.abs(center - 24.5).max() <= 1
    return centered and inner > 3 and outer < 25.5 and ring[band].mean() > 0.9


def exercise_4(center_rate):
    """una función que devuelva una frecuencia, de 0 a 1"""
    cases = {
        EraseParams(max_masks=2, scale=(1, 5)): (0.31, 0.41),
        EraseParams(max_masks=1, scale=(1, 2)): (0.005, 0.05),
    }
    return all(low < center_rate(params) < high for params, (low, high) in cases.items())


def exercise_5(mine):
    """unos `EraseParams` de dos máscaras como mucho y escala desde 1"""
    mean = np.mean([hole.mean() for hole in _holes(mine)])
    return mine.max_masks == 2 and mine.scale[0] == 1 and 0.03 < mean < 0.04


def exercise_6(find_hole, *, erased, hole):
    """una función que devuelva el hueco: verdadero o falso en cada píxel"""
    file = io.BytesIO()
    Image.fromarray(erased).save(file, "JPEG", quality=95, subsampling=0)
    found = np.asarray(find_hole(np.asarray(Image.open(file))), bool)
    hit, invented = (found & hole).sum(), (found & ~hole).sum()
    return found.shape == hole.shape and hit >= 0.95 * hole.sum() and invented <= 0.05 * hole.sum()
