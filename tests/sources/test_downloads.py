import contextlib
import csv
import gzip
import http.server
import io
import socket
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.errors import UserError
from pix2pix_lib.sources import downloads
from pix2pix_lib.sources.annotations import Photo
from pix2pix_lib.sources.downloads import (
    LONGEST_WAIT,
    LOST_FILE,
    Patience,
    _Downloader,
    _Lost,
    download_photos,
)

HASTE = Patience(tries=3, wait=0.01, timeout=10, deadline=0.7)


def jpeg() -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def bomb() -> bytes:
    """Un PNG de pocos bytes que ocuparía 400 megapíxeles."""
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    return file.getvalue()


PHOTO, BOMB = jpeg(), bomb()
OK, CHUNKED = b"HTTP/1.1 200 OK\r\n", b"Transfer-Encoding: chunked\r\n\r\n"
SLOW = {
    "/cabecera.jpg": OK + b"X-Lenta: ",
    "/goteo.jpg": OK + b"Content-Length: 1000000\r\n\r\n",
    "/desvio_lento.jpg": b"HTTP/1.1 302 Found\r\nLocation: /cabecera.jpg\r\n\r\n",
    "/trozo_lento.jpg": OK + CHUNKED,
    "/cola_lenta.jpg": OK + CHUNKED + b"%x\r\n%b\r\n0\r\nX: " % (len(PHOTO), PHOTO),
    "/sin_medida.jpg": OK + b"\r\n" + PHOTO,
}
"""Cómo empieza lo que después llega byte a byte y no acaba."""


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def reply(self, content, status=200, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def drip(self):
        """Byte a byte y sin acabar, hasta que al otro lado se cansen."""
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"1")
                time.sleep(0.02)

    def pour(self):
        """Ceros sin fin; apunta cuántos ha querido el otro lado."""
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(bytes(2**16))
                self.server.poured += 2**16

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.hits.append(self.path)
        times = self.server.hits.count(self.path)
        if path.startswith("/foto"):
            self.reply(PHOTO)
        elif path == "/404.jpg":
            self.reply(b"no", 404)
        elif path == "/500_200.jpg":
            self.reply(*((b"ay", 500) if times == 1 else (PHOTO,)))
        elif path == "/503_200.jpg":
            if times == 1:
                self.reply(b"ay", 503, Retry_After="7")
            else:
                self.reply(PHOTO)
        elif path == "/503.jpg":
            self.reply(b"ay", 503, Retry_After="86400")
        elif path == "/500.jpg":
            self.reply(b"ay", 500)
        elif path == "/html.jpg":
            self.reply(b"<html>Inicia sesi\xc3\xb3n</html>", Content_Type="image/jpeg")
        elif path == "/media.jpg":
            self.reply(PHOTO[: len(PHOTO) // 2], length=len(PHOTO))
        elif path == "/truncada.jpg":
            self.reply(PHOTO[: len(PHOTO) // 2])
        elif path == "/media_luego_entera.jpg":
            self.reply(PHOTO if times > 1 else PHOTO[:100], length=len(PHOTO))
        elif path == "/vueltas.jpg":
            self.reply(b"", 302, Location="/vueltas.jpg")
        elif path == "/movida.jpg":
            self.reply(b"", 301, Location="/foto_nueva.jpg")
        elif path == "/gzip.jpg":
            self.reply(gzip.compress(PHOTO), Content_Encoding="gzip")
        elif path == "/vacia.jpg":
            self.reply(b"")
        elif path in SLOW:
            self.wfile.write(SLOW[path])
            self.drip()
        elif path == "/desvio_enorme.jpg":
            self.send_response(302)
            self.send_header("Location", "/foto.jpg")
            self.end_headers()
            self.pour()
        elif path == "/mucho.jpg":
            self.send_response(200)
            self.end_headers()
            self.pour()
        elif path == "/bomba.png":
            self.reply(BOMB)


@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.hits, server.poured = [], 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def download(server, tmp_path, *paths, **options):
    urls = [path if ":" in path else server.url + path for path in paths]
    photos = [Photo(url, ()) for url in urls]
    report = download_photos(photos, tmp_path / "fotos", patience=HASTE, **options)
    return report, {url.rsplit("/", 1)[-1]: reason for url, reason in report.lost.items()}


def kept(tmp_path) -> list[Path]:
    return [path for path in (tmp_path / "fotos").iterdir() if path.name != LOST_FILE]


def test_photos_arrive_whole_and_are_not_asked_for_again(server, tmp_path):
    paths = [f"/foto{index}.jpg?x={index}" for index in range(20)]
    report, _ = download(server, tmp_path, *paths)
    assert (report.got, report.already, report.lost) == (20, 0, {})
    assert {path.read_bytes() for path in kept(tmp_path)} == {PHOTO}
    server.hits.clear()
    report, _ = download(server, tmp_path, *paths)
    assert (report.got, report.already, server.hits) == (0, 20, [])


def test_a_damaged_photo_is_fetched_again(server, tmp_path):
    download(server, tmp_path, "/foto.jpg")
    (path,) = kept(tmp_path)
    path.write_bytes(PHOTO[:300])
    report, _ = download(server, tmp_path, "/foto.jpg")
    assert report.got == 1 and path.read_bytes() == PHOTO


@pytest.mark.parametrize(
    "path", ["/500_200.jpg", "/gzip.jpg", "/movida.jpg", "/media_luego_entera.jpg"]
)
def test_what_can_be_got_is_got(server, tmp_path, path):
    report, lost = download(server, tmp_path, path)
    assert report.got == 1 and lost == {}
    assert kept(tmp_path)[0].read_bytes() == PHOTO


@pytest.mark.parametrize(
    ("path", "reason", "tries"),
    [
        ("/404.jpg", "404", 1),
        ("/500.jpg", "500", 3),
        ("/html.jpg", "no es una imagen", 3),
        ("/media.jpg", "corta la conexión", 3),
        ("/truncada.jpg", "no es una imagen", 3),
        ("/vacia.jpg", "no es una imagen", 3),
        ("/goteo.jpg", "despacio", 3),
        ("/cabecera.jpg", "despacio", 3),
        ("/desvio_lento.jpg", "despacio", 3),
        ("/trozo_lento.jpg", "despacio", 3),
        ("/cola_lenta.jpg", "despacio", 3),
        ("/sin_medida.jpg", "despacio", 3),
        ("/vueltas.jpg", "vueltas", 6),
        ("/bomba.png", "no es una imagen", 3),
    ],
)
def test_what_cannot_be_got_is_lost_with_its_reason_and_the_rest_arrives(
    server, tmp_path, path, reason, tries
):
    report, lost = download(server, tmp_path, path, "/foto.jpg")
    assert report.got == 1 and reason in lost[path[1:]]
    assert server.hits.count(path) == tries
    assert [file.read_bytes() for file in kept(tmp_path)] == [PHOTO]
    with (tmp_path / "fotos" / LOST_FILE).open(newline="") as file:
        assert list(csv.reader(file)) == [["url", "motivo"], [server.url + path, lost[path[1:]]]]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://x/a.jpg",
        "data:image/png;base64,AAAA",
        "a:b",
        "http://",
        "http://[",
    ],
)
def test_other_schemes_and_nonsense_are_refused_without_asking(server, tmp_path, url):
    report, _ = download(server, tmp_path, url)
    assert list(report.lost) == [url] and server.hits == []


def test_a_dead_host_is_told(server, tmp_path):
    _, lost = download(server, tmp_path, "http://127.0.0.1:9/a.jpg")
    assert "no responde" in lost["a.jpg"]


def test_a_full_disk_or_a_bad_folder_stops_with_a_sentence(server, tmp_path):
    (tmp_path / "fotos").write_text("soy un archivo")
    with pytest.raises(UserError, match="No se puede escribir"):
        download(server, tmp_path, "/foto.jpg")


class Clock:
    """Un `threading.Event` que no espera: apunta cuánto le pidieron y dice si hay que parar."""

    def __init__(self, stopped=False):
        self.stopped, self.waits = stopped, []

    def wait(self, seconds):
        self.waits.append(seconds)
        return self.stopped

    def is_set(self):
        return self.stopped


def test_it_waits_what_the_server_asks_for(server, tmp_path):
    downloader = _Downloader(tmp_path, HASTE)
    downloader.stop = clock = Clock()
    assert downloader.get(Photo(server.url + "/503_200.jpg", ()))
    assert clock.waits == [7]


def test_it_does_not_wait_a_day_for_a_server(server, tmp_path):
    downloader = _Downloader(tmp_path, HASTE)
    downloader.stop = clock = Clock()
    with pytest.raises(_Lost, match="503"):
        downloader.get(Photo(server.url + "/503.jpg", ()))
    assert clock.waits == [LONGEST_WAIT] * (HASTE.tries - 1)


def test_stop_means_that_nothing_else_is_asked_for(server, tmp_path):
    downloader = _Downloader(tmp_path, HASTE)
    downloader.stop = Clock(stopped=True)
    with pytest.raises(_Lost, match="se paró"):
        downloader.get(Photo(server.url + "/500.jpg", ()))
    assert server.hits == []


def test_what_weighs_too_much_is_not_read_to_the_end(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_BYTES", 2**20)
    _, lost = download(server, tmp_path, "/mucho.jpg")
    assert "pesa más de 1 MB" in lost["mucho.jpg"] and server.hits == ["/mucho.jpg"]


def test_what_comes_with_a_redirect_is_not_read(server, tmp_path):
    report, _ = download(server, tmp_path, "/desvio_enorme.jpg")
    assert report.got == 1 and server.poured < 2**24


@pytest.mark.parametrize("path", ["/goteo.jpg", "/sin_medida.jpg", "puerta cerrada"])
def test_ctrl_c_does_not_wait_for_a_server(server, tmp_path, monkeypatch, path):
    with socket.socket() as door, contextlib.ExitStack() as callers:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        # Con la cola llena, a quien llama después nadie le contesta.
        for _ in range(2):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(door.getsockname())
        if path.startswith("/"):
            url = server.url + path
        else:
            url = f"http://127.0.0.1:{door.getsockname()[1]}/a.jpg"

        def interrupted(tasks, *arguments, **options):
            while path.startswith("/") and not server.hits:
                time.sleep(0.01)
            raise KeyboardInterrupt

        monkeypatch.setattr(downloads, "tqdm", interrupted)
        patience = Patience(timeout=60, deadline=60)
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            download_photos([Photo(url, ())], tmp_path / "fotos", patience=patience)
        assert time.monotonic() - start < 20


def test_photos_are_opened_one_at_a_time(server, tmp_path, monkeypatch):
    together, most = [], []

    def slow(file):
        together.append(file)
        most.append(len(together))
        time.sleep(0.01)
        together.remove(file)

    monkeypatch.setattr(downloads, "open_photo", slow)
    download(server, tmp_path, *(f"/foto{index}.jpg" for index in range(20)))
    assert len(most) == 20 and max(most) == 1


def test_a_spreadsheet_runs_nothing_of_what_was_lost(server, tmp_path):
    download(server, tmp_path, "=HYPERLINK(0):a", "@SUM(1):b")
    with (tmp_path / "fotos" / LOST_FILE).open(newline="") as file:
        assert [row[0] for row in csv.reader(file)][1:] == ["'=HYPERLINK(0):a", "'@SUM(1):b"]


def test_losses_of_an_earlier_run_are_forgotten_when_they_arrive(server, tmp_path):
    report, _ = download(server, tmp_path, "/500_200.jpg", "/404.jpg")
    assert len(report.lost) == 1
    download(server, tmp_path, "/500_200.jpg")
    assert (tmp_path / "fotos" / LOST_FILE).read_text().split() == ["url,motivo"]
