"""Un navegador de verdad para las pruebas, y un servidor estático que apunta lo que sirve."""

import contextlib
import functools
import http.server
import os
import sys
import threading
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_project import ROOT

sys.path.insert(0, str(ROOT / "tools"))
from browser import CHROMIUM, open_browser

__all__ = [
    "another_browser",
    "faults_of",
    "needs_chromium",
    "open_browser",
    "paint",
    "serving",
    "wait_for_status",
]

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and "CI" not in os.environ, reason="no hay Chromium (apt install chromium)"
)


@contextlib.contextmanager
def another_browser(browser, *options: str):
    """Otro navegador como el que ya hay abierto, con otras opciones."""
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=["--no-sandbox", *options])
    yield opened
    opened.close()


def faults_of(tab) -> list[str]:
    """Las faltas de accesibilidad graves de una página abierta."""
    return [
        f"{fault['id']}: {node['html'][:120]}"
        # Sin pedir las hojas de estilo otra vez: lo que se pide se cuenta.
        for fault in Axe().run(tab, options={"preload": False}).response["violations"]
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


@dataclass
class Server:
    """Un servidor estático de los más simples, que apunta lo que sirve."""

    address: str = ""
    sent: dict[str, int] = field(default_factory=dict)


@contextlib.contextmanager
def serving(folder):
    server = Server()

    class Counting(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *details):
            pass

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


def wait_for_status(tab, text: str):
    """Espera a que el laboratorio diga algo."""
    tab.wait_for_function(
        "text => document.querySelector('#lab-restaurar .lab-estado').textContent.includes(text)",
        arg=text,
        timeout=60_000,
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
