"""El Chromium de este equipo: `make pdf` y las pruebas del sitio lo usan."""

import shutil
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

CHROMIUM = next(
    filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
)
"""La ruta del navegador, o None si no lo hay."""


@contextmanager
def open_browser():
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
