"""Recetas y entrenamiento.

Una receta (`Recipe`) reúne todo lo que decide el resultado. `train` la lleva a cabo y deja en una
carpeta los pesos del generador, la receta, el historial y una tira con las mismas caras de prueba
a medida que la red aprende.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from tqdm import tqdm

from .errors import UserError
from .files import cannot_write
from .gan import Pix2Pix
from .masks import MAGENTA, EraseParams, Masks, load_masks
from .networks import patchgan_discriminator, unet_generator
from .pairs import fixed_pairs, to_uint8, training_batches

REPORT_EVERY = 100
"""Pasos que promedia cada línea del historial."""

RECIPE_FILE, WEIGHTS_FILE = "receta.json", "generador.weights.h5"
HISTORY_FILE, STRIP_FILE = "historial.csv", "tira.png"


@dataclass(frozen=True)
class Recipe:
    """Todo lo que decide el resultado de un entrenamiento.

    size: lado de la imagen que ve la red, en píxeles.
    load_size: lado al que se leen las caras, del que se recortan ventanas de `size`.
    filters, levels: canales del primer nivel y niveles de la U-Net.
    norm, innermost_norm, dropout, slope, upsampling, residual: véase `unet_generator`.
    disc_filters, disc_layers: véase `patchgan_discriminator`; `disc_filters=0` quita el
    discriminador.
    l1_weight, hole_weight: pesos de la pérdida, véase `Pix2Pix`.
    batch_size, steps: imágenes por paso y pasos; `steps`, múltiplo de 100.
    learning_rate, cosine: tasa de aprendizaje de Adam y si baja hasta 0 con forma de coseno.
    erase: cómo se borra. seed: semilla de los pesos, de los huecos y del orden de las caras.
    """

    size: int = 256
    load_size: int = 286
    filters: int = 64
    levels: int = 8
    norm: str | None = "batch"
    innermost_norm: bool = True
    dropout: float = 0.5
    slope: float = 0.3
    upsampling: str = "transpose"
    residual: bool = False
    disc_filters: int = 64
    disc_layers: int = 3
    l1_weight: float = 100.0
    hole_weight: float = 1.0
    batch_size: int = 1
    steps: int = 40_000
    learning_rate: float = 2e-4
    cosine: bool = False
    erase: EraseParams = field(default_factory=EraseParams)
    seed: int = 0

    def __post_init__(self):
        if self.steps < REPORT_EVERY or self.steps % REPORT_EVERY:
            raise UserError(f"Los pasos son {self.steps}: usa un múltiplo de {REPORT_EVERY}.")
        if self.load_size < self.size:
            raise UserError(
                f"Las caras se leen a {self.load_size} píxeles y la red las quiere de {self.size}: "
                "sube load_size."
            )

    def build(self) -> Pix2Pix:
        """Las dos redes recién nacidas, con los pesos que tocan a `seed`, listas para `fit`."""
        keras.utils.set_random_seed(self.seed)
        generator = unet_generator(
            self.size,
            self.filters,
            self.levels,
            norm=self.norm,
            innermost_norm=self.innermost_norm,
            dropout=self.dropout,
            slope=self.slope,
            upsampling=self.upsampling,
            residual=self.residual,
        )
        discriminator = None
        if self.disc_filters:
            discriminator = patchgan_discriminator(
                self.size,
                self.disc_filters,
                self.disc_layers,
                norm=self.norm,
                slope=self.slope,
            )
        model = Pix2Pix(generator, discriminator, self.l1_weight, self.hole_weight)
        rate = self.learning_rate
        if self.cosine:
            rate = keras.optimizers.schedules.CosineDecay(rate, self.steps)
        model.compile(optimizer=keras.optimizers.Adam(rate, beta_1=0.5))
        return model


ORIGINAL = Recipe()
"""La del tutorial de TensorFlow, con el borrado en negro con el que empezó todo."""

MEJORADA = Recipe(
    filters=32,
    levels=6,
    norm="instance",
    innermost_norm=False,
    dropout=0.0,
    slope=0.2,
    upsampling="resize",
    residual=True,
    disc_filters=32,
    hole_weight=8.0,
    batch_size=4,
    steps=20_000,
    learning_rate=1e-3,
    cosine=True,
    erase=EraseParams(fill=MAGENTA),
)
"""Aprende solo lo que falta: parte de un relleno suave y corrige el hueco."""

RAPIDA = replace(
    MEJORADA,
    size=64,
    load_size=72,
    filters=16,
    levels=4,
    disc_filters=16,
    disc_layers=2,
    batch_size=8,
    steps=4000,
)
"""La mejorada en pequeño, a 64 píxeles: unos minutos en un portátil sin GPU."""


@dataclass(frozen=True)
class Run:
    """Un entrenamiento: la red y lo que dejó en su carpeta.

    history: {medida: float (líneas,)}; `step` dice en qué paso acaba cada línea.
    strip: uint8 (alto, ancho, 3), una fila por cara de prueba y una columna por momento.
    strip_steps: en qué paso se tomó cada columna de la tira.
    """

    recipe: Recipe
    model: Pix2Pix
    history: dict[str, np.ndarray]
    strip: np.ndarray
    strip_steps: list[int]


class _Progress(keras.callbacks.Callback):
    """Barra de progreso con el tiempo que falta y las pérdidas."""

    def on_train_begin(self, logs=None):
        self.bar = tqdm(total=self.params["epochs"] * self.params["steps"], unit="paso")

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update()

    def on_epoch_end(self, epoch, logs=None):
        self.bar.set_postfix({name: f"{value:.3f}" for name, value in logs.items()})

    def on_train_end(self, logs=None):
        self.bar.close()


class _Strip(keras.callbacks.Callback):
    """Restaura las mismas caras en unos pocos momentos, cada vez más espaciados."""

    def __init__(self, x: np.ndarray, epochs: int):
        super().__init__()
        self.x = x
        self.moments = set(np.geomspace(1, epochs, 5).round().astype(int))
        self.columns: dict[int, np.ndarray] = {}

    def on_train_begin(self, logs=None):
        self.columns[0] = self.model.restore(self.x)

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 in self.moments:
            self.columns[(epoch + 1) * REPORT_EVERY] = self.model.restore(self.x)


def train(
    recipe: Recipe,
    train_faces: np.ndarray,
    test_faces: np.ndarray,
    output: str | Path,
    masks: Masks | None = None,
) -> Run:
    """Entrena desde cero y guarda el resultado en la carpeta `output`.

    train_faces: uint8 (n, recipe.load_size, recipe.load_size, 3).
    test_faces: uint8 (m, recipe.size, recipe.size, 3); las seis primeras salen en la tira, y de
    ninguna aprende la red.
    Si lo paras (Ctrl-C), se guarda lo aprendido hasta entonces. Lo que hubiera en `output` se
    sustituye solo al final. Lanza UserError si lo que hay en `output` no es un entrenamiento.
    """
    output = Path(output)
    empty = not output.exists() or output.is_dir() and not any(output.iterdir())
    if not empty and not (output / RECIPE_FILE).is_file():
        raise UserError(f"«{output}» tiene algo que no es un entrenamiento: elige otra carpeta.")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        workspace = tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.")
    except OSError as error:
        raise cannot_write(output.parent, error) from error
    with workspace:
        run = _fit(recipe, train_faces, test_faces, load_masks() if masks is None else masks)
        fresh = Path(workspace.name) / output.name
        try:
            _save(run, fresh)
            shutil.rmtree(output, ignore_errors=True)
            fresh.rename(output)
        except OSError as error:
            raise cannot_write(output.parent, error) from error
    return run


def _fit(recipe: Recipe, train_faces: np.ndarray, test_faces: np.ndarray, masks: Masks) -> Run:
    """Entrena hasta el final, o hasta que alguien lo para."""
    model = recipe.build()
    epochs = recipe.steps // REPORT_EVERY
    x, y = fixed_pairs(test_faces[:6], masks, recipe.erase)
    history = keras.callbacks.History()
    strip = _Strip(x, epochs)
    batches = training_batches(
        train_faces, recipe.size, recipe.batch_size, masks, recipe.erase, recipe.seed
    )
    try:
        model.fit(
            batches,
            steps_per_epoch=REPORT_EVERY,
            epochs=epochs,
            verbose=0,
            callbacks=[history, strip, _Progress()],
        )
    except KeyboardInterrupt:
        if not history.epoch:
            raise UserError(
                f"Parado antes de los primeros {REPORT_EVERY} pasos: no hay nada que guardar."
            ) from None
        print(f"Parado a los {len(history.epoch) * REPORT_EVERY} pasos: se guarda lo aprendido.")
    columns = [to_uint8(x[..., :3]), *strip.columns.values(), to_uint8(y)]
    return Run(
        recipe=recipe,
        model=model,
        history={
            "step": (np.array(history.epoch) + 1) * REPORT_EVERY,
            **{name: np.array(values) for name, values in history.history.items()},
        },
        strip=np.concatenate([np.concatenate(column) for column in columns], axis=1),
        strip_steps=list(strip.columns),
    )


def _save(run: Run, folder: Path) -> None:
    folder.mkdir()
    (folder / RECIPE_FILE).write_text(
        json.dumps({**asdict(run.recipe), "strip_steps": run.strip_steps}, indent=2)
    )
    run.model.generator.save_weights(folder / WEIGHTS_FILE)
    Image.fromarray(run.strip).save(folder / STRIP_FILE)
    with (folder / HISTORY_FILE).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(run.history)
        writer.writerows(zip(*run.history.values(), strict=True))


def load_run(folder: str | Path) -> Run:
    """Lee un entrenamiento que guardó `train`.

    Lanza UserError si la carpeta no tiene uno entero.
    """
    folder = Path(folder)
    try:
        settings = json.loads((folder / RECIPE_FILE).read_text())
        strip_steps = settings.pop("strip_steps")
        erase = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in settings["erase"].items()
        }
        recipe = Recipe(**{**settings, "erase": EraseParams(**erase)})
        model = recipe.build()
        model.generator.load_weights(folder / WEIGHTS_FILE)
        strip = np.asarray(Image.open(folder / STRIP_FILE))
        with (folder / HISTORY_FILE).open(newline="") as file:
            names, *rows = csv.reader(file)
        history = dict(zip(names, np.array(rows, float).T, strict=True))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"En «{folder}» no hay un entrenamiento entero: entrena primero la red y vuelve aquí."
        ) from error
    return Run(recipe, model, history, strip, strip_steps)
