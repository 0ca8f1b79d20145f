import hashlib
import subprocess
import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image

from pix2pix_lib.__main__ import main
from pix2pix_lib.data.features import EYE, draw_feature
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation.baselines import biharmonic, telea
from pix2pix_lib.evaluation.exams import Case, Exam, paint_face
from pix2pix_lib.model.build import build
from pix2pix_lib.recipes import vary
from pix2pix_lib.restoration import pretrained
from pix2pix_lib.restoration.faces import find_faces
from pix2pix_lib.restoration.pretrained import (
    UPRIGHT_WEIGHTS,
    WEIGHTS,
    load_pretrained,
    training_phases,
    weights_digest,
)
from pix2pix_lib.restoration.restore import restore_photo


@pytest.fixture(scope="module")
def network():
    return load_pretrained()


@pytest.mark.parametrize("weights", [WEIGHTS, UPRIGHT_WEIGHTS], ids=lambda path: path.stem)
def test_the_weights_are_the_published_ones_and_fit_in_the_package(weights):
    content = weights.read_bytes()
    assert hashlib.sha256(content).hexdigest() == weights_digest(weights)
    assert len(content) < 12e6


@pytest.mark.parametrize("weights", [WEIGHTS, UPRIGHT_WEIGHTS], ids=lambda path: path.stem)
def test_the_frozen_recipe_is_that_of_the_weights(network, weights, recwarn):
    *_, last = training_phases(weights).values()
    assert not recwarn
    one = network if weights == WEIGHTS else network.upright
    assert last.data.size == one.size and last.data.erase == one.erase
    generator = build(vary(last, {"training": {"precision": "float32"}})).generator
    # En float16, dos octetos por parámetro; lo demás son las constantes de su relleno.
    assert 1 < weights.stat().st_size / (2 * generator.count_params()) < 1.06


def test_the_network_that_draws_features_had_an_adversary():
    *_, last = training_phases(UPRIGHT_WEIGHTS).values()
    assert last.discriminator is not None and last.data.features == 1


@pytest.mark.parametrize("weights", ["WEIGHTS", "UPRIGHT_WEIGHTS"])
@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_damaged_record_gets_one_sentence(content, weights, tmp_path, monkeypatch):
    record = tmp_path / "ficha.json"
    if content is not None:
        record.write_text(content)
    monkeypatch.setattr(pretrained, weights, record.with_suffix(".onnx"))
    with pytest.raises(UserError, match="ficha.json.*vuelve a instalar"):
        load_pretrained()


def test_it_tells_what_comes_out_of_each_level_and_answers_the_same(network):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1, 256, 256, 4)).astype("float32")
    x[..., 3] = 0
    x[:, 100:140, 100:140, 3] = 1
    before = network.predict(x)
    shapes = {name: level.shape for name, level in network.activations(x).items()}
    down = {128: 32, 64: 64, 32: 128, 16: 256, 8: 256, 4: 256}
    up = {8: 256, 16: 256, 32: 128, 64: 64, 128: 32}
    assert list(shapes) == [f"baja a {side}" for side in down] + [f"sube a {side}" for side in up]
    expected = [*down.items(), *up.items()]
    assert list(shapes.values()) == [(side, side, width) for side, width in expected]
    np.testing.assert_array_equal(network.predict(x), before)


def test_the_levels_that_go_down_see_the_image_and_are_not_turned(network):
    """Un borde vertical se ve en las columnas de los mapas, y no en las filas."""
    x = np.full((1, 256, 256, 4), -0.5, "float32")
    x[..., 3] = 0
    x[:, :, 128:, :3] = 0.5
    levels = network.activations(x)
    for name in ("baja a 128", "baja a 64", "sube a 128"):
        inner = levels[name][8:-8, 8:-8]
        assert inner.std(axis=1).mean() > 2 * inner.std(axis=0).mean()


def test_it_never_touches_what_is_known(network):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 256, 256, 3), np.uint8)
    hole = rng.uniform(size=(2, 256, 256, 1)) < 0.1
    x = np.concatenate([np.where(hole, 0, pixels / 127.5 - 1), hole], -1).astype("float32")
    restored = network.restore(x)
    assert restored.shape == (2, 256, 256, 3) and restored.dtype == np.uint8
    assert np.array_equal(restored[~hole[..., 0]], pixels[~hole[..., 0]])


def test_on_a_real_face_it_beats_the_classics(network, masks):
    photo = skimage.data.astronaut()
    strokes = [
        paint_face(photo.shape[:2], (225, 120, 120), masks, np.random.default_rng(seed))
        for seed in range(6)
    ]
    exam = Exam([Case(str(seed), photo, stroke) for seed, stroke in enumerate(strokes)])

    def smooth(image, hole):
        return restore_photo(network, image, hole, grain=False)

    mean = {method: np.mean(exam.score(method)["psnr"]) for method in (smooth, biharmonic, telea)}
    assert mean[smooth] > mean[biharmonic] > mean[telea]


def test_it_needs_neither_tensorflow_nor_keras(tmp_path):
    """También en la práctica: con las dos prohibidas, una foto se restaura."""
    photo = skimage.data.astronaut().copy()
    photo[100:106, 200:240] = (255, 0, 255)
    Image.fromarray(photo).save(tmp_path / "foto.png")
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "from pix2pix_lib.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    order = ["restaurar", tmp_path / "foto.png", "--salida", tmp_path / "limpias"]
    subprocess.run([sys.executable, "-c", code, *order], check=True)
    restored = np.asarray(Image.open(tmp_path / "limpias/foto.png"))
    changed = (restored != photo).any(-1)
    assert changed[100:106, 200:240].all() and changed.sum() == 6 * 40


@pytest.mark.parametrize("weights", ["WEIGHTS", "UPRIGHT_WEIGHTS"])
@pytest.mark.parametrize("content", [None, b"version https://git-lfs", "cortado"])
def test_lost_or_broken_weights_get_one_sentence(tmp_path, monkeypatch, content, weights):
    published = getattr(pretrained, weights)
    path = tmp_path / "pesos.onnx"
    if content:
        path.write_bytes(published.read_bytes()[:-1] if content == "cortado" else content)
    path.with_suffix(".json").write_bytes(published.with_suffix(".json").read_bytes())
    monkeypatch.setattr(pretrained, weights, path)
    with pytest.raises(UserError, match="pesos.onnx.*vuelve a instalar"):
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
    with pytest.raises(SystemExit):
        main(["evaluar", str(album), "--escala", "3", "9"])
    assert "--escala: «9» no vale: pon un número de 0.01 a 5.12" in capsys.readouterr().err


def test_who_asks_for_the_faithful_gets_no_drawn_eye(tmp_path):
    photo = skimage.data.astronaut()[:400].copy()
    (face,) = find_faces(photo)
    hole = draw_feature(photo.shape[:2], face.points, EYE, np.random.default_rng(0))
    photo[hole] = (255, 0, 255)
    Image.fromarray(photo).save(tmp_path / "foto.png")
    restored = {}
    for name, more in {"viva": [], "fiel": ["--fiel"]}.items():
        order = ["restaurar", str(tmp_path / "foto.png"), "--salida", str(tmp_path / name)]
        assert main([*order, *more]) == 0
        restored[name] = np.asarray(Image.open(tmp_path / name / "foto.png"))
        np.testing.assert_array_equal(restored[name][~hole], photo[~hole])
    assert (restored["viva"] != restored["fiel"]).any()
