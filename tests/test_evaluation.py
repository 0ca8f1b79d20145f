import numpy as np
import pytest

from pix2pix_lib.evaluation import BASELINES, compare, evaluate, mean_color, psnr, run_baseline
from pix2pix_lib.masks import MAGENTA, EraseParams
from pix2pix_lib.pairs import fixed_pairs, to_uint8


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


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_touch_only_the_hole(exam, faces, name):
    erased, holes = exam
    restored = run_baseline(BASELINES[name], erased, holes)
    assert restored.dtype == np.uint8 and restored.shape == faces.shape
    assert np.array_equal(restored[~holes], faces[~holes])


def test_on_smooth_images_the_ranking_is_the_expected_one(exam, faces):
    erased, holes = exam
    mean = {
        name: evaluate(run_baseline(method, erased, holes), faces, holes)["psnr_hole"].mean()
        for name, method in BASELINES.items()
    }
    assert mean["no hacer nada"] < mean["color medio"] < mean["Telea"] < mean["biarmónica"]


def test_the_mean_color_is_that_of_the_known_pixels():
    image = np.full((10, 10, 3), (10, 20, 30), np.uint8)
    hole = np.zeros((10, 10), bool)
    hole[2:5, 2:5] = True
    image[hole] = 255
    assert mean_color(image, hole)[3, 3].tolist() == [10, 20, 30]
