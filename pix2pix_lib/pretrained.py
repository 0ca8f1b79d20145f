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


DOWN = ["leaky_re_lu_1", "leaky_re_lu_1_2", *(f"leaky_re_lu_{level}_1" for level in range(2, 6))]
UP = ["re_lu_1", "re_lu_1_2", *(f"re_lu_{level}_1" for level in range(2, 5))]
INSIDE = [
    *(f"generador_1/{name}/LeakyRelu:0" for name in DOWN),
    *(f"generador_1/{name}/Relu:0" for name in UP),
]
"""Cómo se llama en el fichero lo que sale de cada nivel de la U-Net, en el orden de las cuentas."""


def _with_outputs(content: bytes, names: list[str]) -> bytes:
    """El mismo fichero ONNX, que además devuelve unos resultados intermedios.

    En un fichero de protobuf, añadir por detrás es añadir a las listas que ya hay: aquí, a la de
    salidas (campo 12) del grafo (campo 7) van los nombres (campo 1).
    """
    for name in names:
        part = name.encode()
        for field in (1, 12, 7):
            part = bytes([8 * field + 2, len(part)]) + part
        content += part
    return content


class Pretrained:
    """La red del libro: ventanas de 256 píxeles, hueco en magenta.

    size, refines y restore: véase `restoration.Network`.
    """

    refines = True

    def __init__(self, content: bytes):
        self.content = content
        self.session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        (entry,) = self.session.get_inputs()
        self.entry, self.size = entry.name, entry.shape[1]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """De float32 (n, size, size, 4), como `make_pairs`, a float32 (n, size, size, 3)."""
        return np.concatenate([self.session.run(None, {self.entry: one[None]})[0] for one in x])

    def activations(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Lo que sale de cada nivel de la U-Net con una sola imagen, en el orden de las cuentas.

        x: float32 (1, size, size, 4). Devuelve {«baja a 128»: float32 (128, 128, canales)...}, y
        después los niveles que suben, {«sube a 8»: ...}.
        """
        content = _with_outputs(self.content, INSIDE)
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        levels = {}
        for name, (value,) in zip(INSIDE, session.run(INSIDE, {self.entry: x}), strict=True):
            # Los dos niveles que no se normalizan llevan los canales delante.
            if value.shape[0] != value.shape[1]:
                value = np.moveaxis(value, 0, -1)
            levels[f"{'baja' if 'Leaky' in name else 'sube'} a {len(value)}"] = value
        return levels

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
