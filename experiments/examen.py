"""Examina la red del libro y a sus rivales: `python experiments/examen.py`.

Deja en `pix2pix_lib/exam_results/` un fichero por examen, con las notas de cada trazo. Lo que ya
está no se repite; si cambia la red, sí lo suyo. En dos núcleos, media hora. Los rivales piden
`pip install patchmatch-cython`.
"""

import json
import platform
import time
from pathlib import Path

import numpy as np

from pix2pix_lib.exams import VARIANTS, Exam, faces_exam, portraits_exam
from pix2pix_lib.files import write_whole
from pix2pix_lib.masks import EraseParams, load_masks
from pix2pix_lib.networks import FirstFill
from pix2pix_lib.pairs import to_uint8
from pix2pix_lib.photos import list_photos, load_faces
from pix2pix_lib.pretrained import load_pretrained, weights_digest
from pix2pix_lib.restoration import restore_photo
from pix2pix_lib.results import FACES, NETWORK, PORTRAITS, result_file
from pix2pix_lib.rivals import RIVALS, Method
from pix2pix_lib.sources import cc0_portraits, default_faces, kept_for_exams

EXAM_SEED = 7
SCALES = ((1.0, 2.0), (1.0, 5.0), (3.0, 5.0))


class BareFill:
    """El relleno del que parte la red, con las mismas ventanas que ella."""

    size, erase = 256, EraseParams()

    def restore(self, x: np.ndarray) -> np.ndarray:
        return to_uint8(FirstFill()(x))


def methods() -> dict[str, tuple[Method, str]]:
    """Nombre -> (método, qué lo identifica): si cambia lo segundo, se vuelve a examinar."""
    network, fill, digest = load_pretrained(), BareFill(), weights_digest()

    def restore(painter, grain):
        return lambda image, hole: restore_photo(painter, image, hole, grain=grain)

    return {name: (method, "1") for name, method in RIVALS.items()} | {
        "relleno de partida": (restore(fill, False), "1"),
        f"{NETWORK}, sin grano": (restore(network, False), digest),
        NETWORK: (restore(network, True), digest),
    }


def exams():
    """(nombre del fichero, examen), uno a uno: no caben todos en memoria."""
    masks = load_masks()
    portraits = list(cc0_portraits(kept_for_exams))
    for name, variant in zip(PORTRAITS, VARIANTS, strict=True):
        yield name, portraits_exam(portraits, masks, variant)
    faces = load_faces(list_photos(default_faces()), 256)
    for name, scale in zip(FACES, SCALES, strict=True):
        yield name, faces_exam(faces, masks, EraseParams(scale=scale), EXAM_SEED)


def take(name: str, exam: Exam, path: Path) -> None:
    record = json.loads(path.read_text()) if path.is_file() else {}
    strokes = exam.strokes()
    if record.get("trazos") != strokes:
        record = {"examen": name, "trazos": strokes, "metodos": {}}
    for title, (method, version) in methods().items():
        if record["metodos"].get(title, {}).get("version") == version:
            continue
        start = time.perf_counter()
        scores = exam.score(method, f"{name}: {title}")
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


if __name__ == "__main__":
    main()
