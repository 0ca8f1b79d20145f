"""Guardar una foto restaurada como estaba la original, y su antes y después."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageFile, JpegImagePlugin, PngImagePlugin

from ..data.photos import MOVING_FORMATS, is_deep
from ..files import write_whole

COMPARISON_HEIGHT = 1200
"""Alto, como mucho, de una imagen de antes y después, en píxeles."""


JPEG_FORMATS = ("JPEG", "MPO")
"""Un MPO es un JPEG con más fotos detrás."""

SEGMENT = 2**16 - 1 - 2
"""Bytes que caben en un tramo de un JPEG."""

GRAY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "F")
"""Los modos de Pillow de las fotos grises."""

PROFILES = {"L": b"GRAY", "RGB": b"RGB "}
"""Lo que dice de sí el perfil de color que vale para lo que se guarda."""

OTHER_COLORS = ("CMYK", "LAB")
"""Los modos de las fotos cuyos colores se pasan a RGB."""

XMP_SEGMENT = b"http://ns.adobe.com/xap/1.0/\0"
XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
XMP_TEXT = b"XML:com.adobe.xmp\0"

IPTC = b"8BIM\x04\x04"
"""Así empiezan, dentro del tramo APP13 de un JPEG, los datos IPTC."""

VIDEO = re.compile(rb"ftyp(3g|M4V|MSNV|avc1|iso|mp4|qt)")
"""Así empieza el vídeo que los móviles ponen detrás de un JPEG, en las fotos «en movimiento»."""

NOT_IN_XMP = re.compile(
    rb'\s*tiff:Orientation="\d"|<tiff:Orientation>\d</tiff:Orientation>'
    rb"|<xmp:Thumbnails>.*?</xmp:Thumbnails>",
    re.DOTALL,
)
"""El giro, que ya está hecho, y la miniatura, que enseñaría la foto sin retocar."""


def save_options(
    original: str | Path, same_format: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """Cómo guardar una imagen como estaba la foto de la que salió, y lo que así se pierde.

    original: una foto que ya se ha abierto con `open_photo`.
    same_format: si lo que viene en JPEG se guarda en JPEG, con su calidad; lo demás va en PNG.
    Devuelve las opciones de `write_photo` y lo que la foto tiene y la guardada no tendrá, para
    decirlo: la transparencia, los bits de más... Lleva el perfil de color, la resolución, los
    textos y los datos EXIF y XMP, menos el giro, que ya está hecho, y la miniatura, que enseñaría
    la foto sin retocar. Una foto gris se guarda gris.
    """
    with Image.open(original) as photo:
        lost = list(_not_saved(photo))
        if isinstance(photo, JpegImagePlugin.JpegImageFile):
            lost += _not_in_jpeg(photo.applist, Path(original).read_bytes())
        as_jpeg = same_format and photo.format in JPEG_FORMATS
        mode = "L" if photo.mode in GRAY_MODES else "RGB"
        options: dict[str, Any] = {"mode": mode, "format": "PNG", "compress_level": 1}
        if as_jpeg:
            options = {"mode": mode, "format": "JPEG"}
            options["subsampling"] = JpegImagePlugin.get_sampling(photo)
            if photo.mode == mode:
                options["qtables"] = getattr(photo, "quantization", None)
        profile = photo.info.get("icc_profile") or b""
        if profile[16:20] == PROFILES[mode] and photo.mode not in OTHER_COLORS:
            options["icc_profile"] = profile
        resolution: Any = photo.info.get("dpi", (0, 0))
        if all(1 <= density < SEGMENT for density in resolution):
            options["dpi"] = resolution
        exif = _exif(photo)
        xmp, comment = photo.info.get("xmp") or b"", photo.info.get("comment") or b""
        is_png = photo.format == "PNG"
    if exif is None or (as_jpeg and len(exif) > SEGMENT):
        lost.append("los datos EXIF")
        exif = b""
    xmp = NOT_IN_XMP.sub(b"", xmp)
    if as_jpeg:
        segment = b"\xff\xe1" + struct.pack(">H", len(XMP_SEGMENT + xmp) + 2) + XMP_SEGMENT + xmp
        return options | {"exif": exif, "comment": comment, "extra": segment if xmp else b""}, lost
    texts = PngImagePlugin.PngInfo()
    if is_png:
        for kind, data in _png_texts(Path(original).read_bytes()):
            texts.add(kind, data)
    elif xmp:
        texts.add(b"iTXt", XMP_TEXT + bytes(4) + xmp)
    if comment:
        texts.add(b"tEXt", b"Comment\0" + comment)
    return options | {"exif": exif, "pnginfo": texts}, lost


def _not_saved(photo: ImageFile.ImageFile) -> Iterator[str]:
    """Lo que tiene una foto abierta, y sin decodificar, que nunca se guarda."""
    if is_deep(photo):
        yield "los bits de más de 8 por canal"
    if photo.format not in MOVING_FORMATS and getattr(photo, "is_animated", False):
        yield "las demás imágenes"
    if photo.mode in OTHER_COLORS:
        yield f"los colores {photo.mode}"
    if photo.has_transparency_data and (
        photo.mode[0] in "IF" or np.asarray(photo.convert("RGBA"))[..., 3].min() < 255
    ):
        yield "la transparencia"


def _not_in_jpeg(segments: list[tuple[str, bytes]], content: bytes) -> Iterator[str]:
    """Lo que un JPEG lleva, fuera de la imagen, que nunca se guarda. segments: (nombre, datos)."""
    if any(data.startswith(XMP_EXTENSION) for _, data in segments):
        yield "los datos XMP extendidos"
    if any(name == "APP13" and IPTC in data for name, data in segments):
        yield "los datos IPTC"
    if VIDEO.search(content):
        yield "el vídeo"


def _exif(photo: Image.Image) -> bytes | None:
    """Los datos EXIF que se guardan; None si están estropeados."""
    try:
        exif = photo.getexif()
        exif.pop(ExifTags.Base.Orientation, None)
        return exif.tobytes()
    except Exception:  # Pillow lanza de todo con unos datos estropeados.
        return None


def _png_texts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Los trozos de un PNG que llevan texto: (tipo, datos)."""
    at = 8
    while at + 12 <= len(content):
        (size,), kind = struct.unpack_from(">I", content, at), content[at + 4 : at + 8]
        data = content[at + 8 : at + 8 + size]
        if kind == b"iTXt" and data.startswith(XMP_TEXT):
            data = NOT_IN_XMP.sub(b"", data)
        # Un EXIF metido en un texto diría cómo girarla, y llevaría la miniatura.
        if kind in (b"tEXt", b"zTXt", b"iTXt") and not data.startswith(b"Raw profile type "):
            yield kind, data
        at += 12 + size


def write_photo(path: Path, image: np.ndarray, options: dict[str, Any]) -> None:
    """Escribe una foto uint8 (alto, ancho, 3), entera o nada. Lanza UserError si no se puede.

    options: las de `Image.save` y, en `mode`, si va en gris («L») o en color («RGB»).
    """
    content = io.BytesIO()
    Image.fromarray(image).convert(options["mode"]).save(content, **options)
    write_whole(path, content.getvalue())


def write_comparison(path: Path, before: np.ndarray, after: np.ndarray) -> None:
    """Escribe en un JPEG la foto de antes y la de después, una junto a otra."""
    scale = min(1, COMPARISON_HEIGHT / len(before))
    size = [max(1, round(scale * side)) for side in before.shape[1::-1]]
    both = [cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (before, after)]
    write_photo(path, np.hstack(both), {"mode": "RGB", "format": "JPEG", "quality": 90})
