"""La red que viene con el libro, ya entrenada, para usarla sin esperar.

Cómo se hizo, qué sabe hacer y dónde falla: `book/ficha_red.md`.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from .errors import UserError
from .gan import Pix2Pix
from .recipes import MEJORADA

RECIPE = replace(MEJORADA, disc_filters=0, precision="float32")
"""Lo que hace falta para usarla; para entrenarla, `experiments/pesos.py`."""

WEIGHTS = Path(__file__).with_name("pretrained.npz")
"""Los pesos del generador, en float16."""

SHA256 = "c63c3fe861792cfd2c2dbd9f587856330ecacffaad73eee07b10579f6361243a"


def load_pretrained() -> Pix2Pix:
    """La red del libro: 256 píxeles, hueco en magenta (`RECIPE.erase.fill`).

    Lanza UserError si el fichero de los pesos falta o no es el que se publicó.
    """
    content = WEIGHTS.read_bytes() if WEIGHTS.is_file() else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise UserError(
            f"Los pesos de la red del libro («{WEIGHTS}») faltan o están estropeados: "
            "vuelve a instalar la biblioteca."
        )
    model = RECIPE.build()
    with np.load(io.BytesIO(content)) as weights:
        model.generator.set_weights(list(weights.values()))
    return model
