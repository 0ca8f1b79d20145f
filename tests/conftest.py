"""Lo que comparten las pruebas: caras inventadas y las máscaras del libro. Nada pide conexión."""

import os
import shutil
import subprocess

import numpy as np
import pytest
from browser import open_browser

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.errors import UserError
from pix2pix_lib.sources import default_set, sets


@pytest.fixture(scope="session")
def faces() -> np.ndarray:
    """Doce «caras» de 40x40, todas distintas: un degradado de color, dos ojos y una boca."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:40, :40] / 39
    weights = rng.uniform(0, 255, (12, 1, 1, 3))
    skin = (weights * (0.3 + 0.7 * rows * columns)[None, ..., None]).astype(np.uint8)
    skin[:, 10:16, 8:14] = skin[:, 10:16, 26:32] = 20
    skin[:, 28:32, 12:28] = (180, 30, 40)
    return skin


@pytest.fixture(scope="session")
def masks() -> dict[str, np.ndarray]:
    return load_masks()


@pytest.fixture(scope="session")
def default_faces() -> np.ndarray:
    """Veinte de las caras del libro, a su tamaño."""
    try:
        photos = list_photos(default_set.default_faces())
    except UserError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    return load_faces(photos[:20], sets.FACE_SIDE)


@pytest.fixture(scope="session")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path):
    """Una carpeta en la que no caben más de 64 KiB."""
    disk = tmp_path / "disco"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        not mount
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True
        ).returncode
    ):
        pytest.skip("pide permiso para montar un disco pequeño")
    yield disk
    subprocess.run(["umount", disk], check=True)
