"""Pone en las páginas ya escritas las figuras que se mueven, con lo que guardan los cuadernos.

Cada una lleva la dirección de todas sus imágenes y lo que se dice de ellas; el programa que las
mueve va escrito en la página.
"""

import base64
import html
import json
import re
from hashlib import sha256
from pathlib import Path

import nbformat

from pix2pix_lib.teaching.frames import STORED

PROGRAM = Path(__file__).parents[1] / "lab/frames.js"
IMAGES = "_images"
CELL = re.compile(
    r'(<div class="cell tag_fotogramas\b.*?<div class="cell_output[^>]*>\s*)(<img[^>]*>)', re.DOTALL
)


def stored_figures(notebook: Path) -> list[dict]:
    """Las figuras que se mueven de un cuaderno, en orden."""
    outputs = [
        output
        for cell in nbformat.read(notebook, as_version=4).cells
        for output in cell.get("outputs", [])
    ]
    return [
        json.loads(output.data[STORED]) for output in outputs if STORED in output.get("data", {})
    ]


def write_strip(figure: dict, folder: Path) -> str:
    """Guarda todas las imágenes de una figura, con su huella en el nombre; devuelve su nombre."""
    strip = base64.b64decode(figure["strip"])
    name = f"{sha256(strip).hexdigest()[:12]}.webp"
    (folder / name).write_bytes(strip)
    return name


def animate(page: str, figures: list[dict], folder: Path) -> str:
    """Pone en una página sus figuras, y en la carpeta, todas las imágenes de cada una."""
    root = re.search(r'data-content_root="([^"]*)"', page)[1]
    cells = CELL.findall(page)
    for (before, still), figure in zip(cells, figures, strict=True):
        data = figure | {"strip": f"{root}{IMAGES}/{write_strip(figure, folder)}"}
        text = html.escape(figure["told"][figure["start"]])
        place = f'<div class="fotogramas" data-figura="{html.escape(json.dumps(data))}">'
        page = page.replace(before + still, f"{before}{place}{still}<p>{text}</p></div>", 1)
    program = f'<script type="module">{PROGRAM.read_text()}</script>'
    return page.replace("</body>", f"{program}</body>") if cells else page


def install(app, exception):
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    for name in app.env.found_docs:
        source = Path(app.env.doc2path(name))
        if source.suffix == ".ipynb":
            path = site / f"{name}.html"
            figures = stored_figures(source)
            path.write_text(animate(path.read_text(), figures, site / IMAGES))


def setup(app):
    # Con las imágenes ya adelgazadas, y antes de que el laboratorio tome la huella de lo escrito.
    app.connect("build-finished", install, priority=700)
    return {"parallel_read_safe": True}
