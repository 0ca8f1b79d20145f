"""Restaurar fotos de verdad: caras, huecos, ventanas, grano, y guardar el resultado.

Usa la red del libro con `onnxruntime`: se carga sin Keras ni TensorFlow.
"""

from .holes import magenta_hole
from .pretrained import load_pretrained
from .restore import restore_photo

__all__ = ["load_pretrained", "magenta_hole", "restore_photo"]
