"""De una carpeta de fotos a parejas (borrada, original): leer, borrar, estropear y juntar.

No sabe de dónde vienen las caras ni de redes, y se carga sin Keras.
"""

from .degradations import enlarge
from .masks import Placement, erase, load_masks, sample_placements
from .pairs import fixed_pairs, to_float, to_uint8, training_batches, with_noise
from .photos import list_photos, load_faces, split_by_photo

__all__ = [
    "Placement",
    "enlarge",
    "erase",
    "fixed_pairs",
    "list_photos",
    "load_faces",
    "load_masks",
    "sample_placements",
    "split_by_photo",
    "to_float",
    "to_uint8",
    "training_batches",
    "with_noise",
]
