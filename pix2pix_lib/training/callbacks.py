"""Lo que pasa durante un entrenamiento además de entrenar: contar, mirar, avisar y guardar."""

from __future__ import annotations

import math
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ..errors import UserError
from ..recipes import REPORT_EVERY
from .checkpoints import State

History = dict[str, list[float]]
"""{medida: una media por cada 100 pasos}; `step` dice en qué paso acaba cada una."""

LABELS = {"loss": "total", "l1": "L1", "gen_gan": "generador", "disc": "discriminador"}
"""Cómo se llama cada pérdida para quien mira."""

STOP_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""Ctrl-C, el fin de una sesión de Colab y el cierre de la terminal."""

WON_BELOW, WON_REPORTS = 0.05, 5
"""El discriminador ha ganado si su pérdida no llega a 0.05 (a ciegas es 1.39) en 500 pasos."""


def _to_numpy(variables) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _numbered(values: list[np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{index:04d}": value for index, value in enumerate(values)}


def _sync(model: keras.Model) -> None:
    """Trae al modelo los pesos del último paso: con JAX, `fit` los lleva aparte."""
    if keras.backend.backend() == "jax":
        model.jax_state_sync()


@contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Mientras dura, los pesos del modelo son su media móvil, si la lleva (`Training.ema`)."""
    optimizer = model.optimizer
    if not optimizer.use_ema or int(optimizer.iterations) == 0:
        yield
        return
    current = _to_numpy(model.trainable_variables)
    optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, current, strict=True):
            variable.assign(value)


class Session(keras.callbacks.Callback):
    """Lleva la cuenta de un entrenamiento, que puede haber empezado otro día.

    x: parejas fijas (m, lado, lado, 4) que se restauran en unos pocos momentos (`moments`).
    save: se llama cada `save_every` pasos, al acabar y si llega una señal de parar.
    watch: se llama con ({paso: restauradas}) cada vez que hay una restauración nueva.
    listeners: se llaman con el historial cada vez que tiene una línea nueva.

    columns: {paso: uint8 restauradas}.
    """

    def __init__(
        self,
        x: np.ndarray,
        moments: Iterable[int],
        save: Callable[[], None],
        save_every: int,
        watch: Callable[[dict[int, np.ndarray]], None] | None = None,
        listeners: Sequence[Callable[[History], None]] = (),
    ):
        super().__init__()
        self.x = x
        self.moments = set(moments)
        self.save, self.save_every, self.watch = save, save_every, watch
        self.listeners = listeners
        self.step = 0
        self.history: History = {"step": []}
        self.columns: dict[int, np.ndarray] = {}
        self.metrics: list[np.ndarray] = []
        self.stop = False

    def state(self) -> State:
        """Todo lo que hay que guardar para seguir desde aquí, bit a bit.

        Lanza UserError si en los pesos hay algo que no es un número.
        """
        model = self.model
        weights = _to_numpy([*model.variables, *model.optimizer.variables])
        if not all(np.isfinite(weight).all() for weight in weights):
            raise self._not_a_number()
        return {
            "weight": _numbered(weights),
            "metric": _numbered(_to_numpy(model.metrics_variables)),
            "history": {name: np.array(values) for name, values in self.history.items()},
            "column": {f"{step:08d}": image for step, image in self.columns.items()},
        }

    def restore(self, step: int, state: State) -> None:
        """Vuelve al estado que dio `state`, en una red recién construida."""
        variables = [*self.model.variables, *self.model.optimizer.variables]
        for variable, value in zip(variables, state["weight"].values(), strict=True):
            variable.assign(value)
        self.step = step
        self.metrics = list(state["metric"].values())
        self.history = {name: values.tolist() for name, values in state["history"].items()}
        self.columns = {int(name): image for name, image in state["column"].items()}

    @contextmanager
    def signals(self):
        """Mientras dura, una señal de parar deja acabar el paso y guardar; la segunda, no."""

        def ask_to_stop(number, frame):
            if self.stop:
                raise KeyboardInterrupt
            self.stop = True

        try:
            previous = {number: signal.signal(number, ask_to_stop) for number in STOP_SIGNALS}
        except ValueError:  # Solo el hilo principal recibe señales.
            previous = {}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def on_epoch_begin(self, epoch, logs=None):
        if self.step == 0:
            self._restore_faces()
        # `fit` acaba de poner a cero las medias: si se venía de medio camino, se reponen.
        for variable, value in zip(self.model.metrics_variables, self.metrics, strict=False):
            variable.assign(value)

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if not math.isfinite(logs["loss"]):
            raise self._not_a_number()
        saving = self.stop or self.step % self.save_every == 0
        reporting = self.step % REPORT_EVERY == 0
        if saving or reporting or self.step in self.moments:
            _sync(self.model)
        if reporting:
            self.history["step"].append(self.step)
            for name, value in logs.items():
                self.history.setdefault(name, []).append(float(value))
            self.model.reset_metrics()
            for listener in self.listeners:
                listener(self.history)
        if self.step in self.moments:
            self._restore_faces()
        if saving:
            self.save()
        if self.stop:
            self.model.stop_training = True

    def _not_a_number(self) -> UserError:
        return UserError(
            f"La pérdida dejó de ser un número en el paso {self.step}. Los pesos buenos son los "
            "últimos que se guardaron: baja la tasa de aprendizaje (learning_rate) y empieza en "
            "otra carpeta."
        )

    def _restore_faces(self):
        with averaged(self.model):
            self.columns[self.step] = self.model.restore(self.x)
        if self.watch:
            self.watch(self.columns)


class Progress(keras.callbacks.Callback):
    """Barra de progreso con el tiempo que falta y las pérdidas."""

    def __init__(self, start: int, total: int):
        super().__init__()
        self.start, self.total = start, total

    def on_train_begin(self, logs=None):
        self.bar = tqdm(initial=self.start, total=self.total, unit="paso")

    def on_train_batch_end(self, batch, logs=None):
        losses = {LABELS.get(name, name): f"{value:.3f}" for name, value in logs.items()}
        self.bar.set_postfix(losses, refresh=False)
        self.bar.update()

    def on_train_end(self, logs=None):
        self.bar.close()


class DiscriminatorWon:
    """Avisa, una vez, de que el discriminador no se equivoca nunca (`listeners` de `Session`)."""

    def __init__(self):
        self.warned = False

    def __call__(self, history: History) -> None:
        losses = history.get("disc", [])[-WON_REPORTS:]
        if not self.warned and len(losses) == WON_REPORTS and max(losses) < WON_BELOW:
            self.warned = True
            warnings.warn(
                f"El discriminador ha ganado (su pérdida es {losses[-1]:.3f}; a ciegas sería "
                "1.39) y el generador ya no aprende de él: dale menos filtros o pon más "
                "caras.",
                stacklevel=2,
            )


def log_to(folder: Path) -> Callable[[History], None]:
    """Quien apunta cada línea del historial para TensorBoard (`listeners` de `Session`).

    folder: la que se le da a `tensorboard --logdir`. Si no está instalado, avisa y no hace nada.
    """
    try:
        from tensorboard.summary import Writer
    except ImportError:
        warnings.warn(
            "TensorBoard no está instalado: se entrena sin él (pip install tensorboard).",
            stacklevel=2,
        )
        return lambda history: None
    writer = Writer(str(folder))

    def write(history: History) -> None:
        step = history["step"][-1]
        for name, values in history.items():
            if name != "step":
                writer.add_scalar(LABELS.get(name, name), values[-1], step)
        writer.flush()

    return write
