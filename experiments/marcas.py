"""Examina la red que busca imperfecciones: `python -m experiments marcas [elegir]`.

Sobre los retratos de examen (o los de elegir) se pintan ocho marcas en cada uno (`data.marks`), y
se apunta de cada marca lo segura que está de ella la red, o cada rival, y de lo que proponen de
más, dónde y con qué seguridad. Después se restaura lo propuesto. Las copias son los mismos retratos
reducidos, en gris y con ruido, con motas, pelos y arañazos; las caras limpias, los retratos CC0 y
las 263 caras, sin nada pintado. Las marcas de verdad son las de doce retratos CC0, que un modelo de
visión señaló dos veces, la segunda sin ver la primera. Todo queda en `assets/exam_results/`; tarda
un cuarto de hora.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from skimage.feature import peak_local_max
from tqdm import tqdm

from pix2pix_lib.data.degradations import noise
from pix2pix_lib.data.features import cut_upright, upright
from pix2pix_lib.data.marks import (
    DUST,
    EXTENT,
    HAIR,
    LARGEST,
    SCRATCH,
    SIZES,
    THRESHOLD,
    paint_mark,
    skin,
)
from pix2pix_lib.data.photos import list_photos, open_photo
from pix2pix_lib.evaluation.found_marks import FINDER, MARKS_FILES
from pix2pix_lib.files import write_whole
from pix2pix_lib.restoration.faces import Face, largest_face
from pix2pix_lib.restoration.finding import FACE, SIDE, Proposal, bring_back, find_marks, hole_of
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.sets import CC0, CONGRESS, EXAM, portraits

PAINTED, SEED = 8, 7
"""Marcas que se pintan en cada retrato, y con qué semilla."""

SCANNED, GRAIN = 512, 6.0
"""Lado al que se reducen las copias, en píxeles, y su ruido, en niveles."""

SCALES = (1.5, 2.1, 3.0, 4.2, 6.0, 8.5)
"""Desviaciones, en píxeles de la cara derecha, de las diferencias de gaussianas."""

FLOOR = 4.0
"""Lo menos que ha de destacar una mancha, en unidades de LAB, para que esa regla la vea."""

MARKED, AGAIN = (
    Path(__file__).with_name(f"{name}.json") for name in ("marcas_cc0", "marcas_cc0_otra_vez")
)
"""Las marcas de verdad de los retratos CC0: {archivo: [[x, y, ancho, alto, clase, segura], ...]},
en partes del lado de la cara derecha; las de doce de examen, dos veces."""

LEFT = {"peca", "zona de pecas"}
"""Las clases que no se quitan."""

NEAR = 3 / SIDE
"""A menos de esto, dos marcas se tocan."""

DISC = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))

Find = Callable[[np.ndarray, Face], list[Proposal]]


class Painted(NamedTuple):
    """Una marca pintada: su clase, lo que cambia la piel, sus píxeles y todos los que cambió."""

    kind: str
    change: float
    where: np.ndarray
    touched: np.ndarray


class Real(NamedTuple):
    """Una marca de verdad: en medio (x, y) y radios, en partes del lado, clase y si es segura."""

    center: np.ndarray
    radii: np.ndarray
    kind: str
    is_sure: bool

    def touches(self, x: np.ndarray, y: np.ndarray) -> bool:
        """Si algún punto, en partes del lado, cae en ella."""
        points = np.stack([x, y], -1)
        return bool((np.hypot(*((points - self.center) / (self.radii + NEAR)).T) < 1).any())


@cache
def real_marks(path: Path) -> dict[str, list[Real]]:
    """Lo señalado en cada retrato. Las pecas no son seguras: no se quitan."""
    return {
        name: [
            Real(np.array([x, y]), np.array([w, h]) / 2, kind, bool(sure) and kind not in LEFT)
            for x, y, w, h, kind, sure in rows
        ]
        for name, rows in json.loads(path.read_text()).items()
    }


def network(photo: np.ndarray, face: Face) -> list[Proposal]:
    return find_marks(photo, [face], EXTENT, LARGEST)


def straight(photo: np.ndarray, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """La cara derecha, como la ve la red, en LAB, y la matriz que lleva a ella."""
    seen = cut_upright(photo, face.points, SIDE)
    lab = cv2.cvtColor(seen.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab, upright(face.points, SIDE)


def standing_out(lab: np.ndarray) -> Iterator[tuple[int, int, float, float]]:
    """Lo que destaca de lo que lo rodea en una cara derecha: diferencias de gaussianas, sin redes.

    lab: float32 (SIDE, SIDE, 3), en LAB. Da la fila, la columna, el radio y cuánto destaca.
    """
    blurred = [[cv2.GaussianBlur(lab, (0, 0), k * s) for k in (1, 1.6)] for s in SCALES]
    stack = np.stack([np.linalg.norm(near - far, axis=-1) for near, far in blurred])
    stack[:, ~skin(SIDE)] = 0
    peaks = peak_local_max(stack, min_distance=2, threshold_abs=FLOOR, exclude_border=False)
    for scale, row, column in peaks:
        yield row, column, 1.4 * SCALES[scale], float(stack[scale, row, column])


def gaussians(photo: np.ndarray, face: Face) -> list[Proposal]:
    lab, matrix = straight(photo, face)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return [
        Proposal(
            bring_back(np.hypot(rows - row, columns - column) < radius, matrix, photo.shape[:2]),
            strength,
            2 * radius / FACE,
        )
        for row, column, radius, strength in standing_out(lab)
    ]


def otsu(photo: np.ndarray, face: Face) -> list[Proposal]:
    """Lo más oscuro que lo que lo rodea, con el umbral de Otsu (1979)."""
    lab, matrix = straight(photo, face)
    around = cv2.morphologyEx(lab[..., 0], cv2.MORPH_BLACKHAT, np.ones((25, 25), np.uint8))
    inside = skin(SIDE)
    levels = np.clip(255 * around / around[inside].max(), 0, 255).astype(np.uint8)
    floor, _ = cv2.threshold(levels[inside], 0, 255, cv2.THRESH_OTSU)
    dark = ((levels > floor) & inside).view(np.uint8)
    # Sin las motas de uno o dos píxeles, que son el grano de la foto.
    count, labels = cv2.connectedComponents(cv2.morphologyEx(dark, cv2.MORPH_OPEN, DISC))
    found = []
    for label in range(1, count):
        mark = labels == label
        size = float(np.sqrt(4 / np.pi * mark.sum())) / FACE
        found.append(Proposal(bring_back(mark, matrix, photo.shape[:2]), 1.0, size))
    return found


FINDERS: dict[str, Find] = {
    FINDER: network,
    "diferencias de gaussianas": gaussians,
    "Otsu": otsu,
}


def paint_on(
    photo: np.ndarray, face: Face, kinds: Iterable[str], rng: np.random.Generator
) -> tuple[np.ndarray, list[Painted]]:
    """Pinta marcas en la piel de una cara; las que no caben en ella no cuentan."""
    matrix, shape = upright(face.points, SIDE), photo.shape[:2]
    inside = cv2.warpAffine(
        skin(SIDE).view(np.uint8),
        matrix,
        shape[::-1],
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    width = FACE / np.hypot(*matrix[0, :2])
    places, marks = np.argwhere(inside), []
    for kind in kinds:
        row, column = places[rng.integers(len(places))]
        after, mark = paint_mark(photo, rng, kind, (column, row), width)
        if (mark.where & (inside > 0)).any():
            marks.append(Painted(kind, mark.change, mark.where, (after != photo).any(-1)))
            photo = after
    return photo, marks


def compare(found: list[Proposal], marks: list[Painted]) -> tuple[list[float], list[Proposal]]:
    """Con qué seguridad se ha encontrado cada marca (0, si no se ha), y lo que sobra."""
    chances, extra = [0.0] * len(marks), []
    for proposal in found:
        hit = [index for index, mark in enumerate(marks) if mark.where[proposal.where].any()]
        for index in hit:
            chances[index] = max(chances[index], proposal.chance)
        if not hit:
            extra.append(proposal)
    return chances, extra


def places(face: Face, proposal: Proposal) -> list[float]:
    """En medio de qué (x, y) de la cara derecha cae una marca, en partes de su lado."""
    rows, columns = proposal.where
    x, y = upright(face.points, 1) @ (columns.mean(), rows.mean(), 1)
    return [round(float(x), 3), round(float(y), 3)]


def people(side: str) -> Iterator[np.ndarray]:
    for name in (CC0, CONGRESS):
        for _, photo, _ in portraits(name, side):
            yield photo


def notes(extra: Iterable[tuple[int, Face, Proposal]]) -> list[list[float]]:
    """De cada propuesta: foto, seguridad, tamaño y sitio."""
    return [
        [index, round(one.chance, 4), round(one.size, 4), *places(face, one)]
        for index, face, one in extra
    ]


def painted_portrait(
    clean: np.ndarray, kinds: list[str], seed: int, index: int
) -> tuple[np.ndarray, Face, list[Painted]]:
    """Un retrato del examen, ya pintado, con su cara y sus marcas."""
    face, rng = largest_face(clean), np.random.default_rng([seed, index])
    photo, marks = paint_on(clean, face, rng.choice(kinds, PAINTED), rng)
    return photo, face, marks


def examine(
    photos: Iterable[np.ndarray], kinds: list[str], finders: dict[str, Find], seed: int
) -> dict:
    """Pinta, busca y restaura: lo que se apunta de cada retrato."""
    restorer = load_pretrained()
    rows: dict[str, list] = {"foto": [], "clase": [], "cambio": [], "ancho": []}
    light: list[float] = []
    repair: dict[str, list] = {"daño": [], "queda": [], "fuera": []}
    chances: dict[str, list] = {name: [] for name in finders}
    extra: dict[str, list] = {name: [] for name in finders}
    for index, clean in enumerate(tqdm(photos, "Marcas", unit="foto")):
        photo, face, marks = painted_portrait(clean, kinds, seed, index)
        lab, matrix = straight(clean, face)
        scale = np.hypot(*matrix[0, :2]) / FACE
        for mark in marks:
            width = scale * np.sqrt(4 / np.pi * mark.where.sum())
            rows["foto"].append(index)
            rows["clase"].append(str(mark.kind))
            rows["cambio"].append(round(mark.change, 1))
            rows["ancho"].append(round(float(width), 4))
        light.append(round(float(np.median(lab[..., 0][skin(SIDE)])), 1))
        proposals = {name: find(photo, face) for name, find in finders.items()}
        for name, found in proposals.items():
            each, left = compare(found, marks)
            chances[name] += [round(chance, 4) for chance in each]
            extra[name] += [round(one.chance, 3) for one in left]
        sure = (one for one in proposals[FINDER] if one.chance > THRESHOLD)
        hole = hole_of(sure, photo.shape[:2])
        restored = restore_photo(restorer, photo, hole) if hole.any() else photo
        for mark in marks:
            for name, image in (("daño", photo), ("queda", restored)):
                away = np.abs(image[mark.touched].astype(float) - clean[mark.touched])
                repair[name].append(round(float(away.sum()), 1))
        touched = np.any([mark.touched for mark in marks], axis=0)
        away = np.abs(restored[~touched].astype(float) - photo[~touched])
        repair["fuera"].append(round(float(away.mean()), 4))
    return {
        "luz": light,
        "marcas": rows,
        "seguridad": chances,
        "de más": extra,
        "arreglo": repair,
    }


def scans(side: str) -> Iterator[np.ndarray]:
    """Los retratos como copias escaneadas: pequeños, en gris y con ruido."""
    for index, photo in enumerate(people(side)):
        small = cv2.resize(photo, (SCANNED,) * 2, interpolation=cv2.INTER_AREA)
        gray = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)[..., None].repeat(3, -1)
        yield noise(gray, GRAIN, np.random.default_rng([5, index]))


def propose(photos: Iterable[np.ndarray]) -> dict:
    """Lo que la red propone en caras en las que no se ha pintado nada."""
    found, count = [], 0
    for photo in tqdm(photos, "Sin marcas", unit="foto"):
        if face := largest_face(photo):
            found += [(count, face, one) for one in network(photo, face)]
            count += 1
    return {"caras": count, "de más": notes(found)}


def examine_real() -> dict:
    """De cada marca señalada: si se señaló la otra vez y lo segura que está la red de ella."""
    rows: dict[str, list] = {"una vez": [], "la otra": []}
    extra = []
    names = [name for name in real_marks(AGAIN)]
    photos = {name: photo for name, photo, _ in portraits(CC0, EXAM) if name in names}
    for index, name in enumerate(names):
        face = largest_face(photos[name])
        matrix = upright(face.points, 1)
        found = [
            (one, matrix @ np.vstack([*one.where[::-1], np.ones(len(one.where[0]))]))
            for one in network(photos[name], face)
        ]
        both = [real_marks(path)[name] for path in (MARKED, AGAIN)]
        for which, marks, others in zip(rows, both, both[::-1], strict=True):
            for mark in marks:
                is_seen = any(
                    mark.touches(*other.center) or other.touches(*mark.center) for other in others
                )
                chance = max(
                    (one.chance for one, places in found if mark.touches(*places)), default=0
                )
                rows[which].append([index, mark.kind, mark.is_sure, is_seen, round(chance, 4)])
        extra += [
            (index, face, one)
            for one, places in found
            if not any(mark.touches(*places) for mark in [*both[0], *both[1]])
        ]
    return {"caras": len(names), "señaladas": rows, "de más": notes(extra)}


def main(side: str = EXAM) -> None:
    record = {
        "umbral": THRESHOLD,
        "retratos": examine(people(side), list(SIZES), FINDERS, SEED),
        "copias": examine(scans(side), [DUST, HAIR, SCRATCH], {FINDER: network}, 8),
    }
    if side == EXAM:
        faces = (np.asarray(open_photo(path)) for path in list_photos(default_faces()))
        record |= {
            "retratos CC0 sin pintar": propose(photo for _, photo, _ in portraits(CC0, EXAM)),
            "las caras del libro": propose(faces),
            "de verdad": examine_real(),
        }
    write_whole(MARKS_FILES[side], json.dumps(record, ensure_ascii=False).encode())
