import numpy as np
import pytest

from pix2pix_lib.evaluation.baselines import CLASSICS, mean_color
from pix2pix_lib.evaluation.exams import faces_exam
from pix2pix_lib.evaluation.metrics import color_error, hole_errors, psnr, score_hole, spectrum
from pix2pix_lib.recipes import EraseParams


@pytest.fixture(scope="module")
def exam(faces, masks):
    return faces_exam(faces, masks, EraseParams())


def square(side=32):
    hole = np.zeros((side, side), bool)
    hole[8:16, 8:16] = True
    return hole


def test_psnr_of_known_errors():
    assert psnr(255**2) == pytest.approx(0)
    assert psnr(1) == pytest.approx(48.1308, abs=1e-4)
    assert np.isfinite(psnr(0))


def test_only_the_inside_of_the_hole_counts():
    original = np.full((32, 32, 3), 100, np.uint8)
    hole = square()
    restored = original.copy()
    restored[hole] += 10
    restored[~hole] += 100
    marks = score_hole(restored, original, hole)
    assert marks["l1"] == 10 and marks["psnr"] == pytest.approx(psnr(100))
    assert score_hole(original, original, hole)["ssim"] == pytest.approx(1)


def test_what_happens_far_from_the_hole_does_not_count():
    original = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    restored = original.copy()
    restored[:4] = 0
    marks = score_hole(restored, original, square())
    assert [marks[name] for name in ("ssim", "gradiente", "costura")] == pytest.approx([1, 1, 1])


def test_the_seam_is_the_jump_from_one_side_of_the_edge_to_the_other():
    original = np.full((32, 32, 3), 100, np.uint8)
    restored = original.copy()
    restored[8:16, 8:16] += 10
    restored[10:14, 10:14] = 0
    assert score_hole(restored, original, square())["costura"] == pytest.approx(11)


@pytest.mark.parametrize("name", CLASSICS)
def test_classics_touch_only_the_hole(exam, name):
    for case, restored in zip(exam.cases, exam.restore(CLASSICS[name]), strict=True):
        assert restored.dtype == np.uint8 and restored.shape == case.photo.shape
        assert np.array_equal(restored[~case.hole], case.photo[~case.hole])


def test_on_smooth_images_the_ranking_is_the_expected_one(exam):
    mean = {name: exam.score(method)["psnr"].mean() for name, method in CLASSICS.items()}
    assert mean["no hacer nada"] < mean["color medio"] < mean["Telea"] < mean["biarmónica"]


def test_the_mean_color_is_that_of_the_known_pixels():
    image = np.full((10, 10, 3), (10, 20, 30), np.uint8)
    hole = np.zeros((10, 10), bool)
    hole[2:5, 2:5] = True
    image[hole] = 255
    assert mean_color(image, hole)[3, 3].tolist() == [10, 20, 30]


def test_half_the_contrast_keeps_a_quarter_of_the_gradient_energy():
    rows, columns = np.mgrid[:32, :32]
    original = np.repeat((4 * rows + 2 * columns)[..., None], 3, -1).astype(np.uint8)
    hole = square()
    assert score_hole(original, original, hole)["gradiente"] == 1
    assert score_hole(original // 2, original, hole)["gradiente"] == pytest.approx(0.25)


def test_the_spectrum_tells_how_often_a_detail_repeats():
    waves = np.sin(np.arange(64) * 2 * np.pi * 10 / 64) * 100 + 128
    image = np.repeat(np.tile(waves, (64, 1))[..., None], 3, -1).astype(np.uint8)
    energy = spectrum(image[None])
    assert energy.shape == (32,) and energy.argmax() == 10
    blurred = np.repeat(np.full((1, 64, 64, 1), 128, np.uint8), 3, -1)
    assert spectrum(blurred).max() < 1e-6 * energy.max()


def test_the_errors_of_a_hole_and_of_the_rest_are_apart():
    photos = np.full((2, 32, 32, 3), 100, np.uint8)
    holes = np.stack([square(), square()])
    painted = np.where(holes[..., None], np.full_like(photos, 90), np.full_like(photos, 103))
    assert hole_errors(painted, photos, holes) == {"dentro": 10, "fuera": 3}


def test_the_color_of_a_hole_is_its_mean_and_its_worst_channel():
    original = np.full((32, 32, 3), 100, np.uint8)
    spotted = original.copy()
    spotted[8:16:2, 8:16] += np.array([8, 2, 0], np.uint8)
    spotted[0, 0] = 255
    assert color_error(spotted, original, square()) == 4
