"""Parejas (borrada, original) para entrenar y para evaluar.

Una pareja son dos arreglos en [-1, 1]: `x` de cuatro canales (la imagen borrada y el hueco) e
`y` de tres (la original). El lote número `step` depende solo de la semilla y de `step`: así una
ejecución se repite, y se retoma, desde cualquier paso.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .masks import EraseParams, Masks, erase, sample_placements


def to_float(images: np.ndarray) -> np.ndarray:
    """De uint8 [0, 255] a float32 [-1, 1]."""
    return images.astype(np.float32) / 127.5 - 1


def to_uint8(images: np.ndarray) -> np.ndarray:
    """De [-1, 1] a uint8 [0, 255]; lo que se sale se recorta."""
    return np.clip(np.rint((np.asarray(images) + 1) * 127.5), 0, 255).astype(np.uint8)


def make_pairs(
    faces: np.ndarray, rng: np.random.Generator, masks: Masks, params: EraseParams
) -> tuple[np.ndarray, np.ndarray]:
    """Borra cada cara con sus propias máscaras.

    faces: uint8 (n, lado, lado, 3).
    Devuelve x: float32 (n, lado, lado, 4), borrada en [-1, 1] y hueco en {0, 1};
    y: float32 (n, lado, lado, 3), original en [-1, 1].
    """
    x = np.empty((*faces.shape[:3], 4), np.float32)
    for index, face in enumerate(faces):
        erased, hole = erase(face, sample_placements(rng, masks, params), masks, params.fill)
        x[index, ..., :3] = to_float(erased)
        x[index, ..., 3] = hole
    return x, to_float(faces)


def jitter(faces: np.ndarray, rng: np.random.Generator, size: int) -> np.ndarray:
    """Recorta al azar una ventana de `size` píxeles de cada cara y refleja la mitad de ellas.

    Es el «random jitter» del artículo (Isola et al., 2017, sección 6.2).
    """
    views = np.empty((len(faces), size, size, 3), np.uint8)
    room = faces.shape[1] - size
    for view, face in zip(views, faces, strict=True):
        top, left = rng.integers(room + 1, size=2)
        crop = face[top : top + size, left : left + size]
        view[:] = crop[:, ::-1] if rng.random() < 0.5 else crop
    return views


def training_batches(
    faces: np.ndarray,
    size: int,
    batch_size: int,
    masks: Masks,
    params: EraseParams,
    seed: int,
    start: int = 0,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Lotes sin fin para `fit`, con huecos, recortes y reflejos nuevos en cada vuelta.

    faces: uint8 (n, lado, lado, 3), con lado >= size.
    start: número del primer lote, para retomar un entrenamiento.
    En cada vuelta a los datos salen todas las caras, en otro orden.
    """
    step = start
    while True:
        positions = np.arange(step * batch_size, (step + 1) * batch_size)
        chosen = [
            np.random.default_rng([seed, 0, epoch]).permutation(len(faces))[position]
            for epoch, position in zip(*divmod(positions, len(faces)), strict=True)
        ]
        rng = np.random.default_rng([seed, 1, step])
        yield make_pairs(jitter(faces[chosen], rng, size), rng, masks, params)
        step += 1


def fixed_pairs(
    faces: np.ndarray, masks: Masks, params: EraseParams, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Las mismas parejas cada vez que se piden, para comparar redes con los mismos huecos."""
    return make_pairs(faces, np.random.default_rng(seed), masks, params)
