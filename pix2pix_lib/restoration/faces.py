"""Dónde hay caras en una foto, de qué tamaño son y dónde tienen los ojos, la boca y las orejas.

Las busca BlazeFace (Bazarevsky et al., 2019, arXiv:1907.05047), con los pesos de MediaPipe para
caras cercanas y lejanas; cómo se llevó a ONNX, en `experiments/detector.py`. La red parte la imagen
en celdas y de cada una dice si hay ahí una cara y, respecto al centro de la celda, dónde están su
caja y sus puntos. No mira por trozos: la misma red ve la foto dos veces, pequeña y no tanto.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime

from ..data.pairs import to_float
from ..files import ASSETS, read_published

WEIGHTS = ASSETS / "blazeface.onnx"
"""BlazeFace, de Google, en ONNX."""

LICENCE = ASSETS / "blazeface_licencia.txt"
"""De dónde viene la red, qué se le cambió y su licencia, Apache-2.0: va siempre con ella."""

DIGEST = "03ef340b91832200e7ddb6250ae49af5d3a325a354c8579de75677373f45e665"
"""La huella SHA-256 de los pesos."""

LOOKS = (96, 352)
"""Lados mayores, en píxeles, a los que se mira: las caras que llenan la foto y las pequeñas."""

CELL, MULTIPLE = 4, 32
"""Lado de una celda, y de qué han de ser múltiplos los de la imagen, en píxeles."""

WIDTH, RAISED = 1.31, 0.08
"""El ancho de la cara y lo que su centro está más arriba que el de la caja, en lados de la caja."""


class Face(NamedTuple):
    """Una cara, en píxeles de la foto.

    x, y: su centro. width: el lado del cuadrado que la contiene, de la frente a la barbilla y con
    las orejas. score: lo segura que está la red, de 0 a 1. points: float (6, 2), la (x, y) del ojo
    derecho (el de la persona), el izquierdo, la nariz, la boca, la oreja derecha y la izquierda.
    """

    x: float
    y: float
    width: float
    score: float
    points: np.ndarray


@cache
def _detector() -> onnxruntime.InferenceSession:
    lost = f"La red que busca caras («{WEIGHTS}») falta o está estropeada"
    content = read_published(WEIGHTS, DIGEST, lost)
    options = onnxruntime.SessionOptions()
    # Tan pequeña, repartirla entre hilos cuesta más de lo que ahorra.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _look(photo: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Lo que se ve con la foto reducida a ese lado mayor, en las celdas donde parece haber cara.

    Devuelve float (n, 8, 2), el centro de la caja, sus lados y los seis puntos, en píxeles de la
    foto; y float (n,), lo segura que está la red, de 0.5 a 1.
    """
    height, width = photo.shape[:2]
    scale = min(1, side / max(height, width))
    columns, rows = (max(1, round(length * scale)) for length in (width, height))
    small = cv2.resize(photo, (columns, rows), interpolation=cv2.INTER_AREA)
    wide, high = (-(-length // MULTIPLE) * MULTIPLE for length in (columns, rows))
    x = np.zeros((1, high, wide, 3), np.float32)
    x[0, :rows, :columns] = to_float(small)
    boxes, scores = _detector().run(["cajas", "notas"], {"x": x})
    cells = np.flatnonzero(scores > 0)
    found = boxes[0, cells].reshape(-1, 8, 2).astype(float)
    centers = CELL * (np.stack([cells % (wide // CELL), cells // (wide // CELL)], -1) + 0.5)
    found[:, 0] += centers
    found[:, 2:] += centers[:, None]
    return found * (width / columns, height / rows), 1 / (
        1 + np.exp(-scores[0, cells, 0].astype(float))
    )


def find_faces(photo: np.ndarray) -> list[Face]:
    """Busca caras que midan, al menos, 1/24 del lado mayor de la foto.

    photo: uint8 (alto, ancho, 3). Devuelve las caras, de la más segura a la menos: de lo que la red
    ve varias veces, la media. A quién no encuentra, en `book/ficha_red.md`.
    Lanza UserError si falta la red.
    """
    looks = [_look(photo, side) for side in LOOKS]
    found, scores = (np.concatenate(parts) for parts in zip(*looks, strict=True))
    order = np.argsort(-scores, kind="stable")
    found, scores = found[order], scores[order]
    faces = []
    while len(found):
        centers, sides = found[:, 0], found[:, 1, 0]
        same = np.abs(centers - centers[0]).max(-1) < np.maximum(sides, sides[0]) / 2
        same[0] = True
        mean = np.average(found[same], 0, scores[same])
        (x, y), (side, _) = mean[:2].tolist()
        face = Face(x, y - RAISED * side, WIDTH * side, float(scores[0]), mean[2:])
        faces.append(face)
        found, scores = found[~same], scores[~same]
    return faces


def largest_face(photo: np.ndarray) -> Face | None:
    """La cara más ancha de una foto, uint8 (alto, ancho, 3); None si no se ve ninguna.

    Lanza UserError si falta la red.
    """
    return max(find_faces(photo), key=lambda face: face.width, default=None)
