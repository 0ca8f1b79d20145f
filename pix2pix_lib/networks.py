"""Las redes de pix2pix: el generador U-Net y el discriminador PatchGAN.

Todas las imágenes van en [-1, 1]. Los ajustes de fábrica son los del tutorial de TensorFlow; los
de cada receta están en `recipes`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops

from .errors import UserError


def convolution(kind: type[keras.Layer], filters: int, size: int, *, zeros=False, **options):
    """Una convolución con los pesos iniciales del artículo (sección 6.2): desviación de 0.02.

    zeros: si nacen a cero.
    """
    # El inicializador es nuevo en cada capa: compartido, daría pesos idénticos a capas iguales.
    initializer = "zeros" if zeros else keras.initializers.RandomNormal(0.0, 0.02)
    return kind(filters, size, kernel_initializer=initializer, **{"padding": "same", **options})


def normalize(x, norm: str | None):
    """norm: «batch», «instance» o None, que deja `x` como está."""
    if norm == "batch":
        return layers.BatchNormalization()(x)
    if norm == "instance":
        return layers.GroupNormalization(groups=-1)(x)
    return x


def _down(x, filters: int, norm: str | None, slope: float, precision: str):
    """Conv 4x4 de paso 2: la mitad de lado."""
    options = {"strides": 2, "use_bias": False, "dtype": precision}
    x = convolution(layers.Conv2D, filters, 4, **options)(x)
    return layers.LeakyReLU(slope)(normalize(x, norm))


def _up(x, filters: int, norm: str | None, dropout: float, upsampling: str, precision: str):
    """El doble de lado, por convolución traspuesta o por ampliar y convolucionar."""
    options = {"use_bias": False, "dtype": precision}
    if upsampling == "transpose":
        x = convolution(layers.Conv2DTranspose, filters, 4, strides=2, **options)(x)
    else:
        x = convolution(layers.Conv2D, filters, 3, **options)(layers.UpSampling2D()(x))
    x = normalize(x, norm)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return layers.ReLU()(x)


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
        known = ops.cast(x[..., 3:] < 0.75, x.dtype)
        return ops.stop_gradient(biharmonic_fill(x[..., :3], known, self.steps))

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 3)


@keras.saving.register_keras_serializable("pix2pix_lib")
class NoiseChannel(layers.Layer):
    """Añade el ruido z: un canal de números al azar (media 0, desviación 1), otros cada vez."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seeds = keras.random.SeedGenerator()

    def call(self, x):
        shape = (*ops.shape(x)[:-1], 1)
        return ops.concatenate([x, keras.random.normal(shape, seed=self.seeds)], -1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 1)


def check_levels(size: int, levels: int) -> None:
    """Lanza UserError si `size` no se puede dividir `levels` veces por 2."""
    if size % 2**levels:
        raise UserError(
            f"Una U-Net de {levels} niveles divide el lado {levels} veces por 2 y {size} no se "
            f"deja: usa un múltiplo de {2**levels} o menos niveles."
        )


def _kept_skips(kind: str, count: int) -> list[bool]:
    """Cuáles de las `count` conexiones de salto se dejan, de la de más lado a la de menos."""
    return [
        kind == "all" or kind == ("deep" if 2 * level >= count else "shallow")
        for level in range(count)
    ]


def unet_generator(
    size: int = 256,
    filters: int = 64,
    levels: int = 8,
    *,
    norm: str | None = "batch",
    innermost_norm: bool = True,
    dropout: float = 0.5,
    slope: float = 0.3,
    upsampling: str = "transpose",
    skips: str = "all",
    noise: bool = False,
    first_fill: str | None = None,
    hole_channel: bool = False,
    input_skip: bool = False,
    residual: bool = False,
    compose: bool = False,
    precision: str = "float32",
) -> keras.Model:
    """Generador U-Net (Isola et al., 2017, sección 3.2.1 y apéndice 6.1.1).

    Baja `levels` veces a la mitad de lado y sube otras tantas; cada nivel de subida recibe,
    además, lo que vio el nivel de bajada de su tamaño (conexión de salto, skip connection).

    filters: canales del primer nivel; se doblan en cada nivel hasta `8 * filters`.
    norm: «batch», «instance» o None; innermost_norm: si se normaliza también el nivel más hondo.
    dropout: probabilidad de apagar una neurona en los tres primeros niveles de subida.
    upsampling: «transpose» (convolución traspuesta) o «resize» (ampliar y convolucionar).
    skips: qué conexiones de salto se dejan: «all», «shallow» (la mitad de más lado), «deep» (la de
    menos) o «none».
    noise: si recibe el ruido z del artículo, en un canal más (véase `NoiseChannel`).
    first_fill: con qué se rellena el hueco antes de nada: None (se queda como está), «push_pull»
    (la media de lo que lo rodea, de lo grueso a lo fino) o «biharmonic» (véase `biharmonic_fill`).
    hole_channel: si recibe también el hueco, en un canal más.
    input_skip: si los últimos pasos, a tamaño entero, vuelven a ver la entrada.
    residual: si aprende lo que hay que sumar a la entrada, y no la imagen entera.
    compose: si deja intacto lo que no es hueco.
    precision: «float32» o «mixed_bfloat16» (convoluciones en bfloat16, todo lo demás en float32).

    Entrada: (lote, size, size, 3), la imagen borrada; si algo de lo anterior necesita el hueco,
    (lote, size, size, 4), con el hueco como cuarto canal. Salida: (lote, size, size, 3).
    Con los ajustes de fábrica tiene 54,425,859 parámetros.
    Lanza UserError si `size` no se puede dividir `levels` veces por 2.
    """
    check_levels(size, levels)
    widths = [filters * min(2**level, 8) for level in range(levels)]
    needs_hole = bool(first_fill or hole_channel or compose)
    inputs = keras.Input((size, size, 4 if needs_hole else 3), name="x")
    image, hole = inputs[..., :3], inputs[..., 3:]
    if first_fill:
        steps = RELAXATION_STEPS if first_fill == "biharmonic" else 0
        image = FirstFill(steps, name="relleno")(inputs)
    seen = layers.Concatenate()([image, hole]) if hole_channel else image

    x, skip_levels = NoiseChannel()(seen) if noise else seen, []
    for level, width in enumerate(widths):
        normalized = level > 0 and (innermost_norm or level < levels - 1)
        x = _down(x, width, norm if normalized else None, slope, precision)
        skip_levels.append(x)
    kept = _kept_skips(skips, levels - 1)
    for index, level in enumerate(reversed(range(levels - 1))):
        x = _up(x, widths[level], norm, dropout if index < 3 else 0, upsampling, precision)
        if kept[level]:
            x = layers.Concatenate()([x, skip_levels[level]])

    # Lo que se suma nace a cero: la red empieza devolviendo el relleno.
    last = {"zeros": True} if residual else {"activation": "tanh"}
    if input_skip:
        # A tamaño entero todo cuesta cuatro veces más, y basta con la mitad de canales.
        options = {"use_bias": False, "dtype": precision}
        x = convolution(layers.Conv2D, filters // 2, 3, **options)(x)
        x = layers.Concatenate()([layers.UpSampling2D()(x), seen])
        x = convolution(layers.Conv2D, filters // 2, 3, **options)(x)
        x = convolution(layers.Conv2D, 3, 3, **last)(layers.LeakyReLU(slope)(x))
    elif upsampling == "transpose":
        x = convolution(layers.Conv2DTranspose, 3, 4, strides=2, **last)(x)
    else:
        x = convolution(layers.Conv2D, 3, 3, **last)(layers.UpSampling2D()(x))
    if compose:
        x = image + ops.cast(hole > 0, x.dtype) * (x if residual else x - image)
    elif residual:
        x = image + x
    return keras.Model(inputs, x, name="generador")


def patchgan_discriminator(
    size: int = 256,
    filters: int = 64,
    layers_stride2: int = 3,
    *,
    norm: str | None = "batch",
    slope: float = 0.3,
    precision: str = "float32",
) -> keras.Model:
    """Discriminador PatchGAN (Isola et al., 2017, sección 3.2.2 y apéndice 6.1.2).

    Juzga cada parche de la imagen por separado: con los ajustes de fábrica devuelve una rejilla
    de 30x30 notas, cada una sobre un parche de 70x70 píxeles.

    layers_stride2: convoluciones de paso 2; de ellas depende el campo receptivo
    (1: 16, 2: 34, 3: 70, 4: 142 píxeles). Con 0 todas son de 1x1: juzga cada píxel (PixelGAN).
    precision: véase `unet_generator`.

    Entradas: [borrada, candidata], dos veces (lote, size, size, 3).
    Salida: (lote, n, n, 1), logits: positivo si el parche le parece auténtico.
    Con los ajustes de fábrica tiene 2,770,433 parámetros.
    """
    condition = keras.Input((size, size, 3), name="borrada")
    candidate = keras.Input((size, size, 3), name="candidata")
    x = layers.Concatenate()([condition, candidate])
    options = {"padding": "valid", "use_bias": False, "dtype": precision}
    kernel, pad = (4, 1) if layers_stride2 else (1, 0)
    if not layers_stride2:
        x = layers.LeakyReLU(slope)(convolution(layers.Conv2D, filters, 1, **options)(x))
    for level in range(layers_stride2):
        x = _down(x, filters * min(2**level, 8), norm if level else None, slope, precision)
    width = filters * min(2 ** max(layers_stride2, 1), 8)
    x = convolution(layers.Conv2D, width, kernel, **options)(layers.ZeroPadding2D(pad)(x))
    x = layers.ZeroPadding2D(pad)(layers.LeakyReLU(slope)(normalize(x, norm)))
    logits = convolution(layers.Conv2D, 1, kernel, padding="valid")(x)
    return keras.Model([condition, candidate], logits, name="discriminador")


def receptive_field(discriminator: keras.Model) -> int:
    """Lado en píxeles del parche de entrada del que depende cada nota de la salida.

    Cada convolución de núcleo k lo agranda en (k - 1) veces el paso acumulado hasta ella.
    """
    field, jump = 1, 1
    for layer in discriminator.layers:
        if isinstance(layer, layers.Conv2D):
            field += (layer.kernel_size[0] - 1) * jump
            jump *= layer.strides[0]
    return field


def count_macs(network: keras.Model) -> int:
    """Multiplicaciones y sumas (MAC) que hacen las convoluciones de una red con una imagen.

    Una convolución usa su núcleo entero en cada píxel de su salida, y una traspuesta, en cada
    píxel de su entrada.
    """
    total = 0
    for layer in network.layers:
        if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose)):
            side = layer.input if isinstance(layer, layers.Conv2DTranspose) else layer.output
            total += math.prod(side.shape[1:3]) * math.prod(layer.kernel.shape)
    return total
