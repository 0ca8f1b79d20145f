"""La comparación de los cuadernos deja pasar lo que debe y se pone roja cuando debe."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

CONFIG = Path(__file__).with_name("nbval.cfg")


def check(tmp_path, code: str, stored: str, stream: str = "stdout") -> int:
    output = new_output("stream", name=stream, text=stored)
    cell = new_code_cell(code, execution_count=1, outputs=[output])
    path = tmp_path / "cuaderno.ipynb"
    nbformat.write(new_notebook(cells=[cell]), path)
    order = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    order += ["--nbval-sanitize-with", CONFIG, "-p", "no:cacheprovider", path]
    return subprocess.run(order, capture_output=True, cwd=tmp_path).returncode


def test_the_same_output_passes(tmp_path):
    assert check(tmp_path, "print(f'{22.84:.1f} dB')", "22.8 dB\n") == 0


@pytest.mark.parametrize(
    ("code", "stored"),
    [
        ("print(f'{22.84:.1f} dB')", "22.9 dB\n"),
        ("print(f'{22.84:.1f} dB'); raise ValueError", "22.8 dB\n"),
        ("assert 1 > 2", ""),
    ],
)
def test_another_digit_or_an_error_fails(tmp_path, code, stored):
    assert check(tmp_path, code, stored) == 1


def test_the_time_of_a_progress_bar_does_not_count_but_its_end_does(tmp_path):
    code = "from tqdm import tqdm\nfor _ in tqdm(range(300)): pass"
    assert check(tmp_path, code, "100%|██████████| 300/300\n", "stderr") == 0
    assert check(tmp_path, code, "100%|██████████| 300/300  \n", "stderr") == 0
    assert check(tmp_path, code, "100%|██████████| 200/200\n", "stderr") == 1
