"""Entrena el discriminador del laboratorio: `python -m experiments discriminador`.

La red del libro se entrenó sin discriminador. Este aprende después, con ella congelada, de los
mismos 140 retratos CC0: se borran al azar, ella los restaura y él juzga la restaurada y la
original; de las restauradas, la mitad llevan grano. Es la PatchGAN de siempre, con dos diferencias:
ve la textura fina aumentada y, como fuera del hueco la restaurada es la original, ahí lo que se le
enseña es que es auténtica.

Deja en `pix2pix_lib/` el discriminador y su ficha, y en `exam_results/`, qué parte le parece
auténtica de caras de las que nadie aprendió. Media hora en dos núcleos. Pide `pip install -e
.[exportar]`.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

import keras
import numpy as np
from keras import layers
from tqdm import tqdm

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.pairs import IMAGE, to_float, to_uint8, training_batch
from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.devices import fastest_precision
from pix2pix_lib.evaluation.results import JUDGED_FILE
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.networks import patchgan_discriminator
from pix2pix_lib.recipes import Recipe, vary
from pix2pix_lib.restoration.exporting import DISCRIMINATOR, DISCRIMINATOR_RECORD, lighten, to_onnx
from pix2pix_lib.restoration.grain import add_grain
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.sets import CC0, EXAM, LEARN, portrait_files

from .pesos import FINAL

RECIPE = vary(
    FINAL,
    {
        "data": {"erase": {"guesses": 0.0}},
        "discriminator": {"filters": 32, "norm": "instance", "slope": 0.2},
        "training": {"precision": "auto", "steps": 2000, "learning_rate": 1e-3},
    },
)
"""Lo que cuenta de ella: cómo se borra, el discriminador y cuánto aprende. Cada paso ve ocho
parejas, y de cada una, la original y la restaurada."""

VIEWS = 250
"""Cuántos lotes distintos hay: restaurar es lo que más cuesta, y se hace una vez."""

DETAIL = 8
"""Cuánto se aumenta la textura fina."""

OUTSIDE = 0.1
"""Cuánto pesa lo que no es hueco, que es casi todo y no tiene misterio."""

CELL, MARGIN = 8, 8
"""Cada nota tiene en medio de su parche CELL píxeles; en el borde de la imagen sobran MARGIN."""


@dataclass(frozen=True)
class Cases:
    """Caras borradas, originales y restauradas: uint8 (n, lado, lado, 3).

    plain: lo que da la red; grainy: con el grano de lo que rodea al hueco.
    inside: bool (n, 30, 30), si en medio del parche de cada nota hay hueco.
    """

    erased: np.ndarray
    original: np.ndarray
    plain: np.ndarray
    grainy: np.ndarray
    inside: np.ndarray


def cells(holes: np.ndarray) -> np.ndarray:
    """De bool (n, lado, lado) a bool (n, notas, notas): si en medio de cada parche hay hueco."""
    inner = holes[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    count = inner.shape[1] // CELL
    return inner.reshape(-1, count, CELL, count, CELL).any((2, 4))


def prepare(faces: np.ndarray, recipe: Recipe, batches: int, title: str) -> Cases:
    """Borra las caras al azar y las restaura con la red del libro."""
    network, masks, parts = load_pretrained(), load_masks(), []
    for step in tqdm(range(batches), title, unit="lote"):
        x, y = training_batch(recipe, faces, masks, step)
        holes, plain = x[..., 3] > 0, network.restore(x)
        grainy = np.stack([*map(add_grain, plain, holes)])
        parts.append((to_uint8(x[..., IMAGE]), to_uint8(y), plain, grainy, cells(holes)))
    return Cases(*map(np.concatenate, zip(*parts, strict=True)))


class Batches(keras.utils.PyDataset):
    """Los lotes del entrenamiento: las originales de unas parejas y sus restauradas."""

    def __init__(self, cases: Cases, recipe: Recipe):
        super().__init__()
        self.cases, self.recipe = cases, recipe

    def __len__(self) -> int:
        return self.recipe.training.steps

    def __getitem__(self, step: int):
        cases, recipe = self.cases, self.recipe
        rng = np.random.default_rng([recipe.training.seed, step])
        chosen = rng.choice(len(cases.erased), recipe.training.batch_size, replace=False)
        fake = np.where(
            (np.arange(len(chosen)) % 2 == 0)[:, None, None, None],
            cases.plain[chosen],
            cases.grainy[chosen],
        )
        erased = to_float(np.concatenate([cases.erased[chosen]] * 2))
        candidates = to_float(np.concatenate([cases.original[chosen], fake]))
        inside = cases.inside[chosen, ..., None]
        target = np.concatenate([np.ones_like(inside), ~inside]).astype("float32")
        weights = np.concatenate([np.where(inside[..., 0], 1, OUTSIDE)] * 2).astype("float32")
        return (erased, candidates), target, weights


def learn(cases: Cases, recipe: Recipe) -> keras.Model:
    keras.utils.set_random_seed(recipe.training.seed)
    discriminator = build(recipe, fastest_precision())
    rate = keras.optimizers.schedules.CosineDecay(
        recipe.training.learning_rate, recipe.training.steps
    )
    discriminator.compile(
        keras.optimizers.Adam(rate, beta_1=0.5), keras.losses.BinaryCrossentropy(from_logits=True)
    )
    discriminator.fit(Batches(cases, recipe), shuffle=False, verbose=2)
    exact = build(recipe, "float32")
    exact.set_weights(discriminator.get_weights())
    return exact


def build(recipe: Recipe, precision: str) -> keras.Model:
    """La PatchGAN de la receta, que ve la candidata con la textura fina aumentada."""
    names, shape = ("borrada", "candidata"), (recipe.data.size, recipe.data.size, 3)
    erased, candidate = (keras.Input(shape, name=name) for name in names)
    detail = candidate - layers.AveragePooling2D(3, 1, "same")(candidate)
    judge = patchgan_discriminator(recipe.data.size, recipe.discriminator, precision)
    scores = judge([erased, candidate + DETAIL * detail])
    return keras.Model([erased, candidate], scores, name="discriminador")


def examine(discriminator: keras.Model, cases: Cases) -> dict[str, dict[str, float]]:
    """Qué parte de los parches le parecen auténticos, según lo que haya en medio."""
    shares = {}
    for name in ("original", "plain", "grainy"):
        pair = to_float(cases.erased), to_float(getattr(cases, name))
        real = discriminator.predict(pair, batch_size=8, verbose=0)[..., 0] > 0
        shares[name] = {
            "hueco": round(float(real[cases.inside].mean()), 3),
            "lo demás": round(float(real[~cases.inside].mean()), 3),
        }
    names = {"original": "originales", "plain": "restauradas", "grainy": "restauradas con grano"}
    return {names[name]: share for name, share in shares.items()}


def publish(discriminator: keras.Model, shares: dict) -> None:
    """Deja el discriminador en la biblioteca, con los pesos en float16, su ficha y lo que juzgó."""
    model = to_onnx(discriminator, ["notas"])
    lighten(model, "float16")
    content = model.SerializeToString()
    digest = hashlib.sha256(content).hexdigest()
    record = {
        "sha256": digest,
        "receta": asdict(RECIPE),
        "lotes distintos": VIEWS,
        "textura aumentada": DETAIL,
    }
    write_whole(DISCRIMINATOR, content)
    write_whole(DISCRIMINATOR_RECORD, json.dumps(record, indent=2).encode())
    judged = {"version": digest, "parece auténtico": shares}
    write_whole(JUDGED_FILE, json.dumps(judged, ensure_ascii=False).encode())


def main() -> None:
    size = RECIPE.data.load_size
    learned, asked = (load_faces(portrait_files(CC0, side), size) for side in (LEARN, EXAM))
    discriminator = learn(prepare(learned, RECIPE, VIEWS, "Restaurando"), RECIPE)
    clean = vary(
        RECIPE,
        {"data": {"jitter": {"light": 0.0, "wear": False}}, "training": {"seed": 1}},
    )
    exams = {
        "retratos de examen": prepare(asked, clean, 20, "Retratos"),
        "caras del libro": prepare(
            load_faces(list_photos(default_faces()), RECIPE.data.size), clean, 33, "Caras"
        ),
    }
    publish(discriminator, {name: examine(discriminator, cases) for name, cases in exams.items()})
