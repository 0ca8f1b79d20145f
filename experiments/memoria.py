"""Mira si los rasgos que dibuja la red son de alguna cara: `python -m experiments memoria CARAS`.

CARAS es la carpeta que dejó `derecha`. En los huecos anchos de los retratos de examen, lo dibujado
se compara, con la cara derecha y sin contar ni el brillo ni el contraste, con lo mismo de cada cara
de la que aprendió, y de su reflejo; y lo de la original, igual. De cada uno se cuenta lo que dista
de la más parecida, en lo que dista de una cualquiera: si la red repitiera caras, en lo dibujado
sería mucho menos. Con unos retratos de aprender se ve cuánto menos: la original, ahí, es una copia.
Tarda unos minutos.
"""

from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np

from pix2pix_lib.data.features import cut_upright
from pix2pix_lib.evaluation.statistics import with_interval
from pix2pix_lib.evaluation.wide_holes import wide_exam
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.restoration.turned import core
from pix2pix_lib.sources.sets import CC0, CONGRESS, EXAM, LEARN, portraits

from .derecha import SIDE, upright_faces
from .examen import reduced

SEEN, FEW = 64, 60
"""Lado al que se comparan, y los píxeles que ha de tener, como poco, lo dibujado."""

EACH = 44
"""Cuántos retratos de cada conjunto y de cada lado se miran, como mucho."""


def normalized(pixels: np.ndarray) -> np.ndarray:
    """Sin su color medio ni su contraste: float (..., píxeles, 3)."""
    centered = pixels - pixels.mean(-2, keepdims=True)
    return centered / (centered.std((-2, -1), keepdims=True) + 1e-3)


def main(faces: str) -> None:
    middle = slice(SIDE // 4, -SIDE // 4)
    learned = np.stack(
        [
            cv2.resize(face[middle, middle], (SEEN, SEEN), interpolation=cv2.INTER_AREA)
            for face in upright_faces(LEARN, Path(faces))
        ]
    ).astype(np.float32)
    learned = np.concatenate([learned, learned[:, :, ::-1]])
    network = load_pretrained()
    for side in (EXAM, LEARN):
        people = (islice(portraits(name, side), EACH) for name in (CC0, CONGRESS))
        rows = []
        for case in chain(*(wide_exam(reduced(each)).cases for each in people)):
            drawn = core(case.hole, case.face.points, SEEN)
            if drawn.sum() < FEW:
                continue
            restored = restore_photo(network, case.painted, case.hole, grain=False)
            known, row = normalized(learned[:, drawn]), []
            for image in (restored, case.photo):
                one = cut_upright(image, case.face.points, SEEN).astype(np.float32)[drawn]
                away = np.sqrt(((known - normalized(one)) ** 2).mean((1, 2)))
                row.append(away.min() / np.median(away))
            rows.append(row)
        for name, shares in zip(("lo dibujado", "la original"), np.transpose(rows), strict=True):
            print(f"{name}: {np.median(shares):.2f}, y la que menos, {shares.min():.2f}")
        change = with_interval(np.subtract(*np.transpose(rows)), "{:+.3f}")
        print(f"{len(rows)} retratos de {side}; lo dibujado menos la original, {change}")
