import numpy as np
import pytest

from pix2pix_lib.evaluation import (
    bootstrap_interval,
    compare,
    evaluate,
    psnr,
    run_method,
    summary,
)
from pix2pix_lib.masks import MAGENTA, EraseParams
from pix2pix_lib.pairs import fixed_pairs, to_uint8
from pix2pix_lib.rivals import CLASSICS, mean_color


@pytest.fixture(scope="module")
def exam(faces, masks):
    x, _ = fixed_pairs(faces, masks, EraseParams(fill=MAGENTA))
    return to_uint8(x[..., :3]), x[..., 3] > 0


def test_psnr_of_known_errors():
    assert psnr(255**2) == pytest.approx(0)
    assert psnr(1) == pytest.approx(48.1308, abs=1e-4)
    assert np.isfinite(psnr(0))


def test_compare_tells_inside_from_outside():
    original = np.full((32, 32, 3), 100, np.uint8)
    hole = np.zeros((32, 32), bool)
    hole[8:16, 8:16] = True
    restored = original.copy()
    restored[hole] += 10
    result = compare(restored, original, hole)
    assert result["l1_hole"] == 10 and result["l1_outside"] == 0
    assert result["l1_image"] == pytest.approx(10 * 64 / 1024)
    assert result["psnr_hole"] == pytest.approx(psnr(100))
    assert compare(original, original, hole)["ssim_hole"] == pytest.approx(1)


@pytest.mark.parametrize("name", CLASSICS)
def test_classics_touch_only_the_hole(exam, faces, name):
    erased, holes = exam
    restored = run_method(CLASSICS[name], erased, holes)
    assert restored.dtype == np.uint8 and restored.shape == faces.shape
    assert np.array_equal(restored[~holes], faces[~holes])


def test_on_smooth_images_the_ranking_is_the_expected_one(exam, faces):
    erased, holes = exam
    mean = {
        name: evaluate(run_method(method, erased, holes), faces, holes)["psnr_hole"].mean()
        for name, method in CLASSICS.items()
    }
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
    hole = np.zeros((32, 32), bool)
    hole[8:16, 8:16] = True
    assert compare(original, original, hole)["gradient_hole"] == 1
    assert compare(original // 2, original, hole)["gradient_hole"] == pytest.approx(0.25)


def test_the_interval_holds_the_mean_and_shrinks_with_more_faces():
    values = np.random.default_rng(0).normal(20, 2, 400)
    few, many = bootstrap_interval(values[:25]), bootstrap_interval(values)
    assert few[0] < values[:25].mean() < few[1]
    assert many[1] - many[0] == pytest.approx(2 * 1.96 * 2 / 20, rel=0.2)
    assert many[1] - many[0] < few[1] - few[0]


def test_the_summary_tells_a_perfect_restoration_from_none(faces, exam):
    erased, holes = exam
    none, perfect = summary(erased, faces, holes), summary(faces, faces, holes)
    assert perfect["psnr"] > none["psnr"] and perfect["ssim"] > none["ssim"]
    assert perfect["gradient"] == pytest.approx(1)
    assert none["interval"][0] < none["psnr"] < none["interval"][1]
