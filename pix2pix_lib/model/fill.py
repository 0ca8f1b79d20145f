"""El primer relleno: la superficie más suave que encaja con lo que rodea al hueco."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from ..data.pairs import HOLE, IMAGE

RELAXATION_STEPS = 20
"""Pasos de cada nivel de `biharmonic_fill`: con 60 el relleno apenas mejora 0.1 dB."""


def _laplacian(image):
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], "float32")
    kernel = np.repeat(kernel[..., None, None], image.shape[-1], axis=2)
    return ops.depthwise_conv(image, kernel, padding="same")


class FillLevel(NamedTuple):
    """Un tamaño de la pirámide de `biharmonic_fill`: (lote, alto, ancho, canales) cada imagen.

    seen: la imagen reducida, con ceros donde no se conoce.
    known: (lote, alto, ancho, 1), 1 donde se conoce.
    guess: el relleno del tamaño anterior, ampliado; en el más pequeño, el color medio.
    filled: la imagen rellena, con el hueco ya alisado.
    """

    seen: Any
    known: Any
    guess: Any
    filled: Any


def fill_pyramid(image, known, steps: int = RELAXATION_STEPS) -> list[FillLevel]:
    """Los tamaños por los que pasa `biharmonic_fill`, del más pequeño al entero.

    Recibe lo mismo que ella. Cada tamaño tiene la mitad de lado que el siguiente; el primero es el
    que ya no se deja dividir por 2 o mide menos de 8 píxeles.
    """
    height, width = image.shape[1:3]
    image, hole = image * known, 1 - known
    if height % 2 or width % 2 or min(height, width) < 8:
        total = ops.sum(known, axis=(1, 2), keepdims=True)
        guess = ops.sum(image, axis=(1, 2), keepdims=True) / ops.maximum(total, 1e-6)
        return [FillLevel(image, known, guess + 0 * image, image + hole * guess)]
    share = ops.average_pool(known, 2, strides=2)
    coarse = ops.average_pool(image, 2, strides=2) / ops.maximum(share, 1e-6)
    levels = fill_pyramid(coarse, ops.cast(share > 0, image.dtype), steps)
    guess = ops.image.resize(levels[-1].filled, (height, width), interpolation="bilinear")
    filled, speed = image + hole * guess, 0.0
    # En el marco de la imagen el laplaciano no está definido: no cuenta.
    inner = np.zeros((1, height, width, 1), "float32")
    inner[:, 1:-1, 1:-1] = 1
    for _ in range(steps):
        speed = 0.9 * speed - hole * _laplacian(inner * _laplacian(filled)) / 40
        filled = filled + speed
    return [*levels, FillLevel(image, known, guess, filled)]


def biharmonic_fill(image, known, steps: int = RELAXATION_STEPS):
    """Rellena el hueco con la superficie más suave que encaja con lo que lo rodea.

    Minimiza el cuadrado del laplaciano, de lo grueso a lo fino: el relleno de la mitad de lado,
    ampliado, es el punto de partida de `steps` pasos de descenso por el gradiente con inercia.
    `fill_pyramid` los devuelve todos.

    image: (lote, alto, ancho, canales); known: (lote, alto, ancho, 1), 1 donde se conoce.
    Devuelve la imagen rellena, de la misma forma; el relleno puede salirse algo de [-1, 1].
    """
    return fill_pyramid(image, known, steps)[-1].filled


@keras.saving.register_keras_serializable("pix2pix_lib")
class FirstFill(layers.Layer):
    """El relleno del que parte la red: (borrada y hueco, cuatro canales) -> tres canales.

    El hueco vale 1 donde no se sabe nada y 0.5 donde ya hay un color aproximado, que se respeta.
    No tiene pesos, y por él no pasa ningún gradiente. steps: los de `biharmonic_fill`.
    """

    def __init__(self, steps: int = RELAXATION_STEPS, **options):
        super().__init__(**options)
        self.steps = steps

    def call(self, x):
        known = ops.cast(x[..., HOLE] < 0.75, x.dtype)
        return ops.stop_gradient(biharmonic_fill(x[..., IMAGE], known, self.steps))

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 3)
