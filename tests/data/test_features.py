"""Los huecos de cada rasgo caen donde dicen, y una cara derecha tiene los ojos en su sitio."""

import cv2
import numpy as np
import pytest

from pix2pix_lib.data.features import (
    EYE,
    EYES,
    HALF,
    MOUTH,
    NOSE,
    RADII,
    UPRIGHT,
    cut_upright,
    draw_feature,
    upright,
)
from pix2pix_lib.data.pairs import fixed_pairs, jittered, make_pairs, training_batch
from pix2pix_lib.recipes import MAGENTA, Data, EraseParams, Jitter, Recipe, Training, UNet

POINTS = np.array([[80, 100], [140, 100], [110, 135], [110, 165], [52, 110], [168, 110]], float)
SIDE = 220


def covered(hole: np.ndarray) -> list[bool]:
    return [bool(hole[int(y), int(x)]) for x, y in POINTS[:4]]


def turned(degrees: float) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D((110, 110), degrees, 1)
    return POINTS @ matrix[:, :2].T + matrix[:, 2]


def hole_of(kind: str, seed: int) -> np.ndarray:
    return draw_feature((SIDE, SIDE), POINTS, kind, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(8))
def test_each_hole_covers_its_own_and_nothing_else(seed):
    draw = {
        kind: draw_feature((SIDE, SIDE), POINTS, kind, np.random.default_rng(seed))
        for kind in RADII
    }
    assert sorted(covered(draw[EYE])) == [False, False, False, True] and not draw[EYE][165, 110]
    assert covered(draw[EYES]) == [True, True, False, False]
    assert covered(draw[NOSE]) == [False, False, True, False]
    assert covered(draw[MOUTH]) == [False, False, False, True]
    right, left, *_ = covered(draw[HALF])
    assert right != left
    assert draw[HALF].sum() > draw[EYES].sum() > draw[EYE].sum()


def test_a_hole_follows_the_face_that_leans_and_its_size():
    def area(points, side=SIDE):
        return draw_feature((side, side), points, EYES, np.random.default_rng(0))

    upright, leaning = area(POINTS), area(turned(30))
    matrix = cv2.getRotationMatrix2D((110, 110), 30, 1)
    expected = cv2.warpAffine(upright.astype(np.uint8), matrix, (SIDE, SIDE)) > 0
    assert (leaning & expected).sum() > 0.95 * (leaning | expected).sum()
    assert area(2 * POINTS, 2 * SIDE).sum() == pytest.approx(4 * upright.sum(), rel=0.03)


def test_no_two_holes_of_a_kind_are_alike():
    assert len({hole_of(MOUTH, seed).sum() for seed in range(6)}) == 6


def onto(points, matrix):
    return points @ matrix[:, :2].T + matrix[:, 2]


@pytest.mark.parametrize("degrees", [0, 25, -90, 180])
@pytest.mark.parametrize("span", [1, 2])
def test_the_eyes_of_an_upright_face_are_always_in_the_same_place(degrees, span):
    placed = onto(turned(degrees), upright(turned(degrees), 64, span)) / 64
    expected = (UPRIGHT[:2] - 0.5) / span + 0.5
    np.testing.assert_allclose(placed[:2], expected, atol=1e-6)
    assert placed[3][1] > placed[2][1] > placed[0][1]


def test_a_face_in_profile_is_not_blown_up():
    """De lado los ojos se juntan: la escala la pone lo que va de los ojos a la boca."""
    profile = POINTS.copy()
    profile[:2, 0] = 110 + np.array([-4, 4])
    placed = onto(profile, upright(profile, 64)) / 64
    assert 0.3 < placed[3][1] - placed[0][1] < 0.5
    still = profile.copy()
    still[:2, 0] = 110
    assert np.isfinite(upright(still, 64)).all()


def test_a_face_cut_upright_shows_its_eyes_where_it_says():
    photo, points = np.full((3 * SIDE, 3 * SIDE, 3), 120, np.uint8), turned(40) + SIDE
    for x, y in points[:2]:
        cv2.circle(photo, (round(x), round(y)), 6, (255, 0, 0), -1)
    for side, span in ((64, 1), (256, 1), (128, 2)):
        face = cut_upright(photo, points, side, span)
        rows, columns = np.nonzero(face[..., 0].astype(int) - face[..., 1] > 60)
        left = columns < side / 2
        seen = [[columns[half].mean(), rows[half].mean()] for half in (left, ~left)]
        expected = ((UPRIGHT[:2] - 0.5) / span + 0.5) * side
        np.testing.assert_allclose(seen, expected, atol=0.02 * side)


def whole_faces(count=40):
    """Caras derechas con lo que las rodea: los ojos, dos puntos rojos."""
    photo = np.full((128, 128, 3), 90, np.uint8)
    for x, y in ((UPRIGHT[:2] - 0.5) / 2 + 0.5) * 128:
        cv2.circle(photo, (round(x), round(y)), 3, (255, 0, 0), -1)
    return np.repeat(photo[None], count, 0)


def test_the_upright_ones_are_seen_whole_and_the_others_by_windows():
    faces, rng = whole_faces(), np.random.default_rng(0)
    chosen = np.arange(len(faces)) % 2 == 0
    views = jittered(faces, rng, 64, Jitter(zoom=True), chosen)
    red = views[..., 0].astype(int) - views[..., 1] > 60
    places = [np.argwhere(each).mean(0) / 64 for each in red[chosen]]
    np.testing.assert_allclose(places, [[0.42, 0.5]] * len(places), atol=0.09)
    assert np.std([each.sum() for each in red[~chosen]]) > np.std(
        [each.sum() for each in red[chosen]]
    )


def test_an_upright_face_loses_a_feature_and_the_others_what_they_used_to(masks):
    faces = whole_faces(30)[:, 32:96, 32:96]
    params = EraseParams(fill=MAGENTA, scale=(1, 1.2), max_masks=1)
    chosen = np.arange(30) < 15
    x, y = make_pairs(faces, np.random.default_rng(0), masks, params, chosen)
    hole = x[..., 3] > 0
    assert hole[chosen].mean() > 2 * hole[~chosen].mean()
    assert np.array_equal(x[~hole][:, :3], y[~hole])
    usual, _ = fixed_pairs(faces, masks, params)
    none, _ = make_pairs(faces, np.random.default_rng(0), masks, params, np.zeros(30, bool))
    assert np.array_equal(usual, none)


def test_a_recipe_says_how_many_faces_lose_a_feature(masks):
    def missing(features):
        data = Data(32, 64, EraseParams(max_masks=1, scale=(1, 1.2)), features=features)
        recipe = Recipe(data, UNet(levels=3), training=Training(batch_size=40))
        x, y = training_batch(recipe, whole_faces()[:, ::2, ::2], masks, 0)
        assert x.shape == (40, 32, 32, 4) and y.shape == (40, 32, 32, 3)
        return (x[..., 3] > 0).mean()

    assert missing(0.0) < missing(0.5) < missing(1.0)
