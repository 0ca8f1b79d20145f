"""El laboratorio del navegador cambia de tamaño como OpenCV y ve las caras que ve la biblioteca.

Python escribe los casos con lo que le da cada uno; `lab/resampling.test.js` y
`lab/faces.test.js` los repiten.
"""

import base64

import cv2
import numpy as np
import pytest
import skimage.data
from nodejs import RUNTIME, assert_node_agrees, needs_node, needs_runtime
from PIL import Image
from places import CC0_PHOTOS

from pix2pix_lib.restoration.faces import WEIGHTS, find_faces

SIZES = [(1024, 1024), (704, 704), (400, 500), (192, 192), (333, 300), (1056, 1056)]
"""Más grandes que lo que se mira, el doble y el triple justos de uno y otro, y más pequeñas."""

ASTRONAUT = skimage.data.astronaut()


def pack(array):
    return base64.b64encode(np.ascontiguousarray(array)).decode()


def some_size(rng, longest):
    return np.exp(rng.uniform(0, np.log(longest + 1), 2)).astype(int).tolist()


def some_pixels(rng, size, as_bytes):
    width, height = size
    pixels = rng.integers(0, 256, (height, width, rng.choice([1, 3, 4])))
    return pixels.astype(np.uint8) if as_bytes else np.float32(pixels / 127.5 - 1)


def resampling(i):
    """Un cambio de tamaño al azar: a un tamaño dado, a la enésima parte o por un factor."""
    rng = np.random.default_rng(i)
    kind = ["area", "cubic", "whole", "factor"][i % 4]
    interpolation = cv2.INTER_CUBIC if kind == "cubic" else cv2.INTER_AREA
    size, to, scale = some_size(rng, 120), some_size(rng, 60), None
    if kind == "area":
        to = [int(rng.integers(1, length + 1)) for length in size]
    elif kind == "whole":
        size = [length * int(rng.integers(1, 6)) for length in to]
    elif kind == "factor":
        size, scale = [20 + length for length in size], rng.uniform(0.1, 0.95)
    pixels = some_pixels(rng, size, i // 4 % 2)
    to_size = {"dsize": None, "fx": scale, "fy": scale} if scale else {"dsize": to}
    resized = cv2.resize(pixels, **to_size, interpolation=interpolation)
    resized = resized.reshape(*resized.shape[:2], -1)
    return {
        "function": "resizeCubic" if kind == "cubic" else "resizeArea",
        "type": pixels.dtype.name,
        "shape": {"width": size[0], "height": size[1], "channels": pixels.shape[2]},
        "to": resized.shape[1::-1],
        "scale": scale and 1 / scale,
        "pixels": pack(pixels),
        "resized": pack(resized),
    }


def resized(photo, size):
    shrinks = size[0] < photo.shape[1]
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return cv2.resize(photo, size, interpolation=kind)


def some_photos():
    """Con caras y sin ellas, de frente y giradas, lisas y con ruido."""
    rng = np.random.default_rng(0)
    yield from (resized(ASTRONAUT, size) for size in [(256, 256), (800, 800), (1200, 1200)])
    yield from (ASTRONAUT, ASTRONAUT[20:241, 90:311], ASTRONAUT[300:], skimage.data.coffee())
    yield from (np.rot90(ASTRONAUT), ASTRONAUT[:, 220:], resized(ASTRONAUT, (60, 60)))
    yield rng.integers(0, 256, (300, 250, 3), np.uint8)
    for shape in [(1, 1), (20, 20), (24, 25), (1, 700), (300, 400), (130, 911)]:
        yield np.full((*shape, 3), rng.integers(256, size=3), np.uint8)


def some_portraits():
    for i, path in enumerate(sorted(CC0_PHOTOS.glob("*/512/*.jpg"))[::20]):
        with Image.open(path) as image:
            yield resized(np.asarray(image.convert("RGB")), SIZES[i % len(SIZES)])


def assert_the_same_faces_are_seen(photos, folder):
    """Devuelve cuántas caras se ven en cada foto."""
    cases = []
    for i, photo in enumerate(photos):
        path = folder / f"{i}.rgba"
        height, width = photo.shape[:2]
        path.write_bytes(np.dstack([photo, np.full((height, width), 255, np.uint8)]).tobytes())
        faces = [
            face._asdict() | {"points": face.points.ravel().tolist()} for face in find_faces(photo)
        ]
        cases.append({"path": str(path), "width": width, "height": height, "faces": faces})
    given = {"runtime": str(RUNTIME), "weights": str(WEIGHTS), "photos": cases}
    assert_node_agrees("faces.test.js", 1, given, folder / "casos.json")
    return [len(case["faces"]) for case in cases]


@needs_node
def test_the_browser_resizes_like_opencv(tmp_path):
    cases = [resampling(i) for i in range(600)]
    assert_node_agrees("resampling.test.js", 2, {"resamplings": cases}, tmp_path / "casos.json")


@needs_node
@needs_runtime
def test_the_browser_sees_the_faces_the_library_sees(tmp_path):
    counts = assert_the_same_faces_are_seen(some_photos(), tmp_path)
    assert 0 in counts and max(counts) > 0


@needs_node
@needs_runtime
@pytest.mark.skipif(not CC0_PHOTOS.is_dir(), reason="pide shared/retratos_cc0")
def test_the_browser_sees_the_portraits_faces_the_library_sees(tmp_path):
    counts = assert_the_same_faces_are_seen(some_portraits(), tmp_path)
    assert len(counts) >= 10 and min(counts) > 0
