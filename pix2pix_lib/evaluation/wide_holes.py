"""El examen de lo que cualquiera prueba primero: tapar un ojo, los dos, la nariz, la boca...

De lo restaurado se mide además si sigue siendo una cara: si sus puntos están donde estaban y si el
detector la ve igual.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from ..data.features import RADII, draw_feature
from ..restoration.faces import Face, find_faces, largest_face
from .exams import Case, Exam
from .metrics import color_error

NEAR = 0.25
"""Hasta dónde del hueco un punto de la cara cuenta como suyo, en veces la distancia entre ojos."""

LOST = 1.0
"""Cuánto se dice que se ha movido un punto, como mucho y si ya no se ve ninguna cara."""


def same_face(photo: np.ndarray, face: Face) -> Face | None:
    """La cara que el detector ve donde estaba otra; None si ahí ya no ve ninguna."""
    found = find_faces(photo)
    apart = [np.hypot(each.x - face.x, each.y - face.y) for each in found]
    if not found or min(apart) > face.width / 2:
        return None
    return found[int(np.argmin(apart))]


def score_face(restored: np.ndarray, face: Face, hole: np.ndarray) -> dict[str, float]:
    """Si lo restaurado sigue siendo la misma cara.

    face: la de la foto original. Devuelve «puntos» y «punto peor», lo que se mueven, de media y el
    que más, los puntos que el hueco tapa o tiene cerca (`NEAR`), en veces la distancia entre ojos y
    hasta `LOST`; y «cara», lo seguro que está el detector frente a lo que estaba con la original
    (0 si ya no ve ninguna).
    """
    now = same_face(restored, face)
    if now is None:
        return {"puntos": LOST, "punto peor": LOST, "cara": 0.0}
    eyes = np.hypot(*(face.points[0] - face.points[1]))
    away = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5)
    columns, rows = np.clip(face.points.astype(int), 0, np.array(hole.shape[::-1]) - 1).T
    near = away[rows, columns] <= NEAR * eyes
    moved = np.hypot(*(now.points - face.points)[near].T) / eyes
    return {
        "puntos": float(np.minimum(moved, LOST).mean()),
        "punto peor": float(min(moved.max(), LOST)),
        "cara": now.score / face.score,
    }


@dataclass(frozen=True)
class WideCase(Case):
    """Una foto con un hueco ancho, y la cara que se ve en ella entera."""

    face: Face

    def marks(self, restored: np.ndarray, hole: np.ndarray) -> dict[str, float]:
        return (
            super().marks(restored, hole)
            | {"color": color_error(restored, self.photo, hole)}
            | score_face(restored, self.face, hole)
        )


def wide_exam(photos: Iterable[tuple[str, np.ndarray]], seed: int = 3) -> Exam:
    """El examen de los huecos anchos: en cada foto, uno de `RADII`, que echa a suertes la semilla.

    photos: (nombre, uint8 (alto, ancho, 3)); en cada una se toma la cara más ancha, y las fotos en
    las que no se ve ninguna se saltan.
    """
    cases = []
    for index, (name, photo) in enumerate(photos):
        rng = np.random.default_rng([seed, index])
        face = largest_face(photo)
        if face is None:
            continue
        kind = str(rng.choice(list(RADII)))
        hole = draw_feature(photo.shape[:2], face.points, kind, rng)
        cases.append(WideCase(name, photo, [(kind, hole)], face))
    return Exam(cases)
