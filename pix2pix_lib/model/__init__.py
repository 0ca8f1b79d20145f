"""Las redes y el juego: U-Net, PatchGAN y `Pix2Pix`, que una receta convierte en modelos de Keras.

No toca el disco.
"""

from ..devices import one_thread
from .build import build
from .fill import FirstFill, biharmonic_fill, fill_pyramid
from .gan import Pix2Pix, frozen
from .networks import count_macs, patchgan_discriminator, receptive_field, unet_generator
from .partial import partial_convolution

__all__ = [
    "FirstFill",
    "Pix2Pix",
    "biharmonic_fill",
    "build",
    "count_macs",
    "fill_pyramid",
    "frozen",
    "one_thread",
    "partial_convolution",
    "patchgan_discriminator",
    "receptive_field",
    "unet_generator",
]
