"""El archivo ONNX: lo mismo que la red de la que sale, abierto y con los saltos que se corten."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import cv2
import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import skimage.data
from onnx import TensorProto, helper, numpy_helper

from pix2pix_lib import cli
from pix2pix_lib.__main__ import main
from pix2pix_lib.data.pairs import fixed_pairs, to_float
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation import results
from pix2pix_lib.model.build import build
from pix2pix_lib.recipes import MAGENTA, ORIGINAL, RAPIDA, Recipe, vary
from pix2pix_lib.restoration import exporting, turned
from pix2pix_lib.restoration.exporting import lab_discriminator, lighten, opened_network, opened_run
from pix2pix_lib.restoration.faces import largest_face
from pix2pix_lib.restoration.pretrained import load_pretrained, weights_digest
from pix2pix_lib.training.runs import (
    HISTORY_FILE,
    PICTURES_FILE,
    RECIPE_FILE,
    WEIGHTS_FILE,
    load_run,
)

SMALL = {
    "data": {"size": 32, "load_size": 36},
    "generator": {"filters": 8, "levels": 3},
    "discriminator": None,
    "training": {"steps": 100},
}
# El relleno más sencillo: el otro tarda diez segundos en convertirse.
CORRECTS = vary(vary(RAPIDA, SMALL), {"generator": {"first_fill": "push_pull"}})
REPAINTS = vary(ORIGINAL, SMALL)


def save_run(recipe: Recipe, folder: Path) -> Path:
    """Un entrenamiento que dice que ha acabado, con los pesos al azar."""
    folder.mkdir()
    generator = build(recipe).generator
    rng = np.random.default_rng(0)
    # Positivos: entre los de una normalización por lotes hay varianzas.
    generator.set_weights(
        [
            rng.normal(0, 0.1, weight.shape)
            if weight.ndim > 1
            else rng.uniform(0.5, 1, weight.shape)
            for weight in generator.get_weights()
        ]
    )
    generator.save_weights(folder / WEIGHTS_FILE)
    (folder / RECIPE_FILE).write_text(json.dumps({**asdict(recipe), "datos": ""}))
    (folder / HISTORY_FILE).write_text(f"step,l1\n{recipe.training.steps},1\n")
    np.savez(folder / PICTURES_FILE, borradas=np.zeros((1, 32, 32, 3), np.uint8))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_run(CORRECTS, tmp_path_factory.mktemp("modelos") / "tiny")


@pytest.fixture(scope="module")
def exported(folder):
    return {precision: opened_run(folder, precision) for precision in ("float16", "int8")}


@pytest.fixture(scope="module")
def seen(faces, masks):
    return fixed_pairs(faces[:1, 4:36, 4:36], masks, CORRECTS.data.erase)[0]


def ones(count: int) -> np.ndarray:
    return np.ones(count, np.float32)


def answers(content: bytes, **inputs: np.ndarray) -> dict[str, np.ndarray]:
    """Lo que devuelve un archivo ONNX, que ha de recibir eso y devolver imágenes de su tamaño."""
    session = onnxruntime.InferenceSession(content)
    entries = {entry.name: tuple(entry.shape) for entry in session.get_inputs()}
    assert entries == {name: value.shape for name, value in inputs.items()}
    names = [output.name for output in session.get_outputs()]
    parts = dict(zip(names, session.run(names, inputs), strict=True))
    for output in session.get_outputs():
        assert tuple(output.shape) == parts[output.name].shape == (*inputs["x"].shape[:3], 3)
        assert parts[output.name].dtype == np.float32
    return parts


def test_the_network_of_the_book_opened_answers_the_same_to_the_bit():
    x = np.random.default_rng(0).uniform(-1, 1, (1, 256, 256, 4)).astype(np.float32)
    x[..., 3] = 0
    x[:, 90:170, 60:140, 3] = 1
    content = opened_network()
    assert content == opened_network() and len(content) < 12e6
    parts = answers(content, x=x, saltos=ones(5))
    np.testing.assert_array_equal(parts["restaurada"], load_pretrained().predict(x))
    known = x[..., 3] == 0
    np.testing.assert_array_equal(parts["relleno"][known], x[..., :3][known])
    summed = parts["relleno"] + x[..., 3:] * parts["correccion"]
    np.testing.assert_allclose(summed, parts["restaurada"], atol=1e-6)
    for level in range(5):
        cut = answers(content, x=x, saltos=ones(5) - np.eye(5, dtype=np.float32)[level])
        np.testing.assert_array_equal(cut["relleno"], parts["relleno"])
        assert np.abs(cut["restaurada"] - parts["restaurada"]).max() > 0.1

    light = opened_network("int8")
    assert len(light) < 0.55 * len(content)
    close = answers(light, x=x, saltos=ones(5))["restaurada"]
    assert 0 < np.abs(close - parts["restaurada"]).max() < 0.03


def test_a_run_answers_the_same_and_shows_what_its_recipe_has(folder, exported, seen):
    generator = load_run(folder).model.generator
    restored, fill = generator.predict(seen), generator.get_layer("first_fill")(seen)
    assert np.abs(restored - fill).max() > 0.1
    for precision, error in (("float16", 2e-3), ("int8", 3e-2)):
        parts = answers(exported[precision], x=seen, saltos=ones(2))
        assert list(parts) == ["restaurada", "relleno", "correccion"]
        np.testing.assert_allclose(parts["restaurada"], restored, atol=error)
        np.testing.assert_allclose(parts["relleno"], fill, atol=1e-5)
        summed = parts["relleno"] + seen[..., 3:] * parts["correccion"]
        np.testing.assert_allclose(summed, parts["restaurada"], atol=1e-5)
    assert len(exported["int8"]) < len(exported["float16"])


@pytest.mark.parametrize(
    ("kept", "factors"), [("shallow", [1, 0]), ("deep", [0, 1]), ("none", [0, 0])]
)
def test_a_cut_skip_is_a_network_that_never_had_it(folder, exported, seen, kept, factors):
    """Sin un salto, la convolución que lo recibía se queda con los pesos de lo que sube."""
    whole, lame = (
        build(vary(CORRECTS, {"generator": {"skips": skips}})).generator for skips in ("all", kept)
    )
    whole.load_weights(folder / WEIGHTS_FILE)
    lame.set_weights(
        [
            weight[tuple(map(slice, variable.shape))]
            for weight, variable in zip(whole.get_weights(), lame.weights, strict=True)
        ]
    )
    content, factors = exported["float16"], np.array(factors, np.float32)
    cut = answers(content, x=seen, saltos=factors)["restaurada"]
    np.testing.assert_allclose(cut, lame.predict(seen), atol=2e-3)
    assert np.abs(cut - answers(content, x=seen, saltos=ones(2))["restaurada"]).max() > 0.02


@pytest.mark.parametrize(
    ("recipe", "channels", "skips"),
    [
        (REPAINTS, 3, 2),
        (vary(REPAINTS, {"generator": {"skips": "none"}}), 3, 0),
        (vary(CORRECTS, {"generator": {"architecture": "partial"}}), 4, 0),
    ],
    ids=["repinta", "sin_saltos", "parciales"],
)
def test_a_network_without_fill_or_skips_has_neither(tmp_path, seen, recipe, channels, skips):
    folder = save_run(recipe, tmp_path / "modelo")
    x = seen[..., :channels]
    inputs = {"x": x, "saltos": ones(skips)} if skips else {"x": x}
    restored = load_run(folder).model.generator.predict(x)
    for precision, error in (("float16", 1e-3), ("int8", 2e-2)):
        parts = answers(opened_run(folder, precision), **inputs)
        assert list(parts) == ["restaurada"]
        np.testing.assert_allclose(parts["restaurada"], restored, atol=error * np.ptp(restored))


def test_int8_errs_half_a_step_of_each_output_channel():
    rng = np.random.default_rng(0)
    kernels = {
        "Conv": rng.normal(size=(40, 8, 2, 2)),
        "ConvTranspose": rng.normal(size=(40, 9, 2, 2)),
    }
    axes = {"Conv": 0, "ConvTranspose": 1}
    for kind, axis in axes.items():
        kernel = np.moveaxis(kernels[kind], axis, 0)
        kernel *= np.geomspace(1e-3, 10, len(kernel))[:, None, None, None]
        kernel[3] = 0
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("Conv", ["x", "Conv"], ["y"]),
                helper.make_node("ConvTranspose", ["y", "ConvTranspose"], ["z"]),
            ],
            "dos",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 8, 4, 4])],
            # Los pesos, tal como los usan las convoluciones.
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("z", *axes)],
            [numpy_helper.from_array(k.astype(np.float32), name) for name, k in kernels.items()],
        ),
        opset_imports=[helper.make_opsetid("", 15)],
        ir_version=8,
    )
    lighten(model, "int8")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    used = session.run([*axes], {"x": np.zeros((1, 8, 4, 4), np.float32)})
    for found, (kind, axis) in zip(used, axes.items(), strict=True):
        others = tuple({0, 1, 2, 3} - {axis})
        step = np.abs(kernels[kind]).max(others, keepdims=True) / 127
        error = np.abs(found - kernels[kind])
        assert (error <= 0.501 * step).all() and error.max() > 0.4 * step.max()


def test_the_one_of_the_book_needs_neither_tensorflow_nor_keras(tmp_path):
    code = (
        "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
        "from pix2pix_lib.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    order = ["exportar", "--salida", tmp_path / "nueva/red.onnx"]
    run = subprocess.run([sys.executable, "-c", code, *order], capture_output=True, text=True)
    assert run.returncode == 0 and "11.2 MB" in run.stdout
    assert (tmp_path / "nueva/red.onnx").read_bytes() == opened_network()


def test_the_order_exports_a_run_without_a_word_in_english(folder, exported, tmp_path, capfd):
    target = tmp_path / "red.onnx"
    assert main(["exportar", str(folder), "--salida", str(target), "--pesos", "int8"]) == 0
    out, error = capfd.readouterr()
    assert f"Red guardada en {target}" in out and error == ""
    parts = [
        onnx.load_from_string(content).graph for content in (target.read_bytes(), exported["int8"])
    ]
    assert parts[0].output == parts[1].output

    before = target.read_bytes()
    assert main(["exportar", "--salida", str(target)]) == 1
    assert "ya existe: elige otro nombre" in capfd.readouterr().err
    assert target.read_bytes() == before and len([*tmp_path.iterdir()]) == 1


def half_done(folder: Path) -> None:
    (folder / HISTORY_FILE).write_text("step,l1\n50,1\n")


def noisy(folder: Path) -> None:
    shutil.rmtree(folder)
    save_run(vary(CORRECTS, {"generator": {"noise": True}}), folder)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (shutil.rmtree, "entrena primero"),
        (half_done, "va por el paso 50 de 100: acábalo"),
        (noisy, "noise=False"),
    ],
)
def test_a_run_that_cannot_be_exported_leaves_nothing(folder, tmp_path, capsys, spoil, sentence):
    spoilt = shutil.copytree(folder, tmp_path / "modelo")
    spoil(spoilt)
    target = tmp_path / "salida/red.onnx"
    assert main(["exportar", str(spoilt), "--salida", str(target)]) == 1
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert not target.parent.exists()


@pytest.mark.parametrize(
    ("lost", "arguments", "typed"),
    [
        ({"onnx"}, [], "pip install onnx»"),
        ({"onnx", "tf2onnx"}, ["modelo"], "pip install onnx tf2onnx»"),
        ({"tf2onnx"}, ["modelo"], "pip install tf2onnx»"),
    ],
)
def test_what_is_not_installed_is_said(tmp_path, monkeypatch, capsys, lost, arguments, typed):
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name in lost else name)
    assert main(["exportar", *arguments, "--salida", str(tmp_path / "red.onnx")]) == 1
    assert typed in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_another_backend_is_said(folder, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UserError, match="KERAS_BACKEND"):
        opened_run(folder)


def test_the_discriminator_knows_what_is_invented():
    """En la astronauta, de la que no aprendió nadie: lo dibujado, del hueco para dentro."""
    content = lab_discriminator()
    assert len(content) < 1.5e6
    session = onnxruntime.InferenceSession(content)
    shapes = {one.name: one.shape for one in [*session.get_inputs(), *session.get_outputs()]}
    assert shapes == {
        "borrada": [1, 128, 128, 4],
        "candidata": [1, 128, 128, 3],
        "notas": [1, 14, 14, 1],
    }
    photo, network = skimage.data.astronaut(), load_pretrained().upright
    face = largest_face(photo)
    empty = np.zeros(photo.shape[:2], np.float32)
    whole, _ = turned.look(photo, empty, face.points, network.size, MAGENTA)
    hole = empty.copy()
    for eye in face.points[:2]:
        cv2.circle(hole, [*map(int, eye)], int(0.12 * face.width), 1, -1)
    x, _ = turned.look(photo, hole, face.points, network.size, MAGENTA)
    authentic = {}
    for name, candidate in (
        ("original", whole[..., :3]),
        ("dibujada", to_float(network.restore(x[None])[0])),
    ):
        inputs = {"borrada": x[None], "candidata": candidate[None]}
        authentic[name] = session.run(None, inputs)[0][0, ..., 0] > 0
    inside = (x[8:-8, 8:-8, 3] > 0).reshape(14, 8, 14, 8).any((1, 3))
    assert authentic["original"][inside].mean() > 0.5 > authentic["dibujada"][inside].mean()


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"{}")])
@pytest.mark.parametrize("name", ["DISCRIMINATOR", "DISCRIMINATOR_RECORD"])
def test_a_lost_discriminator_gets_one_sentence(tmp_path, monkeypatch, name, spoil):
    path = Path(shutil.copy(getattr(exporting, name), tmp_path))
    monkeypatch.setattr(exporting, name, path)
    assert lab_discriminator()
    spoil(path)
    with pytest.raises(UserError, match="vuelve a instalar"):
        lab_discriminator()


def test_what_is_recorded_is_of_the_networks_of_the_book():
    judged, weights = (
        json.loads(path.read_text()) for path in (results.JUDGED_FILE, results.WEIGHTS_FILE)
    )
    assert judged["version"] == hashlib.sha256(lab_discriminator()).hexdigest()
    assert weights["version"] == weights_digest()
    for precision, size in weights["redes"]["la del libro"]["bytes"].items():
        assert size == len(opened_network(precision)) < 12e6
    for network in weights["redes"].values():
        for marks in network["psnr"].values():
            means = [np.mean(psnr) for psnr in marks.values()]
            assert means[0] - means[-1] < 0.1
