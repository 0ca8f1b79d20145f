"""Guardar parejas para otros programas de pix2pix."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from ..data.masks import Masks, erase, sample_placements
from ..data.photos import list_photos, load_face, split_by_photo
from ..errors import UserError
from ..files import claim_folder, write_png
from ..recipes import EraseParams
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
    if all(pair.is_file() for pair in wanted):
        return repeats
    try:
        face = np.asarray(load_face(path, PAIR_SIDE))
    except UserError:
        return 0
    identity = int.from_bytes(hashlib.sha256(os.fsencode(path.name)).digest()[:8])
    for repeat, pair in enumerate(wanted):
        rng = np.random.default_rng([seed, identity, repeat])
        erased, _ = erase(face, sample_placements(rng, masks, params), masks, params.fill)
        write_png(pair, np.hstack([face, erased]))
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
    Cada pareja depende solo de la semilla, del nombre de la cara y de la repetición.
    Devuelve (parejas de entrenamiento, de prueba, caras ilegibles).
    Lanza UserError si faltan caras o `output` guarda otra cosa.
    """
    output = Path(output)
    photos = list_photos(faces)
    if len({path.stem for path in photos}) < len(photos):
        raise UserError(
            f"En «{faces}» hay caras que solo se distinguen por la extensión o por la carpeta: "
            "cámbiales el nombre."
        )
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
