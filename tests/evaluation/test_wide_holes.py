"""Las medidas de los huecos anchos ven lo que se mueve una cara."""

import numpy as np
import pytest

from pix2pix_lib.data.features import EYES, MOUTH, NOSE, draw_feature
from pix2pix_lib.evaluation import wide_holes as wide
from pix2pix_lib.evaluation.wide_holes import LOST, score_face, wide_exam
from pix2pix_lib.restoration import faces
from pix2pix_lib.restoration.faces import Face

POINTS = np.array([[80, 100], [140, 100], [110, 135], [110, 165], [52, 110], [168, 110]], float)
SIDE = 220
FACE = Face(110, 120, 130, 0.9, POINTS)


def hole_of(kind: str) -> np.ndarray:
    return draw_feature((SIDE, SIDE), POINTS, kind, np.random.default_rng(0))


def test_only_the_points_of_the_hole_count(monkeypatch):
    moved = POINTS.copy()
    moved[3] += (0, 15)
    now = Face(110, 120, 130, 0.45, moved)
    monkeypatch.setattr(wide, "find_faces", lambda photo: [now])
    near_the_nose_too = {"puntos": 0.125, "punto peor": 0.25, "cara": 0.5}
    assert score_face(np.zeros(1), FACE, hole_of(MOUTH)) == pytest.approx(near_the_nose_too)
    assert score_face(np.zeros(1), FACE, hole_of(EYES))["punto peor"] == 0
    moved[0] += (300, 0)
    marks = score_face(np.zeros(1), FACE, hole_of(EYES))
    assert marks["punto peor"] == LOST and marks["puntos"] < LOST


def test_a_face_elsewhere_is_not_the_same(monkeypatch):
    lost = {"puntos": LOST, "punto peor": LOST, "cara": 0}
    monkeypatch.setattr(wide, "find_faces", lambda photo: [FACE._replace(x=190.0)])
    assert score_face(np.zeros(1), FACE, hole_of(NOSE)) == lost
    monkeypatch.setattr(wide, "find_faces", lambda photo: [])
    assert score_face(np.zeros(1), FACE, hole_of(NOSE)) == lost
    both = [FACE._replace(x=190.0), FACE]
    monkeypatch.setattr(wide, "find_faces", lambda photo: both)
    assert score_face(np.zeros(1), FACE, hole_of(NOSE))["cara"] == 1


def test_the_exam_is_always_the_same_and_skips_who_has_no_face(monkeypatch):
    rng = np.random.default_rng(0)
    photos = [(str(index), rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)) for index in range(12)]
    far = Face(30, 30, 40, 0.9, POINTS / 4)
    for module in (faces, wide):
        monkeypatch.setattr(
            module, "find_faces", lambda photo: [] if photo is photos[3][1] else [far, FACE]
        )
    first, second = wide_exam(photos), wide_exam(photos)
    assert first.strokes() == second.strokes()
    assert [case.name for case in first.cases] == [str(i) for i in range(12) if i != 3]
    assert len(set(first.strokes()["clase"])) > 2
    assert all(case.hole.sum() > 700 for case in first.cases), "la cara más ancha"
    marks = first.mark(case.photo for case in first.cases)
    for name, value in {"color": 0, "puntos": 0, "cara": 1, "gradiente": 1}.items():
        assert marks[name] == pytest.approx(np.full(11, value))
    painted = first.score(lambda image, hole: image)
    assert painted["color"].min() > 60
