"""Los ejercicios del capítulo 5."""

from dataclasses import replace

import numpy as np

from ...data.masks import load_masks
from ...data.pairs import to_uint8
from ...evaluation.exams import faces_exam
from ...evaluation.statistics import bootstrap_interval
from ...model.fill import FirstFill


def exercise_1(decibels):
    """un número de decibelios"""
    return abs(decibels - 28.13) < 0.15


def exercise_2(worst, *, scores):
    """el número de orden de una cara, un entero"""
    return worst == np.argmax(scores["relleno de partida"]["psnr"] - scores["la red"]["psnr"])


def exercise_3(mirror):
    """una función que devuelva una imagen que, fuera del hueco, sea la misma"""
    image = np.random.default_rng(0).integers(0, 256, (12, 12, 3), np.uint8)
    hole = np.zeros((12, 12), bool)
    hole[2:5, 1:8] = True  # pasa del centro: parte de su espejo también es hueco
    filled = np.asarray(mirror(image.copy(), hole.copy()))
    return np.array_equal(filled[~hole], image[~hole]) and np.array_equal(
        filled[hole], image[:, ::-1][hole]
    )


def exercise_4(low, high, winner, *, scores):
    """un intervalo, de menor a mayor, y uno de los tres veredictos"""
    gap = scores["biarmónica"]["psnr"] - scores["relleno de partida"]["psnr"]
    interval = np.array(bootstrap_interval(gap))
    either = interval, -interval[::-1]  # se puede restar en los dos órdenes
    return winner == "ninguno" and any(
        np.allclose((low, high), right, atol=0.02) for right in either
    )


def exercise_5(gain_hard, *, run, faces):
    """una diferencia por cara, en decibelios"""
    hard = replace(run.recipe.data.erase, max_masks=4, scale=(5, 5))
    exam = faces_exam(faces, load_masks(), hard, seed=1)
    x = exam.inputs(hard)
    red, fill = (
        exam.mark(images)["psnr"] for images in (run.model.restore(x), to_uint8(FirstFill()(x)))
    )
    return np.shape(gain_hard) == red.shape and np.allclose(gain_hard, red - fill, atol=0.05)


def exercise_6(sharpen, amount, *, exam, restored, holes):
    """una función que devuelva imágenes uint8, y un número: cuánto afilar"""
    images = np.asarray(sharpen(restored, amount))
    steps = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)]
    soft = np.mean([np.roll(restored, step, axis=(1, 2)) for step in steps], axis=0)
    sharp = np.clip(restored + amount * (restored - soft), 0, 255)
    expected = np.where(holes[..., None], sharp, restored)
    return (
        images.dtype == np.uint8
        and np.abs(images - expected).max() <= 1
        and np.array_equal(images[~holes], restored[~holes])
        and 0.95 <= np.median(exam.mark(images)["gradiente"]) <= 1.05
    )
