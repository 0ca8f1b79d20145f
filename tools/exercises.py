"""Rehace las celdas de partida a partir de las soluciones: `python tools/exercises.py [CUADERNOS]`.

De la solución sale lo que está en las dos: lo que se pide (los nombres que miran los `check`, con
`...` en lugar de la respuesta) y los propios `check`. Lo demás, los datos, se escribe una sola vez,
en la partida, y ahí se queda; los comentarios, mientras se pida lo mismo.
Sin CUADERNOS, se miran los de `notebooks/` y la plantilla.
"""

from __future__ import annotations

import ast
import symtable
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from notebooks import save

ROOT = Path(__file__).parents[1]
TITLE = '# @title Solución { display-mode: "form" }'


def parsed(source: str, comments: bool) -> list[tuple[ast.stmt, str]]:
    """Las sentencias de una celda, cada una con su texto; si se quiere, con lo que lleva encima."""
    lines, statements, last = source.splitlines(), [], 0
    for node in ast.parse(source).body:
        first = last if comments else node.lineno - 1
        statements.append((node, "\n".join(lines[first : node.end_lineno]).strip("\n")))
        last = node.end_lineno
    return statements


def defined(node: ast.stmt) -> list[str]:
    """Los nombres que define una sentencia: los de una asignación o el de una función."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    parts = (each for target in targets for each in ast.walk(target))
    return [
        each.id for each in parts if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    ]


def is_check(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("check(")


def is_asked(node: ast.stmt) -> bool:
    """¿Es algo que se pide? Vale `...`, o es una función que devuelve `...`."""
    value = node.body[-1] if isinstance(node, ast.FunctionDef) else node
    value = getattr(value, "value", None)
    values = value.elts if isinstance(value, ast.Tuple) and value.elts else [value]
    return all(isinstance(each, ast.Constant) and each.value is ... for each in values)


def read(source: str) -> set[str]:
    """Los nombres de fuera que mira un código, también dentro de sus funciones."""
    tables, names = [symtable.symtable(source, "celda", "exec")], set()
    for table in tables:
        outside = table.get_type() == "module"
        names |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (outside or symbol.is_global())
        }
        tables += table.get_children()
    return names


def asked(node: ast.stmt, text: str, names: list[str]) -> str:
    """Lo que se ve en la partida en lugar de una respuesta."""
    if isinstance(node, ast.FunctionDef):
        signature = text.splitlines()[: node.body[0].lineno - node.lineno]
        return "\n".join([*signature, "    return ..."])
    return f"{', '.join(names)} = {', '.join('...' for _ in names)}"


def starting(start: str, solution: str) -> str:
    """El código de la partida que le toca a una solución; `start` es el que tenía, o nada."""
    before, after, old = [], [], {}
    for node, text in parsed(start, comments=True):
        if is_asked(node):
            old[ast.unparse(node)] = text
        elif not is_check(node):
            (after if old else before).append((node, text))
    own = {name for node, _ in before + after for name in defined(node)}
    answers = parsed(solution, comments=False)
    checks = [(node, text) for node, text in answers if is_check(node)]
    if not checks:
        raise ValueError("una solución no tiene ningún «check»")
    pending = read("\n".join(text for _, text in before + after + checks)) - own
    wanted = []
    for node, text in answers[: answers.index(checks[0])]:
        if twice := own & set(defined(node)):
            raise ValueError(f"«{min(twice)}» está en la partida y en la solución: déjalo en una")
        if names := [name for name in defined(node) if name in pending]:
            stub = asked(node, text, names)
            wanted.append((node, old.get(ast.unparse(ast.parse(stub)), stub)))
            pending -= set(names)
    return joined([before, wanted, after, checks])


def joined(parts: list[list[tuple[ast.stmt, str]]]) -> str:
    """Junta las partes: una línea en blanco entre cada dos, y dos junto a una función."""
    source, previous = "", None
    for part in parts:
        for index, (node, text) in enumerate(part):
            functions = any(isinstance(each, ast.FunctionDef) for each in (previous, node))
            blank = 2 if functions else not index
            source += "\n" * (1 + blank) * bool(source) + text
            previous = node
    return source


def derive(notebook: nbformat.NotebookNode) -> None:
    """Pone delante de cada solución la partida que le toca."""
    for solution in [cell for cell in notebook.cells if cell.source.startswith(TITLE)]:
        at = notebook.cells.index(solution)
        if "partida" not in notebook.cells[at - 1].metadata.get("tags", []):
            notebook.cells.insert(at, new_code_cell(metadata={"tags": ["partida"]}))
            at += 1
        start = notebook.cells[at - 1]
        start.source = starting(start.source, solution.source)


def main() -> None:
    chapters = [*sorted((ROOT / "notebooks").glob("*.ipynb")), ROOT / "tools/plantilla.ipynb"]
    for path in [Path(name) for name in sys.argv[1:]] or chapters:
        notebook = nbformat.read(path, as_version=4)
        try:
            derive(notebook)
        except ValueError as error:
            sys.exit(f"Error: en {path}, {error}.")
        save(notebook, path)


if __name__ == "__main__":
    main()
