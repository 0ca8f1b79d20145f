"""Entrenar una receta, sin perder nunca lo aprendido.

`train` deja en una carpeta los pesos del generador, la receta, el historial y unas tiras con las
mismas caras de prueba a medida que la red aprende. Si se para, por lo que sea, la misma llamada
sigue desde donde estaba y acaba con los mismos pesos que si nadie la hubiera parado.
"""

from __future__ import annotations

import hashlib
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..checks import check_faces, check_masks, check_number
from ..data.masks import Masks, load_masks
from ..data.pairs import fixed_pairs, training_batch
from ..devices import check_agreement, fastest_precision, machine, own_part
from ..errors import UserError
from ..files import claim_folder
from ..model.build import build
from ..recipes import MASK_SIDE, SAVE_EVERY, Recipe, vary
from ..stored_arrays import fingerprint
from ..writing import counted
from .callbacks import DiscriminatorWon, History, Progress, Session, log_to
from .checkpoints import load_checkpoint, save_checkpoint
from .runs import (
    HISTORY_FILE,
    RECIPE_FILE,
    Run,
    current_run,
    export_run,
    load_run,
    load_weights,
    stored_recipe,
    strip_moments,
    weights_file,
)

CHECKPOINTS, TENSORBOARD = "puntos", "tensorboard"
MACHINE = "maquina"
FEW_FACES = 20


class Batches(keras.utils.PyDataset):
    """Los lotes que le quedan a un entrenamiento a partir del paso `start`, por su número.

    Con un generador, `fit` da otros lotes cuando reparte el trabajo entre varias GPU.
    """

    def __init__(self, recipe: Recipe, faces: np.ndarray, masks: Masks, start: int):
        super().__init__()
        self.recipe, self.faces, self.masks, self.start = recipe, faces, masks, start

    def __len__(self) -> int:
        return self.recipe.training.steps - self.start

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = training_batch(self.recipe, self.faces, self.masks, self.start + index)
        return own_part(x), own_part(y)


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

    train_faces: uint8 (n, lado, lado, 3), con lado `recipe.data.load_size`.
    test_faces: uint8 (m, lado, lado, 3), con lado `recipe.data.size`; las seis primeras salen
    en la tira, y de ninguna aprende la red.
    initial: carpeta de otro entrenamiento, de cuyas redes se parte.
    save_every: cada cuántos pasos se guarda todo. También se guarda, y se deja de entrenar, con
    Ctrl-C o cuando el sistema pide acabar. Después de parar, la misma llamada sigue donde estaba.
    watch: se llama con {paso: uint8 restauradas} cuando hay una columna nueva en la tira.
    tensorboard: si se apunta el historial para TensorBoard, en la carpeta `tensorboard` de dentro.
    callbacks: otros de Keras; para ellos todo es una sola época.
    Lanza UserError, y no deja nada, si las caras no son esas, si una máscara, `initial` o
    `save_every` no valen, o si `output` guarda otra cosa o no se puede escribir; y si la pérdida
    deja de ser un número.
    """
    output = Path(output)
    masks = load_masks() if masks is None else masks
    check_faces("train_faces", train_faces, recipe.data.load_size)
    check_faces("test_faces", test_faces, recipe.data.size)
    check_masks(masks, MASK_SIDE)
    check_number("save_every", save_every, 1, 1e9, whole=True)
    if recipe.training.precision == "auto":
        precision = _stored_precision(output) or fastest_precision()
        recipe = vary(recipe, {"training": {"precision": precision}})
    steps = recipe.training.steps
    if len(train_faces) < FEW_FACES:
        warnings.warn(
            f"Solo hay {counted(len(train_faces), 'cara')}, y la red aprenderá de memoria: reúne "
            "al menos unas decenas.",
            stacklevel=2,
        )
    start = b"" if initial is None else weights_file(initial).read_bytes()
    digest = hashlib.sha256(start)
    for array in (train_faces, test_faces[:6], *masks.values()):
        digest.update(fingerprint(array))
    data = digest.hexdigest()

    saved = load_checkpoint(output / CHECKPOINTS)
    check_agreement(recipe.training.batch_size, recipe, data, saved and saved[0])
    if not saved and (output / HISTORY_FILE).is_file():
        _claim(output, recipe, data)
        if (done := load_run(output)).steps == steps:
            print(f"El entrenamiento de «{output}» ya está: no hay nada que repetir.")
            return done
    model = build(recipe)
    model.optimizer.build(model.trainable_variables)
    if initial is not None:
        load_weights(model, initial)
    _claim(output, recipe, data)
    x, y = fixed_pairs(test_faces[:6], masks, recipe.data.erase)

    def save() -> None:
        _claim_again(output, recipe, data)
        facts = {name: np.array(value) for name, value in machine().items()}
        save_checkpoint(output / CHECKPOINTS, session.step, session.state() | {MACHINE: facts})
        export_run(output, current_run(recipe, model, session, x, y))

    listeners: list[Callable[[History], None]] = [DiscriminatorWon()]
    if tensorboard:
        listeners.append(log_to(output / TENSORBOARD))
    session = Session(x, strip_moments(steps), save, save_every, watch, listeners)
    session.set_model(model)
    if saved:
        _warn_of_another_machine(saved[1].pop(MACHINE, {}))
        try:
            session.restore(*saved)
        except (KeyError, ValueError, IndexError) as error:
            raise UserError(
                f"Los puntos de guardado de «{output / CHECKPOINTS}» no son de esta receta: "
                "bórralos o elige otra carpeta."
            ) from error

    batches = Batches(recipe, train_faces, masks, session.step)
    if len(batches):
        # Los de fuera, antes: un paso que se guarda sin que lo vean no se repite.
        watchers = [*callbacks, session, Progress(session.step, steps)]
        with session.signals():
            model.fit(batches, shuffle=False, verbose=0, callbacks=watchers)
    run = current_run(recipe, model, session, x, y)
    if session.step < steps:
        print(
            f"Parado en el paso {session.step} de {steps}, con todo guardado en "
            f"«{output}»: repite lo mismo y sigue desde ahí."
        )
    else:
        _claim_again(output, recipe, data)
        export_run(output, run)
        shutil.rmtree(output / CHECKPOINTS, ignore_errors=True)
    return run


def _warn_of_another_machine(before: dict[str, np.ndarray]) -> None:
    """Avisa si lo que se sigue empezó en otras condiciones; de los puntos antiguos no se sabe."""
    now = machine()
    changed = [
        f"{name}: {value} y ahora {now.get(name, 'ninguno')}"
        for name, value in before.items()
        if value != now.get(name)
    ]
    if changed:
        warnings.warn(
            f"Este entrenamiento empezó en otras condiciones ({'; '.join(changed)}): se sigue, "
            "pero los últimos dígitos no serán los mismos.",
            stacklevel=3,
        )


def _stored_precision(output: Path) -> str | None:
    """La precisión con la que empezó el entrenamiento de una carpeta, si lo hay."""
    try:
        return stored_recipe(output)[0].training.precision
    except (OSError, ValueError):
        return None


def _claim(output: Path, recipe: Recipe, data: str) -> None:
    """Reserva una carpeta para un entrenamiento, o comprueba que era este, para seguirlo."""
    try:
        stored, stored_data = stored_recipe(output)
    except (OSError, ValueError):
        return claim_folder(output, {**asdict(recipe), "datos": data}, RECIPE_FILE)
    changed = list(_changed(stored, recipe))
    if stored_data != data:
        changed.append("las caras, las máscaras o la red de la que se parte")
    if changed:
        raise UserError(
            f"«{output}» guarda un resultado hecho con otros datos u otros ajustes (cambia "
            f"{', '.join(changed)}): elige otra carpeta o borra esa."
        )


def _claim_again(output: Path, recipe: Recipe, data: str) -> None:
    """Reserva otra vez una carpeta que alguien ha borrado: unos pesos sin receta no se abren."""
    if not (output / RECIPE_FILE).is_file():
        warnings.warn(
            f"Alguien ha borrado «{output}» mientras se entrenaba: se hace de nuevo.", stacklevel=3
        )
        _claim(output, recipe, data)


def _changed(stored: Any, wanted: Any) -> Iterator[str]:
    """Los ajustes en los que no coinciden dos recetas, o dos partes."""
    if type(stored) is not type(wanted):
        yield "la arquitectura"
        return
    for each in fields(stored):
        one, other = getattr(stored, each.name), getattr(wanted, each.name)
        if one == other:
            continue
        if is_dataclass(one) and is_dataclass(other):
            yield from _changed(one, other)
        else:
            yield each.name
