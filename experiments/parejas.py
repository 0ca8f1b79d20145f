"""Hace las parejas de «¿Cuál es la de verdad?»: `python -m experiments parejas`.

Retratos CC0 de examen, uno por pareja: cada método restaura tres trazos y tres huecos anchos. No se
eligen a mano: salen por turno y con una semilla. Deja en `assets/` una imagen con todas y un
JSON que dice quién restauró, qué se tapó y qué parte de los jueces del libro acierta al mirar esas
mismas parejas. Un par de minutos en dos núcleos.
"""

import io
import json

import cv2
import numpy as np
from PIL import Image

from pix2pix_lib.data.features import RADII, draw_feature
from pix2pix_lib.data.masks import Masks, load_masks
from pix2pix_lib.data.strokes import LINE, SCRATCH, SPOT
from pix2pix_lib.evaluation.exams import BLOT, Case, Exam, paint_face
from pix2pix_lib.evaluation.judge import load_judges, square
from pix2pix_lib.files import write_whole
from pix2pix_lib.sources.sets import CC0, EXAM
from pix2pix_lib.teaching.guess_which import PAIRS, PICTURES

from .examen import methods
from .juez import faced

SIDE, QUALITY = 104, 88
FACE, ROOM = 220, 1.35
"""Ancho de la cara, como mucho, y cuánto es mayor el recorte que el hueco."""

EACH = 3
"""De cada método, trazos y huecos anchos."""

STROKES = (SPOT, SCRATCH, LINE, BLOT)


def extent(hole: np.ndarray) -> tuple[tuple[int, int], int]:
    """El centro (fila, columna) y el lado de un hueco."""
    rows, columns = np.nonzero(hole)
    ends = [(int(each.min()), int(each.max())) for each in (rows, columns)]
    return tuple(sum(pair) // 2 for pair in ends), max(high - low for low, high in ends) + 1


def draw(kind: str, shape, face, points, masks: Masks, seed: int) -> np.ndarray:
    rng = np.random.default_rng([5, seed])
    if kind in RADII:
        return draw_feature(shape, points, kind, rng)
    ((_, hole),) = paint_face(shape, tuple(face), masks, rng, {kind: 1})
    return hole


def hidden(portrait, kind: str, masks: Masks, seed: int) -> Case:
    """Un retrato reducido hasta que el hueco cabe en el recorte."""
    name, photo, face, points = portrait
    face = np.array(face)
    _, side = extent(draw(kind, photo.shape[:2], face, points, masks, seed))
    scale = min(FACE / face[2], SIDE / (ROOM * side))
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    hole = draw(kind, small.shape[:2], face * scale, points * scale, masks, seed)
    return Case(name, small, [(kind, hole)])


def main() -> None:
    masks, people = load_masks(), list(faced(CC0, EXAM))
    rows, halves, holes = [], [], []
    for turn, (method, (restore, _)) in enumerate(methods().items()):
        kinds = (
            list(of)[(turn + step) % len(of)] for of in (STROKES, RADII) for step in range(EACH)
        )
        for kind in kinds:
            seed = len(rows)
            case = hidden(people[seed % len(people)], kind, masks, seed)
            (image,) = restore(Exam([case]), "")
            place = square(extent(case.hole)[0], SIDE, case.hole.shape)
            halves.append(np.hstack([image[place], case.photo[place]]))
            holes.append(case.hole[place])
            rows.append({"metodo": method, "hueco": kind})
    file = io.BytesIO()
    Image.fromarray(np.concatenate(halves)).save(file, "WEBP", quality=QUALITY, method=6)
    write_whole(PICTURES, file.getvalue())
    seen = np.asarray(Image.open(file).convert("RGB")).reshape(len(rows), SIDE, 2, SIDE, 3)
    cases = [
        Case(str(index), seen[index, :, 1], [(rows[index]["hueco"], hole)])
        for index, hole in enumerate(holes)
    ]
    rights = load_judges().right_answers(seen[:, :, 0], cases)
    for row, right in zip(rows, rights.mean(0), strict=True):
        row["jueces"] = round(float(right), 2)
    write_whole(PAIRS, json.dumps({"parejas": rows}, ensure_ascii=False, indent=1).encode())
