"""Figuras que se mueven: una pila de imágenes, un deslizador y qué se ve en cada una.

La salida de la celda lleva además todas las imágenes: con ellas pone el sitio la misma figura en su
página (`book/_ext/frames.py`). Nada se dibuja dos veces. (ipywidgets 7.7 y 8.)
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence

import ipywidgets as widgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..errors import UserError
from .live import display_live, encoded

STORED = "application/vnd.pix2pix.fotogramas"
"""Cómo se llama, en la salida de una celda, lo que lee el sitio."""

QUALITY = 85
TALLEST = 16_383
"""Píxeles de alto de un WebP, como mucho."""


def to_pixels(figure: Figure) -> np.ndarray:
    """Una figura, en uint8 (alto, ancho, 3), con el tamaño que tenga."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]


class Frames(widgets.VBox):
    """Una figura que se mueve.

    pictures: uint8 (alto, ancho, 3), todas del mismo tamaño. told: qué se ve en cada una; quien no
    las ve lo lee. alt: qué enseña la figura. name: qué cambia con el deslizador. start: la primera
    que se ve, y la única en papel. Se mueve también desde el código (`frames.position.value = 3`).
    Lanza UserError si falta lo que se dice de alguna, no miden lo mismo o no caben apiladas.
    """

    def __init__(
        self,
        pictures: Sequence[np.ndarray],
        told: Sequence[str],
        alt: str,
        name: str,
        start: int = 0,
    ):
        if len(told) != len(pictures) or len({picture.shape for picture in pictures}) != 1:
            raise UserError("Las imágenes han de medir lo mismo, y cada una, llevar su texto.")
        if sum(map(len, pictures)) > TALLEST:
            raise UserError(f"Las imágenes, apiladas, pasan de {TALLEST} píxeles: pon menos.")
        self.pictures, self.told, self.alt, self.name = pictures, told, alt, name
        self.start = start % len(pictures)
        self.position = widgets.IntSlider(
            self.start + 1,
            1,
            len(pictures),
            description=name,
            style={"description_width": "initial"},
            layout={"width": "32em", "max_width": "100%"},
        )
        width = f"{pictures[0].shape[1]}px"
        self.picture = widgets.Image(format="png", layout={"width": width, "max_width": "100%"})
        self.says = widgets.HTML()
        super().__init__([self.position, self.picture, self.says])
        self.position.observe(lambda _: self.draw(), names="value")
        self.draw()

    def draw(self) -> None:
        """Enseña la imagen que dice el deslizador."""
        index = self.position.value - 1
        self.picture.value = encoded(self.pictures[index], format="png", compress_level=1)
        self.says.value = html.escape(self.told[index])

    def stored(self) -> str:
        """Lo que lee el sitio: las imágenes, una debajo de otra, y lo que se dice de ellas."""
        stacked = np.concatenate(self.pictures)
        ways = ({"lossless": True}, {"quality": QUALITY})  # un dibujo, una foto
        strip = min((encoded(stacked, format="webp", **way) for way in ways), key=len)
        return json.dumps(
            {
                "name": self.name,
                "start": self.start,
                "told": self.told,
                "strip": base64.b64encode(strip).decode(),
            },
            ensure_ascii=False,
        )

    def __repr__(self) -> str:
        return "Una figura que se mueve: abre el cuaderno en Colab para mover el deslizador."

    def _ipython_display_(self) -> None:
        still = encoded(self.pictures[self.start], format="png")
        display_live(self, still, self.alt, {STORED: self.stored()})
