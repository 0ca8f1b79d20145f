"""Cada número medido que dice el libro tiene de dónde salir.

Vale una salida comprobada o el código de su mismo apartado, una tabla de resultados guardados que
ese apartado enseñe, o `book/fuentes.toml`, que dice en qué otro sitio está o cómo se calcula.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from places import ROOT

BOOK = ROOT / "book"
PAGES = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *BOOK.glob("*.md"), ROOT / "README.md"])
SOURCES = tomllib.loads((BOOK / "fuentes.toml").read_text(encoding="utf-8"))

UNITS = r"\s(?:dB|%|ms|s|min|minutos?|horas?|kB|MB|GB)(?![\w-])"
MEASURED = re.compile(rf"(?<![\w.,:/-])(?:\d[\d,]*\.\d+(?![\d.])|\d[\d,]*(?={UNITS}))")
"""Lo que se mide: un número con decimales, o uno entero con su unidad."""

NOT_PROSE = re.compile(
    r"^```\w+$.*?^```$|`[^`\n]*`|\]\([^)]*\)|\$[^$]*\$"
    r"|\b(?:figura|ejercicio)s? \d+\.\d+(?: y \d+\.\d+)?",
    re.DOTALL | re.M | re.I,
)


HEADING = re.compile(r"^#{1,6} (.*)$", re.M)
TABLE = re.compile(r"\{include\} (\S+\.txt)")


@dataclass
class Section:
    """Un apartado: su título, su prosa y lo que en él se calcula o se enseña."""

    title: str
    prose: str
    computed: str = ""

    @property
    def measured(self) -> set[str]:
        return set(MEASURED.findall(self.prose))


def cells_of(path: Path) -> list:
    """Las celdas de una página; una de Markdown es como un cuaderno con una sola."""
    if path.suffix == ".md":
        return [new_markdown_cell(path.read_text(encoding="utf-8"))]
    return nbformat.read(path, as_version=4).cells


def sections(path: Path) -> list[Section]:
    """Los apartados de una página. No son prosa ni el código ni las direcciones ni las fórmulas."""
    found = [Section("", "")]
    for cell in cells_of(path):
        if cell.cell_type == "markdown":
            first, *rest = HEADING.split(NOT_PROSE.sub(" ", cell.source))
            found[-1].prose += first
            found += map(Section, rest[::2], rest[1::2])
            continue
        found[-1].computed += cell.source + "\n"
        if "nbval-ignore-output" not in cell.metadata.get("tags", []):
            for output in cell.outputs:
                found[-1].computed += output.get("text", "") + "\n"
                found[-1].computed += output.get("data", {}).get("text/markdown", "") + "\n"
    for section in found:
        for name in TABLE.findall(section.prose):
            section.computed += (BOOK / name).read_text(encoding="utf-8")
    return found


def is_in(number: str, text: str) -> bool:
    return re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]|,\d)", text) is not None


def orphans(path: Path) -> set[tuple[str, str]]:
    """Los números de una página que no salen de su apartado, con su título."""
    return {
        (section.title, number)
        for section in sections(path)
        for number in section.measured
        if not is_in(number, section.computed)
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_measured_number_has_a_source(path):
    declared = SOURCES.get(path.stem, {})
    lost = {(title, number) for title, number in orphans(path) if number not in declared}
    assert lost == set(), f"di en book/fuentes.toml de dónde salen, en [{path.stem}]"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_declared_source_is_needed_and_true(path):
    declared = SOURCES.get(path.stem, {})
    assert declared.keys() <= {number for _, number in orphans(path)}, "sobran"
    for number, source in declared.items():
        assert is_true(number, source, sections(path)), f"{number}: {source}"


def is_true(number: str, source: str, page: list[Section]) -> bool:
    """¿Sale de ahí el número? De lo que dicen otros, o un cronómetro, solo se mira que exista."""
    kind, _, rest = source.partition(" ")
    if kind == "=":
        return f"{eval(rest, {}):.{len(number.partition('.')[2])}f}" == number
    if kind == "§":
        return any(section.title == rest and is_in(number, section.computed) for section in page)
    return all((ROOT / script).is_file() for script in re.findall(r"python (\S+\.py)", source))


def test_no_page_is_declared_that_does_not_exist():
    assert SOURCES.keys() <= {path.stem for path in PAGES}


def test_a_number_without_a_source_would_be_seen():
    prose = "**Figura 6.2.** Gana 1.37 dB en 12 minutos con 8 caras y `99 %` de `1.5`."
    assert Section("", NOT_PROSE.sub(" ", prose)).measured == {"1.37", "12"}
    assert not is_in("1.37", "11.37 y 1.375") and is_in("1.37", "(1.37 dB)")


def test_a_source_that_says_another_thing_would_be_seen():
    page = [Section("Uno", "", "1.37 dB"), Section("Dos", "", "")]
    assert is_true("1.37", "§ Uno", page) and not is_true("1.37", "§ Dos", page)
    assert is_true("15.6", "= 72 * 72 * 3 / 1e3", page) and not is_true("15.7", "= 15.6", page)
    assert not is_true("0.5", "python benchmarks/no_esta.py", page)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_number_at_random_would_be_seen(path):
    """De los 350 números de un decimal entre 0.1 y 35.0, casi ninguno pasaría en un apartado."""
    declared = SOURCES.get(path.stem, {})
    numbers = [f"{tenths / 10:.1f}" for tenths in range(1, 351)]
    for section in sections(path):
        if section.measured:
            pass_by = [n for n in numbers if n in declared or is_in(n, section.computed)]
            assert len(pass_by) <= 0.07 * len(numbers), section.title
