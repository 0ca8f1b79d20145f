"""Cuántos trazos dice `short_strokes` que se quedan cortos: `python -m experiments cercos`.

En los retratos CC0 de elegir, doce veces en cada uno: un trazo sobre la cara como está, y un lunar
de borde difuso con la máscara hasta la mitad de su borde y con la máscara entera.
"""

import numpy as np

from pix2pix_lib.data.strokes import WIDTHS, draw_stroke, sample_stroke
from pix2pix_lib.restoration.faces import largest_face
from pix2pix_lib.restoration.holes import short_strokes
from pix2pix_lib.sources.sets import CC0, CHOOSE, portraits
from pix2pix_lib.writing import percent

TIMES = 12
MOLE = (0.45, 0.35, 0.3)
"""Qué parte de cada canal deja un lunar en su centro."""


def main() -> None:
    rng, kinds = np.random.default_rng(0), list(WIDTHS)
    short = {"trazos sobre la cara": [], "lunares, hasta la mitad": [], "lunares, enteros": []}
    for _, photo, _ in portraits(CC0, CHOOSE):
        face = largest_face(photo)
        rows, columns = np.indices(photo.shape[:2])
        for turn in range(TIMES):
            x, y = rng.uniform(-0.4, 0.4, 2) * face.width + (face.x, face.y)
            stroke = np.zeros(photo.shape[:2], np.uint8)
            kind = kinds[turn % len(kinds)]
            draw_stroke(stroke, sample_stroke(rng, kind, (x, y), face.width / 2))
            radius = face.width * rng.uniform(0.008, 0.025)
            edge = max(0.6, radius * rng.uniform(0.1, 0.35))
            away = (np.hypot(rows - y, columns - x) - radius) / edge
            share = 1 / (1 + np.exp(np.minimum(away, 50)))
            kept = 1 - share[..., None] * (1 - np.array(MOLE))
            marked = np.rint(photo * kept).astype(np.uint8)
            tried = [(photo, stroke > 0), (marked, share > 0.5), (marked, share > 0.02)]
            for found, (image, hole) in zip(short.values(), tried, strict=True):
                found.append(short_strokes(image, hole) > 0)
    for name, found in short.items():
        print(f"{name}: {sum(found)} de {len(found)}, el {percent(np.mean(found), 1)}")
