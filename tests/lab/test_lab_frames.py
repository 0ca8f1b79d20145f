"""Las figuras que se mueven, en un navegador de verdad."""

import base64
import io
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from browsing import (
    FIREFOX,
    SHEETS,
    faults_of,
    needs_chromium,
    needs_firefox,
    on_a_phone,
    serving,
)
from nodejs import FOLDER, run_node
from PIL import Image
from places import ROOT

sys.path.insert(0, str(ROOT / "book/_ext"))
from frames import IMAGES, animate

from pix2pix_lib.teaching.frames import Frames

pytestmark = needs_chromium

COLORS = [(250, 0, 0), (0, 200, 0), (0, 0, 250), (90, 90, 90)]
TOLD = ["La «roja».", "La verde.", "La azul & fría.", "La <gris>."]

PAGE = """<!doctype html>
<html lang="es" data-theme="light" data-content_root="./">
<head><meta charset="utf-8"><title>Figura</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">{links}</head>
<body><main class="bd-content"><article class="bd-article-container">
<div class="cell tag_fotogramas docutils container"><div class="cell_output docutils container">
<img alt="Un color liso." width="500" height="301" src="fija.png" /></div></div>
</article></main></body></html>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sitio")
    pictures = [np.full((301, 500, 3), color, np.uint8) for color in COLORS]
    figure = json.loads(Frames(pictures, TOLD, "Un color liso.", "color", start=1).stored())
    (folder / IMAGES).mkdir()
    Image.fromarray(pictures[1]).save(folder / "fija.png")
    sheets = [ROOT / "book/_static/estilo.css"]
    for package, names in SHEETS.items():
        sheets += [next(Path(package.__file__).parent.rglob(name)) for name in names]
    for path in sheets:
        shutil.copy(path, folder)
    links = "".join(f'<link rel="stylesheet" href="{path.name}">' for path in sheets)
    page = animate(PAGE.format(links=links), [figure], folder / IMAGES)
    (folder / "index.html").write_text(page)
    with serving(folder) as server:
        yield server


@pytest.fixture
def tab(browser, site):
    with on_a_phone(browser, site.address, ".fotogramas input") as tab:
        yield tab


def told(tab) -> str:
    return tab.locator(".fotogramas p").text_content()


def shown(tab) -> np.ndarray:
    return pixels(tab.get_by_alt_text("Un color liso.").screenshot())


def pixels(screenshot: bytes) -> np.ndarray:
    """Los que se ven de la figura, sin el borde, que el navegador suaviza."""
    return np.asarray(Image.open(io.BytesIO(screenshot)).convert("RGB"))[1:-1, 1:-1]


def test_nothing_more_is_asked_for_until_somebody_moves_it(tab, site):
    assert told(tab) == TOLD[1]
    assert not any(IMAGES in path for path in site.sent)
    tab.get_by_role("slider", name="color").press("ArrowRight")
    tab.get_by_text(TOLD[2]).wait_for()
    assert sum(IMAGES in path for path in site.sent) == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_the_keyboard_chooses_one_whole_picture_and_its_text(tab, width):
    tab.set_viewport_size({"width": width, "height": 800})
    slider = tab.get_by_role("slider", name="color")
    size = shown(tab).shape
    for key, index in (("End", 3), ("ArrowLeft", 2), ("Home", 0), ("ArrowUp", 1)):
        slider.press(key)
        tab.get_by_text(TOLD[index]).wait_for()
        seen = shown(tab)
        assert seen.shape == size and (abs(seen - np.array(COLORS[index])) < 3).all()
    assert tab.get_by_role("status").text_content() == TOLD[1]


@needs_firefox
def test_firefox_does_the_same(site):
    keys = {"End": 3, "ArrowLeft": 2, "Home": 0, "ArrowUp": 1}
    run = run_node(FOLDER / "frames_firefox.js", FIREFOX, f"{site.address}/index.html", *keys)
    assert run.returncode == 0, run.stdout
    seen = json.loads(run.stdout)
    assert seen["errors"] == []
    for moment, index in zip(seen["moments"], keys.values(), strict=True):
        assert moment["told"] == TOLD[index]
        assert (abs(pixels(base64.b64decode(moment["seen"])) - np.array(COLORS[index])) < 3).all()


def test_it_fits_a_phone_in_light_and_in_dark(tab):
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for theme in ("light", "dark"):
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert faults_of(tab) == []


def test_without_a_network_it_says_what_to_do_and_then_it_works(tab):
    tab.route(f"**/{IMAGES}/*", lambda route: route.abort())
    slider = tab.get_by_role("slider", name="color")
    slider.press("End")
    tab.get_by_text("comprueba tu conexión").wait_for()
    tab.unroute(f"**/{IMAGES}/*")
    slider.press("ArrowLeft")
    tab.get_by_text(TOLD[2]).wait_for()


def test_without_javascript_and_on_paper_there_is_one_picture_with_its_text(browser, site, tab):
    context = browser.new_context(java_script_enabled=False)
    still = context.new_page()
    still.goto(f"{site.address}/index.html")
    assert still.get_by_role("slider").count() == 0
    assert still.get_by_text(TOLD[1]).is_visible() and (shown(still) == COLORS[1]).all()
    context.close()
    tab.emulate_media(media="print")
    assert not tab.get_by_role("slider", name="color").is_visible()
    assert tab.get_by_text(TOLD[1]).is_visible()


def test_a_page_and_its_notebook_have_the_same_figures():
    with pytest.raises(ValueError, match="zip"):
        animate(PAGE, [], ROOT)
