"""Entrenamientos guardados: una carpeta con la receta, los pesos, el historial y las tiras."""

from __future__ import annotations

import csv
import io
import itertools
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

from ..checks import check_faces
from ..data.pairs import IMAGE, to_uint8
from ..data.photos import split_strip
from ..errors import UserError
from ..files import ASSETS, write_whole
from ..model.build import build
from ..model.gan import Pix2Pix
from ..recipes import REPORT_EVERY, Recipe
from ..stored_recipes import read_recipe
from .callbacks import Session, averaged

RECIPE_FILE = "receta.json"
WEIGHTS_FILE, DISCRIMINATOR_FILE = "generador.weights.h5", "discriminador.weights.h5"
HISTORY_FILE, STRIP_FILE, MOVIE_FILE = "historial.csv", "tira.png", "tira.gif"
PICTURES_FILE = "caras.npz"

SHIPPED = ASSETS / "shipped_run"
"""La carpeta del entrenamiento que viene con el libro, hecha por `experiments/rapida.py`."""


class _Memory(io.BytesIO):
    """Unos pesos en memoria: si el disco se llena mientras HDF5 escribe en él, Python se muere."""

    def __str__(self) -> str:
        return WEIGHTS_FILE  # Keras pide que acabe así el nombre de lo que guarda.


@dataclass(frozen=True)
class Run:
    """Un entrenamiento, entero o a medias: la red y lo que dejó en su carpeta.

    history: {medida: float (líneas,)}; `step` dice en qué paso acaba cada línea.
    pictures: {nombre: uint8 (m, lado, lado, 3)}, las caras de prueba: «borradas», restauradas en
    cada uno de unos pocos pasos («0», «100»...) y «originales».
    """

    recipe: Recipe
    model: Pix2Pix
    history: dict[str, np.ndarray]
    pictures: dict[str, np.ndarray]

    @property
    def steps(self) -> int:
        """Hasta qué paso llega el historial; si no es el último de la receta, se paró a medias."""
        return int(self.history["step"][-1]) if len(self.history["step"]) else 0

    @property
    def strip(self) -> np.ndarray:
        """Las caras en una imagen: una fila por cara y una columna por nombre."""
        return np.concatenate([np.concatenate(column) for column in self.pictures.values()], axis=1)


def strip_moments(steps: int) -> list[int]:
    """Cinco pasos, cada vez más espaciados, en los que se restauran las caras de la tira."""
    reports = np.geomspace(1, steps // REPORT_EVERY, 5).round().astype(int)
    return [0, *sorted({int(report) * REPORT_EVERY for report in reports})]


def stored_recipe(folder: Path) -> tuple[Recipe, str]:
    """La receta guardada en una carpeta y la huella de sus datos.

    Lanza OSError si no está, ValueError si no es una receta y UserError si algún ajuste no vale.
    """
    try:
        settings = json.loads((folder / RECIPE_FILE).read_text(encoding="utf-8"))
        data = settings.pop("datos")
    except (RecursionError, AttributeError, KeyError, TypeError):
        raise ValueError("no es una receta") from None
    return read_recipe(settings), data


def current_run(
    recipe: Recipe, model: Pix2Pix, session: Session, x: np.ndarray, y: np.ndarray
) -> Run:
    """El entrenamiento, tal como va. x, y: las caras de prueba, como en `make_pairs`."""
    pictures = {
        "borradas": to_uint8(x[..., IMAGE]),
        **{str(step): faces for step, faces in session.columns.items()},
        "originales": to_uint8(y),
    }
    history = {name: np.array(values, float) for name, values in session.history.items()}
    return Run(recipe, model, history, pictures)


def export_run(output: Path, run: Run) -> None:
    """Deja en la carpeta lo que se usa después: pesos, historial, caras, tira y película."""
    with averaged(run.model):
        for network, name in [
            (run.model.generator, WEIGHTS_FILE),
            (run.model.discriminator, DISCRIMINATOR_FILE),
        ]:
            if network is None:
                continue
            content = _Memory()
            network.save_weights(content)
            write_whole(output / name, content.getvalue())

    stored, strip, movie = io.BytesIO(), io.BytesIO(), io.BytesIO()
    columns: dict[str, Any] = dict(run.pictures)
    np.savez_compressed(stored, **columns)
    write_whole(output / PICTURES_FILE, stored.getvalue())
    Image.fromarray(run.strip).save(strip, "PNG")
    write_whole(output / STRIP_FILE, strip.getvalue())
    # En la película las caras van en fila: borradas, cada momento y, al final, las originales.
    first, *frames = [Image.fromarray(np.concatenate(c, axis=1)) for c in run.pictures.values()]
    first.save(movie, "GIF", save_all=True, append_images=frames, duration=700, loop=0)
    write_whole(output / MOVIE_FILE, movie.getvalue())

    rows = io.StringIO()
    writer = csv.writer(rows)
    history = run.history | {"step": run.history["step"].astype(int)}
    writer.writerow(history)
    writer.writerows(zip(*(values.tolist() for values in history.values()), strict=True))
    write_whole(output / HISTORY_FILE, rows.getvalue().encode())


ROOM = 2**26
"""Bytes que puede ocupar lo que se lee de una carpeta, midan lo que midan sus archivos."""


def _check_room(recipe: Recipe, folder: Path) -> None:
    """Lanza ValueError si los pesos guardados no bastan para las redes que dice la receta.

    Antes de construirlas: una receta ajena puede pedir más memoria de la que hay.
    """
    least = 0
    for network, levels in ((recipe.generator, "levels"), (recipe.discriminator, "layers")):
        if network is not None:
            count = getattr(network, levels) + (levels == "layers")
            widths = [network.filters * min(2**level, 8) for level in range(count)]
            least += sum(4 * 9 * one * other for one, other in itertools.pairwise(widths))
    stored = [folder / WEIGHTS_FILE, folder / DISCRIMINATOR_FILE]
    if least > ROOM + sum(path.stat().st_size for path in stored if path.is_file()):
        raise ValueError("los pesos no son de esta receta")


def _check_whole(path: Path) -> None:
    """Lanza ValueError si en un HDF5 hay algo que no está, tal cual, en el propio archivo."""
    links: list[int] = []
    arrays: list[h5py.Dataset] = []
    with h5py.File(path) as file:
        file.id.links.visit(lambda _, info: links.append(info.type), info=True)
        file.visititems(
            lambda _, item: arrays.append(item) if isinstance(item, h5py.Dataset) else None
        )
        inside = [
            not each.external and each.id.get_storage_size() == each.nbytes for each in arrays
        ]
    if not all(inside) or set(links) - {h5py.h5l.TYPE_HARD}:
        raise ValueError("los pesos no están en su archivo")


def weights_file(folder: str | Path) -> Path:
    path = Path(folder) / WEIGHTS_FILE
    if not path.is_file():
        raise UserError(f"En «{folder}» no hay un generador entrenado: comprueba la ruta.")
    return path


def _load_weights(model: Pix2Pix, folder: Path) -> None:
    for network, name in (
        (model.generator, WEIGHTS_FILE),
        (model.discriminator, DISCRIMINATOR_FILE),
    ):
        path = folder / name
        if network is None or (network is model.discriminator and not path.is_file()):
            continue
        _check_whole(path)
        network.load_weights(path)
        if not all(np.isfinite(weight).all() for weight in network.get_weights()):
            raise UserError(f"En los pesos de «{path}» hay algo que no es un número: no sirven.")


def load_weights(model: Pix2Pix, folder: str | Path) -> None:
    weights_file(folder)
    try:
        _load_weights(model, Path(folder))
    except UserError:
        raise
    except Exception as error:  # Keras y h5py lanzan de todo con un archivo estropeado.
        raise UserError(
            f"Las redes de «{folder}» no son como las de esta receta: usa los mismos filtros y "
            "niveles."
        ) from error


def _load_pictures(folder: Path, recipe: Recipe) -> dict[str, np.ndarray]:
    path = folder / PICTURES_FILE
    if path.is_file():
        # Son ocho columnas de seis caras, como mucho.
        with zipfile.ZipFile(path) as packed:
            if sum(each.file_size for each in packed.infolist()) > ROOM + 144 * recipe.data.size**2:
                raise ValueError("hay demasiadas caras")
        with np.load(path) as file:
            pictures = dict(file)
        for name, faces in pictures.items():
            check_faces(f"«{path}», {name}", faces, recipe.data.size)
        return pictures
    # Las carpetas más antiguas solo tienen la tira.
    columns = split_strip(folder / STRIP_FILE, recipe.data.size)
    moments = map(str, strip_moments(recipe.training.steps)[: len(columns) - 2])
    return dict(zip(["borradas", *moments, "originales"], columns, strict=True))


def load_run(folder: str | Path) -> Run:
    """Lee un entrenamiento que guardó `train`, entero o parado a medias.

    Lanza UserError si la carpeta no tiene uno, si sus archivos no son los que se guardaron o si en
    los pesos hay algo que no es un número. Nunca ocupa mucha más memoria que esos archivos.
    """
    folder = Path(folder)
    try:
        recipe, _ = stored_recipe(folder)
        _check_room(recipe, folder)
        model = build(recipe)
        _load_weights(model, folder)
        pictures = _load_pictures(folder, recipe)
        with (folder / HISTORY_FILE).open(newline="") as file:
            names, *rows = csv.reader(file)
        values = np.array(rows, float).reshape(-1, len(names))
        if "step" not in names or not np.isfinite(values).all():
            raise ValueError("el historial está estropeado")
        history = dict(zip(names, values.T, strict=True))
    except UserError:
        raise
    except Exception as error:  # Keras y h5py lanzan de todo con un archivo estropeado.
        raise UserError(
            f"En «{folder}» no hay un entrenamiento entero: entrena primero la red y vuelve aquí."
        ) from error
    return Run(recipe, model, history, pictures)


def shipped_run() -> Run:
    """El entrenamiento de la receta `RAPIDA` que viene con el libro, el mismo en cada máquina.

    Es el del capítulo 4, sin el discriminador: para examinarlo no hace falta entrenar nada.
    Lanza UserError si falta o está estropeado.
    """
    try:
        return load_run(SHIPPED)
    except UserError as error:
        raise UserError(
            f"La red rápida del libro («{SHIPPED}») falta o está estropeada: vuelve a instalar la "
            "biblioteca."
        ) from error
