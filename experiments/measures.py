"""Lo que un experimento mide además de las notas del examen, si su archivo TOML lo pide.

Cada medida recibe una red entrenada, su examen y lo que ve de él (`Exam.inputs`), y devuelve algo
que cabe en un JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from pix2pix_lib.data.pairs import compose, to_uint8
from pix2pix_lib.evaluation.exams import Exam
from pix2pix_lib.evaluation.judge import load_judges
from pix2pix_lib.evaluation.metrics import hole_errors, spectrum
from pix2pix_lib.files import write_whole
from pix2pix_lib.model.gan import Pix2Pix
from pix2pix_lib.recipes import REPORT_EVERY

SAMPLES = 8


def rounded(scores: dict[str, np.ndarray]) -> dict[str, list[float]]:
    return {measure: values.round(3).tolist() for measure, values in scores.items()}


def errors(exam: Exam, x: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """La L1 de lo que pinta la red, sin componer, dentro y fuera del hueco, en niveles de gris."""
    means = hole_errors(to_uint8(predicted), exam.photos, x[..., 3] > 0)
    return {where: round(mean, 3) for where, mean in means.items()}


class Curve(keras.callbacks.Callback):
    """Apunta en un archivo, cada 100 pasos, los errores de dentro y fuera del hueco y las notas."""

    def __init__(self, path: Path, exam: Exam, x: np.ndarray):
        super().__init__()
        self.path, self.exam, self.x = path, exam, x

    def rows(self) -> dict[str, dict[str, float]]:
        return json.loads(self.path.read_text()) if self.path.is_file() else {}

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.model.optimizer.iterations)
        if step % REPORT_EVERY == 0:
            predicted = self.model.predict(self.x, verbose=0)
            scores = self.exam.mark(compose(self.x, predicted))
            row = errors(self.exam, self.x, predicted) | {
                "psnr": round(float(scores["psnr"].mean()), 3),
                "gradiente": round(float(np.median(scores["gradiente"])), 3),
            }
            write_whole(self.path, json.dumps(self.rows() | {str(step): row}).encode())


def as_when_training(model: Pix2Pix, x: np.ndarray) -> np.ndarray:
    """Lo que predice la red con `training=True`, imagen a imagen, como en el tutorial."""
    each = [model(x[index, None], training=True) for index in range(len(x))]
    return np.concatenate([keras.ops.convert_to_numpy(image) for image in each])


def scores_when_training(model: Pix2Pix, exam: Exam, x: np.ndarray) -> dict[str, list[float]]:
    """Las notas del examen cuando la red predice con `training=True`."""
    return rounded(exam.mark(compose(x, as_when_training(model, x))))


def variety(model: Pix2Pix, exam: Exam, x: np.ndarray) -> list[float]:
    """Cuánto cambia lo que pone la red en cada hueco de una vez a otra, en niveles de gris."""
    samples = np.stack([to_uint8(as_when_training(model, x)) for _ in range(SAMPLES)])
    changes = samples.astype(float).std(0).mean(-1)
    return [round(each[hole].mean(), 3) for each, hole in zip(changes, x[..., 3] > 0, strict=True)]


def spectra(model: Pix2Pix, exam: Exam, x: np.ndarray) -> dict[str, list[float]]:
    """La energía de cada frecuencia en lo que pinta la red, sin componer, y en las originales."""
    painted = to_uint8(model.predict(x, verbose=0))
    return {
        name: spectrum(images).round(6).tolist()
        for name, images in (("red", painted), ("original", exam.photos))
    }


def judged(model: Pix2Pix, exam: Exam, x: np.ndarray) -> list[float]:
    """Qué parte de los jueces del libro acierta en cada cara, de 0 a 1."""
    return load_judges().right_answers(model.restore(x), exam.cases).mean(0).round(3).tolist()


MEASURES: dict[str, Callable[[Pix2Pix, Exam, np.ndarray], Any]] = {
    "entrenando": scores_when_training,
    "variedad": variety,
    "espectro": spectra,
    "juez": judged,
}
"""Las que se toman al acabar, por su nombre en los archivos."""
