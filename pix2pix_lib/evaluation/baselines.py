"""Con quién se compara una red: los clásicos, el primer relleno y lo que usa la gente.

Un método recibe una imagen borrada, uint8 (alto, ancho, 3), y su hueco, bool (alto, ancho), y
devuelve la imagen restaurada; fuera del hueco no cambia nada. Lanza UserError si no lo son.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

from ..checks import check_hole, check_image
from ..errors import UserError

Method = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(imagen borrada, hueco) -> imagen restaurada."""


def checked(method: Method) -> Method:
    """Un método que no acepta otra cosa que una imagen y su hueco."""

    @wraps(method)
    def restore(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
        check_image("La imagen", image)
        check_hole("El hueco", hole, image.shape[:2])
        return method(image, hole)

    return restore


@checked
def nothing(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Deja el hueco como está."""
    return image


@checked
def mean_color(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Pinta el hueco con el color medio de lo conocido."""
    return np.where(hole[..., None], np.rint(image[~hole].mean(0)), image).astype(np.uint8)


@checked
def telea(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Telea (2004): avanza desde el borde con medias ponderadas."""
    return cv2.inpaint(image, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)


@checked
def navier_stokes(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Bertalmio et al. (2001): prolonga las líneas de nivel como un fluido."""
    return cv2.inpaint(image, hole.astype(np.uint8), 3, cv2.INPAINT_NS)


@checked
def biharmonic(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """La superficie más suave que encaja con los bordes del hueco (ecuación biarmónica)."""
    filled = inpaint_biharmonic(image, hole, channel_axis=-1, split_into_regions=True)
    restored = np.clip(np.rint(filled * 255), 0, 255).astype(np.uint8)
    return np.where(hole[..., None], restored, image)


@checked
def patchmatch(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Barnes et al. (2009): copia parches de la misma foto, como el «relleno según contenido».

    Lanza UserError si falta el paquete patchmatch-cython.
    """
    try:
        from patchmatch_cython import inpaint_pyramid
    except ImportError:
        raise UserError(
            "Para comparar con PatchMatch hace falta patchmatch-cython: instálalo con «pip "
            "install patchmatch-cython»."
        ) from None
    return np.where(hole[..., None], inpaint_pyramid(image, hole, seed=0), image)


HEALING_REACH = 1.5
"""Hasta dónde busca el pincel corrector, en veces el lado del trazo."""

LEAST_REACH = 32
"""Y en píxeles, como poco."""

RIM = 6
"""Píxeles de alrededor del trazo que han de encajar."""


@checked
def healing_brush(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """El pincel corrector: para cada trazo, el parche de cerca que mejor encaja, clonado.

    Encaja el parche cuyo contorno se parece más al del trazo; clonarlo con la ecuación de Poisson
    (Pérez et al., 2003) le da el color de su sitio nuevo. Si no lo hay, queda el de Telea.
    """
    image = cv2.copyMakeBorder(telea(image, hole), RIM, RIM, RIM, RIM, cv2.BORDER_REFLECT)
    missing = cv2.copyMakeBorder(hole.astype(np.uint8), RIM, RIM, RIM, RIM, cv2.BORDER_CONSTANT)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(missing)
    for left, top, width, height in boxes[1:, :4]:
        reach = max(int(HEALING_REACH * max(width, height)), LEAST_REACH) + RIM
        spot = (slice(top - RIM, top + height + RIM), slice(left - RIM, left + width + RIM))
        near = (
            slice(max(top - reach, 0), top + height + reach),
            slice(max(left - reach, 0), left + width + reach),
        )
        label = labels[spot][missing[spot] > 0]
        stroke = labels[spot] == np.bincount(label).argmax()
        source = _best_patch(image[near], missing[near], image[spot], missing[spot])
        if source is None:
            continue
        # OpenCV encoge el hueco tres píxeles y lo centra en el punto que se le da.
        center = (RIM + int(width) // 2, RIM + int(height) // 2)
        mask = cv2.dilate(stroke.astype(np.uint8) * 255, np.ones((7, 7)))
        cloned = cv2.seamlessClone(source, image[spot], mask, center, cv2.NORMAL_CLONE)
        image[spot][stroke] = cloned[stroke]
    return image[RIM:-RIM, RIM:-RIM]


def _best_patch(
    area: np.ndarray, missing: np.ndarray, target: np.ndarray, hole: np.ndarray
) -> np.ndarray | None:
    """El parche entero de `area` más parecido a lo que se conoce de `target`; None si no hay."""
    weights = np.repeat((1.0 - hole)[..., None], 3, -1).astype(np.float32)
    cost = cv2.matchTemplate(
        area.astype(np.float32), target.astype(np.float32), cv2.TM_SQDIFF, mask=weights
    )
    spoiled = cv2.matchTemplate(
        missing.astype(np.float32), np.ones(hole.shape, np.float32), cv2.TM_CCORR
    )
    cost[(spoiled > 0.5) | ~np.isfinite(cost)] = np.inf
    if np.isinf(cost).all():
        return None
    row, column = np.unravel_index(cost.argmin(), cost.shape)
    return area[row : row + hole.shape[0], column : column + hole.shape[1]]


CLASSICS: dict[str, Method] = {
    "no hacer nada": nothing,
    "color medio": mean_color,
    "Telea": telea,
    "Navier-Stokes": navier_stokes,
    "biarmónica": biharmonic,
}
"""Los clásicos, por su nombre en las tablas."""

RIVALS: dict[str, Method] = {
    name: CLASSICS[name] for name in ("Telea", "Navier-Stokes", "biarmónica")
} | {"PatchMatch": patchmatch, "pincel corrector": healing_brush}
"""Los del examen: los clásicos y lo que usa la gente."""
