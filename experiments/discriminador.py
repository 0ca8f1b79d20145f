"""Publica el discriminador que enseñó a dibujar: `python -m experiments discriminador CARAS`.

Es el de la última fase de `python -m experiments derecha CARAS`, que ha de estar acabada. Queda en
`pix2pix_lib/`, para el laboratorio, y en `exam_results/`, qué parte le parece auténtica de caras
de las que nadie aprendió: como son, como las dibuja la red que aprendió contra él y como las
dibujaba la de antes, sin adversario. Pide `pip install -e .[exportar]`.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.pairs import HOLE, to_float, training_batch
from pix2pix_lib.evaluation.results import JUDGED_FILE
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.build import build
from pix2pix_lib.recipes import vary
from pix2pix_lib.restoration.exporting import DISCRIMINATOR, to_onnx
from pix2pix_lib.sources.sets import EXAM
from pix2pix_lib.training.runs import DISCRIMINATOR_FILE, load_run

from .derecha import EXACT, PHASES, upright_faces
from .pesos import store

CELL, MARGIN = 8, 8
"""Cada nota tiene en medio de su parche CELL píxeles; en el borde de la imagen sobran MARGIN."""

CASES = 320


def cells(holes: np.ndarray) -> np.ndarray:
    """De bool (n, lado, lado) a bool (n, notas, notas): si en medio de cada parche hay hueco."""
    inner = holes[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    count = inner.shape[1] // CELL
    return inner.reshape(-1, count, CELL, count, CELL).any((2, 4))


def main(output: str) -> None:
    folder = Path(output)
    name, trained = [*PHASES.items()][-1]
    recipe = vary(trained, {"training": {"precision": "float32"}})
    discriminator = build(recipe).discriminator
    discriminator.load_weights(folder / name / DISCRIMINATOR_FILE)
    asked = vary(
        recipe,
        {
            "data": {"jitter": {"light": 0.0, "wear": False}},
            "training": {"batch_size": CASES, "seed": 1},
        },
    )
    x, y = training_batch(asked, upright_faces(EXAM, folder), load_masks(), 0)
    inside = cells(x[..., HOLE][..., 0] > 0)
    candidates = {
        "originales": y,
        "dibujadas contra él": to_float(load_run(folder / name).model.restore(x)),
        "sin adversario": to_float(load_run(folder / EXACT).model.restore(x)),
    }
    shares = {}
    for which, candidate in candidates.items():
        real = discriminator.predict((x, candidate), batch_size=16, verbose=0)[..., 0] > 0
        shares[which] = round(float(real[inside].mean()), 3)
    digest = store(to_onnx(discriminator, ["notas"]), DISCRIMINATOR, receta=asdict(trained))
    judged = {"version": digest, "parece auténtico": shares}
    write_whole(JUDGED_FILE, json.dumps(judged, ensure_ascii=False).encode())
