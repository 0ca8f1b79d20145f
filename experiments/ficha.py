"""Mide y dibuja todo lo que dice `book/ficha_red.md`: `python experiments/ficha.py SALIDA`.

SALIDA es la carpeta que dejó `pesos.py`. Tarda un cuarto de hora en dos núcleos.
"""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from pesos import PHASES, between
from PIL import Image

from pix2pix_lib import figures
from pix2pix_lib.evaluation import BASELINES, evaluate, run_baseline, summary
from pix2pix_lib.faces import default_faces, list_photos, load_faces
from pix2pix_lib.gan import Pix2Pix
from pix2pix_lib.masks import load_masks
from pix2pix_lib.pairs import fixed_pairs, to_uint8
from pix2pix_lib.pretrained import RECIPE, load_pretrained
from pix2pix_lib.sources import download_cc0
from pix2pix_lib.training import WEIGHTS_FILE, load_run

BOOK = Path(__file__).parents[1] / "book"
SEED = 7
ALL, LARGE = (1.0, 5.0), (3.0, 5.0)
RIVALS = ("Telea", "Navier-Stokes", "biarmónica")


@cache
def exam(scale: tuple[float, float], folder: Path | None = None):
    """(parejas, borradas, huecos, originales) de todas las caras de prueba o de una carpeta."""
    faces = load_faces(list_photos(folder or default_faces()), RECIPE.size)
    x, _ = fixed_pairs(faces, load_masks(), replace(RECIPE.erase, scale=scale), SEED)
    return x, to_uint8(x[..., :3]), x[..., 3] > 0, faces


def cells(row: dict) -> list[str]:
    low, high = row["interval"]
    return [f"{row['psnr']:.2f} ({low:.2f} a {high:.2f})", f"{row['gradient']:.2f}"]


def save_table(name: str, header: list[str], rows: list[list[str]]) -> None:
    (BOOK / f"ficha_red_{name}.txt").write_text(figures.table(header, rows).data + "\n")


def save_faces(restored: dict[str, np.ndarray]) -> None:
    """Dos caras de las mejores, dos de las medianas y dos de las peores, con huecos grandes."""
    _, erased, holes, faces = exam(LARGE)
    order = np.argsort(-evaluate(restored["nuestra red"], faces, holes)["psnr_hole"])
    middle = len(order) // 2
    chosen = [*order[:2], *order[middle : middle + 2], *order[-2:]]
    columns = {"borrada": erased, **restored, "original": faces}
    picture = figures.grid(
        [images[face] for face in chosen for images in columns.values()],
        "Las dos mejores caras, las dos medianas y las dos peores",
        columns=len(columns),
        titles=list(columns),
        row_titles=["la mejor", "la segunda", "mediana", "mediana", "la penúltima", "la peor"],
    )
    (BOOK / "ficha_red_caras.png").write_bytes(picture.data)


def compare_methods(model: Pix2Pix) -> None:
    table = {}
    for scale in (ALL, LARGE):
        x, erased, holes, faces = exam(scale)
        restored = {name: run_baseline(BASELINES[name], erased, holes) for name in RIVALS}
        restored["nuestra red"] = model.restore(x)
        for name, images in restored.items():
            table.setdefault(name, [name]).extend(cells(summary(images, faces, holes)))
    save_faces(restored)
    header = ["", "PSNR, escala 1 a 5", "gradiente", "PSNR, escala 3 a 5", "gradiente"]
    save_table("examen", header, list(table.values()))


def follow_phases(output: Path) -> None:
    x, _, holes, faces = exam(ALL)
    rows = []
    for name, recipe in PHASES.items():
        model = RECIPE.build()
        model.generator.load_weights(output / name / WEIGHTS_FILE)
        row = cells(summary(model.restore(x), faces, holes))
        judge = "sí" if recipe.disc_filters else "no"
        seen = f"{recipe.steps * recipe.batch_size:,}"
        rows.append([name, f"{recipe.size}", judge, seen, *row])
    header = ["fase", "lado", "discriminador", "imágenes", "PSNR", "gradiente"]
    save_table("fases", header, rows)


def mix(output: Path) -> None:
    learned, unseen = exam(ALL, download_cc0()), exam(ALL)
    rows = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        model = RECIPE.build()
        model.generator.set_weights(between(output / "exacta", output / "final", share))
        row = [f"{share:.0%}"]
        for x, _, holes, faces in (learned, unseen):
            scores = summary(model.restore(x), faces, holes)
            row += [f"{scores['psnr']:.2f}", f"{scores['gradient']:.2f}"]
        rows.append(row)
    header = ["nitidez", "PSNR, retratos CC0", "gradiente", "PSNR, caras de prueba", "gradiente"]
    save_table("mezcla", header, rows)


def show_training(output: Path) -> None:
    runs = {name: load_run(output / name) for name in ("despierta", "final")}
    curve = figures.curves(
        runs["final"].history["step"],
        {f"fase «{name}»": run.history["disc"] for name, run in runs.items()},
        "La pérdida del discriminador en las dos fases que lo tienen",
        "paso",
        "pérdida del discriminador",
        references={"un discriminador que no sabe nada (1.386)": 2 * np.log(2)},
    )
    (BOOK / "ficha_red_curva.png").write_bytes(curve.data)
    exact = load_run(output / "exacta").history
    curve = figures.curves(
        exact["step"],
        {"fase «exacta»": exact["l1"]},
        "El error en el hueco durante la fase sin discriminador",
        "paso",
        "L1 en el hueco",
    )
    (BOOK / "ficha_red_error.png").write_bytes(curve.data)
    strip = Image.fromarray(runs["final"].strip)
    strip.resize((strip.width // 2, strip.height // 2)).save(
        BOOK / "ficha_red_tira.jpg", quality=88
    )


def main() -> None:
    output = Path(sys.argv[1])
    mix(output)
    follow_phases(output)
    compare_methods(load_pretrained())
    show_training(output)


if __name__ == "__main__":
    main()
