"""Ejecuta un cuaderno y lo guarda limpio: `python tools/notebooks.py ORIGEN DESTINO [OTROS...]`.

Si ni su código, ni los módulos que importa, ni los archivos OTROS han cambiado desde la última vez,
no lo ejecuta: pone las salidas que ya tenía en el texto de ahora.

Limpio quiere decir que un diff enseña solo contenido: sin versiones ni horas ni identificadores
de widgets, con las barras de progreso en su última línea y con el texto alternativo de cada
figura donde el libro lo busca. Si una celda falla, el destino no se toca.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import nbformat
from dependencies import digest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KEPT_METADATA = {"alt", "width", "height"}


def merge_streams(outputs: list[dict]) -> list[dict]:
    """Junta los trozos de cada flujo entre una figura y otra: en qué orden llegan es cosa del azar.

    De cada barra de progreso deja la última línea, sin tiempos.
    """
    merged: list[dict] = []
    streams: dict[str, dict] = {}
    for output in outputs:
        if output.output_type != "stream":
            streams = {}
        elif stream := streams.get(output.name):
            stream["text"] += output.text
            continue
        else:
            streams[output.name] = output
        merged.append(output)
    for output in merged:
        if output.output_type == "stream":
            text = re.sub(r"[^\n]*\r(?!\n)", "", output.text)
            output["text"] = re.sub(r"(\d+/\d+) \[[^]]*] *", r"\1", text)
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


def save(notebook: nbformat.NotebookNode, target: Path) -> None:
    partial = target.with_suffix(".partial")
    nbformat.write(notebook, partial)
    if target.is_file() and partial.read_bytes() == target.read_bytes():
        partial.unlink()
    else:
        partial.replace(target)


def reuse(notebook: nbformat.NotebookNode, target: Path) -> None:
    """Pone en un cuaderno las salidas que tenía la última vez, con el texto de ahora."""
    old = nbformat.read(target, as_version=4)
    cells, executed = (
        [cell for cell in each.cells if cell.cell_type == "code"] for each in (notebook, old)
    )
    for cell, done in zip(cells, executed, strict=True):
        cell.update(outputs=done.outputs, execution_count=done.execution_count)
        if "mystnb" in done.metadata:
            cell.metadata["mystnb"] = done.metadata["mystnb"]
    notebook.metadata = old.metadata
    save(notebook, target)


def execute(notebook: nbformat.NotebookNode, target: Path) -> None:
    # Una red ya entrenada no se repite, y su barra no saldría: cada capítulo empieza sin las suyas.
    # La que entrena el 4, «modelo», se queda: con ella se dibuja la portada.
    for folder in target.parent.glob("modelo*" if "04" in target.stem else "modelo_*"):
        shutil.rmtree(folder)
    NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(target.parent)}},
    ).execute()
    clean(notebook)
    save(notebook, target)


def main() -> int:
    source, target, *others = map(Path, sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(source, as_version=4)
    key, key_file = digest(notebook, others), target.with_suffix(".huella")
    if target.is_file() and key_file.is_file() and key_file.read_text() == key:
        reuse(notebook, target)
        return 0
    print(f"Ejecutando {source}...", flush=True)
    try:
        execute(notebook, target)
    except CellExecutionError as error:
        print(f"{error}\nError: falló una celda de {source} (arriba se ve cuál).", file=sys.stderr)
        return 1
    key_file.write_text(key)
    return 0


if __name__ == "__main__":
    sys.exit(main())
