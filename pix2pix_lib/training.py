"""Entrenar una receta, sin perder nunca lo aprendido.

`train` deja en una carpeta los pesos del generador, la receta, el historial y unas tiras con las
mismas caras de prueba a medida que la red aprende. Si se para, por lo que sea, la misma llamada
sigue desde donde estaba y acaba con los mismos pesos que si nadie la hubiera parado.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from .callbacks import DiscriminatorWon, History, Progress, Session, log_to
from .checkpoints import load_checkpoint, save_checkpoint
from .devices import fastest_precision
from .errors import UserError
from .files import claim_folder, whole, write_whole
from .gan import Pix2Pix, build
from .masks import Masks, load_masks
from .pairs import fixed_pairs, to_uint8, training_batch
from .photos import open_photo
from .recipes import REPORT_EVERY, SAVE_EVERY, Recipe, read_recipe

RECIPE_FILE = "receta.json"
WEIGHTS_FILE, DISCRIMINATOR_FILE = "generador.weights.h5", "discriminador.weights.h5"
HISTORY_FILE, STRIP_FILE, MOVIE_FILE = "historial.csv", "tira.png", "tira.gif"
CHECKPOINTS, TENSORBOARD = "puntos", "tensorboard"

FEW_FACES = 20


@dataclass(frozen=True)
class Run:
    """Un entrenamiento, entero o a medias: la red y lo que dejó en su carpeta.

    history: {medida: float (líneas,)}; `step` dice en qué paso acaba cada línea.
    strip: uint8 (alto, ancho, 3), una fila por cara de prueba y una columna por momento
    (`strip_steps`), entre la de las borradas y la de las originales.
    """

    recipe: Recipe
    model: Pix2Pix
    history: dict[str, np.ndarray]
    strip: np.ndarray

    @property
    def steps(self) -> int:
        """Hasta qué paso llega el historial; si no es el último de la receta, se paró a medias."""
        return int(self.history["step"][-1]) if len(self.history["step"]) else 0

    @property
    def strip_steps(self) -> list[int]:
        """En qué paso se tomó cada columna de la tira."""
        return [step for step in strip_moments(self.recipe.steps) if step <= self.steps]


class Batches(keras.utils.PyDataset):
    """Los lotes que le quedan a un entrenamiento a partir del paso `start`, por su número.

    Con un generador, `fit` da otros lotes cuando reparte el trabajo entre varias GPU.
    """

    def __init__(self, recipe: Recipe, faces: np.ndarray, masks: Masks, start: int):
        super().__init__()
        self.recipe, self.faces, self.masks, self.start = recipe, faces, masks, start

    def __len__(self) -> int:
        return self.recipe.steps - self.start

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        recipe, step = self.recipe, self.start + index
        return training_batch(
            self.faces,
            recipe.size,
            recipe.batch_size,
            self.masks,
            recipe.erase,
            recipe.seed,
            step,
            recipe.jitter,
        )


def strip_moments(steps: int) -> list[int]:
    """Cinco pasos, cada vez más espaciados, en los que se restauran las caras de la tira."""
    reports = np.geomspace(1, steps // REPORT_EVERY, 5).round().astype(int)
    return [0, *sorted({int(report) * REPORT_EVERY for report in reports})]


def train(
    recipe: Recipe,
    train_faces: np.ndarray,
    test_faces: np.ndarray,
    output: str | Path,
    masks: Masks | None = None,
    *,
    initial: str | Path | None = None,
    save_every: int = SAVE_EVERY,
    watch: Callable[[dict[int, np.ndarray]], None] | None = None,
    tensorboard: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Run:
    """Entrena y guarda el resultado en la carpeta `output`; si ya estaba a medias, lo sigue.

    train_faces: uint8 (n, recipe.load_size, recipe.load_size, 3).
    test_faces: uint8 (m, recipe.size, recipe.size, 3); las seis primeras salen en la tira, y de
    ninguna aprende la red.
    initial: carpeta de otro entrenamiento, de cuyas redes se parte.
    save_every: cada cuántos pasos se guarda todo. También se guarda, y se deja de entrenar, con
    Ctrl-C o cuando el sistema pide acabar. Después de parar, la misma llamada sigue donde estaba.
    watch: se llama con {paso: uint8 restauradas} cuando hay una columna nueva en la tira.
    tensorboard: si se apunta el historial para TensorBoard, en la carpeta `tensorboard` de dentro.
    callbacks: otros de Keras; para ellos todo es una sola época.
    Lanza UserError si `output` guarda otra cosa, si no se puede escribir, si `initial` no vale o
    si la pérdida deja de ser un número.
    """
    output = Path(output)
    masks = load_masks() if masks is None else masks
    if recipe.precision == "auto":
        recipe = replace(recipe, precision=_stored_precision(output) or fastest_precision())
    if len(train_faces) < FEW_FACES:
        warnings.warn(
            f"Solo hay {len(train_faces)} caras: la red se las aprenderá de memoria. Reúne al "
            "menos unas decenas.",
            stacklevel=2,
        )
    start = b"" if initial is None else _weights(initial).read_bytes()
    digest = hashlib.sha256(start)
    for array in (train_faces, test_faces[:6], *masks.values()):
        digest.update(np.ascontiguousarray(array).data)

    model = build(recipe)
    model.optimizer.build(model.trainable_variables)
    if initial is not None:
        _load_weights(model, initial)
    _claim(output, recipe, digest.hexdigest())
    x, y = fixed_pairs(test_faces[:6], masks, recipe.erase)

    def save() -> None:
        save_checkpoint(output / CHECKPOINTS, session.step, session.state())
        _export(output, model, session, x, y)

    listeners: list[Callable[[History], None]] = [DiscriminatorWon()]
    if tensorboard:
        listeners.append(log_to(output / TENSORBOARD))
    session = Session(x, strip_moments(recipe.steps), save, save_every, watch, listeners)
    session.set_model(model)
    if saved := load_checkpoint(output / CHECKPOINTS):
        try:
            session.restore(*saved)
        except (KeyError, ValueError, IndexError) as error:
            raise UserError(
                f"Los puntos de guardado de «{output / CHECKPOINTS}» no son de esta receta: "
                "bórralos o elige otra carpeta."
            ) from error
    elif (output / HISTORY_FILE).is_file() and (run := load_run(output)).steps == recipe.steps:
        return run

    batches = Batches(recipe, train_faces, masks, session.step)
    if len(batches):
        watchers = [session, Progress(session.step, recipe.steps), *callbacks]
        with session.signals():
            model.fit(batches, shuffle=False, verbose=0, callbacks=watchers)
    if session.step < recipe.steps:
        print(
            f"Parado en el paso {session.step} de {recipe.steps}, con todo guardado en "
            f"«{output}»: repite lo mismo y sigue desde ahí."
        )
    else:
        _export(output, model, session, x, y)
        shutil.rmtree(output / CHECKPOINTS, ignore_errors=True)
    return load_run(output, model)


def _stored_precision(output: Path) -> str | None:
    """La precisión con la que empezó el entrenamiento de una carpeta, si lo hay."""
    try:
        return _stored_recipe(output)[0].precision
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _stored_recipe(folder: Path) -> tuple[Recipe, str]:
    """La receta guardada en una carpeta y la huella de sus datos."""
    settings = json.loads((folder / RECIPE_FILE).read_text(encoding="utf-8"))
    data = settings.pop("datos")
    return read_recipe(settings), data


def _claim(output: Path, recipe: Recipe, data: str) -> None:
    """Reserva una carpeta para un entrenamiento, o comprueba que era este, para seguirlo."""
    try:
        stored, stored_data = _stored_recipe(output)
    except (OSError, ValueError, KeyError, TypeError):
        return claim_folder(output, {**asdict(recipe), "datos": data}, RECIPE_FILE)
    names = (field.name for field in fields(Recipe))
    changed = [name for name in names if getattr(stored, name) != getattr(recipe, name)]
    if stored_data != data:
        changed.append("las caras, las máscaras o la red de la que se parte")
    if changed:
        raise UserError(
            f"«{output}» guarda un resultado hecho con otros datos u otros ajustes (cambia "
            f"{', '.join(changed)}): elige otra carpeta o borra esa."
        )


def _export(output: Path, model: Pix2Pix, session: Session, x: np.ndarray, y: np.ndarray) -> None:
    """Deja en la carpeta lo que se usa después: pesos del generador, historial y tiras."""
    for network, name in [
        (model.generator, WEIGHTS_FILE),
        (model.discriminator, DISCRIMINATOR_FILE),
    ]:
        if network is None:
            continue
        with whole(output / name) as partial:
            network.save_weights(partial)

    shown = [to_uint8(x[..., :3]), *session.columns.values(), to_uint8(y)]
    columns = [np.concatenate(column) for column in shown]
    strip = io.BytesIO()
    Image.fromarray(np.concatenate(columns, axis=1)).save(strip, "PNG")
    write_whole(output / STRIP_FILE, strip.getvalue())

    # En la película las caras van en fila: borradas, cada momento y, al final, las originales.
    first, *frames = [Image.fromarray(np.concatenate(column, axis=1)) for column in shown]
    movie = io.BytesIO()
    first.save(movie, "GIF", save_all=True, append_images=frames, duration=700, loop=0)
    write_whole(output / MOVIE_FILE, movie.getvalue())

    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(session.history)
    writer.writerows(zip(*session.history.values(), strict=True))
    write_whole(output / HISTORY_FILE, rows.getvalue().encode())


def _weights(folder: str | Path) -> Path:
    path = Path(folder) / WEIGHTS_FILE
    if not path.is_file():
        raise UserError(f"En «{folder}» no hay un generador entrenado: comprueba la ruta.")
    return path


def _load_weights(model: Pix2Pix, folder: str | Path) -> None:
    discriminator = Path(folder) / DISCRIMINATOR_FILE
    try:
        model.generator.load_weights(_weights(folder))
        if model.discriminator is not None and discriminator.is_file():
            model.discriminator.load_weights(discriminator)
    except UserError:
        raise
    except Exception as error:  # Keras y h5py lanzan de todo con un fichero estropeado.
        raise UserError(
            f"Las redes de «{folder}» no son como las de esta receta: usa los mismos filtros y "
            "niveles."
        ) from error


def load_run(folder: str | Path, model: Pix2Pix | None = None) -> Run:
    """Lee un entrenamiento que guardó `train`, entero o parado a medias.

    model: la red, si ya la tienes cargada.
    Lanza UserError si la carpeta no tiene uno.
    """
    folder = Path(folder)
    try:
        recipe, _ = _stored_recipe(folder)
        if model is None:
            model = build(recipe)
            model.generator.load_weights(folder / WEIGHTS_FILE)
        strip = np.asarray(open_photo(folder / STRIP_FILE))
        with (folder / HISTORY_FILE).open(newline="") as file:
            names, *rows = csv.reader(file)
        history = dict(zip(names, np.array(rows, float).reshape(-1, len(names)).T, strict=True))
    except UserError:
        raise
    except Exception as error:  # Keras y h5py lanzan de todo con un fichero estropeado.
        raise UserError(
            f"En «{folder}» no hay un entrenamiento entero: entrena primero la red y vuelve aquí."
        ) from error
    return Run(recipe, model, history, strip)
