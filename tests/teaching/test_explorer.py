import io

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.data.masks import erase, sample_placements
from pix2pix_lib.recipes import BLACK, EraseParams
from pix2pix_lib.teaching.explorer import MaskExplorer
from pix2pix_lib.writing import percent


@pytest.fixture
def explorer(faces, masks):
    return MaskExplorer(faces, masks)


def panels(explorer):
    pixels = np.asarray(Image.open(io.BytesIO(explorer.picture.value)))
    return np.split(pixels, 3, axis=1)


def test_it_draws_what_the_library_erases(explorer, faces, masks):
    explorer.face.value = 4
    explorer.seed.value = 9
    explorer.fill.value = "negro"
    explorer.scale.value = (2, 3)
    params = EraseParams(2, (2, 3), BLACK)
    placements = sample_placements(np.random.default_rng(9), masks, params)
    erased, hole = erase(faces[4], placements, masks, BLACK)
    original, drawn, drawn_hole = panels(explorer)
    assert np.array_equal(original, faces[4])
    assert np.array_equal(drawn, erased)
    assert np.array_equal(drawn_hole[..., 0] == 0, hole)
    assert percent(hole.mean(), 1) in explorer.summary.value


@pytest.mark.parametrize(
    ("control", "value"),
    [("face", 3), ("max_masks", 6), ("scale", (4, 5)), ("fill", "blanco"), ("seed", 42)],
)
def test_every_control_redraws(explorer, control, value):
    before = explorer.picture.value
    getattr(explorer, control).value = value
    assert explorer.picture.value != before


def test_where_there_is_no_kernel_the_page_shows_a_picture(explorer, shown):
    explorer._ipython_display_()
    ((data, metadata),) = shown
    assert data["image/png"] and metadata["image/png"]["alt"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert "Colab" in data["text/plain"]
