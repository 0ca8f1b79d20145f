"""Exámenes: fotos con trazos, los mismos para todos, y las notas de cualquier método.

Cada trazo tiene sus propias notas. Un método es una función (imagen borrada, hueco) -> imagen
restaurada, como las de `rivals`; una red, que restaura muchas caras a la vez, toma las de
`Exam.inputs` y entrega lo restaurado a `Exam.mark`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from tqdm import tqdm

from ..checks import check_faces, check_hole, check_image, check_masks
from ..data.degradations import enlarge, jpeg, noise, soften
from ..data.masks import Masks
from ..data.pairs import erase_at_random, to_float, with_noise
from ..data.strokes import LINE, SCRATCH, SPOT, draw_stroke, sample_stroke
from ..recipes import MAGENTA, MASK_SIDE, EraseParams
from .baselines import Method
from .metrics import score_hole

BLOT = "borrón"
"""Una de las máscaras del libro, de 50x50, en la cara."""

PER_PHOTO = {SPOT: 3, SCRATCH: 2, LINE: 2, BLOT: 1}
"""Cuántos trazos de cada clase lleva un retrato, si caben sin tocarse."""

BLOT_WIDTH = (0.15, 0.5)
"""Entre qué lados va un borrón, en partes del ancho de la cara."""

APART = 12
"""Píxeles que separan, como poco, un trazo de otro en un retrato a su tamaño."""

SMALL_FACES = {
    f"cara de {low} a {high} px": (low, high)
    for low, high in ((60, 100), (100, 150), (150, 220), (220, 300))
}
"""Los anchos de la cara de las fotos pequeñas."""

SMALL_APART = 4
"""Píxeles que separan los trazos de una foto pequeña."""

VARIANTS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "tal cual": lambda photo, rng: photo,
    "desenfocada": lambda photo, rng: soften(photo, 2),
    "ampliada x2": lambda photo, rng: enlarge(photo, 2),
    "ampliada x4": lambda photo, rng: enlarge(photo, 4),
    "JPEG 50 a 90": lambda photo, rng: jpeg(photo, int(rng.integers(50, 91))),
    "con ruido": lambda photo, rng: noise(photo, 8, rng),
}
"""Cómo se estropea un retrato entero antes de pintarlo."""


@dataclass(frozen=True)
class Case:
    """Una foto del examen y lo que se pinta en ella.

    photo: uint8 (alto, ancho, 3). strokes: [(clase, bool (alto, ancho))], que no se tocan.
    Lanza UserError si no lo son.
    """

    name: str
    photo: np.ndarray
    strokes: Sequence[tuple[str, np.ndarray]]

    def __post_init__(self):
        check_image(f"La foto «{self.name}»", self.photo)
        for kind, hole in self.strokes:
            check_hole(f"El trazo «{kind}»", hole, self.photo.shape[:2])

    @property
    def hole(self) -> np.ndarray:
        return np.any([hole for _, hole in self.strokes], axis=0)

    @property
    def painted(self) -> np.ndarray:
        return np.where(self.hole[..., None], np.array(MAGENTA, np.uint8), self.photo)

    def marks(self, restored: np.ndarray, hole: np.ndarray) -> dict[str, float]:
        """Las notas de uno de sus trazos en la foto restaurada."""
        return score_hole(restored, self.photo, hole)


def paint_face(
    shape: tuple[int, int],
    face: tuple[float, float, float],
    masks: Masks,
    rng: np.random.Generator,
    counts: Mapping[str, int] = PER_PHOTO,
    apart: int = APART,
) -> list[tuple[str, np.ndarray]]:
    """Elige y dibuja trazos sobre una cara: [(clase, bool (alto, ancho))], que no se tocan.

    shape: (alto, ancho) de la foto. face: (x del centro, y del centro, ancho de la cara).
    apart: los píxeles que separan, como poco, un trazo de otro.
    Lanza UserError si alguna máscara no vale.
    """
    check_masks(masks, MASK_SIDE)
    x, y, width = face
    taken = np.zeros(shape, np.uint8)
    strokes = []
    for kind in (kind for kind, count in counts.items() for _ in range(count)):
        for _ in range(100):
            hole = np.zeros(shape, bool)
            center = (x + width * rng.uniform(-0.4, 0.4), y + width * rng.uniform(-0.5, 0.5))
            if kind == BLOT:
                _draw_blot(hole, masks, rng, center, width)
            else:
                draw_stroke(hole, sample_stroke(rng, kind, center, width))
            if hole.any() and not (taken & hole).any():
                break
        else:
            continue
        strokes.append((kind, hole))
        around = np.ones((2 * apart + 1,) * 2, np.uint8)
        taken |= cv2.dilate(hole.astype(np.uint8), around)
    return strokes


def _draw_blot(hole, masks, rng, center, face_width) -> None:
    side = int(face_width * rng.uniform(*BLOT_WIDTH))
    drawing = list(masks.values())[rng.integers(len(masks))].astype(np.float32)
    drawing = cv2.resize(drawing, (side, side)) >= 0.25
    left, top = (int(value - side / 2) for value in center)
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + side, hole.shape[0]), min(left + side, hole.shape[1])
    if y0 < y1 and x0 < x1:
        hole[y0:y1, x0:x1] = drawing[y0 - top : y1 - top, x0 - left : x1 - left]


@dataclass(frozen=True)
class Exam:
    """Unas fotos con trazos, y las notas de cualquier método que los restaure."""

    cases: Sequence[Case]

    @property
    def photos(self) -> np.ndarray:
        """Las fotos intactas, si miden lo mismo: uint8 (n, lado, lado, 3)."""
        return np.stack([case.photo for case in self.cases])

    def strokes(self) -> dict[str, list]:
        """De cada trazo: en qué foto está, su clase y cuántos píxeles tiene."""
        rows = [
            (case.name, kind, int(hole.sum())) for case in self.cases for kind, hole in case.strokes
        ]
        names = ("foto", "clase", "pixeles")
        return {name: [row[index] for row in rows] for index, name in enumerate(names)}

    def inputs(self, params: EraseParams) -> np.ndarray:
        """Las fotos como las ve una red: float32 (n, lado, lado, 4), como en `make_pairs`.

        params: cómo se borró aquello de lo que aprendió; cuentan el color de los huecos y el ruido.
        """
        holes = np.stack([case.hole for case in self.cases])
        erased = np.where(holes[..., None], np.array(params.fill, np.uint8), self.photos)
        if params.noise:
            erased = with_noise(erased, holes, np.random.default_rng(0))
        return np.concatenate([to_float(erased), holes[..., None]], -1, dtype=np.float32)

    def restore(self, method: Method, title: str = "") -> Iterator[np.ndarray]:
        """Las fotos que restaura un método, de una en una: uint8 (alto, ancho, 3)."""
        for case in tqdm(self.cases, title, unit="foto", leave=False, disable=not title):
            yield method(case.painted, case.hole)

    def mark(self, restored: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
        """Mide cada trazo de unas fotos restauradas: {medida: float (trazos,)} (`score_hole`)."""
        rows = [
            case.marks(image, hole)
            for image, case in zip(restored, self.cases, strict=True)
            for _, hole in case.strokes
        ]
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def score(self, method: Method, title: str = "") -> dict[str, np.ndarray]:
        """Las notas de lo que restaura un método, como las da `mark`."""
        return self.mark(self.restore(method, title))


def portraits_exam(
    portraits: Sequence[tuple[str, np.ndarray, tuple[float, float, float]]],
    masks: Masks,
    variant: str = "tal cual",
) -> Exam:
    """Retratos a su tamaño, con trazos en proporción a la cara; en cada variante, los mismos.

    portraits: [(nombre, uint8 (alto, ancho, 3), cara como en `paint_face`)].
    Lanza UserError si alguno no lo es, o si alguna máscara no vale.
    """
    cases = []
    for index, (name, photo, face) in enumerate(portraits):
        check_image(f"La foto «{name}»", photo)
        strokes = paint_face(photo.shape[:2], face, masks, np.random.default_rng([0, index]))
        photo = VARIANTS[variant](photo, np.random.default_rng([1, index]))
        cases.append(Case(name, photo, strokes))
    return Exam(cases)


def small_exam(
    portraits: Sequence[tuple[str, np.ndarray, tuple[float, float, float]]], masks: Masks
) -> Exam:
    """Fotos pequeñas de verdad: retratos reducidos y guardados en JPEG de 60 a 90, con trazos.

    portraits: como en `portraits_exam`. De cada uno salen dos fotos, de un ancho sí y otro no de
    `SMALL_FACES`, que es la clase de sus trazos; nunca se amplía.
    Lanza lo que `portraits_exam`.
    """
    cases = []
    for index, (name, photo, face) in enumerate(portraits):
        check_image(f"La foto «{name}»", photo)
        for kind, (low, high) in list(SMALL_FACES.items())[index % 2 :: 2]:
            rng = np.random.default_rng([2, index, low])
            scale = rng.uniform(low, high) / face[2]
            if scale > 1:
                continue
            small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            small = jpeg(small, int(rng.integers(60, 91)))
            x, y, width = (value * scale for value in face)
            strokes = paint_face(small.shape[:2], (x, y, width), masks, rng, apart=SMALL_APART)
            cases.append(Case(name, small, [(kind, hole) for _, hole in strokes]))
    return Exam(cases)


def faces_exam(faces: np.ndarray, masks: Masks, params: EraseParams, seed: int = 0) -> Exam:
    """Caras que llenan la imagen, con las máscaras del libro, como en el capítulo 2.

    faces: uint8 (n, lado, lado, 3).
    Lanza UserError si no lo son, o si alguna máscara no vale.
    """
    check_faces("Las caras", faces)
    rng = np.random.default_rng(seed)
    kind = f"escala {params.scale[0]:.0f} a {params.scale[1]:.0f}"
    holes = (erase_at_random(face, rng, masks, params)[1] > 0 for face in faces)
    return Exam(
        [
            Case(str(index), face, [(kind, hole)])
            for index, (face, hole) in enumerate(zip(faces, holes, strict=True))
        ]
    )
