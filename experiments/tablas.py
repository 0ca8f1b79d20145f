"""Hace las tablas de las páginas de `book/` con lo guardado: `python -m experiments tablas`."""

from functools import partial
from pathlib import Path

from pix2pix_lib.evaluation.found_marks import (
    clean_table,
    found_table,
    real_table,
    summary_table,
)
from pix2pix_lib.evaluation.results import (
    FACES,
    PORTRAITS,
    SMALL,
    WIDE,
    Table,
    agreement_table,
    controls_table,
    exams_table,
    finding_table,
    gains_table,
    hard_faces_table,
    judge_table,
    judged_table,
    kinds_table,
    lightness_table,
    marks_table,
    sizes_table,
    small_faces_table,
    small_table,
    weights_table,
    wide_table,
    widths_table,
)
from pix2pix_lib.teaching.figures import table
from pix2pix_lib.teaching.records import record_table

BOOK = Path(__file__).parents[1] / "book"

TABLES = {
    "ficha_red_trazos": partial(kinds_table, PORTRAITS[0]),
    "ficha_red_tamanos": partial(sizes_table, PORTRAITS[0]),
    "ficha_red_notas": partial(marks_table, PORTRAITS[0]),
    "ficha_juez_metodos": judge_table,
    "ficha_juez_controles": controls_table,
    "ficha_juez_acuerdo": agreement_table,
    "ficha_red_variantes": partial(exams_table, PORTRAITS),
    "ficha_red_caras": partial(exams_table, FACES),
    "ficha_red_pequenas_cc0": partial(small_table, SMALL[0]),
    "ficha_red_pequenas_congreso": partial(small_table, SMALL[1]),
    "ficha_red_pequenas_ventajas": partial(widths_table, SMALL),
    "ficha_red_anchos_cc0": partial(wide_table, WIDE[0]),
    "ficha_red_anchos_congreso": partial(wide_table, WIDE[1]),
    "ficha_red_anchos_caras": partial(wide_table, WIDE[2]),
    "ficha_red_anchos_clases": partial(kinds_table, WIDE[2]),
    "ficha_red_ventajas": partial(gains_table, [*PORTRAITS, *FACES, *SMALL, *WIDE]),
    "ficha_red_discriminador": judged_table,
    "ficha_red_pesos": weights_table,
    "ficha_red_encuentra": finding_table,
    "ficha_red_pequenas": small_faces_table,
    "ficha_red_dificiles": hard_faces_table,
    "ficha_red_claridad": lightness_table,
    "ficha_buscador_encuentra": found_table,
    "ficha_buscador_resumen": summary_table,
    "ficha_buscador_limpias": clean_table,
    "ficha_buscador_de_verdad": real_table,
    "crecer_precision": partial(record_table, "precision", over="float32"),
    "crecer_pasos": partial(
        record_table,
        "pasos",
        ["PSNR del hueco (dB)", "cada semilla", "gradiente"],
        over="1600 pasos",
    ),
}


def save_table(name: str, content: Table) -> None:
    (BOOK / f"{name}.txt").write_text(table(*content).data + "\n")


def main() -> None:
    for name, make in TABLES.items():
        save_table(name, make())
