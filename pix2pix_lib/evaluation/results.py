"""Los resultados guardados de los exámenes, y las tablas que salen de ellos.

Hay un archivo por examen en `exam_results/`, hecho por `experiments/examen.py`: dice de cada trazo
en qué foto está, su clase y sus píxeles, y de cada método, sus notas. `juez.json` lo hace
`experiments/juez.py`; `discriminador.json`, `experiments/discriminador.py`; `pesos.json`,
`experiments/exportar.py`; `caras.json`, `experiments/encontrar.py`, y `marcas_*.json` se cuenta en
`found_marks`. Una tabla es (cabecera, filas), como las pide `figures.table`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..files import ASSETS, plain_name
from ..writing import NO_BREAK
from .baselines import RIVALS
from .exams import SMALL_FACES, VARIANTS
from .statistics import with_interval

FOLDER = ASSETS / "exam_results"
JUDGE_FILE = FOLDER / "juez.json"
JUDGED_FILE, WEIGHTS_FILE = FOLDER / "discriminador.json", FOLDER / "pesos.json"
FINDING_FILE = FOLDER / "caras.json"
NETWORK = "nuestra red"
NO_GRAIN = f"{NETWORK}, sin grano"
BRUSH = "pincel corrector"
SCAR = 3.0
"""Un trazo sale mal si queda más de estos dB por debajo de Telea."""

PORTRAITS = tuple(f"retratos, {variant}" for variant in VARIANTS)
FACES = tuple(f"caras, escala {scale}" for scale in ("1 a 2", "1 a 5", "3 a 5"))
SMALL = ("fotos pequeñas, retratos CC0", "fotos pequeñas, congreso")
WIDE = ("huecos anchos, retratos CC0", "huecos anchos, congreso", "huecos anchos, caras del libro")
UNTOUCHED, ORIGINAL = "sin restaurar", "la original, en JPEG"
"""Los dos extremos de los huecos anchos, para saber qué ve cada medida."""

SIZES = {"menos de 500 px": (0, 500), "500 a 5000": (500, 5000), "más de 5000": (5000, np.inf)}
"""Los trazos, por los píxeles que tapan."""

Table = tuple[list[str], list[list[str]]]


@dataclass(frozen=True)
class Result:
    """Lo que se guardó de un examen.

    photos, kinds, sizes: la foto, la clase y los píxeles de cada trazo.
    scores: {método: {medida: float (trazos,)}}; las medidas, en `evaluation.score_hole`.
    """

    photos: np.ndarray
    kinds: np.ndarray
    sizes: np.ndarray
    scores: dict[str, dict[str, np.ndarray]]

    def by_photo(self, values: np.ndarray) -> np.ndarray:
        """La media de los trazos de cada foto: dos trazos de una foto se parecen."""
        return np.array([values[self.photos == photo].mean() for photo in np.unique(self.photos)])

    def only(self, strokes: np.ndarray) -> Result:
        """El mismo examen con parte de sus trazos. strokes: bool (trazos,)."""
        scores = {
            method: {measure: values[strokes] for measure, values in marks.items()}
            for method, marks in self.scores.items()
        }
        return Result(self.photos[strokes], self.kinds[strokes], self.sizes[strokes], scores)

    def scars(self, method: str) -> float:
        """Qué parte de los trazos queda más de `SCAR` por debajo de Telea."""
        psnr = {name: self.scores[name]["psnr"] for name in (method, "Telea")}
        return float(np.mean(psnr[method] < psnr["Telea"] - SCAR))

    def best_classic(self) -> str:
        """El clásico de mejor PSNR medio."""
        return max(RIVALS, key=lambda name: self.scores[name]["psnr"].mean())


def result_file(name: str) -> Path:
    """Dónde está el resultado de un examen."""
    return FOLDER / f"{plain_name(name)}.json"


@cache
def load_result(name: str) -> Result:
    """Lee el resultado de un examen por su nombre. Lanza UserError si no está."""
    path = result_file(name)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        photos, kinds, sizes = (
            np.array(record["trazos"][key]) for key in ("foto", "clase", "pixeles")
        )
        scores = {
            method: {measure: np.array(values) for measure, values in row["notas"].items()}
            for method, row in record["metodos"].items()
        }
        return Result(photos, kinds, sizes, scores)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"Falta el resultado «{path}» o está estropeado: hazlo con «python -m "
            "experiments examen» o vuelve a instalar la biblioteca."
        ) from error


@dataclass(frozen=True)
class Verdicts:
    """Lo que dijeron los jueces de cada trazo de un examen.

    photos, kinds: la foto y la clase de cada trazo.
    rights: {método: float (jueces, trazos)}; 1 si acierta, 0 si no y 0.5 si le da igual.
    """

    photos: np.ndarray
    kinds: np.ndarray
    rights: dict[str, np.ndarray]

    def by_photo(self, method: str) -> np.ndarray:
        """Los aciertos medios de cada juez en cada foto: float (jueces, fotos)."""
        each = self.photos == np.unique(self.photos)[:, None]
        return self.rights[method] @ each.T / each.sum(1)

    def agreement(self) -> tuple[float, float]:
        """En qué parte de los trazos contestan lo mismo dos jueces, y en cuál por azar.

        Por azar es si cada uno acertara lo que acierta, pero en trazos que nada tienen que ver.
        """
        pairs = [*combinations(np.concatenate([*self.rights.values()], axis=1), 2)]
        same = [np.mean(one == other) for one, other in pairs]
        chance = [
            sum(np.mean(one == answer) * np.mean(other == answer) for answer in (0, 0.5, 1))
            for one, other in pairs
        ]
        return float(np.mean(same)), float(np.mean(chance))


JUDGED = ("trazos", "huecos anchos")
CONTROLS = "controles"
"""Lo que miran los jueces: dos exámenes y lo que no es una restauración."""


@cache
def _judge_record() -> dict:
    return json.loads(JUDGE_FILE.read_text(encoding="utf-8"))


@cache
def load_verdicts(name: str) -> Verdicts:
    """Lo que dijeron los jueces en un examen de `JUDGED`, o de los controles."""
    record = _judge_record()[name]
    rights = {
        method: np.array([["0=1".index(letter) / 2 for letter in one] for one in answers])
        for method, answers in record["aciertos"].items()
    }
    return Verdicts(np.array(record["foto"]), np.array(record["clase"]), rights)


def judge_scores(name: str = JUDGED[0]) -> dict[str, np.ndarray]:
    """Aciertos de los jueces, de 0 a 1: {método: float (jueces, fotos)}."""
    verdicts = load_verdicts(name)
    return {method: verdicts.by_photo(method) for method in verdicts.rights}


def _psnr_by(result: Result, groups: Mapping[str, np.ndarray]) -> Table:
    rows = [
        [name, *(f"{scores['psnr'][group].mean():.2f}" for group in groups.values())]
        for name, scores in result.scores.items()
    ]
    return ["PSNR del trazo (dB)", *groups], rows


def _kinds(result: Result) -> list[str]:
    """Las clases de trazo, según aparecen; los anchos de la cara, de menor a mayor."""
    widths = list(SMALL_FACES)
    return sorted(
        dict.fromkeys(result.kinds), key=lambda kind: kind in widths and widths.index(kind)
    )


def kinds_table(name: str) -> Table:
    """El PSNR medio de cada método por clase de trazo, y el de todos, con su intervalo."""
    result = load_result(name)
    kinds = {kind: result.kinds == kind for kind in _kinds(result)}
    header, rows = _psnr_by(result, kinds)
    totals = [
        with_interval(result.by_photo(scores["psnr"]), "{:.2f}")
        for scores in result.scores.values()
    ]
    return [*header, "todos"], [[*row, total] for row, total in zip(rows, totals, strict=True)]


def sizes_table(name: str) -> Table:
    """El PSNR medio de cada método según los píxeles que tapa el trazo."""
    result = load_result(name)
    return _psnr_by(
        result,
        {
            size: (low <= result.sizes) & (result.sizes < high)
            for size, (low, high) in SIZES.items()
        },
    )


def marks_table(name: str) -> Table:
    """Las notas que el PSNR no ve: SSIM, gradiente, costura, la peor décima, cicatrices y juez."""
    result = load_result(name)
    worst = len(result.photos) // 10
    rows = [
        [
            method,
            f"{scores['ssim'].mean():.3f}",
            f"{np.median(scores['gradiente']):.2f}",
            f"{np.median(np.abs(np.log(np.maximum(scores['gradiente'], 1e-3)))):.2f}",
            f"{np.median(scores['costura']):.2f}",
            f"{np.sort(scores['psnr'])[:worst].mean():.1f}",
            f"{100 * result.scars(method):.1f}",
            with_interval(100 * judge_scores()[method], "{:.0f}"),
        ]
        for method, scores in result.scores.items()
    ]
    header = ["", "SSIM", "gradiente", "error del gradiente", "costura", "peor décima (dB)"]
    return [*header, "cicatrices (%)", "acierta el juez (%)"], rows


def exams_table(names: Sequence[str]) -> Table:
    """El PSNR medio y la mediana del gradiente de cada método en varios exámenes."""
    results = [load_result(name) for name in names]
    rows = [
        [
            method,
            *(
                f"{result.scores[method]['psnr'].mean():.2f}{NO_BREAK}·{NO_BREAK}"
                f"{np.median(result.scores[method]['gradiente']):.2f}"
                for result in results
            ),
        ]
        for method in results[0].scores
    ]
    return ["PSNR (dB) · gradiente", *(name.split(", ")[1] for name in names)], rows


def small_table(name: str) -> Table:
    """El PSNR medio de cada método por ancho de la cara, el de todas las fotos y las cicatrices."""
    result = load_result(name)
    header, rows = kinds_table(name)
    scars = [f"{100 * result.scars(method):.1f}" for method in result.scores]
    return [*header, "cicatrices (%)"], [
        [*row, scar] for row, scar in zip(rows, scars, strict=True)
    ]


def widths_table(names: Sequence[str]) -> Table:
    """Lo que gana la red al mejor clásico por ancho de la cara y en todos, con y sin grano."""
    rows = []
    for name in names:
        result = load_result(name)
        kinds, best = _kinds(result), result.best_classic()
        parts = [result.only(result.kinds == kind) for kind in kinds] + [result]
        for method in (NETWORK, NO_GRAIN):
            gains = (_gain(part, best, method) for part in parts)
            label = f"{name.split(', ')[1]}: {method}"
            rows.append([label, *(with_interval(gain, "{:+.2f}") for gain in gains)])
    return ["gana al mejor clásico (dB)", *kinds, "todos"], rows


def _gain(result: Result, over: str, method: str = NETWORK) -> np.ndarray:
    """Lo que gana un método a otro en cada foto, en dB: float (fotos,)."""
    return result.by_photo(result.scores[method]["psnr"] - result.scores[over]["psnr"])


COLOR_GOAL = 6
"""Los niveles que, como mucho, se puede apartar el color medio de un hueco ancho."""


def wide_table(name: str) -> Table:
    """De los huecos anchos, lo que se les pide: PSNR, detalle, borde, color, y que siga la cara."""
    rows = [
        [
            method,
            with_interval(scores["psnr"], "{:.1f}"),
            f"{scores['ssim'].mean():.2f}",
            f"{np.median(scores['gradiente']):.2f}",
            f"{np.median(scores['costura']):.2f}",
            f"{100 * np.mean(scores['color'] <= COLOR_GOAL):.0f}",
            with_interval(scores["puntos"], "{:.3f}"),
            f"{scores['punto peor'].mean():.3f}",
            f"{scores['cara'].mean():.3f}",
            f"{100 * np.mean(scores['cara'] == 0):.0f}",
        ]
        for method, scores in load_result(name).scores.items()
    ]
    header = ["", "PSNR (dB)", "SSIM", "gradiente", "costura", f"color a {COLOR_GOAL} niveles (%)"]
    return [*header, "puntos", "punto peor", "cara", "cara perdida (%)"], rows


def gains_table(names: Sequence[str]) -> Table:
    """Cuánto gana la red al mejor clásico de cada examen, trazo a trazo, con y sin grano."""
    rows = []
    for name in names:
        result = load_result(name)
        best = result.best_classic()
        gains = (_gain(result, best, method) for method in (NETWORK, NO_GRAIN))
        rows.append([name, best, *(with_interval(gain, "{:+.2f}") for gain in gains)])
    return ["examen", "mejor clásico", "con grano (dB)", "sin grano (dB)"], rows


def weights_table() -> Table:
    """Lo que ocupa cada red según en qué se guardan sus pesos, y lo que pierde al aligerarlos."""
    record = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    rows = []
    for name, network in record["redes"].items():
        for exam, marks in network["psnr"].items():
            values = {precision: np.array(psnr) for precision, psnr in marks.items()}
            first = next(iter(values))
            for precision, psnr in values.items():
                size = f"{network['bytes'][precision] / 1e6:.2f}"
                loss = "" if precision == first else with_interval(values[first] - psnr, "{:+z.3f}")
                rows.append([f"{name}, {exam}", precision, size, f"{psnr.mean():.2f}", loss])
    return ["red y examen", "pesos", "MB", "PSNR del hueco (dB)", "pierde (dB)"], rows


def judge_table() -> Table:
    """Lo que aciertan los jueces con cada método, lo que acertaba el de antes, y red y pincel."""
    before = _judge_record()["antes"]
    rows = [
        [
            method,
            with_interval(100 * np.array(before[method]), "{:.0f}"),
            *(with_interval(100 * judge_scores(name)[method], "{:.0f}") for name in JUDGED),
        ]
        for method in judge_scores()
    ]
    scores = [judge_scores(name) for name in JUDGED]
    gaps = [with_interval(100 * (each[NETWORK] - each[BRUSH]), "{:+.1f}") for each in scores]
    rows.append([f"{NETWORK}, menos el {BRUSH}", "", *gaps])
    return [
        "acierta (%)",
        "el de antes, trazos",
        *(f"los de ahora, {name}" for name in JUDGED),
    ], rows


def controls_table() -> Table:
    """Lo que aciertan los jueces con lo que no es una restauración."""
    rows = [
        [name, with_interval(100 * rights, "{:.0f}")]
        for name, rights in judge_scores(CONTROLS).items()
    ]
    return ["en el hueco", "aciertan los jueces (%)"], rows


def agreement_table() -> Table:
    """En qué parte de los trazos de cada examen contestan lo mismo dos jueces, también por azar."""
    rows = [
        [name, *(f"{100 * share:.0f}" for share in load_verdicts(name).agreement())]
        for name in (*JUDGED, CONTROLS)
    ]
    return ["examen", "dos jueces contestan lo mismo (%)", "por azar sería (%)"], rows


def judged_table() -> Table:
    """Qué parte de los parches con hueco le parecen auténticos al discriminador del laboratorio."""
    shares = json.loads(JUDGED_FILE.read_text(encoding="utf-8"))["parece auténtico"]
    return (
        ["rasgos", "le parecen auténticos (%)"],
        [[which, f"{100 * share:.1f}"] for which, share in shares.items()],
    )


def _finding(part: str) -> Any:
    return json.loads(FINDING_FILE.read_text(encoding="utf-8"))[part]


def finding_table() -> Table:
    """Cuántas caras encuentra el detector en cada conjunto, y cuántas la cascada de antes."""
    rows = []
    for name, (ours, cascade) in ((k, v.values()) for k, v in _finding("conjuntos").items()):
        found = (str(each["encontradas"]) for each in (ours, cascade))
        more = (str(each["repetidas"] + each["otras"]) for each in (ours, cascade))
        rows.append([name, str(ours["caras"]), *found, *more])
    return ["", "caras", "encuentra", "la cascada", "ve de más", "la cascada, de más"], rows


def small_faces_table() -> Table:
    """De las caras pequeñas de las fotos de grupo, por su ancho, cuántas se encuentran."""
    rows = []
    for name, (ours, cascade) in ((k, v.values()) for k, v in _finding("anchos").items()):
        shares = (
            f"{seen} y {before} de {total}"
            for (seen, total), (before, _) in zip(ours.values(), cascade.values(), strict=True)
        )
        rows.append([name, *shares])
    return ["encuentra, y la cascada", *ours], rows


def hard_faces_table() -> Table:
    """De los retratos del examen, cuántas caras se encuentran si se ponen difíciles."""
    rows = [
        [name, f"{each['encontradas']} de {each['caras']}", str(each["repetidas"] + each["otras"])]
        for name, each in _finding("difíciles").items()
    ]
    return ["la cara", "encuentra", "ve de más"], rows


def lightness_table() -> Table:
    """Los retratos oficiales, en cuartos según lo clara que sale su piel en la foto."""
    rows = []
    for quarter in _finding("claridad"):
        low, high = quarter["L*"]
        found = (f"{each} de {quarter['caras']}" for each in quarter["encontradas"].values())
        rows.append([f"{low} a {high}", *found, f"{quarter['seguridad']:.2f}"])
    return ["claridad (L*)", "encuentra", "la cascada", "seguridad media"], rows
