"""Entrena a la gemela exacta de la red de los rasgos: `python -m experiments exacta SALIDA`.

SALIDA es la carpeta de `derecha`, o una vacía. La gemela parte de la red que se publica y sigue
aprendiendo de lo mismo, con la L1 sola: se ve qué se pierde y qué se gana al quitarle el
adversario. Entre las dos, mezclando sus pesos, hay muchas; en los retratos de elegir, a 256 píxeles
y con un rasgo tapado, se mide lo que saca cada una. Parada, la misma orden sigue. Deja su curva con
las de la red que se publica y, en `book/`, la tabla y la figura.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import onnx
from matplotlib.figure import Figure
from onnx import numpy_helper

from pix2pix_lib.evaluation.exams import Exam
from pix2pix_lib.evaluation.judge import load_judges
from pix2pix_lib.evaluation.statistics import with_interval
from pix2pix_lib.evaluation.wide_holes import wide_exam
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.build import build
from pix2pix_lib.model.gan import Pix2Pix
from pix2pix_lib.recipes import vary
from pix2pix_lib.restoration.pretrained import UPRIGHT_WEIGHTS, load_pretrained
from pix2pix_lib.restoration.restore import Network, restore_photo
from pix2pix_lib.sources.sets import CC0, CHOOSE, CONGRESS, LEARN
from pix2pix_lib.teaching import figures
from pix2pix_lib.training.loop import train
from pix2pix_lib.training.runs import WEIGHTS_FILE, load_run
from pix2pix_lib.writing import percent

from .derecha import CURVE, EVEN, MIRRORED, Watch, shown_faces, upright_faces
from .examen import BareFill
from .juez import WIDE_SIDE, faced, reduced
from .tablas import BOOK, save_table

TWIN = vary(
    replace(EVEN, data=MIRRORED.data, generator=MIRRORED.generator),
    {"training": {"steps": 4000, "learning_rate": 2e-4, "seed": 5}},
)
"""Lo que ve la red que se publica, con la pérdida de cuando no tenía adversario."""

PHASE = "exacta_1"
SHARES = (0, 0.25, 0.5, 0.75, 1)
EXAMS = (11, 12, 13)
"""Con qué semillas se eligen los rasgos que se tapan."""

OTHERS = "el relleno", "la de los trazos, sola"


def published_weights() -> list[np.ndarray]:
    """Los pesos de la red de los rasgos que se publica, como los quiere Keras."""
    stored = {}
    for tensor in onnx.load(UPRIGHT_WEIGHTS).graph.initializer:
        stored[tensor.name.removesuffix("_float16")] = numpy_helper.to_array(tensor)
    names = {
        "kernel": "convolution/ReadVariableOp:0",
        "bias": "Squeeze:0",
        "gamma": "Reshape_1:0",
        "beta": "Reshape_2:0",
    }
    found = []
    for weights in build(TWIN).generator.weights:
        layer, kind = weights.path.split("/")
        (values,) = [
            values for name, values in stored.items() if name.endswith(f"/{layer}_1/{names[kind]}")
        ]
        if kind == "kernel":
            values = values.transpose(2, 3, 1, 0)
        found.append(values.reshape(weights.shape).astype(np.float32))
    return found


def save_published(folder: Path) -> Path:
    generator = build(TWIN).generator
    generator.set_weights(published_weights())
    folder.mkdir(parents=True, exist_ok=True)
    generator.save_weights(folder / WEIGHTS_FILE)
    return folder


def store_curve(path: Path) -> None:
    """Apunta la curva de la gemela en la ficha de la red que se publica, con las de sus fases."""
    file = UPRIGHT_WEIGHTS.with_suffix(".json")
    record = json.loads(file.read_text())
    record["curvas"][PHASE] = json.loads(path.read_text())
    write_whole(file, json.dumps(record, indent=2).encode())


def between(folder: Path) -> Iterator[tuple[float, Pix2Pix]]:
    """Las redes que hay de la gemela exacta, 0, a la que se publica, 1, mezclando sus pesos."""
    exact, alive = load_run(folder).model.generator.get_weights(), published_weights()
    model = build(vary(TWIN, {"training": {"precision": "float32"}}))
    for share in SHARES:
        pairs = zip(exact, alive, strict=True)
        model.generator.set_weights([(1 - share) * one + share * other for one, other in pairs])
        yield share, model


def covered() -> Exam:
    """De cada retrato de elegir, un rasgo tapado, tres veces."""
    people = [*faced(CC0, CHOOSE), *faced(CONGRESS, CHOOSE)]
    photos = [(str(index), reduced(one, WIDE_SIDE)) for index, one in enumerate(people)]
    return Exam([*chain(*(wide_exam(photos, seed).cases for seed in EXAMS))])


def examine(network: Network, exam: Exam) -> dict[str, np.ndarray]:
    """Las notas de cada retrato, media de sus huecos, y los aciertos de cada juez.

    Devuelve {medida: float (retratos,)} y, en «juez», float (jueces, retratos).
    """
    images = [restore_photo(network, case.painted, case.hole, grain=False) for case in exam.cases]
    marks = exam.mark(images) | {"juez": load_judges().right_answers(images, exam.cases)}
    return {
        name: values.reshape(*values.shape[:-1], len(EXAMS), -1).mean(-2)
        for name, values in marks.items()
    }


def show_curve(found: dict[str, dict[str, np.ndarray]]) -> None:
    """El PSNR, el gradiente y los aciertos del juez de cada red."""
    figure = Figure(figsize=(7, 3.8))
    ax = figure.subplots()
    points = {
        name: (
            marks["psnr"].mean(),
            np.median(marks["gradiente"]),
            percent(marks["juez"].mean()),
        )
        for name, marks in found.items()
    }
    mixed = [points[name][:2] for name in found if name not in OTHERS]
    ax.plot(*zip(*mixed, strict=True), "o-", label="de la exacta a la viva")
    ax.plot(*mixed[-1], "*", markersize=16, color=figures.ORANGE, label="la que se publica")
    for name, color in zip(OTHERS, figures.COLORS[2:], strict=False):
        ax.plot(*points[name][:2], "s", color=color, label=name)
    for x, y, label in points.values():
        ax.annotate(label, (x, y), (6, 5), textcoords="offset points", fontsize=9)
    ax.set(xlabel="PSNR del hueco (dB)", ylabel="gradiente")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
    (BOOK / "ficha_red_entre.png").write_bytes(figures.to_image(figure, "Entre las dos").data)


def main(output: str) -> None:
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    learned, asked = (upright_faces(side, folder) for side in (LEARN, CHOOSE))
    run = train(
        TWIN,
        learned,
        shown_faces(asked, TWIN),
        folder / PHASE,
        initial=save_published(folder / "publicada"),
        save_every=250,
        callbacks=[Watch(folder / PHASE / CURVE, TWIN, asked)],
    )
    if run.steps < TWIN.training.steps:
        return
    store_curve(folder / PHASE / CURVE)
    network, exam = load_pretrained(), covered()
    fill, network.upright = BareFill(), None
    found = {OTHERS[0]: examine(fill, exam), OTHERS[1]: examine(network, exam)}
    for share, network.upright in between(folder / PHASE):
        found[f"{share:g}"] = examine(network, exam)
    show_curve(found)
    alive = found["1"]["psnr"]
    rows = [
        [
            name,
            with_interval(marks["psnr"], "{:.2f}"),
            with_interval(marks["psnr"] - alive, "{:+.2f}") if name != "1" else "",
            f"{np.median(marks['gradiente']):.2f}",
            percent(marks["puntos"].mean(), 1),
            with_interval(100 * marks["juez"], "{:.0f}"),
        ]
        for name, marks in found.items()
    ]
    header = ["parte de la viva", "PSNR (dB)", "frente a la que se publica"]
    header += ["gradiente", "puntos", "acierta el juez (%)"]
    save_table("ficha_red_entre", (header, rows))
    print(figures.table(header, rows).data)
