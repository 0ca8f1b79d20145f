"""Cuánto tarda un paso de entrenamiento, frente al del tutorial: `python benchmarks/paso.py`.

Todo a 256 píxeles y 64 filtros, intercalado en la misma ejecución y contado por imagen. El paso del
tutorial, escrito aquí desde su descripción: dos cintas, dos Adam, lotes de una imagen, float32. Con
PyTorch instalado (`pip install torch`), también el suyo.
"""

import importlib.util
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from memory import peak_memory

from pix2pix_lib.devices import fastest_precision
from pix2pix_lib.model.build import build
from pix2pix_lib.model.gan import binary_crossentropy
from pix2pix_lib.model.networks import count_macs
from pix2pix_lib.recipes import ORIGINAL, vary

ROUNDS, IMAGES, SIDE = 2, 24, 256
PRECISION = fastest_precision()

OURS = {
    "nuestro, igual en todo": {},
    f"+ {PRECISION}": {"training": {"precision": PRECISION}},
    "+ lotes de 4": {"training": {"precision": PRECISION, "batch_size": 4}},
    "+ lotes de 8": {"training": {"precision": PRECISION, "batch_size": 8}},
    "+ ampliar y convolucionar": {
        "training": {"precision": PRECISION, "batch_size": 8},
        "generator": {"upsampling": "resize"},
    },
}
TUTORIAL, PYTORCH = "tutorial", "tutorial, en PyTorch"


def batch(size: int) -> tuple[np.ndarray, np.ndarray]:
    y = np.random.default_rng(0).uniform(-1, 1, (size, SIDE, SIDE, 3)).astype("float32")
    return np.concatenate([y, np.zeros((size, SIDE, SIDE, 1), "float32")], -1), y


def tutorial() -> Callable[[], None]:
    model = build(ORIGINAL)
    generator, discriminator = model.generator, model.discriminator
    adams = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]
    for adam, network in zip(adams, (generator, discriminator), strict=True):
        adam.build(network.trainable_variables)
    x, y = (tf.constant(array) for array in batch(1))
    x = x[..., :3]

    @tf.function
    def step():
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            fake = generator(x, training=True)
            on_real = discriminator([x, y], training=True)
            on_fake = discriminator([x, fake], training=True)
            gen_loss = binary_crossentropy(1, on_fake) + 100 * tf.reduce_mean(tf.abs(y - fake))
            disc_loss = binary_crossentropy(1, on_real) + binary_crossentropy(0, on_fake)
        for adam, tape, loss, network in [
            (adams[0], gen_tape, gen_loss, generator),
            (adams[1], disc_tape, disc_loss, discriminator),
        ]:
            weights = network.trainable_variables
            adam.apply(tape.gradient(loss, weights), weights)

    return lambda: [step() for _ in range(IMAGES)]


def ours(changes: dict) -> Callable[[], None]:
    recipe = vary(ORIGINAL, changes)
    model = build(recipe)
    count = recipe.training.batch_size
    pair = batch(count)
    return lambda: model.fit(
        (pair for _ in itertools.count()), steps_per_epoch=IMAGES // count, verbose=0
    )


def prepare(name: str) -> Callable[[], None]:
    """Una función que entrena con `IMAGES` imágenes."""
    return tutorial() if name == TUTORIAL else ours(OURS[name])


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def flops(name: str) -> int:
    """Operaciones de un paso: el generador, tres veces (ida y dos de vuelta); el discriminador,
    ocho: tres idas, dos vueltas enteras y media para enseñar al generador."""
    model = build(vary(ORIGINAL, OURS.get(name, {})))
    return 2 * (3 * count_macs(model.generator) + 8 * count_macs(model.discriminator))


def peak(dtype: str) -> float:
    """Operaciones por segundo de una convolución grande, la mejor de varias."""
    image = tf.cast(tf.random.normal((8, 64, 64, 256)), dtype)
    kernel = tf.cast(tf.random.normal((3, 3, 256, 256)), dtype)
    convolve = tf.function(lambda: tf.nn.conv2d(image, kernel, 1, "SAME"))
    convolve()
    return 2 * 8 * 64 * 64 * 9 * 256 * 256 / min(seconds(convolve) for _ in range(10))


def run_script(name: str, *arguments: str) -> list[str]:
    """Lo que imprime otro proceso, por palabras."""
    command = [sys.executable, Path(__file__).with_name(name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def main() -> None:
    runs = {name: prepare(name) for name in (TUTORIAL, *OURS)}
    for run in runs.values():
        run()
    times = {name: [] for name in runs}
    memories = {name: run_script("paso.py", name)[-1] for name in runs}
    with_torch = importlib.util.find_spec("torch") is not None
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(seconds(run) / IMAGES)
        if with_torch:
            elapsed, memories[PYTORCH] = run_script("paso_pytorch.py", str(IMAGES))
            times.setdefault(PYTORCH, []).append(float(elapsed))
    best = {name: min(values) for name, values in times.items()}
    peaks = {dtype: peak(dtype) for dtype in ("float32", "bfloat16")}
    print(f"{os.cpu_count()} núcleos; {SIDE} píxeles, {ORIGINAL.filters} filtros; por imagen")
    print(f"{'':28}{'tiempo':>8}{'ms':>7}{'del pico':>10}{'MB':>7}")
    for name, elapsed in best.items():
        low = "precision" in OURS.get(name, {}) and PRECISION != "float32"
        share = flops(name) / elapsed / peaks["bfloat16" if low else "float32"]
        ratio = elapsed / best[TUTORIAL]
        print(f"{name:28}{ratio:8.2f}{elapsed * 1000:7.0f}{share:10.0%}{memories[name]:>7}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        prepare(sys.argv[1])()
        print(peak_memory())
    else:
        main()
