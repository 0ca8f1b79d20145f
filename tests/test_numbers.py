"""Cada número medido que dice el libro tiene de dónde salir.

Vale una salida comprobada o el código del mismo capítulo, una tabla hecha con los resultados
guardados, o `book/fuentes.toml`, que dice con qué orden se repite o en qué cuenta está.
"""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "book"
PAGES = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *BOOK.glob("*.md"), ROOT / "README.md"])
SOURCES = tomllib.loads((BOOK / "fuentes.toml").read_text(encoding="utf-8"))
TABLES = "\n".join(path.read_text(encoding="utf-8") for path in BOOK.glob("*.txt"))

UNITS = r"\s(?:dB|%|ms|s|min|minutos?|horas?|kB|MB|GB)(?![\w-])"
MEASURED = re.compile(rf"(?<![\w.,:/-])(?:\d[\d,]*\.\d+(?![\d.])|\d[\d,]*(?={UNITS}))")
"""Lo que se mide: un número con decimales, o uno entero con su unidad."""

NOT_PROSE = re.compile(
    r"^```\w+$.*?^```$|`[^`\n]*`|\]\([^)]*\)|\$[^$]*\$"
    r"|\b(?:figura|ejercicio) \d+\.\d+|\d+ minutos de estudio",
    re.DOTALL | re.M | re.I,
)


def prose_and_sources(path: Path) -> tuple[str, str]:
    """El texto de una página y lo que su propio capítulo calcula."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8"), ""
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    computed = [cell.source for cell in cells if cell.cell_type == "code"]
    for cell in cells:
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            for output in cell.get("outputs", []):
                computed.append(output.get("text", ""))
                computed.append(output.get("data", {}).get("text/markdown", ""))
    return prose, "\n".join(computed)


def measured(prose: str) -> set[str]:
    """Los números medidos de un texto, sin contar los del código ni los de las direcciones."""
    return {match.group() for match in MEASURED.finditer(NOT_PROSE.sub(" ", prose))}


def is_in(number: str, text: str) -> bool:
    return re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]|,\d)", text) is not None


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_measured_number_has_a_source(path):
    prose, computed = prose_and_sources(path)
    declared = SOURCES.get(path.stem, {})
    orphans = {
        number
        for number in measured(prose) - declared.keys()
        if not is_in(number, computed) and not is_in(number, TABLES)
    }
    assert orphans == set(), f"di en book/fuentes.toml de dónde salen, en [{path.stem}]"


def test_no_source_is_left_without_its_number():
    pages = {path.stem: measured(prose_and_sources(path)[0]) for path in PAGES}
    stale = {
        (page, number)
        for page, numbers in SOURCES.items()
        for number in numbers
        if number not in pages.get(page, ())
    }
    assert stale == set()


def test_a_number_without_a_source_would_be_seen():
    prose = "Gana 1.37 dB en 12 minutos con 8 caras y `99 %` de `1.5`."
    assert measured(prose) == {"1.37", "12"}
    assert not is_in("1.37", "11.37 y 1.375") and is_in("1.37", "(1.37 dB)")
