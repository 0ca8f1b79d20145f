from collections import Counter

import numpy as np
import pytest
import skimage.data

from pix2pix_lib.data import degradations
from pix2pix_lib.data.degradations import degrade, enlarge, jpeg, noise, soften

PHOTO = skimage.data.astronaut()[:200, 150:351]


def detail(photo):
    return float(np.mean(np.diff(photo.astype(float), axis=1) ** 2))


@pytest.mark.parametrize(
    ("spoil", "relation"),
    [
        (lambda photo: soften(photo, 2), lambda ratio: ratio < 0.5),
        (lambda photo: enlarge(photo, 4), lambda ratio: ratio < 0.5),
        (lambda photo: jpeg(photo, 50), lambda ratio: 0.5 < ratio < 1.5),
        (lambda photo: noise(photo, 12, np.random.default_rng(0)), lambda ratio: ratio > 1.1),
    ],
)
def test_each_one_does_what_it_says_and_leaves_the_photo_alone(spoil, relation):
    before = PHOTO.copy()
    spoiled = spoil(PHOTO)
    assert spoiled.shape == PHOTO.shape and spoiled.dtype == np.uint8
    assert np.array_equal(PHOTO, before) and not np.array_equal(spoiled, PHOTO)
    assert relation(detail(spoiled) / detail(PHOTO))
    assert np.abs(spoiled.mean((0, 1)) - PHOTO.mean((0, 1))).max() < 2


def test_half_of_the_photos_stay_as_they_are():
    rng = np.random.default_rng(0)
    same = sum(np.array_equal(degrade(PHOTO, rng), PHOTO) for _ in range(200))
    assert 80 < same < 120


def test_the_other_half_gets_a_blur_a_grain_or_both(monkeypatch):
    done = []
    for name in ("soften", "enlarge", "noise", "jpeg"):
        monkeypatch.setattr(
            degradations, name, lambda photo, name=name, **how: done[-1].append(name) or photo
        )
    rng = np.random.default_rng(0)
    for _ in range(1200):
        done.append([])
        degrade(PHOTO, rng)
    times = Counter(map(tuple, done))
    assert 540 < times.pop(()) < 660
    alone = [("soften",), ("enlarge",), ("noise",), ("jpeg",)]
    both = [(blur, grain) for blur in ("soften", "enlarge") for grain in ("noise", "jpeg")]
    assert times.keys() == {*alone, *both}
    assert min(times[one] for one in alone) > 70 and min(times[two] for two in both) > 30
