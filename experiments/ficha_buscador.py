"""Hace las figuras de `book/ficha_buscador.md`: `python -m experiments ficha_buscador`.

Las tablas las hace `tablas`. Tarda un minuto en dos núcleos.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from pix2pix_lib.data.features import cut_upright
from pix2pix_lib.data.marks import SIZES
from pix2pix_lib.restoration.faces import Face, largest_face
from pix2pix_lib.restoration.finding import FACE, SIDE, find_marks, hole_of
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.sets import CC0, EXAM, portraits
from pix2pix_lib.teaching.threshold import outline

from .marcas import AGAIN, MARKED, SEED, Real, painted_portrait, real_marks
from .tablas import BOOK

CELL, COLUMNS = 280, 4
"""Lado de cada cara, en píxeles, y cuántas van en una fila."""

GREEN, YELLOW = (0, 220, 90), (255, 205, 0)


def found_in(photo: np.ndarray, face: Face) -> np.ndarray:
    return hole_of(find_marks(photo, [face]), photo.shape[:2])


def outlined(photo: np.ndarray, face: Face, hole: np.ndarray) -> np.ndarray:
    """La cara derecha, con lo propuesto rodeado de verde."""
    drawn, thick = photo.copy(), max(1, round(face.width / FACE * 3))
    outline(drawn, hole, GREEN, thick, thick)
    return cut_upright(drawn, face.points, SIDE)


def sure_marks(name: str) -> Iterator[Real]:
    for path in (MARKED, AGAIN):
        yield from (mark for mark in real_marks(path)[name] if mark.is_sure)


def save(name: str, cells: list[np.ndarray]) -> None:
    small = [cv2.resize(cell, (CELL,) * 2, interpolation=cv2.INTER_AREA) for cell in cells]
    rows = [np.hstack(small[start : start + COLUMNS]) for start in range(0, len(small), COLUMNS)]
    Image.fromarray(np.vstack(rows)).save(BOOK / name, quality=85)


def show_real() -> None:
    """Los retratos señalados dos veces: en amarillo, lo seguro; en verde, lo propuesto."""
    cells = []
    for name, photo, _ in portraits(CC0, EXAM):
        if name in real_marks(AGAIN):
            face = largest_face(photo)
            cell = outlined(photo, face, found_in(photo, face))
            for mark in sure_marks(name):
                x, y = (SIDE * mark.center).round().astype(int).tolist()
                cv2.circle(cell, (x, y), round(SIDE * mark.radii.max()) + 8, YELLOW, 2)
            cells.append(cell)
    save("ficha_buscador_de_verdad.jpg", cells)


def show_painted() -> None:
    """Uno de cada ocho retratos CC0 de examen: pintado, con lo propuesto, restaurado y el original.

    Las marcas son las del examen.
    """
    restorer, cells = load_pretrained(), []
    for index, (_, clean, _) in enumerate(portraits(CC0, EXAM)):
        if index % 8 == 0:
            painted, face, _ = painted_portrait(clean, list(SIZES), SEED, index)
            hole = found_in(painted, face)
            restored = restore_photo(restorer, painted, hole) if hole.any() else painted
            cells += [
                cut_upright(painted, face.points, SIDE),
                outlined(painted, face, hole),
                *(cut_upright(photo, face.points, SIDE) for photo in (restored, clean)),
            ]
    save("ficha_buscador_pintadas.jpg", cells)


def main() -> None:
    show_real()
    show_painted()
