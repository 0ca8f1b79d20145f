"""¿Pierde calidad la red por calcular en bfloat16? `python experiments/precision.py`.

Entrena la receta rápida, a la mitad de pasos, con tres semillas y con las dos precisiones, y las
examina con las mismas caras y los mismos huecos. Un cuarto de hora en dos núcleos.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from pix2pix_lib.evaluation import evaluate
from pix2pix_lib.masks import load_masks
from pix2pix_lib.pairs import fixed_pairs
from pix2pix_lib.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.recipes import RAPIDA
from pix2pix_lib.sources import default_faces
from pix2pix_lib.training import train

SEEDS = (0, 1, 2)
PRECISIONS = ("float32", "mixed_bfloat16")


def main() -> None:
    train_photos, test_photos = split_by_photo(list_photos(default_faces()))
    train_faces = load_faces(train_photos, RAPIDA.load_size)
    test_faces = load_faces(test_photos, RAPIDA.size)
    x, _ = fixed_pairs(test_faces, load_masks(), RAPIDA.erase, seed=1)
    scores = {precision: [] for precision in PRECISIONS}
    for seed in SEEDS:
        for precision in PRECISIONS:
            recipe = replace(RAPIDA, steps=2000, seed=seed, precision=precision)
            with tempfile.TemporaryDirectory() as folder:
                run = train(recipe, train_faces, test_faces, Path(folder) / "modelo")
            score = evaluate(run.model.restore(x), test_faces, x[..., 3] > 0)["psnr_hole"].mean()
            scores[precision].append(score)
            print(f"semilla {seed}, {precision}: {score:.2f} dB", flush=True)
    full, half = (np.array(scores[precision]) for precision in PRECISIONS)
    print(f"bfloat16 menos float32: {(half - full).mean():+.2f} dB de media")


if __name__ == "__main__":
    main()
