import hashlib

import keras
import numpy as np
import pytest
import skimage.data
from PIL import Image

from pix2pix_lib import pretrained
from pix2pix_lib.__main__ import main
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation import run_baseline, summary, telea
from pix2pix_lib.networks import push_pull
from pix2pix_lib.pairs import fixed_pairs, to_uint8
from pix2pix_lib.pretrained import RECIPE, SHA256, WEIGHTS, load_pretrained


@pytest.fixture(scope="module")
def model():
    return load_pretrained()


def test_the_weights_are_the_published_ones_and_fit_in_the_package(model):
    content = WEIGHTS.read_bytes()
    assert hashlib.sha256(content).hexdigest() == SHA256
    assert len(content) < 15e6
    assert model.generator.input_shape == (None, 256, 256, 4)
    assert all(np.isfinite(weight).all() for weight in model.generator.get_weights())


def test_even_on_a_cat_it_is_closer_than_telea_and_sharper_than_its_own_fill(model, masks):
    photo = skimage.data.chelsea()
    views = np.stack([photo[:256, left : left + 256] for left in range(0, 193, 16)])
    x, _ = fixed_pairs(views, masks, RECIPE.erase)
    erased, holes = to_uint8(x[..., :3]), x[..., 3] > 0
    filled = keras.ops.convert_to_numpy(push_pull(x[..., :3], 1 - x[..., 3:]))
    ours = summary(model.restore(x), views, holes)
    assert ours["psnr"] > summary(run_baseline(telea, erased, holes), views, holes)["psnr"]
    assert ours["gradient"] > 2 * summary(to_uint8(filled), views, holes)["gradient"]


@pytest.mark.parametrize("content", [None, b"version https://git-lfs", "cortado"])
def test_lost_or_broken_weights_get_one_sentence(tmp_path, monkeypatch, content):
    path = tmp_path / "pretrained.npz"
    if content:
        path.write_bytes(WEIGHTS.read_bytes()[:-1] if content == "cortado" else content)
    monkeypatch.setattr(pretrained, "WEIGHTS", path)
    with pytest.raises(UserError, match="vuelve a instalar"):
        load_pretrained()


def test_without_a_model_the_orders_use_the_network_of_the_book(tmp_path, faces, capsys):
    photo = np.array(Image.fromarray(faces[0]).resize((300, 280)))
    photo[100:110, 80:200] = (255, 0, 255)
    Image.fromarray(photo).save(tmp_path / "foto.png")
    output = tmp_path / "limpias"
    assert main(["restaurar", str(tmp_path / "foto.png"), "--salida", str(output)]) == 0
    changed = (np.asarray(Image.open(output / "foto.png")) != photo).any(-1)
    assert changed[100:110, 80:200].all() and changed.sum() == 10 * 120

    album = tmp_path / "caras"
    album.mkdir()
    Image.fromarray(faces[0]).save(album / "a.png")
    assert main(["evaluar", str(album), "--escala", "3", "5"]) == 0
    assert "nuestra red" in capsys.readouterr().out
    assert main(["evaluar", str(album), "--escala", "3", "9"]) == 1
    assert "escala" in capsys.readouterr().err
