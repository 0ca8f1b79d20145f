"""Hace las tablas de `book/ficha_red.md` con lo guardado: `python experiments/tablas.py`."""

from functools import partial
from pathlib import Path

from pix2pix_lib.figures import table
from pix2pix_lib.results import (
    FACES,
    PORTRAITS,
    Table,
    exams_table,
    gains_table,
    kinds_table,
    marks_table,
    sizes_table,
)

BOOK = Path(__file__).parents[1] / "book"

TABLES = {
    "trazos": partial(kinds_table, PORTRAITS[0]),
    "tamanos": partial(sizes_table, PORTRAITS[0]),
    "notas": partial(marks_table, PORTRAITS[0]),
    "variantes": partial(exams_table, PORTRAITS),
    "caras": partial(exams_table, FACES),
    "ventajas": partial(gains_table, [*PORTRAITS, *FACES]),
}


def save_table(name: str, content: Table) -> None:
    (BOOK / f"ficha_red_{name}.txt").write_text(table(*content).data + "\n")


def main() -> None:
    for name, make in TABLES.items():
        save_table(name, make())


if __name__ == "__main__":
    main()
