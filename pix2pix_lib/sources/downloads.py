"""Descarga de fotos: varias a la vez, con paciencia, y sin guardar nunca media foto."""

from __future__ import annotations

import contextlib
import csv
import io
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import urllib3
from tqdm import tqdm

from ..data.photos import open_photo
from ..errors import UserError
from ..files import write_whole
from .annotations import Photo

LOST_FILE = "perdidas.csv"
"""Fotos que no se consiguieron, con su dirección y el motivo."""

MAX_BYTES = 100 * 2**20
LONGEST_WAIT = 60.0
"""Segundos que se espera, como mucho, a un servidor que pide paciencia (`Retry-After`)."""

USER_AGENT = "pix2pix_lib (libro de pix2pix)"


@dataclass(frozen=True)
class Patience:
    """Cuánto se insiste con cada foto.

    tries: intentos. wait: segundos antes del segundo; cada espera dobla la anterior.
    timeout: segundos sin recibir nada. deadline: segundos como mucho por intento.
    """

    tries: int = 4
    wait: float = 1.0
    timeout: float = 15.0
    deadline: float = 120.0


@dataclass
class DownloadReport:
    """Fotos conseguidas, las que ya estaban y las perdidas: {dirección: motivo}."""

    got: int = 0
    already: int = 0
    lost: dict[str, str] = field(default_factory=dict)


class _Lost(Exception):
    """Esta foto no se puede conseguir, y por qué."""


class _TryAgain(Exception):
    """Esta vez no, pero quizá la próxima, dentro de `wait` segundos o más."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = min(wait, LONGEST_WAIT)


def _cut_after(connection: Any, seconds: float) -> Any:
    """Una clase de conexión que se corta si las cabeceras no llegan enteras en ese tiempo.

    El `timeout` de requests solo cuenta los segundos sin recibir nada: de byte en byte, no salta.
    """

    class Timed(connection):
        def getresponse(self, *arguments, **options):
            late = threading.Event()

            def cut() -> None:
                late.set()
                with contextlib.suppress(OSError):
                    self.sock.shutdown(socket.SHUT_RDWR)

            timer = threading.Timer(seconds, cut)
            timer.start()
            try:
                response = super().getresponse(*arguments, **options)
            finally:
                timer.cancel()
            # Lo que haya llegado de una cabecera cortada puede parecer una respuesta vacía.
            if late.is_set():
                raise TimeoutError
            return response

    return Timed


class _Downloader:
    """Consigue fotos de una en una; lo comparten varios hilos, que se paran si `stop` lo dice."""

    def __init__(self, folder: Path, patience: Patience):
        self.folder, self.patience = folder, patience
        self.stop = threading.Event()
        # De una en una: varias fotos enormes abiertas a la vez no caben en memoria.
        self.opening = threading.Lock()
        self.local = threading.local()

    def get(self, photo: Photo) -> bool:
        """True si la consigue y False si ya estaba. Lanza _Lost si no hay manera."""
        path = self.folder / photo.file_name
        if path.is_file() and self._is_photo(path):
            return False
        if not photo.url.lower().startswith(("http://", "https://")):
            raise _Lost("solo se descargan direcciones http o https")
        asked = 0.0
        for attempt in range(self.patience.tries):
            if attempt and self.stop.wait(max(asked, self.patience.wait * 2 ** (attempt - 1))):
                raise _Lost("se paró la descarga")
            try:
                content = b"".join(self._chunks(photo.url))
                if not self._is_photo(io.BytesIO(content)):
                    raise _TryAgain("lo que llegó no es una imagen entera")
            except _TryAgain as error:
                reason, asked = str(error), error.wait
            else:
                write_whole(path, content)
                return True
        raise _Lost(reason)

    def _chunks(self, url: str) -> Iterator[bytes]:
        """Los bytes de una dirección, según llegan, en un solo intento."""
        start, size = time.monotonic(), 0
        try:
            with self._session().get(url, stream=True, timeout=self.patience.timeout) as response:
                if response.status_code == 429 or response.status_code >= 500:
                    wait = urllib3.Retry().get_retry_after(response.raw) or 0.0
                    raise _TryAgain(f"el servidor respondió {response.status_code}", wait)
                if not response.ok:
                    raise _Lost(f"el servidor respondió {response.status_code}")
                while chunk := response.raw.read1(2**16, decode_content=True):
                    yield chunk
                    size += len(chunk)
                    if size > MAX_BYTES:
                        raise _Lost(f"pesa más de {MAX_BYTES // 2**20} MB")
                    if time.monotonic() - start > self.patience.deadline:
                        raise _TryAgain("llega demasiado despacio")
                    if self.stop.is_set():
                        raise _Lost("se paró la descarga")
        except requests.TooManyRedirects:
            raise _Lost("da vueltas de una dirección a otra") from None
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError):
            raise _TryAgain("el servidor no responde o corta la conexión") from None
        except (requests.RequestException, ValueError):
            raise _Lost("la dirección no vale") from None

    def _is_photo(self, file: Path | io.BytesIO) -> bool:
        with self.opening:
            try:
                open_photo(file)
            except UserError:
                return False
            return True

    def _session(self) -> requests.Session:
        if not hasattr(self.local, "session"):
            self.local.session = requests.Session()
            self.local.session.headers["User-Agent"] = USER_AGENT
            self.local.session.max_redirects = 5
            pools: dict[str, Any] = urllib3.poolmanager.pool_classes_by_scheme
            for scheme, pool in pools.items():
                adapter = requests.adapters.HTTPAdapter()
                timed = _cut_after(pool.ConnectionCls, self.patience.deadline)
                timed_pool = type(pool.__name__, (pool,), {"ConnectionCls": timed})
                adapter.poolmanager.pool_classes_by_scheme = {scheme: timed_pool}
                self.local.session.mount(f"{scheme}://", adapter)
        return self.local.session


def _cell(text: str) -> str:
    """Un texto que una hoja de cálculo no toma por una fórmula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def download_photos(
    photos: Sequence[Photo],
    folder: str | Path,
    workers: int = 8,
    patience: Patience = Patience(),
) -> DownloadReport:
    """Descarga en `folder` las fotos que falten, `workers` a la vez.

    Una foto que ya está y se abre bien no se vuelve a pedir; lo que no es una imagen entera no se
    guarda. Las que no se consiguen quedan apuntadas, con su motivo, en `perdidas.csv`.
    Lanza UserError si no se puede escribir en `folder`.
    """
    folder = Path(folder)
    downloader = _Downloader(folder, patience)
    report = DownloadReport()
    pool = ThreadPoolExecutor(workers)
    tasks = [(photo, pool.submit(downloader.get, photo)) for photo in photos]
    try:
        for photo, task in tqdm(tasks, "Descargando", unit="foto"):
            try:
                new = task.result()
            except _Lost as error:
                report.lost[photo.url] = str(error)
            else:
                report.got += new
                report.already += not new
    finally:
        downloader.stop.set()
        pool.shutdown(cancel_futures=True)
    rows = io.StringIO(newline="")
    lost = ((_cell(url), reason) for url, reason in report.lost.items())
    csv.writer(rows).writerows([("url", "motivo"), *lost])
    write_whole(folder / LOST_FILE, rows.getvalue().encode())
    return report
