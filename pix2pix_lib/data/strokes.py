"""Trazos como los que se pintan sobre una foto: manchas, arañazos y rayas.

Las máscaras de `masks` borran trozos grandes, en cualquier sitio; estos trazos son lo que alguien
quiere quitar de una cara: un grano, un rasguño, un pelo. Se miden en partes del ancho de la cara.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SPOT, SCRATCH, LINE = "mancha", "arañazo", "raya"

WIDTHS = {SPOT: (0.01, 0.06), SCRATCH: (0.005, 0.015), LINE: (0.01, 0.06)}
"""Entre qué grosores va cada trazo, en partes del ancho de la cara."""

LENGTHS = {SPOT: (0.0, 0.02), SCRATCH: (0.15, 0.6), LINE: (0.2, 0.8)}
"""Y entre qué largos."""

BEND = {SPOT: 0.0, SCRATCH: 0.3, LINE: 0.0}
"""Cuánto se puede torcer, en partes de su largo."""


@dataclass(frozen=True)
class Stroke:
    """Un trazo: por dónde pasa y su grosor, todo en píxeles.

    points: ((x, y), ...), dos o más.
    """

    kind: str
    points: tuple[tuple[float, float], ...]
    width: float


def sample_stroke(
    rng: np.random.Generator, kind: str, center: tuple[float, float], face_width: float
) -> Stroke:
    """Elige un trazo con centro en (x, y), para una cara de `face_width` píxeles de ancho."""
    width, length = (face_width * rng.uniform(*limits[kind]) for limits in (WIDTHS, LENGTHS))
    angle = rng.uniform(0, np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    bend = BEND[kind] * length * rng.uniform(-1, 1)
    # Una parábola que pasa por el centro.
    places = np.linspace(-0.5, 0.5, 9 if bend else 2)[:, None]
    points = np.array(center) + places * length * along + bend * (4 * places**2 - 0.5) * across
    return Stroke(kind, tuple(map(tuple, points.tolist())), max(1.0, width))


def draw_stroke(hole: np.ndarray, stroke: Stroke) -> None:
    """Añade un trazo, de puntas redondas, a un hueco: bool (alto, ancho), que cambia."""
    points = np.rint(np.array(stroke.points) * 16).astype(np.int32)
    canvas = hole.view(np.uint8)
    cv2.polylines(canvas, [points], False, 1, round(stroke.width), cv2.LINE_8, shift=4)


def sample_strokes(rng: np.random.Generator, size: int) -> list[Stroke]:
    """Elige los trazos de una ventana de `size` píxeles, de un cuarto de cara a media ventana.

    Cuanto más finos son, más caben: de 1 a 12.
    """
    face_width = size * np.exp(rng.uniform(np.log(0.5), np.log(4)))
    count = rng.integers(1, 2 + int(6 * size / face_width))
    return [
        sample_stroke(rng, kind, tuple(rng.uniform(0, size, 2)), face_width)
        for kind in rng.choice(list(WIDTHS), count)
    ]
