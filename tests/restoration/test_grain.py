import numpy as np
import pytest

from pix2pix_lib.evaluation.metrics import gradient_energy
from pix2pix_lib.restoration.grain import add_grain


def noisy(side, deviation):
    noise = np.random.default_rng(0).normal(128, deviation, (side, side, 1))
    return np.repeat(np.clip(noise, 0, 255), 3, -1).astype(np.uint8)


def spot(side, size):
    hole = np.zeros((side, side), bool)
    hole[(side - size) // 2 :][:size, (side - size) // 2 :][:, :size] = True
    return hole


def test_a_smooth_photo_gets_no_grain():
    smooth = np.full((120, 120, 3), 90, np.uint8)
    assert np.array_equal(add_grain(smooth, spot(120, 30)), smooth)


def test_the_hole_gets_part_of_the_texture_around_and_nothing_else_changes():
    photo, hole = noisy(200, 10), spot(200, 40)
    restored = np.where(hole[..., None], 128, photo).astype(np.uint8)
    grainy = add_grain(restored, hole)
    assert np.array_equal(grainy[~hole], restored[~hole])
    share = gradient_energy(grainy, hole) / gradient_energy(photo, hole)
    assert 0.4 < share < 0.9
    assert abs(grainy[hole].mean() - 128) < 1


@pytest.mark.parametrize(
    ("deviation", "low", "high"), [(5, 0.6, 0.7), (7, 0.6, 0.7), (9, 0.8, 0.83)]
)
def test_the_hole_gets_only_the_texture_that_it_lacks(deviation, low, high):
    photo, hole = noisy(200, 10), spot(200, 40)
    restored = np.where(hole[..., None], noisy(200, deviation), photo)
    share = gradient_energy(add_grain(restored, hole), hole) / gradient_energy(photo, hole)
    assert low < share < high


def test_what_stands_out_of_the_texture_is_not_copied():
    photo, hole = noisy(200, 3), spot(200, 24)
    photo[::10, :80] = photo[::10, 120:] = 0
    restored = np.where(hole[..., None], 128, photo).astype(np.uint8)
    assert np.abs(add_grain(restored, hole)[hole].astype(int) - 128).max() < 25


def test_without_anything_whole_around_the_hole_stays_as_it_was():
    photo = noisy(60, 10)
    hole = spot(60, 56)
    restored = np.where(hole[..., None], 128, photo).astype(np.uint8)
    assert np.array_equal(add_grain(restored, hole), restored)


def test_a_photo_one_pixel_high_is_left_without_grain():
    photo = np.arange(300, dtype=np.uint8).reshape(1, 100, 3)
    hole = np.zeros((1, 100), bool)
    hole[0, 40:50] = True
    np.testing.assert_array_equal(add_grain(photo, hole), photo)
