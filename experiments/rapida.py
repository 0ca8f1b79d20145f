"""Entrena la red rápida que viene con el libro: `python -m experiments rapida [CARPETA]`.

Es la del capítulo 4: la receta `RAPIDA`, con las mismas caras y los mismos huecos. De lo que deja
`train` se queda con lo que hace falta para examinarla: la receta, los pesos del generador, el
historial y la tira. Con un solo hilo, para que repetirla dé los mismos pesos.
"""

import shutil
import tempfile
from pathlib import Path

from pix2pix_lib.data.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.devices import one_thread
from pix2pix_lib.recipes import RAPIDA
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.training.loop import train
from pix2pix_lib.training.runs import HISTORY_FILE, RECIPE_FILE, SHIPPED, STRIP_FILE, WEIGHTS_FILE


def main(output: str = str(SHIPPED)) -> None:
    folder = Path(output)
    one_thread()
    learned, tested = split_by_photo(list_photos(default_faces()))
    faces = load_faces(learned, RAPIDA.data.load_size), load_faces(tested, RAPIDA.data.size)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        train(RAPIDA, *faces, work)
        for name in (RECIPE_FILE, WEIGHTS_FILE, HISTORY_FILE, STRIP_FILE):
            shutil.copy(Path(work) / name, folder / name)
