"""Deslizadores para jugar con el borrado dentro de un cuaderno (ipywidgets 7.7 y 8)."""

from __future__ import annotations

import ipywidgets as widgets
import numpy as np

from ..data.masks import Masks, erase, sample_placements
from ..recipes import BLACK, MAGENTA, EraseParams
from ..writing import percent
from .live import display_live, encoded

FILLS = {"magenta": MAGENTA, "negro": BLACK, "blanco": (255, 255, 255)}
ALT = "La cara elegida, la misma con los huecos del color elegido y el hueco en negro sobre blanco."

WRITTEN = {"aranazo": "arañazo", "rasguno": "rasguño"}
"""Los nombres de las máscaras son de archivos, sin tildes ni eñes."""


def mask_name(name: str) -> str:
    """El nombre de una máscara, como se lee."""
    return WRITTEN.get(name, name.replace("_", " "))


class MaskExplorer(widgets.VBox):
    """Una cara, lo que se borra de ella y el hueco, según cinco controles.

    Cambia los controles con el ratón o desde el código (`explorer.seed.value = 3`).
    faces: uint8 (n, lado, lado, 3). masks: las de `load_masks`.
    """

    def __init__(self, faces: np.ndarray, masks: Masks):
        self.faces, self.masks = faces, masks
        options = {"style": {"description_width": "9em"}, "layout": {"width": "32em"}}
        self.face = widgets.IntSlider(0, 0, len(faces) - 1, description="cara", **options)
        self.max_masks = widgets.IntSlider(2, 1, 6, description="máscaras como mucho", **options)
        self.scale = widgets.FloatRangeSlider(
            value=(1, 5), min=0.5, max=5, step=0.1, description="escala", **options
        )
        self.fill = widgets.Dropdown(options=list(FILLS), description="color del hueco", **options)
        self.seed = widgets.IntSlider(0, 0, 99, description="semilla", **options)
        controls = [self.face, self.max_masks, self.scale, self.fill, self.seed]
        self.picture = widgets.Image(format="png")
        self.summary = widgets.Label()
        super().__init__([*controls, self.picture, self.summary])
        for control in controls:
            control.observe(lambda _: self.draw(), names="value")
        self.draw()

    def draw(self) -> None:
        """Vuelve a borrar con lo que dicen los controles y cambia la imagen."""
        params = EraseParams(self.max_masks.value, self.scale.value, FILLS[self.fill.value])
        placements = sample_placements(np.random.default_rng(self.seed.value), self.masks, params)
        face = self.faces[self.face.value]
        erased, hole = erase(face, placements, self.masks, params.fill)
        drawing = np.repeat(np.where(hole, 0, 255).astype(np.uint8)[..., None], 3, axis=-1)
        row = np.hstack([face, erased, drawing])
        self.picture.value = encoded(row, format="png", compress_level=1)
        names = ", ".join(f"{mask_name(p.mask)} a escala {p.scale:.1f}" for p in placements)
        self.summary.value = f"{names}: borra el {percent(hole.mean(), 1)} de la cara."

    def __repr__(self) -> str:
        return "Explorador de máscaras: abre el cuaderno en Colab para mover los controles."

    def _ipython_display_(self) -> None:
        display_live(self, self.picture.value, ALT)
