"""Cuánto gana la red de las caras derechas, y dónde dibuja: `python -m experiments rasgos SALIDA`.

SALIDA es la carpeta en la que acabaron `derecha` y `exacta`. En los retratos de elegir y sin grano:
con un rasgo tapado, a la mitad de su tamaño; y con las máscaras del libro, recortados para que la
cara llene la imagen, como las 263 caras. Solo cuentan las fotos en las que ella cambia algo. Deja
en `book/` la tabla, el camino del entrenamiento y una lámina; tarda un cuarto de hora.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from pix2pix_lib.data.features import RADII, cut_upright, draw_feature
from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.evaluation.exams import faces_exam
from pix2pix_lib.evaluation.metrics import score_hole
from pix2pix_lib.recipes import MAGENTA, EraseParams
from pix2pix_lib.restoration import turned
from pix2pix_lib.restoration.faces import Face, largest_face
from pix2pix_lib.restoration.pretrained import UPRIGHT_WEIGHTS, load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.sets import CC0, CHOOSE, CONGRESS, FACE_SIDE, portraits
from pix2pix_lib.teaching import figures
from pix2pix_lib.training.runs import load_run

from .exacta import PHASE
from .examen import FACES_SEED, SCALES
from .tablas import BOOK, save_table

PLATE_CELL = 144
"""Lado de cada imagen de la lámina, en píxeles."""

EVERYWHERE = np.array([9.0, 9.0])
NONE = 10**9
VARIANTS = {
    "sin ella": None,
    "toda la cara, sin margen": {"RIM": NONE, "RADII": EVERYWHERE},
    "toda la cara, margen de 1/32": {"RADII": EVERYWHERE},
    "los rasgos, margen de 1/64": {"RIM": 64},
    "los rasgos, margen de 1/32": {},
    "los rasgos, margen de 1/16": {"RIM": 16},
}
"""Nombre -> lo que cambia en `restoration.turned`."""

Case = tuple[np.ndarray, np.ndarray]
"""Una foto y su hueco."""


def people() -> Iterator[tuple[np.ndarray, Face]]:
    for name in (CC0, CONGRESS):
        for _, photo, _ in portraits(name, CHOOSE):
            yield photo, largest_face(photo)


def features() -> Iterator[Case]:
    """De cada retrato, dos rasgos."""
    for index, (photo, face) in enumerate(people()):
        half = cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        for turn in range(2):
            kind = list(RADII)[(2 * index + turn) % len(RADII)]
            rng = np.random.default_rng([index, turn])
            yield half, draw_feature(half.shape[:2], face.points / 2, kind, rng)


def filling() -> Iterator[Case]:
    """Las caras llenan la imagen, y las máscaras, a veces, casi toda la cara."""
    cut = []
    for photo, face in people():
        reach = int(0.75 * face.width)
        padded = cv2.copyMakeBorder(photo, *(reach,) * 4, cv2.BORDER_REFLECT)
        left, top = int(face.x), int(face.y - 0.1 * face.width)
        square = padded[top : top + 2 * reach, left : left + 2 * reach]
        cut.append(cv2.resize(square, (FACE_SIDE,) * 2, interpolation=cv2.INTER_AREA))
    for scale in SCALES[1:]:
        exam = faces_exam(np.stack(cut), load_masks(), EraseParams(scale=scale), FACES_SEED)
        yield from ((case.photo, case.hole) for case in exam.cases)


def marks(cases: Iterator[Case]) -> dict[str, np.ndarray]:
    """El PSNR y el gradiente de cada foto con cada variante: float (fotos, 2)."""
    network, found = load_pretrained(), []
    helper = network.upright
    for photo, hole in cases:
        painted = np.where(hole[..., None], np.array(MAGENTA, np.uint8), photo)
        rows, restored = [], []
        for changes in VARIANTS.values():
            network.upright = None if changes is None else helper
            with patch.multiple(turned, **(changes or {"RIM": turned.RIM})):
                restored.append(restore_photo(network, painted, hole, grain=False))
            score = score_hole(restored[-1], photo, hole)
            rows.append((score["psnr"], score["gradiente"]))
        if any((image != restored[0]).any() for image in restored[1:]):
            found.append(rows)
    return dict(zip(VARIANTS, np.array(found).swapaxes(0, 1), strict=True))


def show_path() -> None:
    """El PSNR y el gradiente de los rasgos tapados, a lo largo del entrenamiento y de vuelta."""
    figure = Figure(figsize=(7, 3.4))
    ax, last = figure.subplots(), []
    curves = json.loads(UPRIGHT_WEIGHTS.with_suffix(".json").read_text())["curvas"]
    back = curves.pop(PHASE)
    for (phase, curve), color in zip(curves.items(), figures.COLORS, strict=False):
        seen = [score["rasgos"] for score in curve.values()]
        points = [(score["psnr"], score["gradiente"]) for score in seen]
        ax.plot(*zip(*last, *points, strict=True), "o-", markersize=4, label=phase, color=color)
        last = points[-1:]
    ax.plot(*last[0], "*", markersize=14, color=figures.ORANGE, label="la que se publica")
    seen = [score["rasgos"] for score in back.values()]
    points = [(score["psnr"], score["gradiente"]) for score in seen]
    ax.plot(*zip(*last, *points, strict=True), "o--", markersize=4, color="0.5", label=PHASE)
    ax.set(xlabel="PSNR del hueco (dB)", ylabel="gradiente")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
    (BOOK / "ficha_red_camino.png").write_bytes(figures.to_image(figure, "El camino").data)


def show_plate(output: Path) -> None:
    """Diez retratos CC0 de elegir: tapado, los trazos solos, la exacta, la viva y original."""
    network, rows = load_pretrained(), []
    exact, alive = load_run(output / PHASE).model, network.upright
    for index, (photo, face) in islice(enumerate(people()), 0, 20, 2):
        rng = np.random.default_rng([index, 0])
        hole = draw_feature(photo.shape[:2], face.points, list(RADII)[index // 2 % len(RADII)], rng)
        images = [np.where(hole[..., None], np.array(MAGENTA, np.uint8), photo)]
        for helper in (None, exact, alive):
            network.upright = helper
            images.append(restore_photo(network, images[0], hole))
        cells = (cut_upright(image, face.points, PLATE_CELL) for image in [*images, photo])
        rows.append(np.hstack([*cells]))
    gap = np.full((PLATE_CELL * 5, 12, 3), 255, np.uint8)
    picture = np.hstack([np.vstack(rows[:5]), gap, np.vstack(rows[5:])])
    Image.fromarray(picture).save(BOOK / "ficha_red_viva.jpg", quality=88)


def main(output: str) -> None:
    show_path()
    show_plate(Path(output))
    header, rows = ["dónde dibuja"], {name: [name] for name in VARIANTS}
    for title, cases in (("rasgos", features()), ("máscaras", filling())):
        scores = marks(cases)
        count = len(scores["sin ella"])
        header += [f"{title} ({count} fotos): PSNR (dB)", "gradiente"]
        for name, values in scores.items():
            gained = values[:, 0] - scores["sin ella"][:, 0]
            error = gained.std(ddof=1) / np.sqrt(count)
            change = f" ({gained.mean():+.2f} ± {error:.2f})" if gained.any() else ""
            rows[name] += [f"{values[:, 0].mean():.2f}{change}", f"{np.median(values[:, 1]):.2f}"]
    save_table("ficha_red_rasgos", (header, [*rows.values()]))
    print(figures.table(header, [*rows.values()]).data)
