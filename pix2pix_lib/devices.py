"""Lo que depende de la máquina: la precisión que más corre y entre cuántos se reparte."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import time
from typing import Any

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


def machine() -> dict[str, str]:
    """Lo que, de una máquina a otra, cambia los últimos dígitos de un entrenamiento.

    Devuelve {cómo se llama: cuál es}: el procesador, los hilos, el motor y las versiones.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    threads = len(affinity(0)) if affinity else os.cpu_count()
    backend = keras.backend.backend()
    facts = {
        "procesador": platform.machine(),
        "motor": f"{backend} {sys.modules[backend].__version__}",
        "keras": keras.__version__,
    }
    if backend == "tensorflow":
        import tensorflow as tf

        threads = tf.config.threading.get_intra_op_parallelism_threads() or threads
        facts["oneDNN"] = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1")
    return facts | {"hilos": str(threads)}


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


def processes() -> tuple[int, int]:
    """El número de este proceso y cuántos comparten el trabajo (`keras.distribution`, con JAX)."""
    if keras.backend.backend() != "jax":
        return 0, 1
    import jax

    return jax.process_index(), jax.process_count()


def own_part(batch: np.ndarray) -> np.ndarray:
    """De un lote entero (n, ...), lo que le toca a este proceso; si está solo, todo."""
    rank, count = processes()
    return batch[rank::count]


def check_agreement(batch_size: int, *settings: Any) -> None:
    """Comprueba que todos los procesos traen los mismos ajustes; si este está solo, no hace nada.

    Lanza UserError si no, o si el lote no se puede repartir a partes iguales.
    """
    count = processes()[1]
    if count == 1:
        return
    from jax.experimental.multihost_utils import process_allgather

    digest = hashlib.sha256(repr((batch_size, *settings)).encode()).digest()
    digests = process_allgather(np.frombuffer(digest, np.uint8))
    if (digests != digests[0]).any():
        raise UserError(
            "Los procesos no empiezan igual: dales la misma receta, con su precisión, y las mismas "
            "caras; si se pararon en pasos distintos, copia a todos la carpeta del que más avanzó."
        )
    if batch_size % count:
        raise UserError(
            f"Un lote de {batch_size} no se reparte entre {count} procesos: usa un múltiplo."
        )


def predict(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """Lo que responde un modelo; si varios procesos lo comparten, cada uno hace toda la cuenta."""
    if processes()[1] > 1:
        return keras.ops.convert_to_numpy(model(x, training=False))
    return model.predict(evenly(x), verbose=0)[: len(x)]


def evenly(x: np.ndarray) -> np.ndarray:
    """Un lote que se reparte a partes iguales entre los dispositivos: al final se repite lo justo.

    x: (n, ...). Devuelve (n o algo más, ...).
    """
    distribution = keras.distribution.distribution()
    devices = distribution.device_mesh.devices.size if distribution else 1
    return np.concatenate([x, np.repeat(x[:1], -len(x) % devices, axis=0)])
