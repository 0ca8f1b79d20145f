"""Las redes que vienen con el libro, ya entrenadas, para usarlas sin esperar ni TensorFlow.

Cómo se hizo, qué sabe hacer y dónde falla: `book/ficha_red.md`.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from ..data.pairs import to_uint8
from ..errors import UserError
from ..files import ASSETS, read_published
from ..recipes import EraseParams, Recipe, vary
from ..stored_recipes import read_recipe

WEIGHTS, UPRIGHT_WEIGHTS = ASSETS / "pretrained.onnx", ASSETS / "upright.onnx"
"""El generador entero, en ONNX, con los pesos en float16; y el de la que ve caras derechas."""


ERASE_PROPERTY = "borrado"
"""El dato del archivo ONNX que dice, en JSON, cómo se borró para enseñarle (`EraseParams`)."""


class Pretrained:
    """Una red del libro; el hueco, en magenta.

    content: el archivo ONNX. upright: la que la ayuda con los rasgos tapados.
    size, erase, upright y restore: véase `restoration.Network`.
    """

    def __init__(self, content: bytes, upright: Pretrained | None = None):
        self.content, self.upright = content, upright
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


def _record(weights: Path, part: str) -> Any:
    """De la ficha de unos pesos, su huella («sha256») o las recetas de sus fases («fases»)."""
    path = weights.with_suffix(".json")
    try:
        return json.loads(path.read_text(encoding="utf-8"))[part]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"La ficha de la red del libro («{path}») falta o está estropeada: vuelve a instalar "
            "la biblioteca."
        ) from error


def weights_digest(weights: Path = WEIGHTS) -> str:
    """La huella SHA-256 de los pesos que se publicaron. Lanza UserError si falta."""
    return _record(weights, "sha256")


def networks_digest() -> str:
    """Lo que identifica a las dos redes del libro: sus huellas. Lanza UserError si falta alguna."""
    return f"{weights_digest()} {weights_digest(UPRIGHT_WEIGHTS)}"


def training_phases(weights: Path = WEIGHTS) -> dict[str, Recipe]:
    """Las recetas con las que se entrenó una red, en orden, por el nombre de su fase.

    Lanza UserError si faltan.
    """
    phases = _record(weights, "fases")
    return {name: read_recipe(settings) for name, settings in phases.items()}


def _content(weights: Path) -> bytes:
    lost = f"Los pesos de la red del libro («{weights}») faltan o están estropeados"
    return read_published(weights, weights_digest(weights), lost)


def load_pretrained() -> Pretrained:
    """La red del libro; en `upright`, la que la ayuda con los rasgos tapados.

    Lanza UserError si el archivo de los pesos de alguna falta o no es el que se publicó.
    """
    return Pretrained(_content(WEIGHTS), Pretrained(_content(UPRIGHT_WEIGHTS)))
