"""Mide las cajas de `face_detection.json`: `python -m experiments historico face_detection.json`.

Deja en `assets/historic_sides.json` el lado menor de cada una, en píxeles, de menor a mayor:
ni fotos, ni direcciones, ni dónde estaba la cara. Lo lee `sources.sets.historic_sides`.
"""

import json
from pathlib import Path

from pix2pix_lib.files import write_whole
from pix2pix_lib.sources.sets import HISTORIC_SIDES


def shorter_sides(path: str | Path) -> list[int]:
    """El lado menor de cada caja, redondeado, con el tamaño de foto que dice el propio archivo."""
    sides = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        for annotation in json.loads(line)["annotation"] or []:
            first, second = annotation["points"]
            width = abs(second["x"] - first["x"]) * annotation["imageWidth"]
            height = abs(second["y"] - first["y"]) * annotation["imageHeight"]
            sides.append(round(min(width, height)))
    return sorted(sides)


def main(annotations: str) -> None:
    write_whole(HISTORIC_SIDES, json.dumps(shorter_sides(annotations)).encode())
