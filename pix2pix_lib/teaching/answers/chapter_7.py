"""Los ejercicios del capítulo 7."""

import numpy as np

from ...evaluation.metrics import spectrum
from ...recipes import vary


def _fine(trial):
    """Qué parte del detalle fino conserva lo que pinta una prueba."""
    return np.mean(np.divide(spectrum(trial.painted), spectrum(trial.exam.photos))[8:])


def exercise_1(share):
    """un cociente: las cuentas de una red entre las de la otra"""
    return abs(share - 0.53) < 0.01


def exercise_2(balance, rules):
    """una λ y el nombre de un término, «L1» o «GAN»"""
    return abs(balance - 10) < 1e-6 and rules == "L1"


def exercise_3(best_guess):
    """una función que devuelva un gris, un entero de 0 a 255"""
    for possible in ([20, 60, 220], [0, 30, 45, 50, 250]):
        values = np.array(possible)
        guesses = best_guess(values, np.abs), best_guess(values, np.square)
        if guesses != (np.median(values), values.mean()):
            return False
    return True


def exercise_4(kept, *, trials):
    """un diccionario con una parte, de 0 en adelante, por cada prueba"""
    return kept.keys() == trials.keys() and all(
        abs(kept[name] - _fine(trial)) < 0.005 for name, trial in trials.items()
    )


def exercise_5(slow_waves):
    """una función que devuelva una imagen de números reales, del mismo lado"""
    light = np.random.default_rng(0).uniform(0, 255, (128, 128))
    each = np.fft.fftfreq(128, 1 / 128)
    repeats = np.hypot(each[:, None], each)
    for keep in (5, 10):
        slow = np.where(repeats > keep, 0, np.fft.fft2(light))
        if not np.allclose(slow_waves(light, keep), np.fft.ifft2(slow).real, atol=1e-3):
            return False
    return True


def exercise_6(noisy, wins, *, trials):
    """una prueba que solo cambie la λ, y un diccionario con dos respuestas: verdadero o falso"""
    other = trials["GAN + 100 L1"]
    return noisy.run.recipe == vary(other.run.recipe, {"loss": {"distance_weight": 1.0}}) and (
        wins == {"PSNR": noisy.psnr > other.psnr, "detalle": _fine(noisy) > _fine(other)}
    )
