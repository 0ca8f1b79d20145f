from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.data.pairs import make_pairs, to_uint8
from pix2pix_lib.errors import UserError
from pix2pix_lib.recipes import EraseParams
from pix2pix_lib.sources.pairs_to_disk import PAIR_SIDE, write_pairs


@pytest.fixture
def album(tmp_path):
    folder = tmp_path / "caras"
    folder.mkdir()
    for name, color in {"a": "red", "b": "blue"}.items():
        Image.new("RGB", (PAIR_SIDE, PAIR_SIDE), color).save(folder / f"{name}.png")
    return folder


def pairs(folder):
    return {path.name: np.asarray(Image.open(path)) for path in folder.rglob("*.png")}


def halves(pair):
    return pair[:, :PAIR_SIDE], pair[:, PAIR_SIDE:]


@pytest.mark.parametrize("params", [{"strokes": 1.0}, {"noise": True}, {"guesses": 1.0}])
def test_what_its_settings_say_is_what_is_drawn(album, tmp_path, masks, params):
    write_pairs(album, tmp_path / "plano", masks, EraseParams(), 1)
    write_pairs(album, tmp_path / "parejas", masks, EraseParams(**params), 1)
    plain, drawn = pairs(tmp_path / "plano"), pairs(tmp_path / "parejas")
    for name, pair in drawn.items():
        original, erased = halves(pair)
        assert np.array_equal(original, halves(plain[name])[0])
        hole = (original != erased).any(-1)
        black = (erased[hole] == 0).all(-1)
        # En negro solo quedan los trazos, que ocupan menos que las máscaras.
        assert black.all() == ("strokes" in params)
        assert not np.array_equal(erased, halves(plain[name])[1])


def test_a_pair_is_the_one_that_a_training_sees(album, tmp_path, masks):
    params = EraseParams(strokes=0.5, noise=True)
    write_pairs(album, tmp_path / "parejas", masks, params, 1)
    for name, pair in pairs(tmp_path / "parejas").items():
        original, erased = halves(pair)
        identity = int.from_bytes(sha256(name.replace("_0", "").encode()).digest()[:8])
        rng = np.random.default_rng([0, identity, 0])
        x, _ = make_pairs(original[None], rng, masks, params)
        assert np.array_equal(to_uint8(x[0, ..., :3]), erased)


def test_the_pairs_of_a_face_that_has_changed_are_made_again(album, tmp_path, masks):
    output = tmp_path / "parejas"
    write_pairs(album, output, masks, EraseParams(), 2)
    before = pairs(output)
    Image.new("RGB", (PAIR_SIDE, PAIR_SIDE), "lime").save(album / "a.png")
    write_pairs(album, output, masks, EraseParams(), 2)
    after = pairs(output)
    for name in before:
        assert np.array_equal(before[name], after[name]) == name.startswith("b")
        if name.startswith("a"):
            assert tuple(after[name][0, 0]) == (0, 255, 0)


def test_faces_that_would_share_a_name_are_refused(album, tmp_path, masks):
    Image.new("RGB", (8, 8)).save(album / "a.jpg")
    with pytest.raises(UserError, match="extensión"):
        write_pairs(album, tmp_path / "parejas", masks, EraseParams())
    assert not (tmp_path / "parejas").exists()
