import numpy as np
import pytest
import skimage.data

from pix2pix_lib.data.pairs import HOLE, IMAGE, to_uint8
from pix2pix_lib.recipes import MAGENTA
from pix2pix_lib.restoration.turned import bring_back, core, look

SIZE = 128
POINTS = np.array([[0.35, 0.42], [0.65, 0.42], [0.5, 0.59], [0.5, 0.745], [0.2, 0.5], [0.8, 0.5]])


def tilted(side: float, degrees: float, center: tuple[float, float]) -> np.ndarray:
    """Los seis puntos de una cara ladeada, con la cara derecha de ese lado."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (POINTS - 0.5) @ turn.T * side + center


@pytest.mark.parametrize(("side", "degrees"), [(200, 0), (260, 25), (90, -60), (300, 180)])
def test_what_is_seen_upright_comes_back_to_its_place(side, degrees):
    photo = skimage.data.astronaut()[:400]
    points = tilted(side, degrees, (220, 190))
    x, matrix = look(photo, np.zeros(photo.shape[:2], np.float32), points, SIZE, MAGENTA)
    np.testing.assert_allclose(points[:2] @ matrix[:, :2].T + matrix[:, 2], POINTS[:2] * SIZE)
    everything = np.ones((SIZE, SIZE), bool)
    place, colors = bring_back(to_uint8(x[..., IMAGE]), everything, matrix, photo[..., 0] >= 0)
    assert np.abs(colors.astype(int) - photo[place]).mean() < 4 * max(1, side / SIZE)
    assert abs(len(colors) - side**2) < 8 * side


def covered(rows: slice, columns: slice) -> np.ndarray:
    """Lo que se dibuja de una cara de 200 píxeles con ese rectángulo tapado: bool (SIZE, SIZE)."""
    hole = np.zeros((300, 300), bool)
    hole[rows, columns] = True
    return core(hole, tilted(200, 0, (150, 150)), SIZE)


def test_only_what_is_far_from_the_known_is_drawn():
    # El lado de la cara derecha, 128, son 200 píxeles: 4 de margen son 6.25.
    drawn = covered(slice(120, 160), slice(130, 190))
    rows, columns = np.nonzero(drawn)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert abs(height - 27.5 * 0.64) <= 1.5 and abs(width - 47.5 * 0.64) <= 1.5
    assert drawn.sum() == height * width


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (slice(120, 131), slice(60, 240)),
        (slice(55, 75), slice(60, 240)),
        (slice(0, 0), slice(0, 0)),
    ],
    ids=["fino", "en el pelo", "nada"],
)
def test_what_is_thin_or_covers_no_feature_is_not_drawn(rows, columns):
    assert not covered(rows, columns).any()


def test_what_falls_out_of_the_photo_is_not_a_hole():
    hole = np.ones((300, 300), bool)
    assert not core(hole, tilted(200, 0, (-200, 150)), SIZE).any()


def test_the_upright_cut_is_the_same_whatever_the_tilt():
    photo = skimage.data.astronaut()[:400]
    hole = np.zeros(photo.shape[:2], np.float32)
    quarter, _ = look(photo, hole, tilted(150, 0, (220, 190)), SIZE, MAGENTA)
    points = tilted(150, 0, (220, 190))[:, ::-1] * (1, -1) + (0, photo.shape[1] - 1)
    turned, _ = look(np.rot90(photo), hole.T, points, SIZE, MAGENTA)
    assert np.abs(quarter - turned).mean() < 0.01


def test_the_hole_is_filled_and_does_not_stain_its_neighbours():
    photo = np.full((300, 300, 3), 90, np.uint8)
    hole = np.zeros((300, 300), np.float32)
    hole[120:170, 130:190] = 1
    photo[hole > 0] = 255
    x, matrix = look(photo, hole, tilted(200, 20, (150, 150)), SIZE, MAGENTA)
    unknown = x[..., HOLE][..., 0] > 0
    assert set(np.unique(x[..., HOLE])) == {0, 1}
    np.testing.assert_array_equal(to_uint8(x[..., IMAGE])[unknown], [MAGENTA] * unknown.sum())
    np.testing.assert_array_equal(to_uint8(x[..., IMAGE])[~unknown], 90)
    area = unknown.sum() / np.hypot(*matrix[0, :2]) ** 2
    assert hole.sum() <= area <= 1.2 * hole.sum()
