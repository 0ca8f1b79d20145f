"""La red que viene con el libro, ya entrenada, para usarla sin esperar ni instalar TensorFlow.

Cómo se hizo, qué sabe hacer y dónde falla: `book/ficha_red.md`.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import onnxruntime

from ..data.pairs import to_uint8
from ..errors import UserError
from ..files import ASSETS, read_published
from ..recipes import EraseParams, Recipe, vary
from ..stored_recipes import read_recipe

WEIGHTS = ASSETS / "pretrained.onnx"
"""El generador entero, en ONNX, con los pesos en float16."""

RECORD = ASSETS / "pretrained.json"
"""La huella SHA-256 de los pesos y las recetas, congeladas, de las fases que los hicieron."""


ERASE_PROPERTY = "borrado"
"""El dato del archivo ONNX que dice, en JSON, cómo se borró para enseñarle (`EraseParams`)."""


class Pretrained:
    """La red del libro: ventanas de 256 píxeles, hueco en magenta.

    size, erase y restore: véase `restoration.Network`.
    """

    def __init__(self, content: bytes):
        self.content = content
        options = onnxruntime.SessionOptions()
        # Los núcleos se reparten las imágenes: repartirse cada una gasta CPU en esperas.
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        (entry,) = self.session.get_inputs()
        self.entry, self.size = entry.name, entry.shape[1]
        properties = self.session.get_modelmeta().custom_metadata_map
        self.erase = vary(EraseParams(), json.loads(properties[ERASE_PROPERTY]))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """De float32 (n, size, size, 4), como `make_pairs`, a float32 (n, size, size, 3)."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            each = pool.map(
                lambda one: self.session.run(["restaurada"], {self.entry: one}), x[:, None]
            )
            return np.concatenate([restored for (restored,) in each])

    def activations(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Lo que sale de cada nivel de la U-Net con una sola imagen, en el orden de las cuentas.

        x: float32 (1, size, size, 4). Devuelve {«baja a 128»: float32 (128, 128, canales)...}, y
        después los niveles que suben, {«sube a 8»: ...}.
        """
        names = [output.name for output in self.session.get_outputs()]
        inside = [name for name in names if name.startswith(("down", "up"))]
        levels = zip(inside, self.session.run(inside, {self.entry: x}), strict=True)
        return {
            f"{'baja' if name.startswith('down') else 'sube'} a {len(value[0])}": value[0]
            for name, value in levels
        }

    def restore(self, x: np.ndarray) -> np.ndarray:
        """Restaura: la red pone el hueco y lo conocido se copia tal cual.

        Devuelve uint8 (n, size, size, 3).
        """
        return to_uint8(self.predict(x))


def _record(part: str) -> Any:
    try:
        return json.loads(RECORD.read_text(encoding="utf-8"))[part]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"La ficha de la red del libro («{RECORD}») falta o está estropeada: vuelve a instalar "
            "la biblioteca."
        ) from error


def weights_digest() -> str:
    """La huella SHA-256 de los pesos que se publicaron. Lanza UserError si falta."""
    return _record("sha256")


def training_phases() -> dict[str, Recipe]:
    """Las recetas con las que se entrenó, en orden, por el nombre de su fase.

    Lanza UserError si faltan.
    """
    return {name: read_recipe(settings) for name, settings in _record("fases").items()}


def load_pretrained() -> Pretrained:
    """La red del libro.

    Lanza UserError si el archivo de los pesos falta o no es el que se publicó.
    """
    lost = f"Los pesos de la red del libro («{WEIGHTS}») faltan o están estropeados"
    return Pretrained(read_published(WEIGHTS, weights_digest(), lost))
