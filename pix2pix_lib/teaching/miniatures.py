"""Probar algo en unos segundos: entrenar una red diminuta con las caras del libro y examinarla."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass

import numpy as np

from ..data.masks import load_masks
from ..data.pairs import to_uint8
from ..data.photos import list_photos, load_faces, split_by_photo
from ..evaluation.exams import Exam, faces_exam
from ..recipes import MINIATURA, Recipe
from ..sources.default_set import default_faces
from ..training.loop import train
from ..training.runs import Run

EXAM_SEED = 1


def book_exam(size: int) -> Exam:
    """El examen de las redes de los experimentos: las caras de prueba, a `size` píxeles."""
    _, asked = split_by_photo(list_photos(default_faces()))
    return faces_exam(load_faces(asked, size), load_masks(), MINIATURA.data.erase, EXAM_SEED)


@dataclass(frozen=True)
class Trial:
    """Una red recién entrenada, su examen y lo que ve de él.

    x: float32 (n, lado, lado, 4), como en `make_pairs`.
    """

    run: Run
    exam: Exam
    x: np.ndarray

    @property
    def painted(self) -> np.ndarray:
        """Lo que pinta la red, sin copiar lo conocido: uint8 (n, lado, lado, 3)."""
        return to_uint8(self.run.model.predict(self.x, verbose=0))

    @property
    def restored(self) -> np.ndarray:
        """Las caras del examen, restauradas: uint8 (n, lado, lado, 3)."""
        return self.run.model.restore(self.x)

    @property
    def psnr(self) -> float:
        """El PSNR medio de los huecos del examen, en dB."""
        return float(self.exam.mark(self.restored)["psnr"].mean())


def try_out(recipe: Recipe = MINIATURA) -> Trial:
    """Entrena una receta en una carpeta de usar y tirar y la examina.

    El examen es siempre el mismo, el de `book_exam`.
    """
    learned, _ = split_by_photo(list_photos(default_faces()))
    exam = book_exam(recipe.data.size)
    with tempfile.TemporaryDirectory() as folder:
        run = train(recipe, load_faces(learned, recipe.data.load_size), exam.photos, folder)
    return Trial(run, exam, exam.inputs(recipe.data.erase))
