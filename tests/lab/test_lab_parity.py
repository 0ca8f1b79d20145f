"""El laboratorio del navegador (`book/lab`) elige y borra lo mismo, al bit, que la biblioteca.

Python escribe los casos con lo que le da cada uno, y `lab/parity.test.js` los repite con node.
"""

import hashlib
import json
import platform
import re
from dataclasses import asdict

import numpy as np
from golden import MASKS, runs
from nodejs import assert_node_agrees, needs_node
from PIL import Image
from places import ROOT

from pix2pix_lib import recipes
from pix2pix_lib.data.masks import COVERAGE, Placement, erase, sample_placements
from pix2pix_lib.recipes import EraseParams

pytestmark = needs_node

SEEDS = [*range(40), 2**32 - 1, 2**32, 2**53 + 1, 2**96 + 5, 3**100, [0, 0], [7, 0, 2**40], [1] * 9]
CALLS = [
    ("random", []),
    ("uniform", []),
    ("uniform", [1, 5]),
    ("uniform", [-0.3, 0.1]),
    ("integers", [1, 2]),
    ("integers", [1, 3]),
    ("integers", [16]),
    ("integers", [-5, 250]),
    ("integers", [3 * 2**30]),
    ("integers", [2**31 + 1]),
    ("integers", [2**32 - 1]),
    ("integers", [2**32]),
    ("integers", [2**32 + 1]),
    ("integers", [-(2**52), 2**52 + 3]),
]
"""De los rangos grandes, el de 3·2³⁰ descarta uno de cada cuatro; el de 2³¹ + 1, casi la mitad."""


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


def some_draws(seed):
    """Llamadas mezcladas: unas gastan 32 bits y otras 64, y lo que sobra pasa a la siguiente."""
    rng, order = np.random.default_rng(seed), np.random.default_rng([1, *np.ravel(seed)])
    calls = [CALLS[i] for i in order.integers(len(CALLS), size=150)]
    drawn = [(name, values, getattr(rng, name)(*values)) for name, values in calls]
    return [(*call, value if isinstance(value, float) else int(value)) for *call, value in drawn]


def resized(name, side):
    drawing = Image.fromarray(MASKS[name].astype(np.uint8) * 255)
    gray = drawing.resize((side, side), Image.Resampling.BILINEAR)
    return {"mask": name, "side": side, "sha256": digest(gray)}


def sample(seed):
    """Colocaciones al azar con unos ajustes al azar, de todas las escalas que se admiten."""
    rng = np.random.default_rng([2, seed])
    limits = np.sort(np.exp(rng.uniform(np.log(0.1), np.log(recipes.MAX_SCALE), 2))).tolist()
    params = EraseParams(max_masks=1 + seed % 4, scale=tuple(limits)) if seed else EraseParams()
    placements = sample_placements(np.random.default_rng(seed), MASKS, params)
    return {
        "seed": seed,
        "params": {"maxMasks": params.max_masks, "scale": params.scale},
        "placements": [asdict(placement) for placement in placements],
    }


def erasure(width, height, placements, fill):
    image = np.arange(height * width * 3).reshape(height, width, 3) % 251
    erased, hole = erase(
        image.astype(np.uint8), [Placement(**one) for one in placements], MASKS, fill
    )
    opaque = np.dstack([erased, np.full_like(erased[..., 0], 255)])
    return {
        "width": width,
        "height": height,
        "placements": placements,
        "fill": fill,
        "runs": runs(hole),
        "sha256": digest(opaque),
    }


def every_case():
    rng = np.random.default_rng(0)
    samples = [sample(seed) for seed in range(300)]
    sizes = np.exp(rng.uniform(np.log(32), np.log(1025), (300, 2))).astype(int).tolist()
    corners = [
        (size, [asdict(Placement(name, scale, *corner))])
        for i, name in enumerate(MASKS)
        for size in [(33, 47), (256, 256), (1024, 32)]
        for scale, corner in [(0.1, (i % 2, 1)), (1, (1, 0.5)), (recipes.MAX_SCALE, (0, i % 2))]
    ]
    chosen = zip(sizes, [one["placements"] for one in samples], strict=True)
    sides = [1, 2, 49, 50, 51, 100, *np.exp(rng.uniform(0, np.log(1025), 14)).astype(int).tolist()]
    return {
        # Fuera de x86, el compilador de NumPy puede multiplicar y sumar con un solo redondeo.
        "tolerance": 0 if platform.machine() in {"x86_64", "AMD64"} else 1e-12,
        "masks": {
            name: "".join(map(str, mask.ravel().astype(int))) for name, mask in MASKS.items()
        },
        "constants": {
            name: getattr(recipes, name)
            for name in ["MASK_SIDE", "REFERENCE_SIDE", "MAX_SCALE", "BLACK", "MAGENTA"]
        }
        | {
            "COVERAGE": COVERAGE,
            "DEFAULT_PARAMS": {"maxMasks": EraseParams().max_masks, "scale": EraseParams().scale},
        },
        "draws": [
            {"seed": json.loads(json.dumps(seed), parse_int=str), "calls": some_draws(seed)}
            for seed in SEEDS
        ],
        "resizes": [resized(name, side) for name in MASKS for side in sides],
        "samples": samples,
        "erasures": [
            erasure(*size, placements, tuple(rng.integers(256, size=3).tolist()))
            for size, placements in [*chosen, *corners]
        ],
    }


def test_the_browser_draws_and_erases_the_same_as_the_library(tmp_path):
    assert_node_agrees("parity.test.js", 6, every_case(), tmp_path / "casos.json")


ROOMS = [
    ["numeric"],
    ["engine"],
    ["photo", "hole"],
    ["ui"],
    ["paint", "explore"],
    ["page"],
    ["lab"],
]
"""Las carpetas de `book/lab`, de la que no sabe de nadie a la que lo pone todo en marcha."""


def test_each_room_knows_only_those_below_it():
    lab = ROOT / "book/lab"
    floors = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
    arrows = {
        (path.parent.name, (path.parent / name).resolve().parent.name)
        for path in [*lab.glob("*.js"), *lab.glob("*/*.js")]
        for name in re.findall(r'"(\.[\w./]+\.js)"', path.read_text())
    }
    assert {room for arrow in arrows for room in arrow} == set(floors)
    assert [(a, b) for a, b in sorted(arrows) if a != b and floors[a] <= floors[b]] == []
