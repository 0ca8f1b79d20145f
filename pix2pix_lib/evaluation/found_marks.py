"""Lo que encontró la red que busca imperfecciones, y las tablas que salen de ello.

Lo apunta `experiments/marcas.py` en `exam_results/marcas_examen.json`, y lo de los retratos con los
que se eligió el umbral, en `marcas_elegir.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..data.marks import AROUND, OVAL, POINTS
from ..writing import percent
from .results import FOLDER, Table
from .statistics import with_group_interval

MARKS_FILES = {side: FOLDER / f"marcas_{side}.json" for side in ("elegir", "examen")}
FINDER = "la red"
PAINTED, SCANS = "retratos", "copias"
CLEAR = 20
"""Una marca es clara si cambia la piel más que estos niveles."""

ZONES = ("junto a un ojo", "junto a un ojo", "junto a la nariz", "junto a la boca")
"""Qué es cada uno de los `POINTS`."""

CLOSE, EDGE, FOREHEAD = 1.4, 0.85, 0.3
"""En radios de un rasgo, lo que está junto a él; en los del óvalo, desde dónde es el borde de la
cara, con su pelo, sus orejas y su barba; y hasta qué altura es la frente."""


@dataclass(frozen=True)
class FoundMarks:
    """Lo que dio un examen de marcas pintadas.

    photo, kind, change, size, light: float o str (marcas,): en qué foto está cada una, su clase,
    los niveles que cambia la piel, su diámetro en anchos de la cara y lo clara que es esa piel (la
    L de LAB). chance: {quién busca: (marcas,)}, lo seguro que está de cada una; 0 si no la ve.
    extra: {quién busca: (n,)}, lo seguro que está de cada cosa que no es una marca. damage, left:
    (marcas,), lo que cambió la foto al pintarla y lo que queda al restaurar, en niveles, sumados.
    elsewhere: (fotos,), lo que cambia al restaurar lo que no es marca, en niveles, de media.
    """

    photo: np.ndarray
    kind: np.ndarray
    change: np.ndarray
    size: np.ndarray
    light: np.ndarray
    chance: dict[str, np.ndarray]
    extra: dict[str, np.ndarray]
    damage: np.ndarray
    left: np.ndarray
    elsewhere: np.ndarray

    @property
    def photos(self) -> int:
        return len(self.elsewhere)

    @property
    def clear(self) -> np.ndarray:
        """Las que cambian la piel más de 20 niveles: bool (marcas,)."""
        return self.change > CLEAR

    def found(self, threshold: float, which: np.ndarray | None = None) -> str:
        """Qué parte de unas marcas (las claras, si no se dice) pasa de un umbral, y su intervalo.

        which: bool (marcas,). Se remuestrean las fotos.
        """
        which = self.clear if which is None else which
        seen = (self.chance[FINDER][which] > threshold).astype(float)
        return with_group_interval(seen, self.photo[which], self.photos, "{:.2f}")

    def more(self, threshold: float) -> float:
        """Cuántas cosas de más propone por foto con un umbral."""
        return float((self.extra[FINDER] > threshold).sum() / self.photos)


@cache
def _record(side: str) -> dict[str, Any]:
    return json.loads(MARKS_FILES[side].read_text(encoding="utf-8"))


def chosen_threshold() -> float:
    """El umbral con el que se hizo el examen, elegido con los retratos de elegir."""
    return _record("examen")["umbral"]


def load_marks(part: str = PAINTED, side: str = "examen") -> FoundMarks:
    """Un examen de marcas pintadas.

    part: en los «retratos» o en las «copias». side: en los de «examen» o en los de «elegir».
    """
    record = _record(side)[part]
    photo, kind, change, size = (np.array(each) for each in record["marcas"].values())
    light = np.array(record["luz"])[photo]
    chance = {name: np.array(each) for name, each in record["seguridad"].items()}
    extra = {name: np.array(each) for name, each in record["de más"].items()}
    repair = (np.array(each) for each in record["arreglo"].values())
    return FoundMarks(photo, kind, change, size, light, chance, extra, *repair)


def found_table(part: str = PAINTED) -> Table:
    """Qué parte de las marcas pintadas se encuentra, por su clase, su tamaño y la piel."""
    exam, threshold = load_marks(part), chosen_threshold()
    small, dark = np.median(exam.size), np.quantile(exam.light, [1 / 3, 2 / 3])
    groups = {"todas": np.ones(len(exam.kind), bool)}
    groups |= {kind: exam.kind == kind for kind in np.unique(exam.kind)}
    groups |= {"la mitad pequeña": exam.size < small, "la mitad grande": exam.size >= small}
    if part == PAINTED:
        tones = np.searchsorted(dark, exam.light)
        names = ("el tercio de pieles oscuras", "el de medianas", "el de claras")
        groups |= {name: tones == index for index, name in enumerate(names)}
    rows = []
    for name, which in groups.items():
        cells = []
        for level in (which & exam.clear, which & ~exam.clear):
            cells += [str(level.sum()), exam.found(threshold, level) if level.any() else "–"]
        rows.append([name, *cells])
    return ["", "claras", "encontradas", "tenues", "encontradas"], rows


def threshold_for(more: float, part: str = PAINTED) -> float:
    """El menor umbral con el que en las fotos de elegir no sobran más de tantas por foto."""
    asked = load_marks(part, "elegir")
    surest = np.sort(asked.extra[FINDER])[::-1]
    allowed = int(more * asked.photos)
    return float(surest[allowed]) if allowed < len(surest) else 0.0


def summary_table() -> Table:
    """De los retratos y las copias: lo encontrado, lo que sobra y lo que queda al restaurar."""
    columns = []
    for part in (PAINTED, SCANS):
        exam = load_marks(part)
        seen = exam.clear & (exam.chance[FINDER] > chosen_threshold())
        repaired = 1 - exam.left[seen] / exam.damage[seen]
        thresholds = [chosen_threshold(), *(threshold_for(more, part) for more in (1, 2))]
        columns.append(
            [
                str(exam.photos),
                *(f"{exam.found(each)}, {exam.more(each):.1f}" for each in thresholds),
                percent(float(np.median(repaired))),
                f"{exam.elsewhere.mean():.3f}",
            ]
        )
    titles = [
        "fotos",
        "claras encontradas, y de más por foto",
        "con el umbral que dejaba 1 de más en las de elegir",
        "con el que dejaba 2",
        "arreglado",
        "fuera (niveles)",
    ]
    return ["", PAINTED, SCANS], [list(row) for row in zip(titles, *columns, strict=True)]


def _zone(place: np.ndarray) -> str:
    for name, (x, y), (lower, radii) in zip(ZONES, POINTS, AROUND, strict=True):
        if np.hypot(*((place - (x, y + lower)) / radii)) < CLOSE:
            return name
    if np.hypot(*((place - OVAL[0]) / OVAL[1])) > EDGE:
        return "el borde de la cara"
    return "la frente" if place[1] < FOREHEAD else "las mejillas y el mentón"


UNPAINTED = ("retratos CC0 sin pintar", "las caras del libro")


def proposed(part: str) -> tuple[np.ndarray, list[str]]:
    """Qué propone la red en unas caras de `UNPAINTED`: cuántas cosas en cada una, y dónde."""
    record = _record("examen")[part]
    extra = np.array([row for row in record["de más"] if row[1] > chosen_threshold()])
    each = np.bincount(extra[:, 0].astype(int), minlength=record["caras"])
    return each, [_zone(row[3:]) for row in extra]


def clean_table() -> Table:
    """Cuántas propuestas hace la red, por cara y por zonas, donde nadie ha pintado nada."""
    zones = [*dict.fromkeys(ZONES), "la frente", "las mejillas y el mentón", "el borde de la cara"]
    columns = []
    for part in UNPAINTED:
        each, where = proposed(part)
        shares = [where.count(zone) / len(each) for zone in zones]
        columns.append(
            [
                str(len(each)),
                percent(float((each == 0).mean())),
                *(f"{share:.2f}" for share in (each.mean(), *shares)),
            ]
        )
    titles = ["caras", "sin ninguna propuesta", "propuestas por cara", *zones]
    return ["", *UNPAINTED], [list(row) for row in zip(titles, *columns, strict=True)]


def real_table() -> Table:
    """De las marcas de verdad, señaladas dos veces: cuántas ve la red, y su intervalo, por caras.

    También, cuántas se repiten y cuántas están en las dos caras que más tienen.
    """
    record = _record("examen")["de verdad"]
    extra = np.array(record["de más"])[:, 1]
    thresholds = (0.5, 0.7, chosen_threshold())
    rows = []
    for name, marks in record["señaladas"].items():
        for level in (True, False):
            chosen = [row for row in marks if row[2] == level]
            faces, chances = (np.array([row[index] for row in chosen]) for index in (0, 4))
            rows.append(
                [
                    f"{name}, {'seguras' if level else 'dudosas y pecas'}",
                    str(len(chosen)),
                    percent(float(np.sort(np.bincount(faces))[-2:].sum() / len(faces))),
                    percent(float(np.mean([row[3] for row in chosen]))),
                    *(
                        with_group_interval(
                            100.0 * (chances > each), faces, record["caras"], "{:.0f}"
                        )
                        for each in thresholds
                    ),
                ]
            )
    per_face = (f"{(extra > threshold).sum() / record['caras']:.1f}" for threshold in thresholds)
    rows.append(["de más, por cara", "", "", "", *per_face])
    ours = [f"las ve la red, con {threshold:g} (%)" for threshold in thresholds]
    return ["señaladas", "marcas", "en dos caras", "la otra vez también", *ours], rows
