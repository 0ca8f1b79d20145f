"""Fotos de todas clases, buenas y malas, byte a byte, para las pruebas del laboratorio."""

import io
import struct
import zlib

import numpy as np
import skimage.data
from PIL import Image, ImageCms, PngImagePlugin

RNG = np.random.default_rng(0)
PHOTO = Image.fromarray(skimage.data.astronaut()[300:390, 160:280])
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
COLORANTS = {b"rXYZ": (0.5151, 0.2412, -0.0011), b"gXYZ": (0.292, 0.6922, 0.0419)}
COLORANTS[b"bXYZ"] = (0.1571, 0.0666, 0.7841)


def display_p3() -> bytes:
    """El perfil sRGB con los colorantes de una pantalla Display P3."""
    profile = bytearray(SRGB)
    for i in range(int.from_bytes(profile[128:132])):
        name, start, _ = struct.unpack_from(">4sII", profile, 132 + 12 * i)
        if name in COLORANTS:
            levels = [round(value * 65536) for value in COLORANTS[name]]
            struct.pack_into(">3i", profile, start + 8, *levels)
    return bytes(profile)


P3 = display_p3()
LONG_PROFILE = struct.pack(">I", 150_000) + P3[4:] + RNG.bytes(150_000 - len(P3))
XMP = (
    b"<x:xmpmeta><rdf:Description dc:creator='Ana' tiff:Orientation=\"6\">"
    b"<xmp:Thumbnails>sin retocar</xmp:Thumbnails></rdf:Description></x:xmpmeta>"
)
THUMBNAIL = b"\xff\xd8\xff\xdb una copia sin retocar \xff\xd9"


def directory(order: str, start: int, entries: list, following: int = 0) -> bytes:
    """Un directorio EXIF: entradas de (etiqueta, tipo, valor), con lo que no cabe detrás."""
    table, values = struct.pack(order + "H", len(entries)), b""
    for tag, kind, value in entries:
        if isinstance(value, int):
            value = struct.pack(order + {3: "H", 4: "I"}[kind], value)
        count = len(value) // {2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind]
        table += struct.pack(order + "HHI", tag, kind, count)
        if len(value) <= 4:
            table += value.ljust(4, b"\0")
        else:
            table += struct.pack(order + "I", start + 6 + 12 * len(entries) + len(values))
            values += value
    return table + struct.pack(order + "I", following) + values


def camera_exif(order="<", turn=6, maker=b"del fabricante", thumbnail=THUMBNAIL) -> bytes:
    """Los datos de una cámara: autor, giro, resolución, fecha, nota del fabricante y miniatura."""
    camera, gps, small = 200, 400, 500
    root = [
        (0x0112, 3, turn),
        (0x011A, 5, struct.pack(order + "II", 300, 1)),
        (0x013B, 2, b"Ana la fot\xc3\xb3grafa\0"),
        (0x8769, 4, camera),
        (0x8825, 4, gps),
    ]
    details = [(0x9003, 2, b"2024:05:06 07:08:09\0"), (0x927C, 7, maker)]
    copy = [(0x0103, 3, 6), (0x0201, 4, 600), (0x0202, 4, len(thumbnail))]
    parts = {
        0: (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8),
        8: directory(order, 8, root, small),
        camera: directory(order, camera, details),
        gps: directory(order, gps, [(1, 2, b"N\0")]),
        small: directory(order, small, copy),
        600: thumbnail,
    }
    block = bytearray(600 + len(thumbnail))
    for start, part in parts.items():
        block[start : start + len(part)] = part
    return bytes(block)


def encoded(image=PHOTO, format="JPEG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, format=format, **options)
    return file.getvalue()


def with_exif(format: str, exif: bytes, **options) -> bytes:
    return encoded(format=format, exif=(b"Exif\0\0" if format == "JPEG" else b"") + exif, **options)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """Un PNG con más trozos detrás de su tamaño."""
    return png[:33] + b"".join(chunks) + png[33:]


def moving(format: str) -> bytes:
    frames = [Image.fromarray(RNG.integers(0, 256, (20, 30, 3), np.uint8)) for _ in range(3)]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:])


def described(format: str) -> bytes:
    """Una foto con su resolución, su comentario y unos datos XMP."""
    if format == "JPEG":
        return encoded(dpi=(300, 300), comment=b"de la boda", xmp=XMP)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "de la boda")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return encoded(format="PNG", dpi=(300, 300), pnginfo=texts)


def adobe_rgb() -> bytes:
    """Un JPEG sin YCbCr: solo lo dice un tramo de Adobe, no los nombres de sus componentes."""
    content = bytearray(encoded(keep_rgb=True))
    for marker, start, step in ((b"\xff\xc0", 10, 3), (b"\xff\xda", 5, 2)):
        for i in range(3):
            content[content.index(marker) + start + step * i] = i + 1
    return bytes(content)


def good_photos() -> dict[str, bytes]:
    gray, clear = PHOTO.convert("L"), PHOTO.convert("RGBA")
    clear.putalpha(gray)
    deep = Image.fromarray(RNG.integers(0, 65536, (90, 120), np.uint16))
    tiny = {"optimize": True, "quality": 30}
    return {
        "color.jpg": encoded(),
        "gris.jpg": encoded(gray),
        "cmyk.jpg": encoded(PHOTO.convert("CMYK")),
        "progresivo.jpg": encoded(progressive=True, **tiny) + b"y detras, un video",
        "color.png": encoded(format="PNG"),
        "gris.png": encoded(gray, "PNG"),
        "paleta.png": encoded(PHOTO.convert("P"), "PNG", transparency=3),
        "16 bits.png": encoded(deep, "PNG"),
        "una sola.png": with_chunks(
            encoded(format="PNG"), chunk(b"acTL", struct.pack(">II", 1, 0))
        ),
        "perdida.webp": encoded(format="WEBP"),
        "exacto.webp": encoded(format="WEBP", lossless=True),
        "claro.webp": encoded(clear, "WEBP"),
        "quieto.gif": encoded(PHOTO.convert("P"), "GIF", comment=b"hola" * 99),
        "color.bmp": encoded(format="BMP"),
        "uno.bmp": encoded(PHOTO.convert("1"), "BMP"),
        "color.avif": encoded(format="AVIF"),
    }


def bad_photos() -> dict[str, tuple[bytes, str]]:
    good = good_photos()
    header = struct.pack(">IIBBBBB", 16_385, 2, 8, 2, 0, 0, 0)
    pixels = struct.pack(">IIBBBBB", 10_000, 5_001, 8, 2, 0, 0, 0)
    nothing = struct.pack(">IIBBBBB", 0, 5, 8, 2, 0, 0, 0)
    png, end = good["color.png"][:8], chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    tall = bytearray(good["color.bmp"])
    tall[22:26] = struct.pack("<i", -91)
    photos = {
        "vacio": (b"", "vacío"),
        "hola": (b"hola", "JPEG"),
        "pagina.html": (b"<!doctype html><p>hola", "JPEG"),
        "BM": (b"BMW no es un BMP, aunque lo parezca", "JPEG"),
        "dibujo.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG.*PNG"),
        "con cabecera.svg": (b"\xef\xbb\xbf\n<?xml version='1.0'?><!-- a --><svg\n/>", "SVG.*PNG"),
        "foto.tif": (encoded(format="TIFF"), "TIFF.*guárdalo"),
        "doc.pdf": (b"%PDF-1.7 hola", "PDF.*guárdalo"),
        "foto.eps": (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS.*guárdalo"),
        "movido.gif": (moving("GIF"), "fotograma"),
        "movido.webp": (moving("WEBP"), "fotograma"),
        "movido.png": (moving("PNG"), "fotograma"),
        "movido.avif": (moving("AVIF"), "fotograma"),
        "largo.png": (png + chunk(b"IHDR", header) + end, "lado.*16 384.*redúcela"),
        "bomba.png": (png + chunk(b"IHDR", pixels) + end, "50 millones.*redúcela"),
        "nada.png": (png + chunk(b"IHDR", nothing) + end, "entera"),
        "alto.bmp": (bytes(tall), "entera"),
        "rota.png": (good["color.png"].replace(b"IDAT\x78", b"IDAT\xff", 1), "entera"),
    }
    cut = {f"corto {name}": (good[name][:-30], "entera") for name in good if "avif" not in name}
    cut["corto progresivo.jpg"] = (good["progresivo.jpg"][:-40], "entera")
    heads = {f"cabeza {name}": (content[:20], "entera") for name, content in good.items()}
    heads["cabeza color.bmp"] = heads["cabeza uno.bmp"] = (good["uno.bmp"][:20], "entera")
    return photos | cut | heads


def every_alpha() -> Image.Image:
    """Todos los niveles con todas las transparencias."""
    levels, alphas = np.meshgrid(np.arange(256), np.arange(256))
    return Image.fromarray(np.dstack([levels, 255 - levels, levels, alphas]).astype(np.uint8))


def described_photos() -> dict[str, tuple[bytes, int]]:
    """Fotos con toda clase de datos, y cómo hay que girar cada una."""
    photos = {}
    for format in ("JPEG", "PNG", "WEBP"):
        for turn in range(1, 9):
            order = "<>"[turn % 2]
            exif = camera_exif(order, turn)
            photos[f"giro{turn}.{format.lower()}"] = with_exif(format, exif), turn
        bare = encoded(format=format, icc_profile=P3)
        photos[f"perfil.{format.lower()}"] = bare, 1
        photos[f"todo.{format.lower()}"] = with_exif(format, camera_exif(), icc_profile=P3), 6
        photos[f"cabina.{format.lower()}"] = encoded(format=format, icc_profile=LAB_PROFILE), 1
        for name, exif in damaged_exif().items():
            photos[f"{name}.{format.lower()}"] = with_exif(format, exif), 1
    photos["largo.jpeg"] = encoded(icc_profile=LONG_PROFILE), 1
    photos["gris.jpeg"] = encoded(PHOTO.convert("L"), icc_profile=SRGB), 1
    photos["gris.png"] = encoded(PHOTO.convert("L"), "PNG", icc_profile=SRGB), 1
    photos["preview.jpeg"] = with_exif("JPEG", camera_exif(maker=b"copia: " + THUMBNAIL)), 6
    photos["adobe.jpeg"] = adobe_rgb(), 1
    photos["enorme.png"] = with_exif("PNG", camera_exif(thumbnail=bytes(70_000))), 6
    gamma = chunk(b"gAMA", struct.pack(">I", 100_000)), chunk(b"cHRM", bytes(range(32)))
    photos["gamma.png"] = with_chunks(encoded(format="PNG"), *gamma), 1
    return photos


def damaged_exif() -> dict[str, bytes]:
    exif, loop = camera_exif(turn=1), bytearray(camera_exif(turn=1))
    struct.pack_into("<I", loop, 8 + 2 + 12 * 3 + 8, 8)  # el directorio de la cámara es él mismo
    return {
        "sin nada": b"MM\0*\0\0\0\x08\xff\xff\x01\x12",
        "perdido": b"II*\0\0\0\0\0",
        "basura": b"basura que no es EXIF",
        "corto": exif[:60],
        "bucle": bytes(loop),
    }
