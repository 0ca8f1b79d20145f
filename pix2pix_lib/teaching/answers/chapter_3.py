"""Los ejercicios del capítulo 3."""

import keras
import numpy as np
from keras import layers


def exercise_1(field):
    """un número entero de píxeles"""
    return field == 16


def exercise_2(levels):
    """un número entero de niveles"""
    return levels == 5


def exercise_3(received):
    """una función que devuelva una lista de canales, uno por cada convolución traspuesta"""
    return [list(received(*case)) for case in [(64, 8), (16, 4), (8, 2)]] == [
        [512, 1024, 1024, 1024, 1024, 512, 256, 128],
        [128, 128, 64, 32],
        [16, 16],
    ]


def exercise_4(side_seen):
    """una función que devuelva un número entero de píxeles, con las zancadas que sean"""
    fields = [side_seen(strides) for strides in ([2, 2, 2, 1, 1], [1, 1, 2, 2, 2], [3, 1], [])]
    return fields == [70, 28, 13, 1]


def exercise_5(up_resize):
    """una función que devuelva lo que sale de sus capas, con el doble de lado y sin negativos"""
    lower = keras.Input((8, 8, 6))
    block = keras.Model(lower, up_resize(lower, 4))
    kinds = {layers.Conv2D: None, layers.Conv2DTranspose: None}
    for layer in block.layers:
        if type(layer) in kinds:
            kinds[type(layer)] = layer.output.shape[1]
    painted = np.array(block(np.random.default_rng(0).normal(size=(2, 8, 8, 6))))
    return (
        painted.shape == (2, 16, 16, 4)
        and kinds == {layers.Conv2D: 16, layers.Conv2DTranspose: None}
        and block.count_params() == 9 * 6 * 4 + 4 * 4
        and painted.min() == 0 < painted.max()
    )


def exercise_6(measured_field):
    """una función que devuelva un número entero de píxeles, sea como sea la red"""
    ones = {"kernel_initializer": "ones"}  # ningún píxel del campo deja de notarse
    first, second = (layers.Conv2D(2, 4, stride, **ones) for stride in (2, 1))
    networks = {
        10: [first, second],
        16: [first, layers.LeakyReLU(), second, layers.Conv2D(1, 4, **ones)],
        9: [layers.Conv2D(1, 3, dilation_rate=4, **ones)],
    }
    return all(
        measured_field(keras.Sequential([keras.Input((64, 64, 1)), *parts])) == field
        for field, parts in networks.items()
    )
