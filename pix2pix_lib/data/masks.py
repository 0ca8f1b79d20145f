"""Máscaras de 50x50: dónde caen (`sample_placements`) y qué borran (`erase`).

Elegir y dibujar son dos funciones aparte, para que un deslizador, una prueba y un navegador
puedan dibujar exactamente lo mismo. Ninguna de las dos necesita TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..checks import check_image, check_masks
from ..errors import UserError
from ..files import ASSETS
from ..recipes import BLACK, MASK_SIDE, MAX_SCALE, REFERENCE_SIDE, EraseParams
from .photos import open_photo

COVERAGE = 0.25
"""Parte de un píxel que el trazo ha de cubrir para borrarlo; el más cubierto se borra siempre."""


Masks = Mapping[str, np.ndarray]
"""Nombre de cada máscara y su dibujo: bool (50, 50), True donde borra."""


@dataclass(frozen=True)
class Placement:
    """Una máscara colocada sobre una imagen de cualquier tamaño.

    mask: nombre de la máscara.
    scale: a escala 1 la máscara ocupa 50/256 del lado menor de la imagen.
    x, y: de 0 (pegada a la izquierda, arriba) a 1 (pegada a la derecha, abajo).
    """

    mask: str
    scale: float
    x: float
    y: float

    def __post_init__(self):
        if not (0 < self.scale <= MAX_SCALE and 0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise UserError(
                f"La colocación {self} se sale de la imagen: usa una escala mayor que 0 y de "
                f"hasta {MAX_SCALE}, y x e y de 0 a 1."
            )


def default_masks_folder() -> Path:
    """Carpeta con las máscaras del libro: la del paquete instalado o la del repositorio."""
    installed = ASSETS / "masks"
    return installed if installed.is_dir() else ASSETS.parents[1] / "masks"


def load_masks(folder: str | Path | None = None) -> dict[str, np.ndarray]:
    """Lee todas las máscaras PNG de una carpeta, por orden alfabético.

    Devuelve {nombre: bool (50, 50)}, True donde la máscara borra (negro en el dibujo).
    Lanza UserError si la carpeta no tiene PNG, o si alguno no mide 50x50 o no es de blanco y
    negro puros; el error nombra todos los que fallan.
    """
    folder = Path(folder) if folder is not None else default_masks_folder()
    paths = sorted(folder.glob("*.png"))
    if not paths:
        raise UserError(
            f"No hay máscaras en «{folder}»: pon ahí dibujos PNG de {MASK_SIDE}x{MASK_SIDE}, "
            "en negro lo que se borra y en blanco lo que se queda."
        )
    masks, problems = {}, []
    for path in paths:
        try:
            gray = np.asarray(open_photo(path).convert("L"))
        except UserError:
            problems.append(f"«{path.name}» no es una imagen legible")
            continue
        if gray.shape != (MASK_SIDE, MASK_SIDE):
            problems.append(f"«{path.name}» mide {gray.shape[1]}x{gray.shape[0]}")
        elif not np.isin(gray, (0, 255)).all():
            problems.append(f"«{path.name}» tiene grises o colores")
        elif gray.all():
            problems.append(f"«{path.name}» no borra nada")
        else:
            masks[path.stem] = gray == 0
    if problems:
        raise UserError(
            f"Arregla estas máscaras de «{folder}» (han de medir {MASK_SIDE}x{MASK_SIDE} y tener "
            f"solo negro y blanco puros): {'; '.join(problems)}."
        )
    return masks


def sample_placements(
    rng: np.random.Generator, masks: Masks, params: EraseParams = EraseParams()
) -> list[Placement]:
    """Elige al azar qué máscaras caen en una imagen, a qué escala y dónde.

    Devuelve de 1 a `params.max_masks` colocaciones, que caben enteras en cualquier imagen.
    Lanza UserError si no hay máscaras o alguna no vale.
    """
    check_masks(masks, MASK_SIDE)
    names = list(masks)
    return [
        Placement(
            mask=names[rng.integers(len(names))],
            scale=rng.uniform(*params.scale),
            x=rng.uniform(),
            y=rng.uniform(),
        )
        for _ in range(rng.integers(1, params.max_masks + 1))
    ]


def window(
    placement: Placement, masks: Masks, shape: Sequence[int]
) -> tuple[slice, slice, np.ndarray]:
    """Ventana de una imagen de forma `shape` donde cae una máscara, y lo que borra en ella.

    Devuelve (filas, columnas, bool de la ventana).
    Lanza UserError si no es una máscara.
    """
    check_masks({placement.mask: masks.get(placement.mask)}, MASK_SIDE)
    height, width = shape[:2]
    side = max(1, int(MASK_SIDE * placement.scale * min(height, width) / REFERENCE_SIDE + 0.5))
    top = int(placement.y * (height - side) + 0.5)
    left = int(placement.x * (width - side) + 0.5)
    drawing = Image.fromarray(masks[placement.mask].astype(np.uint8) * 255)
    covered = np.asarray(drawing.resize((side, side), Image.Resampling.BILINEAR))
    return (
        slice(top, top + side),
        slice(left, left + side),
        covered >= min(255 * COVERAGE, covered.max()),
    )


def erase(
    image: np.ndarray,
    placements: Sequence[Placement],
    masks: Masks,
    fill: tuple[int, int, int] = BLACK,
) -> tuple[np.ndarray, np.ndarray]:
    """Borra de una imagen lo que tapan las máscaras; la imagen dada no cambia.

    image: uint8 (alto, ancho, 3).
    Devuelve (borrada, hueco): uint8 (alto, ancho, 3) con el hueco del color `fill`, y
    bool (alto, ancho), True en el hueco.
    Lanza UserError si no es una imagen o alguna máscara no vale.
    """
    check_image("La imagen", image)
    erased = image.copy()
    hole = np.zeros(image.shape[:2], bool)
    # Cada píxel, como un solo elemento de tres bytes: así se pinta siete veces más deprisa.
    pixels = erased.view("V3")[..., 0]
    color = np.frombuffer(bytes(fill), "V3")[0]
    for placement in placements:
        rows, columns, covered = window(placement, masks, image.shape)
        hole[rows, columns] |= covered
        np.copyto(pixels[rows, columns], color, where=covered)
    return erased, hole
