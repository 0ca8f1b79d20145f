"""Entradas estropeadas a propósito, miles y siempre las mismas: todo acaba bien o en una frase."""

import io
import json
import shutil
import warnings
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.photos import open_photo
from pix2pix_lib.errors import UserError
from pix2pix_lib.recipes import RAPIDA, vary
from pix2pix_lib.sources.annotations import read_annotations
from pix2pix_lib.stored_recipes import read_recipe

STRANGE = [
    *(None, True, False, 0, -1, 1e308, float("nan"), float("inf"), 2**70, "", "a", "..", "\ud800"),
    *([], {}, [[]], [None], {"x": {}}, [1, 2, 3], "http://", "\0", "9" * 400),
]


def survives(action, *arguments) -> None:
    """Falla si lo que sale no es un resultado ni una frase para una persona."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            action(*arguments)
        except UserError as error:
            assert str(error).endswith(".") and "\n" not in str(error)[:-1]


def spoil(rng: np.random.Generator, content: bytes) -> bytes:
    """Corta, cambia, repite o borra unos bytes."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 8)):
        if not data:
            break
        start = int(rng.integers(len(data)))
        stop = start + int(rng.integers(1, 32))
        kind = rng.integers(4)
        if kind == 0:
            data[start:stop] = rng.bytes(len(data[start:stop]))
        elif kind == 1:
            del data[start:stop]
        elif kind == 2:
            data[start:start] = data[start:stop]
        elif rng.random() < 0.2:
            del data[start:]
    return bytes(data)


def change(rng: np.random.Generator, value):
    """Pone algo raro en algún sitio de un JSON."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = list(value)[rng.integers(len(value))]
        if rng.random() < 0.1:
            return {name: each for name, each in value.items() if name != key}
        return value | {key: change(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.7:
        index = rng.integers(len(value))
        return [change(rng, each) if i == index else each for i, each in enumerate(value)]
    return STRANGE[rng.integers(len(STRANGE))]


def test_4000_recipes():
    rng = np.random.default_rng(0)
    whole = json.loads(json.dumps(asdict(RAPIDA)))
    for _ in range(4000):
        survives(read_recipe, change(rng, whole))


def test_4000_annotations(tmp_path):
    rng = np.random.default_rng(1)
    corners = [{"x": 0.1, "y": 0.2}, {"x": 0.5, "y": 0.9}]
    whole = {
        "content": "http://ejemplo.org/a.jpg",
        "annotation": [{"label": ["Face"], "points": corners, "imageWidth": 9, "imageHeight": 9}],
    }
    path = tmp_path / "caras.json"
    for number in range(4000):
        line = json.dumps(change(rng, whole)).encode()
        path.write_bytes(spoil(rng, line) if number % 2 else line)
        survives(read_annotations, path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_2000_photos_of_each_kind(kind):
    rng = np.random.default_rng(2)
    image = Image.fromarray(rng.integers(0, 256, (24, 20, 3), np.uint8))
    file = io.BytesIO()
    image.save(file, kind)
    for _ in range(2000):
        survives(open_photo, io.BytesIO(spoil(rng, file.getvalue())))


def test_300_masks(tmp_path, masks):
    rng = np.random.default_rng(3)
    file = io.BytesIO()
    Image.fromarray(~next(iter(masks.values()))).save(file, "PNG")
    for _ in range(300):
        (tmp_path / "mia.png").write_bytes(spoil(rng, file.getvalue()))
        survives(load_masks, tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Una red diminuta, parada a medias: con sus pesos y su punto de guardado."""
    from pix2pix_lib.training.loop import train

    folder = tmp_path_factory.mktemp("redes") / "modelo"
    recipe = vary(
        RAPIDA,
        {
            "data": {"size": 16, "load_size": 18},
            "generator": {"filters": 2, "levels": 2},
            "discriminator": {"filters": 2},
            "training": {"steps": 200},
        },
    )
    faces = np.random.default_rng(4).integers(0, 256, (20, 18, 18, 3), np.uint8)

    import keras

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch >= 99

    arguments = (recipe, faces, faces[:3, :16, :16], folder)
    train(*arguments, save_every=50, callbacks=[Stop()])
    return folder, arguments


def test_300_damaged_networks(trained, tmp_path, monkeypatch):
    from pix2pix_lib.training import runs

    folder, _ = trained
    rng = np.random.default_rng(5)
    names = ["receta.json", "historial.csv", "caras.npz", "generador.weights.h5"]
    build, model = runs.build, runs.load_run(folder).model
    for number in range(300):
        name = names[number % 4]
        copy = tmp_path / "copia"
        shutil.copytree(folder, copy)
        content = (copy / name).read_bytes()
        foreign = [b"", b"{}", b"[]", (folder / "tira.png").read_bytes(), rng.bytes(100)]
        other = foreign[rng.integers(len(foreign))]
        (copy / name).write_bytes(spoil(rng, content) if number % 8 < 4 else other)
        # Construir la red en cada caso sería lo que más tarda: solo se construye para sus pesos.
        own = name == "generador.weights.h5"
        monkeypatch.setattr(runs, "build", build if own else lambda recipe: model)
        survives(runs.load_run, copy)
        shutil.rmtree(copy)


def test_10_damaged_checkpoints(trained, tmp_path):
    from pix2pix_lib.training.loop import train

    folder, (recipe, faces, exam, _) = trained
    rng = np.random.default_rng(6)
    for number in range(10):
        copy = tmp_path / f"copia{number}"
        shutil.copytree(folder, copy)
        newest = max((copy / "puntos").glob("*.npz"))
        foreign = [b"", rng.bytes(100), (folder / "tira.png").read_bytes()]
        content = spoil(rng, newest.read_bytes()) if number % 2 else foreign[number % 3]
        newest.write_bytes(content)

        def resume(copy=copy):
            import keras

            class Stop(keras.callbacks.Callback):
                def on_train_batch_end(self, batch, logs=None):
                    self.model.stop_training = True

            train(recipe, faces, exam, copy, callbacks=[Stop()])

        survives(resume)
