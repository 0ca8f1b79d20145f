"""Enseñar unos controles también donde no hay un núcleo vivo."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from PIL import Image


def encoded(pixels: np.ndarray, **options) -> bytes:
    """Una imagen, uint8 (alto, ancho, 3), como se guarda en un archivo; options: como en Pillow."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, **options)
    return file.getvalue()


def display_live(
    controls: widgets.Widget, picture: bytes, alt: str, stored: Mapping[str, str] | None = None
) -> None:
    """Los controles donde hay un núcleo vivo; donde no, la imagen inicial.

    picture: un PNG. alt: su texto alternativo. stored: lo que además queda en la salida, por tipo.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": controls.model_id}
    display(
        {
            "text/plain": repr(controls),
            "image/png": base64.b64encode(picture).decode(),
            "application/vnd.jupyter.widget-view+json": view,
            **(stored or {}),
        },
        metadata={"image/png": {"alt": alt}},
        raw=True,
    )
