"""La red que viene con el libro, ya entrenada, para usarla sin esperar ni instalar TensorFlow.

Cómo se hizo, qué sabe hacer y dónde falla: `book/ficha_red.md`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from .errors import UserError
from .pairs import to_uint8
from .recipes import Recipe, read_recipe

WEIGHTS = Path(__file__).with_name("pretrained.onnx")
"""El generador entero, en ONNX, con los pesos en float16."""

RECORD = Path(__file__).with_name("pretrained.json")
"""La huella SHA-256 de los pesos y las recetas, congeladas, de las fases que los hicieron."""


class Pretrained:
    """La red del libro: ventanas de 256 píxeles, hueco en magenta.

    size, refines y restore: véase `restoration.Network`.
    """

    refines = True

    def __init__(self, content: bytes):
        self.session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        (entry,) = self.session.get_inputs()
        self.entry, self.size = entry.name, entry.shape[1]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """De float32 (n, size, size, 4), como `make_pairs`, a float32 (n, size, size, 3)."""
        return np.concatenate([self.session.run(None, {self.entry: one[None]})[0] for one in x])

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

    Lanza UserError si el fichero de los pesos falta o no es el que se publicó.
    """
    content = WEIGHTS.read_bytes() if WEIGHTS.is_file() else b""
    if hashlib.sha256(content).hexdigest() != weights_digest():
        raise UserError(
            f"Los pesos de la red del libro («{WEIGHTS}») faltan o están estropeados: "
            "vuelve a instalar la biblioteca."
        )
    return Pretrained(content)
