"""Escribir sin dejar nada a medias ni mezclar resultados de ajustes distintos."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import secrets
import struct
import time
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pooch

from .errors import UserError, reason

ASSETS = Path(__file__).with_name("assets")
"""Lo que viaja con la biblioteca y no es código: pesos, tablas y traducciones."""

SETTINGS_FILE = "ajustes.json"
PARTIAL = ".parcial."
"""Así empieza el nombre de lo que se está escribiendo."""

NAME_KEPT = 40
"""Letras del nombre que conserva lo que se está escribiendo: a los más largos no les caben más."""

STALE = 24 * 3600
"""Segundos a partir de los que lo que quedó a medias se borra."""


def cache_folder() -> Path:
    """La carpeta de caché de tu usuario en la que la biblioteca guarda lo que no es tuyo."""
    return Path(pooch.os_cache("pix2pix_lib"))


def published_digest(record: Path) -> str | None:
    """La huella SHA-256 que apunta un JSON de la biblioteca; None si no se puede leer."""
    try:
        return json.loads(record.read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_published(path: Path, digest: str | None, lost: str) -> bytes:
    """El contenido de un archivo que viene con la biblioteca, si es el que se publicó.

    digest: su huella SHA-256. lost: cómo empieza la frase si no lo es; entonces lanza UserError.
    """
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != digest:
        raise UserError(f"{lost}: vuelve a instalar la biblioteca.")
    return content


def plain_name(text: str) -> str:
    """Un nombre de archivo que vale en todas partes: sin tildes, comas ni espacios."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.replace(",", "").replace(" ", "_")


def cannot_write(folder: Path, error: OSError) -> UserError:
    """La frase que toca cuando no se puede escribir en una carpeta."""
    if error.errno == errno.ENOSPC:
        return UserError(
            f"El disco de «{folder}» está lleno: libera espacio y repite lo que hacías."
        )
    if error.errno == errno.ENAMETOOLONG:
        return UserError(
            f"En «{folder}» no cabe un nombre tan largo: acorta el de la foto o el de la carpeta."
        )
    return UserError(
        f"No se puede escribir en «{folder}» ({reason(error)}): elige otra carpeta o date permiso."
    )


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Da dónde escribir un archivo, que solo toma su nombre cuando está entero.

    Crea la carpeta si falta. Lanza UserError si no se puede escribir en ella.
    """
    # Un nombre que nadie adivina y un archivo que no existía: ni dos procesos escriben en el mismo,
    # ni un enlace puesto ahí lleva a otro sitio.
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(4)}.{path.name[-NAME_KEPT:]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(exist_ok=False)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """Escribe un archivo entero o no lo escribe. Lanza UserError si no se puede."""
    with whole(path) as partial:
        partial.write_bytes(content)


def digest_file(path: Path) -> str:
    """La huella SHA-256 de un archivo; vacía si no se puede leer."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


PNG_HEAD = 33
"""Bytes de un PNG hasta el primero de los trozos que pueden faltar."""


def _origin_chunk(origin: str) -> bytes:
    """El trozo de un PNG que dice de qué foto salió, por su huella."""
    body = b"tEXtOrigen\0" + origin.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def write_png(path: Path, image: np.ndarray, origin: str) -> None:
    """Escribe una imagen uint8 (alto, ancho, 3) como PNG, entera o nada.

    Con la compresión más ligera, que tarda la tercera parte que la corriente y ocupa un 10 % más.
    origin: la huella de la foto de la que sale, que se apunta dentro (véase `png_comes_from`).
    Lanza UserError si no se puede.
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    content = encoded.tobytes()
    write_whole(path, content[:PNG_HEAD] + _origin_chunk(origin) + content[PNG_HEAD:])


def png_comes_from(path: Path, origin: str) -> bool:
    """Si un archivo es un PNG de los de `write_png`, hecho de la foto de esa huella."""
    chunk = _origin_chunk(origin)
    try:
        with path.open("rb") as file:
            return file.read(PNG_HEAD + len(chunk)).endswith(chunk)
    except OSError:
        return False


def check_distinct(names: Iterable[str], folder: str | Path) -> None:
    """Lanza UserError si dos archivos que salen de una carpeta se llamarían igual."""
    count = Counter(names)
    if repeated := [name for name in count if count[name] > 1]:
        raise UserError(
            f"En «{folder}» hay fotos que solo se distinguen por la extensión o la carpeta "
            f"(«{repeated[0]}»): cámbiales el nombre."
        )


def claim_folder(folder: Path, settings: dict, name: str = SETTINGS_FILE) -> None:
    """Reserva una carpeta para un resultado, o comprueba que ya era suya, para continuarlo.

    name: el archivo, dentro de ella, que guarda los ajustes.

    Lanza UserError si la carpeta tiene otra cosa, o el resultado de otros ajustes: mezclarlos
    estropearía los dos.
    """
    path = folder / name
    content = json.dumps(settings, indent=2, ensure_ascii=False, sort_keys=True).encode()
    if path.is_file():
        if path.read_bytes() != content:
            raise UserError(
                f"«{folder}» guarda un resultado hecho con otros datos u otros ajustes (están en "
                f"{name}): elige otra carpeta con --salida o borra esa."
            )
        clean_partials(folder)
        return
    if folder.is_dir() and any(not item.name.startswith(PARTIAL) for item in folder.iterdir()):
        raise UserError(
            f"«{folder}» ya tiene archivos que no son de esta orden: elige con --salida una "
            "carpeta nueva o vacía."
        )
    write_whole(path, content)


def clean_partials(folder: Path) -> None:
    """Borra lo que dejó a medias un proceso al que mataron; lo reciente puede ser de otro vivo."""
    for partial in folder.glob(f"{PARTIAL}*"):
        with contextlib.suppress(OSError):
            if time.time() - partial.lstat().st_mtime > STALE:
                partial.unlink()
