"""Entrena la red que viene con el libro: `python -m experiments pesos SALIDA`.

Parte de la primera red que trajo el libro, que está en la historia del repositorio, y aprende de
140 retratos CC0, que se descargan la primera vez, en dos fases. Otros 40 se guardan para el examen
y 20, para elegir entre ajustes. Si se para, la misma orden sigue desde donde estaba. Las recetas
están en `assets/pretrained.json`, y al acabar deja a su lado la red. Pide `pip install -e
.[pesos]`.
"""

import hashlib
import io
import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto

from pix2pix_lib.data.photos import load_faces
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.build import build
from pix2pix_lib.recipes import Recipe, vary
from pix2pix_lib.restoration.exporting import generator_to_onnx, lighten
from pix2pix_lib.restoration.pretrained import WEIGHTS, training_phases
from pix2pix_lib.sources.sets import CC0, LEARN, portrait_files
from pix2pix_lib.training.loop import train
from pix2pix_lib.training.runs import WEIGHTS_FILE, Run

PHASES = training_phases()
"""Carpeta y receta de cada fase. La primera, a 128 píxeles, cuesta la cuarta parte: sus ventanas
van de un cuarto de cara al busto, y la mitad de las fotos están borrosas, ampliadas, comprimidas o
con ruido. En la segunda, a 256, la red ve caras enteras con detalle."""

FINAL = vary(PHASES["entera"], {"training": {"precision": "float32"}})
"""La red que se publica."""

ANCESTOR = "7d4596076f6020ef24638cb04fb6b83fb5c43987"
"""El archivo, en la historia de git, de la primera red del libro; ella aprendió de los 200."""


def fit(recipe: Recipe, photos: list[Path], output: Path, initial: Path) -> Run:
    faces = load_faces(photos, recipe.data.load_size)
    shown = load_faces(photos[:6], recipe.data.size)
    return train(recipe, faces, shown, output, initial=initial)


def save_ancestor(folder: Path) -> Path:
    """Deja en una carpeta los pesos de la primera red del libro, para partir de ellos."""
    content = subprocess.run(
        ["git", "cat-file", "blob", ANCESTOR],
        cwd=Path(__file__).parent,
        check=True,
        capture_output=True,
    ).stdout
    generator = build(FINAL).generator
    with np.load(io.BytesIO(content)) as weights:
        generator.set_weights(list(weights.values()))
    folder.mkdir(parents=True, exist_ok=True)
    generator.save_weights(folder / WEIGHTS_FILE)
    return folder


def store(model: ModelProto, weights: Path, **facts: Any) -> str:
    """Deja en la biblioteca una red, con los pesos en float16, y su ficha; devuelve su huella."""
    lighten(model, "float16")
    content = model.SerializeToString()
    digest = hashlib.sha256(content).hexdigest()
    write_whole(weights, content)
    record = json.dumps({"sha256": digest, **facts}, indent=2)
    write_whole(weights.with_suffix(".json"), record.encode())
    return digest


def publish(folder: Path, phases: Mapping[str, Recipe], weights: Path, **facts: Any) -> None:
    """Deja en la biblioteca la red de la última fase, y su ficha (véase `store`).

    folder: dónde está esa fase. facts: qué más se apunta.
    """
    recipe = vary([*phases.values()][-1], {"training": {"precision": "float32"}})
    generator = build(recipe).generator
    generator.load_weights(folder / WEIGHTS_FILE)
    described = {name: asdict(phase) for name, phase in phases.items()}
    store(generator_to_onnx(generator, recipe), weights, fases=described, **facts)


def main(output: str) -> None:
    folder = Path(output)
    photos = portrait_files(CC0, LEARN)
    initial = save_ancestor(folder / "primera")
    for name, recipe in PHASES.items():
        if fit(recipe, photos, folder / name, initial).steps < recipe.training.steps:
            return
        initial = folder / name
    publish(initial, PHASES, WEIGHTS)
