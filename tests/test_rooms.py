"""Las habitaciones de la biblioteca: qué puede importar cada una y qué no carga."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

PACKAGE = ROOT / "pix2pix_lib"
ORDER = [
    *("errors", "checks", "files", "writing", "stored_arrays", "devices", "recipes"),
    "stored_recipes",
    *("data", "sources", "model", "training", "restoration", "evaluation", "teaching"),
    *("cli", "__main__"),
]
"""De abajo arriba: ninguna importa de las que van después."""


def imports(path: Path) -> set[str]:
    """Las habitaciones de las que importa un módulo, también dentro de sus funciones."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [path.parent, *path.parent.parents][node.level - 1]
            parts = [*base.relative_to(PACKAGE).parts, *(node.module or "").split(".")]
            found |= {parts[0]} if parts[0] else {alias.name for alias in node.names}
    return found


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


MODULES = [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def test_every_module_has_a_room():
    assert {room(path) for path in MODULES} == set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_imports_from_those_after_it(path):
    place = ORDER.index(room(path))
    assert {other for other in imports(path) if ORDER.index(other) > place} == set()


@pytest.mark.parametrize(
    "door, heavy",
    [
        ("data", {"keras", "tensorflow", "matplotlib", "onnxruntime"}),
        ("sources", {"keras", "tensorflow", "matplotlib"}),
        ("restoration", {"keras", "tensorflow", "matplotlib"}),
        ("evaluation", {"keras", "tensorflow", "matplotlib"}),
        ("teaching", {"keras", "tensorflow"}),
        ("cli", {"keras", "tensorflow", "matplotlib", "onnxruntime"}),
    ],
)
def test_a_door_does_not_load_what_it_does_not_need(door, heavy):
    code = f"import sys, pix2pix_lib.{door}; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert not heavy & set(loaded.split())
