"""Un navegador de verdad para las pruebas, y un servidor estático que apunta lo que sirve."""

import contextlib
import functools
import http.server
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pydata_sphinx_theme
import pytest
import sphinx_book_theme
from axe_playwright_python.sync_playwright import Axe
from places import ROOT

sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "book/_ext"))
from browser import CHROMIUM
from lab import drawings
from serve import Isolating

__all__ = [
    "FIREFOX",
    "Isolating",
    "another_browser",
    "copy_lab",
    "faults_of",
    "flipped",
    "half",
    "needs_chromium",
    "needs_firefox",
    "paint",
    "portal",
    "restore_while_painting",
    "serving",
    "wait_for_status",
    "write_lab_page",
]

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="no hay Chromium (apt install chromium)"
)

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

needs_firefox = pytest.mark.skipif(
    FIREFOX is None, reason="no hay Firefox (apt install firefox-esr)"
)

SHEETS = {
    pydata_sphinx_theme: ["bootstrap.css", "pydata-sphinx-theme.css"],
    sphinx_book_theme: ["sphinx-book-theme.css"],
}
"""Los estilos del sitio que cambian el aspecto del laboratorio."""

LAB_PAGE = """<!doctype html>
<html lang="es" data-theme="light">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;
  connect-src 'self'; form-action 'none'">
<title>Laboratorio</title>
<link rel="icon" href="data:,">
{links}
<main class="bd-content">{body}</main>
<script type="module" src="start.js"></script>
"""


def copy_lab(folder):
    """Deja los módulos del laboratorio en la carpeta `lab` de otra."""
    ignored = shutil.ignore_patterns("node_modules")
    shutil.copytree(ROOT / "book/lab", folder / "lab", ignore=ignored)


def write_lab_page(folder, sheets: list[str], body: str, program: str, masks) -> None:
    """Deja en una carpeta una página con una parte del laboratorio y los estilos del sitio.

    sheets: los de `book/_static` que pide, además del general. Los módulos quedan en `lab/` y las
    máscaras, en `masks.json`.
    """
    own = ["estilo.css", *sheets]
    for package, names in SHEETS.items():
        for name in names:
            shutil.copy(next(Path(package.__file__).parent.rglob(name)), folder)
    for name in own:
        shutil.copy(ROOT / "book/_static" / name, folder)
    copy_lab(folder)
    (folder / "masks.json").write_text(json.dumps(drawings(masks)))
    links = "\n".join(
        f'<link rel="stylesheet" href="{name}">' for name in [*sum(SHEETS.values(), []), *own]
    )
    (folder / "index.html").write_text(LAB_PAGE.format(links=links, body=body))
    (folder / "start.js").write_text(program)


@contextlib.contextmanager
def another_browser(browser, *options: str):
    """Otro navegador como el que ya hay abierto, con otras opciones."""
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", *options])
    yield opened
    opened.close()


def faults_of(tab) -> list[str]:
    """Las faltas de accesibilidad graves de una página abierta."""
    # Sin pedir las hojas de estilo otra vez (lo que se pide se cuenta) ni decir lo que está bien.
    options = {"preload": False, "resultTypes": ["violations"]}
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in Axe().run(tab, options=options).response["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


def portal(content: bytes) -> bytes:
    """Lo que pone una wifi en lugar de lo pedido."""
    return b"<!doctype html><title>Bienvenido</title><p>Acepta las condiciones.</p>"


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    """Con un bit cambiado."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@dataclass
class Server:
    """Un servidor estático de los más simples, que apunta lo que sirve.

    damages: de cada ruta, cómo se estropea cada una de las próximas veces que se pida; de lo
    estropeado se dice que vale un año.
    """

    address: str = ""
    sent: dict[str, int] = field(default_factory=dict)
    damages: dict[str, list[Callable[[bytes], bytes]]] = field(default_factory=dict)


@contextlib.contextmanager
def serving(folder, handler=http.server.SimpleHTTPRequestHandler):
    server = Server()

    class Counting(handler):
        def log_message(self, *details):
            pass

        def do_GET(self):
            pending = server.damages.get(self.path)
            if not pending:
                return super().do_GET()
            content = pending.pop(0)((folder / self.path[1:]).read_bytes())
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(self.path))
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "max-age=31536000")
            self.end_headers()
            self.wfile.write(content)

        def copyfile(self, source, outputfile):
            content = source.read()
            server.sent[self.path] = server.sent.get(self.path, 0) + len(content)
            outputfile.write(content)

    listener = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Counting, directory=folder)
    )
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    server.address = f"http://127.0.0.1:{listener.server_port}"
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


@contextlib.contextmanager
def on_a_phone(browser, address: str, ready: str):
    """Abre una página en una pantalla pequeña; al salir, no ha de haber fallado nada."""
    tab, errors = browser.new_page(viewport={"width": 390, "height": 800}), []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{address}/index.html")
    tab.locator(ready).wait_for()
    yield tab
    tab.close()
    assert errors == []


def wait_for_status(tab, text: str):
    """Espera a que el laboratorio diga algo."""
    tab.wait_for_function(
        "text => document.querySelector('#lab-restaurar .lab-estado').textContent.includes(text)",
        arg=text,
        timeout=60_000,
    )


def restore_while_painting(tab, on: bool):
    """Elige si al soltar el pincel se restaura; si no, lo decide lo rápido que sea este equipo."""
    tab.evaluate(
        """on => {
          const box = document.querySelector(".lab-auto input");
          box.checked = on;
          box.dispatchEvent(new Event("change"));
        }""",
        on,
    )


def paint(tab):
    """Pinta, con el ratón, una raya en medio de la foto abierta en el laboratorio."""
    canvas = tab.locator(".lab-pintar canvas[role=application]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x - 20, y)
    tab.mouse.down()
    tab.mouse.move(x + 30, y + 10, steps=5)
    tab.mouse.up()
