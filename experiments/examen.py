"""Examina la red del libro y a sus rivales: `python -m experiments examen`.

Deja en `assets/exam_results/` un archivo por examen, con las notas de cada trazo. Lo que ya
está no se repite; si cambia la red, sí lo suyo. En dos núcleos, una hora. Los rivales piden
`pip install patchmatch-cython`.
"""

import json
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from pix2pix_lib.data.degradations import jpeg
from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.pairs import to_uint8
from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.evaluation.baselines import RIVALS, Method, nothing
from pix2pix_lib.evaluation.exams import VARIANTS, Exam, faces_exam, portraits_exam, small_exam
from pix2pix_lib.evaluation.results import (
    FACES,
    NETWORK,
    NO_GRAIN,
    ORIGINAL,
    PORTRAITS,
    SMALL,
    UNTOUCHED,
    WIDE,
    result_file,
)
from pix2pix_lib.evaluation.wide_holes import wide_exam
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.fill import FirstFill
from pix2pix_lib.recipes import EraseParams
from pix2pix_lib.restoration import faces
from pix2pix_lib.restoration.pretrained import load_pretrained, networks_digest
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.sets import CC0, CONGRESS, EXAM, portraits

FACES_SEED = 7
SCALES = ((1.0, 2.0), (1.0, 5.0), (3.0, 5.0))
WIDE_SIDE = 512
"""Lado al que se reducen los retratos de los huecos anchos, en píxeles."""

Restore = Callable[[Exam, str], Iterable[np.ndarray]]
"""(examen, título) -> sus fotos restauradas."""


class BareFill:
    """El relleno del que parte la red, con las mismas ventanas que ella."""

    size, erase, upright = 256, EraseParams(), None

    def restore(self, x: np.ndarray) -> np.ndarray:
        return to_uint8(FirstFill()(x))


def methods() -> dict[str, tuple[Restore, str]]:
    """Nombre -> (cómo restaura, qué lo identifica): si cambia lo segundo, se vuelve a examinar.

    De la cara que encuentra el detector depende el tamaño de las ventanas.
    """
    network, fill = load_pretrained(), BareFill()
    digest = f"{networks_digest()} {faces.DIGEST}"

    def each(method: Method) -> Restore:
        return lambda exam, title: exam.restore(method, title)

    def restore(painter, grain):
        return each(lambda image, hole: restore_photo(painter, image, hole, grain=grain))

    return {name: (each(method), "1") for name, method in RIVALS.items()} | {
        "relleno de partida": (restore(fill, False), faces.DIGEST),
        NO_GRAIN: (restore(network, False), digest),
        NETWORK: (restore(network, True), digest),
    }


def controls() -> dict[str, tuple[Restore, str]]:
    """Los extremos de los huecos anchos: dejarlos pintados, y la original, guardada en JPEG."""
    return {
        UNTOUCHED: (lambda exam, title: exam.restore(nothing, title), "1"),
        ORIGINAL: (lambda exam, title: (jpeg(case.photo, 90) for case in exam.cases), "1"),
    }


def people(name: str) -> Iterator[tuple[str, np.ndarray, tuple[float, float, float]]]:
    """Los retratos de examen de un conjunto. De los del Congreso se da el puesto y no el nombre."""
    for index, (file, photo, face) in enumerate(portraits(name, EXAM)):
        yield f"congreso {index}" if name == CONGRESS else file, photo, face


def reduced(
    whole: Iterable[tuple[str, np.ndarray, tuple[float, float, float]]],
) -> Iterator[tuple[str, np.ndarray]]:
    for person, photo, _ in whole:
        yield person, cv2.resize(photo, (WIDE_SIDE,) * 2, interpolation=cv2.INTER_AREA)


def exams() -> Iterator[tuple[str, Exam]]:
    """(nombre del archivo, examen), uno a uno: no caben todos en memoria."""
    masks = load_masks()
    cc0 = list(people(CC0))
    for name, variant in zip(PORTRAITS, VARIANTS, strict=True):
        yield name, portraits_exam(cc0, masks, variant)
    book = load_faces(list_photos(default_faces()), 256)
    for name, scale in zip(FACES, SCALES, strict=True):
        yield name, faces_exam(book, masks, EraseParams(scale=scale), FACES_SEED)
    for name, source in zip(SMALL, (CC0, CONGRESS), strict=True):
        yield name, small_exam(list(people(source)), masks)
    for name, source in zip(WIDE, (CC0, CONGRESS), strict=False):
        yield name, wide_exam(reduced(people(source)))
    yield WIDE[-1], wide_exam((str(index), face) for index, face in enumerate(book))


def take(name: str, exam: Exam, path: Path) -> None:
    record = json.loads(path.read_text()) if path.is_file() else {}
    strokes = exam.strokes()
    if record.get("trazos") != strokes:
        record = {"examen": name, "trazos": strokes, "metodos": {}}
    for title, (restore, version) in (methods() | (controls() if name in WIDE else {})).items():
        if record["metodos"].get(title, {}).get("version") == version:
            continue
        start = time.perf_counter()
        scores = exam.mark(restore(exam, f"{name}: {title}"))
        seconds = round((time.perf_counter() - start) / len(exam.cases), 3)
        record["metodos"][title] = {
            "version": version,
            "segundos por foto": seconds,
            "maquina": f"{platform.machine()}, Python {platform.python_version()}",
            "notas": {measure: values.round(3).tolist() for measure, values in scores.items()},
        }
        write_whole(path, json.dumps(record, ensure_ascii=False).encode())
        print(f"{name}: {title}: {np.mean(scores['psnr']):.2f} dB, {seconds} s por foto")


def main() -> None:
    for name, exam in exams():
        take(name, exam, result_file(name))
