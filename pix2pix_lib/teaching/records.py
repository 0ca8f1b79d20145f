"""Lo que dieron los experimentos, y las tablas, frases y curvas que salen de ello.

En `records/` hay un JSON y una tira por entrenamiento, hechos por `python -m experiments`. Una
tabla es (cabecera, filas), como las pide `figures.table`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..data.photos import natural_order, split_strip
from ..errors import UserError
from ..evaluation.results import Table
from ..evaluation.statistics import with_interval
from ..files import ASSETS, plain_name
from ..writing import NO_BREAK

RECORDS = ASSETS / "records"


def record_file(experiment: str, variant: str, seed: int) -> Path:
    """Dónde está lo que dio una variante de un experimento con una semilla."""
    return RECORDS / f"{experiment}-{plain_name(variant)}-{seed}.json"


@cache
def load_records(experiment: str) -> dict[str, list[dict]]:
    """Lo que se apuntó de un experimento: {variante: una entrada por semilla}, por orden.

    Lanza UserError si no hay nada.
    """
    records: dict[str, list[dict]] = {}
    for path in sorted(RECORDS.glob(f"{experiment}-*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        records.setdefault(record["variante"], []).append(record)
    if not records:
        raise UserError(
            f"No hay nada apuntado del experimento «{experiment}»: hazlo con «python -m "
            f"experiments {experiment}» o vuelve a instalar la biblioteca."
        )
    return {name: records[name] for name in sorted(records, key=natural_order)}


Runs = Sequence[Mapping[str, Any]]
"""Lo apuntado de una variante, una entrada por semilla."""


def by_face(runs: Runs, part: str = "notas", measure: str = "psnr") -> np.ndarray:
    """Una medida de cada cara del examen: float (semillas, caras)."""
    return np.array([run[part][measure] for run in runs])


def _seeds(runs: Runs) -> str:
    means = [f"{np.mean(run['notas']['psnr']):.2f}" for run in runs]
    return f"{NO_BREAK}·{NO_BREAK}".join(means)


def _error(where: str) -> Callable[[Runs], str]:
    return lambda runs: f"{np.mean([run['errores'][where] for run in runs]):.1f}"


def _cost(what: str, unit: float, pattern: str) -> Callable[[Runs], str]:
    return lambda runs: pattern.format(sum(runs[0][what].values()) / unit)


def _milliseconds(runs: Runs) -> str:
    each = [1000 * run["segundos de CPU"] / run["receta"]["training"]["steps"] for run in runs]
    return f"{np.mean(each):.0f}"


COLUMNS: dict[str, Callable[[Runs], str]] = {
    "PSNR del hueco (dB)": lambda runs: with_interval(by_face(runs), "{:.2f}"),
    "cada semilla": _seeds,
    "gradiente": lambda runs: f"{np.median(by_face(runs, 'notas', 'gradiente').mean(0)):.2f}",
    "L1 dentro": _error("dentro"),
    "L1 fuera": _error("fuera"),
    "acierta el juez (%)": lambda runs: with_interval(
        100 * np.array([run["juez"] for run in runs]), "{:.0f}"
    ),
    "con training=True (dB)": lambda runs: with_interval(by_face(runs, "entrenando"), "{:.2f}"),
    "cambia de una vez a otra": lambda runs: f"{np.mean([run['variedad'] for run in runs]):.1f}",
    "parámetros (miles)": _cost("parametros", 1e3, "{:.0f}"),
    "MAC (millones)": _cost("mac", 1e6, "{:.0f}"),
    "ms de CPU por paso": _milliseconds,
}
"""Lo que se puede enseñar de cada variante. Los errores L1 y los cambios, en niveles de gris."""


def record_table(
    experiment: str,
    columns: Sequence[str] = ("PSNR del hueco (dB)", "cada semilla"),
    over: str | None = None,
) -> Table:
    """Lo que dio cada variante de un experimento: unas cuantas de `COLUMNS`.

    over: con qué variante se comparan las demás, cara a cara, en una columna más; y otra para el
    gradiente, si se enseña.
    """
    rows = [
        [variant, *(COLUMNS[column](runs) for column in columns)]
        for variant, runs in load_records(experiment).items()
    ]
    if over is None:
        return ["", *columns], rows
    gains = {f"gana a {over}": "psnr"}
    if "gradiente" in columns:
        gains[f"gradiente, frente a {over}"] = "gradiente"
    for row in rows:
        for measure in gains.values():
            row.append(
                "" if row[0] == over else record_gain(experiment, row[0], over, measure=measure)
            )
    return ["", *columns, *gains], rows


def record_exams(experiment: str, exams: Mapping[str, str]) -> Table:
    """El PSNR del hueco de cada variante de un experimento en varios exámenes, con su intervalo.

    exams: {cómo se llama en la tabla: cómo está apuntado}.
    """
    rows = [
        [variant, *(with_interval(by_face(runs, part), "{:.2f}") for part in exams.values())]
        for variant, runs in load_records(experiment).items()
    ]
    return ["PSNR del hueco (dB)", *exams], rows


def record_gain(
    experiment: str,
    variant: str,
    over: str,
    part: str = "notas",
    base: str | None = None,
    measure: str = "psnr",
) -> str:
    """Cuánto gana una variante a otra, cara a cara y semilla a semilla, y su intervalo.

    part: qué examen, entre los apuntados; base: el de la otra, si no es el mismo.
    measure: el «psnr», en dB, o el «gradiente».
    """
    one, other = (load_records(experiment)[name] for name in (variant, over))
    gain = by_face(one, part, measure) - by_face(other, base or part, measure)
    return with_interval(gain, "{:+z.2f}") + (" dB" if measure == "psnr" else "")


def record_hours(*experiments: str) -> str:
    """Cuántas horas de CPU cuesta repetir unos experimentos."""
    spent = [
        run["segundos de CPU"]
        for experiment in experiments
        for runs in load_records(experiment).values()
        for run in runs
    ]
    return f"{len(spent)} entrenamientos, {sum(spent) / 3600:.1f} horas de CPU"


def record_curves(experiment: str, where: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """El error L1 «dentro» o «fuera» del hueco a lo largo del entrenamiento, media de las semillas.

    Devuelve (pasos, {variante: float (pasos,), en niveles de gris}).
    """
    steps: list[str] = []
    series = {}
    for variant, runs in load_records(experiment).items():
        steps = list(runs[0]["curva"])
        series[variant] = np.mean(
            [[row[where] for row in run["curva"].values()] for run in runs], axis=0
        )
    return np.array(steps, int), series


def record_lead(experiment: str, variant: str, over: str, last: int) -> float:
    """Cuánto le saca una variante a otra en las caras de elegir, en dB.

    Es la media de los mil pasos que acaban en `last`: uno solo baila.
    """
    steps, curves = record_curves(experiment, "psnr")
    near = (steps > last - 1000) & (steps <= last)
    return float((curves[variant] - curves[over])[near].mean())


def record_spectra(experiment: str) -> dict[str, np.ndarray]:
    """Qué parte de la energía original queda en cada frecuencia: {variante: float (lado // 2,)}."""
    return {
        variant: np.mean(
            [np.divide(run["espectro"]["red"], run["espectro"]["original"]) for run in runs], axis=0
        )
        for variant, runs in load_records(experiment).items()
    }


def record_faces(experiment: str, variant: str, seed: int = 0) -> dict[str, np.ndarray]:
    """Las caras de la tira de un entrenamiento: uint8 (6, lado, lado, 3) por momento.

    Devuelve {«borradas», «restauradas», «originales»}.
    """
    path = record_file(experiment, variant, seed).with_suffix(".jpg")
    side = load_records(experiment)[variant][0]["receta"]["data"]["size"]
    chosen = split_strip(path, side)[[0, -2, -1]]
    return dict(zip(("borradas", "restauradas", "originales"), chosen, strict=True))
