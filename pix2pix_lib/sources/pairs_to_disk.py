"""Guardar parejas para otros programas de pix2pix."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from ..checks import check_masks, check_number
from ..data.masks import Masks
from ..data.pairs import erase_at_random
from ..data.photos import list_photos, load_face, split_by_photo
from ..errors import UserError
from ..files import check_distinct, claim_folder, digest_file, png_comes_from, write_png
from ..recipes import MASK_SIDE, EraseParams
from .parallel import in_parallel

PAIR_SIDE = 256
"""Lado de cada mitad de una pareja guardada, en píxeles."""


def _write_face_pairs(
    job: tuple[Path, str],
    output: Path,
    masks: Masks,
    params: EraseParams,
    repeats: int,
    seed: int,
) -> int:
    """Guarda las parejas de una cara que falten; devuelve cuántas tiene, 0 si no se puede leer."""
    path, side = job
    wanted = [output / side / f"{path.stem}_{repeat}.png" for repeat in range(repeats)]
    origin = digest_file(path)
    if all(png_comes_from(pair, origin) for pair in wanted):
        return repeats
    try:
        face = np.asarray(load_face(path, PAIR_SIDE))
    except UserError:
        return 0
    identity = int.from_bytes(hashlib.sha256(os.fsencode(path.name)).digest()[:8])
    for repeat, pair in enumerate(wanted):
        rng = np.random.default_rng([seed, identity, repeat])
        erased, _ = erase_at_random(face, rng, masks, params)
        write_png(pair, np.hstack([face, erased]), origin)
    return repeats


def write_pairs(
    faces: str | Path,
    output: str | Path,
    masks: Masks,
    params: EraseParams,
    repeats: int = 3,
    test_share: float = 0.2,
    seed: int = 0,
) -> tuple[int, int, int]:
    """Guarda parejas para otros programas de pix2pix: PNG de 512x256, original y borrada.

    Van en `output/train` y `output/test`, repartidas por foto, con `repeats` huecos por cara.
    Cada pareja depende solo de la cara y su nombre, de la semilla y de la repetición; las de una
    cara que ha cambiado desde la última vez se hacen de nuevo.
    Devuelve (parejas de entrenamiento, de prueba, caras ilegibles).
    Lanza UserError si faltan caras, si una máscara o un número no valen o si `output` guarda otra
    cosa.
    """
    check_masks(masks, MASK_SIDE)
    check_number("repeats", repeats, 1, 1e4, whole=True)
    check_number("seed", seed, 0, 2**32 - 1, whole=True)
    output = Path(output)
    photos = list_photos(faces)
    check_distinct((path.stem for path in photos), faces)
    train, test = split_by_photo(photos, test_share, seed)
    settings = {
        "borrado": asdict(params),
        "caras": hashlib.sha256(repr([path.name for path in photos]).encode()).hexdigest(),
        "mascaras": hashlib.sha256(
            b"".join(name.encode() + masks[name].tobytes() for name in masks)
        ).hexdigest(),
        "prueba": test_share,
        "repeticiones": repeats,
        "semilla": seed,
    }
    claim_folder(output, settings)
    write = partial(
        _write_face_pairs,
        output=output,
        masks=masks,
        params=params,
        repeats=repeats,
        seed=seed,
    )
    jobs = [(path, "train") for path in train] + [(path, "test") for path in test]
    counts = list(in_parallel(write, jobs, "Emparejando", "cara"))
    return sum(counts[: len(train)]), sum(counts[len(train) :]), counts.count(0)
