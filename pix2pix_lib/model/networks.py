"""Las redes de pix2pix: el generador U-Net y el discriminador PatchGAN.

Todas las imágenes van en [-1, 1]. Los ajustes de fábrica son los del tutorial de TensorFlow; los
de cada receta están en `recipes`.
"""

from __future__ import annotations

import math

import keras
from keras import layers, ops

from ..data.pairs import HOLE, IMAGE
from ..recipes import PatchGAN, UNet, check_levels, check_patches
from .fill import RELAXATION_STEPS, FirstFill


def convolution(kind: type[keras.Layer], filters: int, size: int, *, zeros=False, **options):
    """Una convolución con los pesos iniciales del artículo (sección 6.2): desviación de 0.02.

    zeros: si nacen a cero.
    """
    # El inicializador es nuevo en cada capa: compartido, daría pesos idénticos a capas iguales.
    initializer = "zeros" if zeros else keras.initializers.RandomNormal(0.0, 0.02)
    return kind(filters, size, kernel_initializer=initializer, **{"padding": "same", **options})


def normalize(x, norm: str | None, name: str):
    """norm: «batch», «instance» o None, que deja `x` como está."""
    if norm == "batch":
        return layers.BatchNormalization(name=name)(x)
    if norm == "instance":
        return layers.GroupNormalization(groups=-1, name=name)(x)
    return x


def _down(x, filters: int, unet: UNet, precision: str, level: int, normalized: bool):
    """Conv 4x4 de paso 2: la mitad de lado."""
    name = f"down_{level}"
    options = {"strides": 2, "use_bias": False, "dtype": precision, "name": f"{name}_conv"}
    x = convolution(layers.Conv2D, filters, 4, **options)(x)
    x = normalize(x, unet.norm if normalized else None, f"{name}_norm")
    return layers.LeakyReLU(unet.slope, name=name)(x)


def _up(x, filters: int, unet: UNet, precision: str, level: int, dropout: bool):
    """El doble de lado, por convolución traspuesta o por ampliar y convolucionar."""
    name = f"up_{level}"
    options = {"use_bias": False, "dtype": precision, "name": f"{name}_conv"}
    if unet.upsampling == "transpose":
        x = convolution(layers.Conv2DTranspose, filters, 4, strides=2, **options)(x)
    else:
        x = convolution(layers.Conv2D, filters, 3, **options)(layers.UpSampling2D()(x))
    x = normalize(x, unet.norm, f"{name}_norm")
    if dropout and unet.dropout:
        x = layers.Dropout(unet.dropout)(x)
    return layers.ReLU(name=name)(x)


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


def _kept_skips(kind: str, count: int) -> list[bool]:
    """Cuáles de las `count` conexiones de salto se dejan, de la de más lado a la de menos."""
    return [
        kind == "all" or kind == ("deep" if 2 * level >= count else "shallow")
        for level in range(count)
    ]


def unet_generator(size: int = 256, unet: UNet = UNet(), precision: str = "float32") -> keras.Model:
    """Generador U-Net (Isola et al., 2017, sección 3.2.1 y apéndice 6.1.1).

    Baja `unet.levels` veces a la mitad de lado y sube otras tantas; cada nivel de subida recibe,
    además, lo que vio el nivel de bajada de su tamaño (conexión de salto, skip connection).

    size: lado de la imagen, en píxeles. unet: sus ajustes; los de fábrica son los del tutorial.
    precision: «float32» o «mixed_bfloat16» (convoluciones en bfloat16, todo lo demás en float32).

    Entrada: (lote, size, size, 3), la imagen borrada; si algún ajuste necesita el hueco,
    (lote, size, size, 4), con el hueco como cuarto canal. Salida: (lote, size, size, 3).
    Con los ajustes de fábrica tiene 54,425,859 parámetros.
    Lanza UserError si `size` no se puede dividir `unet.levels` veces por 2.
    """
    check_levels(size, unet.levels)
    widths = [unet.filters * min(2**level, 8) for level in range(unet.levels)]
    needs_hole = bool(unet.first_fill or unet.hole_channel or unet.compose)
    inputs = keras.Input((size, size, 4 if needs_hole else 3), name="x")
    image, hole = inputs[..., IMAGE], inputs[..., HOLE]
    if unet.first_fill:
        steps = RELAXATION_STEPS if unet.first_fill == "biharmonic" else 0
        image = FirstFill(steps, name="first_fill")(inputs)
    seen = layers.Concatenate()([image, hole]) if unet.hole_channel else image
    if unet.mirror:
        seen = layers.Concatenate()([seen, seen[:, :, ::-1]])

    x, skips = NoiseChannel()(seen) if unet.noise else seen, []
    for level, width in enumerate(widths):
        normalized = level > 0 and (unet.innermost_norm or level < unet.levels - 1)
        x = _down(x, width, unet, precision, level + 1, normalized)
        skips.append(x)
    kept = _kept_skips(unet.skips, unet.levels - 1)
    for level in reversed(range(unet.levels - 1)):
        deepest = level >= unet.levels - 4
        x = _up(x, widths[level], unet, precision, level + 1, dropout=deepest)
        if kept[level]:
            x = layers.Concatenate(name=f"skip_{level + 1}")([x, skips[level]])

    # Lo que se suma nace a cero: la red empieza devolviendo el relleno.
    last = {"name": "painted"} | ({"zeros": True} if unet.residual else {"activation": "tanh"})
    if unet.input_skip:
        # A tamaño entero todo cuesta cuatro veces más, y basta con la mitad de canales.
        options = {"use_bias": False, "dtype": precision}
        half = max(1, unet.filters // 2)
        x = convolution(layers.Conv2D, half, 3, name="full_1_conv", **options)(x)
        x = layers.Concatenate()([layers.UpSampling2D()(x), seen])
        x = convolution(layers.Conv2D, half, 3, name="full_2_conv", **options)(x)
        x = convolution(layers.Conv2D, 3, 3, **last)(layers.LeakyReLU(unet.slope, name="full")(x))
    elif unet.upsampling == "transpose":
        x = convolution(layers.Conv2DTranspose, 3, 4, strides=2, **last)(x)
    else:
        x = convolution(layers.Conv2D, 3, 3, **last)(layers.UpSampling2D()(x))
    if unet.compose:
        x = image + ops.cast(hole > 0, x.dtype) * (x if unet.residual else x - image)
    elif unet.residual:
        x = image + x
    return keras.Model(inputs, x, name="generador")


def fine_texture(image):
    """Lo que a una imagen (lote, alto, ancho, 3) le quitaría la media de cada 3x3 píxeles."""
    return image - ops.average_pool(image, 3, strides=1, padding="same")


def patchgan_discriminator(
    size: int = 256, patchgan: PatchGAN = PatchGAN(), precision: str = "float32"
) -> keras.Model:
    """Discriminador PatchGAN (Isola et al., 2017, sección 3.2.2 y apéndice 6.1.2).

    Juzga cada parche de la imagen por separado: con los ajustes de fábrica devuelve una rejilla
    de 30x30 notas, cada una sobre un parche de 70x70 píxeles.

    size, precision: véase `unet_generator`. patchgan: sus ajustes.

    Entradas: [condición, candidata]: la condición es la imagen borrada, (lote, size, size, 3), o
    con el hueco como cuarto canal (`sees_hole`); la candidata, (lote, size, size, 3).
    Salida: (lote, n, n, 1), logits: positivo si el parche le parece auténtico.
    Con los ajustes de fábrica tiene 2,770,433 parámetros.
    Lanza UserError si la imagen es tan pequeña que no sale ninguna nota.
    """
    check_patches(size, patchgan.layers)
    condition = keras.Input((size, size, 4 if patchgan.sees_hole else 3), name="borrada")
    candidate = keras.Input((size, size, 3), name="candidata")
    seen = [condition, candidate]
    if patchgan.texture:
        seen.append(patchgan.texture * fine_texture(candidate))
    x = layers.Concatenate()(seen)

    def judge(x, filters: int, name: str, **options):
        conv = convolution(layers.Conv2D, filters, name=f"{name}_conv", **options)
        if patchgan.spectral_norm:
            conv = layers.SpectralNormalization(conv, name=f"{name}_spectral")
        return conv(x)

    def activate(x, name: str, normalized: bool = True):
        x = normalize(x, patchgan.norm if normalized else None, f"{name}_norm")
        return layers.LeakyReLU(patchgan.slope, name=name)(x)

    options = {"use_bias": False, "dtype": precision}
    kernel, pad = (4, 1) if patchgan.layers else (1, 0)
    if not patchgan.layers:
        x = activate(judge(x, patchgan.filters, "patch_1", size=1, **options), "patch_1", False)
    for level in range(patchgan.layers):
        width, name = patchgan.filters * min(2**level, 8), f"patch_{level + 1}"
        x = activate(judge(x, width, name, size=4, strides=2, **options), name, level > 0)
    width = patchgan.filters * min(2 ** max(patchgan.layers, 1), 8)
    options |= {"size": kernel, "padding": "valid"}
    x = activate(judge(layers.ZeroPadding2D(pad)(x), width, "patch_last", **options), "patch_last")
    logits = judge(layers.ZeroPadding2D(pad)(x), 1, "logits", size=kernel, padding="valid")
    return keras.Model([condition, candidate], logits, name="discriminador")


def _convolutions(network: keras.Model) -> list[keras.Layer]:
    """Las convoluciones de una red, en orden; si se divide por su norma, la de dentro."""
    inner = (
        each.layer if isinstance(each, layers.SpectralNormalization) else each
        for each in network.layers
    )
    return [each for each in inner if isinstance(each, (layers.Conv2D, layers.Conv2DTranspose))]


def receptive_field(discriminator: keras.Model) -> int:
    """Lado en píxeles del parche de entrada del que depende cada nota de la salida.

    Cada convolución de núcleo k lo agranda en (k - 1) veces el paso acumulado hasta ella.
    """
    field, jump = 1, 1
    for layer in _convolutions(discriminator):
        field += (layer.kernel_size[0] - 1) * jump
        jump *= layer.strides[0]
    return field


def count_macs(network: keras.Model) -> int:
    """Multiplicaciones y sumas (MAC) que hacen las convoluciones de una red con una imagen.

    Una convolución usa su núcleo entero en cada píxel de su salida, y una traspuesta, en cada
    píxel de su entrada.
    """
    total = 0
    for layer in _convolutions(network):
        side = layer.input if isinstance(layer, layers.Conv2DTranspose) else layer.output
        total += math.prod(side.shape[1:3]) * math.prod(layer.kernel.shape)
    return total
