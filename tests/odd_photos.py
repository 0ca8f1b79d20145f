"""Sesenta y tantas fotos raras: cómo se hace cada una y qué sale, o con qué frase se rechaza.

Las miran `tests/data/test_odd_photos.py`, en la biblioteca, y `tests/lab/test_lab_photos.py`, en la
página.
"""

import io
import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from photo_bytes import (
    P3,
    PHOTO,
    adobe_rgb,
    camera_exif,
    chunk,
    damaged_exif,
    encoded,
    good_photos,
    moving,
    with_chunks,
    with_exif,
)
from PIL import ExifTags, Image, ImageOps

DEPTH, ALPHA, PAGES, EXIF = (
    "los bits de más de 8 por canal",
    "la transparencia",
    "las demás imágenes",
    "los datos EXIF",
)


@dataclass
class Odd:
    """Una foto rara.

    wanted: lo que se ha de ver (si no se dice, `PHOTO`) o la frase con la que se rechaza.
    lost: lo que al guardarla se pierde, y se dice. page: lo que sale en la página, si es otra cosa.
    """

    content: bytes
    wanted: Image.Image | str | None = None
    lost: tuple[str, ...] = ()
    page: Image.Image | str | None = None

    def __post_init__(self):
        self.wanted = self.wanted or PHOTO
        self.page = self.page or self.wanted


GRAY = PHOTO.convert("L")
LEVELS, GRAY_LEVELS = np.asarray(PHOTO), np.asarray(GRAY)
TURNED = ImageOps.exif_transpose(Image.open(io.BytesIO(with_exif("PNG", camera_exif(turn=6)))))
CLEAR = PHOTO.copy()
CLEAR.putalpha(GRAY)
SEEN = Image.alpha_composite(Image.new("RGBA", PHOTO.size, "white"), CLEAR).convert("RGB")
FEW = PHOTO.quantize(50)
BLACK_WHITE = PHOTO.convert("1")


def deep(levels: np.ndarray, extension=".png") -> bytes:
    """Una foto de más de 8 bits por canal."""
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}
    if levels.ndim == 3:
        levels = levels[..., order[levels.shape[-1]]]
    return cv2.imencode(extension, levels)[1].tobytes()


def bits(levels: np.ndarray, count: int) -> np.ndarray:
    """Los niveles de una foto, de 0 al mayor que cabe en tantos bits."""
    return np.rint(levels * ((2**count - 1) / 255)).astype(np.uint16)


def tiff(levels: np.ndarray | Image.Image, **options) -> bytes:
    image = levels if isinstance(levels, Image.Image) else Image.fromarray(levels)
    return encoded(image.copy(), "TIFF", **options)


def one_transparent(format: str) -> tuple[bytes, Image.Image]:
    """Una foto de paleta con un color transparente, y cómo se ve."""
    content = encoded(FEW, format, transparency=3)
    seen = np.array(FEW.convert("RGB"))
    seen[np.asarray(FEW) == 3] = 255
    return content, Image.fromarray(seen)


def with_segments(*segments: tuple[int, bytes]) -> bytes:
    """Un JPEG con otros tramos delante: (marca, datos)."""
    extra = [struct.pack(">BBH", 0xFF, mark, len(data) + 2) + data for mark, data in segments]
    photo = encoded()
    return photo[:2] + b"".join(extra) + photo[2:]


def two_exif_segments() -> bytes:
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = 6
    data[ExifTags.Base.ImageDescription] = "muy larga " * 7000
    exif = data.tobytes()
    return with_segments((0xE1, exif[:60_000]), (0xE1, b"Exif\0\0" + exif[60_000:]))


def raw(tag: int) -> bytes:
    """Un RAW de los que por fuera son un TIFF: lo primero que llevan es una miniatura."""
    return tiff(PHOTO, tiffinfo={tag: 1 if tag == 254 else b"\1\4\0\0"})


def thin(width: int, height: int) -> Image.Image:
    return PHOTO.resize((width, height))


def odd_photos() -> dict[str, Odd]:
    text = b"hola " * 600_000
    good, float_levels = good_photos(), GRAY_LEVELS.astype(np.float32) / 255
    shiny = float_levels.copy()
    shiny[0, 0] = 1.4
    palette_png, seen_png = one_transparent("PNG")
    palette_gif, seen_gif = one_transparent("GIF")
    gray_seen = Image.fromarray(GRAY_LEVELS).convert("RGB")
    spotted = gray_seen.copy()
    spotted.paste((200, 30, 30), (10, 10, 40, 40))
    opened = {
        "como todas.jpg": Odd(encoded()),
        "de un móvil.jfif": Odd(encoded()),
        "un JPEG.png": Odd(encoded()),
        "un PNG.jpg": Odd(encoded(format="PNG")),
        "un WebP.jpeg": Odd(encoded(format="WEBP")),
        "con perfil.jpg": Odd(encoded(icc_profile=P3)),
        "sin YCbCr.jpg": Odd(adobe_rgb()),
        "progresiva y con cola.jpg": Odd(encoded(progressive=True) + b"y detras, algo"),
        "en movimiento.jpg": Odd(encoded() + b"\0\0\0\x18ftypmp42" + bytes(40), lost=("el vídeo",)),
        "de un programa.jpg": Odd(
            with_segments(
                (0xE1, b"http://ns.adobe.com/xmp/extension/\0<x:xmpmeta/>"),
                (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\3Ana"),
            ),
            lost=("los datos XMP extendidos", "los datos IPTC"),
        ),
        "de dos fotos.jpg": Odd(
            encoded(format="MPO", save_all=True, append_images=[PHOTO.rotate(180)]), lost=(PAGES,)
        ),
        "gris.jpg": Odd(encoded(GRAY), gray_seen),
        "gris con mancha.jpg": Odd(encoded(spotted), spotted),
        "CMYK.jpg": Odd(encoded(PHOTO.convert("CMYK")), lost=("los colores CMYK",)),
        "tumbada.jpg": Odd(with_exif("JPEG", camera_exif(turn=6)), TURNED),
        "tumbada.png": Odd(with_exif("PNG", camera_exif(turn=6)), TURNED),
        "tumbada.webp": Odd(with_exif("WEBP", camera_exif(turn=6)), TURNED),
        "EXIF roto.jpg": Odd(with_exif("JPEG", damaged_exif()["sin nada"])),
        "EXIF en dos tramos.jpg": Odd(two_exif_segments(), TURNED, lost=(EXIF,)),
        "48 bits.png": Odd(deep(bits(LEVELS, 16)), lost=(DEPTH,)),
        "64 bits.png": Odd(deep(bits(np.asarray(CLEAR), 16)), SEEN, (DEPTH, ALPHA)),
        "gris de 16 bits.png": Odd(deep(bits(GRAY_LEVELS, 16)), gray_seen, (DEPTH,)),
        "12 de 16 bits.png": Odd(
            deep(bits(GRAY_LEVELS, 12)), gray_seen, (DEPTH,), page="16 bits.*casi negra"
        ),
        "10 de 16 bits.png": Odd(
            deep(bits(GRAY_LEVELS, 10)), gray_seen, (DEPTH,), page="16 bits.*casi negra"
        ),
        "12 de 48 bits.png": Odd(deep(bits(LEVELS, 12)), "16 bits.*casi negra"),
        "texto comprimido.png": Odd(
            with_chunks(encoded(format="PNG"), chunk(b"zTXt", b"largo\0\0" + zlib.compress(text)))
        ),
        "texto largo.png": Odd(with_chunks(encoded(format="PNG"), chunk(b"tEXt", b"a\0" + text))),
        "de un fotograma.png": Odd(good["una sola.png"]),
        "opaca.png": Odd(encoded(PHOTO.convert("RGBA"), "PNG")),
        "transparente.png": Odd(encoded(CLEAR, "PNG"), SEEN, (ALPHA,)),
        "gris y transparente.png": Odd(
            encoded(CLEAR.convert("LA"), "PNG"),
            Image.fromarray(np.asarray(SEEN.convert("L"))).convert("RGB"),
            (ALPHA,),
        ),
        "transparente.webp": Odd(encoded(CLEAR, "WEBP"), SEEN, (ALPHA,)),
        "paleta.png": Odd(encoded(FEW, "PNG"), FEW.convert("RGB")),
        "paleta transparente.png": Odd(palette_png, seen_png, (ALPHA,)),
        "transparente.gif": Odd(palette_gif, seen_gif, (ALPHA,)),
        "quieta.gif": Odd(encoded(FEW, "GIF"), FEW.convert("RGB")),
        "un bit.png": Odd(encoded(BLACK_WHITE, "PNG"), BLACK_WHITE.convert("RGB")),
        "un bit.bmp": Odd(encoded(BLACK_WHITE, "BMP"), BLACK_WHITE.convert("RGB")),
        "color.bmp": Odd(encoded(format="BMP")),
        "exacta.webp": Odd(encoded(format="WEBP", lossless=True)),
        "de un píxel.png": Odd(encoded(thin(1, 1), "PNG"), thin(1, 1)),
        "1x801.png": Odd(encoded(thin(1, 801), "PNG"), thin(1, 801)),
        "5000x5.png": Odd(encoded(thin(5000, 5), "PNG"), thin(5000, 5)),
    }
    tiffs = {
        "color.tif": Odd(tiff(PHOTO)),
        "dos páginas.tif": Odd(
            tiff(PHOTO, save_all=True, append_images=[GRAY.copy()]), lost=(PAGES,)
        ),
        "48 bits.tif": Odd(deep(bits(LEVELS, 16), ".tiff"), lost=(DEPTH,)),
        "flotante.tif": Odd(tiff(float_levels), gray_seen, (DEPTH,)),
        "flotante con un brillo.tif": Odd(tiff(shiny), gray_seen, (DEPTH,)),
        "flotante hasta 255.tif": Odd(tiff(float_levels * 255), gray_seen, (DEPTH,)),
        "12 bits en 32.tif": Odd(tiff(bits(GRAY_LEVELS, 12).astype(np.int32)), gray_seen, (DEPTH,)),
        "CMYK.tif": Odd(tiff(PHOTO.convert("CMYK")), lost=("los colores CMYK",)),
        "transparente.tif": Odd(tiff(CLEAR), SEEN, (ALPHA,)),
    }
    for odd in tiffs.values():
        odd.page = "TIFF.*guárdalo como"
    cut = {"JPEG": encoded()[:-300], "PNG": encoded(format="PNG")[:-300]}
    refused = {
        "movida.gif": Odd(moving("GIF"), "se mueve"),
        "movida.webp": Odd(moving("WEBP"), "se mueve"),
        "movida.png": Odd(moving("PNG"), "se mueve"),
        "movida.avif": Odd(moving("AVIF"), "AVIF", page="se mueve"),
        "en realidad HEIC.jpg": Odd(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60), "HEIC"),
        "en realidad AVIF.jpg": Odd(good["color.avif"], "AVIF.*guárdalo como", page=PHOTO),
        "dng.tif": Odd(raw(50706), "RAW"),
        "nef.tif": Odd(raw(254), "RAW"),
        "cr2.jpg": Odd(b"II*\0\x10\0\0\0CR\2\0" + bytes(60), "RAW"),
        "vídeo.jpg": Odd(b"\0\0\0\x18ftypisom" + bytes(60), "vídeo"),
        "documento.jpg": Odd(b"%PDF-1.7 hola", "PDF"),
        "dibujo.jpg": Odd(b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        "letras.png": Odd(b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        "no encontrada.jpg": Odd(b"<!DOCTYPE html><p>404", "página web"),
        "capas.jpg": Odd(b"8BPS\0\1" + bytes(60), "PSD"),
        "nueva.jpg": Odd(b"\xff\x0a" + bytes(60), "JPEG XL"),
        "vieja.jpg": Odd(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), "JPEG 2000"),
        "icono.png": Odd(b"\0\0\1\0\1\0" + bytes(60), "ICO"),
        "varias.jpg": Odd(b"PK\3\4" + bytes(60), "ZIP"),
        "vacía.jpg": Odd(b"", "vací"),
        "nota.jpg": Odd(b"hola", "comprueba que es una imagen", page="no es una foto"),
        "cortada.jpg": Odd(cut["JPEG"], "entera"),
        "cortada.png": Odd(cut["PNG"], "entera"),
    }
    return opened | tiffs | refused
