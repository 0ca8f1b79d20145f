"""Los resultados guardados de los exámenes, y las tablas que salen de ellos.

Hay un fichero por examen en `exam_results/`, hecho por `experiments/examen.py`: dice de cada trazo
en qué foto está y su clase, y de cada método, sus notas.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .errors import UserError

FOLDER = Path(__file__).with_name("exam_results")
JUDGE_FILE = FOLDER / "juez.json"
NETWORK = "nuestra red"
CLASSICS = ("Telea", "Navier-Stokes", "biarmónica", "PatchMatch", "pincel corrector")
SCAR = 3.0
"""Un trazo sale mal si queda más de estos dB por debajo de Telea."""


@dataclass(frozen=True)
class Result:
    """Lo que se guardó de un examen.

    photos, kinds: la foto y la clase de cada trazo. scores: {método: {medida: float (trazos,)}}.
    """

    photos: np.ndarray
    kinds: np.ndarray
    scores: dict[str, dict[str, np.ndarray]]


def result_file(name: str) -> Path:
    """Dónde está el resultado de un examen."""
    return FOLDER / (name.replace(",", "").replace(" ", "_") + ".json")


@cache
def load_result(name: str) -> Result:
    """Lee el resultado de un examen por su nombre. Lanza UserError si no está."""
    path = result_file(name)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        strokes = record["trazos"]
        scores = {
            method: {measure: np.array(values) for measure, values in row["notas"].items()}
            for method, row in record["metodos"].items()
        }
        return Result(np.array(strokes["foto"]), np.array(strokes["clase"]), scores)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"Falta el resultado «{path}» o está estropeado: hazlo con «python "
            "experiments/examen.py» o vuelve a instalar la biblioteca."
        ) from error
