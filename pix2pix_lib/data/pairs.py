"""Parejas (borrada, original) para entrenar y para evaluar.

Una pareja son dos arreglos en [-1, 1]: `x` de cuatro canales (la imagen borrada y el hueco) e
`y` de tres (la original). El lote número `step` depende solo de la receta y de `step`: así una
ejecución se repite, y se retoma, desde cualquier paso.

`write_pairs` las guarda en disco para otros programas.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np

from ..checks import check_bytes, check_faces, check_hole
from ..errors import UserError
from ..recipes import EraseParams, Jitter, Recipe
from ..stored_arrays import take
from .degradations import degrade, enlarge
from .features import RADII, UPRIGHT, draw_feature
from .masks import Masks, erase, sample_placements
from .strokes import draw_stroke, sample_strokes

IMAGE, HOLE = slice(0, 3), slice(3, 4)
"""Los canales de `x`: los de la imagen borrada y el del hueco, que es el último."""


def to_float(images: np.ndarray) -> np.ndarray:
    """De uint8 [0, 255] a float32 [-1, 1]. Lanza UserError si no son uint8."""
    check_bytes("Las imágenes", images)
    return images.astype(np.float32) / 127.5 - 1


def to_uint8(images: np.ndarray) -> np.ndarray:
    """De [-1, 1] a uint8 [0, 255]; lo que se sale se recorta.

    Lanza UserError si ya eran enteros, o si alguno no es un número.
    """
    images = np.asarray(images)
    if images.dtype.kind in "biu":
        raise UserError(f"Las imágenes: ya son {images.dtype}, y han de ir de -1 a 1.")
    levels = np.clip(np.rint((images + 1) * 127.5), 0, 255)
    if np.isnan(levels).any():
        raise UserError("Las imágenes: hay píxeles que no son números; la red está estropeada.")
    return levels.astype(np.uint8)


GUESS = 0.5
"""Lo que vale el hueco donde ya hay un color aproximado; donde no se sabe nada vale 1."""


def _erase_strokes(
    face: np.ndarray, rng: np.random.Generator, fill: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Como `erase`, con trazos finos."""
    hole = np.zeros(face.shape[:2], bool)
    while not hole.any():
        for stroke in sample_strokes(rng, len(face)):
            draw_stroke(hole, stroke)
    return np.where(hole[..., None], np.array(fill, np.uint8), face), hole


def rough_guess(face: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """La cara como la vería una red que la mira de lejos: borrosa y con el color algo corrido."""
    tint = rng.normal(0, 4, (8, 8, 3)).astype(np.float32)
    tint = cv2.resize(tint, face.shape[:2], interpolation=cv2.INTER_CUBIC)
    blurred = enlarge(face, rng.uniform(1.5, 4))
    return np.clip(blurred + tint, 0, 255).astype(np.uint8)


def compose(x: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Lo que puso una red en el hueco y, fuera de él, lo conocido: uint8 (n, lado, lado, 3).

    x: las entradas, como en `make_pairs`. predicted: (n, lado, lado, 3), en [-1, 1].
    """
    return np.where(x[..., HOLE] > 0, to_uint8(predicted), to_uint8(x[..., IMAGE]))


def with_noise(erased: np.ndarray, hole: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """La imagen uint8 (..., alto, ancho, 3) con un color al azar en cada píxel del hueco.

    Lanza UserError si no es una imagen uint8 y su hueco.
    """
    check_bytes("La imagen", erased)
    check_hole("El hueco", hole, erased.shape[:-1])
    return np.where(hole[..., None], rng.integers(0, 256, erased.shape, np.uint8), erased)


BLOTS = 0.25
"""Parte de los rasgos que tapan las máscaras del libro, que caen también en el pelo y las gafas."""


def _erase_features(
    face: np.ndarray, rng: np.random.Generator, masks: Masks, params: EraseParams
) -> tuple[np.ndarray, np.ndarray]:
    """Como `erase`, con uno o dos rasgos tapados de una cara derecha."""
    if rng.random() < BLOTS:
        return erase(face, sample_placements(rng, masks, params), masks, params.fill)
    hole = np.zeros(face.shape[:2], bool)
    for kind in rng.choice(list(RADII), rng.integers(1, 3)):
        points = (UPRIGHT + rng.normal(0, 0.02, UPRIGHT.shape)) * len(face)
        hole |= draw_feature((len(face), len(face)), points, kind, rng)
    return np.where(hole[..., None], np.array(params.fill, np.uint8), face), hole


def erase_at_random(
    face: np.ndarray,
    rng: np.random.Generator,
    masks: Masks,
    params: EraseParams,
    upright: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Borra una cara como dice `params`: con máscaras, con trazos o, si está derecha, sus rasgos.

    face: uint8 (lado, lado, 3). Devuelve uint8 (lado, lado, 3) y float32 (lado, lado): 0 fuera del
    hueco, 1 en él, o `GUESS` si lo que lleva es un color aproximado.
    Lanza UserError si no es una cara o alguna máscara no vale.
    """
    if upright:
        erased, hole = _erase_features(face, rng, masks, params)
    elif params.strokes and rng.random() < params.strokes:
        erased, hole = _erase_strokes(face, rng, params.fill)
    else:
        erased, hole = erase(face, sample_placements(rng, masks, params), masks, params.fill)
    if params.noise:
        erased = with_noise(erased, hole, rng)
    value = 1.0
    if params.guesses and rng.random() < params.guesses:
        erased, value = np.where(hole[..., None], rough_guess(face, rng), face), GUESS
    return erased, value * hole.astype(np.float32)


def make_pairs(
    faces: np.ndarray,
    rng: np.random.Generator,
    masks: Masks,
    params: EraseParams,
    upright: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Borra cada cara con sus propias máscaras o trazos.

    faces: uint8 (n, lado, lado, 3).
    upright: bool (n,), de qué caras, que están derechas, se tapan rasgos; sin él, de ninguna.
    Devuelve x: float32 (n, lado, lado, 4), borrada en [-1, 1] y hueco en {0, 1} (0.5 donde hay un
    color aproximado, véase `EraseParams.guesses`); y: float32 (n, lado, lado, 3), original en
    [-1, 1]. Lanza UserError si no son caras o alguna máscara no vale.
    """
    check_faces("Las caras", faces)
    x = np.empty((*faces.shape[:3], 4), np.float32)
    for index, face in enumerate(faces):
        whole = upright is not None and bool(upright[index])
        erased, hole = erase_at_random(face, rng, masks, params, whole)
        x[index, ..., IMAGE] = to_float(erased)
        x[index, ..., HOLE] = hole[..., None]
    return x, to_float(faces)


def _whole(face: np.ndarray, rng: np.random.Generator, size: int) -> np.ndarray:
    """La cara entera, que ocupa la mitad central, apenas girada, movida y agrandada."""
    face = cv2.resize(face, (2 * size, 2 * size), interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D((size, size), rng.normal(0, 3), np.exp(rng.normal(0, 0.05)))
    turn[:, 2] += rng.normal(0, 0.02 * size, 2) - size / 2
    return cv2.warpAffine(face, turn, (size, size), borderMode=cv2.BORDER_REFLECT)


def jittered(
    faces: np.ndarray,
    rng: np.random.Generator,
    size: int,
    jitter: Jitter,
    upright: np.ndarray | None = None,
) -> np.ndarray:
    """Las caras, cambiadas al azar como dice `jitter` y reflejadas la mitad de ellas.

    De uint8 (n, lado, lado, 3), con lado >= size, a uint8 (n, size, size, 3).
    upright: bool (n,), de cuáles, en vez de una ventana, la cara entera; sin él, de ninguna.
    """
    views = np.empty((len(faces), size, size, 3), np.uint8)
    full = faces.shape[1]
    for index, (view, face) in enumerate(zip(views, faces, strict=True)):
        if upright is not None and upright[index]:
            crop = _whole(face, rng, size)
        else:
            # Tantas ventanas de un cuarto a media cara como de media a la cara entera.
            side = round(size * (full / size) ** rng.random()) if jitter.zoom else size
            top, left = rng.integers(full - side + 1, size=2)
            crop = face[top : top + side, left : left + side]
            if jitter.zoom:
                crop = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
        if jitter.light:
            gain = rng.uniform(1 - jitter.light, 1 + jitter.light)
            tint = rng.uniform(1 - jitter.light / 4, 1 + jitter.light / 4, 3)
            levels = np.clip(np.arange(256)[:, None] * (gain * tint), 0, 255)
            crop = cv2.LUT(crop, levels.astype(np.uint8)[:, None])
        if jitter.wear:
            crop = degrade(crop, rng)
        view[:] = crop[:, ::-1] if rng.random() < 0.5 else crop
    return views


def training_batch(
    recipe: Recipe, faces: np.ndarray, masks: Masks, step: int
) -> tuple[np.ndarray, np.ndarray]:
    """El lote número `step` de un entrenamiento: parejas como las de `make_pairs`.

    faces: uint8 (n, lado, lado, 3), con lado >= `recipe.data.size`.
    Lanza UserError si no lo son, o si alguna máscara no vale.
    """
    check_faces("Las caras", faces)
    data, seed, count = recipe.data, recipe.training.seed, recipe.training.batch_size
    epochs, places = divmod(np.arange(step * count, (step + 1) * count), len(faces))
    orders = {
        epoch: np.random.default_rng([seed, 0, epoch]).permutation(len(faces))
        for epoch in set(epochs.tolist())
    }
    chosen = [
        orders[epoch][place] for epoch, place in zip(epochs.tolist(), places.tolist(), strict=True)
    ]

    def pairs(some: list, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        upright = rng.random(len(some)) < data.features if data.features else None
        views = jittered(take(faces, some), rng, data.size, data.jitter, upright)
        return make_pairs(views, rng, masks, data.erase, upright)

    if data.copies:
        each = [
            pairs([face], np.random.default_rng([seed, 2, face, epoch % data.copies]))
            for face, epoch in zip(chosen, epochs, strict=True)
        ]
        x, y = (np.concatenate(parts) for parts in zip(*each, strict=True))
        return x, y
    return pairs(chosen, np.random.default_rng([seed, 1, step]))


def training_batches(
    recipe: Recipe, faces: np.ndarray, masks: Masks
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Lotes sin fin, con huecos, recortes y reflejos nuevos en cada vuelta.

    faces: uint8 (n, lado, lado, 3), con lado >= `recipe.data.size`.
    En cada vuelta a los datos salen todas las caras, en otro orden. Lanza lo que `training_batch`.
    """
    for step in itertools.count():
        yield training_batch(recipe, faces, masks, step)


def fixed_pairs(
    faces: np.ndarray, masks: Masks, params: EraseParams, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Las mismas parejas cada vez que se piden, para comparar redes con los mismos huecos.

    Lanza lo que `make_pairs`.
    """
    return make_pairs(faces, np.random.default_rng(seed), masks, params)
