import io

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.data.marks import EXTENT, THRESHOLD, Mark
from pix2pix_lib.restoration.finding import Proposal
from pix2pix_lib.teaching.threshold import EXTRA, RIGHT, ThresholdExplorer


def spot(row: int, column: int) -> np.ndarray:
    where = np.zeros((60, 60), bool)
    where[row : row + 4, column : column + 4] = True
    return where


@pytest.fixture
def explorer():
    """Dos marcas: una se ve con 0.9 y con 0.7, y la otra, con 0.6; lo de sobra, con 0.85."""
    marks = [Mark("lunar", 30.0, spot(10, 10)), Mark("mota", 30.0, spot(30, 30))]
    seen = [(10, 11, 0.9), (11, 12, 0.7), (30, 29, 0.6), (45, 10, 0.85)]
    proposals = [Proposal(np.nonzero(spot(*at)), chance, 0.02) for *at, chance in seen]
    return ThresholdExplorer(np.full((60, 60, 3), 128, np.uint8), marks, proposals)


def colors(explorer) -> set[tuple[int, ...]]:
    pixels = np.asarray(Image.open(io.BytesIO(explorer.picture.value)))
    assert (pixels[:, :60] == 128).all()
    return set(map(tuple, pixels[:, 60:].reshape(-1, 3).tolist())) - {(128, 128, 128)}


@pytest.mark.parametrize(
    ("threshold", "said", "drawn"),
    [
        (EXTENT, "encuentra 2 de 2 marcas; de sobra, 1.", {RIGHT, EXTRA}),
        (0.8, "encuentra 1 de 2 marcas; de sobra, 1.", {RIGHT, EXTRA}),
        (0.88, "encuentra 1 de 2 marcas; de sobra, 0.", {RIGHT}),
        (0.95, "encuentra 0 de 2 marcas; de sobra, 0.", set()),
    ],
)
def test_it_counts_and_draws_what_passes_the_threshold(explorer, threshold, said, drawn):
    assert explorer.threshold.value == THRESHOLD
    explorer.threshold.value = threshold
    assert explorer.summary.value == f"Con {threshold:.2f}: {said}"
    assert colors(explorer) == drawn


def test_where_there_is_no_kernel_the_page_shows_a_picture(explorer, shown):
    explorer._ipython_display_()
    ((data, metadata),) = shown
    assert data["image/png"] and metadata["image/png"]["alt"]
    assert "Colab" in data["text/plain"]
