"""Encontrar imperfecciones: una red mira cada cara derecha y propone qué quitar.

Es una U-Net, de foto a mapa: de cada píxel dice con qué probabilidad es de una marca (cómo
aprendió, en `experiments/buscador.py`). Los ojos, las cejas, la nariz y la boca no se proponen
nunca. Proponer no es quitar: de lo propuesto se elige, y lo elegido es el hueco de `restore_photo`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime

from ..checks import check_image, check_number
from ..data.marks import EXTENT, LARGEST, THRESHOLD, skin
from ..data.pairs import IMAGE
from ..files import ASSETS, published_digest, read_published
from ..recipes import MAGENTA
from .faces import Face
from .turned import look

FINDER = ASSETS / "finder.onnx"
"""La red, en ONNX, con los pesos en float16."""

CHANCE = "probabilidad"
"""Cómo se llama en el archivo lo que devuelve."""

SIDE, FACE = 640, 450
"""Lado de la cara derecha como la ve la red, en píxeles, y lo que en él mide la cara de ancho."""

MARGIN = 1 / 200
"""Lo que se añade alrededor de cada marca, en lados de la cara derecha: su borde es difuso."""


class Proposal(NamedTuple):
    """Una marca que se propone quitar.

    where: (filas, columnas) de sus píxeles, como `np.nonzero`. chance: de 0 a 1, lo segura que está
    la red. size: su diámetro, el del disco de su área, en anchos de la cara.
    """

    where: tuple[np.ndarray, np.ndarray]
    chance: float
    size: float


@cache
def _finder() -> onnxruntime.InferenceSession:
    lost = f"La red que busca imperfecciones («{FINDER}») falta o está estropeada"
    content = read_published(FINDER, published_digest(FINDER.with_suffix(".json")), lost)
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])


def _chances(seen: np.ndarray) -> np.ndarray:
    """Con qué probabilidad es de una marca cada píxel: float32 (SIDE, SIDE).

    La red mira la cara y su reflejo, y vale la media: lo que solo ve en una de las dos queda a la
    mitad.
    """
    straight, mirrored = (
        _finder().run([CHANCE], {"x": np.ascontiguousarray(view)[None]})[0][0, ..., 0]
        for view in (seen, seen[:, ::-1])
    )
    return (straight + mirrored[:, ::-1]) / 2


def find_marks(
    photo: np.ndarray,
    faces: Iterable[Face],
    threshold: float = THRESHOLD,
    largest: float = LARGEST,
) -> list[Proposal]:
    """Las marcas que se proponen en las caras de una foto, de la más segura a la menos.

    photo: uint8 (alto, ancho, 3). faces: las de `find_faces`. threshold: de `EXTENT` a 1, lo segura
    que ha de estar la red. largest: de 0 a 1, el mayor diámetro, en anchos de la cara.
    Lanza UserError si no es una foto, si un número no vale o si falta la red.
    """
    check_image("La foto", photo)
    check_number("threshold", threshold, EXTENT, 1)
    check_number("largest", largest, 0, 1)
    known, found = np.zeros(photo.shape[:2], np.float32), []
    for face in faces:
        seen, matrix = look(photo, known, face.points, SIDE, MAGENTA)
        chances = _chances(seen[..., IMAGE])
        points = face.points @ matrix[:, :2].T + matrix[:, 2]
        likely = ((chances > EXTENT) & skin(SIDE, points / SIDE)).view(np.uint8)
        count, labels = cv2.connectedComponents(likely)
        for label in range(1, count):
            mark = labels == label
            chance = float(chances[mark].max())
            size = float(np.sqrt(4 / np.pi * mark.sum())) / FACE
            if chance > threshold and size <= largest:
                where = bring_back(mark, matrix, photo.shape[:2])
                found.append(Proposal(where, chance, size))
    # Lo que cae fuera de la foto es el reflejo de otra marca.
    return sorted((one for one in found if len(one.where[0])), key=lambda one: -one.chance)


def hole_of(proposals: Iterable[Proposal], shape: tuple[int, int]) -> np.ndarray:
    """El hueco que dejan unas propuestas en una foto de (alto, ancho): bool (alto, ancho)."""
    hole = np.zeros(shape, bool)
    for proposal in proposals:
        hole[proposal.where] = True
    return hole


def bring_back(
    mark: np.ndarray, matrix: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Los píxeles de una foto de (alto, ancho) en los que cae una marca de su cara derecha.

    mark: bool (SIDE, SIDE). matrix: la de `look`.
    """
    # Al menos un píxel de la foto: en una cara pequeña, la marca podría no tocar ninguno.
    reach = max(MARGIN * SIDE, np.hypot(*matrix[0, :2]))
    away = cv2.distanceTransform((~mark).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    grown = away <= reach
    y, x = np.nonzero(grown)
    back = cv2.invertAffineTransform(matrix)
    corners = back @ [[x.min(), x.min(), x.max(), x.max()], [y.min(), y.max()] * 2, np.ones(4)]
    low = np.clip(np.floor(corners.min(1)) - 1, 0, shape[::-1]).astype(int)
    high = np.clip(np.ceil(corners.max(1)) + 2, 0, shape[::-1]).astype(int)
    rows, columns = np.mgrid[low[1] : high[1], low[0] : high[0]].reshape(2, -1)
    places = np.floor(matrix @ np.vstack([columns, rows, np.ones(len(rows))]) + 0.5).astype(int)
    inside = ((places >= 0) & (places < SIDE)).all(0)
    inside[inside] = grown[tuple(places[::-1, inside])]
    return rows[inside], columns[inside]
