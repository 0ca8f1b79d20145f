"""Cuánto tarda `restaurar` con una foto de 12 megapíxeles: `python benchmarks/restaurar.py`.

Con tres trazos, con cien manchas y con dos mil trazos por toda la foto. La unidad es lo que tarda
Telea con los tres trazos. La última fila es la orden entera, desde que se escribe hasta que está el
archivo.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from memory import peak_memory
from PIL import Image

from pix2pix_lib.evaluation.baselines import telea
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo

FACE = (1800, 900)
"""Dónde está la cara en la foto ampliada."""


def draw(shape: tuple[int, int], spots: int) -> np.ndarray:
    hole = np.zeros(shape, np.uint8)
    rng = np.random.default_rng(0)
    for x, y in np.array(FACE) + rng.integers(-400, 400, (spots, 2)):
        cv2.circle(hole, (int(x), int(y)), int(rng.integers(5, 25)), 1, -1)
    if not spots:
        x, y = FACE
        cv2.circle(hole, (x + 200, y), 30, 1, -1)
        cv2.line(hole, (x - 300, y - 200), (x - 100, y), 1, 20)
        cv2.line(hole, (x - 400, y + 300), (x + 200, y + 400), 1, 50)
    return hole.astype(bool)


def scatter(shape: tuple[int, int], count: int) -> np.ndarray:
    """Trazos finos por todas partes."""
    hole = np.zeros(shape, np.uint8)
    rng = np.random.default_rng(1)
    starts = rng.uniform(0, shape[::-1], (count, 2))
    angles, lengths = rng.uniform(0, np.pi, (count, 1)), rng.uniform(30, 90, (count, 1))
    ends = starts + lengths * np.hstack([np.cos(angles), np.sin(angles)])
    for start, end in np.stack([starts, ends], 1).astype(int).tolist():
        cv2.line(hole, start, end, 1, 8)
    return hole.astype(bool)


def seconds(run) -> float:
    run()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    photo = cv2.resize(skimage.data.astronaut()[:384], (4000, 3000), interpolation=cv2.INTER_CUBIC)
    three, hundred = draw(photo.shape[:2], 0), draw(photo.shape[:2], 100)
    many, network = scatter(photo.shape[:2], 2000), load_pretrained()
    times = {
        "Telea, tres trazos": seconds(lambda: telea(photo, three)),
        "la red, tres trazos": seconds(lambda: restore_photo(network, photo, three)),
        "la red, cien manchas": seconds(lambda: restore_photo(network, photo, hundred)),
        "la red, dos mil trazos": seconds(lambda: restore_photo(network, photo, many)),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "foto.png"
        painted = np.where(three[..., None], np.array((255, 0, 255), np.uint8), photo)
        Image.fromarray(painted).save(path, compress_level=1)
        order = [sys.executable, "-m", "pix2pix_lib", "restaurar", str(path), "--salida", folder]
        start = time.perf_counter()
        subprocess.run([*order[:-1], f"{folder}/limpias"], check=True, stdout=subprocess.DEVNULL)
        times["la orden entera, tres trazos"] = time.perf_counter() - start
    unit = times["Telea, tres trazos"]
    for name, value in times.items():
        print(f"{name:30}{value / unit:7.1f}   ({value:.1f} s)")
    print(f"memoria máxima: {peak_memory()} MB")


if __name__ == "__main__":
    main()
