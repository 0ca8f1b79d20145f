"""Los ejercicios del capítulo 9."""

import keras
import numpy as np

from ...model.partial import partial_convolution
from ...recipes import CORRECTS, MINIATURA, vary


def exercise_1(values):
    """dos números: con la fracción y sin ella"""
    return np.shape(values) == (2,) and np.allclose(values, (20, 60 / 9), atol=0.05)


def exercise_2(lost):
    """un número entero de caras"""
    return lost == 21


def exercise_3(convolutions_to_close):
    """una función que devuelva un número entero de convoluciones"""
    hole, dot = np.zeros((2, 32, 32), bool)
    hole[4:21, 6:27] = True
    dot[8, 8] = True
    cases = [(hole, 3), (hole, 7), (hole, 7, 2), (dot, 3)]
    return [convolutions_to_close(*case) for case in cases] == [9, 3, 2, 1]


def exercise_4(undecided):
    """un conjunto de nombres de variantes"""
    return set(undecided) == {
        "sin canal del hueco",
        "sin composición",
        "sin volver a ver la entrada",
    }


def exercise_5(by_hand):
    """una función que devuelva dos arreglos: lo mirado y su máscara"""
    image = np.random.default_rng(0).normal(size=(12, 16, 3))
    known = np.ones((12, 16, 1))
    known[2:10, 5:15] = 0
    for kernel in (3, 5):
        inputs = keras.Input((12, 16, 3)), keras.Input((12, 16, 1))
        layer = keras.Model(inputs, partial_convolution([inputs], 4, kernel))
        mine = by_hand(image, known, layer.get_weights()[0])
        for a, b in zip(mine, layer([image[None], known[None]]), strict=True):
            if np.shape(a) != b.shape[1:] or not np.allclose(a, b[0], atol=1e-5):
                return False
    return True


def exercise_6(pair):
    """un diccionario con dos pruebas, iguales salvo en la suma"""
    wanted = {"con suma": CORRECTS, "sin suma": CORRECTS | {"residual": False}}
    return pair.keys() == wanted.keys() and all(
        pair[name].run.recipe == vary(MINIATURA, {"generator": pieces, "training": {"steps": 100}})
        for name, pieces in wanted.items()
    )
