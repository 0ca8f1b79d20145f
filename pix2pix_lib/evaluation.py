"""Cuánto se parece lo restaurado a lo original, dentro y fuera del hueco, y contra quién compite.

Todo se mide en uint8 [0, 255], que es lo que se ve. Una lista de imágenes es uint8
(n, alto, ancho, 3); una de huecos, bool (n, alto, ancho), True en el hueco.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from skimage.metrics import structural_similarity
from skimage.restoration import inpaint_biharmonic

Baseline = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(imagen borrada, hueco) -> imagen restaurada."""


def nothing(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Deja el hueco como está."""
    return image


def mean_color(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Pinta el hueco con el color medio de lo conocido."""
    return np.where(hole[..., None], np.rint(image[~hole].mean(0)), image).astype(np.uint8)


def telea(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Telea (2004): avanza desde el borde con medias ponderadas."""
    return cv2.inpaint(image, hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)


def navier_stokes(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Bertalmio et al. (2001): prolonga las líneas de nivel como un fluido."""
    return cv2.inpaint(image, hole.astype(np.uint8), 3, cv2.INPAINT_NS)


def biharmonic(image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """La superficie más suave que encaja con los bordes del hueco (ecuación biarmónica)."""
    filled = inpaint_biharmonic(image, hole, channel_axis=-1)
    restored = np.clip(np.rint(filled * 255), 0, 255).astype(np.uint8)
    return np.where(hole[..., None], restored, image)


BASELINES: dict[str, Baseline] = {
    "no hacer nada": nothing,
    "color medio": mean_color,
    "Telea": telea,
    "Navier-Stokes": navier_stokes,
    "biarmónica": biharmonic,
}
"""Los rivales clásicos, por su nombre en las tablas."""


def psnr(squared_error: float) -> float:
    """Relación señal-ruido de pico, en dB, a partir del error cuadrático medio en [0, 255]."""
    return float(10 * np.log10(255**2 / max(squared_error, 1e-10)))


def gradient_energy(image: np.ndarray, hole: np.ndarray) -> float:
    """Suma, dentro del hueco, de los cuadrados del gradiente de la luminosidad."""
    rows, columns = np.gradient(image.astype(float).mean(-1))
    return float((rows**2 + columns**2)[hole].sum())


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


def run_baseline(baseline: Baseline, erased: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """Restaura una lista de imágenes con un método clásico."""
    return np.stack([baseline(*pair) for pair in zip(erased, holes, strict=True)])


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
