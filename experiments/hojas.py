"""Dibuja todas las caras de los conjuntos del libro en `book/`: `python -m experiments hojas`."""

import tempfile
from pathlib import Path

from PIL import Image

from pix2pix_lib.data.photos import list_photos, load_face
from pix2pix_lib.sources.sets import SETS

BOOK = Path(__file__).parents[1] / "book"
COLUMNS, SIDE = 20, 44


def contact_sheet(folder: Path) -> Image.Image:
    photos = list_photos(folder)
    rows = -(-len(photos) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * SIDE), "white")
    for index, path in enumerate(photos):
        row, column = divmod(index, COLUMNS)
        sheet.paste(load_face(path, SIDE), (column * SIDE, row * SIDE))
    return sheet


def main() -> None:
    for name in ("pequeno", "cc0"):
        with tempfile.TemporaryDirectory() as folder:
            SETS[name](Path(folder) / "caras")
            contact_sheet(Path(folder) / "caras").save(BOOK / f"hoja_{name}.jpg", quality=88)
