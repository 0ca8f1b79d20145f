"""Entrena a los jueces del libro y les pasa sus controles: `python -m experiments juez`.

A un juez se le enseñan dos recortes del mismo sitio, el restaurado y el de verdad, y ha de decir
cuál es el de verdad (véase `evaluation.judge`). Aprende de retratos con los que no se examina
ninguna red, restaurados por todos los métodos, por redes a medio entrenar y con la original borrosa
o demasiado enfocada; a varias escalas y con varios desperfectos.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import layers, ops
from tqdm import tqdm

from pix2pix_lib.data.degradations import degrade, jpeg, noise, soften
from pix2pix_lib.data.features import RADII, draw_feature
from pix2pix_lib.data.masks import Masks, load_masks
from pix2pix_lib.data.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.data.strokes import LINE, SCRATCH, SPOT
from pix2pix_lib.devices import fastest_precision
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation.exams import BLOT, Case, Exam, paint_face
from pix2pix_lib.evaluation.judge import (
    FILE,
    RECORD,
    SIDE,
    Judges,
    crop,
    load_judges,
    looks,
    square,
)
from pix2pix_lib.evaluation.results import JUDGE_FILE
from pix2pix_lib.evaluation.wide_holes import wide_exam
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.build import build
from pix2pix_lib.model.gan import Pix2Pix
from pix2pix_lib.recipes import MAGENTA, MINIATURA, REPINTA, vary
from pix2pix_lib.restoration.exporting import lighten, to_onnx
from pix2pix_lib.restoration.faces import largest_face
from pix2pix_lib.restoration.pretrained import networks_digest
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.sources.sets import CC0, CONGRESS, EXAM, LEARN, portraits
from pix2pix_lib.training.loop import train
from pix2pix_lib.training.runs import WEIGHTS_FILE, shipped_run

from .examen import BareFill, methods
from .pesos import FINAL, save_ancestor

BUILT = Path(__file__).parents[1] / "_build/juez"
WINDOW = 256
FACE_WIDTHS = (50, 400)
"""Entre qué anchos, en píxeles, se deja la cara."""

STROKES = {SPOT: 2, SCRATCH: 1, LINE: 1, BLOT: 1}
FILL = "relleno de partida"
OFTEN, SELDOM = 0.45, 0.2
"""Con qué probabilidad se usa en una escena cada método y cada red."""

TURNS = 3
"""Las vueltas que se dan a los retratos: en cada una se usa la mitad, y una escena de cada uno."""

YOUNG = {
    "la miniatura": MINIATURA,
    "la que repinta": vary(REPINTA, {"training": {"steps": 200}}),
    "la que repinta a 128": vary(
        REPINTA,
        {
            "data": {"size": 128, "load_size": 144},
            "generator": {"levels": 5},
            "loss": {"hole_weight": 1},
            "training": {"steps": 100},
        },
    ),
}
"""Redes a medio entrenar, con las caras del libro."""

Portrait = tuple[str, np.ndarray, tuple[float, float, float], np.ndarray]
"""(nombre, foto, cara como en `paint_face`, sus seis puntos)."""


def make_scene(portrait: Portrait, masks: Masks, rng: np.random.Generator) -> Case:
    """Un retrato reducido, quizá estropeado, con un hueco ancho y unos trazos que no lo tocan."""
    name, photo, face, points = portrait
    scale = min(1.0, np.exp(rng.uniform(*np.log(FACE_WIDTHS))) / face[2])
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points, face = points * scale, np.array(face) * scale
    x, y = points[rng.integers(4)] + rng.normal(0, 0.15, 2) * face[2]
    place = square((int(y), int(x)), WINDOW, photo.shape[:2])
    corner = np.array([place[1].start, place[0].start])
    photo = degrade(np.ascontiguousarray(photo[place]), rng)
    kind = list(RADII)[rng.integers(len(RADII))]
    wide = draw_feature(photo.shape[:2], points - corner, kind, rng)
    strokes = paint_face(photo.shape[:2], (*(face[:2] - corner), face[2]), masks, rng, STROKES)
    holes = [(kind, wide)] if 0 < wide.mean() < 0.5 else []
    holes += [(kind, hole) for kind, hole in strokes if not (hole & wide).any()]
    return Case(name, photo, holes)


def inside(case: Case, image: np.ndarray) -> np.ndarray:
    """La foto con lo de otra imagen en sus huecos."""
    return np.where(case.hole[..., None], image, case.photo)


def blurred(case: Case, rng: np.random.Generator) -> np.ndarray:
    return inside(case, soften(case.photo, np.exp(rng.uniform(*np.log((0.5, 5))))))


def sharpened(case: Case, rng: np.random.Generator) -> np.ndarray:
    soft = soften(case.photo, rng.uniform(0.8, 2)).astype(float)
    sharp = case.photo + rng.uniform(0.5, 2.5) * (case.photo - soft)
    return inside(case, np.clip(np.rint(sharp), 0, 255).astype(np.uint8))


def flat(case: Case, rng: np.random.Generator) -> np.ndarray:
    """Un color liso: el de la pintura, el medio de la foto o uno cualquiera."""
    colors = [MAGENTA, case.photo[~case.hole].mean(0), rng.uniform(0, 255, 3)]
    return inside(case, np.rint(colors[rng.integers(3)]).astype(np.uint8))


Restore = Callable[[Case, np.random.Generator], np.ndarray]


def restorers() -> dict[str, Restore]:
    """Lo que restaura las escenas de una en una."""

    def of_method(restore) -> Restore:
        return lambda case, rng: next(iter(restore(Exam([case]), "")))

    known = {name: of_method(restore) for name, (restore, _) in methods().items() if name != FILL}
    return known | {"borrosa": blurred, "demasiado enfocada": sharpened}


def networks() -> dict[str, Pix2Pix | BareFill]:
    """Lo que restaura ventanas por lotes: el relleno y redes de varias edades."""
    first = build(FINAL)
    first.generator.load_weights(save_ancestor(BUILT / "primera") / WEIGHTS_FILE)
    found = {FILL: BareFill(), "la primera red": first, "la rápida": shipped_run().model}
    learned, _ = split_by_photo(list_photos(default_faces()))
    for name, recipe in YOUNG.items():
        faces = load_faces(learned, recipe.data.load_size)
        shown = load_faces(learned[:6], recipe.data.size)
        found[name] = train(recipe, faces, shown, BUILT / name.replace(" ", "_")).model
    return found


@dataclass(frozen=True)
class Pairs:
    """Recortes: restored, original, uint8 (n, SIDE, SIDE, 3); holes, bool (n, SIDE, SIDE).

    photos, methods, kinds: de qué retrato, método y clase de hueco es cada pareja: str (n,).
    """

    restored: np.ndarray
    original: np.ndarray
    holes: np.ndarray
    photos: np.ndarray
    methods: np.ndarray
    kinds: np.ndarray


SAME = "la misma, vuelta a guardar"
"""El control: ninguna de las dos es más de verdad que la otra."""


def damage(first: np.ndarray, second: np.ndarray, rng: np.random.Generator):
    """Lo mismo para los dos recortes: a veces, JPEG; a veces, ruido."""
    fate = rng.random()
    if fate < 0.25:
        quality = int(rng.integers(60, 97))
        return jpeg(first, quality), jpeg(second, quality)
    if fate < 0.35:
        deviation = rng.uniform(1.5, 6)
        return noise(first, deviation, rng), noise(second, deviation, rng)
    return first, second


def pairs_of(
    case: Case, method: str, image: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple]:
    """Las parejas de una escena restaurada: cada hueco, como lo mira el juez o con lupa."""
    for kind, hole in case.strokes:
        places = looks(hole)
        if rng.random() < 0.15:
            rows, columns = np.nonzero(hole)
            middle = rng.integers(len(rows))
            places = [square((int(rows[middle]), int(columns[middle])), SIDE // 2, hole.shape)]
        for place in places:
            crops = damage(crop(image, place), crop(case.photo, place), rng)
            yield *crops, crop(case.hole, place), case.name, method, kind


def again(case: Case, rng: np.random.Generator) -> Iterator[tuple]:
    """Parejas de la original y ella misma en JPEG, que no es ni más ni menos de verdad."""
    for kind, hole in case.strokes[:2]:
        place = looks(hole)[-1]
        saved = crop(jpeg(case.photo, int(rng.integers(75, 99))), place)
        yield saved, crop(case.photo, place), crop(case.hole, place), case.name, SAME, kind


def cut(case: Case, size: int) -> Case:
    """La ventana de `size` píxeles donde está el primer hueco."""
    rows, columns = np.nonzero(case.strokes[0][1])
    place = square((int(rows.mean()), int(columns.mean())), size, case.hole.shape)
    strokes = [(kind, hole[place]) for kind, hole in case.strokes if hole[place].any()]
    return Case(case.name, np.ascontiguousarray(case.photo[place]), strokes)


def join(parts: Sequence[Pairs]) -> Pairs:
    return Pairs(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Pairs))
    )


def collect(portraits: list[Portrait], seed: int) -> Pairs:
    """Parejas de unos retratos: una escena de cada uno, con unos cuantos métodos."""
    masks, alone, rows, cases = load_masks(), restorers(), [], []
    for index, portrait in enumerate(tqdm(portraits, f"Restaurando, {seed}", unit="retrato")):
        rng = np.random.default_rng([seed, index])
        case = make_scene(portrait, masks, rng)
        if not case.strokes:
            continue
        cases.append(case)
        rows += again(case, rng)
        for method, restore in alone.items():
            if rng.random() < OFTEN:
                rows += pairs_of(case, method, restore(case, rng), rng)
    for number, (method, network) in enumerate(networks().items()):
        rng = np.random.default_rng([seed, len(portraits), number])
        exam = Exam(
            [
                cut(case, network.size)
                for case in cases
                if rng.random() < SELDOM and min(case.hole.shape) >= network.size
            ]
        )
        images = network.restore(exam.inputs(FINAL.data.erase))
        for case, image in zip(exam.cases, images, strict=True):
            rows += pairs_of(case, method, inside(case, image), rng)
    return Pairs(*map(np.array, zip(*rows, strict=True)))


def obvious(portraits: list[Portrait], seed: int) -> Pairs:
    """Parejas que se ven de lejos: en el hueco hay un color liso."""
    masks, rows = load_masks(), []
    for index, portrait in enumerate(portraits):
        rng = np.random.default_rng([seed, index])
        case = make_scene(portrait, masks, rng)
        rows += pairs_of(case, "color liso", flat(case, rng), rng)
    return Pairs(*map(np.array, zip(*rows, strict=True)))


DETAIL = 8
"""Cuánto se aumenta la textura fina: sin esto tardan mucho en fijarse en ella."""

SEEDS, EPOCHS, BATCH, RATE = range(5), 8, 32, 2e-3


def scorer() -> keras.Model:
    """Cuánto parece de verdad un recorte, visto el otro: (n,)."""
    mine, other, hole = (keras.Input((SIDE, SIDE, channels)) for channels in (3, 3, 1))
    detail = DETAIL * (mine - ops.average_pool(mine, 3, strides=1, padding="same"))
    x = layers.Concatenate()([mine, detail, mine - other, hole])
    for filters, size, strides in ((24, 4, 2), (32, 3, 2), (48, 3, 1), (64, 3, 2)):
        x = layers.Conv2D(filters, size, strides, padding="same", activation="relu")(x)
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)])
    x = layers.Dense(1, dtype="float32")(layers.Dropout(0.2)(x))
    return keras.Model([mine, other, hole], x)


def judge(scorers: Sequence[keras.Model]) -> keras.Model:
    """Cuánto prefiere el primero cada juez: con los recortes al revés, lo mismo con otro signo."""
    first, second = (keras.Input((SIDE, SIDE, 3), name=name) for name in ("primero", "segundo"))
    hole = keras.Input((SIDE, SIDE), name="hueco")
    a, b, h = first / 127.5 - 1, second / 127.5 - 1, hole[..., None]
    each = [score([a, b, h]) - score([b, a, h]) for score in scorers]
    return keras.Model([first, second, hole], ops.concatenate(each, axis=-1))


class Batches(keras.utils.PyDataset):
    """Parejas barajadas, la mitad reflejadas. Lo que se aprende es a preferir la original."""

    def __init__(self, pairs: Pairs, seed: int):
        super().__init__()
        self.pairs, self.rng = pairs, np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self.order) // BATCH

    def __getitem__(self, index: int):
        one = self.order[index * BATCH : (index + 1) * BATCH]
        pairs = self.pairs
        crops = [pairs.original[one], pairs.restored[one], pairs.holes[one]]
        if self.rng.random() < 0.5:
            crops = [images[:, :, ::-1] for images in crops]
        crops = tuple(images.astype(np.float32) for images in crops)
        return crops, np.where(pairs.methods[one] == SAME, 0.5, 1.0)[:, None]

    def on_epoch_end(self):
        self.order = self.rng.permutation(len(self.pairs.methods))


def learn(pairs: Pairs, seed: int) -> keras.Model:
    """Un juez: lo que sale de `scorer`, entrenado."""
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_global_policy(fastest_precision())
    score = scorer()
    model, batches = judge([score]), Batches(pairs, seed)
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * len(batches))
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-3),
        keras.losses.BinaryCrossentropy(from_logits=True),
    )
    model.fit(batches, epochs=EPOCHS, verbose=2)
    return score


EXAM_STROKES = {SPOT: 8, SCRATCH: 4, LINE: 4}
STROKES_SIDE, WIDE_SIDE = 384, 256
"""A qué lado se reducen los retratos de cada examen."""


def reduced(portrait: Portrait, side: int) -> np.ndarray:
    return cv2.resize(portrait[1], (side, side), interpolation=cv2.INTER_AREA)


def strokes_exam(portraits: Iterable[Portrait]) -> Exam:
    """Trazos en proporción a la cara."""
    masks, cases = load_masks(), []
    for index, portrait in enumerate(portraits):
        photo = reduced(portrait, STROKES_SIDE)
        face = tuple(np.array(portrait[2]) * STROKES_SIDE / len(portrait[1]))
        rng = np.random.default_rng([2, index])
        strokes = paint_face(photo.shape[:2], face, masks, rng, EXAM_STROKES)
        cases.append(Case(str(index), photo, strokes))
    return Exam(cases)


def restored(exam: Exam, name: str) -> dict[str, np.ndarray]:
    """Lo que hace cada método con las fotos de un examen: {método: uint8 (fotos, ...)}.

    Se guarda en `_build`: cambiar de jueces no pide restaurar otra vez.
    """
    found = {}
    for method, (restore, version) in methods().items():
        key = hashlib.sha256(version.encode()).hexdigest()[:8]
        path = BUILT / f"{name}-{method.replace(' ', '_')}-{key}.npy"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, np.stack([*restore(exam, f"{name}: {method}")]))
        found[method] = np.load(path)
    return found


SAVED = 90
"""Calidad del JPEG del control."""

BLURS = (0.5, 0.75, 1, 1.5, 2, 3, 5)
"""Desviaciones de la escalera de desenfoques, en píxeles."""


def publish(scorers: Sequence[keras.Model]) -> None:
    """Deja en la biblioteca a los jueces, con los pesos en float16 y su huella."""
    keras.mixed_precision.set_global_policy("float32")
    exact = [scorer() for _ in scorers]
    for one, trained in zip(exact, scorers, strict=True):
        one.set_weights(trained.get_weights())
    model = to_onnx(judge(exact), ["prefiere"])
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "parejas"
    lighten(model, "float16")
    content = model.SerializeToString()
    record = {"sha256": hashlib.sha256(content).hexdigest(), "semillas": len(scorers)}
    write_whole(FILE, content)
    write_whole(RECORD, json.dumps(record, indent=2).encode())


def verdicts(judges: Judges, exam: Exam, images: dict[str, Iterable[np.ndarray]]) -> dict:
    """Lo que dice cada juez de cada trazo: 1 si acierta, 0 si no y = si le da igual."""
    strokes = exam.strokes()
    answers = {name: judges.right_answers(photos, exam.cases) for name, photos in images.items()}
    return {
        "foto": [int(name) for name in strokes["foto"]],
        "clase": strokes["clase"],
        "aciertos": {
            name: ["".join("0=1"[round(2 * right)] for right in one) for one in rights]
            for name, rights in answers.items()
        },
    }


def controls(exam: Exam) -> dict[str, Iterable[np.ndarray]]:
    """Lo que no es una restauración: la original en JPEG y, en los huecos, borrosa."""
    found = {f"JPEG {SAVED}": [jpeg(case.photo, SAVED) for case in exam.cases]}
    for sigma in BLURS:
        found[f"borrosa {sigma:g}"] = [
            inside(case, soften(case.photo, sigma)) for case in exam.cases
        ]
    return found


def examine() -> None:
    """Pasa los controles a los jueces publicados y juzga a cada método; lo apunta todo."""
    judges, cc0 = load_judges(), list(faced(CC0, EXAM))
    strokes = strokes_exam(cc0)
    people = [*cc0, *faced(CONGRESS, EXAM)]
    wide = wide_exam((str(index), reduced(one, WIDE_SIDE)) for index, one in enumerate(people))
    record = {
        "version": json.loads(RECORD.read_text())["sha256"],
        "red": networks_digest(),
        "antes": json.loads(JUDGE_FILE.read_text())["antes"],
        "trazos": verdicts(judges, strokes, restored(strokes, "trazos")),
        "huecos anchos": verdicts(judges, wide, restored(wide, "huecos")),
        "controles": verdicts(judges, strokes, controls(strokes)),
    }
    write_whole(JUDGE_FILE, json.dumps(record, ensure_ascii=False).encode())


def faced(name: str, side: str) -> Iterator[Portrait]:
    """Los retratos de un conjunto en los que se ve una cara, con sus puntos."""
    for file, photo, face in portraits(name, side):
        seen = largest_face(photo)
        if seen is not None:
            yield file, photo, face, seen.points


def main(only: str = "") -> None:
    if only not in ("", "examinar"):
        raise UserError(f"«{only}» no se entiende: escribe «examinar» o nada.")
    if not only:
        people = [*faced(CONGRESS, LEARN), *faced(CC0, LEARN)]
        turns = [collect(people[turn % 2 :: 2], turn) for turn in range(TURNS)]
        pairs = join([*turns, obvious(people[::3], TURNS)])
        publish([learn(pairs, seed) for seed in SEEDS])
    examine()
