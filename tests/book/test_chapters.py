"""Cada capítulo tiene todas sus partes, en su orden y con su forma (CONTRIBUTING.md las cuenta)."""

import re
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest
from exercises import TITLE, starting
from places import NOTEBOOKS, ROOT

GRADES = ["fácil", "fácil", "medio", "medio", "difícil", "difícil"]
LONGEST = 16
"""Líneas de una celda, sin las que están en blanco, las de puro texto y las que solo cierran."""

HIDDEN = re.compile(r"<details>\s*<summary>(Pista|Respuesta)</summary>\s*\S.*?</details>", re.S)
IN_ORDER = [
    "**Qué vas a aprender**",
    "**Qué necesitas:**",
    "**Cuánto tarda:**",
    "## Ejercicios",
    "## Cinco preguntas",
    "## Para llevar",
    "**Sigue en**",
    "## Referencias",
]
NOT_FOR_BEGINNERS = ["inspect.getsource", "stateless_call"]


def lines(source: str) -> int:
    ignored = re.compile(r'\s*f?"[^"]*",?|[\s\])},]*|from .* import .*|import .*|    \w+,')
    return sum(not ignored.fullmatch(line) for line in source.splitlines())


def printed(cell) -> str:
    return "".join(output.get("text", "") for output in cell.get("outputs", []))


def has_figure(cell) -> bool:
    return any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))


def tagged(cell, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def missing_figures(cells, number: int) -> list[str]:
    missing, count = [], 0
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type == "code" and has_figure(cell) and not tagged(cell, "hide-cell"):
            count += 1
            if following is None or not following.source.startswith(
                f"**Figura {number}.{count}.** "
            ):
                missing.append(f"el pie que empieza por «**Figura {number}.{count}.** »")
    text = "".join(
        cell.source if cell.cell_type == "markdown" else "\0" * has_figure(cell) for cell in cells
    )
    if "$$" in text and "\0" not in text[: text.index("$$")]:
        missing.append("una figura antes de la primera fórmula")
    return missing


def missing_exercises(cells, number: int) -> list[str]:
    missing = []
    for index, grade in enumerate(GRADES, 1):
        title = f"**Ejercicio {number}.{index}** ({grade})."
        at = next((i for i, cell in enumerate(cells) if title in cell.source), None)
        if at is None or len(cells) < at + 3:
            missing.append(f"el {title}")
            continue
        statement, start, solution = cells[at : at + 3]
        if [hidden[1] for hidden in HIDDEN.finditer(statement.source)] != ["Pista"]:
            missing.append(f"la pista plegada del {title}")
        line = f'check("{number}.{index}", '
        if not (tagged(start, "partida") and "..." in start.source and line in start.source):
            missing.append(f"la celda de partida del {title}, con sus «...» y su «{line}…»")
        elif start.source != starting(start.source, solution.source):
            missing.append(f"rehacer con «make partidas» la celda de partida del {title}")
        elif "Todavía no" not in printed(start) or "¡Bien!" in printed(start):
            missing.append(f"que la celda de partida del {title} no pase sin resolver")
        if not (
            tagged(solution, "hide-cell")
            and solution.metadata.get("jupyter") == {"source_hidden": True}
            and solution.source.startswith(TITLE)
        ):
            missing.append(f"la solución plegada del {title}")
        elif "¡Bien!" not in printed(solution) or "Todavía no" in printed(solution):
            missing.append(f"que la solución del {title} pase")
    return missing


def missing_quiz(cells) -> list[str]:
    _, _, quiz = "\n".join(cell.source for cell in cells).partition("## Cinco preguntas")
    quiz = quiz.partition("## Para llevar")[0]
    missing = []
    for index, question in enumerate(re.split(r"\*\*Pregunta \d\.\*\*", quiz)[1:], 1):
        hidden = HIDDEN.search(question)
        if len(re.findall(r"^- [abcd]\) ", question, re.M)) < 3:
            missing.append(f"las opciones a), b) y c) de la pregunta {index}")
        if not hidden or hidden[1] != "Respuesta" or not re.search(r"\*\*[abcd]\)\*\* ", hidden[0]):
            missing.append(f"la respuesta explicada de la pregunta {index}")
    if re.findall(r"\*\*Pregunta (\d)\.\*\*", quiz) != list("12345"):
        missing.append("las preguntas 1 a 5")
    return missing


def missing_parts(notebook, number: int) -> list[str]:
    """Lo que le falta a un capítulo, dicho de modo que se pueda arreglar."""
    cells = notebook.cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    missing = [part for part in IN_ORDER if text.count(part) != 1]
    if not missing and sorted(IN_ORDER, key=text.index) != IN_ORDER:
        missing.append("el orden de las partes")
    if not re.match(rf"# {number}\. \S", text):
        missing.append(f"el título, que empieza por «# {number}. »")
    if not re.search(
        r"\*\*Cuánto tarda:\*\*[^\n]*minutos? de estudio[^\n]*(minuto|segundo)[^\n]*CPU", text
    ):
        missing.append("cuántos minutos de estudio y cuánto tarda en una CPU")
    if "StyleGAN2" not in text and "CC0" not in text:
        missing.append("de quién son las caras")
    code = [cell for cell in cells if cell.cell_type == "code"]
    missing += [
        f"partir la celda de {lines(cell.source)} líneas que empieza por «{cell.source[:40]}»"
        for cell in code
        if lines(cell.source) > LONGEST
    ]
    missing += [word for word in NOT_FOR_BEGINNERS if any(word in c.source for c in code)]
    return (
        missing
        + missing_figures(cells, number)
        + missing_exercises(cells, number)
        + missing_quiz(cells)
    )


def chapter_number(path: Path) -> int:
    return int(path.stem[:2])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_chapter_has_all_its_parts(path):
    missing = missing_parts(nbformat.read(path, 4), chapter_number(path))
    assert missing == [], f"a {path.stem} le falta: " + "; ".join(missing)


def test_the_template_passes_everything_that_a_chapter_must():
    template = ROOT / "tools/plantilla.ipynb"
    assert missing_parts(nbformat.read(template, 4), 99) == []


SIGNED = re.compile(r"[+-][\d.]+\s\([+-][\d.]+\sa\s[+-][\d.]+\)")
"""Un intervalo con signo: el de una diferencia."""


@pytest.mark.parametrize("number", [6, 7, 8, 9])
def test_a_chapter_that_compares_says_how_many_times(number):
    (path,) = (path for path in NOTEBOOKS if chapter_number(path) == number)
    outputs = [o for cell in nbformat.read(path, 4).cells for o in cell.get("outputs", [])]
    text = "\n".join(
        o.get("text", "") + o.get("data", {}).get("text/markdown", "") for o in outputs
    )
    (said,) = re.findall(r"(\d+) comparaciones en esta página", text)
    assert int(said) == len(SIGNED.findall(text))


def study_minutes(path: Path) -> str:
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
    return re.search(r"(\d+) minutos de estudio", text)[1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_page_says_how_long_the_chapter_takes_to_study(path):
    intro = (path.parents[1] / "book/intro.md").read_text(encoding="utf-8")
    (row,) = (line for line in intro.splitlines() if f"notebooks/{path.name})" in line)
    assert row.split("|")[3].strip() == study_minutes(path)


def without(text: str, replacement: str = ""):
    def spoil(notebook):
        (cell, *_) = [cell for cell in notebook.cells if text in cell.source]
        cell.source = cell.source.replace(text, replacement, 1)

    return spoil


def solved_start(notebook):
    start = next(cell for cell in notebook.cells if tagged(cell, "partida"))
    start.outputs[0]["text"] = "¡Bien!\n"


def another_check(notebook):
    solution = next(cell for cell in notebook.cells if tagged(cell, "hide-cell"))
    solution.source = solution.source.replace(", field)", ", field + 1)")


def failed_solution(notebook):
    solution = next(cell for cell in notebook.cells if tagged(cell, "hide-cell"))
    solution.outputs[-1]["text"] = "Todavía no: no da lo que se pide.\n"


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (without("## Para llevar"), "## Para llevar"),
        (without("minutos de estudio"), "minutos de estudio"),
        (without("**Figura 3.2.** "), "Figura 3.2"),
        (without("<summary>Pista</summary>"), "la pista plegada del **Ejercicio 3.1**"),
        (without("**Ejercicio 3.4** (medio)."), "el **Ejercicio 3.4** (medio)."),
        (without("**Pregunta 5.**"), "las preguntas 1 a 5"),
        (without("- a) ", "a) "), "las opciones a), b) y c) de la pregunta 1"),
        (without("<summary>Respuesta</summary>"), "la respuesta explicada de la pregunta 1"),
        (solved_start, "que la celda de partida del **Ejercicio 3.1**"),
        (another_check, "rehacer con «make partidas» la celda de partida del **Ejercicio 3.1**"),
        (failed_solution, "que la solución del **Ejercicio 3.1**"),
        (without("# 3. ", "# "), "el título"),
    ],
)
def test_a_chapter_without_a_part_is_told_which(spoil, named):
    (path,) = (path for path in NOTEBOOKS if path.stem.startswith("03"))
    notebook = deepcopy(nbformat.read(path, 4))
    spoil(notebook)
    assert any(named in part for part in missing_parts(notebook, 3))
