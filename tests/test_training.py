import dataclasses

import keras
import numpy as np
import pytest

from pix2pix_lib import training
from pix2pix_lib.errors import UserError
from pix2pix_lib.pairs import fixed_pairs
from pix2pix_lib.training import MEJORADA, ORIGINAL, RAPIDA, Recipe, load_run, train

TINY = dataclasses.replace(
    RAPIDA,
    size=32,
    load_size=36,
    filters=16,
    levels=3,
    disc_filters=4,
    learning_rate=2e-3,
    steps=400,
)


@pytest.fixture(scope="module")
def trained(faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("entrenamientos") / "modelo"
    return train(TINY, faces[:, :36, :36], faces[:3, :32, :32], folder), folder


def test_the_original_recipe_builds_the_tutorials_networks():
    model = ORIGINAL.build()
    assert model.generator.count_params() == 54_425_859
    assert model.discriminator.count_params() == 2_770_433
    assert (model.l1_weight, model.hole_weight) == (100, 1)
    assert float(model.optimizer.beta_1) == 0.5
    assert float(model.optimizer.learning_rate) == pytest.approx(2e-4)


@pytest.mark.parametrize("recipe", [MEJORADA, RAPIDA])
def test_the_other_recipes_do_not_normalize_the_innermost_level(recipe):
    generator = recipe.build().generator
    downs = [layer for layer in generator.layers if isinstance(layer, keras.layers.LeakyReLU)]
    assert isinstance(generator.layers[generator.layers.index(downs[-1]) - 1], keras.layers.Conv2D)


def test_training_leaves_a_folder_that_loads_into_the_same_network(trained, faces, masks):
    run, folder = trained
    assert sorted(path.name for path in folder.iterdir()) == [
        "generador.weights.h5",
        "historial.csv",
        "receta.json",
        "tira.png",
    ]
    loaded = load_run(folder)
    assert loaded.recipe == TINY and loaded.strip_steps == run.strip_steps == [
        0,
        100,
        200,
        300,
        400,
    ]
    assert np.array_equal(loaded.strip, run.strip)
    assert loaded.history.keys() == run.history.keys() == {"step", "loss", "l1", "gen_gan", "disc"}
    for name, values in run.history.items():
        np.testing.assert_allclose(loaded.history[name], values)
    x, _ = fixed_pairs(faces[:3, :32, :32], masks, TINY.erase)
    assert np.array_equal(loaded.model.restore(x), run.model.restore(x))


def test_training_learns(trained, faces, masks):
    run, _ = trained
    originals = np.repeat(faces[:, :32, :32], 5, axis=0)
    x, _ = fixed_pairs(originals, masks, TINY.erase, seed=3)
    before, after = (
        np.abs(model.restore(x).astype(float) - originals).mean()
        for model in (TINY.build(), run.model)
    )
    assert after < 0.95 * before


def test_the_strip_has_a_row_per_face_and_a_column_per_moment(trained, faces):
    run, _ = trained
    assert run.strip.shape == (3 * 32, 7 * 32, 3)
    assert np.array_equal(run.strip[:32, -32:], faces[0, :32, :32])


def test_the_same_seed_gives_the_same_network():
    first, second = (TINY.build().generator.get_weights() for _ in range(2))
    other = dataclasses.replace(TINY, seed=1).build().generator.get_weights()
    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))
    assert not all(np.array_equal(*pair) for pair in zip(first, other, strict=True))


class _CtrlC(keras.callbacks.Callback):
    def __init__(self, step):
        super().__init__()
        self.step, self.seen = step, 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if self.seen == self.step:
            raise KeyboardInterrupt


def interrupt_at(step, monkeypatch):
    monkeypatch.setattr(training, "_Progress", lambda: _CtrlC(step))


def test_ctrl_c_keeps_what_was_learned(faces, tmp_path, monkeypatch, capsys):
    interrupt_at(160, monkeypatch)
    train(TINY, faces[:, :36, :36], faces[:3, :32, :32], tmp_path / "modelo")
    assert "100 pasos" in capsys.readouterr().out
    assert load_run(tmp_path / "modelo").history["step"].tolist() == [100]


def test_ctrl_c_before_anything_was_learned_keeps_the_previous_run(
    faces, tmp_path, monkeypatch, trained
):
    run, folder = trained
    interrupt_at(20, monkeypatch)
    before = (folder / "generador.weights.h5").read_bytes()
    with pytest.raises(UserError, match="no hay nada que guardar"):
        train(TINY, faces[:, :36, :36], faces[:3, :32, :32], folder)
    assert (folder / "generador.weights.h5").read_bytes() == before


def test_a_folder_with_other_things_is_left_alone(faces, tmp_path):
    (tmp_path / "foto.png").touch()
    with pytest.raises(UserError, match="elige otra carpeta"):
        train(TINY, faces, faces, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["foto.png"]


def test_a_folder_without_a_run_says_to_train_first(tmp_path):
    with pytest.raises(UserError, match="entrena primero"):
        load_run(tmp_path)


def test_an_output_that_cannot_be_a_folder_is_refused_before_training(faces, tmp_path):
    (tmp_path / "nota.txt").write_text("hola")
    for output in (tmp_path / "nota.txt", tmp_path / "nota.txt/modelo"):
        with pytest.raises(UserError):
            train(TINY, faces, faces, output)


@pytest.mark.parametrize("name", ["generador.weights.h5", "historial.csv", "receta.json"])
def test_a_broken_run_is_not_loaded(trained, tmp_path, name):
    _, folder = trained
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"step,loss\n1,dos\n")
    with pytest.raises(UserError, match="entrena primero"):
        load_run(tmp_path)


@pytest.mark.parametrize("bad", [{"steps": 50}, {"steps": 150}, {"load_size": 200}])
def test_impossible_recipes_are_refused(bad):
    with pytest.raises(UserError):
        Recipe(**bad)
