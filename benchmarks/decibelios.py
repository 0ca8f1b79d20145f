"""Cuánto se tarda en llegar a 23 dB con la receta rápida: `python benchmarks/decibelios.py`.

El relleno del que parte, sin red, ya da 22.8 dB en ese examen: lo que pase de ahí es aprendido.

Cada variante se entrena entera, con las caras y el examen del capítulo 5, y se examina cada 100
pasos; examinar no cuenta como tiempo. Las proporciones son frente a la receta tal cual, en la misma
ejecución. En dos núcleos, ocho minutos.
"""

import os
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.evaluation.exams import faces_exam
from pix2pix_lib.recipes import RAPIDA, REPORT_EVERY, vary
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.training.loop import train

GOAL = 23.0
VARIANTS = {
    "RAPIDA": {},
    "sin discriminador": {"discriminator": None},
    "la mitad de filtros": {"generator": {"filters": RAPIDA.generator.filters // 2}},
    "800 pasos": {"training": {"steps": 800}},
}


class Watch(keras.callbacks.Callback):
    """Examina la red cada 100 pasos y apunta los segundos de entrenamiento y los decibelios."""

    def __init__(self, exam):
        super().__init__()
        self.exam, self.x = exam, exam.inputs(RAPIDA.data.erase)
        self.seconds, self.curve = 0.0, []

    def on_train_batch_begin(self, batch, logs=None):
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.seconds += time.perf_counter() - self.start
        if (batch + 1) % REPORT_EVERY == 0:
            psnr = self.exam.mark(self.model.restore(self.x))["psnr"].mean()
            self.curve.append((self.seconds, psnr))


def main() -> None:
    learned, asked = split_by_photo(list_photos(default_faces()))
    faces = load_faces(learned, RAPIDA.data.load_size)
    shown = load_faces(asked, RAPIDA.data.size)
    exam = faces_exam(shown, load_masks(), RAPIDA.data.erase, seed=1)
    print(f"{os.cpu_count()} núcleos; {len(exam.cases)} caras de examen")
    print(f"{'':22}{f'hasta {GOAL} dB':>16}{'hasta el final':>16}{'al final (dB)':>15}")
    base = None
    for name, changes in VARIANTS.items():
        watch = Watch(exam)
        with tempfile.TemporaryDirectory() as folder:
            train(vary(RAPIDA, changes), faces, shown, folder, callbacks=[watch])
        seconds, psnr = np.transpose(watch.curve)
        base = base or seconds[-1]
        reached = seconds[psnr >= GOAL]
        first = f"{reached[0] / base:.2f}" if len(reached) else "no llega"
        print(f"{name:22}{first:>16}{seconds[-1] / base:16.2f}{psnr[-1]:15.2f}", flush=True)


if __name__ == "__main__":
    main()
