import numpy as np
import pytest

from pix2pix_lib.data.marks import THRESHOLD, Mark
from pix2pix_lib.restoration.finding import Proposal
from pix2pix_lib.teaching.threshold import EXTRA, FOUND, MISSED, THRESHOLDS, moving_threshold


def spot(row: int, column: int) -> np.ndarray:
    where = np.zeros((60, 60), bool)
    where[row : row + 4, column : column + 4] = True
    return where


@pytest.fixture(scope="module")
def moving():
    """Dos marcas: una se ve con 0.9 y con 0.7, y la otra, con 0.6; lo de sobra, con 0.84."""
    marks = [Mark("lunar", 30.0, spot(10, 10)), Mark("mota", 30.0, spot(30, 30))]
    seen = [(10, 11, 0.9), (11, 12, 0.7), (30, 29, 0.6), (45, 10, 0.84)]
    proposals = [Proposal(np.nonzero(spot(*at)), chance, 0.02) for *at, chance in seen]
    return moving_threshold(np.full((60, 60, 3), 128, np.uint8), marks, proposals, "alt")


@pytest.mark.parametrize(
    ("threshold", "said", "drawn"),
    [
        (0.51, "2 de 2 marcas; de sobra, 1. Precisión, 0.67; exhaustividad, 1.00", {FOUND, EXTRA}),
        (0.83, "1 de 2 marcas; de sobra, 1. Precisión, 0.50; exhaustividad, 0.50", None),
        (0.89, "1 de 2 marcas; de sobra, 0. Precisión, 1.00; exhaustividad, 0.50", {FOUND, MISSED}),
        (0.95, "0 de 2 marcas; de sobra, 0. Precisión, 0.00; exhaustividad, 0.00", {MISSED}),
    ],
)
def test_it_counts_and_draws_what_passes_the_threshold_and_what_escapes(
    moving, threshold, said, drawn
):
    (index,) = np.flatnonzero(threshold == THRESHOLDS)
    assert moving.told[index] == f"Umbral {threshold:.2f}: encuentra {said}."
    face = moving.pictures[index][:, 20:220]
    colors = {color for color in (FOUND, EXTRA, MISSED) if (face[80:230] == color).all(-1).any()}
    assert colors == (drawn or {FOUND, EXTRA, MISSED})


def test_it_starts_with_the_threshold_of_the_library(moving):
    assert THRESHOLDS[moving.start] == THRESHOLD
