"""Repartir trabajo entre los núcleos, con barra de progreso."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TypeVar

from tqdm import tqdm

from ..errors import UserError

Job = TypeVar("Job")
Result = TypeVar("Result")

CHUNK = 4
"""Tareas que se mandan juntas a un proceso."""


@contextmanager
def _ctrl_c_waits():
    """Un Ctrl-C espera a que acabe esto; los procesos que nacen aquí no lo atienden nunca."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _start_worker() -> None:
    """El Ctrl-C lo atiende el proceso principal; los demás acaban lo que tienen entre manos."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Si al proceso principal lo matan, este no se queda esperando trabajo para siempre."""
    if parent := parent_process():
        parent.join()
    os._exit(1)


def in_parallel(
    function: Callable[[Job], Result], jobs: Sequence[Job], title: str, unit: str
) -> Iterator[Result]:
    """Aplica una función a cada tarea, con un proceso por núcleo; da los resultados en orden.

    Lanza UserError si el sistema mata a uno de los procesos.
    """
    # «spawn» y no «fork»: copiar un proceso con TensorFlow dentro puede dejarlo bloqueado.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_start_worker) as pool:
        try:
            with _ctrl_c_waits():
                results = pool.map(function, jobs, chunksize=CHUNK)
            yield from tqdm(results, title, len(jobs), unit=unit)
        except BrokenProcessPool:
            raise UserError(
                "El sistema ha cerrado uno de los procesos, quizá por falta de memoria: repite lo "
                "mismo y sigue donde se quedó."
            ) from None
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
