"""El mismo `train` en otras máquinas: dos dispositivos a la vez, y JAX sin TensorFlow instalado.

Cada caso va en su proceso, porque los dispositivos y el motor de Keras se eligen al empezar. Los
que usan JAX se saltan si no está instalado.
"""

import importlib.util
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from pix2pix_lib.training.runs import load_run

needs_jax = pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="JAX no está instalado")

TRAIN = """
import sys

import numpy as np

from pix2pix_lib.model import build
from pix2pix_lib.recipes import RAPIDA, vary
from pix2pix_lib.training import train

recipe = vary(RAPIDA, dict(
    data=dict(size=32, load_size=36),
    generator=dict(filters=4, levels=3, norm="batch", innermost_norm=True, slope=0.0),
    discriminator=dict(filters=4, norm="batch", slope=0.0),
    training=dict(steps=100, learning_rate=1e-4),
))
faces = np.random.default_rng(0).integers(0, 256, (24, 36, 36, 3), np.uint8)


def trained(folder, **options):
    run = train(recipe, faces, faces[:3, :32, :32], folder, **options)
    return np.concatenate([np.ravel(weight) for weight in run.model.generator.get_weights()])


def check(one, two, start):
    gap, moved = np.abs(one - two).max(), np.abs(one - start).max()
    assert gap < 0.02 * moved, (gap, moved)


start = np.concatenate([np.ravel(w) for w in build(recipe).generator.get_weights()])
"""

TWO_IN_TENSORFLOW = """
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
{train}
one = trained("uno")
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    two = trained("dos")
check(one, two, start)
"""

TWO_IN_JAX = """
import jax
import keras

assert jax.local_device_count() == 2
{train}
one = trained("uno")
keras.distribution.set_distribution(keras.distribution.DataParallel())
two = trained("dos")
check(one, two, start)
"""

PROCESS = """
import os
import sys
from dataclasses import replace

import keras
import numpy as np

name = "uno"
if rank := os.environ.get("KERAS_DISTRIBUTION_PROCESS_ID"):
    name = "dos" + rank
    keras.distribution.initialize()
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))

from pix2pix_lib.recipes import MINIATURA, vary
from pix2pix_lib.training import train

recipe = vary(MINIATURA, dict(
    data=dict(size=16, load_size=18),
    generator=dict(filters=4, levels=2),
    discriminator=dict(filters=4, layers=1, norm="instance", slope=0.2),
    training=dict(steps=100, learning_rate=1e-4, precision="float32", **{settings}),
))
faces = np.random.default_rng(0).integers(0, 256, (24, 18, 18, 3), np.uint8)
run = train(recipe, faces, faces[:3, :16, :16], name)
np.save(name, np.concatenate([np.ravel(each) for each in run.model.generator.get_weights()]))
"""

JAX_WITHOUT_TENSORFLOW = """
import signal
import sys

sys.modules["tensorflow"] = None
{train}
import keras


class Stop(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 60:
            signal.raise_signal(signal.SIGINT)


whole = trained("entero", save_every=25)
trained("parado", save_every=25, callbacks=[Stop()])
assert np.array_equal(trained("parado"), whole)
assert keras.backend.backend() == "jax"
"""


def run_script(script, tmp_path, **environment):
    command = [sys.executable, "-c", script.format(train=TRAIN)]
    environment = {**os.environ, **environment}
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]


def test_two_tensorflow_devices_equal_one_with_the_whole_batch(tmp_path):
    run_script(TWO_IN_TENSORFLOW, tmp_path)


@needs_jax
def test_two_jax_devices_equal_one_with_the_whole_batch(tmp_path):
    flags = "--xla_force_host_platform_device_count=2"
    run_script(TWO_IN_JAX, tmp_path, KERAS_BACKEND="jax", XLA_FLAGS=flags)


def start(tmp_path, settings, **environment) -> subprocess.Popen:
    command = [sys.executable, "-c", PROCESS.format(settings=settings)]
    environment = {**os.environ, "KERAS_BACKEND": "jax", **environment}
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, **pipes)


def ends(process) -> str:
    """Lo que dice un proceso si acaba mal; si acaba bien, nada."""
    said = process.communicate()[1]
    return said if process.returncode else ""


def start_two(tmp_path, settings) -> list[subprocess.Popen]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    shared = {"JOB_ADDRESSES": address, "NUM_PROCESSES": "2"}
    return [
        start(
            tmp_path,
            each,
            **{
                f"KERAS_DISTRIBUTION_{name}": value
                for name, value in {**shared, "PROCESS_ID": str(rank)}.items()
            },
        )
        for rank, each in enumerate(settings)
    ]


@needs_jax
def test_two_processes_equal_one_with_the_whole_batch(tmp_path):
    for process in [start(tmp_path, {}), *start_two(tmp_path, [{}, {}])]:
        assert ends(process) == ""
    one, first, second = (np.load(tmp_path / f"{name}.npy") for name in ("uno", "dos0", "dos1"))
    assert np.array_equal(first, second)
    # Adam mueve cada peso 1e-4 como mucho en cada uno de los 100 pasos: una décima de eso.
    np.testing.assert_allclose(first, one, rtol=0, atol=1e-3)
    assert load_run(tmp_path / "dos1").steps == 100


@needs_jax
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [([{}, {"seed": 1}], "no empiezan igual"), ([{"batch_size": 7}] * 2, "no se reparte")],
)
def test_processes_that_cannot_share_the_work_say_so(tmp_path, settings, sentence):
    for process in start_two(tmp_path, settings):
        assert sentence in ends(process)


@needs_jax
def test_jax_trains_stops_and_goes_on_without_tensorflow(tmp_path):
    run_script(JAX_WITHOUT_TENSORFLOW, tmp_path, KERAS_BACKEND="jax")
    run = load_run(tmp_path / "entero")
    assert run.steps == 100 and list(run.pictures)[-2] == "100"
