"""El juez: dos recortes del mismo sitio, el restaurado y el de verdad, y dice cuál es el de verdad.

Es una prueba de elección forzosa entre dos (*two-alternative forced choice*; Green y Swets, 1966,
*Signal Detection Theory and Psychophysics*, capítulo 2) que hacen unas redes en vez de una persona,
como en las pruebas de dos muestras con un clasificador (Lopez-Paz y Oquab, 2017): si aciertan la
mitad de las veces, no ven la diferencia. Son cinco, iguales salvo en la semilla, y están
congelados. Cómo aprendieron y qué controles pasan: `book/ficha_juez.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import cv2
import numpy as np
import onnxruntime

from ..errors import UserError
from ..files import ASSETS, published_digest, read_published
from ..restoration.windows import inside
from .exams import Case

FILE = ASSETS / "judge.onnx"
"""Los cinco jueces, en ONNX, con los pesos en float16."""

RECORD = ASSETS / "judge.json"
"""Su huella SHA-256, y lo que hace falta para repetirlos; lo hace `experiments/juez.py`."""

SIDE = 64
"""Lado, en píxeles, de lo que ve un juez."""

AROUND = 1.25
"""De lejos, el recorte mide tantas veces el lado del hueco."""

BATCH = 64

Square = tuple[slice, slice]


def square(center: tuple[int, int], side: int, shape: tuple[int, int]) -> Square:
    """El cuadrado con ese centro (fila, columna) que no se sale de la imagen (alto, ancho)."""
    side = min(side, *shape)
    top, left = (inside(middle, side, length) for middle, length in zip(center, shape, strict=True))
    return slice(top, top + side), slice(left, left + side)


def looks(hole: np.ndarray) -> list[Square]:
    """Los cuadrados en los que se mira un hueco, bool (alto, ancho): uno o dos.

    De cerca, `SIDE` píxeles con el trozo de en medio del hueco en el centro; y, si el hueco no
    cabe en ellos, también de lejos, con el hueco entero. Lanza UserError si no hay hueco.
    """
    rows, columns = np.nonzero(hole)
    if not len(rows):
        raise UserError("No hay ningún hueco que juzgar: marca al menos un píxel.")
    middle = len(rows) // 2
    near = square((int(rows[middle]), int(columns[middle])), SIDE, hole.shape)
    side = round(AROUND * (1 + max(np.ptp(rows), np.ptp(columns))))
    if side <= SIDE:
        return [near]
    center = (int(rows.min() + rows.max()) // 2, int(columns.min() + columns.max()) // 2)
    return [near, square(center, side, hole.shape)]


def crop(image: np.ndarray, place: Square) -> np.ndarray:
    """Lo que ve un juez de un cuadrado de una imagen o de un hueco: (SIDE, SIDE) y sus canales."""
    cut = np.ascontiguousarray(image[place])
    if len(cut) == SIDE:
        return cut
    kind = cv2.INTER_AREA if len(cut) > SIDE else cv2.INTER_CUBIC
    if cut.dtype == bool:
        return cv2.resize(cut.astype(np.float32), (SIDE, SIDE), interpolation=kind) > 0.25
    return cv2.resize(cut, (SIDE, SIDE), interpolation=kind)


class Judges:
    """Los cinco jueces, que corren con onnxruntime."""

    def __init__(self, content: bytes):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )

    def prefer(self, first: np.ndarray, second: np.ndarray, holes: np.ndarray) -> np.ndarray:
        """Cuánto prefiere cada juez el primer recorte como el de verdad: float32 (jueces, n).

        first, second: uint8 (n, SIDE, SIDE, 3), del mismo sitio; holes: bool (n, SIDE, SIDE). Es
        el logaritmo de las apuestas: 0 si le dan igual, y con los recortes al revés cambia de
        signo.
        """
        answers = []
        for start in range(0, len(first), BATCH):
            part = slice(start, start + BATCH)
            crops = {
                name: images[part].astype(np.float32)
                for name, images in (("primero", first), ("segundo", second), ("hueco", holes))
            }
            answers.append(self.session.run(None, crops)[0])
        return np.concatenate(answers).T

    def right_answers(self, restored: Iterable[np.ndarray], cases: Iterable[Case]) -> np.ndarray:
        """Si cada juez acierta cuál es la original en cada trazo: float (jueces, trazos).

        restored: las fotos de un examen, restauradas, uint8 (alto, ancho, 3); cases: sus casos,
        en el mismo orden. 1 si acierta, 0 si no y 0.5 si le dan igual; del trazo que se mira de
        cerca y de lejos decide la media. Lanza UserError si un hueco está vacío.
        """
        pairs, owners = [], []
        strokes = 0
        for image, case in zip(restored, cases, strict=True):
            for _, hole in case.strokes:
                for place in looks(hole):
                    pairs.append([crop(each, place) for each in (case.photo, image, case.hole)])
                    owners.append(strokes)
                strokes += 1
        preference = self.prefer(*map(np.stack, zip(*pairs, strict=True)))
        sums = np.array([np.bincount(owners, weights=one) for one in preference])
        return (1 + np.sign(sums)) / 2


@cache
def load_judges() -> Judges:
    """Los jueces del libro.

    Lanza UserError si el archivo falta o no es el que se publicó.
    """
    lost = f"Los jueces del libro («{FILE}») faltan o están estropeados"
    return Judges(read_published(FILE, published_digest(RECORD), lost))
