import io

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

from pix2pix_lib.errors import UserError
from pix2pix_lib.gan import Pix2Pix
from pix2pix_lib.networks import unet_generator
from pix2pix_lib.restoration import (
    black_hole,
    magenta_hole,
    mask_hole,
    restore_photo,
    windows,
)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return Pix2Pix(unet_generator(64, 4, 3, norm=None, upsampling="resize", residual=True))


def ramp(height, width):
    """Un degradado suave, que se puede adivinar."""
    rows, columns = np.mgrid[:height, :width]
    red, green = 40 + 120 * rows / height, 60 + 100 * columns / width
    return np.stack([red, green, (red + green) / 2], -1).astype(np.uint8)


def painted(photo, strokes, width, color=(255, 0, 255)):
    image = Image.fromarray(photo)
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill=color, width=width)
    return np.asarray(image)


STROKES = [[(20, 30), (120, 60)], [(180, 10), (180, 90)], [(60, 150), (75, 165)]]


@pytest.mark.parametrize("shape", [(200, 240), (197, 241), (40, 300), (300, 40), (700, 900)])
def test_only_the_holes_change_and_they_come_close_to_what_was_there(model, shape):
    original = ramp(*shape)
    photo = painted(original, STROKES, 7)
    hole = magenta_hole(photo)
    restored = restore_photo(model, photo, hole)
    assert hole.any()
    assert np.array_equal(restored[~hole], photo[~hole])
    assert np.abs(restored.astype(int) - original)[hole].mean() < 4


def test_a_stroke_across_the_whole_photo_is_restored(model):
    original = ramp(80, 400)
    photo = painted(original, [[(0, 40), (399, 40)]], 5)
    hole = magenta_hole(photo)
    restored = restore_photo(model, photo, hole)
    assert np.abs(restored.astype(int) - original)[hole].mean() < 4


def test_every_painted_pixel_is_in_exactly_one_window_with_context():
    hole = magenta_hole(painted(ramp(700, 900), STROKES, 9))
    owners = np.zeros(hole.shape, int)
    places = list(windows(hole, 64))
    assert len(places) == 3
    for top, left, side, stroke in places:
        owners += stroke
        rows, columns = np.nonzero(stroke)
        assert top <= rows.min() and rows.max() < top + side
        assert left <= columns.min() and columns.max() < left + side
        assert side >= 1.5 * max(np.ptp(rows), np.ptp(columns))
    assert np.array_equal(owners, hole)


def test_magenta_survives_jpeg_and_pink_is_not_magenta():
    photo = ramp(200, 240)
    photo[100:, 100:] = (255, 150, 200)
    image = Image.fromarray(painted(photo, STROKES, 9))
    exact = magenta_hole(np.asarray(image))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    found = magenta_hole(np.asarray(Image.open(file)))
    assert (found & exact).sum() > 0.99 * exact.sum()
    assert found.sum() < 1.6 * exact.sum()
    assert not magenta_hole(photo).any()


def test_black_is_found_only_on_request():
    photo = painted(ramp(200, 240), STROKES, 9, color=(0, 0, 0))
    assert not magenta_hole(photo).any()
    assert np.array_equal(black_hole(photo), (photo == 0).all(-1))


def test_a_mask_of_another_size_is_refused(tmp_path):
    drawing = Image.new("L", (30, 20), 255)
    drawing.putpixel((3, 2), 0)
    drawing.save(tmp_path / "mascara.png")
    hole = mask_hole(tmp_path / "mascara.png", (20, 30))
    assert hole.sum() == 1 and hole[2, 3]
    with pytest.raises(UserError, match="han de medir lo mismo"):
        mask_hole(tmp_path / "mascara.png", (30, 20))


def test_nothing_painted_and_everything_painted_are_said(model):
    photo = ramp(100, 100)
    with pytest.raises(UserError, match="No hay nada pintado"):
        restore_photo(model, photo, np.zeros((100, 100), bool))
    with pytest.raises(UserError, match="la foto entera"):
        restore_photo(model, photo, np.ones((100, 100), bool))
