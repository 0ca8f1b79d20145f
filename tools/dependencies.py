"""De qué depende lo que sale de un cuaderno: su código y los módulos que de verdad importa."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pix2pix_lib"
ASSETS = PACKAGE / "assets"
MASKS = ROOT / "masks"


def code_of(notebook: nbformat.NotebookNode) -> list[str]:
    """Las celdas de código, menos la que instala la biblioteca en Colab."""
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    return [cell for cell in cells if "%pip" not in cell]


def _imported(code: str, package: Path | None = None) -> Iterator[Path]:
    """Los módulos de la biblioteca que importa un código; `package`, la carpeta en la que está.

    De una puerta (el `__init__.py` de una carpeta) no cuenta todo, sino el módulo del que sale cada
    nombre.
    """
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.ImportFrom):
            continue
        parts = node.module.split(".") if node.module else []
        if node.level and package:
            base = [package, *package.parents][node.level - 1]
        elif parts[:1] == [PACKAGE.name]:
            base, parts = PACKAGE, parts[1:]
        else:
            continue
        target = base.joinpath(*parts)
        if (module := target.with_suffix(".py")).is_file():
            yield module
            continue
        for alias in node.names:
            if (module := target / f"{alias.name}.py").is_file():
                yield module
            else:
                yield from _behind_door(target / "__init__.py", alias.name)


def _behind_door(door: Path, name: str) -> Iterator[Path]:
    for node in ast.parse(door.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names}:
            yield door.parents[node.level - 1] / f"{node.module}.py"


def _data(code: str) -> Iterator[Path]:
    """Los archivos de la biblioteca, o los de sus carpetas, que nombra un módulo."""
    data = {path.name: path for path in ASSETS.iterdir()}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and (path := data.get(node.value)):
            yield from sorted(path.iterdir()) if path.is_dir() else [path]


def files_behind(cells: Iterable[str]) -> list[Path]:
    """Los módulos que importan unas celdas, directamente o no, y los datos que ellos leen.

    Una celda que comprueba un ejercicio importa lo que tiene que cumplir su respuesta.
    """
    found: dict[Path, None] = {PACKAGE / "__init__.py": None}
    cells = list(cells)
    pending = [path for cell in cells for path in _imported(cell)]
    for number in re.findall(r'^check\("(\d+)\.', "\n".join(cells), re.M):
        pending.append(PACKAGE / f"teaching/answers/chapter_{number}.py")
    while pending:
        path = pending.pop()
        if path in found:
            continue
        found[path] = None
        code = path.read_text(encoding="utf-8")
        found |= dict.fromkeys(_data(code))
        if path.stem == "masks":
            found |= dict.fromkeys(sorted(MASKS.glob("*.png")))
        pending += _imported(code, path.parent)
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
