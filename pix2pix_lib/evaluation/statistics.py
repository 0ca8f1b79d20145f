"""Cuánto de una media es azar: el intervalo de todas las cifras del libro.

El azar viene de qué caras tocaron en el examen y, si hay varias, de las semillas con las que se
entrenó o de los jueces que miraron.
"""

from __future__ import annotations

import numpy as np

from ..writing import NO_BREAK

LEVEL = 95
"""Cuántos de cada cien intervalos han de contener la media verdadera."""

DRAWS = 50
"""Cuántas veces se echa la suerte de las semillas por cada remuestreo de las caras: sus colas son
largas, y con pocas el extremo del intervalo bailaría de una vez a otra."""


def bootstrap_interval(
    values: np.ndarray, repeats: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Intervalo del 95 % de la media, con el azar de las caras y el de las semillas.

    values: float (caras,) o (semillas, caras), con las mismas caras en cada semilla.

    Las caras se remuestrean (Efron, 1979). Las semillas no: remuestrear filas y columnas (Owen,
    2007, *The pigeonhole bootstrap*) sirve con muchas de ambas, y con tres semillas se queda corto.
    Su varianza se estima con el análisis de dos factores cruzados (Searle, Casella y McCulloch,
    1992, *Variance Components*) y a cada media remuestreada se le suma una t de Student con tantos
    grados de libertad como semillas menos una.
    """
    rng = np.random.default_rng(seed)
    faces = np.mean(np.atleast_2d(values), axis=0)
    means = faces[rng.integers(len(faces), size=(repeats, len(faces)))].mean(1)
    if values.ndim == 2 and len(values) > 1:
        luck = rng.standard_t(len(values) - 1, (repeats, DRAWS))
        means = (means[:, None] + seed_error(values) * luck).ravel()
    return _ends(means)


def _ends(means: np.ndarray) -> tuple[float, float]:
    """Entre qué dos valores caen casi todas las medias remuestreadas, sin contar las `nan`."""
    tail = (100 - LEVEL) / 2
    low, high = np.nanpercentile(means, [tail, 100 - tail])
    return float(low), float(high)


def seed_error(values: np.ndarray) -> float:
    """Error típico que ponen en la media las semillas: 0 si difieren lo que sus caras explican.

    values: float (semillas, caras), dos semillas al menos.
    """
    means = values.mean(1, keepdims=True)
    rest = values - means - values.mean(0) + values.mean()
    explained = (rest**2).sum() / (len(rest) - 1) / (rest.shape[1] - 1) / rest.shape[1]
    return float(np.sqrt(max(means.var(ddof=1) - explained, 0) / len(values)))


def with_interval(values: np.ndarray, pattern: str) -> str:
    """La media y su intervalo, escritos sin que se partan: «23.17 (22.23–24.10)».

    values: como en `bootstrap_interval`. pattern: cómo va cada número. Con signo, «+0.06 (-0.10 a
    +0.21)»: la raya parecería otro menos.
    """
    return _written(values.mean(), bootstrap_interval(values), pattern)


def drawn_means(
    values: np.ndarray, groups: np.ndarray, count: int, repeats: int = 2000, seed: int = 0
) -> np.ndarray:
    """La media de unos valores en cada remuestreo de los grupos de los que salen: float (repeats,).

    groups: int (valores,), de qué grupo es cada uno, de 0 a `count` - 1. Lo que comparte un grupo
    (las marcas de una cara, su luz y su piel) no es azar de cada valor. Con los mismos grupos y la
    misma semilla toca lo mismo, y dos de estas se pueden restar. `nan` si no toca ninguno.
    """
    drawn = np.random.default_rng(seed).integers(count, size=(repeats, count))
    sums, sizes = (np.bincount(groups, each, count)[drawn].sum(1) for each in (values, None))
    return np.divide(sums, sizes, out=np.full(repeats, np.nan), where=sizes > 0)


def with_group_interval(values: np.ndarray, groups: np.ndarray, count: int, pattern: str) -> str:
    """La media y su intervalo, como `with_interval`, remuestreando grupos: véase `drawn_means`."""
    return _written(values.mean(), _ends(drawn_means(values, groups, count)), pattern)


def _written(mean: float, interval: tuple[float, float], pattern: str) -> str:
    middle, low, high = (pattern.format(value) for value in (mean, *interval))
    to = f"{NO_BREAK}a{NO_BREAK}" if "+" in pattern else "–"
    return f"{middle}{NO_BREAK}({low}{to}{high})"


def by_chance(comparisons: int) -> str:
    """Cuántas comparaciones hace una página y en cuántas se ve, por azar, lo que no hay."""
    expected = comparisons * (100 - LEVEL) / 100
    return (
        f"{comparisons} comparaciones en esta página: si en ninguna hubiera diferencia, se "
        f"esperaría que {expected:.1f} intervalos dejaran fuera el cero"
    )
