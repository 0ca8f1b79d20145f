"""Restaurar fotos de verdad, a su tamaño: buscar lo pintado, llevarlo a la red y devolverlo.

La red ve ventanas cuadradas, a la escala a la que aprendió: al menos un cuarto de cara y bastante
mayores que el trazo. Si una ventana así no cabe en los píxeles que ve la red, se mira primero de
lejos y después, cada vez más de cerca, se afina. Fuera de los huecos no se toca ni un píxel.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import cv2
import numpy as np

from .detection import Face, find_faces
from .errors import UserError
from .grain import add_grain, tiles
from .masks import EraseParams
from .pairs import GUESS, to_float

CONTEXT = 4
"""Lado de la ventana, como poco, en veces el grosor del trazo."""

FACE_SHARE = 1 / 4
"""Lado de la ventana, como poco, en partes del ancho de la cara."""

SMALLEST_WINDOW = 128
"""En las fotos más pequeñas que la red, las ventanas se amplían, pero no bajan de estos píxeles."""

GRAY = 4
"""Diferencia entre canales, en niveles, hasta la que una foto es en blanco y negro."""

SAMPLE = 100_000
"""Con tantos píxeles, más o menos, basta para saber si una foto es en blanco y negro."""


class Network(Protocol):
    """Lo que hace falta de una red para restaurar fotos con ella: la del libro o un `Pix2Pix`.

    size: lado de la imagen que ve. erase: cómo se borró aquello de lo que aprendió: dice de qué
    color son los huecos (`fill`) y si sabe afinar un color aproximado (`guesses`).
    """

    @property
    def size(self) -> int: ...

    @property
    def erase(self) -> EraseParams: ...

    def restore(self, x: np.ndarray) -> np.ndarray:
        """De float32 (n, size, size, 4) a uint8 (n, size, size, 3)."""


def _levels(
    hole: np.ndarray, faces: Sequence[Face], size: int, highest: int
) -> tuple[np.ndarray, list[tuple[int, tuple[int, int, int, int]]]]:
    """Cuántas veces hay que mirar a la mitad de tamaño cada trazo, de 0 a `highest`.

    Devuelve uint8 (alto, ancho), el nivel más uno de cada píxel del hueco y 0 en los demás; y los
    trazos: [(nivel, (arriba, izquierda, abajo, derecha))].
    """
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    levels = np.zeros(count, np.uint8)
    strokes = []
    for label in range(1, count):
        left, top, width, height = boxes[label, :4]
        inside = labels[top : top + height, left : left + width] == label
        inside = cv2.copyMakeBorder(inside.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        thickness = 2 * cv2.distanceTransform(inside, cv2.DIST_L2, 3).max()
        wanted = CONTEXT * thickness
        for x, y, face, *_ in faces:
            if max(abs(left + width / 2 - x), abs(top + height / 2 - y)) < face:
                wanted = max(wanted, FACE_SHARE * face)
        level = min(highest, max(0, int(np.ceil(np.log2(wanted / size)))))
        levels[label] = level + 1
        strokes.append((level, (top, left, top + height, left + width)))
    return levels[labels], strokes


def _inside(center: int, side: int, length: int) -> int:
    """Dónde empieza la ventana con ese centro que no se sale de la foto; si no cabe, centrada."""
    if side >= length:
        return (length - side) // 2
    return min(max(center - side // 2, 0), length - side)


def _cut(image: np.ndarray, top: int, left: int, side: int) -> np.ndarray:
    """Recorta una ventana; lo que cae fuera de la imagen es su reflejo."""
    height, width = image.shape[:2]
    y0, y1, x0, x1 = max(top, 0), min(top + side, height), max(left, 0), min(left + side, width)
    padding = [(y0 - top, top + side - y1), (x0 - left, left + side - x1)]
    padding += [(0, 0)] * (image.ndim - 2)
    patch = image[y0:y1, x0:x1]
    return np.pad(patch, padding, "symmetric") if np.any(padding) else patch


def _shrink(
    patch: np.ndarray, state: np.ndarray, size: int, fill: tuple[int, int, int]
) -> np.ndarray:
    """La ventana como la ve la red, (size, size, 4): lo desconocido no ensucia a sus vecinos.

    state: 0 donde se conoce, `GUESS` donde hay un color aproximado y 1 donde no se sabe nada.
    """
    if len(patch) == size:
        colors, hole = to_float(patch), state
    else:
        kind = cv2.INTER_AREA if len(patch) > size else cv2.INTER_CUBIC
        resize = partial(cv2.resize, dsize=(size, size), interpolation=kind)
        seen = (state < 1).astype(np.float32)
        share = np.clip(resize(seen), 0, 1)
        colors = resize(to_float(patch) * seen[..., None])
        colors = np.clip(colors / np.maximum(share, 1e-6)[..., None], -1, 1)
        guessed = resize((state == GUESS).astype(np.float32)) > 0.5
        hole = np.where(share <= 0.5, 1, np.where(guessed, GUESS, 0))
    colors = np.where(hole[..., None] == 1, to_float(np.array(fill)), colors)
    return np.concatenate([colors, hole[..., None]], -1, dtype=np.float32)


def restore_photo(
    network: Network,
    photo: np.ndarray,
    hole: np.ndarray,
    grain: bool = True,
) -> np.ndarray:
    """Restaura los huecos de una foto de cualquier tamaño; lo demás queda igual, byte a byte.

    photo: uint8 (alto, ancho, 3); hole: bool (alto, ancho).
    grain: si al acabar se pone el grano de lo que rodea al hueco (véase `grain`).
    Devuelve uint8 (alto, ancho, 3); si la foto es en blanco y negro, lo restaurado también.
    Lanza UserError si no hay nada que restaurar o si el hueco es la foto entera.
    """
    if not hole.any():
        raise UserError("No hay nada pintado: pinta encima de lo que quieras quitar.")
    if hole.all():
        raise UserError("Está pintada la foto entera: deja algo de lo que partir.")
    shortest, longest = min(hole.shape), max(hole.shape)
    size = max(min(network.size, shortest), min(network.size, SMALLEST_WINDOW))
    highest = max(0, int(np.log2(longest / size)))
    levels, strokes = _levels(hole, find_faces(photo), size, highest)
    refines, fill = network.erase.guesses > 0, network.erase.fill
    restored, state = photo.copy(), hole.astype(np.float32)
    for level in reversed(range(highest + 1)):
        side = size << level
        todo = levels > level if refines else levels == level + 1
        boxes = [box for highest, box in strokes if highest >= level]
        for cell in (cell for box in boxes for cell in tiles(box, side // 2)):
            if not todo[cell].any():
                continue
            top, left = (
                _inside((part.start + part.stop) // 2, side, length)
                for part, length in zip(cell, hole.shape, strict=True)
            )
            x = _shrink(
                _cut(restored, top, left, side), _cut(state, top, left, side), network.size, fill
            )
            guess = network.restore(x[None])[0]
            if side != network.size:
                guess = cv2.resize(guess, (side, side), interpolation=cv2.INTER_CUBIC)
            # De los trozos vecinos, los que caen en medio de la ventana se restauran a la vez.
            middle = _middle(top, side, hole.shape[0]), _middle(left, side, hole.shape[1])
            mine = todo[middle]
            rows, columns = np.nonzero(mine)
            painted = guess[rows + middle[0].start - top, columns + middle[1].start - left]
            restored[middle][mine] = painted
            state[middle][mine] = GUESS if level and refines else 0
            mine[:] = False
    if grain:
        restored = add_grain(restored, hole)
    if _is_gray(photo, hole):
        restored[hole] = np.rint(restored[hole].mean(-1, keepdims=True))
    return restored


def _middle(start: int, side: int, length: int) -> slice:
    """La mitad central de una ventana, hasta el borde de la foto si la ventana llega a él."""
    return slice(
        0 if start <= 0 else start + side // 4 - 1,
        length if start + side >= length else start + side - side // 4 + 1,
    )


def _is_gray(photo: np.ndarray, hole: np.ndarray) -> bool:
    step = max(1, hole.size // SAMPLE)
    known = photo.reshape(-1, 3)[::step][~hole.ravel()[::step]]
    return len(known) > 0 and np.mean(np.ptp(known, axis=-1) > GRAY) < 0.01
