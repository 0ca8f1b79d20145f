"""Entrena la red que viene con el libro: `python experiments/pesos.py SALIDA`.

Aprende solo de los 200 retratos CC0, que se descargan la primera vez, en cuatro fases; cada una
parte de la anterior. Si se para, la misma orden sigue desde donde estaba. Al acabar deja los pesos
en `pix2pix_lib/` y dice su SHA-256, que va en `pretrained.py`.
"""

import hashlib
import io
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from pix2pix_lib.faces import list_photos, load_faces
from pix2pix_lib.files import write_whole
from pix2pix_lib.pretrained import RECIPE, WEIGHTS
from pix2pix_lib.recipes import MEJORADA, Recipe
from pix2pix_lib.sources import download_cc0
from pix2pix_lib.training import DISCRIMINATOR_FILE, WEIGHTS_FILE, Run, train

FOUR_MASKS = replace(MEJORADA.erase, max_masks=4)

# A 128 píxeles y sin discriminador, cada imagen cuesta la séptima parte.
BASE = replace(MEJORADA, size=128, load_size=224, disc_filters=0, batch_size=16, steps=6000)
# El discriminador necesita unos miles de pasos para despertar.
AWAKE = replace(MEJORADA, learning_rate=5e-4, hole_weight=2.0, steps=3600)
# Sin él, la red acierta más.
EXACT = replace(MEJORADA, disc_filters=0, steps=9000, seed=2, erase=FOUR_MASKS)
# Y con él, al final, recupera detalle.
SHARP = replace(MEJORADA, learning_rate=5e-4, hole_weight=1.0, steps=3600, seed=3, erase=FOUR_MASKS)

PHASES = {"base": BASE, "despierta": AWAKE, "exacta": EXACT, "final": SHARP}
"""Carpeta y receta de cada fase."""

SHARPNESS = 0.75
"""Qué parte del camino de EXACT a SHARP recorren los pesos que se reparten."""


def fit(recipe: Recipe, photos: list[Path], output: Path, initial: Path | None = None) -> Run:
    faces = load_faces(photos, recipe.load_size)
    shown = load_faces(photos[:6], recipe.size)
    return train(recipe, faces, shown, output, initial=initial)


def between(exact: Path, sharp: Path, share: float) -> list[np.ndarray]:
    """Pesos a medio camino entre dos redes (Wang et al., 2018, ESRGAN, sección 3.4)."""
    weights = []
    for folder in (exact, sharp):
        model = RECIPE.build()
        model.generator.load_weights(folder / WEIGHTS_FILE)
        weights.append(model.generator.get_weights())
    return [(1 - share) * first + share * second for first, second in zip(*weights, strict=True)]


def export(weights: list[np.ndarray]) -> None:
    content = io.BytesIO()
    np.savez(content, *(weight.astype(np.float16) for weight in weights))
    write_whole(WEIGHTS, content.getvalue())
    print(f"{WEIGHTS}: SHA-256 {hashlib.sha256(content.getvalue()).hexdigest()}")


def main() -> None:
    output = Path(sys.argv[1])
    photos = list_photos(download_cc0())
    initial = None
    for name, recipe in PHASES.items():
        if recipe is SHARP:
            shutil.copy(output / "despierta" / DISCRIMINATOR_FILE, initial)
        if fit(recipe, photos, output / name, initial).steps < recipe.steps:
            return
        initial = output / name
    export(between(output / "exacta", output / "final", SHARPNESS))


if __name__ == "__main__":
    main()
