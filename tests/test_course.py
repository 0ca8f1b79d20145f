"""Lo que un profesor lleva a clase: las copias, las diapositivas y las tareas con nota."""

import copy
import csv
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from math import prod
from pathlib import Path

import course
import cv2
import exercises
import nbformat
import numpy as np
import pytest
from browsing import needs_chromium
from bs4 import BeautifulSoup
from places import NOTEBOOKS

from pix2pix_lib.errors import UserError

NBGRADER = shutil.which("nbgrader", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
USERS = ["ana", "luis", "eva", "zoé", "u1041", "Óscar P.", "mperez3", "li"]
GUIDE = course.GUIDE.read_text()
PIXEL = b64encode(cv2.imencode(".png", np.zeros((1, 2), np.uint8))[1]).decode()
PROBLEMS = [
    pytest.param(chapter, problem, id=f"{chapter}-{number}")
    for chapter, problems in course.load_problems(course.PROBLEMS).items()
    for number, problem in enumerate(problems, 1)
]


@pytest.fixture(scope="module")
def made():
    return dict(course.generated())


def cells(text):
    return nbformat.reads(text, as_version=4).cells


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_a_student_gets_the_chapter_without_solutions_and_a_teacher_all_of_it(made, path):
    book, student, teacher = (
        cells(text)
        for text in (
            path.read_text(), made[f"alumno/{path.name}"], made[f"profesor/{path.name}"]
        )
    )  # fmt: skip
    solutions = [cell.source for cell in book if cell.source.startswith(exercises.TITLE)]
    assert len(solutions) == 6
    assert [cell.source for cell in student if cell.cell_type == "code"] == [
        cell.source for cell in book if cell.cell_type == "code" and cell.source not in solutions
    ]
    text = "\n".join(cell.source for cell in student if cell.cell_type == "markdown")
    assert "Respuesta" not in text and text.count("<summary>Pista</summary>") == 6
    assert len(re.findall(r"\*\*Pregunta \d", text)) == 5 and "../book" not in text
    assert text.count("<details>") == text.count("</details>")
    assert not [cell for cell in student if "¡Bien!" in str(cell.get("outputs"))]
    assert "Abrir en Colab" not in text, "se abriría el del libro, con las soluciones"
    added = [cell for cell in teacher if cell.source.startswith("**Para el profesor.**")]
    assert [cell.get("outputs") for cell in teacher if cell not in added] == [
        cell.get("outputs") for cell in book
    ]
    about = f"Ejercicio {int(path.stem[:2])}."
    answers = course.open_answers(GUIDE)
    assert len(added) == sum(len(answers[key]) for key in answers if key.startswith(about))
    for cell in added:
        assert teacher[teacher.index(cell) - 1].source.startswith(exercises.TITLE)


def plan(title):
    """Las filas de la primera tabla de un apartado de la guía, sin sus nombres."""
    return course.tables(GUIDE.partition(f"## {title}\n")[2])[0][1:]


def chapters_in(text):
    return [int(number) for number in re.findall(r"\]\(\.\./notebooks/(\d\d)_", text)]


def test_every_session_of_every_plan_lasts_two_hours_with_its_break():
    assert sum(int(row[0]) for row in plan("Una clase de dos horas")) == 120
    sessions = {}
    for session, minutes, section, *_ in plan("Un curso de cuatro semanas"):
        sessions.setdefault(session, {})[section] = int(minutes)
    assert len(sessions) == 8
    assert {sum(parts.values()) for parts in sessions.values()} == {120}
    assert {parts["Descanso"] for parts in sessions.values()} == {10}
    weeks = plan("Un semestre")
    assert len(weeks) == 14
    assert {int(first) + int(rest) + int(last) for _, first, _, rest, last, *_ in weeks} == {120}


def test_the_plans_name_parts_that_the_chapters_have():
    titles = [
        re.findall(r"^#+ (.*)", "\n".join(cell.source for cell in cells(path.read_text())), re.M)
        for path in NOTEBOOKS
    ]
    wrong = [
        name
        for table in course.tables(GUIDE.partition("## Una clase")[2].partition("## Errores")[0])
        for cell in (cell for row in table for cell in row if chapters_in(cell))
        for name in re.findall("«(.*?)»", cell)
        if not any(title.startswith(name) for title in titles[chapters_in(cell)[0]])
    ]
    assert wrong == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_the_plans_give_a_chapter_the_minutes_that_it_asks_for(path):
    chapter = int(path.stem[:2])
    asks = int(re.search(r"Cuánto tarda:\*\* unos (\d+) minutos", path.read_text())[1])
    taught = sum(
        int(minutes)
        for _, minutes, section, *_ in plan("Un curso de cuatro semanas")
        if chapters_in(section) == [chapter]
    )
    spread = course.tables(GUIDE.partition("## Un curso de cuatro semanas\n")[2])[1]
    assert [int(row[chapter + 1]) for row in spread[1:]] == [asks, taught, max(asks - taught, 0)]
    given = [
        int(minutes)
        for _, first, one, _, second, other, _ in plan("Un semestre")
        for minutes, section in ((first, one), (second, other))
        if chapters_in(section) == [chapter]
    ]
    assert sum(given) >= asks


def test_every_outcome_is_checked_with_exercises_and_questions_of_its_chapter():
    rows = plan("Qué se aprende, y cómo se comprueba")
    assert [chapters_in(row[0]) for row in rows] == [[number] for number in range(len(NOTEBOOKS))]
    for path, (_, outcomes) in zip(NOTEBOOKS, rows, strict=True):
        text = path.read_text()
        assert 2 <= outcomes.count("). ") + 1 <= 3
        assert all(part.endswith(")") for part in outcomes.split(". "))
        exercises = re.findall(r"\d+\.\d+", outcomes)
        assert exercises and all(f"**Ejercicio {number}**" in text for number in exercises)
        for questions in re.findall(r"preguntas? (\d(?: y \d)?)", outcomes):
            assert all(f"**Pregunta {one}.**" in text for one in questions.split(" y "))


def test_the_examples_are_marked_with_the_rubric_and_add_up():
    lines, (total, marks) = plan("Dos ejemplos puntuados")[:-2], plan("Dos ejemplos puntuados")[-2:]
    assert [row[0] for row in lines] == [row[0].strip("*") for row in plan("Rúbrica y nota")]
    for one in (1, 2):
        points = [int(row[one]) for row in lines]
        assert int(total[one]) == sum(points) and max(points) <= 3
        assert marks[one] == f"{10 * sum(points) / (3 * len(points)):.1f}"


def test_the_questionnaire_asks_ten_things_and_carries_no_answers(made):
    page = BeautifulSoup(made["cuestionario.html"], "html.parser")
    assert len(page.find_all("li")) == 10
    assert "Solo después" in page.text and "1216" not in page.text and "(cues" not in page.text


@needs_chromium
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_questionnaire_fits_in_a_sheet(made, browser, tmp_path, paper):
    from pypdf import PdfReader

    (tmp_path / "hoja.html").write_text(made["cuestionario.html"])
    with browser.new_page() as tab:
        tab.goto((tmp_path / "hoja.html").as_uri())
        tab.pdf(path=tmp_path / "hoja.pdf", format=paper, prefer_css_page_size=False)
    assert len(PdfReader(tmp_path / "hoja.pdf").pages) == 1


def test_the_guide_lists_what_make_usb_leaves():
    rows = course.tables(GUIDE.partition("## Treinta portátiles")[2])[0][1:]
    listed = {name for row in rows for name in re.findall("`(.*?)`", row[0])}
    orders = subprocess.run(
        ["make", "-n", "usb"], cwd=course.ROOT, capture_output=True, text=True, check=True
    ).stdout
    (copied,) = re.findall(r"(?m)^cp -r (.*) _build/usb\.new$", orders)
    made = {Path(name).name for name in copied.split()}
    assert made | set(re.findall(r"_build/usb\.new/(\w+)", orders)) == listed
    (order,) = re.findall(r"pip wheel (-c .*)\n", GUIDE)
    assert order in orders.replace("_build/usb.new/", "")


def test_a_copy_made_twice_is_the_same(made):
    assert dict(course.generated()) == made


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_the_slides_have_every_figure_and_ask_the_network_for_nothing(made, path):
    book = "\n".join(cell.source for cell in cells(path.read_text()))
    deck = BeautifulSoup(made[f"diapositivas/{path.stem}.html"], "html.parser")
    captions = [caption.strong.text for caption in deck.find_all("figcaption")]
    assert captions == [f"{name}." for name in re.findall(r"(?m)^\*\*(Figura [\d.]+\d)\.", book)]
    assert len(deck.section.find_all("li")) >= 3, "lo que se va a aprender"
    assert all(point.text.strip() for point in deck.find_all("li"))
    for caption in deck.find_all("figcaption"):
        (image,) = caption.parent.find_all("img")
        assert image["alt"] and image["src"].startswith("data:image/png;base64,")
    assert not deck.find_all(["link", "iframe"]) and not deck.find_all("script", src=True)
    assert "url(" not in str(deck.style) and "@import" not in str(deck.style)
    local = [a["href"] for a in deck.find_all("a") if "://" not in a["href"]]
    assert all(f"diapositivas/{link.partition('#')[0]}" in made for link in local)
    notes = " ".join(aside.text for aside in deck.find_all("aside"))
    assert notes.count("Respuesta") == 5 and notes.count("Pista") == 6
    for row in course.lessons(GUIDE, path.stem):
        minutes = re.match(r"\*\*(\d+ min\.)\*\*", row[1])[1]
        assert minutes in notes
    for aside in deck.find_all("aside"):
        aside.decompose()
    shown = " ".join(section.text for section in deck.find_all("section"))
    assert "Respuesta" not in shown and "Solución" not in shown
    assert shown.count("Pregunta ") >= 5 and shown.count("Ejercicio ") >= 6


def test_a_bet_is_on_the_slide_before_its_figure():
    deck = course.slides(
        nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_markdown_cell(
                    "# 1. Uno\n\n## Una parte\n\n**Tu apuesta:** ¿cuánto?"
                ),
                nbformat.v4.new_code_cell(
                    outputs=[nbformat.v4.new_output("display_data", {"image/png": PIXEL})]
                ),
                nbformat.v4.new_markdown_cell("**Figura 1.1.** Tanto.\n\n## Referencias"),
            ]
        )
    )
    assert [("apuesta" in str(slide.body), "<img" in str(slide.body)) for slide in deck] == [
        (True, False),
        (False, True),
    ]


@needs_chromium
def test_every_slide_fits_in_its_page_on_screen_and_on_paper(made, browser, tmp_path):
    from pypdf import PdfReader

    with browser.new_page(viewport={"width": 1280, "height": 720}) as tab:
        for name, content in made.items():
            if not name.startswith("diapositivas/"):
                continue
            (tmp_path / "capitulo.html").write_text(content)
            sections = content.count("<section ")
            tab.goto((tmp_path / "capitulo.html").as_uri())
            assert (
                tab.evaluate("""() => [...document.querySelectorAll("article > div, figure")]
                .filter((box) => box.scrollHeight > box.clientHeight + 1
                    || box.scrollWidth > box.clientWidth + 1)
                .map((box) => box.closest("section").id + box.textContent.slice(0, 40))""")
                == []
            )
            assert (
                tab.evaluate("""() => [...document.querySelectorAll("figure img")]
                .filter((image) => image.clientHeight < 180 || !image.naturalWidth).length""")
                == 0
            )
        tab.pdf(path=tmp_path / "capitulo.pdf", prefer_css_page_size=True)
        pages = PdfReader(tmp_path / "capitulo.pdf").pages
        assert len(pages) == sections


@needs_chromium
def test_the_notes_go_in_their_own_window_and_both_move_together(made, browser, tmp_path):
    (tmp_path / "capitulo.html").write_text(made[f"diapositivas/{NOTEBOOKS[0].stem}.html"])
    with browser.new_page() as tab:
        tab.goto((tmp_path / "capitulo.html").as_uri())
        assert not tab.locator("aside").first.is_visible()
        tab.keyboard.press("ArrowRight")
        with tab.expect_popup() as opened:
            tab.keyboard.press("n")
        notes = opened.value
        notes.wait_for_load_state()
        notes.wait_for_function("current() === 1")
        assert notes.locator("#d2 aside").is_visible()
        notes.keyboard.press("PageDown")
        tab.wait_for_function("current() === 2")
        tab.keyboard.press("Home")
        notes.wait_for_function("current() === 0")


def run_task(chapter, problem, user, solved):
    """Lo que dice la prueba de un problema («» si está bien) y los nombres que quedan."""
    said, names = "", {}
    _, *code = course.assignment(chapter, [problem]).cells
    for cell in code:
        source = f"student = {user!r}" if cell.id == "usuario" else cell.source
        if cell.id.endswith("respuesta") and not solved:
            source = source.partition("### BEGIN")[0]
        elif cell.id.endswith("enunciado"):
            source = f"statement = {source}"
        try:
            exec(source, names)
        except AssertionError as error:
            said = str(error)
    return said, names


@pytest.mark.parametrize(("chapter", "problem"), PROBLEMS)
def test_each_problem_takes_its_solution_and_not_the_one_of_a_neighbour(chapter, problem):
    assert prod(map(len, problem["numbers"].values())) >= 30
    test = course.assignment(chapter, [problem]).cells[-1].source
    told, taken = {}, []
    for user in USERS:
        said, names = run_task(chapter, problem, user, solved=True)
        assert said == ""
        told[user] = names["statement"].data
        for names["student"] in USERS:
            if names["student"] in told and told[names["student"]] != told[user]:
                try:
                    exec(test, names)
                except (AssertionError, ValueError):
                    taken.append(False)
                else:
                    taken.append(True)
    assert len(set(told.values())) >= len(USERS) - 2
    assert np.mean(taken) <= 0.15, "a dos vecinos les valdría lo mismo"
    assert run_task(chapter, problem, "ana", solved=False)[0] == (
        f"Falta tu respuesta: {problem['kind']}."
    )


def test_a_wrong_answer_is_told_what_kind_is_expected_and_no_user_is_told_so():
    (problem, *_) = course.load_problems(course.PROBLEMS)["00"]
    wrong = copy.deepcopy(problem) | {"solution": "weights = 1"}
    cells = course.assignment("0", [problem]).cells
    mine = course.assignment("0", [wrong]).cells
    names = {}
    for cell, other in zip(cells[1:], mine[1:], strict=True):
        source = other.source if cell.id.endswith("respuesta") else cell.source
        if cell.id.endswith("prueba"):
            with pytest.raises(AssertionError, match="No da lo que se pide: un número entero"):
                exec(source, names)
        else:
            exec(source, names)
    names["student"] = "  "
    with pytest.raises(AssertionError, match="Falta tu usuario"):
        names["mine"]("problema-1")


def test_what_a_student_receives_has_neither_solutions_nor_hidden_tests(made):
    for name in made:
        if name.startswith("tareas/source"):
            for cell in cells(made[name])[1:]:
                marks = cell.metadata["nbgrader"]
                assert marks["solution"] == ("### BEGIN SOLUTION" in cell.source)
                assert marks["grade"] == ("### BEGIN HIDDEN TESTS" in cell.source)
                assert marks["locked"] != marks["solution"]
            assert (
                sum(cell.metadata["nbgrader"].get("points", 0) for cell in cells(made[name])[1:])
                == 6
            )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "un número entero"', "kind =", "no se entiende"),
        ('kind = "un número entero"', "", "El problema 1 .* falta «kind»"),
        ("{channels}", "{canales}", "nombra «canales», que no está en «numbers»"),
        ("{channels}", "{", "no se entiende"),
        ("weights = side**2", "weights = = side", "no se entiende"),
        ('tried = "weights"', 'tried = "pesos"', "«tried» no mira nada"),
        ("kernels = [10", "weights = [1], kernels = [10", "«weights» es a la vez un número"),
    ],
)
def test_a_badly_written_problem_says_what_is_wrong_in_a_sentence(tmp_path, old, new, said):
    path = tmp_path / "tareas.toml"
    path.write_text(course.PROBLEMS.read_text().replace(old, new, 1))
    with pytest.raises(UserError, match=said):
        course.load_problems(path)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        nbformat.writes(nbformat.v4.new_notebook()),
        NOTEBOOKS[0].read_text().replace("</details>", ""),
    ],
    ids=["a-medias", "vacío", "sin-cerrar"],
)
def test_a_chapter_that_is_not_one_says_so_in_a_sentence(tmp_path, monkeypatch, text):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/00_malo.ipynb").write_text(text)
    monkeypatch.setattr(course, "ROOT", tmp_path)
    with pytest.raises(UserError, match="«00_malo.ipynb» no se entiende como un capítulo"):
        dict(course.generated())


def test_where_it_cannot_write_it_says_so_and_what_was_there_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(course, "generated", lambda: iter([("tareas/uno", "1")]))
    monkeypatch.setattr(sys, "argv", ["course.py", str(tmp_path)])
    (tmp_path / "tareas").mkdir()
    (tmp_path / "tareas/gradebook.db").write_text("notas")
    course.main()
    assert "El curso está en" in capsys.readouterr().out
    assert (tmp_path / "tareas/gradebook.db").read_text() == "notas"
    (tmp_path / "archivo").touch()
    for words in ([str(tmp_path / "archivo")], ["una", "dos"]):
        monkeypatch.setattr(sys, "argv", ["course.py", *words])
        with pytest.raises(SystemExit, match="^Error: "):
            course.main()


@pytest.mark.skipif(not NBGRADER, reason="falta nbgrader: «pip install -e .[notas]»")
def test_nbgrader_hands_out_collects_and_marks_an_assignment(made, tmp_path):
    def nbgrader(*words):
        done = subprocess.run([NBGRADER, *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    for name in ("nbgrader_config.py", "source/tarea_00/tarea_00.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(made[f"tareas/{name}"])
    nbgrader("generate_assignment", "tarea_00")
    released = (tmp_path / "release/tarea_00/tarea_00.ipynb").read_text()
    assert "BEGIN" not in released and "expected" not in released and "**2" not in released
    solved = {cell.id: cell.source for cell in cells(made["tareas/source/tarea_00/tarea_00.ipynb"])}

    def submit(user, known, written=None, broken=False):
        notebook = nbformat.reads(released, as_version=4)
        for cell in notebook.cells:
            if cell.id == "usuario":
                cell.source = f"student = {written or user!r}"
            elif cell.id in {f"problema-{number}-respuesta" for number in known}:
                cell.source = solved[cell.id]
        if broken:  # una celda que no es Python y otra que ya no está
            notebook.cells[4].source = "weights = = 3"
            del notebook.cells[8]
        path = tmp_path / f"submitted/{user}/tarea_00/tarea_00.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)

    submit("ana", [1, 2, 3])
    submit("luis", [1, 2])
    submit("eva", [1], broken=True)
    submit("pedro", [1, 2, 3], written="'ana'")
    nbgrader("autograde", "tarea_00")
    nbgrader("export")
    with (tmp_path / "grades.csv").open() as file:
        marks = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert marks == {"ana": 6, "luis": 3, "eva": 0, "pedro": 0}
