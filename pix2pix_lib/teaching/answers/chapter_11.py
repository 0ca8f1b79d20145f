"""Los ejercicios del capítulo 11."""

import numpy as np

from ...data.marks import GAMMA, HEMOGLOBIN, MELANIN
from ...evaluation.found_marks import FINDER, chosen_threshold, load_marks

SKINS = [(240, 205, 185), (198, 150, 125), (110, 75, 58)]


def _stained(skin, pigment, amount):
    """La piel con una cantidad de pigmento de más, de 0 a 255."""
    light = (np.array(skin) / 255) ** GAMMA * np.exp(-amount * pigment)
    return 255 * light ** (1 / GAMMA)


def _by_portrait():
    """De cada retrato con marcas claras: qué parte se encuentra y lo clara que es la piel."""
    exam = load_marks()
    seen = exam.chance[FINDER] > chosen_threshold()
    its = [(exam.photo == photo) & exam.clear for photo in np.unique(exam.photo[exam.clear])]
    return np.array([(seen[one].mean(), exam.light[one][0]) for one in its]).T


def exercise_1(right, overlap):
    """dos números de 0 a 1: lo que acierta y su solape"""
    return np.allclose((right, overlap), (1 - 96 / 256**2, 0), atol=1e-4)


def exercise_2(precision, recall):
    """dos números de 0 a 1: la precisión y la exhaustividad"""
    return np.allclose((precision, recall), (6 / 9, 6 / 10), atol=0.007)


def exercise_3(pigment):
    """una función que devuelva el nombre de un pigmento"""
    names = {"melanina": MELANIN, "hemoglobina": HEMOGLOBIN}
    return all(
        pigment(skin, _stained(skin, mix, amount)) == name
        for skin in SKINS
        for name, mix in names.items()
        for amount in (0.1, 0.4, 1.2)
    )


def exercise_4(choose):
    """una función que devuelva un umbral, de 0.5 a 0.99"""
    extra = np.random.default_rng(0).uniform(0.4, 1, 400).round(3)
    for photos, most in ((40, 1), (40, 3), (8, 2), (100, 5)):
        steps = np.arange(0.5, 1, 0.01)
        enough = [(extra > step).sum() / photos <= most for step in steps]
        if not np.isclose(choose(extra, photos, most), steps[np.argmax(enough)], atol=1e-6):
            return False
    return True


def exercise_5(weighted):
    """una función que devuelva un solo número, la media de lo que paga cada píxel"""
    rng = np.random.default_rng(0)
    label = (rng.random((2, 8, 8, 1)) < 0.1).astype("float32")
    chance = rng.uniform(0.05, 0.95, label.shape).astype("float32")
    for weight in (1, 5, 50):
        paid = -weight * label * np.log(chance) - (1 - label) * np.log(1 - chance)
        given = np.asarray(weighted(label, chance, weight))
        if given.shape != () or not np.isclose(given, paid.mean(), rtol=1e-3):
            return False
    return True


def exercise_6(gap, low, high):
    """tres números: la diferencia entre los tercios de fuera y su intervalo"""
    notes, light = _by_portrait()
    thirds = np.array_split(notes[np.argsort(light)], 3)
    rng = np.random.default_rng(1)
    drawn = [rng.choice(third, (4000, len(third))).mean(1) for third in thirds]
    expected = (
        thirds[2].mean() - thirds[0].mean(),
        *np.percentile(drawn[2] - drawn[0], [2.5, 97.5]),
    )
    return np.allclose((gap, low, high), expected, atol=(0.005, 0.012, 0.012))
