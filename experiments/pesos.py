"""Entrena la receta mejorada a fondo: `python experiments/pesos.py SALIDA`.

Aprende solo de los 200 retratos CC0, que se descargan la primera vez. Primero a 128 píxeles y sin
discriminador, que cuesta la séptima parte por imagen; después a 256 y con él. Si se para, la misma
orden sigue desde donde estaba.
"""

import sys
from dataclasses import replace
from pathlib import Path

from pix2pix_lib.faces import list_photos, load_faces
from pix2pix_lib.recipes import MEJORADA, Recipe
from pix2pix_lib.sources import download_cc0
from pix2pix_lib.training import Run, train

BASE = replace(MEJORADA, size=128, load_size=224, disc_filters=0, batch_size=16, steps=6000)
FINAL = replace(MEJORADA, learning_rate=5e-4, hole_weight=2.0, steps=3600)


def fit(recipe: Recipe, photos: list[Path], output: Path, initial: Path | None = None) -> Run:
    faces = load_faces(photos, recipe.load_size)
    shown = load_faces(photos[:6], recipe.size)
    return train(recipe, faces, shown, output, initial=initial)


def main() -> None:
    output = Path(sys.argv[1])
    photos = list_photos(download_cc0())
    for recipe, name, initial in [(BASE, "base", None), (FINAL, "final", output / "base")]:
        if fit(recipe, photos, output / name, initial).steps < recipe.steps:
            return


if __name__ == "__main__":
    main()
