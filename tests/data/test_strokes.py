import numpy as np
import pytest

from pix2pix_lib.data.strokes import (
    BEND,
    LENGTHS,
    WIDTHS,
    Stroke,
    draw_stroke,
    sample_stroke,
    sample_strokes,
)


def test_a_straight_stroke_covers_its_length_times_its_width():
    hole = np.zeros((100, 200), bool)
    draw_stroke(hole, Stroke("raya", ((50.0, 50.0), (150.0, 50.0)), 9.0))
    assert hole[46:55, 50:151].all()
    assert not hole[:45].any() and not hole[56:].any() and not hole[:, :44].any()


def test_strokes_add_up_and_may_leave_the_photo():
    hole = np.zeros((40, 40), bool)
    hole[0, 0] = True
    draw_stroke(hole, Stroke("raya", ((-20.0, 20.0), (60.0, 20.0)), 3.0))
    draw_stroke(hole, Stroke("mancha", ((500.0, 20.0), (500.0, 21.0)), 3.0))
    assert hole[0, 0] and hole[20].all() and 1 + 3 * 40 <= hole.sum() <= 1 + 5 * 40


@pytest.mark.parametrize("kind", WIDTHS)
def test_strokes_are_in_proportion_to_the_face(kind):
    rng = np.random.default_rng(0)
    strokes = [sample_stroke(rng, kind, (500, 400), 1000) for _ in range(200)]
    widths = np.array([stroke.width for stroke in strokes])
    points = [np.array(stroke.points) for stroke in strokes]
    lengths = np.array([np.hypot(*(p[-1] - p[0])) for p in points])
    for values, (low, high) in ((widths, WIDTHS[kind]), (lengths, LENGTHS[kind])):
        assert 1000 * low <= values.min() < 1000 * (low + (high - low) / 5)
        assert 1000 * (high - (high - low) / 5) < values.max() <= 1000 * high
    middles = np.array([(p[0] + p[-1]) / 2 for p in points])
    assert np.abs(middles - (500, 400)).max() <= 0.15 * 600 + 1


def test_only_scratches_bend_and_not_too_much():
    rng = np.random.default_rng(0)
    for kind, limit in BEND.items():
        bends = []
        for _ in range(200):
            points = np.array(sample_stroke(rng, kind, (500, 400), 1000).points)
            curve = points[len(points) // 2] if len(points) > 2 else points.mean(0)
            length = np.hypot(*(points[-1] - points[0]))
            bends.append(np.hypot(*(curve - (points[0] + points[-1]) / 2)) / length)
        assert 0.9 * limit <= max(bends) <= limit + 1e-6


def test_the_same_seed_gives_the_same_strokes_and_another_gives_others():
    first, again, other = (sample_strokes(np.random.default_rng(seed), 128) for seed in (3, 3, 4))
    assert first == again != other
    counts = {len(sample_strokes(np.random.default_rng(seed), 128)) for seed in range(300)}
    assert min(counts) == 1 and 10 <= max(counts) <= 13
