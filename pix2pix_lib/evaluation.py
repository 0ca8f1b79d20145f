"""Cuánto se parece lo restaurado a lo original, dentro y fuera del hueco, y contra quién compite.

Todo se mide en uint8 [0, 255], que es lo que se ve. Una lista de imágenes es uint8
(n, alto, ancho, 3); una de huecos, bool (n, alto, ancho), True en el hueco.
"""

from __future__ import annotations

import numpy as np
from skimage.metrics import structural_similarity

from .rivals import Method


def psnr(squared_error: float) -> float:
    """Relación señal-ruido de pico, en dB, a partir del error cuadrático medio en [0, 255]."""
    return float(10 * np.log10(255**2 / max(squared_error, 1e-10)))


def gradient_energy(image: np.ndarray, hole: np.ndarray) -> float:
    """Suma, dentro del hueco, de los cuadrados del gradiente de la luminosidad."""
    rows, columns = np.gradient(image.astype(float).mean(-1))
    return float((rows**2 + columns**2)[hole].sum())


def seam(image: np.ndarray, hole: np.ndarray) -> float:
    """Salto medio de la luminosidad entre los dos lados del borde del hueco, en niveles de gris."""
    light = image.astype(float).mean(-1)
    jumps = [
        np.abs(np.diff(light, axis=axis))[np.diff(hole.view(np.int8), axis=axis) != 0]
        for axis in (0, 1)
    ]
    return float(np.concatenate(jumps).mean())


MARGIN = 16
"""Píxeles alrededor de un hueco que hacen falta para medirlo."""


def around(hole: np.ndarray) -> tuple[slice, slice]:
    """El trozo de la imagen donde está un hueco, con `MARGIN` píxeles de margen."""
    rows, columns = np.nonzero(hole.any(1))[0], np.nonzero(hole.any(0))[0]
    return (
        slice(max(rows[0] - MARGIN, 0), rows[-1] + MARGIN + 1),
        slice(max(columns[0] - MARGIN, 0), columns[-1] + MARGIN + 1),
    )


def score_hole(restored: np.ndarray, original: np.ndarray, hole: np.ndarray) -> dict[str, float]:
    """Las notas de un hueco de una foto.

    Devuelve su PSNR (dB) y su SSIM; el gradiente, qué energía tiene frente a la original (1 es
    tanto detalle; menos, borroso; más, grano de sobra); y la costura, cuánto salta la luz en el
    borde frente a la original (1 es lo mismo; más, se nota).
    """
    place = around(hole)
    restored, original, hole = restored[place], original[place], hole[place]
    scores = compare(restored, original, hole)
    return {
        "psnr": scores["psnr_hole"],
        "ssim": scores["ssim_hole"],
        "gradiente": scores["gradient_hole"],
        "costura": (seam(restored, hole) + 1) / (seam(original, hole) + 1),
    }


def compare(restored: np.ndarray, original: np.ndarray, hole: np.ndarray) -> dict[str, float]:
    """Mide una imagen restaurada contra la original.

    Devuelve el PSNR (dB) y la SSIM (de -1 a 1) dentro del hueco; qué parte de la energía del
    gradiente conserva ahí (1 es tanto detalle como la original; menos, borroso); y la L1 media
    (niveles de gris, de 0 a 255) dentro, fuera y en toda la imagen.
    """
    difference = restored.astype(float) - original
    _, similarity = structural_similarity(restored, original, channel_axis=-1, full=True)
    return {
        "psnr_hole": psnr(np.mean(difference[hole] ** 2)),
        "ssim_hole": float(similarity[hole].mean()),
        "gradient_hole": gradient_energy(restored, hole)
        / max(gradient_energy(original, hole), 1e-10),
        "l1_hole": float(np.abs(difference[hole]).mean()),
        "l1_outside": float(np.abs(difference[~hole]).mean()),
        "l1_image": float(np.abs(difference).mean()),
    }


def evaluate(
    restored: np.ndarray, originals: np.ndarray, holes: np.ndarray
) -> dict[str, np.ndarray]:
    """`compare` sobre cada imagen: {medida: float (n,)}."""
    rows = [compare(*images) for images in zip(restored, originals, holes, strict=True)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def run_method(method: Method, erased: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """Restaura una lista de imágenes, una a una."""
    return np.stack([method(*pair) for pair in zip(erased, holes, strict=True)])


def bootstrap_interval(
    values: np.ndarray, repeats: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Intervalo del 95 % de la media, por remuestreo de las caras (Efron, 1979)."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(len(values), size=(repeats, len(values)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def summary(restored: np.ndarray, originals: np.ndarray, holes: np.ndarray) -> dict:
    """Lo que una tabla dice de un método.

    Devuelve la media del PSNR y de la SSIM del hueco, el intervalo del primero y la mediana del
    gradiente: {"psnr", "interval", "ssim", "gradient"}.
    """
    scores = evaluate(restored, originals, holes)
    return {
        "psnr": float(scores["psnr_hole"].mean()),
        "interval": bootstrap_interval(scores["psnr_hole"]),
        "ssim": float(scores["ssim_hole"].mean()),
        "gradient": float(np.median(scores["gradient_hole"])),
    }
