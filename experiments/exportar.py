"""Mide lo que se pierde al aligerar los pesos: `python -m experiments exportar`.

De la red del libro solo se guardaron los pesos en float16: se comparan con los de int8. Lo que se
pierde de float32 a float16 se mide con la red rápida. Deja `assets/exam_results/pesos.json`.
Cinco minutos en dos núcleos. Pide `pip install -e .[exportar]`.
"""

import json
from collections.abc import Callable

import numpy as np
import onnxruntime

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.pairs import to_uint8
from pix2pix_lib.data.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.evaluation.exams import Exam, faces_exam, portraits_exam
from pix2pix_lib.evaluation.results import WEIGHTS_FILE
from pix2pix_lib.files import write_whole
from pix2pix_lib.recipes import RAPIDA, EraseParams, vary
from pix2pix_lib.restoration.exporting import opened_network, opened_run
from pix2pix_lib.restoration.pretrained import ERASE_PROPERTY, weights_digest
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.sets import CC0, EXAM, portraits
from pix2pix_lib.training.runs import SHIPPED

from .examen import FACES_SEED


class Exported:
    """Una red exportada, para restaurar fotos con ella: véase `restoration.Network`."""

    upright = None

    def __init__(self, content: bytes):
        self.content = content
        self.session = onnxruntime.InferenceSession(content)
        x, skips = self.session.get_inputs()
        self.size, self.skips = x.shape[1], np.ones(skips.shape, np.float32)
        properties = self.session.get_modelmeta().custom_metadata_map
        self.erase = vary(EraseParams(), json.loads(properties[ERASE_PROPERTY]))

    def restore(self, x: np.ndarray) -> np.ndarray:
        inputs = ({"x": one[None], "saltos": self.skips} for one in x)
        return to_uint8([self.session.run(["restaurada"], each)[0][0] for each in inputs])


def compare(networks: dict[str, Exported], exams: dict[str, Exam]) -> dict:
    """Lo que ocupa cada red y su PSNR en cada foto, la media de los trazos."""
    psnr: dict[str, dict[str, list[float]]] = {}
    for name, exam in exams.items():
        photos = np.array(exam.strokes()["foto"])
        for precision, network in networks.items():

            def smooth(image, hole, network=network):
                return restore_photo(network, image, hole, grain=False)

            marks = exam.score(smooth, f"{name}: {precision}")["psnr"]
            each = [round(marks[photos == photo].mean(), 3) for photo in dict.fromkeys(photos)]
            psnr.setdefault(name, {})[precision] = each
    sizes = {precision: len(network.content) for precision, network in networks.items()}
    return {"bytes": sizes, "psnr": psnr}


def exported(export: Callable[[str], bytes], precisions: tuple[str, ...]) -> dict[str, Exported]:
    return {precision: Exported(export(precision)) for precision in precisions}


def main() -> None:
    masks, every = load_masks(), list_photos(default_faces())
    _, tested = split_by_photo(every)
    book = exported(opened_network, ("float16", "int8"))
    quick = exported(
        lambda precision: opened_run(SHIPPED, precision), ("float32", "float16", "int8")
    )
    people = portraits_exam(list(portraits(CC0, EXAM)), masks)
    faces = faces_exam(load_faces(every, 256), masks, EraseParams(), FACES_SEED)
    small = faces_exam(load_faces(tested, RAPIDA.data.size), masks, RAPIDA.data.erase, FACES_SEED)
    record = {
        "version": weights_digest(),
        "redes": {
            "la del libro": compare(book, {"40 retratos": people, "263 caras": faces}),
            "la rápida": compare(quick, {f"{len(tested)} caras de prueba": small}),
        },
    }
    write_whole(WEIGHTS_FILE, json.dumps(record, ensure_ascii=False).encode())
