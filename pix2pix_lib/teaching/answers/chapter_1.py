"""Los ejercicios del capítulo 1."""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from ...sources.annotations import read_annotations


def exercise_1(pixel):
    """tres números, en el intervalo que recibe la red"""
    return np.size(pixel) == 3 and np.allclose(np.ravel(pixel), (1, -1, -0.6))


def exercise_2(least, most, *, faces):
    """dos números de orden: el de la foto con menos contraste y el de la que tiene más"""
    contrast = [face.std() for face in faces]
    return least == np.argmin(contrast) and most == np.argmax(contrast)


def exercise_3(lost, *, face):
    """una función que devuelva un número de niveles, de 0 a 255"""
    ways = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS
    for side in (128, 64, 16):
        expected = []
        for way in ways:
            small = Image.fromarray(face).resize((side, side), way)
            back = np.asarray(small.resize((256, 256), way), float)
            expected.append(np.abs(back - face).mean())
        if not 0.9 * min(expected) <= lost(side) <= 1.1 * max(expected):
            return False
    return lost(256) < 0.01


def exercise_4(min_side):
    """un número entero de píxeles"""
    return min_side == 109


def exercise_5(leaks):
    """una función que devuelva cuántas fotos, no cuántas caras, están en los dos lados"""

    def paths(*names):
        return [Path(f"{name}.png") for name in names]

    train = paths("boda_cara0", "boda_cara1", "mar_cara0", "a_cara_b_cara0", "z_cara_1_cara0")
    test = paths("boda_cara2", "boda_cara3", "a_cara_b_cara12", "z_cara_2_cara0", "mar_2_cara0")
    counts = leaks(train, test), leaks(test, train), leaks(train, paths("mar_cara10", "x_cara0"))
    return counts == (2, 2, 1) and leaks(train[:1], test[3:]) == 0


def exercise_6(to_line):
    """una función que devuelva un texto JSON de una sola línea"""
    boxes = [(10, 20, 30, 60), (0, 0, 50, 40)]
    lines = [to_line("http://x/a.png", boxes, 50, 80), to_line("http://x/b.png", [], 50, 80)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mias.json"
        path.write_text("\n".join(lines), encoding="utf-8")
        photos, problems = read_annotations(path)
    first, second = photos
    return (
        not problems
        and (first.url, second.url) == ("http://x/a.png", "http://x/b.png")
        and np.allclose(first.boxes, [(0.2, 0.25, 0.6, 0.75), (0, 0, 1, 0.5)])
        and not second.boxes
    )
