"""Dibuja la portada con la red que entrenó el capítulo 4: `python tools/cover.py`."""

from pathlib import Path

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.pairs import IMAGE, fixed_pairs, to_uint8
from pix2pix_lib.data.photos import list_photos, load_faces, split_by_photo
from pix2pix_lib.sources.default_set import default_faces
from pix2pix_lib.teaching import figures
from pix2pix_lib.training.runs import load_run

ROOT = Path(__file__).parents[1]

run = load_run(ROOT / "_build/source/notebooks/modelo")
_, test_photos = split_by_photo(list_photos(default_faces()))
faces = load_faces(test_photos[:8], run.recipe.data.size)
x, _ = fixed_pairs(faces, load_masks(), run.recipe.data.erase, seed=1)
picture = figures.grid(
    [*to_uint8(x[..., IMAGE]), *run.model.restore(x), *faces],
    "Portada",
    columns=8,
    row_titles=["borrada", "restaurada", "original"],
)
(ROOT / "book/portada.png").write_bytes(picture.data)
