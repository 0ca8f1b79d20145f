"""Un deslizador para el umbral: qué se propone en una cara según lo segura que ha de estar la red.

(ipywidgets 7.7 y 8.)
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import ipywidgets as widgets
import numpy as np

from ..data.marks import EXTENT, THRESHOLD, Mark
from ..restoration.finding import Proposal, hole_of
from .live import display_live, encoded

RIGHT, EXTRA = (33, 102, 172), (217, 95, 2)
"""De qué color se rodea lo que toca una marca y lo que no: azul y naranja."""

ALT = (
    "Dos copias de una cara con marcas pintadas: a la izquierda, tal cual; a la derecha, lo que la "
    "red propone, rodeado: de azul, lo que toca una marca, y de naranja, lo que no."
)


def outline(
    photo: np.ndarray, hole: np.ndarray, color: tuple[int, int, int], away: int, thick: int
) -> None:
    """Rodea sobre una foto, uint8 (alto, ancho, 3), lo que marca un hueco, bool (alto, ancho).

    away, thick: a cuánto de él va la línea y lo gruesa que es, en píxeles.
    """
    around = cv2.dilate(hole.view(np.uint8), np.ones((2 * away + 1,) * 2, np.uint8))
    edge, _ = cv2.findContours(around, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(photo, edge, -1, color, thick)


class ThresholdExplorer(widgets.VBox):
    """Una cara con marcas pintadas y lo que se propone en ella, según el umbral.

    Cambia el umbral con el ratón o desde el código (`explorer.threshold.value = 0.9`).
    photo: uint8 (alto, ancho, 3). marks: las pintadas. proposals: las de `find_marks` con su umbral
    más bajo, `EXTENT`.
    """

    def __init__(self, photo: np.ndarray, marks: Sequence[Mark], proposals: Sequence[Proposal]):
        self.photo, self.marks, self.proposals = photo, marks, proposals
        self.threshold = widgets.FloatSlider(
            THRESHOLD,
            min=EXTENT,
            max=0.99,
            step=0.01,
            description="umbral",
            style={"description_width": "6em"},
            layout={"width": "32em"},
        )
        self.picture = widgets.Image(format="png")
        self.summary = widgets.Label()
        super().__init__([self.threshold, self.picture, self.summary])
        self.threshold.observe(lambda _: self.draw(), names="value")
        self.draw()

    def draw(self) -> None:
        """Vuelve a elegir las propuestas con el umbral de ahora y cambia la imagen."""
        shown = self.photo.copy()
        found, extra = np.zeros(len(self.marks), bool), 0
        for proposal in self.proposals:
            if proposal.chance <= self.threshold.value:
                continue
            touched = [mark.where[proposal.where].any() for mark in self.marks]
            found |= touched
            extra += not any(touched)
            hole = hole_of([proposal], self.photo.shape[:2])
            outline(shown, hole, RIGHT if any(touched) else EXTRA, 3, 2)
        row = np.hstack([self.photo, shown])
        self.picture.value = encoded(row, format="png", compress_level=1)
        self.summary.value = (
            f"Con {self.threshold.value:.2f}: encuentra {found.sum()} de {len(found)} marcas; "
            f"de sobra, {extra}."
        )

    def __repr__(self) -> str:
        return "Explorador del umbral: abre el cuaderno en Colab para moverlo."

    def _ipython_display_(self) -> None:
        display_live(self, self.picture.value, ALT)
