import numpy as np
import pytest
import skimage.data

from pix2pix_lib.data.pairs import HOLE, IMAGE, to_uint8
from pix2pix_lib.recipes import MAGENTA
from pix2pix_lib.restoration.turned import bring_back, look

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
    rows, columns = (axis.ravel() for axis in np.mgrid[: len(photo), : photo.shape[1]])
    inside, colors = bring_back(to_uint8(x[..., IMAGE]), matrix, rows, columns)
    difference = np.abs(colors.astype(int) - photo[rows[inside], columns[inside]])
    assert difference.mean() < 4 * max(1, side / SIZE)
    assert abs(inside.sum() - side**2) < 8 * side


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
