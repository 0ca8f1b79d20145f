"""La U-Net con convoluciones parciales: cada una mira solo los píxeles que se conocen.

Es la sucesora de pix2pix para rellenar huecos (Liu et al., 2018, arXiv:1804.07723).
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

from .networks import check_levels, convolution, normalize

KERNELS = (7, 5, 5)
"""Lado de los núcleos de los primeros niveles de bajada; el de los demás es 3."""


def _coverage(parts: Sequence[tuple], kernel: int, strides: int):
    """Qué parte de lo que mira cada ventana se conoce, de 0 a 1; fuera de la imagen, nada."""
    channels = sum(x.shape[-1] for x, _ in parts)
    known = sum(x.shape[-1] * mask for x, mask in parts) / channels
    before, after = (kernel - strides) // 2, (kernel - strides + 1) // 2
    known = layers.ZeroPadding2D(((before, after), (before, after)))(known)
    return ops.average_pool(known, kernel, strides, "valid")


def partial_convolution(
    parts: Sequence[tuple], filters: int, kernel: int, strides: int = 1, precision: str = "float32"
):
    """Convolución parcial (Liu et al., 2018, ecuaciones 1 y 2), sin sesgo.

    parts: [(x, mask)], lo que se mira, una cosa detrás de otra: x (lote, alto, ancho, canales) y
    mask (lote, alto, ancho, 1), 1 donde se conoce.
    Lo que no se conoce cuenta 0, y el resultado se agranda en proporción a lo que falta. Devuelve
    lo mirado y su máscara: de cada ventana con algo conocido ya se sabe algo.
    """
    known = [x * ops.cast(mask, x.dtype) for x, mask in parts]
    x = layers.Concatenate()(known) if len(known) > 1 else known[0]
    options = {"strides": strides, "use_bias": False, "dtype": precision}
    x = convolution(layers.Conv2D, filters, kernel, **options)(x)
    coverage = _coverage(parts, kernel, strides)
    mask = ops.cast(coverage > 0, "float32")
    return mask * ops.cast(x, "float32") / ops.maximum(coverage, 1e-6), mask


def partial_unet(
    size: int = 256,
    filters: int = 64,
    levels: int = 8,
    *,
    norm: str | None = "batch",
    slope: float = 0.2,
    precision: str = "float32",
) -> keras.Model:
    """U-Net con convoluciones parciales (Liu et al., 2018, sección 3.2 y figura 2).

    Baja con ReLU y sube ampliando al vecino más cercano, con LeakyReLU; los saltos llevan consigo
    su máscara. Los ajustes son los de `networks.unet_generator`.

    Entrada: (lote, size, size, 4), la imagen borrada y el hueco. Salida: (lote, size, size, 3).
    Lanza UserError si `size` no se puede dividir `levels` veces por 2.
    """
    check_levels(size, levels)
    inputs = keras.Input((size, size, 4), name="x")
    x, mask = inputs[..., :3], ops.cast(inputs[..., 3:] <= 0, "float32")
    seen = [(x, mask)]
    for level in range(levels):
        kernel = KERNELS[level] if level < len(KERNELS) else 3
        width = filters * min(2**level, 8)
        x, mask = partial_convolution([(x, mask)], width, kernel, 2, precision)
        x = layers.ReLU()(normalize(x, norm if level else None))
        seen.append((x, mask))
    seen.pop()
    for level, skip in zip(reversed(range(levels)), reversed(seen), strict=True):
        wide = layers.UpSampling2D()(x), layers.UpSampling2D()(mask)
        width = filters * min(2 ** max(level - 1, 0), 8) if level else 3
        x, mask = partial_convolution([wide, skip], width, 3, precision=precision)
        if level:
            x = layers.LeakyReLU(slope)(normalize(x, norm))
    return keras.Model(inputs, x, name="generador")
