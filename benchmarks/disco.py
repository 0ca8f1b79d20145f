"""Entrenar con más caras de las que caben en memoria: `python benchmarks/disco.py [CUÁNTAS]`.

Las del libro, repetidas hasta tener CUÁNTAS (2000, si no se dice) de 256 píxeles. La unidad es la
CPU del primer arranque, el que las lee una a una y las guarda en disco. Cada fila se mide en su
proceso, y la memoria, frente a la del mismo entrenamiento con 100 caras. Lo que se guarda va a una
carpeta que se borra al acabar: con 100000 caras, 20 GB.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from memory import peak_memory

from pix2pix_lib.data import photos
from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.pairs import training_batch
from pix2pix_lib.data.photos import list_photos, load_face, load_faces, split_by_photo
from pix2pix_lib.recipes import ORIGINAL, RAPIDA, vary
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.stored_arrays import take

SIDE, BATCH, STEPS = 256, 8, 100


class Clock:
    """Lo que se gasta desde que nace: segundos de reloj y de CPU, y la memoria máxima, en MB."""

    def __init__(self):
        self.begin, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict:
        seconds, cpu = time.perf_counter() - self.begin, time.process_time() - self.cpu
        return {"segundos": seconds, "cpu": cpu, "memoria": peak_memory()}


def make_photos(folder: Path, count: int) -> Path:
    """Una carpeta de JPEG; los repetidos son el mismo archivo con otro nombre."""
    folder.mkdir()
    originals = list_photos(default_faces())
    for index, path in enumerate(originals[:count]):
        load_face(path, SIDE).save(folder / f"{index}.jpg", quality=90)
    for index in range(len(originals), count):
        os.link(folder / f"{index % len(originals)}.jpg", folder / f"{index}.jpg")
    return folder


def start(folder: Path) -> dict:
    """Lo que pasa desde que se piden las caras hasta el primer lote, como en `pix2pix entrenar`."""
    recipe = vary(ORIGINAL, {"data": {"load_size": SIDE}, "training": {"batch_size": BATCH}})
    masks, clock = load_masks(), Clock()
    learned, _ = split_by_photo(list_photos(folder))
    faces = load_faces(learned, SIDE)
    training_batch(recipe, faces, masks, 0)
    return clock.read()


def learn(folder: Path) -> dict:
    """Cien pasos de una receta diminuta."""
    from pix2pix_lib.training.loop import train

    recipe = vary(
        RAPIDA,
        {
            "data": {"size": 32, "load_size": SIDE},
            "generator": {"filters": 4, "levels": 3},
            "discriminator": {"filters": 4},
            "training": {"steps": STEPS},
        },
    )
    learned, _ = split_by_photo(list_photos(folder))
    faces = load_faces(learned, SIDE)
    clock = Clock()
    train(recipe, faces, faces[:6, :32, :32], folder.parent / f"modelo_{len(faces)}")
    return clock.read()


def read_all(folder: Path) -> dict:
    """Todas las caras, lote a lote y en otro orden, como en una vuelta a los datos."""
    learned, _ = split_by_photo(list_photos(folder))
    faces, clock = load_faces(learned, SIDE), Clock()
    order = np.random.default_rng(0).permutation(len(faces))
    for start in range(0, len(faces), BATCH):
        take(faces, order[start : start + BATCH])
    return clock.read()


ACTIONS = {"arrancar": start, "leer": read_all, "aprender": learn}


def measured(action: str, folder: Path, cache: Path) -> dict:
    command = [sys.executable, __file__, action, str(folder)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    return json.loads(subprocess.check_output(command, env=environment).splitlines()[-1])


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        many, few = make_photos(root / "muchas", count), make_photos(root / "pocas", 100)
        rows = {
            "primer arranque": measured("arrancar", many, root),
            "segundo arranque": measured("arrancar", many, root),
            "leerlas todas, al azar": measured("leer", many, root),
            "cien pasos": measured("aprender", many, root),
            "cien pasos con 100 caras": measured("aprender", few, root),
        }
    unit = rows["primer arranque"]["cpu"]
    print(f"{count} caras de {SIDE} píxeles: {count * SIDE**2 * 3 / 1e9:.1f} GB")
    for name, row in rows.items():
        share, seconds, memory = row["cpu"] / unit, row["segundos"], row["memoria"]
        print(f"{name:26}{share:8.4f}   ({seconds:.1f} s de reloj, {memory} MB)")
    extra = rows["cien pasos"]["memoria"] - rows["cien pasos con 100 caras"]["memoria"]
    print(f"memoria que piden las caras: {extra} MB")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        # Así van al disco aunque sean 2000; las 100, no.
        photos.IN_MEMORY = 2**25
        action, folder = sys.argv[1:]
        print(json.dumps(ACTIONS[action](Path(folder))))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
