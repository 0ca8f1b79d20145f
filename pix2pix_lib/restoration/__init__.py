"""Restaurar fotos de verdad: caras, huecos, ventanas, grano, y guardar el resultado.

Usa la red del libro con `onnxruntime`: se carga sin Keras ni TensorFlow.
"""

from ..data.marks import THRESHOLD
from .faces import find_faces
from .finding import find_marks
from .holes import magenta_hole
from .pretrained import load_pretrained
from .restore import restore_photo

__all__ = [
    "THRESHOLD",
    "find_faces",
    "find_marks",
    "load_pretrained",
    "magenta_hole",
    "restore_photo",
]
