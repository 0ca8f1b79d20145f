"""El laboratorio del navegador restaura lo mismo que la biblioteca: los trazos, el grano y todo.

Python escribe los casos con lo que le da cada uno, y `lab/restoration.test.js` los repite.
"""

import base64
import os

import cv2
import numpy as np
import pytest
from nodejs import RUNTIME, assert_node_agrees, needs_node, needs_runtime
from PIL import Image
from places import ROOT

from pix2pix_lib.data.features import UPRIGHT
from pix2pix_lib.data.pairs import to_uint8
from pix2pix_lib.data.photos import list_photos
from pix2pix_lib.data.strokes import LINE, Stroke, draw_stroke, sample_strokes
from pix2pix_lib.errors import UserError
from pix2pix_lib.recipes import BLACK, MAGENTA, EraseParams
from pix2pix_lib.restoration import restore as restoration
from pix2pix_lib.restoration import windows
from pix2pix_lib.restoration.faces import Face
from pix2pix_lib.restoration.grain import add_grain, tiles
from pix2pix_lib.restoration.pretrained import UPRIGHT_WEIGHTS, WEIGHTS, load_pretrained
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.default_set import default_faces

pytestmark = needs_node

PORTRAIT = ROOT.parent / "shared/retratos_cc0/female/512/0.jpg"

SHAPES = [
    *[(9, 14), (60, 47), (100, 127), (128, 128), (130, 250), (256, 300), (257, 700), (600, 520)],
    *[(20, 900), (900, 33), (150, 1100)],
]
"""Más pequeñas que la que ve la red, mayores y alargadas."""


def pack(array):
    return base64.b64encode(np.ascontiguousarray(array, np.uint8)).decode()


class Mixer:
    """Una red de mentira, que se puede repetir en otro lenguaje: mezcla píxeles lejanos.

    Lo que pone depende también de dónde lo pone y de si es nuevo o afina un color aproximado.
    """

    def __init__(self, size, refines, fill=MAGENTA, upright=None):
        self.size, self.windows, self.upright = size, 0, upright
        self.erase = EraseParams(fill=fill, guesses=float(refines))

    def facts(self):
        """Lo que la página ha de imitar de ella, y cuántas ventanas ha visto."""
        upright = self.upright and self.upright.facts()
        facts = {"size": self.size, "refines": self.erase.guesses > 0, "windows": self.windows}
        return facts | {"upright": upright}

    def restore(self, x):
        self.windows += len(x)
        values = x.astype(np.float64)
        color, hole = values[..., :3], values[..., 3:]
        places = np.arange(self.size)
        pattern = (7 * places[:, None, None] + 13 * places[:, None] + 29 * np.arange(3)) % 32
        mixed = (np.roll(color, 3, 1) + np.roll(color, 5, 2) + color[:, ::-1]) * 0.29127
        return to_uint8(np.where(hole > 0, mixed + pattern / 128 * hole, color))


def some_hole(rng, height, width):
    """De uno a cuatro trazos, finos o gordos, cortos o de lado a lado."""
    hole = np.zeros((height, width), np.uint8)
    while not hole.any() or hole.all():
        hole[:] = 0
        for _ in range(rng.integers(1, 5)):
            ends = (rng.uniform(-0.1, 1.1, (2, 2)) * (width, height)).astype(int).tolist()
            thickness = min(height, width) * np.exp(rng.uniform(np.log(0.01), np.log(0.5)))
            start = ends[rng.integers(2)]
            cv2.line(hole, start, ends[1], 1, int(np.ceil(thickness)))
    return hole > 0


def some_photo(rng, height, width, gray):
    """Manchas suaves, con más o menos grano."""
    coarse = rng.uniform(0, 255, (*rng.integers(2, 7, 2), 3))
    photo = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    photo += rng.normal(0, rng.uniform(0, 15), photo.shape)
    if gray:
        photo[:] = photo.mean(-1, keepdims=True)
    return np.clip(photo, 0, 255).astype(np.uint8)


def some_face(rng, height, width):
    """Una cara cualquiera, ladeada, que puede salirse de la foto."""
    x, y, side = rng.uniform(0, 1, 3) * (width, height, 1.5 * max(height, width))
    angle = rng.uniform(-np.pi, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Face(x, y, side, 0.9, (UPRIGHT - 0.5) * side @ turn + (x, y))


def component_case(seed):
    rng = np.random.default_rng([0, seed])
    height, width = np.exp(rng.uniform(0, np.log(90), 2)).astype(int).tolist()
    noise = rng.random((height, width))
    hole = [
        lambda: noise < rng.random(),
        lambda: cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.5, 4)) > 0.5,
        lambda: some_hole(rng, height + 1, width + 1)[1:, 1:],
    ][seed % 3]()
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8))
    strokes = []
    for label in range(1, count):
        left, top, across, down = boxes[label, :4].tolist()
        alone = np.pad(labels == label, 1).astype(np.uint8)
        distance = cv2.distanceTransform(alone, cv2.DIST_L2, 3).max()
        box = [top, left, top + down, left + across]
        strokes.append({"box": box, "distance": float(distance)})
    return {"width": width, "hole": pack(hole), "strokes": strokes}


def tiles_case(seed):
    rng = np.random.default_rng([1, seed])
    (top, bottom), (left, right) = np.sort(rng.choice(600, (2, 2), replace=False)).tolist()
    side = int(rng.integers(1, 300))
    found = [
        [int(edge) for edge in (rows.start, columns.start, rows.stop, columns.stop)]
        for rows, columns in tiles((top, left, bottom, right), side)
    ]
    return {"box": [top, left, bottom, right], "side": side, "tiles": found}


def picture(photo):
    height, width = photo.shape[:2]
    return {"width": width, "height": height, "photo": pack(photo)}


def grain_case(seed):
    rng = np.random.default_rng([2, seed])
    height, width = np.exp(rng.uniform(np.log(8), np.log(350), 2)).astype(int).tolist()
    photo, hole = some_photo(rng, height, width, seed % 5 == 0), some_hole(rng, height, width)
    photo[hole] = cv2.GaussianBlur(photo, (0, 0), 3)[hole]
    return picture(photo) | {"hole": pack(hole), "expected": pack(add_grain(photo, hole))}


def restoration_case(network, photo, hole, faces, grain):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restoration, "find_faces", lambda photo: faces)
        restored = restore_photo(network, photo, hole, grain)
    return picture(photo) | {
        "hole": pack(hole),
        "faces": [face._asdict() | {"points": face.points.ravel().tolist()} for face in faces],
        "fill": network.erase.fill,
        "grain": grain,
        "expected": pack(restored),
    }


def mixed_case(seed):
    rng = np.random.default_rng([3, seed])
    height, width = SHAPES[seed % len(SHAPES)]
    fill = BLACK if seed % 7 == 0 else MAGENTA
    upright = Mixer([64, 48][seed % 2], False, fill) if seed % 4 < 2 else None
    network = Mixer([32, 64, 128, 256][seed % 4], seed % 3 > 0, fill, upright)
    faces = [some_face(rng, height, width) for _ in range(seed % 3)]
    case = restoration_case(
        network,
        some_photo(rng, height, width, seed % 5 == 0),
        some_hole(rng, height, width),
        faces,
        seed % 2 > 0,
    )
    return case | {"mixer": network.facts()}


def thick_case(side):
    """Un hueco cuadrado: según su lado, se mira a su tamaño o antes de más lejos."""
    network = Mixer(32, True)
    photo = some_photo(np.random.default_rng(side), 140, 150, False)
    hole = np.zeros(photo.shape[:2], bool)
    hole[50:, 60:][:side, :side] = True
    case = restoration_case(network, photo, hole, [], False)
    return case | {"mixer": network.facts()}


def crowded_case(count, margin, thickest, grain):
    """Tantos trazos, a `margin` píxeles del borde o más, que comparten ventanas en cuadrícula."""
    rng = np.random.default_rng(count)
    network, shape = Mixer(32, count % 2 > 0), (260 + 2 * margin, 310 + 2 * margin)
    photo, hole = some_photo(rng, *shape, False), np.zeros(shape, np.uint8)
    for center in (rng.integers(0, (310, 260), (count, 2)) + margin).tolist():
        cv2.circle(hole, center, int(rng.integers(1, thickest)), 1, -1)
    case = restoration_case(network, photo, hole > 0, [], grain)
    assert network.windows > windows.FEW
    return case | {"mixer": network.facts()}


def refusal(hole):
    with pytest.raises(UserError) as error:
        restore_photo(Mixer(64, True), np.zeros((*hole.shape, 3), np.uint8), hole)
    return {"hole": pack(hole), "message": str(error.value)}


def test_the_browser_restores_the_same_as_the_library(tmp_path):
    cases = {
        "components": [component_case(seed) for seed in range(300)],
        "tiles": [tiles_case(seed) for seed in range(300)],
        "grains": [grain_case(seed) for seed in range(100)],
        "restorations": [
            *[mixed_case(seed) for seed in range(44)],
            *[thick_case(side) for side in (8, 9, 16, 17, 32, 33)],
            crowded_case(150, 0, 4, True),
            crowded_case(901, 0, 4, True),
            # La página no mira más que una parte de la foto; la cuadrícula es la misma.
            crowded_case(201, 217, 9, False),
        ],
        "refusals": [refusal(np.zeros((9, 7), bool)), refusal(np.ones((9, 7), bool))],
    }
    assert max(case["mixer"]["windows"] for case in cases["restorations"]) > 20
    assert_node_agrees("restoration.test.js", 7, cases, tmp_path / "casos.json")


def real_case(network, path, side, strokes):
    photo = np.asarray(Image.open(path).convert("RGB").resize((side, side)))
    hole = np.zeros((side, side), bool)
    for stroke in strokes:
        draw_stroke(hole, stroke)
    photo = np.where(hole[..., None], np.array(MAGENTA, np.uint8), photo)
    faces = restoration.find_faces(photo)
    return restoration_case(network, photo, hole, faces, True)


@needs_runtime
def test_with_the_network_of_the_book_too(tmp_path):
    try:
        faces = list_photos(default_faces())[:4]
    except UserError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    network = load_pretrained()
    networks = [[str(WEIGHTS), 256], [str(UPRIGHT_WEIGHTS), 128]]
    restorations = [
        real_case(network, path, 256, sample_strokes(np.random.default_rng(seed), 256))
        for seed, path in enumerate(faces)
    ]
    if PORTRAIT.is_file():
        # Una raya fina y otra tan gruesa que se mira primero de lejos.
        strokes = [
            Stroke(LINE, ((400, 300), (520, 340)), 12),
            Stroke(LINE, ((480, 500), (600, 560)), 80),
        ]
        restorations.append(real_case(network, PORTRAIT, 1024, strokes))
    cases = {
        "book": {"runtime": str(RUNTIME), "networks": networks},
        "components": [],
        "tiles": [],
        "grains": [],
        "restorations": restorations,
        "refusals": [],
    }
    assert_node_agrees("restoration.test.js", 7, cases, tmp_path / "casos.json")
