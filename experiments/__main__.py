"""Repite un experimento: `python -m experiments NOMBRE [--miniatura]`, desde la raíz.

`experiments/NOMBRE.toml` dice de qué receta se parte, qué cambia cada variante, con qué semillas y,
si no son las del reparto de siempre, con qué caras se aprende y con cuáles se examina. Cada
entrenamiento deja un JSON y una tira en `pix2pix_lib/records/`, de donde los leen los capítulos. Lo
que ya está no se repite; si se para, la misma orden sigue. Con `--miniatura` hace solo cien pasos
con la primera semilla, en una carpeta de usar y tirar: sirve para comprobar que funciona.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import sys
import tempfile
import time
import tomllib
import warnings
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

from pix2pix_lib.errors import UserError
from pix2pix_lib.exams import faces_exam
from pix2pix_lib.files import write_whole
from pix2pix_lib.masks import load_masks
from pix2pix_lib.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.recipes import RECIPES, Recipe, read_recipe, vary
from pix2pix_lib.results import RECORDS, record_file
from pix2pix_lib.sources import default_faces
from pix2pix_lib.training import train

HERE = Path(__file__).parent
WORK = HERE.parent / "_build/experimentos"
"""Dónde se entrena: de aquí se sigue si algo se para."""

EXAM_SEED = 1
TOP = {"receta", "semillas", "examen", "ajustes", "variantes"}
PART = {"caras", "ajustes"}
"""Lo que puede decir un fichero TOML y lo que puede decir de cada variante."""


def read_experiment(name: str) -> dict:
    """Lee `experiments/NAME.toml`. Lanza UserError si no existe o no se entiende."""
    path = HERE / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(path.stem for path in HERE.glob("*.toml")))
        raise UserError(f"No hay ningún experimento «{name}»: elige entre {known}.")
    try:
        experiment = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"«{path}» no es TOML ({error}): corrígelo.") from error
    parts = [
        (experiment, TOP),
        *((each, PART) for each in experiment.get("variantes", {}).values()),
    ]
    if strange := {key for part, known in parts for key in part.keys() - known}:
        raise UserError(f"En «{path}» no se entiende {', '.join(sorted(strange))}: corrígelo.")
    if experiment.get("receta") not in RECIPES or not experiment.get("variantes"):
        raise UserError(
            f"A «{path}» le falta «receta» ({', '.join(RECIPES)}) o alguna de las «variantes»."
        )
    return experiment


def common_recipe(experiment: dict) -> Recipe:
    """La de partida, con lo que cambian todas las variantes; sus huecos son los del examen."""
    return vary(RECIPES[experiment["receta"]], experiment.get("ajustes", {}))


def recipe_of(experiment: dict, variant: str, seed: int) -> Recipe:
    """La receta de una variante: la común, con lo que cambia ella."""
    changes = experiment["variantes"][variant].get("ajustes", {})
    return replace(vary(common_recipe(experiment), changes), seed=seed)


def faces_of(experiment: dict, variant: str) -> tuple[list[Path], list[Path]]:
    """Las fotos de las que aprende una variante y las de su examen."""
    photos = list_photos(default_faces())
    learned, asked = split_by_photo(photos)
    if limits := experiment["variantes"][variant].get("caras"):
        learned = photos[slice(*limits)]
    if limits := experiment.get("examen"):
        asked = photos[slice(*limits)]
    return learned, asked


def run(experiment: dict, variant: str, recipe: Recipe, folder: Path) -> tuple[dict, np.ndarray]:
    """Entrena y examina una variante con una semilla; devuelve (lo que se apunta, tira).

    Lanza KeyboardInterrupt si se para: la misma orden sigue.
    """
    learned, asked = faces_of(experiment, variant)
    faces, asked_faces = load_faces(learned, recipe.load_size), load_faces(asked, recipe.size)
    start = time.perf_counter()
    trained = train(recipe, faces, asked_faces, folder)
    if trained.steps < recipe.steps:
        raise KeyboardInterrupt
    seconds = round(time.perf_counter() - start)
    exam = faces_exam(asked_faces, load_masks(), common_recipe(experiment).erase, EXAM_SEED)
    scores = exam.mark(trained.model.restore(exam.inputs(recipe.erase.fill)))
    record = {
        "variante": variant,
        "semilla": recipe.seed,
        "receta": asdict(recipe),
        "datos": digest_of(faces, asked_faces),
        "versiones": {package: version(package) for package in ("keras", "numpy")},
        "maquina": f"{platform.machine()}, Python {platform.python_version()}",
        "segundos": seconds,
        "notas": {measure: values.round(3).tolist() for measure, values in scores.items()},
    }
    return record, trained.strip


def digest_of(*arrays: np.ndarray) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def is_done(path: Path, recipe: Recipe) -> bool:
    """Si ya está apuntado lo de esta receta, con la misma semilla.

    A lo apuntado por una versión anterior le puede faltar algún ajuste: vale el de siempre.
    """
    if not path.is_file():
        return False
    stored = json.loads(path.read_text(encoding="utf-8"))["receta"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read_recipe(stored) == recipe


def repeat(name: str, work: Path, records: Path, miniature: bool) -> None:
    experiment = read_experiment(name)
    seeds = experiment.get("semillas", [0])
    for seed in seeds[:1] if miniature else seeds:
        for variant in experiment["variantes"]:
            recipe = recipe_of(experiment, variant, seed)
            if miniature:
                recipe = replace(recipe, steps=100)
            path = records / record_file(name, variant, seed).name
            if is_done(path, recipe):
                continue
            print(f"{name}: {variant}, semilla {seed}", flush=True)
            record, strip = run(experiment, variant, recipe, work / path.stem)
            record = {"experimento": name, **record}
            with tempfile.TemporaryDirectory() as folder:
                picture = Path(folder) / "tira.jpg"
                Image.fromarray(strip).save(picture, quality=88)
                write_whole(path.with_suffix(".jpg"), picture.read_bytes())
            write_whole(path, json.dumps(record, ensure_ascii=False).encode())
            print(f"{np.mean(record['notas']['psnr']):.2f} dB", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser("python -m experiments", description=__doc__.split("\n")[0])
    parser.add_argument("nombre", help="el de un fichero TOML de experiments/")
    parser.add_argument("--miniatura", action="store_true", help="cien pasos y sin apuntar nada")
    options = parser.parse_args()
    warnings.showwarning = lambda message, *_: print(f"Aviso: {message}", file=sys.stderr)
    try:
        if options.miniatura:
            with tempfile.TemporaryDirectory() as folder:
                repeat(options.nombre, Path(folder) / "redes", Path(folder), miniature=True)
        else:
            repeat(options.nombre, WORK, RECORDS, miniature=False)
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nParado: repite la misma orden y sigue donde se quedó.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
