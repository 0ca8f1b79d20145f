"""Las miniaturas de los capítulos dan los mismos dígitos dos veces, y con uno y con dos hilos."""

import os
import subprocess
import sys

import pytest

from pix2pix_lib.recipes import MINIATURA, vary
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.teaching.miniatures import try_out

CODE = """
from pix2pix_lib.devices import one_thread
one_thread()
from pix2pix_lib.teaching.miniatures import try_out
from pix2pix_lib.recipes import MINIATURA, vary
for changes in ({}, {"discriminator": {"filters": 8}}, {"generator": {"architecture": "partial"}}):
    print(f"{try_out(vary(MINIATURA, {'training': {'steps': 100}} | changes)).psnr:.6f}")
"""


def run(cores: set[int]) -> str:
    return subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    ).stdout


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="pide elegir núcleos, en Linux")
def test_a_miniature_gives_the_same_digits_twice_and_with_one_or_two_threads():
    default_faces()
    every = sorted(os.sched_getaffinity(0))
    first = run(set(every))
    assert len(first.split()) == 3
    assert run(set(every)) == first
    assert run({every[0]}) == first


def test_a_trial_is_examined_with_the_same_holes_whatever_it_learned_from():
    recipe = vary(
        MINIATURA,
        {"training": {"steps": 100}, "data": {"erase": {"max_masks": 5, "fill": [0, 0, 0]}}},
    )
    trial = try_out(recipe)
    holes = [case.hole for case in trial.exam.cases]
    assert (trial.x[..., 3] == holes).all()
    assert (trial.x[trial.x[..., 3] > 0][:, :3] == -1).all()
    assert (trial.painted[holes] == trial.restored[holes]).all()
    assert (trial.painted != trial.restored).any()
    assert trial.psnr == pytest.approx(trial.exam.mark(trial.restored)["psnr"].mean())


def test_one_thread_after_the_first_sum_is_said():
    code = (
        "import keras, pix2pix_lib.devices as d; keras.ops.ones(3) + 1\n"
        "try:\n    d.one_thread()\nexcept d.UserError as error:\n    print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "reinicia el cuaderno" in out
