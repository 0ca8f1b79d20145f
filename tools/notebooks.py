"""Ejecuta un cuaderno y lo guarda limpio: `python tools/notebooks.py ORIGEN DESTINO`.

Limpio quiere decir que un diff enseña solo contenido: sin versiones ni horas ni identificadores
de widgets, con las barras de progreso en su última línea y con el texto alternativo de cada
figura donde el libro lo busca. Si una celda falla, el destino no se toca.
"""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KEPT_METADATA = {"alt", "width", "height"}


def merge_streams(outputs: list[dict]) -> list[dict]:
    """Junta los trozos seguidos de un flujo y deja cada barra en su última línea, sin tiempos."""
    merged = []
    for name, group in groupby(outputs, key=lambda output: output.get("name")):
        first, *rest = group
        merged.append(first)
        if name is None:
            merged.extend(rest)
            continue
        text = "".join(output["text"] for output in [first, *rest])
        text = re.sub(r"[^\n]*\r(?!\n)", "", text)
        first["text"] = re.sub(r"(\d+/\d+) \[[^]]*]", r"\1", text)
    return merged


def clean_output(output: dict) -> str | None:
    """Limpia una salida; devuelve el texto alternativo de su imagen, si la tiene."""
    output.get("data", {}).pop(WIDGET_VIEW, None)
    alt = None
    for kind, metadata in list(output.get("metadata", {}).items()):
        kept = {key: metadata[key] for key in KEPT_METADATA & set(metadata)}
        output["metadata"][kind] = kept
        alt = kept.get("alt", alt)
    return alt


def clean(notebook: nbformat.NotebookNode) -> None:
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("mystnb", None)
        cell.outputs = merge_streams(cell.outputs)
        for output in cell.outputs:
            if alt := clean_output(output):
                cell.metadata["mystnb"] = {"image": {"alt": alt}}


def execute(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(source, as_version=4)
    NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(target.parent)}},
    ).execute()
    clean(notebook)
    partial = target.with_suffix(".partial")
    nbformat.write(notebook, partial)
    partial.replace(target)


def main() -> int:
    source, target = map(Path, sys.argv[1:])
    print(f"Ejecutando {source}...", flush=True)
    try:
        execute(source, target)
    except CellExecutionError as error:
        print(f"{error}\nError: falló una celda de {source} (arriba se ve cuál).", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
