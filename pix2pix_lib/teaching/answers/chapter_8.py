"""Los ejercicios del capítulo 8."""

import itertools

import numpy as np

from ...recipes import MINIATURA, vary


def exercise_1(saved):
    """una parte, de 0 a 1"""
    return abs(saved - 0.17) < 0.01


def exercise_2(views):
    """dos números de veces, primero con 25 caras y después con 100"""
    return tuple(views) == (1280, 320)


def exercise_3(leaked):
    """una función que devuelva un conjunto de nombres de fotos"""
    return (
        leaked(["a_cara0", "b_cara0"], ["a_cara1"]) == {"a"}
        and leaked(["a_cara0"], ["b_cara0"]) == set()
        and leaked(["mi_boda_cara0"], ["mi_boda_cara12"]) == {"mi_boda"}
        and leaked(["mi_boda_cara0"], ["mi_cara0"]) == set()
    )


def exercise_4(accumulate):
    """una función que devuelva una media por canal"""
    rng, moving = np.random.default_rng(0), np.zeros(3)
    for momentum in (0.99, 0.9, 0.5):
        batch = rng.normal(1, 2, (2, 8, 8, 3))
        following = momentum * moving + (1 - momentum) * batch.mean(axis=(0, 1, 2))
        given = np.asarray(accumulate(moving, batch, momentum=momentum))
        if given.shape != (3,) or not np.allclose(given, following, atol=1e-5):
            return False
        moving = following
    return True


def exercise_5(pair):
    """un diccionario con dos pruebas, iguales salvo en los saltos"""
    return pair.keys() == {"shallow", "deep"} and all(
        trial.run.recipe
        == vary(MINIATURA, {"generator": {"skips": kind}, "training": {"steps": 100}})
        for kind, trial in pair.items()
    )


def exercise_6(variety):
    """una función que devuelva un número de niveles de gris, el del hueco"""
    x = np.zeros((2, 8, 8, 4))
    x[:, 2:5, 3:7, 3] = 1
    turns = itertools.count()

    def alternate(x):
        """Cambia 10 niveles dentro del hueco y 200 fuera."""
        return next(turns) % 2 * np.where(x[..., 3:] > 0, 10.0, 200.0) * np.ones(3)

    still = variety(lambda x: np.full((*x.shape[:3], 3), 7.0), x)
    return np.isclose(still, 0) and np.isclose(variety(alternate, x, 4), 5) and next(turns) == 4
