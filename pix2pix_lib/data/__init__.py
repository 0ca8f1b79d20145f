"""De una carpeta de fotos a parejas (borrada, original): leer, borrar, estropear y juntar.

No sabe de dónde vienen las caras ni de redes, y se carga sin Keras.
"""

from .degradations import enlarge
from .features import cut_upright
from .marks import paint_mark, skin
from .masks import Placement, erase, load_masks, sample_placements
from .pairs import fixed_pairs, to_float, to_uint8, training_batches, with_noise
from .photos import list_photos, load_faces, open_photo, split_by_photo

__all__ = [
    "Placement",
    "cut_upright",
    "enlarge",
    "erase",
    "fixed_pairs",
    "list_photos",
    "load_faces",
    "load_masks",
    "open_photo",
    "paint_mark",
    "sample_placements",
    "skin",
    "split_by_photo",
    "to_float",
    "to_uint8",
    "training_batches",
    "with_noise",
]
