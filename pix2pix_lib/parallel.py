"""Repartir trabajo entre los núcleos, con barra de progreso."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from tqdm import tqdm

Job, Result = TypeVar("Job"), TypeVar("Result")

CHUNK = 4
"""Tareas que se mandan juntas a un proceso."""


def _ignore_ctrl_c() -> None:
    """El Ctrl-C lo atiende el proceso principal; los demás acaban lo que tienen entre manos."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def in_parallel(
    function: Callable[[Job], Result], jobs: Sequence[Job], title: str, unit: str
) -> Iterator[Result]:
    """Aplica una función a cada tarea, con un proceso por núcleo; da los resultados en orden."""
    # «spawn» y no «fork»: copiar un proceso con TensorFlow dentro puede dejarlo bloqueado.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_ignore_ctrl_c) as pool:
        try:
            results = pool.map(function, jobs, chunksize=CHUNK)
            yield from tqdm(results, title, len(jobs), unit=unit)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
