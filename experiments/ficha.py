"""Hace las figuras de `book/ficha_red.md`: `python -m experiments ficha SALIDA`.

SALIDA es la carpeta que dejó `pesos`. Las tablas las hace `tablas`, salvo la del grano.
Tarda cinco minutos en dos núcleos.
"""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from PIL import Image

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.evaluation.baselines import RIVALS
from pix2pix_lib.evaluation.exams import Exam, paint_face, portraits_exam
from pix2pix_lib.evaluation.metrics import around
from pix2pix_lib.evaluation.results import NETWORK, PORTRAITS, load_result
from pix2pix_lib.evaluation.wide_holes import wide_exam
from pix2pix_lib.recipes import MAGENTA
from pix2pix_lib.restoration.grain import add_grain
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.sets import CC0, CHOOSE, portraits
from pix2pix_lib.teaching import figures
from pix2pix_lib.training.runs import load_run

from .examen import exams, people, reduced
from .pesos import PHASES
from .tablas import BOOK, save_table

SHOWN = ("Telea", "biarmónica", "PatchMatch")
WIDE_SHOWN, WIDE_CELL = ("Telea", "biarmónica"), 144
"""Los rivales de la lámina de huecos anchos, y el lado de cada imagen, en píxeles."""

SHARES = (0, 0.3, 0.5, 0.7, 0.9)
ASTRONAUT = (224, 112, 95)
"""Centro y ancho, en píxeles, de la cara de `skimage.data.astronaut()`."""


def square(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """El trozo cuadrado de la imagen donde está un hueco, ampliado a 220 píxeles."""
    rows, columns = around(hole)
    side = min(max(rows.stop - rows.start, columns.stop - columns.start, 96), *hole.shape)
    top, left = (
        min(max((part.start + part.stop - side) // 2, 0), length - side)
        for part, length in zip((rows, columns), hole.shape, strict=True)
    )
    cut = np.ascontiguousarray(image[top : top + side, left : left + side])
    return cv2.resize(cut, (220, 220), interpolation=cv2.INTER_AREA)


def show_strokes(exam: Exam) -> None:
    """Trazos del examen: buenos, medianos, los peores frente a Telea y los peores de todos."""
    scores = load_result(PORTRAITS[0]).scores
    ours = scores[NETWORK]["psnr"]
    order = np.argsort(-ours)
    middle = len(order) // 2
    worse = np.argsort(ours - scores["Telea"]["psnr"])[:2]
    chosen = [*order[[5, 20]], *order[middle : middle + 2], *worse, *order[-3:]]
    places = [(case, hole) for case in exam.cases for _, hole in case.strokes]
    methods = {name: RIVALS[name] for name in SHOWN}
    methods[NETWORK] = partial(restore_photo, load_pretrained())
    cells = []
    for case, hole in (places[index] for index in chosen):
        images = [case.painted]
        images += [method(case.painted, case.hole) for method in methods.values()]
        cells += [square(image, hole) for image in [*images, case.photo]]
    titles = ["pintada", *methods, "original"]
    labels = ["bueno"] * 2 + ["mediano"] * 2 + ["peor que\nTelea"] * 2 + ["de los\npeores"] * 3
    rows = [f"{label}\n{ours[index]:.1f} dB" for label, index in zip(labels, chosen, strict=True)]
    picture = figures.grid(
        cells, "Nueve trazos del examen", len(titles), titles=titles, row_titles=rows, side=1.6
    )
    (BOOK / "ficha_red_examen.png").write_bytes(picture.data)


def show_astronaut() -> None:
    """La foto de la astronauta a su tamaño y, debajo, su cara ampliada, con tres métodos."""
    photo = skimage.data.astronaut()
    strokes = paint_face(photo.shape[:2], ASTRONAUT, load_masks(), np.random.default_rng(1))
    hole = np.any([stroke for _, stroke in strokes], axis=0)
    painted = np.where(hole[..., None], np.array(MAGENTA, np.uint8), photo)
    ours = restore_photo(load_pretrained(), painted, hole)
    images = [painted, RIVALS["Telea"](painted, hole), RIVALS["biarmónica"](painted, hole), ours]
    faces = [
        cv2.resize(image[46:174, 160:288], (256, 256), interpolation=cv2.INTER_CUBIC)
        for image in images
    ]
    rows = [np.concatenate(row, 1) for row in ([painted, ours], faces)]
    Image.fromarray(np.concatenate(rows)).save(BOOK / "ficha_red_astronauta.jpg", quality=92)


def show_wide() -> None:
    """Huecos anchos en uno de cada dos retratos CC0 de examen: dos columnas de cinco imágenes."""
    exam = wide_exam(reduced(people(CC0)))
    methods = {name: RIVALS[name] for name in WIDE_SHOWN}
    methods[NETWORK] = partial(restore_photo, load_pretrained())
    rows = []
    for case in exam.cases[::2]:
        restored = [method(case.painted, case.hole) for method in methods.values()]
        x, y, half = case.face.x, case.face.y, 0.65 * case.face.width
        points = [(x - half, y - half), (x + half, y - half), (x - half, y + half)]
        corners = [(0, 0), (WIDE_CELL, 0), (0, WIDE_CELL)]
        view = cv2.getAffineTransform(np.array(points, np.float32), np.array(corners, np.float32))
        rows.append(
            np.hstack(
                [
                    cv2.warpAffine(image, view, (WIDE_CELL,) * 2, borderMode=cv2.BORDER_REPLICATE)
                    for image in [case.painted, *restored, case.photo]
                ]
            )
        )
    middle = len(rows) // 2
    gap = np.full((middle * WIDE_CELL, 12, 3), 255, np.uint8)
    sides = [np.vstack(rows[:middle]), gap, np.vstack(rows[middle:])]
    Image.fromarray(np.hstack(sides)).save(BOOK / "ficha_red_anchos.jpg", quality=85)


def measure_grain() -> None:
    """Lo que se gana y lo que se pierde según el grano que se pone, en los retratos de elegir."""
    exam = portraits_exam(list(portraits(CC0, CHOOSE)), load_masks())
    smooth = exam.restore(partial(restore_photo, load_pretrained(), grain=False), "sin grano")
    smooth, rows = list(smooth), []
    for share in SHARES:
        scores = exam.mark(
            add_grain(image, case.hole, share)
            for image, case in zip(smooth, exam.cases, strict=True)
        )
        medians = (f"{np.median(scores[name]):.2f}" for name in ("gradiente", "costura"))
        rows.append([f"{share}", f"{np.mean(scores['psnr']):.2f}", *medians])
    save_table(
        "ficha_red_grano", (["grano que se pide", "PSNR (dB)", "gradiente", "costura"], rows)
    )


def show_training(output: Path) -> None:
    for name in PHASES:
        run = load_run(output / name)
        curve = figures.curves(
            run.history["step"] * run.recipe.training.batch_size / 1000,
            {f"fase «{name}», {run.recipe.data.size} píxeles": run.history["l1"]},
            f"El error en el hueco durante la fase «{name}»",
            "miles de imágenes vistas",
            "log de la L1 en el hueco",
        )
        (BOOK / f"ficha_red_{name}.png").write_bytes(curve.data)
    strip = Image.fromarray(run.strip)
    strip.resize((strip.width // 2, strip.height // 2)).save(
        BOOK / "ficha_red_tira.jpg", quality=88
    )


def main(output: str) -> None:
    show_astronaut()
    _, exam = next(exams())
    show_strokes(exam)
    show_wide()
    measure_grain()
    show_training(Path(output))
