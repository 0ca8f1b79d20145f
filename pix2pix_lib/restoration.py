"""Restaurar fotos de verdad, a su tamaño: buscar lo pintado, llevarlo a la red y devolverlo.

La red ve ventanas cuadradas de 256 píxeles alrededor de cada trazo, con sitio de sobra para saber
qué hay cerca. Fuera de los huecos no se toca ni un píxel.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import keras
import numpy as np

from .errors import UserError
from .faces import open_photo
from .gan import Pix2Pix
from .masks import MAGENTA
from .networks import push_pull
from .pairs import to_float, to_uint8

CONTEXT = 2.0
"""Lado de la ventana, en veces el lado mayor del trazo."""

MERGE = 8
"""Trazos a menos de estos píxeles (por cada 1,000 de la foto) van en la misma ventana."""


def magenta_hole(photo: np.ndarray) -> np.ndarray:
    """Dónde hay magenta (255, 0, 255), también si un JPEG o el pincel lo dejaron algo sucio.

    photo: uint8 (alto, ancho, 3). Devuelve bool (alto, ancho).
    """
    red, green, blue = (photo[..., channel].astype(np.int16) for channel in range(3))
    magenta = np.minimum(red, blue) - green
    core = (magenta > 200).astype(np.uint8)
    return (magenta > 60) & (cv2.dilate(core, np.ones((7, 7), np.uint8)) > 0)


def black_hole(photo: np.ndarray) -> np.ndarray:
    """Dónde hay negro (0, 0, 0), con un poco de margen; lo muy oscuro de la foto también cae.

    photo: uint8 (alto, ancho, 3). Devuelve bool (alto, ancho).
    """
    return photo.max(-1) <= 8


def mask_hole(path: str | Path, shape: tuple[int, int]) -> np.ndarray:
    """Lee el hueco de un dibujo del tamaño de la foto: negro, lo que se borra.

    shape: (alto, ancho) de la foto. Devuelve bool (alto, ancho).
    Lanza UserError si no se puede leer o mide otra cosa.
    """
    gray = np.asarray(open_photo(path).convert("L"))
    if gray.shape != shape:
        raise UserError(
            f"La máscara «{path}» mide {gray.shape[1]}x{gray.shape[0]} y la foto, "
            f"{shape[1]}x{shape[0]}: han de medir lo mismo."
        )
    return gray < 128


def windows(hole: np.ndarray, size: int) -> Iterator[tuple[int, int, int, np.ndarray]]:
    """Una ventana cuadrada por trazo: (arriba, izquierda, lado, bool del trazo).

    El lado es múltiplo de 64, de al menos `size`; si el trazo no deja otra cosa, la ventana se
    sale de la foto. El trazo es bool (alto, ancho), del tamaño de la foto.
    """
    height, width = hole.shape
    reach = max(3, MERGE * max(height, width) // 1000 * 2 + 1)
    joined = cv2.dilate(hole.astype(np.uint8), np.ones((reach, reach), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    for label in range(1, count):
        left, top, box_width, box_height = boxes[label, :4]
        wanted = max(CONTEXT * max(box_width, box_height), size)
        # Que quepa en la foto si el trazo cabe; si no, lo justo para verlo entero.
        side = max(min(wanted, height, width), box_width, box_height)
        side = -(-int(side) // 64) * 64
        y = _inside(top + box_height // 2 - side // 2, side, height)
        x = _inside(left + box_width // 2 - side // 2, side, width)
        yield y, x, side, (labels == label) & hole


def _inside(start: int, side: int, length: int) -> int:
    """El principio más cercano a `start` que no deja la ventana fuera; si no cabe, centrada."""
    if side >= length:
        return (length - side) // 2
    return min(max(start, 0), length - side)


def _cut(image: np.ndarray, top: int, left: int, side: int, outside: int) -> np.ndarray:
    """Recorta una ventana; lo que cae fuera de la imagen vale `outside`."""
    height, width = image.shape[:2]
    patch = np.full((side, side, *image.shape[2:]), outside, image.dtype)
    y0, y1 = max(top, 0), min(top + side, height)
    x0, x1 = max(left, 0), min(left + side, width)
    patch[y0 - top : y1 - top, x0 - left : x1 - left] = image[y0:y1, x0:x1]
    return patch


def _shrink(
    patch: np.ndarray, hole: np.ndarray, size: int, fill: tuple[int, int, int]
) -> np.ndarray:
    """La ventana como la ve la red: (size, size, 4); el hueco no ensucia a sus vecinos."""
    known = (~hole).astype(np.float32)[..., None]
    options = {"dsize": (size, size), "interpolation": cv2.INTER_AREA}
    share = cv2.resize(known, **options)[..., None]
    average = cv2.resize(to_float(patch) * known, **options) / np.maximum(share, 1e-6)
    erased = np.where(share > 0.5, average, to_float(np.array(fill)))
    return np.concatenate([erased, share <= 0.5], -1, dtype=np.float32)


def restore_photo(
    model: Pix2Pix,
    photo: np.ndarray,
    hole: np.ndarray,
    fill: tuple[int, int, int] = MAGENTA,
) -> np.ndarray:
    """Restaura los huecos de una foto de cualquier tamaño; lo demás queda igual, byte a byte.

    photo: uint8 (alto, ancho, 3); hole: bool (alto, ancho).
    fill: el color de los huecos con los que aprendió la red.
    Devuelve uint8 (alto, ancho, 3).
    Lanza UserError si no hay nada que restaurar o si el hueco es la foto entera.
    """
    if not hole.any():
        raise UserError("No hay nada pintado: pinta encima de lo que quieras quitar.")
    if hole.all():
        raise UserError("Está pintada la foto entera: deja algo de lo que partir.")
    size = model.generator.input_shape[1]
    places = list(windows(hole, size))
    patches = [_cut(photo, *place[:3], 0) for place in places]
    holes = [_cut(hole, *place[:3], True) for place in places]
    x = np.stack([_shrink(*pair, size, fill) for pair in zip(patches, holes, strict=True)])
    predicted = model.predict(x, verbose=0)

    restored = photo.copy()
    for (top, left, side, stroke), patch, missing, guess in zip(
        places, patches, holes, predicted, strict=True
    ):
        guess = cv2.resize(guess, (side, side), interpolation=cv2.INTER_CUBIC)
        # Lo que la red no acierta junto al borde se reparte por el hueco: así no se ve la costura.
        known = (~missing).astype(np.float32)[None, ..., None]
        error = (to_float(patch) - guess)[None]
        seamless = guess + keras.ops.convert_to_numpy(push_pull(error, known))[0]
        target = _cut(stroke, top, left, side, False)
        rows, columns = np.nonzero(target)
        restored[rows + top, columns + left] = to_uint8(seamless[rows, columns])
    return restored
