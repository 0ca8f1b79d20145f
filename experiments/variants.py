"""Entrenar y examinar las variantes de un experimento, y apuntar lo que sale.

`experiments/NOMBRE.toml` dice de qué receta se parte, qué cambia cada variante, con qué semillas,
qué se mide además de las notas (`medidas`), qué otros exámenes hace (`examenes`: con otras caras,
ampliadas o borradas de otra manera) y, si no son las del reparto de siempre, con qué caras se
aprende y con cuáles se examina. Si de las «caras» de una variante solo se dice cuántas, las echa a
suertes la semilla entre las de aprender; de las «ampliadas», cuántas de ellas, las últimas, se
amplían (en un examen, todas). La curva se mide con las caras de elegir; el examen se hace una vez,
al acabar. (Lo apuntado que no dice de cuántas «caras» aprendió es de antes: aprendía también de las
de elegir, y su curva es la del examen.) Cada entrenamiento deja un JSON en `assets/records/`, de
donde lo leen los capítulos, y el primero de las variantes que un capítulo enseña (`tiras`), además,
una tira de caras. Lo que ya está no se repite; si se para, la misma orden sigue. Con `--miniatura`
hace solo cien pasos con la primera semilla, en una carpeta de usar y tirar: sirve para comprobar
que funciona.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import time
import tomllib
import warnings
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

from pix2pix_lib.data.degradations import enlarge
from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.photos import list_photos, load_faces, split_in_three
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation.exams import Exam, faces_exam
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.gan import Pix2Pix
from pix2pix_lib.model.networks import count_macs
from pix2pix_lib.recipes import RECIPES, Recipe, vary
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.stored_recipes import read_recipe
from pix2pix_lib.teaching.miniatures import EXAM_SEED
from pix2pix_lib.teaching.records import record_file
from pix2pix_lib.training.loop import train

from .measures import MEASURES, Curve, errors, rounded

HERE = Path(__file__).parent
WORK = HERE.parent / "_build/experimentos"
"""Dónde se entrena: de aquí se sigue si algo se para."""

CURVE = "curva"
TIMES_ENLARGED = 256 / 99
"""Lo que se amplía una cara mediana del conjunto histórico, de 99 píxeles (capítulo 1)."""

TOP = {"receta", "semillas", "examen", "examenes", "medidas", "tiras", "ajustes", "variantes"}
PART = {"receta", "caras", "ampliadas", "ajustes"}
EXAM = {"caras", "ampliadas", "borrado"}
"""Lo que puede decir un archivo TOML, de cada variante y de cada uno de los otros exámenes."""


def read_experiment(name: str) -> dict:
    """Lee `experiments/NAME.toml`, que existe. Lanza UserError si no se entiende."""
    path = HERE / f"{name}.toml"
    try:
        experiment = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"«{path}» no es TOML ({error}): corrígelo.") from error
    parts = [
        (experiment, TOP),
        *((each, PART) for each in experiment.get("variantes", {}).values()),
        *((each, EXAM) for each in experiment.get("examenes", {}).values()),
    ]
    if strange := {key for part, known in parts for key in part.keys() - known}:
        raise UserError(f"En «{path}» no se entiende {', '.join(sorted(strange))}: corrígelo.")
    if unknown := set(experiment.get("medidas", [])) - {CURVE, *MEASURES}:
        raise UserError(f"En «{path}» no se sabe medir {', '.join(unknown)}: corrígelo.")
    own = [part.get(key) for part, keys in parts if keys is not EXAM for key in ("caras", "examen")]
    if CURVE in experiment.get("medidas", []) and any(isinstance(limits, list) for limits in own):
        raise UserError(
            f"En «{path}» la curva pide el reparto de siempre, que aparta caras para elegir: quita "
            "«examen», y di de las «caras» solo cuántas."
        )
    recipes = {part.get("receta", experiment.get("receta")) for part, _ in parts}
    if not recipes <= RECIPES.keys() or not experiment.get("variantes"):
        raise UserError(
            f"A «{path}» le falta «receta» ({', '.join(RECIPES)}) o alguna de las «variantes»."
        )
    return experiment


def common_recipe(experiment: dict) -> Recipe:
    """La de partida, con lo que cambian todas las variantes; sus huecos son los del examen."""
    return vary(RECIPES[experiment["receta"]], experiment.get("ajustes", {}))


def recipe_of(experiment: dict, variant: str, seed: int) -> Recipe:
    """La receta de una variante: la común, con lo que cambia ella."""
    part = experiment["variantes"][variant]
    start = common_recipe(experiment | {"receta": part.get("receta", experiment["receta"])})
    return vary(vary(start, part.get("ajustes", {})), {"training": {"seed": seed}})


def faces_of(
    experiment: dict, variant: str, recipe: Recipe
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Las caras de las que aprende una variante, las de elegir y las de su examen."""
    photos = list_photos(default_faces())
    part = experiment["variantes"][variant]
    learned, chosen, asked = split_in_three(photos)
    wanted = part.get("caras")
    if isinstance(wanted, list):
        learned = photos[slice(*wanted)]
    elif wanted:
        if wanted > len(learned):
            raise UserError(
                f"Para aprender hay {len(learned)} caras y «{variant}» pide {wanted}: pide menos."
            )
        order = np.random.default_rng(recipe.training.seed).permutation(len(learned))
        learned = [learned[index] for index in order[:wanted]]
    if limits := experiment.get("examen"):
        asked = photos[slice(*limits)]
    faces = load_faces(learned, recipe.data.load_size)
    if poor := part.get("ampliadas"):
        faces = np.concatenate([faces[:-poor], enlarged(faces[-poor:])])
    size = recipe.data.size
    return faces, load_faces(chosen, size), load_faces(asked, size)


def enlarged(faces: np.ndarray) -> np.ndarray:
    return np.stack([enlarge(face, TIMES_ENLARGED) for face in faces])


def other_exams(experiment: dict, asked: np.ndarray) -> dict[str, Exam]:
    """Los demás exámenes que pide un archivo, por su nombre; sin decir caras, las de siempre."""
    holes = common_recipe(experiment).data.erase
    exams = {}
    for name, part in experiment.get("examenes", {}).items():
        faces = asked
        if limits := part.get("caras"):
            others = list_photos(default_faces())[slice(*limits)]
            faces = load_faces(others, asked.shape[1])
        if part.get("ampliadas"):
            faces = enlarged(faces)
        erased = vary(holes, part.get("borrado", {}))
        exams[name] = faces_exam(faces, load_masks(), erased, EXAM_SEED)
    return exams


def costs(model: Pix2Pix) -> dict[str, dict[str, int]]:
    """Los parámetros y las MAC por imagen de cada red."""
    networks = [model.generator] + ([model.discriminator] if model.discriminator else [])
    return {
        "parametros": {network.name: network.count_params() for network in networks},
        "mac": {network.name: count_macs(network) for network in networks},
    }


def run(experiment: dict, variant: str, recipe: Recipe, folder: Path) -> tuple[dict, np.ndarray]:
    """Entrena y examina una variante con una semilla; devuelve (lo que se apunta, tira).

    Lanza KeyboardInterrupt si se para: la misma orden sigue.
    """
    faces, chosen, asked = faces_of(experiment, variant, recipe)
    holes = common_recipe(experiment).data.erase
    exam = faces_exam(asked, load_masks(), holes, EXAM_SEED)
    x = exam.inputs(recipe.data.erase)
    wanted = experiment.get("medidas", [])
    rehearsal = faces_exam(chosen, load_masks(), holes, EXAM_SEED)
    seen = rehearsal.inputs(recipe.data.erase)
    curve = Curve(folder / "curva.json", rehearsal, seen)
    clock = folder / "segundos.txt"
    before = float(clock.read_text()) if clock.is_file() else 0.0

    start = time.process_time()
    watchers = [curve] if CURVE in wanted else []
    trained = train(recipe, faces, asked, folder, callbacks=watchers)
    seconds = before + time.process_time() - start
    if trained.steps < recipe.training.steps:
        clock.write_text(str(seconds))
        raise KeyboardInterrupt

    model = trained.model
    record = {
        "variante": variant,
        "semilla": recipe.training.seed,
        "receta": asdict(recipe),
        "datos": digest_of(faces, asked),
        "caras": len(faces),
        "versiones": {package: version(package) for package in ("keras", "numpy")},
        "maquina": f"{platform.machine()}, Python {platform.python_version()}",
        "segundos de CPU": round(seconds, 1),
        **costs(model),
        "notas": rounded(exam.mark(model.restore(x))),
        "errores": errors(exam, x, model.predict(x, verbose=0)),
    }
    if watchers:
        record[CURVE] = curve.rows()
    for name, other in other_exams(experiment, asked).items():
        record[name] = rounded(other.mark(model.restore(other.inputs(recipe.data.erase))))
    for name, measure in MEASURES.items():
        if name in wanted:
            record[name] = measure(model, exam, x)
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
                recipe = vary(recipe, {"training": {"steps": 100}})
            path = records / record_file(name, variant, seed).name
            if is_done(path, recipe):
                continue
            print(f"{name}: {variant}, semilla {seed}", flush=True)
            record, strip = run(experiment, variant, recipe, work / path.stem)
            record = {"experimento": name, **record}
            if variant in experiment.get("tiras", []) and seed == seeds[0]:
                picture = io.BytesIO()
                Image.fromarray(strip).save(picture, "JPEG", quality=88)
                write_whole(path.with_suffix(".jpg"), picture.getvalue())
            write_whole(path, json.dumps(record, ensure_ascii=False).encode())
            print(f"{np.mean(record['notas']['psnr']):.2f} dB", flush=True)
