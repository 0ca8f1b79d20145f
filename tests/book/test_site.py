"""El sitio construido: están todas las páginas, ningún enlace roto, ninguna imagen muda.

`make test` lo construye antes en `_build/web` a partir de los cuadernos guardados.
"""

import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, unquote, urldefrag, urlparse

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from places import ADDRESS, NOTEBOOKS, ROOT, SITE


def toc_pages() -> list[str]:
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text())
    return [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]


def parse(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(), "html.parser")


def missing_pages(site: Path) -> list[str]:
    return [page for page in toc_pages() if not (site / f"{page}.html").is_file()]


def broken_links(site: Path) -> list[str]:
    """Enlaces, imágenes y archivos internos que no llevan a nada."""
    pages = {path: parse(path) for path in site.rglob("*.html") if "_static" not in path.parts}
    anchors = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
    broken = []
    for path, page in pages.items():
        targets = [tag.get("href") or tag.get("src") for tag in page.find_all(["a", "img", "link"])]
        targets += [tag["src"] for tag in page.find_all("script", src=True)]
        for target in filter(None, targets):
            if urlparse(target).scheme or target.startswith(("//", "#!")):
                continue
            address, fragment = urldefrag(target)
            file = address.split("?")[0]
            found = (path.parent / unquote(file)).resolve() if file else path
            lost_anchor = fragment and unquote(fragment) not in anchors.get(found, {fragment})
            if not found.is_file() or lost_anchor:
                broken.append(f"{path.relative_to(site)} -> {target}")
    return broken


def silent_images(site: Path) -> list[str]:
    return [
        f"{page}: {image.get('src')}"
        for page in toc_pages()
        if (site / f"{page}.html").is_file()
        for image in parse(site / f"{page}.html").find_all("img")
        if not (image.get("alt") or "").strip() or re.search(r"\.(png|jpe?g)$", image["alt"])
    ]


@pytest.fixture(scope="module")
def site() -> Path:
    if not (SITE / "index.html").is_file():
        pytest.fail("No hay sitio que comprobar: lanza las pruebas con «make test».")
    return SITE


def test_every_page_of_the_toc_exists(site):
    assert missing_pages(site) == []


def test_no_internal_link_is_broken(site):
    assert broken_links(site) == []


def test_every_image_has_alternative_text(site):
    assert silent_images(site) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_colab_button_opens_its_own_notebook(site, path):
    page = parse(site / "notebooks" / f"{path.stem}.html")
    address = ADDRESS.removeprefix("https://github.com")
    (button,) = (
        link
        for link in page.find_all("a", href=re.compile("colab.research.google.com"))
        if "btn" in link.get("class", [])
    )
    assert button["href"].endswith(f"/github{address}/blob/main/notebooks/{path.name}")


def test_the_page_speaks_spanish(site):
    page = parse(site / "book/intro.html")
    assert page.html["lang"] == "es"
    for english in ["Search", "Previous", "Next", "By ", "Contents", "Download"]:
        assert not page.find(string=re.compile(rf"^\s*{english}\b")), english


def test_the_form_to_report_a_fault_is_in_spanish(site):
    forms = {
        link["href"]
        for page in toc_pages()
        for link in parse(site / f"{page}.html").find_all("a", href=re.compile("issues/new"))
    }
    assert len(forms) == len(toc_pages())
    for form in forms:
        query = parse_qs(urlparse(form).query)
        assert query["title"][0].startswith("Error en la página /")
        assert query["body"] == ["Cuenta qué has visto y qué esperabas."]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_page_shows_the_code_as_it_is(site, path):
    page = parse(site / f"notebooks/{path.stem}.html")
    shown = [block.get_text().strip() for block in page.select("div.cell_input pre")]
    cells = [cell.source.strip() for cell in nbformat.read(path, 4).cells]
    assert len(shown) > 10 and [code for code in shown if code not in cells] == []


def test_no_formula_is_left_half_translated(site):
    formulas = [
        (path.name, formula.get_text())
        for path in site.rglob("*.html")
        for formula in parse(path).find_all("math")
    ]
    assert len(formulas) > 10 and [each for each in formulas if "\\" in each[1]] == []


def test_the_checks_see_what_breaks(site, tmp_path):
    broken = tmp_path / "site"
    shutil.copytree(site, broken)
    page = broken / "notebooks/02_mascaras.html"
    soup = parse(page)
    image = soup.find("article").find("img", src=re.compile("_images"))
    image["alt"] = ""
    soup.find("article").find("a", href=re.compile("01_datos"))["href"] = "no_existe.html"
    page.write_text(str(soup))
    (broken / "book/entorno.html").unlink()
    assert missing_pages(broken) == ["book/entorno"]
    assert len(silent_images(broken)) == 1
    assert any("no_existe.html" in link for link in broken_links(broken))
