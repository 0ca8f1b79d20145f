"""Lo que un profesor lleva a clase: `python tools/course.py [CARPETA]`; si no, a `_build/curso`.

De los cuadernos, con sus salidas guardadas, y de la guía docente saca, sin ejecutar nada:

- `alumno/`: los cuadernos sin las soluciones ni las respuestas.
- `profesor/`: los cuadernos enteros, con lo que la guía espera oír en cada pregunta abierta.
- `diapositivas/`: las de cada capítulo, en una página que no pide nada a la red.
- `tareas/`: las tareas con nota de `tareas.toml`, como las quiere nbgrader.
- `cuestionario.html`: el de la guía, en una hoja.

Solo escribe lo suyo: lo que haya además en la carpeta, como las entregas, se queda.
"""

from __future__ import annotations

import base64
import io
import re
import sys
import textwrap
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from exercises import TITLE, asked, defined, parsed, read
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from pix2pix_lib.errors import UserError, reason
from pix2pix_lib.files import write_whole

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "book/_ext"))
from mathml import to_mathml  # noqa: E402

DECK = Path(__file__).with_name("diapositivas.html")
PROBLEMS = Path(__file__).with_name("tareas.toml")
GUIDE = ROOT / "book/docente.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BOOK = f"{PROJECT['urls']['Repository']}/blob/main/book/"

ANSWER = re.compile(r"\n*<details>\n<summary>Respuesta</summary>.*?</details>", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.?!:…])(?<!^\d\.)\s+(?=[¿¡«*`$A-ZÁÉÍÓÚÑ])")
ROOM = 520
"""Las letras que caben en una diapositiva sin figura."""
BESIDE = 170
"""Las que caben con una figura o una tabla."""
SHORT = 70
"""Con menos letras, una frase se queda corta para una diapositiva."""
TALL = 1.4
"""Una figura que no llega a tantas veces más ancha que alta no deja sitio a nada más."""
BET = "**Tu apuesta"


# Los cuadernos


def relink(text: str, ending: str) -> str:
    """Los enlaces de un texto del libro, como valen fuera: los capítulos acaban en `ending`."""
    text = re.sub(r"\]\((?:\.\./notebooks/)?(\d\d_\w+)\.ipynb", rf"](\1{ending}", text)
    return re.sub(r"\]\((?:\.\./book/)?(\w+\.md)", rf"]({BOOK}\1", text)


def for_student(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """El cuaderno sin las soluciones ni las respuestas; las pistas se quedan."""
    cells = [cell for cell in notebook.cells if not cell.source.startswith(TITLE)]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = relink(ANSWER.sub("", cell.source), ".ipynb")
            # En Colab se abriría el del libro, que lleva las soluciones.
            cell.source = re.sub(r"\[Abrir en Colab\].*\n\n", "", cell.source)
    return new_notebook(cells=cells, metadata=notebook.metadata)


def for_teacher(
    notebook: nbformat.NotebookNode, expected: dict[str, list[str]]
) -> nbformat.NotebookNode:
    """El cuaderno entero; detrás de cada solución, lo que se espera oír en su pregunta abierta."""
    cells, exercise = [], ""
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            exercise = (re.findall(r"\*\*(Ejercicio [\d.]+)\*\*", cell.source) or [exercise])[-1]
            cell.source = relink(cell.source, ".ipynb")
        elif cell.source.startswith(TITLE):
            for number, note in enumerate(expected.get(exercise, [])):
                note = relink(f"**Para el profesor.** {note}", ".ipynb")
                cells.append(new_markdown_cell(note, id=f"{cell.id}-{number}"))
    return new_notebook(cells=cells, metadata=notebook.metadata)


# La guía


def open_answers(guide: str) -> dict[str, list[str]]:
    """Lo que la guía espera oír de cada cosa: «Ejercicio 0.6», «Figura 1.1», «Capítulo 2»."""
    answers = defaultdict(list)
    for line in re.findall(r"^- (\*\*.*)", guide.partition("## Respuestas")[2], re.MULTILINE):
        if about := re.match(r"\*\*((?:Ejercicio|Figura|Capítulo) [\d.]*\d)", line):
            answers[about[1]].append(line)
    return answers


def tables(text: str) -> list[list[list[str]]]:
    """Las celdas de cada tabla de un texto, fila a fila; la primera nombra las columnas."""
    found = []
    for table in re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE):
        header, _, *rows = (line.strip("|").split("|") for line in table.splitlines())
        found.append([[cell.strip() for cell in row] for row in (header, *rows)])
    return found


def lessons(guide: str, chapter: str) -> list[tuple[str, str]]:
    """Las filas de los planes que dan un capítulo: de qué parte tratan y qué dice la nota."""
    notes = []
    for header, *rows in tables(guide):
        for row in (dict(zip(header, cells, strict=False)) for cells in rows):
            if f"{chapter}.ipynb" in row.get("sección", ""):
                section = re.sub(r"\[.*?\]\(.*?\)[:,]? *", "", row["sección"])
                does = [
                    f"**{name.capitalize()}:** {text}"
                    for name, text in row.items()
                    if name[:3] == "qué"
                ]
                plan = f"sesión {row['sesión']}" if "sesión" in row else "clase de dos horas"
                note = f"**{row['min']} min.** ({plan}) {section}\n\n" + "\n\n".join(does)
                notes.append((section, note))
    return notes


SHEET = """\
<!DOCTYPE html>
<html lang="es">
<meta charset="utf-8">
<title>Cuestionario</title>
<style>
@page { margin: 15mm; }
body { max-width: 180mm; margin: auto; font: 10.5pt/1.35 system-ui, "DejaVu Sans", sans-serif; }
li { margin-bottom: 12mm; }
</style>
<p><b>Cuestionario</b> · Tu clave, que no sea tu nombre: ____________ · Antes ☐ Después ☐</p>
"""


def sheet(guide: str) -> str:
    """El cuestionario de la guía, con sitio para responder, en una hoja."""
    section = guide.partition("## Cuestionario\n")[2].partition("\n(")[0]
    return SHEET + MARKDOWN.render(section[section.index("1. ") :])


# Las diapositivas


MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
MARKDOWN.use(
    dollarmath_plugin,
    allow_space=False,
    renderer=lambda latex, how: to_mathml(latex, "block" if how["display_mode"] else "inline"),
)


def rendered(text: str) -> str:
    return MARKDOWN.render(relink(text, ".html"))


@dataclass
class Slide:
    """Una diapositiva: lo que se ve y, en Markdown, sus notas.

    room: las letras que aún caben. open: si una figura puede ponerse debajo de lo que ya dice.
    """

    title: str
    level: int = 2
    room: int = ROOM
    open: bool = True
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.body.append(rendered(text))
        self.room -= len(text)

    def size(self) -> str:
        """Si su letra es la de siempre, o más grande o pequeña: la clase que le da la página."""
        if self.room < 0:
            return "larga"
        points = "".join(self.body).count("<li>")
        return "breve" if self.level > 1 and self.room - 25 * points > ROOM / 2 else ""


def blocks(source: str) -> Iterator[tuple[str, str]]:
    """Los párrafos, títulos, listas, fórmulas y plegados de una celda, con su clase."""
    lines, until = source.splitlines(), 0
    tokens = [token for token in MARKDOWN.parse(source) if token.level == 0 and token.map]
    for token in tokens:
        first, last = token.map
        if first < until:
            continue
        if lines[first].startswith("<details"):
            last = until = lines.index("</details>", first) + 1
            yield "details", "\n".join(lines[first + 1 : last - 1])
        else:
            yield token.type.removesuffix("_open"), "\n".join(lines[first:last]).rstrip()


def shortened(kind: str, text: str) -> str:
    """La primera frase de un párrafo, o de cada punto de una lista.

    Si es corta, o deja un paréntesis abierto, también las siguientes.
    """
    if kind.endswith("_list"):
        points = re.split(r"\n(?=- |\d+\. )", text)
        return "\n".join(SENTENCE.split(point, 1)[0] for point in points)
    short, *others = SENTENCE.split(text)
    while others and (len(short) < SHORT or short.count("(") > short.count(")")):
        short += f" {others.pop(0)}"
    return short


def picture(output: Any) -> str:
    """La figura o la tabla de una salida; vacío si no es ninguna de las dos."""
    data = output.get("data", {})
    if "image/png" in data:
        alt = escape(output.metadata.get("image/png", {}).get("alt", ""))
        image = data["image/png"].replace("\n", "")
        width, height = Image.open(io.BytesIO(base64.b64decode(image))).size
        shape = ' class="alta"' if width < TALL * height else ""
        return f'<img{shape} alt="{alt}" src="data:image/png;base64,{image}">'
    table = rendered(data["text/markdown"]) if "text/markdown" in data else ""
    large = table.count("<th") > 6 or table.count("<tr") > 8
    return table.replace("<table>", '<table class="grande">') if large else table


def slides(notebook: nbformat.NotebookNode) -> list[Slide]:
    """Las diapositivas de un capítulo: sus títulos, primeras frases, figuras, tablas y preguntas.

    Lo que no cabe va a las notas, en su sitio.
    """
    deck, pending = [], []
    for cell in notebook.cells:
        if cell.source.startswith(TITLE):
            deck[-1].open = False  # lo que sigue comenta la solución
            continue
        for output in cell.get("outputs", []):
            shown = picture(output)
            if shown.startswith("<img"):
                pending.append(shown)
            elif shown:
                _place(deck, shown)
        for kind, text in blocks(cell.source) if cell.cell_type == "markdown" else ():
            asks = re.match(r"\*\*(Ejercicio [\d.]+|Pregunta \d+)\.?\*\*(?: \((\w+)\)\.)? ", text)
            if kind == "heading":
                marks, title = text.split(" ", 1)
                if title == "Referencias":
                    return [slide for slide in deck if slide.body or slide.notes]
                deck.append(Slide(title, len(marks)))
            elif kind == "details":
                title, _, rest = text.partition("\n")
                deck[-1].notes.append(re.sub("</?summary>", "**", title) + "\n" + rest)
            elif text.startswith("**Figura "):
                _place(deck, f"{''.join(pending)}<figcaption>{rendered(text)}</figcaption>")
                pending = []
            elif asks:
                deck.append(Slide(asks[1] + f" ({asks[2]})" * bool(asks[2])))
                deck[-1].say(text[asks.end() :])
            elif text.startswith("[Abrir en Colab]") or kind == "fence":
                continue
            else:
                _tell(deck, kind, text)
    raise ValueError("no acaba en «Referencias»")


def _place(deck: list[Slide], figure: str) -> None:
    """Pone una figura o una tabla debajo de lo que se acaba de decir o, si no cabe, en otra."""
    used, tall = ROOM - deck[-1].room, 'class="alta"' in figure
    if not deck[-1].open or used > BESIDE * (not tall):
        deck.append(Slide(deck[-1].title))
        used = 0
    deck[-1].body.append(f"<figure>{figure}</figure>")
    deck[-1].room, deck[-1].open = (BESIDE - used) * (not tall), False


def _tell(deck: list[Slide], kind: str, text: str) -> None:
    """Cuenta un párrafo en la última diapositiva: lo que cabe de él, y en su nota, entero."""
    slide = deck[-1]
    question = re.match(r"Ejercicio \d|Pregunta|Para llevar", slide.title)
    if question and not slide.open:
        slide.notes.append(text)
        return
    bet, learns = text.startswith(BET), slide.level == 1 and kind == "bullet_list"
    short = text if question or bet else shortened(kind, text)
    ends = tuple(".?!…»*):" if slide.open else ".?!…»*)")  # lo que los «:» anuncian, ¿va debajo?
    if kind == "math_block" or bet:
        if len(short) > slide.room:
            deck.append(Slide(slide.title))
        deck[-1].say(short)
        deck[-1].open = not bet  # con la figura debajo, ya no habría apuesta
    elif question or learns or (len(short) <= slide.room and short.endswith(ends)):
        slide.say(short)
        if short != text:
            slide.notes.append(text)
    else:
        slide.room = min(slide.room, 0)  # lo que sigue tampoco: se perdería el hilo
        slide.notes.append(text)


def prompt(deck: list[Slide], plan: list[tuple[str, str]], expected: dict[str, list[str]]) -> None:
    """Pone delante de las notas lo que dice la guía: en lo que nombra o, si no, al principio."""
    for about, note in reversed(plan):
        named = {name.strip(".,") for name in re.findall("«(.*?)»", about)}
        named |= {name.capitalize() for name in re.findall(r"figura [\d.]*\d", about)}
        matching = [
            slide
            for index, slide in enumerate(deck)
            if slide.title in named - {deck[index - 1].title}
            or any(f"<strong>{name}.</strong>" in "".join(slide.body) for name in named)
        ]
        for slide in matching or deck[:1]:
            slide.notes.insert(0, note)
    for about, notes in expected.items():
        for slide in deck:
            chapter = re.fullmatch(r"Capítulo (\d+)", about)
            if (
                slide.title.partition(" (")[0] == about
                or f"<strong>{about}.</strong>" in "".join(slide.body)
                or (chapter and slide is deck[0] and slide.title.startswith(f"{chapter[1]}. "))
            ):
                slide.notes += notes


def page(deck: list[Slide]) -> str:
    """La página con las diapositivas de un capítulo."""
    sections = []
    for number, slide in enumerate(deck, 1):
        mark = "h1" if slide.level == 1 else "h2"
        sections.append(
            f'<section id="d{number}"><article class="{slide.size()}"><div>'
            f"<{mark}>{MARKDOWN.renderInline(slide.title)}</{mark}>{''.join(slide.body)}"
            f"<footer>{MARKDOWN.renderInline(deck[0].title)} · CC BY 4.0"
            f"<span>{number}/{len(deck)}</span></footer></div></article>"
            f"<aside>{''.join(map(rendered, slide.notes))}</aside></section>"
        )
    template = DECK.read_text(encoding="utf-8")
    return template.replace("<!--título-->", escape(deck[0].title)).replace(
        "<!--diapositivas-->", "\n".join(sections)
    )


# Las tareas


SETUP = '''\
import hashlib
import os
import unicodedata
from pathlib import Path

import numpy as np
from IPython.display import Markdown

OPTIONS = {options}


def mine(problem):
    """Los números que te tocan en un problema: salen de tu usuario."""
    user = unicodedata.normalize("NFC", student).strip()
    assert user, "Falta tu usuario: escríbelo en la primera celda."
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        turned_in = unicodedata.normalize("NFC", Path.cwd().parent.name)
        assert user == turned_in, f"El usuario escrito es «{{user}}», y entrega «{{turned_in}}»."
    numbers = {{}}
    for name, values in OPTIONS[problem].items():
        drawn = hashlib.sha256(f"{{user}} {{problem}} {{name}}".encode()).hexdigest()
        numbers[name] = values[int(drawn, 16) % len(values)]
    return numbers'''

NEEDED = {"chapter", "points", "kind", "statement", "solution", "tried", "numbers"}

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "pix2pix"
c.ClearSolutions.code_stub = {"python": "# Escribe aquí tu respuesta."}
"""


def graded_cell(source: str, name: str, **roles: Any) -> nbformat.NotebookNode:
    """Una celda como las quiere nbgrader: si no dice otra cosa, ni se responde ni se toca."""
    usual = {"grade": False, "solution": False, "locked": True, "task": False}
    marks = {"schema_version": 3, "grade_id": name, **usual, **roles}
    return new_code_cell(source, id=name, metadata={"nbgrader": marks})


def start(problem: dict[str, Any]) -> str:
    """La celda de partida de un problema: lo que se pide, con `...` en lugar de la respuesta."""
    wanted, stubs = read(problem["tried"]), []
    for node, text in parsed(problem["solution"], comments=False):
        names = [name for name in defined(node) if name in wanted]
        if names:
            stubs.append(asked(node, text, names))
            wanted -= set(names)
    return "\n".join(stubs)


def assignment(chapter: str, problems: list[dict[str, Any]]) -> nbformat.NotebookNode:
    """La tarea de un capítulo, con sus soluciones y sus pruebas: la versión del profesor."""
    named = {f"problema-{number}": problem for number, problem in enumerate(problems, 1)}
    options = {name: problem["numbers"] for name, problem in named.items()}
    title = (
        f"# Tarea del capítulo {chapter}\n\nEscribe tu usuario, el mismo con el que entregas: de "
        "él salen tus números, y con otros no vale. Cambia después los `...` por tus respuestas. "
        "Un número con decimales vale si se equivoca en menos de una centésima."
    )
    user = 'student = ""\n### BEGIN SOLUTION\nstudent = "profesor"\n### END SOLUTION'
    cells = [
        new_markdown_cell(title, id="titulo"),
        graded_cell(user, "usuario", solution=True, locked=False),
        graded_cell(SETUP.format(options=repr(options)), "numeros"),
    ]
    for name, problem in named.items():
        statement = f"**Problema {name[-1]}** ({problem['points']} p.). {problem['statement']}"
        solution, numbers = problem["solution"].strip(), ", ".join(problem["numbers"])
        answer = (
            f"{start(problem)}\n### BEGIN SOLUTION\nglobals().update(mine({name!r}))\n"
            f"{solution}\n### END SOLUTION"
        )
        test = (
            f"def given({numbers}):\n    return {problem['tried']}\n\n\n"
            f"answer = given(**mine({name!r}))\n"
            f'assert "Ellipsis" not in repr(answer), "Falta tu respuesta: {problem["kind"]}."\n'
            f"### BEGIN HIDDEN TESTS\ndef expected({numbers}):\n"
            f"{textwrap.indent(solution, '    ')}\n    return {problem['tried']}\n\n\n"
            f"correct = expected(**mine({name!r}))\n"
            f'said = "No da lo que se pide: {problem["kind"]}."\n'
            "assert np.shape(answer) == np.shape(correct), said\n"
            "assert np.allclose(answer, correct, rtol=1e-9, atol=0.0101), said\n"
            "### END HIDDEN TESTS"
        )
        cells += [
            graded_cell(f"Markdown({statement!r}.format(**mine({name!r})))", f"{name}-enunciado"),
            graded_cell(answer, f"{name}-respuesta", solution=True, locked=False),
            graded_cell(test, f"{name}-prueba", grade=True, points=problem["points"]),
        ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def load_problems(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Los problemas de cada capítulo. Lanza UserError si alguno no está entero o no se entiende."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))["problem"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise UserError(f"«{path.name}» no se entiende: {error}.") from error
    chapters = defaultdict(list)
    for number, problem in enumerate(written, 1):
        if wrong := fault(problem):
            raise UserError(f"El problema {number} de «{path.name}» está mal escrito: {wrong}.")
        chapters[f"{problem['chapter']:02}"].append(problem)
    return chapters


def fault(problem: dict[str, Any]) -> str:
    """Lo que está mal en un problema; nada, si está bien."""
    if missing := NEEDED - set(problem):
        return f"falta «{min(missing)}»"
    numbers = problem["numbers"]
    try:
        problem["statement"].format(**numbers)
        stub = start(problem)
    except KeyError as error:
        return f"el enunciado nombra «{error.args[0]}», que no está en «numbers»"
    except (ValueError, IndexError, SyntaxError) as error:
        return f"no se entiende ({error})"
    if not stub:
        return "«tried» no mira nada de lo que define «solution»"
    answers = {name for node, _ in parsed(stub, comments=False) for name in defined(node)}
    if twice := answers & set(numbers):
        return f"«{min(twice)}» es a la vez un número y una respuesta"
    return ""


# Todo


def generated() -> Iterator[tuple[str, str]]:
    """Cada archivo del curso: su ruta y lo que lleva."""
    guide = GUIDE.read_text(encoding="utf-8")
    expected = open_answers(guide)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        try:
            original = nbformat.read(path, as_version=4)
            shown = slides(original)
        except (ValueError, KeyError, IndexError, nbformat.ValidationError) as error:
            raise UserError(
                f"«{path.name}» no se entiende como un capítulo ({error}): mira qué le falta con "
                "«make test»."
            ) from error
        prompt(shown, lessons(guide, path.stem), expected)
        yield f"alumno/{path.name}", nbformat.writes(for_student(deepcopy(original)))
        yield f"profesor/{path.name}", nbformat.writes(for_teacher(deepcopy(original), expected))
        yield f"diapositivas/{path.stem}.html", page(shown)
    for chapter, problems in load_problems(PROBLEMS).items():
        name = f"tarea_{chapter}"
        notebook = nbformat.writes(assignment(str(int(chapter)), problems))
        yield f"tareas/source/{name}/{name}.ipynb", notebook
    yield "tareas/nbgrader_config.py", CONFIG
    yield "cuestionario.html", sheet(guide)


def main() -> None:
    if len(sys.argv) > 2:
        sys.exit("Error: di una sola carpeta, o ninguna.")
    target = Path(sys.argv[1]) if len(sys.argv) == 2 else ROOT / "_build/curso"
    try:
        for name, content in generated():
            write_whole(target / name, content.encode())
    except UserError as error:
        sys.exit(f"Error: {error}")
    except OSError as error:
        sys.exit(f"Error: no se puede leer «{error.filename}» ({reason(error)}).")
    print(f"El curso está en {target}.")


if __name__ == "__main__":
    main()
