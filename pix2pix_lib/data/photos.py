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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import PIL
from PIL import Image, ImageOps

from ..checks import check_number
from ..errors import UserError
from ..stored_arrays import open_stored, store

PHOTO_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""Los formatos que se abren, por su contenido. Otros, como EPS, lanzan programas ajenos."""

IN_MEMORY = 2**30
"""Bytes, como mucho, de las caras que `load_faces` deja en memoria."""

PHOTO_EXTENSIONS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def natural_order(name: str) -> list:
    """Para ordenar como se cuenta: «2.jpg» antes que «10.jpg»."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _is_photo(name: str) -> bool:
    return name.lower().endswith(PHOTO_EXTENSIONS) and not name.startswith(".")


def is_photo_file(path: Path) -> bool:
    """Si por su nombre es una foto: ni oculta, ni carpeta, ni un tubo."""
    return _is_photo(path.name) and path.is_file()


def list_photos(folder: str | Path) -> list[Path]:
    """Fotos de una carpeta, en orden natural (2 antes que 10); las ocultas no cuentan.

    Lanza UserError si no hay ninguna.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"No existe la carpeta «{folder}»: comprueba la ruta.")
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _is_photo(entry.name) and entry.is_file()]
    except OSError as error:
        raise UserError(
            f"No se puede leer la carpeta «{folder}» ({error.strerror}): date permiso."
        ) from error
    if not names:
        raise UserError(f"La carpeta «{folder}» no tiene fotos: pon ahí imágenes JPEG, PNG o WebP.")
    return [folder / name for name in sorted(names, key=natural_order)]


def open_photo(path: str | Path | IO[bytes]) -> Image.Image:
    """Abre una foto como se ve: RGB de 8 bits, girada según su EXIF y sin transparencias.

    Lo transparente queda blanco. Lanza UserError si no es una imagen legible.
    """
    if isinstance(path, str | Path) and Path(path).exists() and not Path(path).is_file():
        raise UserError(f"«{path}» no es un fichero: di la ruta de una foto.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=PHOTO_FORMATS) as image:
                image.load()
                photo = _turned(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = (Image.MAX_IMAGE_PIXELS or 0) / 1e6
        raise UserError(
            f"La foto «{path}» es demasiado grande (más de {limit:.0f} "
            "millones de píxeles): redúcela antes."
        ) from error
    except Exception as error:  # Pillow lanza de todo con una imagen estropeada.
        raise UserError(
            f"No se puede leer la foto «{path}»: comprueba que es una imagen y que está entera."
        ) from error
    if photo.mode[0] in "IF":
        photo = Image.fromarray(_to_8_bits(np.asarray(photo), photo.mode))
    if photo.has_transparency_data:
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo.convert("RGBA"))
    return photo.convert("RGB")


def _to_8_bits(levels: np.ndarray, mode: str) -> np.ndarray:
    """Los niveles de una foto de 16 bits, de 32 o de coma flotante, de 0 a 255."""
    levels = np.nan_to_num(levels.astype(float), posinf=0, neginf=0)
    top = max(levels.max(), 1e-6)
    # Los 32 bits no dicen cuál es su blanco: es el primero de los de siempre en el que caben.
    whites = [65535] if mode.startswith("I;16") else [*([1] if mode == "F" else []), 255, 65535]
    white = next((white for white in whites if top <= white), top)
    return np.clip(levels * (255 / white), 0, 255).astype(np.uint8)


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

    photos: una carpeta o una lista de ficheros. Las que no se pueden leer se saltan con un aviso
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


def split_by_photo(
    photos: Sequence[Path], test_share: float = 0.2, seed: int = 0
) -> tuple[list[Path], list[Path]]:
    """Reparte las fotos en (entrenamiento, prueba), siempre igual para la misma semilla.

    El reparto va por foto: las caras que `pix2pix recortar` saca de una misma foto
    (`foto_cara0.png`, `foto_cara1.png`...) caen en el mismo lado.
    test_share: parte de las fotos que va a prueba; queda al menos una en cada lado.
    Lanza UserError si hay menos de dos fotos o un número no vale.
    """
    check_number("test_share", test_share, 0, 1)
    check_number("seed", seed, 0, 2**32 - 1, whole=True)
    groups: dict[str, list[Path]] = {}
    for path in photos:
        groups.setdefault(re.sub(r"_cara\d+$", "", path.stem), []).append(path)
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
