"""De dónde vienen las caras: los conjuntos del libro, anotaciones, descargas y recortes.

Deja carpetas de imágenes, que lee `data`. Se carga sin Keras.
"""

from .annotations import read_annotations
from .crops import crop_faces
from .default_set import default_faces
from .sets import CC0, historic_sides, portrait_photos, portrait_set

__all__ = [
    "CC0",
    "crop_faces",
    "default_faces",
    "historic_sides",
    "portrait_photos",
    "portrait_set",
    "read_annotations",
]
