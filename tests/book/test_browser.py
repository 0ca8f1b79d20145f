"""El sitio en un navegador de verdad: sin terceros, sin faltas de accesibilidad y ligero.

Cada página se abre dos veces: como archivo, en un escritorio y en claro; y desde un servidor, en un
móvil y en oscuro.
"""

import functools
import gzip
import http.server
import re
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import faults_of, needs_chromium
from places import ROOT, SITE
from pypdf import PdfReader
from test_site import parse, toc_pages

pytestmark = needs_chromium

HEAVIEST = 500_000
"""Bytes de la primera vista de una página: lo que viaja hasta que el lector baja."""

JUMP = 0.1
"""Cuánto puede moverse una página al cargar (*cumulative layout shift*) y tenerse por buena."""

WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""

STRETCHED = """
[...document.querySelectorAll("article img[width]")]
  .filter(image => {
    const real = image.getAttribute("width") / image.getAttribute("height");
    return image.height && Math.abs(image.width / image.height / real - 1) > 0.03;
  })
  .map(image => image.alt)
"""
"""Las imágenes deformadas."""

SMALL = """
[...document.querySelectorAll(".bd-header-article .btn, article summary")]
  .filter(each => each.offsetHeight > 0 && each.offsetHeight < 44)
  .map(each => each.textContent.trim() || each.title)
"""
"""Lo que se pulsa y es más pequeño que un dedo."""

SHRUNK = """
[...document.querySelectorAll("article img[width]")]
  .filter(image => image.getAttribute("width") > 800 && image.width < 600)
  .map(image => image.alt)
"""
"""Las figuras anchas que se encogen hasta no leerse."""

CUT = """
[...document.querySelectorAll("article pre, article .formula")]
  .filter(each => each.scrollHeight > each.clientHeight
    || (each.matches("pre") && each.scrollWidth > each.clientWidth))
  .map(each => each.textContent.slice(0, 60))
"""
"""El código y las fórmulas que no se ven enteros en papel."""

SEARCHED = """
document.querySelector(".search-summary")?.textContent &&
  [...document.querySelectorAll("#search-results li")].every(each => each.querySelector(".context"))
"""
"""Si el buscador ha acabado y cada página encontrada tiene su extracto."""


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Un servidor estático como los de siempre: comprime el texto."""

    def log_message(self, *details):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in {".html", ".css", ".js"} or not path.is_file():
            return super().do_GET()
        content = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@dataclass
class Visit:
    """Lo que pasó al abrir una página."""

    page: str
    strangers: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    size: int = 0
    shift: float = 0
    overflow: float = 0
    stretched: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    shrunk: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)


def visit(context, root: str, page: str) -> Visit:
    seen, tab = Visit(page), context.new_page()
    asked, finished = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("requestfinished", lambda request: finished.append(request))
    tab.on("pageerror", lambda error: seen.errors.append(str(error)))
    tab.add_init_script(WATCH_SHIFTS)
    tab.goto(f"{root}/{page}.html", wait_until="load")
    seen.shift = tab.evaluate("window.shift")
    seen.overflow = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    seen.stretched = tab.evaluate(STRETCHED)
    if root.startswith("http"):
        seen.small, seen.shrunk = tab.evaluate(SMALL), tab.evaluate(SHRUNK)
        seen.size = sum(request.sizes()["responseBodySize"] for request in finished)
    seen.faults = faults_of(tab)
    tab.emulate_media(media="print")
    seen.cut = tab.evaluate(CUT)
    tab.close()
    seen.strangers = [url for url in asked if not url.startswith((root, "data:", "blob:"))]
    return seen


@pytest.fixture(scope="module")
def address():
    handler = functools.partial(Compressing, directory=SITE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def visits(browser, address) -> list[Visit]:
    desktop = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    phone = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, color_scheme="dark"
    )
    return [
        visit(context, root, page)
        for context, root in ((desktop, SITE.as_uri()), (phone, address))
        for page in toc_pages()
    ]


def test_no_page_asks_anything_of_a_third_party(visits):
    assert [(each.page, each.strangers) for each in visits if each.strangers] == []


def test_no_page_has_serious_accessibility_faults(visits):
    assert [(each.page, each.faults) for each in visits if each.faults] == []


def test_no_page_breaks_its_own_scripts(visits):
    assert [(each.page, each.errors) for each in visits if each.errors] == []


def test_the_first_view_is_light_and_does_not_jump(visits):
    served = [each for each in visits if each.size]
    assert len(served) == len(toc_pages())
    assert [(each.page, each.size) for each in served if each.size > HEAVIEST] == []
    assert [(each.page, each.shift) for each in visits if each.shift > JUMP] == []


def test_every_page_fits_its_screen_and_no_image_is_stretched(visits):
    assert [(each.page, each.overflow) for each in visits if each.overflow > 0] == []
    assert [(each.page, each.stretched) for each in visits if each.stretched] == []


def test_on_a_phone_no_button_and_no_figure_is_too_small(visits):
    assert [(each.page, each.small) for each in visits if each.small] == []
    assert [(each.page, each.shrunk) for each in visits if each.shrunk] == []


def test_on_a_phone_the_edge_of_a_wide_table_fades_until_its_end(browser, address):
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    tab.goto(f"{address}/book/ficha_red.html")
    table = tab.evaluate_handle(
        "[...document.querySelectorAll('.pst-scrollable-table-container')]"
        ".find(each => each.scrollWidth > each.clientWidth)"
    )
    fade = "getComputedStyle(table).getPropertyValue('--sigue')"
    tab.wait_for_function(f"table => {fade} !== '0px'", arg=table)
    table.evaluate("table => { table.scrollLeft = table.scrollWidth; }")
    tab.wait_for_function(f"table => {fade} === '0px'", arg=table)


def test_no_code_and_no_formula_is_cut_on_paper(visits):
    assert [(each.page, each.cut) for each in visits if each.cut] == []


def search(tab, address: str, words: str) -> tuple[str, list[str]]:
    """Lo que dice el buscador y el texto de cada página que encuentra."""
    tab.goto(f"{address}/search.html?q={quote(words)}")
    tab.wait_for_function(SEARCHED)
    return tab.inner_text(".search-summary"), tab.locator("#search-results li").all_inner_texts()


@pytest.mark.parametrize("words", ["restauración", "MÁSCARAS", "tamaño", "más páginas", "época"])
def test_the_search_does_not_tell_accents_apart(browser, address, words):
    tab = browser.new_page()
    summary, found = search(tab, address, words)
    assert found and summary == f"Páginas encontradas: {len(found)}."
    assert search(tab, address, words.translate(str.maketrans("áéíóúñÁ", "aeiounA")))[1] == found


def test_an_excerpt_is_text_of_the_page_and_not_its_buttons(browser, address):
    _, found = search(browser.new_page(), address, "aprender")
    assert len(found) > 10
    assert [text for text in found if "Abrir en Colab" in text or "Contenido" in text] == []


def test_a_search_without_results_says_what_to_do(browser, address):
    summary, found = search(browser.new_page(), address, "xilofonista")
    assert found == []
    assert summary == "No está en ninguna página. Prueba con otra palabra, o con menos."


def test_the_magnifier_does_not_cover_what_is_typed(browser, address):
    tab = browser.new_page()
    search(tab, address, "hueco")
    icon, field = (
        tab.locator(f".bd-search-container form {part}") for part in ("i", "input[name=q]")
    )
    padding = field.evaluate("field => parseFloat(getComputedStyle(field).paddingLeft)")
    icon, field = icon.bounding_box(), field.bounding_box()
    assert icon["x"] + icon["width"] < field["x"] + padding


def test_a_reader_finds_a_word_without_a_network(browser):
    tab = browser.new_page()
    tab.goto(f"{SITE.as_uri()}/search.html?q=magenta")
    tab.wait_for_selector("#search-results li", timeout=20_000)
    assert "hueco" in tab.inner_text("#search-results")


def test_the_pdf_has_every_chapter_and_every_figure(tmp_path):
    order = [sys.executable, ROOT / "tools/pdf.py", SITE, tmp_path / "libro.pdf"]
    subprocess.run(order, check=True, capture_output=True)
    reader = PdfReader(tmp_path / "libro.pdf")
    names = {name.lstrip("/") for name in reader.named_destinations}
    assert set(toc_pages()[1:]) <= names
    figures = sum(len(parse(SITE / f"{page}.html").select("article img")) for page in toc_pages())
    drawn = [
        each for page in reader.pages for each in page["/Resources"].get("/XObject", {}).values()
    ]
    assert sum(each["/Subtype"] == "/Image" for each in drawn) >= figures
    index = next(page for page in reader.pages if "Índice" in page.extract_text())
    last = reader.get_destination_page_number(reader.named_destinations["/book/referencias"]) + 1
    assert f"Referencias{last}" in re.sub(r"\s", "", index.extract_text())


def test_the_checks_see_what_is_wrong(browser, tmp_path):
    page = '<html lang="es"><title>x</title><img src="https://example.org/a.png"><button></button>'
    (tmp_path / "mala.html").write_text(page)
    context = browser.new_context(offline=True)
    seen = visit(context, tmp_path.as_uri(), "mala")
    assert seen.strangers == ["https://example.org/a.png"]
    assert any(fault.startswith("button-name") for fault in seen.faults)
