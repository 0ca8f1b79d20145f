"""Imperfecciones pintadas sobre una piel: lunares, granos, rojeces, manchas, cicatrices y polvo.

No hay parejas libres de una cara con sus imperfecciones señaladas, así que se pintan. La piel se ve
del color de la luz que no absorben la melanina (marrón) y la hemoglobina (roja): un lunar es más de
lo primero; una rojez, de lo segundo; una cicatriz, menos de las dos (Tsumura et al., 1999, *J. Opt.
Soc. Am. A* 16). El polvo, los pelos y los arañazos no están en la piel, sino en la copia.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike

MOLE, PIMPLE, REDNESS, SUNSPOT, SCAR = "lunar", "grano", "rojez", "mancha de sol", "cicatriz"
DUST, HAIR, SCRATCH = "mota", "pelo", "arañazo"

SIZES = {
    MOLE: (0.004, 0.025),
    PIMPLE: (0.006, 0.025),
    REDNESS: (0.015, 0.06),
    SUNSPOT: (0.01, 0.04),
    SCAR: (0.004, 0.02),
    DUST: (0.003, 0.012),
    HAIR: (0.002, 0.005),
    SCRATCH: (0.002, 0.006),
}
"""Entre qué anchos va cada una, en partes del ancho de la cara."""

LENGTHS = {SCAR: (2, 8), HAIR: (20, 90), SCRATCH: (20, 120)}
"""Cuántas veces más largas que anchas son; las demás, de 1 a 1.6."""

SOFTNESS = {MOLE: 0.15, PIMPLE: 0.35, REDNESS: 0.6, SUNSPOT: 0.25, SCAR: 0.3}
"""Desviación del borde, en anchos de la marca; las de la copia, 0.1."""

MELANIN, HEMOGLOBIN = np.array([0.4, 0.75, 1.1]), np.array([0.15, 1.0, 0.75])
"""Lo que absorbe cada pigmento del rojo, el verde y el azul; solo cuenta la proporción."""

PIGMENTS = {
    MOLE: MELANIN,
    PIMPLE: HEMOGLOBIN + 0.2 * MELANIN,
    REDNESS: HEMOGLOBIN,
    SUNSPOT: 0.7 * MELANIN + 0.2 * HEMOGLOBIN,
    SCAR: -0.6 * MELANIN - 0.6 * HEMOGLOBIN,
}

GAMMA = 2.2
"""De la luz, de 0 a 1, al nivel que se guarda, también de 0 a 1, se eleva a 1/GAMMA."""

FAINTEST, STRONGEST = 5, 110
"""Entre qué cambios medios va una marca, en niveles de gris."""


class Mark(NamedTuple):
    """Una marca pintada.

    kind: su clase. change: lo que cambia la piel en medio de ella, en niveles. where: bool (alto,
    ancho), los píxeles que son suyos.
    """

    kind: str
    change: float
    where: np.ndarray


def shape_of(
    rng: np.random.Generator,
    kind: str,
    width: float,
    length: float,
    center: tuple[float, float],
    shape: tuple[int, int],
) -> np.ndarray:
    """Cuánto hay de la marca en cada píxel: float32 (alto, ancho), de 0 a 1.

    width, length: su ancho y su largo, en píxeles. shape: (alto, ancho) de la imagen.
    """
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    canvas = np.zeros(shape, np.uint8)
    if kind in LENGTHS:
        along = np.linspace(-0.5, 0.5, 24)
        bend = rng.uniform(-0.4, 0.4) if kind == HAIR else rng.uniform(-0.08, 0.08)
        points = length * np.column_stack([along, bend * (4 * along**2 - 0.5)])
        points[:, 1] += 0.02 * length * np.sin(rng.uniform(4, 10) * along + rng.uniform(0, 6))
        places = np.rint((points @ turn.T + center) * 16).astype(np.int32)
        cv2.polylines(canvas, [places], False, 255, max(1, round(width)), cv2.LINE_AA, 4)
    else:
        around = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        radius = np.ones_like(around) + sum(
            rng.uniform(0, 0.12) * np.cos(count * around + rng.uniform(0, 2 * np.pi))
            for count in (2, 3, 5)
        )
        points = 0.5 * np.column_stack([length * np.cos(around), width * np.sin(around)])
        places = np.rint((radius[:, None] * points @ turn.T + center) * 16).astype(np.int32)
        cv2.fillPoly(canvas, [places], 255, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), softness(kind, width))


def softness(kind: str, width: float) -> float:
    """La desviación del borde de una marca, en píxeles."""
    return max(0.4, SOFTNESS.get(kind, 0.1) * width)


def paint_mark(
    photo: np.ndarray,
    rng: np.random.Generator,
    kind: str,
    center: tuple[float, float],
    face_width: float,
) -> tuple[np.ndarray, Mark]:
    """Pinta una marca en (x, y): uint8 (alto, ancho, 3), otra, y la marca.

    photo: uint8 (alto, ancho, 3). face_width: ancho de la cara, en píxeles.
    """
    low, high = np.log(SIZES[kind])
    width = max(1.2, face_width * np.exp(rng.uniform(low, high)))
    length = width * rng.uniform(*LENGTHS.get(kind, (1, 1.6)))
    # Solo se toca lo que la rodea.
    reach = int(0.8 * length + 4 * softness(kind, width)) + 3
    height, across = photo.shape[:2]
    left, right = (int(np.clip(center[0] + side, 0, across)) for side in (-reach, reach + 1))
    top, bottom = (int(np.clip(center[1] + side, 0, height)) for side in (-reach, reach + 1))
    near, where = (slice(top, bottom), slice(left, right)), np.zeros((height, across), bool)
    if left == right or top == bottom:
        return photo, Mark(kind, 0.0, where)
    spot, moved = photo[near], (center[0] - left, center[1] - top)
    amount = shape_of(rng, kind, width, length, moved, spot.shape[:2])[..., None]
    wanted = np.exp(rng.uniform(np.log(FAINTEST), np.log(STRONGEST)))
    if kind in PIGMENTS:
        light = (spot / 255.0) ** GAMMA
        light = light * np.exp(-_strength(light, amount, kind, wanted) * PIGMENTS[kind] * amount)
        if kind == PIMPLE and rng.random() < 0.5:
            offset = np.array(moved) + rng.uniform(-0.2, 0.2, 2) * width
            size = 0.3 * width
            gloss = shape_of(rng, MOLE, size, size, tuple(offset), spot.shape[:2])[..., None]
            light = light + gloss * rng.uniform(0.1, 0.5) * (1 - light)
        painted = 255 * np.clip(light, 0, 1) ** (1 / GAMMA)
    else:
        tone = rng.uniform(170, 255) if rng.random() < 0.6 else rng.uniform(0, 60)
        color = tone + rng.normal(0, 6, 3)
        apart = np.abs(color - spot[amount[..., 0] >= amount.max()].mean(0)).mean()
        painted = spot + min(1.0, wanted / max(apart, 1.0)) * amount * (color - spot)
    painted = np.clip(np.rint(painted), 0, 255).astype(np.uint8)
    changed = np.abs(painted.astype(np.float32) - spot).mean(-1)
    change = float(changed[amount[..., 0] >= 0.5 * amount.max()].mean())
    where[near] = (amount[..., 0] > 0.2) & (changed >= max(2.0, 0.25 * change))
    whole = photo.copy()
    whole[near] = painted
    return whole, Mark(kind, change, where)


def _strength(light: np.ndarray, amount: np.ndarray, kind: str, wanted: float) -> float:
    """Cuánto pigmento cambia la piel, en medio de la marca, lo que se quiere; 4 como mucho.

    Se busca, porque el ojo no ve la luz en proporción.
    """
    core = light[amount[..., 0] >= 0.9 * amount.max()].mean(0)
    amounts = np.linspace(0.02, 4, 60)[:, None]
    seen = np.clip(core * np.exp(-amounts * PIGMENTS[kind]), 0, 1) ** (1 / GAMMA)
    change = 255 * np.abs(seen - core ** (1 / GAMMA)).mean(1)
    return float(amounts[min(int(np.searchsorted(change, wanted)), len(amounts) - 1)].item())


EXTENT = 0.5
"""Para quien las busca, una marca son los píxeles contiguos con una probabilidad mayor que esta."""

THRESHOLD = 0.85
"""Se propone si la de alguno es mayor que esta."""

LARGEST = 0.1
"""Diámetro, en anchos de la cara, hasta el que se propone."""

OVAL = ((0.5, 0.52), (0.32, 0.44))
"""Centro y radios de la cara derecha, en partes de su lado: fuera hay pelo, orejas y fondo."""

POINTS = ((0.35, 0.42), (0.65, 0.42), (0.5, 0.6), (0.5, 0.75))
"""Dónde caen en ella los dos ojos, la nariz y la boca de una cara de frente."""

AROUND = (
    (-0.02, (0.13, 0.085)),
    (-0.02, (0.13, 0.085)),
    (0.02, (0.085, 0.045)),
    (0.0, (0.16, 0.075)),
)
"""Lo que no es piel, alrededor de cada uno: cuánto más abajo está su centro, y sus radios."""


def skin(side: int, points: ArrayLike = POINTS) -> np.ndarray:
    """Dónde puede haber una marca en una cara derecha: bool (side, side).

    points: float (4 o más, 2), los dos ojos, la nariz y la boca, en partes del lado: en una cara de
    perfil, la nariz y la boca no caen en medio.
    """
    rows, columns = (np.mgrid[:side, :side] + 0.5) / side

    def ellipse(center: tuple[float, float], radii: tuple[float, float]) -> np.ndarray:
        return ((columns - center[0]) / radii[0]) ** 2 + ((rows - center[1]) / radii[1]) ** 2 < 1

    features = [
        ellipse((x, y + lower), radii)
        for (x, y), (lower, radii) in zip(np.asarray(points)[:4], AROUND, strict=True)
    ]
    return ellipse(*OVAL) & ~np.any(features, axis=0)
