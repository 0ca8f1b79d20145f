"""Fotos: encontrarlas, abrirlas como se ven, hacerlas cuadradas y repartirlas.

`load_faces` lee cualquier carpeta de fotos, y `split_by_photo` las reparte entre entrenamiento y
prueba (`split_in_three` aparta además las de elegir).
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import PIL
from PIL import Image, ImageFile, ImageOps, PngImagePlugin, TiffImagePlugin

from ..checks import check_number
from ..errors import UserError, reason
from ..stored_arrays import open_stored, store

PHOTO_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""Los formatos que se abren, por su contenido. Otros, como EPS, lanzan programas ajenos."""

IN_MEMORY = 2**30
"""Bytes, como mucho, de las caras que `load_faces` deja en memoria."""

PHOTO_EXTENSIONS = (
    ".bmp",
    ".gif",
    ".jfif",
    ".jpe",
    ".jpeg",
    ".jpg",
    ".mpo",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
)

MOVING_FORMATS = ("GIF", "PNG", "WEBP")
"""Los formatos cuyas imágenes se pueden mover. Las páginas de los demás no son fotogramas."""

OTHER_KINDS = (
    ("AVIF", rb".{4}ftyp.{,60}?avi[fs]"),
    ("HEIC", rb".{4}ftyp.{,60}?(hei[cxms]|hev[cxms]|mif1|msf1)"),
    ("RAW", rb"II\*\0....CR|.{4}ftypcrx|FUJIFILMCCD-RAW|IIU\0|IIR[OS]"),
    ("de vídeo", rb".{4}(ftyp|moov|mdat)"),
    ("PDF", rb"%PDF"),
    ("EPS", rb"%!PS|\xc5\xd0\xd3\xc6"),
    ("SVG", rb"(\xef\xbb\xbf)?\s*<(.*<)?svg[\s>]"),
    ("de una página web", rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype html|html)"),
    ("PSD", rb"8BPS"),
    ("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL "),
    ("JPEG 2000", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    ("ICO", rb"\0\0[\1\2]\0[\1-\xff]\0"),
    ("ZIP", rb"PK\x03\x04"),
)
"""Cómo empiezan otros archivos que se toman por fotos, para llamarlos por su nombre."""

NEW_SUBFILE, DNG_VERSION = 254, 50706
"""Etiquetas de un TIFF: una dice si lo que hay es una miniatura y la otra, si es un RAW."""

WHITES = (255, 1023, 4095, 65535)
"""El blanco de las fotos de 8, 10, 12 y 16 bits por canal."""

BRIGHT = 0.2
"""Parte de una foto de coma flotante, con el blanco en 1, que puede brillar más que el blanco."""

BAND = 2**20
"""Píxeles que se pasan a 8 bits de una vez, para no necesitar más memoria que la foto."""

# Un trozo de texto comprimido puede ocupar lo que Pillow deja a todos juntos: 64 MB y no 1.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY


def natural_order(name: str) -> list:
    """Para ordenar como se cuenta: «2.jpg» antes que «10.jpg»."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _is_photo(name: str) -> bool:
    return name.lower().endswith(PHOTO_EXTENSIONS) and not name.startswith(".")


def is_photo_file(path: Path) -> bool:
    """Si por su nombre es una foto: ni oculta, ni carpeta, ni un tubo."""
    return _is_photo(path.name) and path.is_file()


def photos_under(folder: Path) -> Iterator[Path]:
    """Las fotos de una carpeta y de sus subcarpetas, sin orden; nada de lo oculto."""

    def stop(error: OSError):
        raise UserError(
            f"No se puede leer la carpeta «{error.filename or folder}» ({reason(error)}): date "
            "permiso."
        ) from error

    for place, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (path for name in names if is_photo_file(path := Path(place, name)))


def list_photos(folder: str | Path) -> list[Path]:
    """Fotos de una carpeta y de sus subcarpetas, en orden natural (2 antes que 10).

    Lo oculto no cuenta. Lanza UserError si no hay ninguna.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"No existe la carpeta «{folder}»: comprueba la ruta.")
    photos = list(photos_under(folder))
    if not photos:
        raise UserError(f"La carpeta «{folder}» no tiene fotos: pon ahí imágenes JPEG, PNG o WebP.")
    return sorted(photos, key=lambda path: natural_order(str(path.relative_to(folder))))


def open_photo(path: str | Path | IO[bytes]) -> Image.Image:
    """Abre una foto como se ve: RGB de 8 bits, girada según su EXIF y sin transparencias.

    Lo transparente queda blanco, y de una foto de más de 8 bits quedan los que más valen; el blanco
    de una gris es el primero de los de siempre (8, 10, 12 o 16 bits) en el que caben sus niveles.
    Lanza UserError si no es una foto legible y quieta, y dice qué es si se reconoce.
    """
    if isinstance(path, str | Path) and Path(path).exists() and not Path(path).is_file():
        raise UserError(f"«{path}» no es un archivo: di la ruta de una foto.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=PHOTO_FORMATS) as image:
                _check_kind(image, path)
                deep = is_deep(image)
                image.load()
                photo = _turned(image)
    except UserError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = (Image.MAX_IMAGE_PIXELS or 0) / 1e6
        raise UserError(
            f"La foto «{path}» es demasiado grande (más de {limit:.0f} "
            "millones de píxeles): redúcela antes."
        ) from error
    except Exception as error:  # Pillow lanza de todo con una imagen estropeada.
        raise UserError(_what_is_wrong(path)) from error
    if photo.mode[0] in "IF":
        photo = _to_8_bits(photo)
    elif deep and np.asarray(photo.convert("RGB")).max() < 16:
        raise UserError(
            f"La foto «{path}» es de 16 bits por canal, pero sus niveles son de 12 o menos, y se "
            "vería casi negra: guárdala con 8 bits por canal."
        )
    if photo.has_transparency_data:
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo.convert("RGBA"))
    return photo.convert("RGB")


def _check_kind(image: ImageFile.ImageFile, path: str | Path | IO[bytes]) -> None:
    """Lanza UserError si la imagen se mueve, o si el TIFF es un RAW del que se vería un trozo."""
    # Un PNG puede llevar, además de los fotogramas, una imagen quieta.
    frames = getattr(image, "n_frames", 1) - getattr(image, "default_image", False)
    if image.format in MOVING_FORMATS and frames > 1:
        raise UserError(
            f"La imagen «{path}» se mueve ({image.format}), y aquí solo se abren fotos quietas: "
            "guarda un fotograma como PNG."
        )
    if isinstance(image, TiffImagePlugin.TiffImageFile) and (
        DNG_VERSION in image.tag_v2 or image.tag_v2.get(NEW_SUBFILE, 0) & 1
    ):
        raise UserError(_not_a_photo(path, "RAW"))


def is_deep(image: ImageFile.ImageFile) -> bool:
    """Si una imagen abierta y sin decodificar tiene más de 8 bits por canal."""
    return image.format in ("PNG", "TIFF") and (
        image.mode[0] in "IF" or any("16" in str(tile[3]) for tile in image.tile)
    )


def _not_a_photo(path: str | Path | IO[bytes], kind: str) -> str:
    return (
        f"«{path}» es un archivo {kind}, y aquí no se abre: guárdalo como JPEG o PNG con otro "
        "programa."
    )


def _what_is_wrong(path: str | Path | IO[bytes]) -> str:
    """La frase de un archivo que Pillow no abre: qué es, si se reconoce por cómo empieza."""
    head = b""
    with contextlib.suppress(OSError, ValueError):
        if isinstance(path, str | Path):
            with Path(path).open("rb") as file:
                head = file.read(4096)
        else:
            path.seek(0)
            head = path.read(4096)
        if not head:
            return f"La foto «{path}» está vacía: cópiala otra vez."
    for kind, start in OTHER_KINDS:
        if re.match(start, head, re.DOTALL):
            return _not_a_photo(path, kind)
    return f"No se puede leer la foto «{path}»: comprueba que es una imagen y que está entera."


def _to_8_bits(photo: Image.Image) -> Image.Image:
    """Una foto gris de 16 bits, de 32 o de coma flotante, de 0 a 255."""
    step = max(1, BAND // photo.width)
    bands = [
        (0, top, photo.width, min(top + step, photo.height)) for top in range(0, photo.height, step)
    ]

    def levels(band: tuple[int, int, int, int]) -> np.ndarray:
        return np.nan_to_num(np.asarray(photo.crop(band), np.float32), posinf=0, neginf=0)

    top = max(1e-6, max(float(levels(band).max()) for band in bands))
    # Nada dice cuál es su blanco: es el primero de los de siempre en el que caben. En los de coma
    # flotante puede ser 1 y, por encima, haber brillos: lo es si en él cabe casi todo.
    bright = sum(np.count_nonzero(levels(band) > 1) for band in bands)
    if photo.mode == "F" and bright < BRIGHT * photo.width * photo.height:
        white: float = 1
    else:
        white = next((white for white in WHITES if top <= white), top)
    gray = Image.new("L", photo.size)
    for band in bands:
        gray.paste(
            Image.fromarray(np.clip(levels(band) * (255 / white), 0, 255).astype(np.uint8)), band
        )
    return gray


def _turned(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Unos datos EXIF estropeados no estropean la foto.
        return image.copy()


def load_face(path: str | Path, size: int) -> Image.Image:
    """El mayor cuadrado centrado de una foto, sin estirarla, a `size` píxeles de lado.

    Lanza UserError si no es una imagen legible.
    """
    return ImageOps.fit(open_photo(path), (size, size), Image.Resampling.LANCZOS)


def load_faces(photos: str | Path | Sequence[Path], size: int) -> np.ndarray:
    """Lee caras como uint8 (n, size, size, 3), cada una con `load_face`.

    photos: una carpeta o una lista de archivos. Las que no se pueden leer se saltan con un aviso
    que las nombra.
    Si ocupan más de `IN_MEMORY`, el arreglo está en disco y es de solo lectura: la primera vez se
    hace, en la caché de tu usuario, y las siguientes se abre al momento, mientras las fotos no
    cambien.
    Lanza UserError si no queda ninguna, si no cabe en el disco o si `size` no es un lado.
    """
    check_number("size", size, 1, 2**13, whole=True)
    paths = list_photos(photos) if isinstance(photos, str | Path) else photos
    shape = (len(paths), size, size, 3)
    warned: list[str] = []
    rows = _readable_faces(paths, size, warned)
    if math.prod(shape) <= IN_MEMORY:
        faces, count = np.empty(shape, np.uint8), 0
        for row in rows:
            faces[count] = row
            count += 1
        return faces[:count]
    key = _key(paths, size)
    stored = open_stored(key)
    if stored is None:
        return store(key, rows, shape, warned)
    faces, warned = stored
    for problem in warned:
        warnings.warn(problem, stacklevel=2)
    return faces


def _readable_faces(paths: Sequence[Path], size: int, warned: list[str]) -> Iterator[np.ndarray]:
    """Las caras que se pueden leer: uint8 (size, size, 3). De las demás avisa, y lo apunta."""
    for path in paths:
        try:
            face = np.asarray(load_face(path, size))
        except UserError as error:
            warned.append(str(error))
            warnings.warn(warned[-1], stacklevel=3)
            continue
        yield face
    if len(warned) == len(paths):
        raise UserError("No se pudo leer ninguna foto: comprueba que son imágenes enteras.")


def _key(paths: Sequence[Path], size: int) -> str:
    """Lo que cambia si cambia alguna foto, su orden o cómo se recortan, sin leer ninguna."""
    digest = hashlib.sha256(f"{size}, {PIL.__version__}".encode())
    for path in paths:
        digest.update(os.fsencode(path.absolute()))
        with contextlib.suppress(OSError):
            state = path.stat()
            digest.update(b" %d %d\n" % (state.st_size, state.st_mtime_ns))
    return digest.hexdigest()


def split_strip(path: Path, side: int) -> np.ndarray:
    """Las columnas de una tira de caras: uint8 (columnas, caras, side, side, 3)."""
    strip = np.asarray(open_photo(path))
    return strip.reshape(len(strip) // side, side, -1, side, 3).transpose(2, 0, 1, 3, 4)


def _photo_of(path: Path) -> Path:
    """De qué foto es una cara recortada, por su nombre."""
    return path.with_name(re.sub(r"_cara\d+$", "", path.stem))


def _alike(paths: Iterable[Path], look: Callable[[Path], Any]) -> Iterator[list[Path]]:
    """Los grupos de archivos en los que se ve lo mismo; los que están solos o no se leen, no."""
    groups: dict[Any, list[Path]] = {}
    for path in paths:
        with contextlib.suppress(OSError):
            groups.setdefault(look(path), []).append(path)
    return (group for group in groups.values() if len(group) > 1)


def _middle(path: Path) -> bytes:
    """Unos pocos bytes de en medio: en dos fotos del mismo tamaño casi nunca son los mismos."""
    with path.open("rb") as file:
        file.seek(path.stat().st_size // 2)
        return file.read(4096)


def _first_of_each(photos: Sequence[Path]) -> dict[Path, Path]:
    """De cada foto, la primera de las que comparten con ella algún archivo, byte a byte."""
    earlier = {_photo_of(path): _photo_of(path) for path in photos}

    def first(photo: Path) -> Path:
        while earlier[photo] != photo:
            earlier[photo] = photo = earlier[earlier[photo]]
        return photo

    for same_size in _alike(photos, lambda path: path.stat().st_size):
        for similar in _alike(same_size, _middle):
            for same in _alike(similar, lambda path: hashlib.sha256(path.read_bytes()).digest()):
                for path in same[1:]:
                    earlier[first(_photo_of(path))] = first(_photo_of(same[0]))
    return {photo: first(photo) for photo in earlier}


def split_by_photo(
    photos: Sequence[Path], test_share: float = 0.2, seed: int = 0
) -> tuple[list[Path], list[Path]]:
    """Reparte las fotos en (entrenamiento, prueba), siempre igual para la misma semilla.

    El reparto va por foto: las caras que `pix2pix recortar` saca de una misma foto
    (`foto_cara0.png`, `foto_cara1.png`...) caen en el mismo lado, y también los archivos que son
    iguales byte a byte, se llamen como se llamen.
    test_share: parte de las fotos que va a prueba; queda al menos una en cada lado.
    Lanza UserError si hay menos de dos fotos o un número no vale.
    """
    check_number("test_share", test_share, 0, 1)
    check_number("seed", seed, 0, 2**32 - 1, whole=True)
    first = _first_of_each(photos)
    groups: dict[Path, list[Path]] = {}
    for path in photos:
        groups.setdefault(first[_photo_of(path)], []).append(path)
    if len(groups) < 2:
        raise UserError("Hacen falta al menos dos fotos: una para entrenar y otra para la prueba.")
    names = list(groups)
    keys = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    test_count = min(max(1, round(test_share * len(keys))), len(keys) - 1)
    test_keys = set(keys[:test_count])
    train: list[Path] = []
    test: list[Path] = []
    for key, paths in groups.items():
        (test if key in test_keys else train).extend(paths)
    return train, test


CHOOSE_SHARE = 0.1
"""Parte de las fotos de entrenar que se aparta para elegir."""


def split_in_three(
    photos: Sequence[Path], seed: int = 0
) -> tuple[list[Path], list[Path], list[Path]]:
    """Reparte las fotos en (aprender, elegir, examen).

    El examen es la prueba de `split_by_photo`, y solo se mira al final. Lo que se mira mientras se
    entrena, o para elegir un ajuste, se aparta de lo demás, también por foto.
    Lanza UserError si hay menos de tres fotos.
    """
    train, exam = split_by_photo(photos, seed=seed)
    learn, choose = split_by_photo(train, CHOOSE_SHARE, seed)
    return learn, choose, exam
