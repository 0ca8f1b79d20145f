"""Entrena la red que busca imperfecciones: `python -m experiments buscador SALIDA`.

Es una U-Net de la biblioteca, de foto a mapa: pix2pix una vez más. Aprende de las caras derechas de
los retratos que no son de examen ni de elegir, con marcas pintadas (`data.marks`), bajo el
desenfoque, el ruido y el JPEG de cada foto. En la primera fase, todo lo que no se ha pintado es
piel, y la red aprende a no ver las marcas de verdad. En la segunda son marcas también las de los
retratos CC0, señaladas a ojo (`marcas_cc0.json`), y de lo dudoso no aprende nada: lo que se señaló
con dudas, las pecas y, en los retratos sin señalar, todo lo que destaca de su piel.

En SALIDA/FASE/curva.json queda, cada mil pasos, cuántas marcas encuentra en los retratos de elegir
y cuántas ve donde no hay. Si se para, la misma orden sigue. Al acabar, la red queda en la
biblioteca, y a su lado, su ficha. Pide `pip install -e .[exportar]`.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import cv2
import keras
import numpy as np
from keras import ops
from tqdm import tqdm

from pix2pix_lib.data.degradations import degrade
from pix2pix_lib.data.marks import (
    DUST,
    EXTENT,
    HAIR,
    PIGMENTS,
    SCRATCH,
    SIZES,
    Mark,
    paint_mark,
    skin,
)
from pix2pix_lib.data.pairs import to_float
from pix2pix_lib.devices import fastest_precision
from pix2pix_lib.evaluation.found_marks import CLEAR
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.networks import unet_generator
from pix2pix_lib.recipes import UNet
from pix2pix_lib.restoration.exporting import to_onnx
from pix2pix_lib.restoration.finding import CHANCE, FACE, FINDER
from pix2pix_lib.restoration.finding import SIDE as SEEN
from pix2pix_lib.sources.sets import CC0, CHOOSE, LEARN, portrait_photos

from .derecha import SIDE, upright_faces
from .marcas import MARKED, real_marks, standing_out
from .pesos import store

CROP, BATCH = 192, 16
"""Lado de los recortes, en píxeles de la cara derecha, y cuántos van en un lote."""

MIDDLE = slice(SIDE // 4, -SIDE // 4)
"""La cara, en lo que guarda `upright_faces`."""

EVERY = 1000
PHASES = {"pintadas": (1e-3, 12000, 16000), "señaladas": (5e-4, 5000, 5000)}
"""Fase -> tasa de aprendizaje, pasos y en cuántos bajaría a cero."""

UNET = UNet(
    filters=24,
    levels=5,
    norm="batch",
    innermost_norm=True,
    dropout=0,
    slope=0.2,
    upsampling="resize",
    input_skip=True,
)
SCAN = (DUST, HAIR, SCRATCH)
WEIGHTS, CURVE = "buscador.weights.h5", "curva.json"
SKIN, MARK, DOUBT = range(3)
"""Lo que se sabe de un píxel; de la duda no se aprende."""


def probability(painted):
    """De lo que pinta la U-Net, (..., 3) en [-1, 1], a la probabilidad de que haya marca."""
    return (ops.mean(ops.cast(painted, "float32"), -1, keepdims=True) + 1) / 2


def loss(label, painted):
    """Focal (Lin et al., 2017) más Dice (Milletari et al., 2016): las marcas son pocos píxeles.

    label: (..., 1), `MARK`, `SKIN` o `DOUBT`; lo dudoso no cuenta.
    """
    found = ops.clip(probability(painted), 1e-4, 1 - 1e-4)
    truth, known = (ops.cast(each, "float32") for each in (label == MARK, label != DOUBT))
    right = truth * found + (1 - truth) * (1 - found)
    weight = known * (0.75 * truth + 0.25 * (1 - truth))
    focal = ops.mean(-weight * (1 - right) ** 2 * ops.log(right))
    seen = known * found
    dice = 1 - (2 * ops.sum(truth * seen) + 1) / (ops.sum(truth) + ops.sum(seen) + 1)
    return 20 * focal + dice


def paint_some(
    face: np.ndarray, allowed: np.ndarray, rng: np.random.Generator, count: int, face_width: float
) -> tuple[np.ndarray, list[Mark]]:
    """Pinta marcas en lo que se deja: las de la copia, también fuera de la piel."""
    marks, places = [], np.argwhere(allowed)
    for kind in rng.choice(list(SIZES), count):
        if kind in SCAN or len(places):
            row, column = (
                rng.uniform(0, len(face), 2) if kind in SCAN else places[rng.integers(len(places))]
            )
            face, mark = paint_mark(face, rng, kind, (column, row), face_width)
            marks.append(mark)
    return face, marks


def label(name: str, side: int) -> np.ndarray:
    """Lo que se sabe de la cara derecha de un retrato CC0: uint8 (side, side)."""
    known = np.full((side, side), SKIN, np.uint8)
    grid = (np.mgrid[:side, :side][::-1].transpose(1, 2, 0) + 0.5) / side
    for grown, value in ((1.5, DOUBT), (1.0, MARK)):
        for mark in real_marks(MARKED)[name]:
            if mark.is_sure or value == DOUBT:
                reach = grown * mark.radii + 1 / side
                known[np.hypot(*((grid - mark.center) / reach).transpose(2, 0, 1)) < 1] = value
    return known


def labels(side: str, faces: np.ndarray) -> np.ndarray:
    """Lo que se sabe de cada cara de `upright_faces`: uint8 (n, SIDE/2, SIDE/2)."""
    known = [label(photo.file_name, SIDE // 2) for photo in portrait_photos(CC0, side)]
    rows, columns = (np.mgrid[: SIDE // 2, : SIDE // 2] + 0.5) * SEEN / (SIDE // 2)
    for face in tqdm(faces[len(known) :], "Lo dudoso", unit="cara"):
        photo = cv2.resize(face[MIDDLE, MIDDLE], (SEEN, SEEN), interpolation=cv2.INTER_CUBIC)
        lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        doubtful = np.full(rows.shape, SKIN, np.uint8)
        for row, column, radius, _ in standing_out(lab):
            doubtful[np.hypot(rows - row, columns - column) < 1.5 * radius + 1] = DOUBT
        known.append(doubtful)
    return np.stack(known)


class Crops(keras.utils.PyDataset):
    """Recortes con marcas nuevas cada vez, y lo que se sabe de ellos."""

    def __init__(self, faces: np.ndarray, known: np.ndarray, first: int):
        super().__init__()
        self.faces, self.known, self.first, self.skin = faces, known, first, skin(SIDE // 2)

    def __len__(self):
        return EVERY

    def __getitem__(self, index):
        pairs = [self.one(np.random.default_rng([self.first + index, i])) for i in range(BATCH)]
        photos, maps = (np.stack(part) for part in zip(*pairs, strict=True))
        return to_float(photos), maps.astype(np.float32)[..., None]

    def on_epoch_end(self):
        self.first += EVERY

    def one(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        side = int(rng.uniform(0.75, 1.35) * CROP * (SIDE // 2) / SEEN)
        top, left = rng.integers(-40, SIDE // 2 - side + 40, 2)
        which = rng.integers(len(self.faces))
        rows, columns = (
            slice(SIDE // 4 + start, SIDE // 4 + start + side) for start in (top, left)
        )
        photo = cv2.resize(
            self.faces[which][rows, columns], (CROP, CROP), interpolation=cv2.INTER_AREA
        )
        allowed, known = (
            cv2.resize(
                np.pad(part, 80)[top + 80 : top + 80 + side, left + 80 : left + 80 + side],
                (CROP, CROP),
                interpolation=cv2.INTER_NEAREST,
            )
            for part in (self.skin.view(np.uint8), self.known[which])
        )
        if rng.random() < 0.5:
            photo, allowed, known = (
                np.ascontiguousarray(part[:, ::-1]) for part in (photo, allowed, known)
            )
        tint = rng.uniform(0.7, 1.25) * rng.uniform(0.92, 1.08, 3)
        photo = np.clip(photo * tint, 0, 255).astype(np.uint8)
        width = FACE / SEEN * (SIDE // 2) * CROP / side
        photo, marks = paint_some(photo, allowed, rng, rng.integers(0, 9), width)
        if rng.random() < 0.2:
            photo = np.repeat(photo.mean(-1, keepdims=True).astype(np.uint8), 3, -1)
        for mark in marks:
            known[mark.where] = MARK
        return degrade(photo, rng), known


class Case(NamedTuple):
    """Una cara de elegir, con ocho marcas: uint8 (SEEN, SEEN, 3), y lo que se sabe de ella.

    known: uint8 (SEEN, SEEN), o None si nadie ha señalado sus marcas de verdad.
    """

    photo: np.ndarray
    marks: list[Mark]
    known: np.ndarray | None


def rehearsal(faces: np.ndarray) -> list[Case]:
    """Las caras de elegir, con ocho marcas cada una."""
    cases, names = [], [photo.file_name for photo in portrait_photos(CC0, CHOOSE)]
    for index, face in enumerate(faces):
        photo = cv2.resize(face[MIDDLE, MIDDLE], (SEEN, SEEN), interpolation=cv2.INTER_CUBIC)
        rng = np.random.default_rng([7, index])
        known = label(names[index], SEEN) if index < len(names) else None
        cases.append(Case(*paint_some(photo, skin(SEEN), rng, 8, FACE), known))
    return cases


def count(maps: np.ndarray, cases: list[Case], threshold: float) -> dict[str, float]:
    """Qué parte de las marcas se encuentra, por lo claras y por su clase, y cuántas de más.

    Las de más se cuentan en las caras de las que se sabe qué marcas tienen de verdad; no lo son las
    dudosas.
    """
    found: dict[str, list[bool]] = {}
    extra, inside = [], skin(SEEN)

    def touched(where: np.ndarray) -> np.ndarray:
        return np.unique(labels[cv2.dilate(where.view(np.uint8), np.ones((3, 3))) > 0])

    for chance, (_, marks, known) in zip(maps, cases, strict=True):
        # Como `find_marks`: una marca es lo que rodea a donde la red está segura.
        total, labels = cv2.connectedComponents(((chance > EXTENT) & inside).astype(np.uint8))
        certain = np.zeros(total, bool)
        certain[np.unique(labels[chance > threshold])] = True
        certain[0] = False
        hit = np.zeros(total, bool)
        for mark in marks:
            if not (mark.where & inside).any():
                continue
            seen = touched(mark.where)
            hit[seen] = True
            level = "claras" if mark.change > CLEAR else "tenues"
            where = "piel" if mark.kind in PIGMENTS else "copia"
            for name in (level, f"{level}, {where}"):
                found.setdefault(name, []).append(bool(certain[seen].any()))
        if known is None:
            continue
        count, real = cv2.connectedComponents(((known == MARK) & inside).view(np.uint8))
        for index in range(1, count):
            found.setdefault("de verdad", []).append(bool(certain[touched(real == index)].any()))
        hit[touched(known != SKIN)] = True
        extra.append((certain & ~hit).sum())
    return {name: round(float(np.mean(rows)), 3) for name, rows in sorted(found.items())} | {
        "de más": round(float(np.mean(extra)), 3)
    }


class Watch(keras.callbacks.Callback):
    def __init__(self, path: Path, cases: list[Case]):
        super().__init__()
        self.path, self.cases = path, cases

    def on_epoch_end(self, epoch, logs=None):
        large = unet_generator(SEEN, UNET, "float32")
        averages = self.model.optimizer._model_variables_moving_average
        large.set_weights(self.model.get_weights())
        for variable, value in zip(large.trainable_variables, averages, strict=True):
            variable.assign(value)
        large.save_weights(self.path.with_name(WEIGHTS))
        maps = [
            np.asarray(probability(large(to_float(case.photo[None]))))[0, ..., 0]
            for case in self.cases
        ]
        rows = json.loads(self.path.read_text()) if self.path.is_file() else {}
        rows[str((epoch + 1) * EVERY)] = {
            f"{threshold:g}": count(maps, self.cases, threshold)
            for threshold in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
        }
        write_whole(self.path, json.dumps(rows, indent=1, ensure_ascii=False).encode())


def publish(folder: Path, output: Path = FINDER) -> None:
    """Deja en la biblioteca la red de la última fase, con los pesos en float16, y su ficha."""
    network = unet_generator(SEEN, UNET, "float32")
    network.load_weights(folder / [*PHASES][-1] / WEIGHTS)
    chance = keras.Model(network.input, probability(network.output))
    curves = {name: json.loads((folder / name / CURVE).read_text()) for name in PHASES}
    facts = {"generador": asdict(UNET), "recorte": CROP, "lote": BATCH, "fases": PHASES}
    store(to_onnx(chance, [CHANCE]), output, **facts, curvas=curves)


def teach(
    phase: Path, learned: np.ndarray, cases: list[Case], before: Path | None, done: int
) -> None:
    """Sigue una fase desde donde estaba; `done`, las épocas hechas."""
    rate, steps, zero = PHASES[phase.name]
    keras.utils.set_random_seed(0)
    model = unet_generator(CROP, UNET, fastest_precision())
    if before:
        model.load_weights(before)
    decay = keras.optimizers.schedules.CosineDecay(rate, zero)
    model.compile(keras.optimizers.Adam(decay, use_ema=True, ema_momentum=0.999), loss)
    known = labels(LEARN, learned) if before else np.zeros((len(learned), *[SIDE // 2] * 2))
    model.fit(
        Crops(learned, known.astype(np.uint8), done * EVERY),
        epochs=steps // EVERY,
        callbacks=[
            Watch(phase / CURVE, cases),
            keras.callbacks.BackupAndRestore(phase / "copia", delete_checkpoint=False),
        ],
        shuffle=False,
        verbose=2,
    )


def main(output: str) -> None:
    folder = Path(output)
    learned, asked = (upright_faces(side, folder.parent) for side in (LEARN, CHOOSE))
    cases, before = rehearsal(asked), None
    for name, (_, steps, _) in PHASES.items():
        phase = folder / name
        phase.mkdir(parents=True, exist_ok=True)
        curve = phase / CURVE
        done = len(json.loads(curve.read_text())) if curve.is_file() else 0
        if done * EVERY < steps:
            teach(phase, learned, cases, before, done)
        before = phase / WEIGHTS
    publish(folder)
