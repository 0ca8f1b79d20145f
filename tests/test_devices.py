"""El mismo `train` en otras máquinas: dos dispositivos a la vez, y JAX sin TensorFlow instalado.

Cada caso va en su proceso, porque los dispositivos y el motor de Keras se eligen al empezar. Los
que usan JAX se saltan si no está instalado.
"""

import importlib.util
import os
import subprocess
import sys

import pytest

from pix2pix_lib.runs import load_run

needs_jax = pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="JAX no está instalado")

TRAIN = """
import sys

import numpy as np

from pix2pix_lib.gan import build
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


@needs_jax
def test_jax_trains_stops_and_goes_on_without_tensorflow(tmp_path):
    run_script(JAX_WITHOUT_TENSORFLOW, tmp_path, KERAS_BACKEND="jax")
    run = load_run(tmp_path / "entero")
    assert run.steps == 100 and list(run.pictures)[-2] == "100"
