"""De fotos con cajas a caras cuadradas, sin estirar a nadie."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ..checks import check_number
from ..data.photos import open_photo, photos_under
from ..errors import UserError
from ..files import claim_folder, digest_file, png_comes_from, write_png
from .annotations import Box, Photo
from .parallel import in_parallel


@dataclass
class CropReport:
    """Qué salió de cada cara.

    faces: caras guardadas; upscaled: de ellas, las que hubo que ampliar; small: las que se dejaron
    fuera por pequeñas. missing, unreadable: fotos que no están o no se abren.
    """

    faces: int = 0
    upscaled: int = 0
    small: int = 0
    missing: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def square_around(box: Box, width: int, height: int) -> tuple[int, int, int]:
    """El cuadrado, en píxeles, que rodea una caja sin salirse de la foto.

    Su lado es el mayor de los de la caja o, si no cabe, el menor de los de la foto.
    Devuelve (izquierda, arriba, lado).
    """
    box_width, box_height = (box.right - box.left) * width, (box.bottom - box.top) * height
    side = max(1, min(round(max(box_width, box_height)), width, height))
    left = round((box.left + box.right) / 2 * width - side / 2)
    top = round((box.top + box.bottom) / 2 * height - side / 2)
    return min(max(left, 0), width - side), min(max(top, 0), height - side), side


def _readable(name: str) -> str:
    """El nombre de un archivo, como se lee.

    En unos discos la «é» es una letra y en otros, dos; y los ZIP antiguos los dejan en Latin-1.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode("latin-1")
    return unicodedata.normalize("NFC", name)


def index_photos(folder: Path) -> dict[str, Path]:
    """Dónde está cada foto de una carpeta, también dentro de sus subcarpetas.

    Las claves son los nombres de archivo que salen una sola vez y, donde `img2dataset` dejó un
    JSON al lado, direcciones.
    Lanza UserError si no hay fotos.
    """
    if not folder.is_dir():
        raise UserError(f"No existe la carpeta «{folder}»: descarga antes las fotos.")
    found: dict[str, Path] = {}
    repeated = set()
    for path in sorted(photos_under(folder)):
        name = _readable(path.name)
        if name in found:
            repeated.add(name)
        found[name] = path
        sidecar = path.with_suffix(".json")
        if sidecar.is_file():
            try:
                found[json.loads(sidecar.read_text())["url"]] = path
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
    for name in repeated:
        del found[name]
    if not found:
        raise UserError(f"La carpeta «{folder}» no tiene fotos: descárgalas antes.")
    return found


def _crop_photo(
    job: tuple[Photo, Path], output: Path, size: int, min_side: int
) -> tuple[int, int, int, bool]:
    """Guarda las caras de una foto; devuelve (guardadas, ampliadas, pequeñas, si se pudo leer)."""
    photo, path = job
    try:
        image = open_photo(path)
    except UserError:
        return 0, 0, 0, False
    faces = upscaled = small = 0
    origin = digest_file(path)
    stem = Path(photo.file_name).stem
    for number, box in enumerate(photo.boxes):
        left, top, side = square_around(box, *image.size)
        target = output / f"{stem}_cara{number}.png"
        if side < min_side:
            target.unlink(missing_ok=True)
            small += 1
            continue
        if not png_comes_from(target, origin):
            face = image.resize(
                (size, size), Image.Resampling.LANCZOS, (left, top, left + side, top + side)
            )
            write_png(target, np.asarray(face), origin)
        faces += 1
        upscaled += side < size
    return faces, upscaled, small, True


def crop_faces(
    photos: Sequence[Photo],
    folder: str | Path,
    output: str | Path,
    size: int = 256,
    min_side: int = 1,
) -> CropReport:
    """Recorta cada cara anotada a un PNG cuadrado `foto_caraN.png` de `size` píxeles.

    folder: las fotos. min_side: se dejan fuera las caras cuyo cuadrado mida menos, en píxeles.
    Las cajas van en partes de la foto ya girada según su EXIF, así que valen aunque la del disco
    tenga otro tamaño que la anotada. Si una foto ha cambiado desde la última vez, sus caras se
    hacen de nuevo.
    Lanza UserError si no hay fotos, si un número no vale o si `output` guarda otra cosa.
    """
    check_number("size", size, 1, 2**13, whole=True)
    check_number("min_side", min_side, 0, 2**31, whole=True)
    output = Path(output)
    places = index_photos(Path(folder))
    digest = hashlib.sha256(repr(photos).encode()).hexdigest()
    claim_folder(output, {"fotos": digest, "lado_minimo": min_side, "tamano": size})
    report = CropReport()
    published = Counter(photo.published_name for photo in photos)
    jobs = []
    for photo in photos:
        names = [photo.file_name, photo.url]
        # Con dos fotos del mismo nombre no se sabe cuál es: mejor perderla que recortar otra.
        if published[photo.published_name] == 1:
            names.append(_readable(photo.published_name))
        path = next((places[name] for name in names if name in places), None)
        if path is None:
            report.missing.append(photo.url)
        elif photo.boxes:
            jobs.append((photo, path))
    crop = partial(_crop_photo, output=output, size=size, min_side=min_side)
    for (photo, _), (faces, upscaled, small, readable) in zip(
        jobs, in_parallel(crop, jobs, "Recortando", "foto"), strict=True
    ):
        report.faces += faces
        report.upscaled += upscaled
        report.small += small
        if not readable:
            report.unreadable.append(photo.url)
    return report
