import sys

import dependencies
import exercises
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import notebooks


def names(*cells):
    return {path.name for path in dependencies.files_behind(cells)}


def test_what_a_module_imports_counts_and_the_rest_does_not():
    found = names("from pix2pix_lib.data.masks import load_masks")
    assert {"__init__.py", "masks.py", "photos.py", "errors.py"} <= found
    assert any(name.endswith(".png") for name in found)
    assert not found & {"networks.py", "loop.py", "__main__.py", "pretrained.onnx"}
    assert {"pretrained.py", "pretrained.onnx"} <= names(
        "from pix2pix_lib.restoration import load_pretrained"
    )
    assert {"sets.py", "fake_avatars.sha256"} <= names("from pix2pix_lib.sources import sets")
    assert "chapter_3.py" in names('field = 16\n\ncheck("3.1", field)')
    assert "retratos_tal_cual.json" in names(
        "from pix2pix_lib.evaluation.results import load_result"
    )


def test_a_door_may_give_what_comes_from_the_room_above():
    assert "devices.py" in names("from pix2pix_lib.model import one_thread")


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """Un cuaderno que apunta en un archivo cada vez que se ejecuta."""
    source, target, other = tmp_path / "a.ipynb", tmp_path / "salida/a.ipynb", tmp_path / "otro"
    other.write_text("1")

    def run(text, code="print(6 * 7)"):
        note = "open('veces', 'a').write('x');\n"
        cells = [new_markdown_cell(text, id="uno"), new_code_cell(note + code, id="dos")]
        nbformat.write(new_notebook(cells=cells), source)
        monkeypatch.setattr(sys, "argv", ["notebooks.py", *map(str, (source, target, other))])
        assert notebooks.main() == 0
        markdown, cell = nbformat.read(target, as_version=4).cells
        assert markdown.source == text
        return cell.outputs[-1].text, len((target.parent / "veces").read_text())

    return run, other


def test_a_notebook_runs_again_only_when_something_it_needs_has_changed(workshop):
    run, other = workshop
    assert run("hola") == ("42\n", 1)
    assert run("adiós") == ("42\n", 1)
    assert run("adiós", "print(7 * 7)") == ("49\n", 2)
    other.write_text("2")
    assert run("adiós", "print(7 * 7)") == ("49\n", 3)


def test_a_failing_cell_leaves_what_there_was(workshop, capsys):
    run, _ = workshop
    run("hola")
    with pytest.raises(AssertionError):
        run("hola", "1 / 0")
    assert "falló una celda" in capsys.readouterr().err
    assert run("hola") == ("42\n", 2)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0)])
def test_streams_are_stored_alike_in_whatever_order_they_arrive(order):
    pieces = [
        new_output("stream", name="stdout", text="hecho\n"),
        new_output("stream", name="stderr", text="\r 50%|# | 1/2 [00:01<00:01]"),
        new_output("stream", name="stderr", text="\r100%|##| 2/2 [00:02<00:00]\n"),
    ]
    figure = new_output("display_data", {"text/plain": "figura"})
    merged = notebooks.merge_streams(
        [*(pieces[index] for index in order), figure, pieces[0].copy()]
    )
    assert {one.name: one.text for one in merged[:2]} == {
        "stdout": "hecho\n",
        "stderr": "100%|##| 2/2\n",
    }
    assert merged[2] == figure and merged[3].text == "hecho\n"


SOLUTION = """\
# @title Solución { display-mode: "form" }
small = 1e-4  # no se pide: nadie lo mira
# lo que sigue es la respuesta


def slope(f, w):
    return (f(w + small) - f(w)) / small


best, worst = (number + 3 for number in (0, 1))
least = 0
print(slope(np.sin, 0))

check("1.1", slope, near=agrees, best=best)
print("y de paso")
check("1.2", worst)"""

START = """\
number = 4  # un dato


# por la definición
def slope(f, w):
    return ...


best, worst = ..., ...  # dos números


def agrees(measured, best):
    # hasta el límite
    small, least = 0.1, 1
    return measured(np.sin, 0) < number


check("1.1", slope, near=agrees, best=best)
check("1.2", worst)"""


def test_the_starting_cell_comes_from_the_solution_and_keeps_what_only_it_has():
    assert exercises.starting(START, SOLUTION) == START
    parted = START.replace("f, w):\n    return ...", "w):\n    return ...").replace("1.2", "1.3")
    mended = exercises.starting(parted, SOLUTION)
    assert mended == START.replace("# por la definición\n", ""), "se pide otra cosa: sin su nota"
    assert exercises.starting("", SOLUTION) == (
        "def slope(f, w):\n    return ...\n\n\nbest, worst = ..., ...\n\n"
        'check("1.1", slope, near=agrees, best=best)\ncheck("1.2", worst)'
    )


@pytest.mark.parametrize(
    ("start", "solution", "said"),
    [
        ("small = 1e-4\n\n" + START, SOLUTION, "«small» está en la partida y en la solución"),
        (START, SOLUTION.partition("check(")[0], "ningún «check»"),
    ],
)
def test_an_exercise_that_cannot_be_derived_says_why(start, solution, said):
    with pytest.raises(ValueError, match=said):
        exercises.starting(start, solution)


def test_a_solution_alone_gets_its_starting_cell(tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("**1**"), new_code_cell(SOLUTION)]), path)
    monkeypatch.setattr(sys, "argv", ["exercises.py", str(path)])
    for _ in range(2):
        exercises.main()
        _, start, solution = nbformat.read(path, as_version=4).cells
        assert start.metadata.tags == ["partida"] and start.source.startswith("def slope(f, w):")
        assert solution.source == SOLUTION
