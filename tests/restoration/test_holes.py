import numpy as np
import pytest

from pix2pix_lib.restoration.holes import short_strokes


def mole(radius: float, edge: float) -> tuple[np.ndarray, np.ndarray]:
    """Un lunar de borde difuso sobre piel con algo de grano: foto y cuánto lunar hay, de 0 a 1."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:120, :160]
    share = 1 / (1 + np.exp((np.hypot(rows - 60, columns - 80) - radius) / edge))
    skin = np.array([205, 160, 140]) + rng.normal(0, 3, (120, 160, 1)) + 0.1 * columns[..., None]
    photo = skin * (1 - 0.5 * share[..., None])
    return np.clip(np.rint(photo), 0, 255).astype(np.uint8), share


@pytest.mark.parametrize("radius", [6, 12])
@pytest.mark.parametrize(("covered", "short"), [(0.5, 1), (0.01, 0)])
def test_a_mole_painted_too_tight_is_noticed(radius, covered, short):
    photo, share = mole(radius, 2)
    assert short_strokes(photo, share > covered) == short


def test_strokes_on_clean_skin_or_at_an_edge_fall_short_of_nothing():
    photo, _ = mole(0, 0.3)
    photo[:, 100:] = 40
    hole = np.zeros(photo.shape[:2], bool)
    hole[20:30, 20:60] = hole[50:58, 92:101] = hole[:9, :9] = hole[80, 5:90] = True
    assert short_strokes(photo, hole) == 0
