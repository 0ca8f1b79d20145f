"""La puerta por la que entra todo: una imagen, unas caras, un hueco, unas máscaras, un número.

Lo que no es lo que se pide no da un error por sí solo, sino otro resultado: caras de 0 a 1 son
casi negras, y un hueco de ceros y unos elige filas en vez de píxeles. Cada función de aquí lanza
UserError con una frase que dice cómo se convierte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import UserError


def check_bytes(name: str, array: Any) -> None:
    """Lanza UserError si no es un arreglo uint8, de 0 a 255."""
    if not isinstance(array, np.ndarray):
        raise UserError(f"{name}: ha de ser un arreglo uint8; conviértelo con np.asarray(x).")
    if array.dtype != np.uint8:
        raise UserError(
            f"{name}: ha de ser uint8, de 0 a 255, y es {array.dtype}; conviértelo con "
            f"{_to_bytes(array)}."
        )


def _to_bytes(array: np.ndarray) -> str:
    """Cómo se lleva un arreglo a uint8, según lo que parece."""
    if array.dtype == bool:
        return "255 * x.astype(np.uint8)"
    if array.dtype == np.uint16:
        return "np.rint(x / 257).astype(np.uint8)"
    if array.dtype.kind == "f" and array.size and np.nan_to_num(array).max() <= 1:
        return "to_uint8(x)" if array.min() < 0 else "np.rint(255 * x).astype(np.uint8)"
    return "np.clip(np.rint(x), 0, 255).astype(np.uint8)"


def check_image(name: str, image: Any) -> None:
    """Lanza UserError si no es uint8 (alto, ancho, 3)."""
    check_bytes(name, image)
    if image.ndim != 3 or image.shape[2] != 3 or not image.size:
        how = {
            2: "; si es gris, con np.stack([x] * 3, -1)",
            3: "; si lleva transparencia, con x[..., :3]",
            4: "; si son varias, de una en una",
        }.get(image.ndim, "")
        raise UserError(f"{name}: ha de medir (alto, ancho, 3) y mide {image.shape}{how}.")


def check_faces(name: str, faces: Any, side: int | None = None) -> None:
    """Lanza UserError si no son uint8 (n, lado, lado, 3), una o más, del lado que se diga."""
    check_bytes(name, faces)
    height, width, channels = faces.shape[1:] if faces.ndim == 4 else (0, 0, 0)
    if not faces.size or channels != 3 or height != width or side not in (None, height):
        wanted = side or "lado"
        raise UserError(
            f"{name}: ha de medir (n, {wanted}, {wanted}, 3) y mide {faces.shape}; lee las caras "
            f"con load_faces(fotos, {wanted})."
        )


def check_hole(name: str, hole: Any, shape: tuple[int, ...]) -> None:
    """Lanza UserError si no es un arreglo bool de esa forma, la de su imagen."""
    if not isinstance(hole, np.ndarray) or hole.dtype.kind != "b":
        raise UserError(f"{name}: ha de ser bool, True en lo que falta; conviértelo con x > 0.")
    if hole.shape != shape:
        raise UserError(f"{name}: mide {hole.shape} y ha de medir {shape}, lo que su imagen.")


def check_masks(masks: Mapping[str, Any], side: int) -> None:
    """Lanza UserError si no hay máscaras o alguna no es bool (side, side) o no borra nada."""
    if not isinstance(masks, Mapping) or not masks:
        raise UserError("No hay máscaras: léelas con load_masks().")
    for name, mask in masks.items():
        check_hole(f"La máscara «{name}»", mask, (side, side))
        if not mask.any():
            raise UserError(f"La máscara «{name}» no borra nada: pon True donde haya de borrar.")


def check_number(name: str, value: Any, low: float, high: float, whole: bool = False) -> None:
    """Lanza UserError si no es un número entre esos dos, ambos incluidos; `whole`, si no es entero.

    Un bool no es un número.
    """
    kind = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        # De un entero enorme, Python ni siquiera escribe las cifras.
        huge = type(value) is int and abs(value) > 1e30
        shown = "Un número enorme" if huge else f"«{value!s:.40}»"
        limits = f"{'entero ' if whole else ''}entre {low:.10g} y {high:.10g}"
        raise UserError(f"{shown} no vale para {name}: pon un número {limits}.")
