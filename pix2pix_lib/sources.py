"""Los conjuntos de caras del libro, listos en una carpeta de PNG cuadrados."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from pathlib import Path

import numpy as np
import pooch

from .annotations import Photo, read_annotations
from .crops import crop_faces
from .downloads import download_photos
from .errors import UserError
from .faces import default_faces, list_photos, load_face, open_photo
from .files import claim_folder, write_png
from .parallel import in_parallel

FACE_SIDE = 256


def _export_face(job: tuple[Path, str], output: Path) -> bool:
    path, name = job
    target = output / name
    if not target.is_file():
        try:
            face = load_face(path, FACE_SIDE)
        except UserError:
            return False
        write_png(target, np.asarray(face))
    return True


def _export(jobs: list[tuple[Path, str]], output: Path, name: str) -> int:
    claim_folder(output, {"conjunto": name})
    return sum(in_parallel(partial(_export_face, output=output), jobs, "Guardando", "cara"))


def small_set(output: Path) -> int:
    """Las 263 caras por defecto, o las de PIX2PIX_CARAS. Devuelve cuántas guarda."""
    photos = list_photos(default_faces())
    return _export([(path, f"{path.stem}.png") for path in photos], output, "pequeno")


def cc0_photos() -> list[Photo]:
    """Los 200 retratos CC0 anotados: sus direcciones y sus cajas (`retratos_cc0.json`)."""
    with resources.as_file(resources.files(__package__) / "retratos_cc0.json") as path:
        return read_annotations(path)[0]


def download_cc0() -> Path:
    """Carpeta de caché con los retratos CC0 enteros; descarga los que falten.

    Lanza UserError si no se consigue ninguno.
    """
    photos = cc0_photos()
    cache = Path(pooch.os_cache("pix2pix_lib")) / "retratos_cc0"
    report = download_photos(photos, cache)
    if len(report.lost) == len(photos):
        raise UserError(
            "No se pudo descargar ningún retrato: comprueba tu conexión y repite la orden."
        )
    return cache


def kept_for_exams(photo: Photo) -> bool:
    """Si de un retrato CC0 no aprende ninguna red: los 40 cuyo número acaba en 0 o en 5."""
    return int(Path(photo.published_name).stem) % 5 == 0


def cc0_portraits(
    wanted: Callable[[Photo], bool],
) -> Iterator[tuple[str, np.ndarray, tuple[float, float, float]]]:
    """Los retratos CC0 que cumplen `wanted`, a su tamaño (1024x1024).

    Da (nombre, uint8 (alto, ancho, 3), cara); la cara es (x del centro, y del centro, ancho), en
    píxeles. Lanza UserError si alguno falta y no se puede descargar.
    """
    folder = download_cc0()
    for photo in filter(wanted, cc0_photos()):
        image = np.asarray(open_photo(folder / photo.file_name))
        height, width = image.shape[:2]
        box = photo.boxes[0]
        center = ((box.left + box.right) / 2 * width, (box.top + box.bottom) / 2 * height)
        yield photo.file_name, image, (*center, (box.right - box.left) * width)


def cc0_set(output: Path) -> int:
    """Las caras de los 200 retratos CC0."""
    return crop_faces(cc0_photos(), download_cc0(), output, FACE_SIDE).faces


def lfw_set(output: Path) -> int:
    """Labeled Faces in the Wild (Huang et al., 2007), 13,233 caras de 5,749 personas.

    El nombre de cada fichero lleva el de la persona, y el reparto mantiene juntas sus caras.
    Lanza UserError si falta scikit-learn o no se puede descargar.
    """
    try:
        from sklearn.datasets import fetch_lfw_people, get_data_home
    except ImportError:
        raise UserError(
            "Para descargar LFW hace falta scikit-learn: instálalo con «pip install scikit-learn»."
        ) from None
    try:
        # Solo interesa que lo descargue: cargar todas las caras a la vez pide 10 GB de memoria.
        fetch_lfw_people(min_faces_per_person=500, resize=0.1)
    except OSError as error:
        raise UserError(
            f"No se pudo descargar LFW ({error}): comprueba tu conexión y repite la orden."
        ) from error
    jobs = []
    for path in sorted(Path(get_data_home(), "lfw_home/lfw_funneled").rglob("*.jpg")):
        person, number = path.stem.rsplit("_", 1)
        jobs.append((path, f"{person}_cara{int(number)}.png"))
    return _export(jobs, output, "lfw")


SETS: dict[str, Callable[[Path], int]] = {"pequeno": small_set, "cc0": cc0_set, "lfw": lfw_set}
"""Los conjuntos, por su nombre en `pix2pix caras --conjunto`."""
