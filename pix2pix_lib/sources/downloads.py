"""Descarga de fotos: varias a la vez, con paciencia, y sin guardar nunca media foto."""

from __future__ import annotations

import contextlib
import csv
import io
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

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
MAX_REDIRECTS = 5
LONGEST_WAIT = 60.0
"""Segundos que se espera, como mucho, a un servidor que pide paciencia (`Retry-After`)."""

GOODBYE = 1.5
"""Segundos que se espera, al parar, a que cada hilo deje lo que tiene entre manos."""

USER_AGENT = "pix2pix_lib (libro de pix2pix)"


@dataclass(frozen=True)
class Patience:
    """Cuánto se insiste con cada foto.

    tries: intentos. wait: segundos antes del segundo; cada espera dobla la anterior.
    timeout: segundos sin recibir nada. deadline: segundos como mucho por intento, con sus desvíos.
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


class _Attempt:
    """Un intento de bajar una foto, que se puede cortar desde otro hilo.

    El `timeout` de requests solo cuenta los segundos sin recibir nada: de byte en byte, no salta.
    """

    def __init__(self) -> None:
        self.over = threading.Event()
        self.socket: socket.socket | None = None

    def watch(self, connected: socket.socket) -> None:
        self.socket = connected
        if self.over.is_set():
            self.cut()

    def cut(self) -> None:
        self.over.set()
        if self.socket is not None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


def _watched(connection: Any, local: threading.local) -> Any:
    """Una clase de conexión que dice por dónde recibe al intento de su hilo (`local.attempt`)."""

    class Watched(connection):
        def getresponse(self, *arguments, **options):
            local.attempt.watch(self.sock)
            response = super().getresponse(*arguments, **options)
            # Lo que haya llegado de una cabecera cortada puede parecer una respuesta vacía.
            if local.attempt.over.is_set():
                raise TimeoutError
            return response

    return Watched


class _Session(requests.Session):
    """Una sesión que no sigue a nadie: requests se lee entero lo que viene con cada desvío."""

    def get_redirect_target(self, resp):
        return None


class _Downloader:
    """Consigue fotos de una en una; lo comparten varios hilos, que se paran si `stop` lo dice."""

    def __init__(self, folder: Path, patience: Patience):
        self.folder, self.patience = folder, patience
        self.stop = threading.Event()
        # De una en una: varias fotos enormes abiertas a la vez no caben en memoria.
        self.opening = threading.Lock()
        self.local = threading.local()
        self.attempts: set[_Attempt] = set()

    def halt(self) -> None:
        """Corta lo que haya a medias y no empieza nada más."""
        self.stop.set()
        for attempt in self.attempts.copy():
            attempt.cut()

    def get(self, photo: Photo) -> bool:
        """True si la consigue y False si ya estaba. Lanza _Lost si no hay manera."""
        path = self.folder / photo.file_name
        if path.is_file() and self._is_photo(path):
            return False
        asked = 0.0
        for attempt in range(self.patience.tries):
            if attempt and self.stop.wait(max(asked, self.patience.wait * 2 ** (attempt - 1))):
                raise _Lost("se paró la descarga")
            try:
                content = self._content(photo.url)
                if not self._is_photo(io.BytesIO(content)):
                    raise _TryAgain("lo que llegó no es una imagen entera")
            except _TryAgain as error:
                reason, asked = str(error), error.wait
            else:
                write_whole(path, content)
                return True
        raise _Lost(reason)

    def _content(self, url: str) -> bytes:
        """Lo que hay en una dirección, en un solo intento, que sigue los desvíos."""
        attempt = self.local.attempt = _Attempt()
        self.attempts.add(attempt)
        timer = threading.Timer(self.patience.deadline, attempt.cut)
        timer.daemon = True
        timer.start()
        try:
            for _ in range(MAX_REDIRECTS + 1):
                if self.stop.is_set():
                    raise _Lost("se paró la descarga")
                found = self._ask(url, attempt)
                if isinstance(found, bytes):
                    return found
                url = found
            raise _Lost("da vueltas de una dirección a otra")
        except (OSError, urllib3.exceptions.HTTPError) as error:
            if self.stop.is_set():
                raise _Lost("se paró la descarga") from None
            if attempt.over.is_set():
                raise _TryAgain("llega demasiado despacio") from None
            if isinstance(error, requests.RequestException) and not isinstance(
                error, requests.ConnectionError | requests.Timeout
            ):
                raise _Lost("la dirección no vale") from None
            raise _TryAgain("el servidor no responde o corta la conexión") from None
        except ValueError:
            raise _Lost("la dirección no vale") from None
        finally:
            timer.cancel()
            self.attempts.discard(attempt)

    def _ask(self, url: str, attempt: _Attempt) -> bytes | str:
        """Lo que responde una dirección o, si manda a otra, esa otra."""
        if not url.lower().startswith(("http://", "https://")):
            raise _Lost("solo se descargan direcciones http o https")
        with self._session().get(url, stream=True, timeout=self.patience.timeout) as response:
            if response.is_redirect:
                return urljoin(url, response.headers["location"])
            if response.status_code == 429 or response.status_code >= 500:
                wait = urllib3.Retry().get_retry_after(response.raw) or 0.0
                raise _TryAgain(f"el servidor respondió {response.status_code}", wait)
            if not response.ok:
                raise _Lost(f"el servidor respondió {response.status_code}")
            content = bytearray()
            while chunk := response.raw.read1(2**16, decode_content=True):
                content += chunk
                if len(content) > MAX_BYTES:
                    raise _Lost(f"pesa más de {MAX_BYTES // 2**20} MB")
            # Una respuesta que no dice cuánto mide, cortada, parece entera.
            if attempt.over.is_set():
                raise TimeoutError
            return bytes(content)

    def _is_photo(self, file: Path | io.BytesIO) -> bool:
        with self.opening:
            try:
                open_photo(file)
            except UserError:
                return False
            return True

    def _session(self) -> requests.Session:
        if not hasattr(self.local, "session"):
            self.local.session = _Session()
            self.local.session.headers["User-Agent"] = USER_AGENT
            pools: dict[str, Any] = urllib3.poolmanager.pool_classes_by_scheme
            for scheme, pool in pools.items():
                adapter = requests.adapters.HTTPAdapter()
                watched = _watched(pool.ConnectionCls, self.local)
                watched_pool = type(pool.__name__, (pool,), {"ConnectionCls": watched})
                adapter.poolmanager.pool_classes_by_scheme = {scheme: watched_pool}
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
    tasks: list[tuple[Photo, Future[bool]]] = [(photo, Future()) for photo in photos]
    waiting = deque(tasks)

    def work() -> None:
        with contextlib.suppress(IndexError):
            while True:
                photo, task = waiting.popleft()
                try:
                    task.set_result(downloader.get(photo))
                except BaseException as error:
                    task.set_exception(error)

    # Un servidor que ni abre la puerta no deja cortar: a un hilo así no se le espera al salir.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
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
        waiting.clear()
        downloader.halt()
        end = time.monotonic() + GOODBYE
        for thread in threads:
            thread.join(max(0, end - time.monotonic()))
    rows = io.StringIO(newline="")
    lost = ((_cell(url), reason) for url, reason in report.lost.items())
    csv.writer(rows).writerows([("url", "motivo"), *lost])
    write_whole(folder / LOST_FILE, rows.getvalue().encode())
    return report
