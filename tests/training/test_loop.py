import errno
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
from old_recipes import OLD_RAPIDA

from pix2pix_lib import devices
from pix2pix_lib.data.pairs import fixed_pairs
from pix2pix_lib.errors import UserError
from pix2pix_lib.model.build import build
from pix2pix_lib.recipes import MEJORADA, ORIGINAL, RAPIDA, REPAINTS, vary
from pix2pix_lib.training import loop
from pix2pix_lib.training.callbacks import DiscriminatorWon
from pix2pix_lib.training.loop import train
from pix2pix_lib.training.runs import RECIPE_FILE, export_run, load_run, shipped_run

pytestmark = pytest.mark.filterwarnings(r"ignore:Solo hay \d+ caras")

TINY = vary(
    RAPIDA,
    {
        "data": {"size": 32, "load_size": 36},
        "generator": {"filters": 16, "levels": 3},
        "discriminator": {"filters": 4},
        "training": {"steps": 400},
    },
)


@pytest.fixture(scope="module")
def trained(faces, tmp_path_factory):
    folder = tmp_path_factory.mktemp("entrenamientos") / "modelo"
    return train(TINY, faces[:, :36, :36], faces[:3, :32, :32], folder), folder


def test_the_original_recipe_builds_the_tutorials_networks():
    model = build(ORIGINAL)
    assert model.generator.count_params() == 54_425_859
    assert model.discriminator.count_params() == 2_770_433
    assert (model.asked.distance_weight, model.asked.hole_weight) == (100, 1)
    assert float(model.optimizer.beta_1) == 0.5
    assert float(model.optimizer.learning_rate) == pytest.approx(2e-4)


@pytest.mark.parametrize("recipe", [MEJORADA, RAPIDA])
def test_the_other_recipes_do_not_normalize_the_innermost_level(recipe):
    generator = build(recipe).generator
    downs = [layer for layer in generator.layers if isinstance(layer, keras.layers.LeakyReLU)]
    assert isinstance(generator.layers[generator.layers.index(downs[-1]) - 1], keras.layers.Conv2D)


def test_training_leaves_a_folder_that_loads_into_the_same_network(trained, faces, masks):
    run, folder = trained
    assert sorted(path.name for path in folder.iterdir()) == [
        "caras.npz",
        "discriminador.weights.h5",
        "generador.weights.h5",
        "historial.csv",
        "receta.json",
        "tira.gif",
        "tira.png",
    ]
    loaded = load_run(folder)
    assert loaded.recipe == TINY
    assert list(loaded.pictures) == ["borradas", "0", "100", "200", "300", "400", "originales"]
    assert np.array_equal(loaded.pictures["originales"], faces[:3, :32, :32])
    assert np.array_equal(loaded.strip, run.strip)
    assert loaded.history.keys() == run.history.keys() == {"step", "loss", "l1", "gen_gan", "disc"}
    for name, values in run.history.items():
        np.testing.assert_allclose(loaded.history[name], values)
    x, _ = fixed_pairs(faces[:3, :32, :32], masks, TINY.data.erase)
    assert np.array_equal(loaded.model.restore(x), run.model.restore(x))
    for kept, weight in zip(
        loaded.model.discriminator.weights, run.model.discriminator.weights, strict=True
    ):
        np.testing.assert_array_equal(kept.numpy(), weight.numpy())


def test_the_shipped_run_is_the_fast_recipe_trained_whole(faces, masks):
    run = shipped_run()
    assert run.recipe == RAPIDA and run.steps == RAPIDA.training.steps
    assert run.strip.shape == (6 * 64, 64 * len(run.pictures), 3)
    # Al nacer, la red devuelve el relleno tal cual; esta ya ha aprendido a cambiarlo.
    large = faces.repeat(2, axis=1).repeat(2, axis=2)[:2, :64, :64]
    x, _ = fixed_pairs(large, masks, RAPIDA.data.erase)
    assert not np.array_equal(run.model.restore(x), build(RAPIDA).restore(x))


def test_without_the_shipped_run_one_is_told_to_reinstall(monkeypatch, tmp_path):
    monkeypatch.setattr("pix2pix_lib.training.runs.SHIPPED", tmp_path)
    with pytest.raises(UserError, match="vuelve a instalar la biblioteca"):
        shipped_run()


def test_training_learns_what_is_missing(tmp_path, faces, masks):
    # Sin relleno de partida: todo lo que acierta lo ha aprendido.
    recipe = vary(TINY, {"generator": REPAINTS, "training": {"steps": 100}})
    run = train(recipe, faces[:, :36, :36], faces[:3, :32, :32], tmp_path / "modelo")
    originals = faces[:, :32, :32]
    x, _ = fixed_pairs(originals, masks, recipe.data.erase, seed=3)
    before, after = (
        np.abs(model.restore(x).astype(float) - originals).mean()
        for model in (build(recipe), run.model)
    )
    assert after < 0.5 * before


def test_the_strip_has_a_row_per_face_and_a_column_per_moment(trained, faces):
    run, _ = trained
    assert run.strip.shape == (3 * 32, 7 * 32, 3)
    assert np.array_equal(run.strip[:32, -32:], faces[0, :32, :32])


def test_the_same_seed_gives_the_same_network():
    first, second = (build(TINY).generator.get_weights() for _ in range(2))
    other = build(vary(TINY, {"training": {"seed": 1}})).generator.get_weights()
    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))
    assert not all(np.array_equal(*pair) for pair in zip(first, other, strict=True))


class _Signal(keras.callbacks.Callback):
    """Manda una señal al propio proceso en medio de un paso, como quien pulsa Ctrl-C."""

    def __init__(self, step, number):
        super().__init__()
        self.step, self.number = step, number

    def on_train_batch_begin(self, batch, logs=None):
        if batch + 1 == self.step:
            signal.raise_signal(self.number)


STATEFUL = vary(
    TINY,
    {
        "generator": {"norm": "batch", "innermost_norm": True, "dropout": 0.5},
        "discriminator": {"norm": "batch"},
        "training": {"steps": 200, "precision": "float32"},
    },
)


def train_stateful(faces, output, **options):
    return train(STATEFUL, faces[:, :36, :36], faces[:3, :32, :32], output, **options)


def same_weights(first, second):
    pairs = zip(first.model.generator.weights, second.model.generator.weights, strict=True)
    return all(np.array_equal(a.numpy(), b.numpy()) for a, b in pairs)


@pytest.fixture(scope="module")
def undisturbed(faces, tmp_path_factory):
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # Con la máquina muy ocupada, alguna suma de TensorFlow cambia de orden.
        tf.config.experimental.enable_op_determinism()
    return train_stateful(faces, tmp_path_factory.mktemp("sin_molestar") / "modelo")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_goes_on_and_ends_the_same(faces, tmp_path, capsys, undisturbed, number):
    output = tmp_path / "modelo"
    stopped = train_stateful(faces, output, callbacks=[_Signal(130, number)])
    assert stopped.steps < STATEFUL.training.steps
    assert "Parado en el paso 130 de 200" in capsys.readouterr().out
    assert stopped.history["step"].tolist() == [100]
    assert np.array_equal(load_run(output).strip, stopped.strip)
    resumed = train_stateful(faces, output)
    assert resumed.steps == STATEFUL.training.steps
    assert same_weights(resumed, undisturbed)
    assert np.array_equal(resumed.strip, undisturbed.strip)
    for name, values in undisturbed.history.items():
        assert np.array_equal(resumed.history[name], values), name


def test_no_step_is_saved_before_the_other_callbacks_have_seen_it(faces, tmp_path, monkeypatch):
    seen, saved = [], []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch + 1)

    monkeypatch.setattr(
        loop, "save_checkpoint", lambda folder, step, _: saved.append((step, seen[-1]))
    )
    train_stateful(faces, tmp_path / "modelo", save_every=40, callbacks=[Look()])
    assert saved == [(step, step) for step in (40, 80, 120, 160, 200)]


def test_what_a_stopped_training_leaves_is_the_moving_average(faces, tmp_path):
    recipe = vary(STATEFUL, {"training": {"ema": 0.9}})
    arguments = recipe, faces[:, :36, :36], faces[:3, :32, :32], tmp_path / "modelo"
    raw = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raw[:] = [weight.numpy() for weight in self.model.generator.trainable_variables]

    train(*arguments, callbacks=[_Signal(30, signal.SIGINT), Look()])
    stored = load_run(tmp_path / "modelo").model.generator.trainable_variables
    assert not any(np.array_equal(a, b.numpy()) for a, b in zip(raw, stored, strict=True))


def test_a_finished_training_is_not_repeated_and_leaves_no_checkpoints(
    faces, tmp_path, capsys, monkeypatch
):
    output = tmp_path / "modelo"
    first = train_stateful(faces, output)
    assert not (output / "puntos").exists()
    before = (output / "generador.weights.h5").stat().st_mtime_ns
    monkeypatch.setattr(loop, "build", None)
    again = train_stateful(faces, output)
    assert (output / "generador.weights.h5").stat().st_mtime_ns == before
    assert again.steps == 200 and same_weights(again, first)
    assert "ya está" in capsys.readouterr().out


def test_going_on_in_another_machine_is_said(faces, tmp_path, monkeypatch):
    output = tmp_path / "modelo"
    train_stateful(faces, output, callbacks=[_Signal(30, signal.SIGINT)])
    here = devices.machine()
    monkeypatch.setattr(loop, "machine", lambda: here | {"hilos": "64"})
    with pytest.warns(UserWarning, match=f"hilos: {here['hilos']} y ahora 64"):
        train_stateful(faces, output, callbacks=[_Signal(1, signal.SIGINT)])


def test_a_folder_deleted_meanwhile_is_made_again_whole(faces, tmp_path):
    output = tmp_path / "modelo"

    class Delete(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 60:
                shutil.rmtree(output)

    with pytest.warns(UserWarning, match="Alguien ha borrado"):
        train_stateful(faces, output, callbacks=[Delete(), _Signal(130, signal.SIGINT)])
    assert load_run(output).steps == 100


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_disk_that_fills_up_with_the_weights_is_a_sentence(small_disk):
    with pytest.raises(UserError, match="lleno"):
        export_run(small_disk / "modelo", shipped_run())
    gc.collect()  # Un HDF5 que no se pudo cerrar se queja, o acaba con Python, al borrarse.
    assert list((small_disk / "modelo").iterdir()) == []


def test_a_broken_last_checkpoint_falls_back_to_the_one_before(faces, tmp_path, undisturbed):
    output = tmp_path / "modelo"
    train_stateful(faces, output, save_every=50, callbacks=[_Signal(120, signal.SIGINT)])
    last = max((output / "puntos").iterdir())
    assert last.name == "00000120.npz"
    last.write_bytes(last.read_bytes()[:-1000])
    with pytest.warns(UserWarning, match="estropeado"):
        resumed = train_stateful(faces, output)
    assert same_weights(resumed, undisturbed)


def test_a_full_disk_stops_with_a_sentence_and_keeps_the_last_good_one(
    faces, tmp_path, monkeypatch, undisturbed
):
    output = tmp_path / "modelo"
    original = np.savez
    saves = []

    def savez_until_full(file, **state):
        saves.append(1)
        if len(saves) == 2:
            file.write(b"a medias")
            raise OSError(errno.ENOSPC, "No space left on device")
        original(file, **state)

    monkeypatch.setattr(np, "savez", savez_until_full)
    with pytest.raises(UserError, match="lleno"):
        train_stateful(faces, output, save_every=50)
    assert [path.name for path in (output / "puntos").iterdir()] == ["00000050.npz"]
    assert same_weights(train_stateful(faces, output), undisturbed)


@pytest.mark.filterwarnings("ignore:.*invalid value")
def test_a_loss_that_is_not_a_number_stops_and_keeps_the_last_good_weights(faces, tmp_path):
    class Poison(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch + 1 == 110:
                weight = self.model.generator.weights[0]
                weight.assign(np.full(weight.shape, np.nan))

    output = tmp_path / "modelo"
    with pytest.raises(UserError, match="dejó de ser un número en el paso 111"):
        train_stateful(faces, output, save_every=40, callbacks=[Poison()])
    saved = load_run(output)
    assert all(np.isfinite(weight.numpy()).all() for weight in saved.model.generator.weights)
    assert max(path.name for path in (output / "puntos").iterdir()) == "00000080.npz"


def test_other_faces_in_the_same_folder_are_refused(faces, trained):
    _, folder = trained
    with pytest.raises(UserError, match="otros datos"):
        train(TINY, faces[1:, :36, :36], faces[:3, :32, :32], folder)
    with pytest.raises(UserError, match="otros datos"):
        train(TINY, faces[:, :36, :36], faces[1:4, :32, :32], folder)


def test_three_faces_raise_a_warning(faces, tmp_path):
    recipe = vary(STATEFUL, {"training": {"steps": 100, "batch_size": 1}})
    with pytest.warns(UserWarning, match="Solo hay 3 caras"):
        train(recipe, faces[:3, :36, :36], faces[:3, :32, :32], tmp_path / "modelo")


def test_training_starts_from_the_networks_of_another(faces, tmp_path, trained):
    run, folder = trained
    seen = []
    recipe = vary(TINY, {"training": {"steps": 100, "learning_rate": 1e-9}})
    started = train(
        recipe,
        faces[:, :36, :36],
        faces[:3, :32, :32],
        tmp_path / "modelo",
        initial=folder,
        watch=lambda columns: seen.append(sorted(columns)),
    )
    assert seen == [[0], [0, 100]]
    for new, old in zip(started.model.weights, run.model.weights, strict=True):
        np.testing.assert_allclose(new.numpy(), old.numpy(), atol=1e-5)


def test_a_generator_of_another_shape_is_refused(faces, tmp_path, trained):
    _, folder = trained
    bigger = vary(TINY, {"generator": {"filters": 20}})
    with pytest.raises(UserError, match="no son como las de esta receta"):
        train(bigger, faces[:, :36, :36], faces[:3, :32, :32], tmp_path / "m", initial=folder)
    with pytest.raises(UserError, match="no hay un generador"):
        train(TINY, faces[:, :36, :36], faces[:3, :32, :32], tmp_path / "n", initial=tmp_path)


def test_it_warns_once_when_the_discriminator_has_won():
    watcher = DiscriminatorWon()
    history = {"disc": [1.2, 0.01, 0.01, 0.01, 0.01]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watcher(history)
    history["disc"].append(0.01)
    with pytest.warns(UserWarning, match="ha ganado"):
        watcher(history)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watcher(history)


KILLS = int(os.environ.get("PIX2PIX_MUERTES", "4"))
"""Muertes de la prueba de SIGKILL; la larga, `PIX2PIX_MUERTES=50 pytest tests/training`."""

TRAIN_AGAIN = """
import os
import signal
import sys
import numpy as np
import tensorflow as tf
from pix2pix_lib.recipes import RAPIDA, vary
from pix2pix_lib.training import train

recipe = vary(RAPIDA, dict(
    data=dict(size=32, load_size=36),
    generator=dict(filters=4, levels=3, norm="batch", innermost_norm=True, dropout=0.5),
    discriminator=dict(filters=4, norm="batch"),
    training=dict(steps={steps}),
))
faces = np.random.default_rng(0).integers(0, 256, (24, 36, 36, 3), np.uint8)
tf.config.experimental.enable_op_determinism()
calls, last = 0, int(sys.argv[2])

def count(frame, event, argument):
    global calls
    ours = any(name in frame.f_code.co_filename for name in ("pix2pix_lib", "zipfile", "pathlib"))
    calls += ours and event in ("call", "c_call")
    if calls == last:
        os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(count)
train(recipe, faces, faces[:3, :32, :32], sys.argv[1], save_every=20)
sys.setprofile(None)
print(calls)
"""


def test_killed_at_any_moment_it_ends_with_the_same_weights(tmp_path):
    """Un momento es una llamada, al entrenar o al guardar: las muertes son siempre las mismas."""
    script = tmp_path / "entrena.py"
    script.write_text(TRAIN_AGAIN.format(steps=max(200, 50 * KILLS)))

    def run(folder, last=-1):
        command = [sys.executable, script, tmp_path / folder, str(last)]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    calls = int(run("entera").stdout.split()[-1])
    for last in np.random.default_rng(0).integers(1, calls // KILLS, KILLS):
        assert run("muerta", last).returncode == -signal.SIGKILL
    assert run("muerta").returncode == 0
    whole, broken = (load_run(tmp_path / folder) for folder in ("entera", "muerta"))
    assert same_weights(whole, broken)
    names = [
        {path.name for path in (tmp_path / folder).iterdir() if ".parcial." not in path.name}
        for folder in ("entera", "muerta")
    ]
    assert names[0] == names[1]


def test_tensorboard_gets_the_history_of_a_training_stopped_halfway(faces, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    recipe = vary(TINY, {"training": {"steps": 200}})
    arguments = (recipe, faces[:, :36, :36], faces[:3, :32, :32], tmp_path / "modelo")
    train(*arguments, tensorboard=True, save_every=150, callbacks=[_Signal(150, signal.SIGTERM)])
    run = train(*arguments, tensorboard=True)
    events = accumulator.EventAccumulator(str(tmp_path / "modelo/tensorboard")).Reload()
    (name,) = [tag for tag in events.Tags()["tensors"] if tag.startswith("L1")]
    points = events.Tensors(name)
    assert [point.step for point in points] == [100, 200]
    assert [point.tensor_proto.float_val[0] for point in points] == pytest.approx(run.history["l1"])


def test_without_tensorboard_it_says_so_and_trains(faces, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    recipe = vary(TINY, {"training": {"steps": 100}})
    with pytest.warns(UserWarning, match="pip install tensorboard"):
        run = train(
            recipe, faces[:, :36, :36], faces[:3, :32, :32], tmp_path / "modelo", tensorboard=True
        )
    assert run.steps == 100


def test_a_folder_with_other_things_is_left_alone(faces, tmp_path):
    (tmp_path / "foto.png").touch()
    with pytest.raises(UserError, match="no son de esta orden"):
        train(TINY, faces[:, :36, :36], faces[:3, :32, :32], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["foto.png"]


def test_a_folder_without_a_run_says_to_train_first(tmp_path):
    with pytest.raises(UserError, match="entrena primero"):
        load_run(tmp_path)


def test_an_output_that_cannot_be_a_folder_is_refused_before_training(faces, tmp_path):
    (tmp_path / "nota.txt").write_text("hola")
    for output in (tmp_path / "nota.txt", tmp_path / "nota.txt/modelo"):
        with pytest.raises(UserError, match="No se puede escribir"):
            train(TINY, faces[:, :36, :36], faces[:3, :32, :32], output)


@pytest.mark.parametrize(
    "name", ["caras.npz", "generador.weights.h5", "historial.csv", "receta.json"]
)
def test_a_broken_run_is_not_loaded(trained, tmp_path, name):
    _, folder = trained
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"step,loss\n1,dos\n")
    with pytest.raises(UserError, match="entrena primero"):
        load_run(tmp_path)


@pytest.mark.parametrize("start", ["[", "null", "[]", "{}", "3"])
def test_a_recipe_that_is_not_one_is_a_sentence(faces, tmp_path, start):
    recipe = vary(TINY, {"training": {"precision": "auto"}})
    (tmp_path / RECIPE_FILE).write_text(start * (200_000 if start == "[" else 1))
    with pytest.raises(UserError, match="otros ajustes"):
        train(recipe, faces[:, :36, :36], faces[:3, :32, :32], tmp_path)
    with pytest.raises(UserError, match="no hay un entrenamiento"):
        load_run(tmp_path)


def test_a_run_of_an_older_version_loads_and_is_still_the_same_run(trained, faces, tmp_path):
    run, folder = trained
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "caras.npz").unlink()
    settings = json.loads((folder / "receta.json").read_text())
    old = OLD_RAPIDA | {"size": 32, "load_size": 36, "levels": 3, "steps": 400}
    old |= {"disc_filters": 4}
    del old["relative"]
    (tmp_path / "receta.json").write_text(json.dumps(old | {"datos": settings["datos"]}))
    with pytest.warns(UserWarning, match="relative"):
        again = train(TINY, faces[:, :36, :36], faces[:3, :32, :32], tmp_path)
    assert again.recipe == run.recipe and list(again.pictures) == list(run.pictures)
    assert all(np.array_equal(again.pictures[name], run.pictures[name]) for name in run.pictures)
    other = vary(TINY, {"generator": {"dropout": 0.5, "slope": 0.1}})
    with pytest.raises(UserError, match=r"cambia dropout, slope\)"):
        train(other, faces[:, :36, :36], faces[:3, :32, :32], folder)
    with pytest.raises(UserError, match="cambia las caras"):
        train(TINY, faces[1:, :36, :36], faces[:3, :32, :32], folder)


def test_a_run_with_a_setting_that_does_not_exist_says_which(trained, tmp_path):
    _, folder = trained
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    settings = json.loads((folder / "receta.json").read_text())
    (tmp_path / "receta.json").write_text(json.dumps({**settings, "filtros": 3}))
    with pytest.raises(UserError, match="filtros"):
        load_run(tmp_path)
