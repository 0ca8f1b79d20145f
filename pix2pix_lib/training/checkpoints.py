"""Puntos de guardado: todo lo que hace falta para seguir un entrenamiento como si nada.

Cada uno es un archivo NPZ con el nombre del paso. Se escribe entero o no se escribe, y se guardan
los dos últimos: si el último se estropea, queda el de antes.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..files import whole

State = dict[str, dict[str, np.ndarray]]
"""Lo que se guarda: {parte: {nombre: valores}}. En el archivo, cada uno se llama PARTE_NOMBRE."""

KEEP = 2
"""Cuántos puntos de guardado se conservan."""


def _saved(folder: Path) -> list[Path]:
    """Los puntos de una carpeta, del más nuevo al más viejo."""
    return sorted(folder.glob("[0-9]*.npz"), reverse=True)


def save_checkpoint(folder: Path, step: int, state: State) -> None:
    """Guarda el estado del paso `step` y borra los que sobran.

    Lanza UserError si no se puede escribir; lo que ya hubiera guardado sigue ahí.
    """
    with whole(folder / f"{step:08d}.npz") as partial, partial.open("wb") as file:
        flat: dict[str, Any] = {
            f"{part}_{name}": value for part in state for name, value in state[part].items()
        }
        np.savez(file, **flat)
        file.flush()
        os.fsync(file.fileno())
    for old in _saved(folder)[KEEP:]:
        old.unlink(missing_ok=True)


def load_checkpoint(folder: Path) -> tuple[int, State] | None:
    """El último estado que se lee entero, con su paso; None si no hay ninguno.

    De los que estén estropeados avisa, y recurre al anterior.
    """
    for path in _saved(folder):
        try:
            with zipfile.ZipFile(path) as packed:
                # No está comprimido: lo que dice ocupar no pasa de lo que ocupa.
                if sum(each.file_size for each in packed.infolist()) > path.stat().st_size:
                    raise ValueError("el punto dice ocupar más de lo que ocupa")
            with np.load(path) as file:
                state: State = {}
                for key, value in file.items():
                    part, name = key.split("_", 1)
                    state.setdefault(part, {})[name] = value
                return int(path.stem), state
        except Exception:  # NumPy y zipfile lanzan de todo con un archivo estropeado.
            warnings.warn(
                f"El punto de guardado «{path}» está estropeado: se sigue desde el anterior o, si "
                "no lo hay, desde el principio.",
                stacklevel=2,
            )
    return None
