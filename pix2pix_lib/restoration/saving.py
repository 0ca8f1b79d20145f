"""Guardar una foto restaurada como estaba la original, y su antes y después."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin

from ..files import write_whole

COMPARISON_HEIGHT = 1200
"""Alto, como mucho, de una imagen de antes y después, en píxeles."""


def is_jpeg(path: str | Path) -> bool:
    with Image.open(path) as photo:
        return photo.format == "JPEG"


def write_like(original: str | Path, path: Path, image: np.ndarray) -> None:
    """Escribe una imagen con el perfil de color y los datos EXIF de la foto de la que salió.

    original: una foto que ya se ha abierto con `open_photo`. image: uint8 (alto, ancho, 3).
    path: si acaba en «.jpg», se guarda en JPEG con la calidad de la original, que ha de serlo; si
    no, en PNG. De los datos EXIF se quitan el giro, que ya está hecho, y la miniatura, que
    enseñaría la foto sin retocar. Lanza UserError si no se puede escribir.
    """
    options: dict[str, Any] = {}
    with Image.open(original) as photo:
        if photo.mode in ("RGB", "RGBA", "P"):
            options["icc_profile"] = photo.info.get("icc_profile")
        exif = photo.getexif()
        exif.pop(ExifTags.Base.Orientation, None)
        options["exif"] = exif.tobytes()
        if path.suffix == ".jpg":
            options |= {
                "format": "JPEG",
                "qtables": getattr(photo, "quantization", None),
                "subsampling": JpegImagePlugin.get_sampling(photo),
            }
            if photo.mode not in ("RGB", "L"):
                options["qtables"] = None
        else:
            options |= {"format": "PNG", "compress_level": 1}
    content = io.BytesIO()
    Image.fromarray(image).save(content, **options)
    write_whole(path, content.getvalue())


def write_comparison(path: Path, before: np.ndarray, after: np.ndarray) -> None:
    """Escribe en un JPEG la foto de antes y la de después, una junto a otra."""
    scale = min(1, COMPARISON_HEIGHT / len(before))
    both = [
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for image in (before, after)
    ]
    content = io.BytesIO()
    Image.fromarray(np.hstack(both)).save(content, format="JPEG", quality=90)
    write_whole(path, content.getvalue())
