"""Restaurar fotos de verdad, a su tamaño: buscar lo pintado, llevarlo a la red y devolverlo.

La red ve ventanas cuadradas, a la escala a la que aprendió: al menos un cuarto de cara y bastante
mayores que el trazo. Si una ventana así no cabe en los píxeles que ve la red, se mira primero de
lejos y después, cada vez más de cerca, se afina. Una foto más pequeña que la red se rodea de su
reflejo. Fuera de los huecos no se toca ni un píxel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
from tqdm import tqdm

from ..checks import check_hole, check_image
from ..data.pairs import GUESS
from ..errors import UserError
from ..recipes import EraseParams
from . import turned, windows
from .faces import Face, find_faces
from .grain import add_grain

GRAY = 4
"""Diferencia entre canales, en niveles, hasta la que una foto es en blanco y negro."""

SAMPLE = 100_000
"""Con tantos píxeles, más o menos, basta para saber si una foto es en blanco y negro."""

SMALL_FACE = 150
"""Ancho de cara, en píxeles, hasta el que no se pone grano: de un píxel al de al lado ya no hay
poros, sino rasgos. En veinte retratos de elegir de cada conjunto, reducidos y en JPEG, el gradiente
del trazo es allí 0.86 o más sin grano, y el grano cuesta de 1 a 2 dB; no se guardó."""

PATIENCE = 5
"""Segundos a partir de los que se dice cuánto falta."""


class Network(Protocol):
    """Lo que hace falta de una red para restaurar fotos con ella: la del libro o un `Pix2Pix`.

    size: lado de la imagen que ve. erase: cómo se borró aquello de lo que aprendió: dice de qué
    color son los huecos (`fill`) y si sabe afinar un color aproximado (`guesses`). upright: la red
    que ve la cara derecha cuando un trazo puede taparle un rasgo, o None si no la hay.
    """

    @property
    def size(self) -> int: ...

    @property
    def erase(self) -> EraseParams: ...

    @property
    def upright(self) -> Network | None: ...

    def restore(self, x: np.ndarray) -> np.ndarray:
        """De float32 (n, size, size, 4) a uint8 (n, size, size, 3)."""


def restore_photo(
    network: Network,
    photo: np.ndarray,
    hole: np.ndarray,
    grain: bool = True,
    features: bool = True,
) -> np.ndarray:
    """Restaura los huecos de una foto de cualquier tamaño; lo demás queda igual, byte a byte.

    photo: uint8 (alto, ancho, 3); hole: bool (alto, ancho).
    grain: si al acabar se pone el grano de lo que rodea al hueco (véase `grain`), salvo en las
    caras pequeñas.
    features: si los rasgos tapados se dibujan, con `network.upright`; si no, quedan lisos.
    Devuelve uint8 (alto, ancho, 3); si la foto es en blanco y negro, lo restaurado también.
    Lanza UserError si no es una foto o no es su hueco, si no hay nada que restaurar o si el hueco
    es la foto entera.
    """
    check_image("La foto", photo)
    check_hole("El hueco", hole, photo.shape[:2])
    if not hole.any():
        raise UserError("No hay nada pintado: pinta encima de lo que quieras quitar.")
    if hole.all():
        raise UserError("Está pintada la foto entera: deja algo de lo que partir.")
    highest = max(0, int(np.log2(max(hole.shape) / network.size)))
    restored, missing = photo.copy(), hole.copy()
    # Lo tapado no dice dónde están los ojos: no se sabe si es una mancha.
    restored[hole] = cv2.mean(photo, (~hole).view(np.uint8))[:3]
    faces = find_faces(restored)
    if features and network.upright:
        for face in faces:
            _draw_features(network.upright, restored, missing, face)
    levels, strokes = windows.levels(missing, faces, network.size, highest)
    refines, fill, state = network.erase.guesses > 0, network.erase.fill, missing.astype(np.float32)
    plan = windows.plan(levels, strokes, network.size, refines)
    with tqdm(None, "Restaurando", len(plan), leave=False, unit="ventana", delay=PATIENCE) as bar:
        for batch in windows.batches(plan):
            x = [windows.view(restored, state, window, network.size, fill) for window in batch]
            for window, guess in zip(batch, network.restore(np.stack(x)), strict=True):
                mine = levels[window.middle] == window.level + 1
                restored[window.middle][mine] = windows.enlarge(guess, window)[mine]
                again = window.level and refines
                state[window.middle][mine] = GUESS if again else 0
                levels[window.middle][mine] = window.level if again else 0
            bar.update(len(batch))
    if grain:
        restored = add_grain(restored, _out_of_small_faces(hole, faces))
    if _is_gray(photo, hole):
        restored[hole] = np.rint(restored[hole].mean(-1, keepdims=True))
    return restored


def _draw_features(network: Network, restored: np.ndarray, missing: np.ndarray, face: Face) -> None:
    """Dibuja lo que está tapado de los rasgos de una cara, que deja de faltar."""
    core = turned.core(missing, face.points, network.size)
    if not core.any():
        return
    state, fill = missing.astype(np.float32), network.erase.fill
    x, matrix = turned.look(restored, state, face.points, network.size, fill)
    (guess,) = network.restore(x[None])
    place, colors = turned.bring_back(guess, core, matrix, missing)
    restored[place], missing[place] = colors, False


def _out_of_small_faces(hole: np.ndarray, faces: Sequence[Face]) -> np.ndarray:
    """El hueco sin los trazos que caen en una cara pequeña."""
    if all(face.width >= SMALL_FACE for face in faces):
        return hole
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    widths = [windows.face_width(box, faces) for box in boxes[1:, :4].tolist()]
    return np.array([False, *(not 0 < width < SMALL_FACE for width in widths)])[labels]


def _is_gray(photo: np.ndarray, hole: np.ndarray) -> bool:
    step = max(1, hole.size // SAMPLE)
    known = photo.reshape(-1, 3)[::step][~hole.ravel()[::step]]
    return len(known) > 0 and np.mean(np.ptp(known, axis=-1) > GRAY) < 0.01
