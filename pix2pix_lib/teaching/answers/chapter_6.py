"""Los ejercicios del capítulo 6."""

import numpy as np

from ...recipes import CORRECTS, MINIATURA, vary
from ..records import by_face, load_records
from .chapter_4 import exercise_5 as exercise_4  # noqa: F401  (la misma pérdida, ahora con NumPy)


def _filled(fill, **generator):
    """La receta de una miniatura con el hueco de un color."""
    return vary(MINIATURA, {"generator": generator, "data": {"erase": {"fill": list(fill)}}})


def exercise_1(half_weight):
    """una función que devuelva un peso"""
    return np.allclose([half_weight(area) for area in (0.2, 0.05, 0.5)], (4, 19, 1), atol=0.01)


def exercise_2(green):
    """una prueba, lo que devuelve `try_out`, igual que las otras salvo en el color"""
    return green.run.recipe == _filled((0, 255, 0))


def exercise_3(each):
    """tres números, uno por semilla, en decibelios"""
    runs = load_records("peso")
    gains = (by_face(runs["peso 32"]) - by_face(runs["peso 16"])).mean(axis=1)
    return np.shape(each) == gains.shape and np.allclose(each, gains, atol=0.01)


def exercise_5(pair):
    """un diccionario con dos pruebas, iguales salvo en el color"""
    fills = {"negro": (0, 0, 0), "magenta": (255, 0, 255)}
    return pair.keys() == fills.keys() and all(
        pair[name].run.recipe == _filled(fill, **CORRECTS) for name, fill in fills.items()
    )


def exercise_6(told, recovered, *, by_color):
    """una prueba con el hueco en negro y su canal, y un cociente"""
    black, magenta = by_color["negro"].psnr, by_color["magenta"].psnr
    return (
        told.run.recipe == _filled((0, 0, 0), hole_channel=True)
        and abs(recovered - (told.psnr - black) / (magenta - black)) < 0.01
    )
