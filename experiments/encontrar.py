"""Mide qué caras encuentra `find_faces` y cuáles no: `python -m experiments encontrar`.

De los retratos del Congreso solo se cuenta. Se compara con la cascada LBP que trae scikit-image.
Deja `assets/exam_results/caras.json`. Cinco minutos en un núcleo.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import skimage.data
from skimage.feature import Cascade

from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.evaluation.results import FINDING_FILE
from pix2pix_lib.files import write_whole
from pix2pix_lib.recipes import MAGENTA
from pix2pix_lib.restoration.faces import DIGEST, Face, find_faces
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.sets import CC0, CHOOSE, CONGRESS, EXAM, LEARN, portraits
from pix2pix_lib.writing import percent

Place = tuple[float, float, float]
"""Una cara: la x y la y de su centro y su ancho, en píxeles."""

Case = tuple[np.ndarray, list[Place]]
"""Una foto y las caras que tiene apuntadas."""

Finder = Callable[[np.ndarray], Sequence[Place | Face]]

DEFAULT_FACE = (128, 138, 219)
"""Dónde está la cara en las 263 por defecto, que se recortaron todas igual."""

BACKGROUNDS = (
    *("brick", "grass", "gravel", "coffee", "chelsea", "rocket", "hubble_deep_field"),
    *("immunohistochemistry", "coins", "moon", "page"),
)
"""Fotos de scikit-image en las que no hay nadie."""

OURS, OLD, OFFICIAL = "BlazeFace", "cascada LBP", "436 retratos oficiales"
GROUPS = ((480, 360), (640, 480), (800, 600), (1024, 768), (1600, 1200))
GROUP_FACES, GROUP_WIDTHS = (2, 12), (40, 120)
GROUP_PHOTOS = 24
BANDS = ((40, 60), (60, 90), (90, 120))

TURNS = (15, 30, 45, 60, 90, 180)
PARTS = (8, 16, 24, 32, 40, 48)
CUTS = (0.25, 0.5)
LIGHTS = (0.25, 0.1)


def cascade() -> Finder:
    """La cascada de scikit-image, con la foto a 400 píxeles y caras desde un dieciseisavo."""
    detector = Cascade(skimage.data.lbp_frontal_face_cascade_filename())

    def find(photo: np.ndarray) -> list[Place]:
        scale = min(1, 400 / max(photo.shape[:2]))
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        smallest, largest = max(24, max(small.shape[:2]) // 16), min(small.shape[:2])
        boxes = detector.detect_multi_scale(small, 1.2, 1, (smallest,) * 2, (largest,) * 2)
        centers = ((box["c"] + box["width"] / 2, box["r"] + box["height"] / 2) for box in boxes)
        widths = (box["width"] / 0.72 for box in boxes)
        return [
            (x / scale, y / scale, width / scale)
            for (x, y), width in zip(centers, widths, strict=True)
        ]

    return find


def match(found: Iterable[Place | Face], faces: list[Place]) -> tuple[list[int], int]:
    """Cuántas veces se encuentra cada cara, y cuántas se ven donde no hay ninguna apuntada.

    Una cara se encuentra si el centro de lo que se ve está a menos de medio ancho del suyo.
    """
    times, others = [0] * len(faces), 0
    for x, y, *_ in found:
        away = [max(abs(x - face[0]), abs(y - face[1])) / face[2] for face in faces]
        if away and min(away) < 0.5:
            times[int(np.argmin(away))] += 1
        else:
            others += 1
    return times, others


class Row(NamedTuple):
    """Lo que se ve en una foto.

    seen: de cada detector, las veces que ve cada cara, lo que ve de más y los ms de procesador.
    score, lightness: la seguridad de la cara más segura, y lo claro de su piel en la foto.
    """

    faces: list[Place]
    seen: dict[str, tuple[list[int], int, float]]
    score: float = np.nan
    lightness: float = np.nan


def skin_lightness(photo: np.ndarray, points: np.ndarray) -> float:
    """La claridad L* (CIELAB, de 0 a 100), en la foto, de lo que hay alrededor de la nariz."""
    eyes = np.hypot(*(points[0] - points[1]))
    x, y = np.round(points[2]).astype(int)
    reach = max(1, round(eyes / 3))
    patch = photo[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach]
    return float(np.median(cv2.cvtColor(patch.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0]))


def look(photos: Iterable[Case], finders: Mapping[str, Finder]) -> list[Row]:
    rows = []
    for photo, faces in photos:
        found, seen = {}, {}
        for name, find in finders.items():
            start = time.process_time()
            found[name] = find(photo)
            seen[name] = (*match(found[name], faces), 1000 * (time.process_time() - start))
        row = Row(faces, seen)
        if faces and found[OURS]:
            first = found[OURS][0]
            row = Row(faces, seen, first.score, skin_lightness(photo, first.points))
        rows.append(row)
    return rows


def count(rows: list[Row]) -> dict[str, dict]:
    """Lo que da cada detector en unas fotos, y los ms de procesador que pide cada una."""
    totals = {}
    for name in rows[0].seen:
        seen = [row.seen[name] for row in rows]
        times = np.concatenate([each for each, _, _ in seen])
        totals[name] = {
            "fotos": len(rows),
            "caras": len(times),
            "encontradas": int(np.count_nonzero(times)),
            "repetidas": int(times.sum() - np.count_nonzero(times)),
            "otras": sum(others for _, others, _ in seen),
            "ms": round(float(np.median([spent for *_, spent in seen])), 1),
        }
    return totals


SIDES = (LEARN, CHOOSE, EXAM)


def one_each(name: str, *sides: str) -> Iterator[Case]:
    """Los retratos de un conjunto que están de unos lados, y la cara de cada uno."""
    return ((image, [face]) for side in sides for _, image, face in portraits(name, side))


def cutouts() -> list[tuple[np.ndarray, Place]]:
    """Cabezas para pegar en las fotos de grupo: (uint8 (256, 256, 3), su cara)."""
    heads = [(face, DEFAULT_FACE) for face in load_faces(list_photos(default_faces()), 256)]
    for image, ((x, y, width),) in one_each(CC0, EXAM):
        side = round(0.95 * width)
        framed = cv2.copyMakeBorder(image, *(side,) * 4, cv2.BORDER_REPLICATE)
        head = framed[round(y) : round(y) + 2 * side, round(x) : round(x) + 2 * side]
        small = cv2.resize(head, (256, 256), interpolation=cv2.INTER_AREA)
        heads.append((small, (128, 128, 128 * width / side)))
    return heads


def paste(photo: np.ndarray, head: np.ndarray, face: Place, place: Place, turn: float) -> None:
    """Pega en la foto una cabeza de bordes suaves, girada, con la cara donde dice `place`."""
    oval = cv2.ellipse(np.zeros((256, 256), np.float32), (128, 128), (110, 125), 0, 0, 360, 1, -1)
    layers = np.dstack([head, cv2.GaussianBlur(oval, (0, 0), 5)])
    scale = place[2] / face[2]
    side = max(8, round(256 * min(1, scale)))
    small = cv2.resize(layers, (side, side), interpolation=cv2.INTER_AREA)
    matrix = cv2.getRotationMatrix2D(face[:2], turn, scale)
    matrix[:, 2] += np.subtract(place[:2], face[:2])
    matrix[:, :2] *= 256 / side
    *colors, oval = cv2.split(cv2.warpAffine(small, matrix, photo.shape[1::-1]))
    blend = photo * (1 - oval[..., None]) + np.dstack(colors) * oval[..., None]
    photo[:] = np.clip(np.rint(blend), 0, 255)


def background(name: str) -> np.ndarray:
    photo = getattr(skimage.data, name)()
    return np.dstack([photo] * 3) if photo.ndim == 2 else photo


def group_photo(rng: np.random.Generator, heads, size) -> Case:
    """Una foto sin nadie con unas cuantas cabezas pegadas, que no se tapan."""
    back = background(rng.choice(BACKGROUNDS))
    kind = cv2.INTER_AREA if len(back) > size[1] else cv2.INTER_CUBIC
    photo = cv2.resize(back, size, interpolation=kind).copy()
    faces: list[Place] = []
    wanted = rng.integers(GROUP_FACES[0], GROUP_FACES[1] + 1)
    for _ in range(400):
        width = np.exp(rng.uniform(*np.log(GROUP_WIDTHS)))
        x, y = (rng.uniform(0.6 * width, length - 0.6 * width) for length in size)
        free = all(np.hypot(x - f[0], y - f[1]) >= 0.75 * (width + f[2]) for f in faces)
        if free and len(faces) < wanted:
            head, face = heads[rng.integers(len(heads))]
            paste(photo, head, face, (x, y, width), rng.uniform(-15, 15))
            faces.append((x, y, width))
    return photo, faces


def bands(rows: list[Row], name: str) -> dict[str, list[int]]:
    """De las caras de cada ancho, cuántas encuentra un detector y cuántas hay."""
    times = np.concatenate([row.seen[name][0] for row in rows])
    widths = np.array([width for row in rows for *_, width in row.faces])
    totals = {}
    for low, high in BANDS:
        band = (low <= widths) & (widths < high)
        totals[f"{low} a {high} px"] = [int(np.count_nonzero(times[band])), int(band.sum())]
    return totals


def turned(image: np.ndarray, face: Place, degrees: float) -> Case:
    matrix = cv2.getRotationMatrix2D(face[:2], degrees, 1)
    matrix[:, 2] += np.subtract(image.shape[1::-1], np.multiply(face[:2], 2)) / 2
    photo = cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    return photo, [(image.shape[1] / 2, image.shape[0] / 2, face[2])]


def shrunk(image: np.ndarray, face: Place, share: float) -> Case:
    """El retrato, tan pequeño en una foto gris de 1024 píxeles que la cara mide esa parte."""
    scale = 1024 * share / face[2]
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:1024, :1024]
    photo = np.full((1024, 1024, 3), 128, np.uint8)
    top, left = (1024 - small.shape[0]) // 2, (1024 - small.shape[1]) // 2
    photo[top : top + small.shape[0], left : left + small.shape[1]] = small
    return photo, [(left + scale * face[0], top + scale * face[1], 1024 * share)]


def cut(image: np.ndarray, face: Place, share: float) -> Case:
    """La foto, cortada de forma que falta esa parte de la cara por un lado."""
    left = round(face[0] - face[2] / 2 + share * face[2])
    return np.ascontiguousarray(image[:, left:]), [(face[0] - left, *face[1:])]


def hidden(image: np.ndarray, face: Place, box) -> Case:
    """Con lo que dice `box` (izquierda, derecha, arriba y abajo, en anchos) pintado de magenta."""
    x, y, width = face
    (left, right), (top, bottom) = (
        [max(0, round(center + width * edge)) for edge in edges]
        for center, edges in ((x, box[:2]), (y, box[2:]))
    )
    photo = image.copy()
    photo[top:bottom, left:right] = MAGENTA
    return photo, [face]


def darker(image: np.ndarray, face: Place, share: float) -> Case:
    return (image * share).astype(np.uint8), [face]


def gray(image: np.ndarray, face: Place) -> Case:
    return np.dstack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)] * 3), [face]


HARD: dict[str, Callable[[np.ndarray, Place], Case]] = {
    **{f"girada {degrees}°": partial(turned, degrees=degrees) for degrees in TURNS},
    **{f"de 1/{parts} del lado de la foto": partial(shrunk, share=1 / parts) for parts in PARTS},
    **{f"cortada, falta el {percent(share)}": partial(cut, share=share) for share in CUTS},
    "los ojos tapados": partial(hidden, box=(-0.4, 0.4, -0.12, 0.12)),
    "la boca tapada": partial(hidden, box=(-0.25, 0.25, 0.18, 0.42)),
    "media cara tapada": partial(hidden, box=(0, 0.55, -0.6, 0.6)),
    **{f"con el {percent(share)} de la luz": partial(darker, share=share) for share in LIGHTS},
    "en gris": gray,
}
"""Lo que se le hace a un retrato para que cueste más ver su cara."""


def by_lightness(rows: list[Row]) -> list[dict]:
    """Los retratos, en cuartos de más oscuro a más claro: cuántos encuentra cada detector.

    Lo que se mide es la luz que llega de la piel en esa foto, no el tono de nadie.
    """
    rows = sorted((row for row in rows if row.lightness > 0), key=lambda row: row.lightness)
    quarters = [rows[i * len(rows) // 4 : (i + 1) * len(rows) // 4] for i in range(4)]
    return [
        {
            "L*": [round(quarter[0].lightness, 1), round(quarter[-1].lightness, 1)],
            "seguridad": round(float(np.mean([row.score for row in quarter])), 3),
            "caras": len(quarter),
            "encontradas": {name: values["encontradas"] for name, values in count(quarter).items()},
        }
        for quarter in quarters
    ]


def main() -> None:
    finders = {OURS: find_faces, OLD: cascade()}
    faces = load_faces(list_photos(default_faces()), 256)
    sets: dict[str, Iterable[Case]] = {
        OFFICIAL: one_each(CONGRESS, *SIDES),
        "200 retratos CC0": one_each(CC0, *SIDES),
        "263 caras por defecto": [(face, [DEFAULT_FACE]) for face in faces],
        "11 fotos sin nadie": [(background(name), []) for name in BACKGROUNDS],
    }
    heads = cutouts()
    for size in GROUPS:
        rngs = (np.random.default_rng([*size, i]) for i in range(GROUP_PHOTOS))
        paint = partial(group_photo, heads=heads, size=size)
        sets[f"grupos, {size[0]}x{size[1]}"] = map(paint, list(rngs))
    rows = {name: look(photos, finders) for name, photos in sets.items()}
    kept = [(image, face) for image, (face,) in one_each(CC0, EXAM)]
    record = {
        "version": DIGEST,
        "conjuntos": {name: count(each) for name, each in rows.items()},
        "anchos": {
            name: {title: bands(each, title) for title in finders}
            for name, each in rows.items()
            if name.startswith("grupos")
        },
        "claridad": by_lightness(rows[OFFICIAL]),
        "difíciles": {
            name: count(look((change(*case) for case in kept), {OURS: find_faces}))[OURS]
            for name, change in HARD.items()
        },
    }
    write_whole(FINDING_FILE, json.dumps(record, ensure_ascii=False, indent=1).encode())
