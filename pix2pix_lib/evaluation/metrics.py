"""Cuánto se parece a lo original lo restaurado dentro del hueco.

Todo se mide en uint8 [0, 255], que es lo que se ve. Una imagen es uint8 (alto, ancho, 3) y un
hueco, bool (alto, ancho), True donde falta.
"""

from __future__ import annotations

import numpy as np
from skimage.metrics import structural_similarity

from ..checks import check_bytes, check_faces, check_hole, check_image
from ..errors import UserError


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


def _check_same(name: str, image: np.ndarray, original: np.ndarray) -> None:
    """Lanza UserError si no son dos imágenes, o dos pilas de imágenes, que miden lo mismo."""
    check_bytes(name, image)
    check_bytes("La original", original)
    if image.shape != original.shape:
        raise UserError(f"{name}: mide {image.shape} y la original, {original.shape}.")


def hole_errors(painted: np.ndarray, photos: np.ndarray, holes: np.ndarray) -> dict[str, float]:
    """La L1 media dentro y fuera de los huecos, en niveles de gris: {«dentro», «fuera»}.

    painted, photos: uint8 (n, lado, lado, 3). holes: bool (n, lado, lado), True donde falta.
    Lanza UserError si no lo son.
    """
    _check_same("Lo pintado", painted, photos)
    check_hole("El hueco", holes, photos.shape[:-1])
    error = np.abs(painted - photos.astype(float)).mean(-1)
    return {"dentro": float(error[holes].mean()), "fuera": float(error[~holes].mean())}


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

    Devuelve su PSNR (dB); su SSIM (de -1 a 1); su L1 media (niveles de gris); el gradiente, qué
    energía tiene frente a la original (1 es tanto detalle; menos, borroso; más, grano de sobra); y
    la costura, cuánto salta la luz en el borde frente a la original (1 es lo mismo; más, se nota).
    Lanza UserError si no son dos imágenes iguales de grandes y su hueco, o si está vacío.
    """
    _check_same("Lo restaurado", restored, original)
    check_image("La original", original)
    check_hole("El hueco", hole, original.shape[:2])
    if not hole.any():
        raise UserError("El hueco está vacío: no hay nada que medir.")
    place = around(hole)
    restored, original, hole = restored[place], original[place], hole[place]
    difference = restored[hole].astype(float) - original[hole]
    _, similarity = structural_similarity(restored, original, channel_axis=-1, full=True)
    energy = max(gradient_energy(original, hole), 1e-10)
    return {
        "psnr": psnr(np.mean(difference**2)),
        "ssim": float(similarity[hole].mean()),
        "l1": float(np.abs(difference).mean()),
        "gradiente": gradient_energy(restored, hole) / energy,
        "costura": (seam(restored, hole) + 1) / (seam(original, hole) + 1),
    }


def color_error(restored: np.ndarray, original: np.ndarray, hole: np.ndarray) -> float:
    """Cuánto se aparta el color medio del hueco, en niveles: el canal que más.

    Lanza UserError si no son dos imágenes y su hueco.
    """
    _check_same("Lo restaurado", restored, original)
    check_hole("El hueco", hole, original.shape[:2])
    apart = restored[hole].mean(0) - original[hole].mean(0)
    return float(np.abs(apart).max())


def spectrum(images: np.ndarray) -> np.ndarray:
    """Energía media de la luminosidad en cada frecuencia, de la más lenta a la más rápida.

    images: uint8 (n, lado, lado, 3). Devuelve float (lado // 2,): el elemento k es la media, en
    todas las direcciones y todas las imágenes, de los detalles que se repiten k veces por lado.
    Lanza UserError si no son imágenes.
    """
    check_faces("Las imágenes", images)
    light = images.astype(float).mean(-1) / 255
    side = light.shape[1]
    window = np.hanning(side)[:, None] * np.hanning(side)
    light = (light - light.mean((1, 2), keepdims=True)) * window
    energy = (np.abs(np.fft.fft2(light)) ** 2).mean(0) / side**2
    each = np.fft.fftfreq(side, 1 / side)
    rings = np.hypot(each[:, None], each).round().astype(int)
    sums = np.bincount(rings.ravel(), energy.ravel())
    return (sums / np.bincount(rings.ravel()))[: side // 2]
