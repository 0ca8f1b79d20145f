"""El laboratorio encuentra las mismas marcas que la biblioteca, y el lector elige cuáles se quitan.

Python escribe los casos con lo que le da cada uno, y `lab/finding.test.js` los repite.
"""

import sys

import cv2
import numpy as np
import pytest
from nodejs import RUNTIME, assert_node_agrees, needs_node, needs_runtime
from places import ROOT

from pix2pix_lib.data import marks
from pix2pix_lib.data.features import UPRIGHT, upright
from pix2pix_lib.data.marks import MOLE, paint_mark, skin
from pix2pix_lib.restoration.faces import find_faces
from pix2pix_lib.restoration.finding import EXTENT, FACE, FINDER, SIDE, bring_back, find_marks

sys.path.append(str(ROOT / "book/_ext"))
from lab import FINDING

MOLES = [(0.3, 0.62), (0.7, 0.62), (0.5, 0.24), (0.4, 0.9)]
"""Dónde se pintan, en partes del lado de la cara derecha."""


@pytest.fixture(scope="module")
def spotted(default_faces):
    """Tres caras con cuatro lunares claros, que se encuentran."""
    photos = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "FAINTEST", 80)
        patch.setitem(marks.SIZES, MOLE, (0.02, 0.025))
        for index, photo in enumerate(default_faces[:3]):
            matrix = upright(find_faces(photo)[0].points, SIDE)
            back, scale = cv2.invertAffineTransform(matrix), np.hypot(*matrix[0, :2])
            rng = np.random.default_rng(index)
            for place in MOLES:
                center = tuple(back @ (*np.multiply(place, SIDE), 1))
                photo, _ = paint_mark(photo, rng, MOLE, center, FACE / scale)
            photos.append(photo)
    return photos


def some_points(rng):
    """Una cara de `UPRIGHT`, girada y movida: float (6, 2)."""
    angle, size = rng.uniform(-0.5, 0.5), np.exp(rng.uniform(np.log(40), np.log(1500)))
    turn = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return UPRIGHT @ turn + rng.uniform(-0.3, 0.3, 2) * size


def skin_case(seed):
    points = UPRIGHT + np.random.default_rng(seed).uniform(-0.05, 0.05, UPRIGHT.shape)
    side = 50 + seed
    pixels = np.flatnonzero(skin(side, points))
    return {"side": side, "points": points.ravel().tolist(), "pixels": pixels.tolist()}


def mark_case(seed):
    rng = np.random.default_rng(seed)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    center = rng.integers(0, SIDE, 2).tolist()
    axes = np.exp(rng.uniform(0, np.log(60), 2)).astype(int).tolist()
    cv2.ellipse(canvas, center, axes, rng.uniform(0, 180), 0, 360, 1, -1)
    matrix = upright(some_points(rng), SIDE)
    height, width = rng.integers(30, 900, 2).tolist()
    rows, columns = bring_back(canvas > 0, matrix, (height, width))
    return {
        "mark": np.flatnonzero(canvas).tolist(),
        "matrix": matrix.tolist(),
        "shape": {"width": width, "height": height},
        "pixels": (rows * width + columns).tolist(),
    }


def photo_case(photo, path):
    height, width = photo.shape[:2]
    path.write_bytes(np.dstack([photo, np.full((height, width), 255, np.uint8)]).tobytes())
    faces = find_faces(photo)
    proposals = [
        {
            "pixels": (each.where[0] * width + each.where[1]).tolist(),
            "chance": each.chance,
            "size": each.size,
        }
        for each in find_marks(photo, faces, EXTENT, 1)
    ]
    return {
        "path": str(path),
        "width": width,
        "height": height,
        "faces": [face.points.ravel().tolist() for face in faces],
        "proposals": proposals,
    }


@needs_node
@needs_runtime
def test_the_browser_finds_the_same_as_the_library(spotted, tmp_path):
    large = cv2.resize(np.rot90(spotted[1]), None, fx=4.3, fy=4.3, interpolation=cv2.INTER_CUBIC)
    photos = [*spotted, large, np.hstack([spotted[2], spotted[0][:, ::-1]])]
    cases = {
        "runtime": str(RUNTIME),
        "weights": str(FINDER),
        "numbers": FINDING,
        "skins": [skin_case(seed) for seed in range(20)],
        "marks": [mark_case(seed) for seed in range(100)],
        "photos": [photo_case(photo, tmp_path / f"{i}.rgba") for i, photo in enumerate(photos)],
    }
    assert sum(len(case["pixels"]) > 0 for case in cases["marks"]) > 30
    assert_node_agrees("finding.test.js", 4, cases, tmp_path / "casos.json")
