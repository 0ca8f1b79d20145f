"""Los rasgos de una cara y los huecos que los tapan: un ojo, la nariz, la boca, media cara...

Una cara se describe con seis puntos, como los da `restoration.faces`: los dos ojos, la nariz, la
boca y las dos orejas. Una cara **derecha** (upright) es la misma girada y escalada para que los
ojos caigan siempre en el mismo sitio: así la red que aprende de pocas caras ve cada rasgo en el
suyo.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..checks import check_image

EYE, EYES, NOSE, MOUTH, HALF = "un ojo", "los dos ojos", "la nariz", "la boca", "media cara"

RADII = {
    EYE: ((0.34, 0.48), (0.24, 0.36)),
    EYES: ((0.85, 1.05), (0.26, 0.42)),
    NOSE: ((0.30, 0.42), (0.38, 0.52)),
    MOUTH: ((0.45, 0.65), (0.26, 0.40)),
    HALF: ((0.95, 1.20), (1.30, 1.60)),
}
"""Entre qué semiejes va cada hueco, a lo ancho y a lo largo de la cara.

En veces lo que hay de un ojo al otro o de los ojos a la boca, lo que sea mayor: en una cara ladeada
los ojos se juntan."""

WAVES = 0.06
"""Cuánto ondula el contorno, como mucho y por cada onda, en partes del radio."""

UPRIGHT = np.array([[0.35, 0.42], [0.65, 0.42], [0.5, 0.59], [0.5, 0.745], [0.2, 0.5], [0.8, 0.5]])
"""Dónde caen los seis puntos en una cara derecha, en partes de su lado. Los ojos, siempre; los
demás, de media en los retratos de los que aprende la red."""

TURNED = 0.8
"""Si los ojos distan menos que esto de lo que va de ellos a la boca, la cara está de lado."""


def _spans(points: np.ndarray) -> tuple[float, float]:
    """Lo que hay de un ojo a otro y de los ojos a la boca, en píxeles."""
    right, left, _, mouth = points[:4]
    return float(np.hypot(*(left - right))), float(np.hypot(*(mouth - (right + left) / 2)))


def upright(points: np.ndarray, side: int, span: float = 1.0) -> np.ndarray:
    """La matriz (2, 3) que lleva de los píxeles de una foto a los de su cara derecha.

    points: float (6, 2), los de la cara en la foto. side: lado, en píxeles, de la cara derecha.
    span: cuánto abarca, en veces lo que `UPRIGHT`; con 2, también lo que la rodea.
    """
    right, left = points[:2]
    across = left - right
    apart, down = _spans(points)
    scale = (UPRIGHT[1, 0] - UPRIGHT[0, 0]) / span * side / max(apart, TURNED * down)
    cosine, sine = scale * across / max(np.hypot(*across), 1e-6)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    eyes = ((UPRIGHT[0] + UPRIGHT[1]) / 2 - 0.5) / span + 0.5
    shift = eyes * side - turn @ ((right + left) / 2)
    return np.column_stack([turn, shift])


def cut_upright(photo: np.ndarray, points: np.ndarray, side: int, span: float = 1.0) -> np.ndarray:
    """La cara derecha de una foto: uint8 (side, side, 3). Lo que cae fuera es su reflejo.

    photo: uint8 (alto, ancho, 3). points, span: como en `upright`.
    Lanza UserError si no es una foto.
    """
    check_image("La foto", photo)
    matrix = upright(points, side, span)
    scale = np.hypot(*matrix[0, :2])
    if scale < 1:
        photo = cv2.GaussianBlur(photo, (0, 0), max(0.4 / scale, 0.01))
    return cv2.warpAffine(
        photo, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )


def draw_feature(
    shape: tuple[int, int], points: np.ndarray, kind: str, rng: np.random.Generator
) -> np.ndarray:
    """Dibuja uno de los huecos de `RADII`, con un contorno que ondula: bool (alto, ancho).

    shape: (alto, ancho) de la imagen. points: float (6, 2), en sus píxeles.
    """
    right, left, nose, mouth = points[:4]
    middle = (right + left) / 2
    across = left - right
    center = {
        EYE: points[rng.integers(2)],
        EYES: middle,
        NOSE: nose + 0.15 * (middle - nose),
        MOUTH: mouth,
        HALF: (middle + mouth) / 2,
    }[kind]
    wide, long = (rng.uniform(*limits) for limits in RADII[kind])
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    radius = 1 + sum(
        rng.uniform(0, WAVES) * np.cos(count * angle + rng.uniform(0, 2 * np.pi))
        for count in (2, 3, 4, 5)
    )
    x, y = wide * radius * np.cos(angle), long * radius * np.sin(angle)
    if kind == HALF:
        side = rng.choice([-1, 1])
        x = side * np.maximum(side * x, 0)
    axis = across / np.hypot(*across)
    turned = x[:, None] * axis + y[:, None] * np.array([-axis[1], axis[0]])
    hole = np.zeros(shape, np.uint8)
    cv2.fillPoly(hole, [np.rint(center + max(_spans(points)) * turned).astype(np.int32)], 1)
    return hole.astype(bool)
