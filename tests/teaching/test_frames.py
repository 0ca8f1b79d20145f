import base64
import html
import io
import json

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.errors import UserError
from pix2pix_lib.teaching import diagrams, figures
from pix2pix_lib.teaching.frames import STORED, TALLEST, Frames

PICTURES = [np.full((6, 8, 3), light, np.uint8) for light in (0, 100, 250)]
TOLD = ["negra", "1 < 2", "blanca"]


def decoded(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.fixture
def frames():
    return Frames(PICTURES, TOLD, "Un color liso.", "color", start=-1)


def test_the_slider_chooses_the_picture_and_what_is_said_of_it(frames):
    for position in (3, 1, 2):
        frames.position.value = position
        assert np.array_equal(decoded(frames.picture.value), PICTURES[position - 1])
        assert frames.says.value == html.escape(TOLD[position - 1])


def test_where_there_is_no_kernel_the_output_has_the_first_picture_and_all_the_others(
    frames, shown
):
    frames.position.value = 1
    frames._ipython_display_()
    ((data, metadata),) = shown
    assert np.array_equal(decoded(base64.b64decode(data["image/png"])), PICTURES[-1])
    assert metadata["image/png"]["alt"] == "Un color liso."
    stored = json.loads(data[STORED])
    strip = decoded(base64.b64decode(stored.pop("strip")))
    assert np.array_equal(strip, np.concatenate(PICTURES))
    assert stored == {"name": "color", "start": 2, "told": TOLD}


@pytest.mark.parametrize(
    ("pictures", "told", "reason"),
    [
        (PICTURES, TOLD[:2], "cada una, llevar su texto"),
        ([*PICTURES[:2], np.zeros((6, 9, 3), np.uint8)], TOLD, "han de medir lo mismo"),
        ([np.zeros((TALLEST, 1, 3), np.uint8)] * 2, TOLD[:2], "pon menos"),
        ([], [], "han de medir lo mismo"),
    ],
)
def test_pictures_that_do_not_make_a_figure_get_one_sentence(pictures, told, reason):
    with pytest.raises(UserError, match=reason):
        Frames(pictures, told, "alt", "color")


def test_the_kernel_says_the_products_that_make_each_sum():
    image, kernel = np.arange(25).reshape(5, 5), np.array([[1, 0], [0, -2]])
    out = image[:-1, :-1] - 2 * image[1:, 1:]
    moving = diagrams.sliding_kernel(image, kernel, out, "alt", every=3, start=0)
    assert len(moving.told) == 6
    assert moving.told[2] == (
        "Fila 1, columna 2. Los productos, por filas: 7, 0; 0, -26. Suman -19."
    )
    assert len({picture.tobytes() for picture in moving.pictures}) == 6


def test_the_field_grows_where_the_network_looks():
    face = np.full((64, 64, 3), 90, np.uint8)
    moving = figures.growing_field(face, [(4, -1, 2), (10, -3, 4)], "alt")
    assert moving.told == [
        "Capa 1: 32x32 números, uno cada 2 píxeles. Cada uno ve un cuadrado de 4 píxeles de lado.",
        "Capa 2: 16x16 números, uno cada 4 píxeles. Cada uno ve un cuadrado de 10 píxeles de lado.",
    ]
    assert moving.start == 1
    for picture, (first, last) in zip(moving.pictures, [(29, 33), (25, 35)], strict=True):
        red, green, blue = picture.astype(int).transpose(2, 0, 1)
        orange = np.argwhere((red - blue > 100) & (red - green > 40)) * 64 / len(picture)
        assert np.abs(orange.min(0) - first).max() < 1 and np.abs(orange.max(0) - last).max() < 1


def test_beside_each_photo_its_curves_reach_where_it_is():
    photos = [np.full((9, 9, 3), light, np.uint8) for light in (0, 120, 240)]
    series = {"una": [1.0, 3.0, 2.0], "otra": [5.0, 4.0, 4.5]}
    moving = figures.photos_and_curves(
        photos, [1, 5, 9], series, TOLD, "alt", xlabel="x", name="paso", start=1
    )
    assert moving.told == TOLD and moving.start == 1
    reach = []
    for picture, photo in zip(moving.pictures, photos, strict=True):
        assert (picture[150, 120] == photo[0, 0]).all()
        right = picture[:, picture.shape[1] // 2 :].astype(int)
        halves = np.array_split(right, 2)
        blue, orange = (half.transpose(2, 0, 1) for half in halves)
        drawn = blue[2] - blue[0] > 100, orange[0] - orange[2] > 150
        reach.append([np.argwhere(mask)[:, 1].max() for mask in drawn])
    assert (np.diff(reach, axis=0) > 50).all()


def test_the_histograms_keep_their_scale_from_one_moment_to_another():
    real, made = np.repeat([3.0, 4.0], [50, 10]), np.repeat(7.0, 100)
    moments = [{"auténticos": real, "de G": values} for values in (made[:20], made)]
    moving = figures.samples_and_curves(
        moments, [0, 9], {"una": [0, 1]}, TOLD[:2], "alt", xlabel="x", span=(0, 9), name="paso"
    )
    left = [picture[80:, : picture.shape[1] // 2].astype(int) for picture in moving.pictures]
    blue, orange = (
        [np.argwhere(each[..., way] - each[..., 2 - way] > 60)[:, 0].min() for each in left]
        for way in (2, 0)
    )
    assert blue[0] == blue[1] and orange[0] > blue[0] > orange[1]
