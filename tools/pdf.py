"""El libro entero en un PDF: `python tools/pdf.py SITIO DESTINO`.

Junta las páginas del sitio construido, en el orden del índice, y las imprime con Chromium. Los
números de página del índice se conocen después de imprimir, así que imprime dos veces.
"""

import posixpath
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urldefrag, urlparse

import yaml
from browser import CHROMIUM, open_browser
from bs4 import BeautifulSoup, Tag
from PIL import Image
from pypdf import PdfReader

TOC = Path(__file__).parents[1] / "book/_toc.yml"

STYLE = """
@page { size: A4; margin: 18mm 17mm 20mm; }
body { background: white; color: black; font-size: 10pt; }
article.bd-article { padding: 0; break-before: page; }
article.bd-article h1 { font-size: 22pt; margin-top: 0; }
article.bd-article h2 { font-size: 15pt; }
article.bd-article h3 { font-size: 12pt; }
img { max-width: 100%; max-height: 215mm; height: auto; }
h1, h2, h3, summary { break-after: avoid; }
img, tr, math { break-inside: avoid; }
.cell_output { overflow: visible; }
details > summary { list-style: none; }
nav.indice li { display: flex; list-style: none; padding: 0.4mm 0; }
nav.indice a { flex: 1; color: black; text-decoration: none; border-bottom: 1px dotted gray; }
nav.indice .parte { font-weight: bold; margin-top: 3mm; }
"""

FOOTER = """<div style="width:100%;font-size:8px;text-align:center;color:#555">
<span class="pageNumber"></span></div>"""


def chapters() -> list[tuple[str, list[str]]]:
    """Las páginas de cada parte, en orden."""
    toc = yaml.safe_load(TOC.read_text(encoding="utf-8"))
    parts = [
        (part["caption"], [page["file"] for page in part["chapters"]]) for part in toc["parts"]
    ]
    return [("", [toc["root"]]), *parts]


def as_jpeg(image: Path, folder: Path) -> Path:
    """Una copia en JPEG, que cabe en un PDF tal cual: otro formato ocuparía cuatro veces más."""
    copy = folder / f"{image.stem}.jpg"
    Image.open(image).convert("RGB").save(copy, quality=88)
    return copy


def article(site: Path, page: str, folder: Path) -> Tag:
    """El texto de una página, con los enlaces y las imágenes como valen dentro del PDF.

    folder: donde se dejan las imágenes.
    """
    soup = BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    body = soup.find("article")
    for useless in body.select(".headerlink, script, .prev-next-footer, .lab[hidden], .lab-aviso"):
        useless.decompose()
    for tag in body.find_all(id=True):
        tag["id"] = f"{page}--{tag['id']}"
    for link in body.find_all("a", href=True):
        if not urlparse(link["href"]).scheme:
            file, fragment = urldefrag(link["href"])
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), file))
            target = target.removesuffix(".html") if file else page
            link["href"] = f"#{target}--{fragment}" if fragment else f"#{target}"
    for image in body.find_all("img"):
        image["src"] = as_jpeg((site / page).parent / image["src"], folder).as_uri()
        image["loading"] = "eager"
    for details in body.find_all("details"):
        details["open"] = ""
    for summary in body.select("details.hide > summary"):
        summary.string = "Solución"
    body["id"] = page
    return body


def assemble(site: Path, pages: dict[str, Tag], numbers: dict[str, int]) -> str:
    """El libro en una sola página, con `numbers` en el índice."""
    first = next(iter(pages))
    entries = []
    for part, names in chapters()[1:]:
        entries.append(f'<li class="parte">{part}</li>')
        for name in names:
            title = pages[name].find("h1").get_text()
            entries.append(
                f'<li><a href="#{name}">{title}</a><span>{numbers.get(name, "")}</span></li>'
            )
    styles = "".join(
        f'<link rel="stylesheet" href="{path.as_uri()}">'
        for pattern in ("styles/*.css", "pygments.css", "mystnb.*.css", "estilo.css")
        for path in sorted((site / "_static").glob(pattern))
    )
    others = "".join(str(body) for name, body in pages.items() if name != first)
    return f"""<!DOCTYPE html><html lang="es" data-theme="light" data-mode="light"><head>
<meta charset="utf-8"><title>{pages[first].find("h1").get_text()}</title>{styles}
<style>{STYLE}</style></head><body>{pages[first]}
<article class="bd-article"><h1>Índice</h1>
<nav class="indice"><ul>{"".join(entries)}</ul></nav></article>
{others}</body></html>"""


def page_numbers(pdf: Path) -> dict[str, int]:
    reader = PdfReader(pdf)
    return {
        name.lstrip("/"): reader.get_destination_page_number(destination) + 1
        for name, destination in reader.named_destinations.items()
    }


def main() -> int:
    site, target = (Path(argument).resolve() for argument in sys.argv[1:])
    if CHROMIUM is None:
        print(
            "Error: para hacer el PDF hace falta Chromium o Chrome (en Debian y Ubuntu, «apt "
            "install chromium»).",
            file=sys.stderr,
        )
        return 1
    numbers: dict[str, int] = {}
    with TemporaryDirectory() as temporary, open_browser() as browser:
        folder = Path(temporary)
        pages = {name: article(site, name, folder) for _, names in chapters() for name in names}
        html, pdf = folder / "libro.html", folder / "libro.pdf"
        tab = browser.new_page()
        for _ in range(2):
            html.write_text(assemble(site, pages, numbers), encoding="utf-8")
            tab.goto(html.as_uri(), wait_until="load")
            tab.pdf(
                path=pdf,
                prefer_css_page_size=True,
                print_background=True,
                outline=True,
                tagged=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOTER,
            )
            numbers = page_numbers(pdf)
        target.write_bytes(pdf.read_bytes())
    print(f"El libro está en {target}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
