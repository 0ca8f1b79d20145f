"""Poner nota: medidas, intervalos, exámenes, los métodos con los que se compara y los jueces."""

from .baselines import CLASSICS
from .exams import faces_exam
from .metrics import hole_errors, psnr, spectrum
from .results import PORTRAITS, kinds_table, marks_table
from .statistics import bootstrap_interval, by_chance, drawn_means, with_interval

__all__ = [
    "CLASSICS",
    "PORTRAITS",
    "bootstrap_interval",
    "by_chance",
    "drawn_means",
    "faces_exam",
    "hole_errors",
    "kinds_table",
    "marks_table",
    "psnr",
    "spectrum",
    "with_interval",
]
