import cv2
import numpy as np
import pytest

from pix2pix_lib.data.pairs import fixed_pairs
from pix2pix_lib.evaluation.exams import (
    APART,
    BLOT,
    PER_PHOTO,
    SMALL_FACES,
    VARIANTS,
    faces_exam,
    paint_face,
    portraits_exam,
    small_exam,
)
from pix2pix_lib.recipes import MAGENTA, EraseParams

FACE = (200.0, 200.0, 200.0)


@pytest.fixture(scope="module")
def portraits():
    rng = np.random.default_rng(0)
    photos = (cv2.GaussianBlur(rng.integers(0, 256, (400, 400, 3), np.uint8), (0, 0), 2),) * 2
    return [(f"retrato{index}.jpg", photo, FACE) for index, photo in enumerate(photos)]


@pytest.mark.parametrize("seed", range(5))
def test_strokes_stay_apart_and_in_proportion_to_the_face(masks, seed):
    rng = np.random.default_rng(seed)
    strokes = paint_face((400, 400), FACE, masks, rng)
    kinds = [kind for kind, _ in strokes]
    assert set(kinds) == set(PER_PHOTO) and len(kinds) > sum(PER_PHOTO.values()) - 3
    near = np.ones((2 * APART - 1,) * 2, np.uint8)
    wide = [cv2.dilate(hole.astype(np.uint8), near) for _, hole in strokes]
    assert np.max(sum(hole[1].astype(int) for hole in strokes)) == 1
    for index, (_, hole) in enumerate(strokes):
        assert not any((other & hole).any() for other in wide[:index])
    for kind, hole in strokes:
        assert 0 < hole.sum() < (0.5 if kind == BLOT else 0.2) * FACE[2] ** 2


def test_every_stroke_has_its_own_marks(portraits, masks):
    exam = portraits_exam(portraits, masks)
    rows = exam.strokes()
    count = sum(len(case.strokes) for case in exam.cases)
    assert len(rows["foto"]) == count and set(rows["foto"]) == {"retrato0.jpg", "retrato1.jpg"}
    cases = iter(exam.cases)
    perfect = exam.score(lambda painted, hole: next(cases).photo)
    assert len(perfect["psnr"]) == count and min(perfect["psnr"]) > 100
    for name in ("gradiente", "costura", "ssim"):
        assert perfect[name] == pytest.approx(np.ones(count))
    cases = iter(exam.cases)

    def spoil_the_first(painted, hole):
        case = next(cases)
        first = case.strokes[0][1]
        return np.where(first[..., None], painted, case.photo)

    spoiled = exam.score(spoil_the_first)["psnr"]
    firsts = np.cumsum([0, *(len(case.strokes) for case in exam.cases)])[:-1]
    assert (spoiled[firsts] < 20).all() and (np.delete(spoiled, firsts) > 100).all()


def test_the_exam_is_always_the_same_and_so_are_its_strokes_in_every_variant(portraits, masks):
    plain = portraits_exam(portraits, masks)
    for variant in VARIANTS:
        first, second = (portraits_exam(portraits, masks, variant) for _ in range(2))
        assert first.strokes() == plain.strokes()
        assert np.array_equal(first.cases[0].painted, second.cases[0].painted)
        changed = not np.array_equal(first.cases[0].photo, plain.cases[0].photo)
        assert changed == (variant != "tal cual")


def test_small_photos_have_the_face_that_they_say_and_are_never_enlarged(portraits, masks):
    exam = small_exam(portraits, masks)
    assert exam.strokes() == small_exam(portraits, masks).strokes()
    for case in exam.cases:
        (kind,) = {kind for kind, _ in case.strokes}
        low, high = SMALL_FACES[kind]
        width = FACE[2] * len(case.photo) / len(portraits[0][1])
        assert low - 1 < width < min(high, FACE[2]) + 1
        assert case.hole.sum() < 0.5 * width**2
    assert len({case.strokes[0][0] for case in exam.cases}) >= 2
    names = {case.name for case in exam.cases}
    assert names == {name for name, *_ in portraits}, "de una persona, un solo nombre"


def test_larger_scales_leave_larger_holes(faces, masks):
    small, large = (
        sum(faces_exam(faces, masks, EraseParams(scale=scale)).strokes()["pixeles"])
        for scale in ((1, 2), (3, 5))
    )
    assert large > 3 * small


def test_a_network_sees_the_same_pairs_that_it_learns_from(faces, masks):
    params = EraseParams(fill=MAGENTA)
    exam = faces_exam(faces, masks, params, seed=3)
    x, _ = fixed_pairs(faces, masks, params, seed=3)
    assert np.array_equal(exam.inputs(params), x)
    black, holes = exam.inputs(EraseParams())[..., :3], x[..., 3] > 0
    assert (black[holes] == -1).all() and np.array_equal(black[~holes], x[..., :3][~holes])
    noisy = exam.inputs(EraseParams(noise=True))[..., :3]
    assert len(np.unique(noisy[holes], axis=0)) > 0.9 * holes.sum()
    assert np.array_equal(noisy[~holes], x[..., :3][~holes])


@pytest.mark.parametrize("change", [{"noise": True}, {"strokes": 0.5}, {"guesses": 0.5}])
def test_the_holes_of_an_exam_are_those_of_the_pairs(faces, masks, change):
    params = EraseParams(**change)
    x, _ = fixed_pairs(faces, masks, params, seed=3)
    exam = faces_exam(faces, masks, params, seed=3)
    assert np.array_equal([case.hole for case in exam.cases], x[..., 3] > 0)


def test_a_list_of_restored_faces_gets_the_marks_of_their_method(faces, masks):
    exam = faces_exam(faces, masks, EraseParams())
    restored = list(exam.restore(lambda painted, hole: painted))
    assert exam.mark(restored)["psnr"] == pytest.approx(exam.score(lambda *case: case[0])["psnr"])
    with pytest.raises(ValueError):
        exam.mark(restored[1:])
