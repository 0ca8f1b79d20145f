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


def save_options(original: str | Path, same_format: bool = False) -> dict[str, Any]:
    """Cómo guardar una imagen como estaba la foto de la que salió: las opciones de `Image.save`.

    original: una foto que ya se ha abierto con `open_photo`.
    same_format: si lo que viene en JPEG se guarda en JPEG, con su calidad; lo demás va en PNG.
    Lleva el perfil de color y los datos EXIF, menos el giro, que ya está hecho, y la miniatura, que
    enseñaría la foto sin retocar.
    """
    options: dict[str, Any] = {"format": "PNG", "compress_level": 1}
    with Image.open(original) as photo:
        if same_format and photo.format == "JPEG":
            options = {"format": "JPEG", "subsampling": JpegImagePlugin.get_sampling(photo)}
            if photo.mode in ("RGB", "L"):
                options["qtables"] = getattr(photo, "quantization", None)
        if photo.mode in ("RGB", "RGBA", "P"):
            options["icc_profile"] = photo.info.get("icc_profile")
        exif = photo.getexif()
        exif.pop(ExifTags.Base.Orientation, None)
        return options | {"exif": exif.tobytes()}


def write_photo(path: Path, image: np.ndarray, options: dict[str, Any]) -> None:
    """Escribe una foto uint8 (alto, ancho, 3), entera o nada. Lanza UserError si no se puede."""
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
    write_photo(path, np.hstack(both), {"format": "JPEG", "quality": 90})
