"""Los conjuntos de caras del libro, listos en una carpeta de PNG cuadrados."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from ..data.photos import list_photos, load_face, open_photo
from ..errors import UserError
from ..files import (
    ASSETS,
    cache_folder,
    check_distinct,
    claim_folder,
    digest_file,
    png_comes_from,
    write_png,
)
from .annotations import Photo, read_annotations
from .crops import crop_faces
from .default_set import default_faces
from .downloads import download_photos
from .parallel import in_parallel

FACE_SIDE = 256

CC0, CONGRESS = "retratos_cc0", "congreso"
"""Los conjuntos de retratos de una persona: así se llaman su archivo y su carpeta de caché."""

LEARN, CHOOSE, EXAM = "aprender", "elegir", "examen"
KEPT = {CC0: {0: EXAM, 3: CHOOSE, 5: EXAM}, CONGRESS: {0: EXAM, 5: CHOOSE}}
"""En cada decena de la lista, qué puestos no son para aprender. El puesto de un retrato CC0 acaba
en la misma cifra que su nombre; los del Congreso van por orden alfabético."""

HISTORIC_SIDES = ASSETS / "historic_sides.json"


def _export_face(job: tuple[Path, str], output: Path) -> bool:
    path, name = job
    target, origin = output / name, digest_file(path)
    if not png_comes_from(target, origin):
        try:
            face = load_face(path, FACE_SIDE)
        except UserError:
            return False
        write_png(target, np.asarray(face), origin)
    return True


def _export(jobs: list[tuple[Path, str]], output: Path, name: str) -> int:
    names = [target for _, target in jobs]
    check_distinct(names, jobs[0][0].parent)
    digest = hashlib.sha256(repr(names).encode()).hexdigest()
    claim_folder(output, {"conjunto": name, "caras": digest})
    return sum(in_parallel(partial(_export_face, output=output), jobs, "Guardando", "cara"))


def small_set(output: Path) -> int:
    """Las 263 caras por defecto, o las de PIX2PIX_CARAS. Devuelve cuántas guarda.

    Lanza UserError si dos se llamarían igual o si `output` guarda otra cosa.
    """
    photos = list_photos(default_faces())
    return _export([(path, f"{path.stem}.png") for path in photos], output, "pequeno")


def historic_sides() -> np.ndarray:
    """El lado menor de cada caja de `face_detection.json`: int (1132,), en píxeles.

    De menor a mayor. Lo mide `experiments/historico.py`; el archivo en sí no se reparte.
    """
    return np.array(json.loads(HISTORIC_SIDES.read_text(encoding="utf-8")))


def portrait_photos(name: str, side: str | None = None) -> list[Photo]:
    """Los retratos anotados de un conjunto (`CC0` o `CONGRESS`): sus direcciones y sus cajas.

    side: solo los de aprender, de elegir o de examen; si no se dice, todos. El lado de cada uno
    es fijo y lo decide su sitio en la lista (`KEPT`): de los de examen y de los de elegir no
    aprende ninguna red que se reparta.
    """
    photos = read_annotations(ASSETS / f"{name}.json")[0]
    return [
        photo
        for place, photo in enumerate(photos)
        if side in (None, KEPT[name].get(place % 10, LEARN))
    ]


def download_portraits(name: str, side: str | None = None) -> Path:
    """Carpeta de caché con los retratos enteros de un conjunto; descarga los que falten.

    side: como en `portrait_photos`; los de los demás lados ni se miran.
    Lanza UserError si no se consigue ninguno.
    """
    photos = portrait_photos(name, side)
    folder = cache_folder() / name
    report = download_photos(photos, folder)
    if len(report.lost) == len(photos):
        raise UserError(
            "No se pudo descargar ningún retrato: comprueba tu conexión y repite la orden."
        )
    return folder


def portrait_files(name: str, side: str) -> list[Path]:
    """Los archivos, en la caché, de los retratos de un conjunto que están de un lado.

    Lanza UserError si no se consigue ninguno.
    """
    folder = download_portraits(name, side)
    return [folder / photo.file_name for photo in portrait_photos(name, side)]


def portraits(name: str, side: str) -> Iterator[tuple[str, np.ndarray, tuple[float, float, float]]]:
    """Los retratos de un conjunto que están de un lado, a su tamaño (1024x1024).

    Da (nombre, uint8 (alto, ancho, 3), cara); la cara es (x del centro, y del centro, ancho), en
    píxeles. Lanza UserError si alguno falta y no se puede descargar.
    """
    for photo, path in zip(portrait_photos(name, side), portrait_files(name, side), strict=True):
        image = np.asarray(open_photo(path))
        height, width = image.shape[:2]
        box = photo.boxes[0]
        center = ((box.left + box.right) / 2 * width, (box.top + box.bottom) / 2 * height)
        yield photo.file_name, image, (*center, (box.right - box.left) * width)


def portrait_set(output: Path, name: str) -> int:
    """Recorta las caras de todos los retratos de un conjunto. Devuelve cuántas guarda."""
    return crop_faces(portrait_photos(name), download_portraits(name), output, FACE_SIDE).faces


def lfw_set(output: Path) -> int:
    """Labeled Faces in the Wild (Huang et al., 2007), 13,233 caras de 5,749 personas.

    El nombre de cada archivo lleva el de la persona, y el reparto mantiene juntas sus caras.
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


SETS: dict[str, Callable[[Path], int]] = {
    "pequeno": small_set,
    "cc0": partial(portrait_set, name=CC0),
    "congreso": partial(portrait_set, name=CONGRESS),
    "lfw": lfw_set,
}
"""Los conjuntos, por su nombre en `pix2pix caras --conjunto`."""
