"""Qué cambia si los trazos comparten ventanas en cuadrícula: `python -m experiments cuadricula`.

En la mitad de los retratos CC0 de elegir, con doscientos trazos finos: cuántas ventanas salen por
trazos y con cada margen de la cuadrícula, y cuánto cambia el PSNR del hueco, sin grano.
"""

from unittest.mock import patch

import cv2
import numpy as np

from pix2pix_lib.evaluation.metrics import score_hole
from pix2pix_lib.restoration import windows
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.sets import CC0, CHOOSE, portraits

STROKES, SHARES = 200, (4, 8, 16)


def thin_strokes(shape: tuple[int, int]) -> np.ndarray:
    """Trazos finos por toda la foto: bool (alto, ancho)."""
    hole, rng = np.zeros(shape, np.uint8), np.random.default_rng(1)
    for x, y in rng.uniform(0, shape[::-1], (STROKES, 2)):
        angle, length = rng.uniform(0, np.pi), rng.uniform(30, 90)
        end = x + length * np.cos(angle), y + length * np.sin(angle)
        cv2.line(hole, (int(x), int(y)), (int(end[0]), int(end[1])), 1, 8)
    return hole > 0


def main() -> None:
    network, plan = load_pretrained(), windows.plan
    counts, scores = [], []
    for index, (_, photo, _) in enumerate(portraits(CC0, CHOOSE)):
        if index % 2:
            continue
        hole, seen, psnr = thin_strokes(photo.shape[:2]), [], []

        def counted(*given, seen=seen):
            seen.append(plan(*given))
            return seen[-1]

        # Por trazos, aunque sean muchas; y en cuadrícula, aunque sean pocas.
        for few, share in ((np.inf, 4), *((-1, share) for share in SHARES)):
            with patch.multiple(windows, FEW=few, GRID_SHARE=share, plan=counted):
                restored = restore_photo(network, photo, hole, grain=False)
            psnr.append(score_hole(restored, photo, hole)["psnr"])
        counts.append([len(each) for each in seen])
        scores.append(psnr)
    changes = np.array(scores)[:, 1:] - np.array(scores)[:, :1]
    print(f"por trazos: {np.mean(counts, 0)[0]:.0f} ventanas")
    for share, windows_seen, each in zip(SHARES, np.mean(counts, 0)[1:], changes.T, strict=True):
        error = each.std(ddof=1) / np.sqrt(len(each))
        print(f"1/{share}: {windows_seen:.0f} ventanas, {each.mean():+.2f} ± {error:.2f} dB")
