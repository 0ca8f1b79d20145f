import numpy as np
import pytest

from pix2pix_lib.evaluation.statistics import (
    bootstrap_interval,
    by_chance,
    drawn_means,
    seed_error,
    with_interval,
)

FACES, SEEDS = 53, 3
SPREADS = {
    "la mitad de las comparaciones del libro": (0.08, 0.77, 0.61),
    "una de cada diez": (0.31, 0.77, 0.61),
    "las semillas no cuentan": (0.0, 0.77, 0.61),
    "el adversario solo": (2.0, 2.0, 2.5),
}
"""Lo que varían las semillas, las caras y lo demás, en dB: lo apuntado en `records/`."""


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def draw(rng, seeds: float, faces: float, rest: float) -> np.ndarray:
    shapes = ((seeds, (SEEDS, 1)), (faces, (1, FACES)), (rest, (SEEDS, FACES)))
    return sum(rng.normal(0, spread, shape) for spread, shape in shapes)


@pytest.mark.parametrize("spreads", SPREADS.values(), ids=SPREADS)
def test_the_true_mean_is_inside_as_often_as_promised(spreads):
    rng = np.random.default_rng(0)
    intervals = [bootstrap_interval(draw(rng, *spreads), repeats=400) for _ in range(500)]
    assert 0.9 < np.mean([low < 0 < high for low, high in intervals]) < 0.99


def test_without_the_seeds_the_interval_is_too_short():
    rng = np.random.default_rng(0)
    trials = [draw(rng, *SPREADS["una de cada diez"]) for _ in range(500)]
    intervals = [bootstrap_interval(values.mean(0), repeats=400) for values in trials]
    assert np.mean([low < 0 < high for low, high in intervals]) < 0.8


def test_the_interval_holds_the_mean_and_shrinks_with_more_faces():
    values = np.random.default_rng(0).normal(20, 2, 400)
    few, many = bootstrap_interval(values[:25]), bootstrap_interval(values)
    assert few[0] < values[:25].mean() < few[1]
    assert width(many) == pytest.approx(2 * 1.96 * 2 / 20, rel=0.2)
    assert width(many) < width(few)


def test_a_group_counts_once_however_many_values_it_has():
    values, groups = np.random.default_rng(0).normal(20, 2, 53), np.arange(53)
    once = drawn_means(values, groups, 53)
    assert np.allclose(drawn_means(np.repeat(values, 8), np.repeat(groups, 8), 53), once)
    assert np.percentile(once, [2.5, 97.5]) == pytest.approx(bootstrap_interval(values), abs=0.1)
    assert np.isnan(drawn_means(values[:1], groups[:1], 53)).any()


def test_one_seed_counts_as_none():
    values = np.random.default_rng(0).normal(20, 2, 53)
    assert bootstrap_interval(values[None]) == bootstrap_interval(values)


def test_seeds_that_agree_add_nothing_and_those_that_do_not_widen():
    faces = np.random.default_rng(0).normal(20, 2, 53)
    agreed = np.stack([faces] * 3)
    assert seed_error(agreed) == 0
    assert bootstrap_interval(agreed) == bootstrap_interval(faces)
    apart = faces + np.array([[-1.0], [0.0], [1.0]])
    assert seed_error(apart) == pytest.approx(1 / np.sqrt(3))
    assert width(bootstrap_interval(apart)) > 3 * width(bootstrap_interval(agreed))


def test_the_ends_of_the_interval_hardly_depend_on_the_draw():
    values = draw(np.random.default_rng(0), *SPREADS["una de cada diez"])
    ends = np.array([bootstrap_interval(values, seed=seed) for seed in range(10)])
    assert np.ptp(ends, axis=0).max() < 0.06 * np.ptp(ends.mean(0))


def test_an_interval_is_short_cannot_break_and_its_dash_is_never_a_minus():
    values = np.full(5, 2.0)
    assert with_interval(values, "{:.1f}") == "2.0\u00a0(2.0–2.0)"
    assert with_interval(-values, "{:+.1f}") == "-2.0\u00a0(-2.0\u00a0a\u00a0-2.0)"


def test_of_twenty_comparisons_one_fails_by_chance():
    assert by_chance(20).startswith("20 comparaciones") and "1.0 intervalos" in by_chance(20)
