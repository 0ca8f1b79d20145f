"""Lo que depende de la máquina: la precisión que más corre y cuántos dispositivos hay."""

from __future__ import annotations

import time

import keras
import numpy as np
from keras import ops

from .errors import UserError


def fastest_precision() -> str:
    """Mide si las convoluciones van más deprisa en bfloat16 que en float32 en esta máquina.

    Devuelve «mixed_bfloat16» si ganan al menos un 20 %, y «float32» si no.
    """
    seconds = {}
    for dtype in ("float32", "bfloat16"):
        image, kernel = ops.ones((1, 128, 128, 64), dtype), ops.ones((3, 3, 64, 64), dtype)
        times = []
        for _ in range(6):
            start = time.perf_counter()
            float(ops.mean(ops.conv(image, kernel, padding="same")))
            times.append(time.perf_counter() - start)
        seconds[dtype] = min(times)
    return "mixed_bfloat16" if seconds["bfloat16"] < 0.8 * seconds["float32"] else "float32"


def one_thread() -> None:
    """Que TensorFlow calcule con un solo hilo: da los mismos dígitos con uno o con varios núcleos.

    Lo que más corre, que es repartir las sumas entre hilos, las redondea de otra forma. Con otro
    motor que no sea TensorFlow no hace nada.
    Lanza UserError si ya se ha hecho alguna cuenta.
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        raise UserError(
            "TensorFlow ya ha empezado a calcular con varios hilos: reinicia el cuaderno y llama "
            "a one_thread antes que a nada."
        ) from None


def replicas(model: keras.Model) -> int:
    """Cuántas copias de un modelo aprenden a la vez (`MirroredStrategy`); si no se reparte, 1."""
    strategy = getattr(model, "distribute_strategy", None)
    return strategy.num_replicas_in_sync if strategy else 1


def evenly(x: np.ndarray) -> np.ndarray:
    """Un lote que se reparte a partes iguales entre los dispositivos: al final se repite lo justo.

    x: (n, ...). Devuelve (n o algo más, ...).
    """
    distribution = keras.distribution.distribution()
    devices = distribution.device_mesh.devices.size if distribution else 1
    return np.concatenate([x, np.repeat(x[:1], -len(x) % devices, axis=0)])
