"""El umbral, que se mueve: qué se propone en una cara según lo segura que ha de estar la red."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np

from ..data.marks import EXTENT, THRESHOLD, Mark
from ..restoration.finding import Proposal, hole_of
from . import figures
from .frames import Frames

FOUND, EXTRA, MISSED = (0, 208, 208), (231, 41, 138), (255, 255, 255)
"""De qué color se rodea lo que toca una marca, lo que no y lo que se escapa."""

THRESHOLDS = np.arange(EXTENT + 0.01, 1, 0.02).round(2)


def outline(
    photo: np.ndarray, hole: np.ndarray, color: tuple[int, int, int], away: int, thick: int
) -> None:
    """Rodea sobre una foto, uint8 (alto, ancho, 3), lo que marca un hueco, bool (alto, ancho).

    away, thick: a cuánto de él va la línea y lo gruesa que es, en píxeles.
    """
    around = cv2.dilate(hole.view(np.uint8), np.ones((2 * away + 1,) * 2, np.uint8))
    edge, _ = cv2.findContours(around, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(photo, edge, -1, color, thick)


def moving_threshold(
    photo: np.ndarray, marks: Sequence[Mark], proposals: Sequence[Proposal], alt: str
) -> Frames:
    """Lo que se propone en una cara con marcas pintadas y, al lado, sus medidas, según el umbral.

    photo: uint8 (alto, ancho, 3). marks: las pintadas. proposals: las de `find_marks` con su umbral
    más bajo, `EXTENT`. Empieza en el que trae la biblioteca.
    """
    shown, told, precisions, recalls = [], [], [], []
    for threshold in THRESHOLDS:
        drawn, extra, found = photo.copy(), 0, np.zeros(len(marks), bool)
        for proposal in proposals:
            if proposal.chance > threshold:
                touched = np.array([mark.where[proposal.where].any() for mark in marks])
                found |= touched
                extra += not touched.any()
                color = FOUND if touched.any() else EXTRA
                outline(drawn, hole_of([proposal], photo.shape[:2]), color, 4, 4)
        for mark in itertools.compress(marks, ~found):
            outline(drawn, mark.where, MISSED, 4, 4)
        shown.append(drawn)
        precisions.append(found.sum() / max(found.sum() + extra, 1))
        recalls.append(found.mean())
        told.append(
            f"Umbral {threshold:.2f}: encuentra {found.sum()} de {len(marks)} marcas; de sobra, "
            f"{extra}. Precisión, {precisions[-1]:.2f}; exhaustividad, {recalls[-1]:.2f}."
        )
    return figures.photos_and_curves(
        shown,
        THRESHOLDS,
        {"precisión": precisions, "exhaustividad": recalls},
        told,
        alt,
        xlabel="umbral",
        name="umbral",
        start=int(np.abs(THRESHOLDS - THRESHOLD).argmin()),
    )
