import dataclasses
import itertools

import numpy as np
import pytest

from pix2pix_lib.data.pairs import (
    GUESS,
    compose,
    fixed_pairs,
    jittered,
    to_float,
    to_uint8,
    training_batch,
    training_batches,
)
from pix2pix_lib.recipes import MAGENTA, Data, EraseParams, Jitter, Recipe, Training, UNet

PARAMS = EraseParams(fill=MAGENTA)


def recipe(batch_size=5, seed=0, copies=0):
    return Recipe(
        Data(size=32, load_size=40, erase=PARAMS, copies=copies),
        UNet(levels=3),
        training=Training(batch_size=batch_size, seed=seed),
    )


def take(count, faces, masks, **options):
    return list(itertools.islice(training_batches(recipe(**options), faces, masks), count))


def test_uint8_survives_the_round_trip():
    every = np.arange(256, dtype=np.uint8)
    assert np.array_equal(to_uint8(to_float(every)), every)
    assert to_float(every)[[0, -1]].tolist() == [-1, 1]
    assert to_uint8(np.array([-3.0, 3.0])).tolist() == [0, 255]


def test_a_pair_is_the_erased_face_its_hole_and_the_original(faces, masks):
    x, y = fixed_pairs(faces, masks, PARAMS)
    assert x.shape == (12, 40, 40, 4) and y.shape == (12, 40, 40, 3)
    assert x.dtype == y.dtype == np.float32
    assert np.array_equal(to_uint8(y), faces)
    hole = x[..., 3] == 1
    assert hole.any(axis=(1, 2)).all() and set(np.unique(x[..., 3])) == {0, 1}
    assert np.array_equal(x[~hole][:, :3], y[~hole])
    assert (to_uint8(x[hole][:, :3]) == MAGENTA).all()


def test_fixed_pairs_do_not_change_between_calls(faces, masks):
    first, second, other = (fixed_pairs(faces, masks, PARAMS, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)


def test_a_batch_depends_only_on_the_seed_and_its_number(faces, masks):
    batches = take(6, faces, masks)
    x, y = training_batch(recipe(), faces, masks, 5)
    assert np.array_equal(batches[5][0], x) and np.array_equal(batches[5][1], y)
    other, _ = training_batch(recipe(seed=1), faces, masks, 5)
    assert not np.array_equal(other, x)


def test_each_epoch_shows_every_face_once_with_new_holes(masks):
    marked = np.repeat(np.arange(12, dtype=np.uint8)[:, None, None, None] * 20, 32, 1)
    marked = np.broadcast_to(marked, (12, 32, 32, 3))
    batches = take(6, marked, masks, batch_size=4)
    order = [int(face.max()) // 20 for _, y in batches for face in to_uint8(y)]
    assert sorted(order[:12]) == sorted(order[12:]) == list(range(12))
    assert order[:12] != order[12:]
    holes = {bytes(x[..., 3]) for x, _ in batches}
    assert len(holes) == 6


def test_a_batch_may_be_larger_than_the_set(masks):
    two = np.zeros((2, 32, 32, 3), np.uint8)
    ((x, _),) = take(1, two, masks)
    assert x.shape == (5, 32, 32, 4)


def test_jitter_crops_and_mirrors(faces):
    ramp = np.tile(np.arange(40, dtype=np.uint8)[None, None, :, None], (200, 40, 1, 3))
    views = jittered(ramp, np.random.default_rng(0), 32, Jitter())
    assert views.shape == (200, 32, 32, 3)
    rising = views[:, 0, 1, 0] > views[:, 0, 0, 0]
    assert 70 < rising.sum() < 130
    assert set(views[rising][:, 0, 0, 0]) == set(range(9))


def test_faces_smaller_than_the_crop_are_a_programming_error(masks):
    with pytest.raises(ValueError):
        take(1, np.zeros((3, 16, 16, 3), np.uint8), masks)


def test_zoom_takes_windows_of_many_sides(faces):
    columns = np.broadcast_to(np.arange(40, dtype=np.uint8) * 6, (200, 40, 40))
    ramp = np.repeat(columns[..., None], 3, -1)
    views = jittered(ramp, np.random.default_rng(0), 20, Jitter(zoom=True)).astype(int)
    reach = np.ptp(views[..., 0], axis=(1, 2))
    assert views.shape == (200, 20, 20, 3)
    assert reach.min() < 6 * 21 and reach.max() > 6 * 37


def test_light_moves_brightness_and_color_but_not_much(faces):
    gray = np.full((300, 8, 8, 3), 100, np.uint8)
    views = jittered(gray, np.random.default_rng(0), 8, Jitter(light=0.2)).reshape(300, -1, 3)
    means = views.mean(1)
    assert 75 < means.min() < 85 and 115 < means.max() < 127
    assert 1 < np.ptp(means, axis=1).max() <= 13


def test_wear_spoils_half_of_the_faces():
    pattern = np.random.default_rng(0).integers(0, 256, (1, 32, 16, 3), np.uint8)
    same_in_a_mirror = np.concatenate([pattern, pattern[:, :, ::-1]], axis=2)
    views = jittered(
        same_in_a_mirror.repeat(200, 0), np.random.default_rng(0), 32, Jitter(wear=True)
    )
    intact = (views == same_in_a_mirror).all(axis=(1, 2, 3))
    assert 80 < intact.sum() < 120


def test_a_few_fixed_pairs_come_back_and_then_repeat(faces, masks):
    def epoch(number, copies):
        batch = training_batch(recipe(len(faces), copies=copies), faces, masks, number)
        return {pair.tobytes() for pair in np.concatenate(batch, axis=-1)}

    first, second, third = (epoch(number, 2) for number in range(3))
    assert not first & second and first == third
    assert not epoch(0, 0) & epoch(2, 0)


def test_noise_fills_the_hole_and_nothing_else(faces, masks):
    flat, _ = fixed_pairs(faces, masks, PARAMS)
    noisy, _ = fixed_pairs(faces[:1], masks, dataclasses.replace(PARAMS, noise=True))
    hole = noisy[0, ..., 3] > 0
    assert np.array_equal(hole, flat[0, ..., 3] > 0)
    assert np.array_equal(noisy[0][~hole], flat[0][~hole])
    assert len(np.unique(noisy[0][hole], axis=0)) > 0.9 * hole.sum()


def test_a_share_of_the_faces_gets_strokes_instead_of_masks():
    everything = {"toda": np.ones((50, 50), bool)}
    params = EraseParams(max_masks=1, scale=(5, 5), strokes=0.25)
    x, _ = fixed_pairs(np.zeros((200, 32, 32, 3), np.uint8), everything, params)
    shares = x[..., 3].mean(axis=(1, 2))
    assert 30 < (shares < 0.8).sum() < 70 and shares.min() > 0


def test_a_share_of_the_holes_has_already_a_rough_color(faces, masks):
    params = dataclasses.replace(PARAMS, guesses=0.25)
    x, y = fixed_pairs(faces.repeat(16, axis=0), masks, params)
    hole, guessed = x[..., 3] > 0, (x[..., 3] == GUESS).any(axis=(1, 2))
    assert 30 < guessed.sum() < 70
    assert set(np.unique(x[guessed][..., 3])) == {0, GUESS}
    assert set(np.unique(x[~guessed][..., 3])) == {0, 1}
    error = np.abs(x[..., :3] - y).mean(-1) * 127.5
    assert 1 < error[guessed][hole[guessed]].mean() < 30
    assert not error[~hole].any()


def test_what_a_network_puts_over_a_rough_color_is_kept_too(faces, masks):
    x, _ = fixed_pairs(faces, masks, dataclasses.replace(PARAMS, guesses=0.5))
    hole = x[..., 3] > 0
    composed = compose(x, np.ones_like(x[..., :3]))
    assert (composed[hole] == 255).all() and np.array_equal(composed[~hole], faces[~hole])
