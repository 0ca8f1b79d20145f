"""Arreglos que no caben en memoria: se hacen una vez, en disco, y se leen de él por partes.

Cada uno son dos archivos de la caché de tu usuario: `CLAVE.npy`, que se escribe entero o no se
escribe, y `CLAVE.json`, con su huella y sus avisos, que se escribe después y dice que está. Se
conservan los últimos que se han usado; los demás se borran al guardar otro.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .files import cache_folder, clean_partials, whole, write_whole

KEEP = 2
"""Cuántos arreglos se conservan: el de este entrenamiento y el del anterior."""


def stored_folder() -> Path:
    """La carpeta de los arreglos. Se puede borrar: se vuelven a hacer."""
    return cache_folder() / "arreglos"


def open_stored(key: str) -> tuple[np.ndarray, list[str]] | None:
    """El arreglo de esa clave, en disco y de solo lectura, y sus avisos; None si no está entero."""
    path = stored_folder() / f"{key}.npy"
    try:
        warned = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["avisos"]
        array = _open(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return array, warned


def store(
    key: str, rows: Iterable[np.ndarray], shape: tuple[int, ...], warned: list[str]
) -> np.ndarray:
    """Guarda un arreglo a medida que llegan sus filas, con una sola en memoria.

    rows: uint8 (shape[1:]), `shape[0]` como mucho: el sitio se reserva al empezar.
    warned: los avisos, que se apuntan cuando ya no quedan filas.
    Devuelve el arreglo, en disco y de solo lectura.
    Lanza UserError, y no deja nada a medias, si no cabe o no se puede escribir.
    """
    path = stored_folder() / f"{key}.npy"
    clean_partials(path.parent)
    _forget_old(path.parent)
    size = int(np.prod(shape))
    title = f"Guardando {size / 1e9:.1f} GB en «{path.parent}», solo esta vez"
    digest, count = hashlib.sha256(), 0
    with whole(path) as partial, partial.open("r+b") as file:
        _write_header(file, shape)
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, file.tell() + size)
        for row in tqdm(rows, title, shape[0], unit="cara"):
            file.write(row)
            digest.update(row)
            count += 1
        file.truncate()
        file.seek(0)
        _write_header(file, (count, *shape[1:]))
        file.flush()
        os.fsync(file.fileno())
    notes = {"sha256": digest.hexdigest(), "avisos": warned}
    write_whole(path.with_suffix(".json"), json.dumps(notes, ensure_ascii=False).encode())
    return _open(path)


def _open(path: Path) -> np.ndarray:
    array = np.load(path, mmap_mode="r")
    # Las filas se piden salteadas: sin esto, el sistema lee además megas de las de al lado.
    if (mapping := _mapping(array)) and hasattr(mapping, "madvise"):
        mapping.madvise(mmap.MADV_RANDOM)
    return array


def _write_header(file, shape: tuple[int, ...]) -> None:
    """La cabecera de un `.npy`; mide lo mismo sea cual sea el número de filas."""
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)


def _forget_old(folder: Path) -> None:
    """Deja sitio para otro arreglo: quedan los `KEEP - 1` que se han usado los últimos."""
    with contextlib.suppress(OSError):
        used = sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in used[KEEP - 1 :]:
            old.with_suffix(".json").unlink(missing_ok=True)
            old.unlink()


def _mapping(array: np.ndarray) -> mmap.mmap | None:
    """Lo que une con su archivo un arreglo de solo lectura y entero; None si no lo es."""
    return array.base if isinstance(array.base, mmap.mmap) and not array.flags.writeable else None


def fingerprint(array: np.ndarray) -> bytes | memoryview:
    """Lo que distingue un arreglo de otro: sus bytes o, de los guardados con `store`, su SHA-256.

    El de los guardados se calculó al escribirlos: no hay que leerlos otra vez.
    """
    path = Path(getattr(array, "filename", None) or "")
    if _mapping(array) is None or path.parent != stored_folder().resolve():
        return np.ascontiguousarray(array).data
    try:
        return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["sha256"].encode()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return hashlib.sha256(array.data).hexdigest().encode()


def take(array: np.ndarray, rows: Sequence[int]) -> np.ndarray:
    """Unas filas de un arreglo, en memoria: lo mismo que `array[rows]`.

    De uno que está en disco se lee cada fila de una vez y ni un byte de más, y al acabar se
    devuelve esa memoria: si no, en una vuelta a los datos el arreglo entero acaba contando como
    memoria del proceso.
    """
    mapping = _mapping(array)
    if mapping is None or not hasattr(mapping, "madvise"):
        return array[rows]
    start, length = array.ctypes.data % mmap.PAGESIZE, array.strides[0]
    for row in rows:
        skipped = (start + int(row) * length) % mmap.PAGESIZE
        first = start + int(row) * length - skipped
        mapping.madvise(mmap.MADV_WILLNEED, first, skipped + length)
    taken = np.array(array[rows])
    mapping.madvise(mmap.MADV_DONTNEED)
    return taken
