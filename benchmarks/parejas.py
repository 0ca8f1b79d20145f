"""Cuánto tarda en preparar los datos, frente a un bucle corriente: `python benchmarks/parejas.py`.

Todo se mide en la misma ejecución y se cuenta en proporciones. El bucle hace lo que hacían los
primeros programas del proyecto: leer con Pillow, cambiar de tamaño, multiplicar por las máscaras,
pegar las dos mitades y guardar el PNG como sale, en un solo proceso.
"""

import itertools
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from pix2pix_lib.data.masks import erase, load_masks, sample_placements
from pix2pix_lib.data.pairs import training_batches
from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.recipes import MASK_SIDE, EraseParams
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.pairs_to_disk import write_pairs

SIDE, REPEATS, STEPS = 256, 3, 10


def plain_loop(photos: list[Path], output: Path, masks) -> None:
    rng = np.random.default_rng(0)
    drawings = [Image.fromarray(np.uint8(~mask) * 255) for mask in masks.values()]
    for path in photos:
        for repeat in range(REPEATS):
            face = Image.open(path).convert("RGB").resize((SIDE, SIDE))
            erased = np.asarray(face).astype(float)
            for _ in range(rng.integers(1, 3)):
                side = int(MASK_SIDE * rng.uniform(1, 5))
                left, top = rng.integers(0, SIDE - side + 1, 2)
                keep = np.ones((SIDE, SIDE, 1))
                drawing = drawings[rng.integers(len(drawings))].resize((side, side))
                keep[top : top + side, left : left + side, 0] = np.asarray(drawing) / 255
                erased = erased * keep
            pair = Image.new("RGB", (2 * SIDE, SIDE))
            pair.paste(face, (0, 0))
            pair.paste(Image.fromarray(erased.astype(np.uint8)), (SIDE, 0))
            pair.save(output / f"{path.stem}_{repeat}.png")


def seconds(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def main() -> None:
    masks = load_masks()
    photos = list_photos(default_faces())
    params = EraseParams()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bucle").mkdir()
        loop = seconds(plain_loop, photos, Path(folder) / "bucle", masks)
        ours = seconds(
            write_pairs, default_faces(), Path(folder) / "parejas", masks, params, REPEATS
        )
        saved = list((Path(folder) / "parejas").rglob("*_?.png"))
        weight = sum(pair.stat().st_size for pair in saved) / len(saved)
    count = len(photos) * REPEATS
    print(f"{os.cpu_count()} núcleos, {count} parejas de 512x256")
    print(f"bucle corriente: 1.00   pix2pix parejas: {loop / ours:.1f} veces más rápido")
    print(f"  ({count / loop:.0f} y {count / ours:.0f} parejas por segundo)")

    print(f"cada pareja ocupa {weight / 1000:.0f} kB")

    faces = load_faces(photos, SIDE)
    rng = np.random.default_rng(0)
    chosen = [sample_placements(rng, masks, params) for _ in range(3000)]

    def erase_all() -> None:
        for face, placements in zip(itertools.cycle(faces), chosen, strict=False):
            erase(face, placements, masks)

    print(
        f"borrar en memoria a 256 píxeles: {len(chosen) / seconds(erase_all):.0f} caras por segundo"
    )

    # Aquí y no arriba: los procesos que hacen parejas vuelven a leer este archivo.
    from pix2pix_lib.model.build import build
    from pix2pix_lib.recipes import MEJORADA

    faces = load_faces(photos, MEJORADA.data.load_size)
    batches = training_batches(MEJORADA, faces, masks)
    feeding = seconds(lambda: [next(batches) for _ in range(100)]) / 100
    model = build(MEJORADA)
    batch = next(batches)
    same = (batch for _ in itertools.count())

    def train_on(data) -> None:
        model.fit(data, steps_per_epoch=STEPS, verbose=0)

    train_on(same)
    alone, fed = (min(seconds(train_on, data) for _ in range(3)) for data in (same, batches))
    print(f"preparar un lote cuesta el {feeding / (alone / STEPS):.1%} de un paso de entrenamiento")
    print(f"el paso pasa esperando datos el {max(0, 1 - alone / fed):.1%} de su tiempo")


if __name__ == "__main__":
    main()
