"""La U-Net con convoluciones parciales: cada una mira solo los píxeles que se conocen.

Es la sucesora de pix2pix para rellenar huecos (Liu et al., 2018, arXiv:1804.07723).
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

from ..data.pairs import HOLE, IMAGE
from ..recipes import PartialUNet, check_levels
from .networks import convolution, normalize

KERNELS = (7, 5, 5)
"""Lado de los núcleos de los primeros niveles de bajada; el de los demás es 3."""


def _coverage(parts: Sequence[tuple], kernel: int, strides: int):
    """Qué parte de lo que mira cada ventana se conoce, de 0 a 1; fuera de la imagen, nada."""
    channels = sum(x.shape[-1] for x, _ in parts)
    known = sum(x.shape[-1] * mask for x, mask in parts) / channels
    before, after = (kernel - strides) // 2, (kernel - strides + 1) // 2
    known = layers.ZeroPadding2D(((before, after), (before, after)))(known)
    return ops.average_pool(known, kernel, strides, "valid")


def partial_convolution(parts: Sequence[tuple], filters: int, kernel: int, **options):
    """Convolución parcial (Liu et al., 2018, ecuaciones 1 y 2), sin sesgo.

    parts: [(x, mask)], lo que se mira, una cosa detrás de otra: x (lote, alto, ancho, canales) y
    mask (lote, alto, ancho, 1), 1 donde se conoce. options: los de `Conv2D`.
    Lo que no se conoce cuenta 0, y el resultado se agranda en proporción a lo que falta. Devuelve
    lo mirado y su máscara: de cada ventana con algo conocido ya se sabe algo.
    """
    known = [x * ops.cast(mask, x.dtype) for x, mask in parts]
    x = layers.Concatenate()(known) if len(known) > 1 else known[0]
    x = convolution(layers.Conv2D, filters, kernel, use_bias=False, **options)(x)
    coverage = _coverage(parts, kernel, options.get("strides", 1))
    mask = ops.cast(coverage > 0, "float32")
    return mask * ops.cast(x, "float32") / ops.maximum(coverage, 1e-6), mask


def partial_unet(
    size: int = 256, unet: PartialUNet = PartialUNet(), precision: str = "float32"
) -> keras.Model:
    """U-Net con convoluciones parciales (Liu et al., 2018, sección 3.2 y figura 2).

    Baja con ReLU y sube ampliando al vecino más cercano, con LeakyReLU; los saltos llevan consigo
    su máscara. size, precision: los de `networks.unet_generator`. unet: sus ajustes.

    Entrada: (lote, size, size, 4), la imagen borrada y el hueco. Salida: (lote, size, size, 3).
    Lanza UserError si `size` no se puede dividir `unet.levels` veces por 2.
    """
    check_levels(size, unet.levels)
    inputs = keras.Input((size, size, 4), name="x")
    x, mask = inputs[..., IMAGE], ops.cast(inputs[..., HOLE] <= 0, "float32")
    seen = [(x, mask)]
    for level in range(unet.levels):
        kernel = KERNELS[level] if level < len(KERNELS) else 3
        width, name = unet.filters * min(2**level, 8), f"down_{level + 1}"
        options = {"strides": 2, "dtype": precision, "name": f"{name}_conv"}
        x, mask = partial_convolution([(x, mask)], width, kernel, **options)
        x = layers.ReLU(name=name)(normalize(x, unet.norm if level else None, f"{name}_norm"))
        seen.append((x, mask))
    seen.pop()
    for level, skip in zip(reversed(range(unet.levels)), reversed(seen), strict=True):
        wide = layers.UpSampling2D()(x), layers.UpSampling2D()(mask)
        width, name = unet.filters * min(2 ** max(level - 1, 0), 8), f"up_{level}"
        options = {"dtype": precision, "name": f"{name}_conv" if level else "painted"}
        x, mask = partial_convolution([wide, skip], width if level else 3, 3, **options)
        if level:
            x = layers.LeakyReLU(unet.slope, name=name)(normalize(x, unet.norm, f"{name}_norm"))
    return keras.Model(inputs, x, name="generador")
