"""Los borrados de referencia, que comparan Python y el navegador."""

import numpy as np

from pix2pix_lib.data.masks import load_masks

MASKS = load_masks()


def runs(hole: np.ndarray) -> list[int]:
    """Los tramos de un hueco, fila a fila: cuántos píxeles sin borrar, cuántos borrados..."""
    edges = np.flatnonzero(np.diff(hole.ravel(), prepend=False, append=not hole.ravel()[-1]))
    return np.diff(edges, prepend=0).tolist()
