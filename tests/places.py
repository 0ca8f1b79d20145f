"""Dónde está lo que miran las pruebas."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
"""Retratos y anotaciones que no están en el repositorio: las pruebas que los piden se saltan."""

CC0_PHOTOS = SHARED / "retratos_cc0"
ADDRESS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SITE = ROOT / "_build/web/_build/html"
