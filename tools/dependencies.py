"""De qué depende lo que sale de un cuaderno: su código y los módulos que de verdad importa."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pix2pix_lib"
MASKS = ROOT / "masks"


def code_of(notebook: nbformat.NotebookNode) -> list[str]:
    """Las celdas de código, menos la que instala la biblioteca en Colab."""
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return [cell for cell in cells if "%pip" not in cell]


def _imported(code: str, inside: bool) -> Iterator[str]:
    """Los módulos de la biblioteca que importa un código; `inside`, si es de la biblioteca."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if inside and node.level == 1:
            yield from [module] if module else (alias.name for alias in node.names)
        elif module == PACKAGE.name:
            yield from (alias.name for alias in node.names)
        elif module.startswith(f"{PACKAGE.name}."):
            yield module.removeprefix(f"{PACKAGE.name}.")


def _data(code: str) -> Iterator[Path]:
    """Los ficheros de la biblioteca, o los de sus carpetas, que nombra un módulo."""
    data = {path.name: path for path in PACKAGE.iterdir() if path.suffix != ".py"}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and (path := data.get(node.value)):
            yield from sorted(path.iterdir()) if path.is_dir() else [path]


def files_behind(cells: Iterable[str]) -> list[Path]:
    """Los módulos que importan unas celdas, directamente o no, y los datos que ellos leen."""
    found: dict[Path, None] = {PACKAGE / "__init__.py": None}
    pending = [name for cell in cells for name in _imported(cell, inside=False)]
    while pending:
        path = PACKAGE / f"{pending.pop()}.py"
        if path in found or not path.is_file():
            continue
        found[path] = None
        code = path.read_text(encoding="utf-8")
        found |= dict.fromkeys(_data(code))
        if path.stem == "masks":
            found |= dict.fromkeys(sorted(MASKS.glob("*.png")))
        pending += _imported(code, inside=True)
    return sorted(found)


def digest(notebook: nbformat.NotebookNode, others: Iterable[Path]) -> str:
    """Una huella que cambia si cambia algo de lo que depende la ejecución de un cuaderno."""
    total = hashlib.sha256()
    cells = code_of(notebook)
    for content in (
        *(cell.encode() for cell in cells),
        *(path.read_bytes() for path in [*files_behind(cells), *others]),
    ):
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()
