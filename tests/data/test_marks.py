import numpy as np
import pytest

from pix2pix_lib.data import marks
from pix2pix_lib.data.features import UPRIGHT
from pix2pix_lib.data.marks import MOLE, PIGMENTS, REDNESS, SCAR, SIZES, paint_mark, skin

SKINS = {"clara": (224, 184, 160), "media": (176, 128, 100), "oscura": (88, 58, 46)}


def painted(kind, tone=SKINS["media"], seed=0, center=(100.0, 90.0), width=300.0):
    photo = np.full((180, 200, 3), tone, np.uint8)
    return photo, *paint_mark(photo, np.random.default_rng(seed), kind, center, width)


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("seed", range(4))
def test_what_is_marked_is_what_changes(kind, seed):
    photo, image, mark = painted(kind, seed=seed)
    changed = np.abs(image.astype(int) - photo).mean(-1)
    assert (image.dtype, image.shape) == (np.uint8, photo.shape)
    assert mark.where.any() and changed[mark.where].min() >= 2
    # Lo que cambia y no se señala es solo el borde, que cambia poco.
    assert changed[~mark.where].max() < max(4, 0.6 * changed.max())
    assert 1 <= mark.change <= marks.STRONGEST


@pytest.mark.parametrize("tone", SKINS.values(), ids=SKINS)
@pytest.mark.parametrize("kind", [MOLE, REDNESS, SCAR])
def test_each_pigment_has_its_color_on_any_skin(kind, tone):
    photo, image, mark = painted(kind, tone)
    ratio = (image[mark.where] / np.array(tone)).mean(0)
    if kind == SCAR:
        assert (ratio > 1).all()
    else:
        # La melanina absorbe sobre todo el azul; la hemoglobina, el verde.
        assert (ratio <= 1).all() and ratio.argmin() == (2 if kind == MOLE else 1)


@pytest.mark.parametrize("kind", PIGMENTS)
def test_a_mark_of_the_skin_is_as_clear_as_was_wanted(kind, monkeypatch):
    monkeypatch.setattr(marks, "FAINTEST", 30)
    monkeypatch.setattr(marks, "STRONGEST", 30)
    changes = [painted(kind, seed=seed)[2].change for seed in range(20)]
    assert 10 < np.median(changes) < 45


@pytest.mark.parametrize("center", [(0, 0), (199.5, 10), (-20, 90), (1000, 1000)])
@pytest.mark.parametrize("kind", SIZES)
def test_on_the_edge_and_out_of_the_photo(kind, center):
    photo, image, mark = painted(kind, center=center)
    assert image.shape == photo.shape and mark.where.shape == photo.shape[:2]
    if center == (1000, 1000):
        np.testing.assert_array_equal(image, photo)
        assert not mark.where.any() and mark.change == 0


def test_the_photo_given_is_not_touched():
    photo = np.full((50, 50, 3), 120, np.uint8)
    image, _ = paint_mark(photo, np.random.default_rng(0), MOLE, (25, 25), 400)
    assert (photo == 120).all() and (image != 120).any()


def test_the_skin_leaves_out_the_eyes_the_nose_and_the_mouth():
    allowed = skin(200)
    for x, y in UPRIGHT[:4]:
        assert not allowed[round(200 * y), round(200 * x)]
    for x, y in [(0.5, 0.2), (0.3, 0.6), (0.7, 0.6), (0.5, 0.9)]:
        assert allowed[round(200 * y), round(200 * x)]
    assert not allowed[[0, 0, -1, -1], [0, -1, 0, -1]].any()
