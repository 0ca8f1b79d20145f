"""De cada ejercicio: respuestas buenas, escritas de varias maneras, y malas, las de quien yerra."""

import inspect
import json
import math
import re
from dataclasses import replace
from types import SimpleNamespace

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image, ImageDraw
from places import NOTEBOOKS, ROOT

from pix2pix_lib.data.masks import Placement, erase, load_masks, sample_placements
from pix2pix_lib.data.pairs import to_float, to_uint8
from pix2pix_lib.evaluation.exams import faces_exam
from pix2pix_lib.evaluation.found_marks import chosen_threshold, load_marks
from pix2pix_lib.evaluation.metrics import psnr, spectrum
from pix2pix_lib.evaluation.statistics import bootstrap_interval
from pix2pix_lib.model.fill import FirstFill
from pix2pix_lib.model.gan import frozen
from pix2pix_lib.model.networks import receptive_field
from pix2pix_lib.model.partial import partial_convolution
from pix2pix_lib.recipes import CORRECTS, MAGENTA, MINIATURA, EraseParams, vary
from pix2pix_lib.teaching.exercises import check, predicate
from pix2pix_lib.teaching.records import by_face, load_records

rng = np.random.default_rng(0)
ROWS: dict[str, tuple[list, list]] = {}
"""De cada ejercicio, las buenas y las malas; si se piden varias respuestas, van en una tupla."""

GIVEN: dict[str, dict] = {}
"""Lo que se le da a `check` del cuaderno."""


# Capítulo 0
def kernel(*values):
    return np.reshape(values, (3, 3))


def normalized(axes, power=0.5):
    def norm(x):
        centered = x - x.mean(axis=axes, keepdims=True)
        return centered / x.var(axis=axes, keepdims=True) ** power

    return norm


ROWS["0.1"] = (
    [kernel(0, 0, 0, 0, 1, 0, 0, 0, 0), [[0, 0, 0], [0, 1, 0], [0, 0, 0]], np.pad([[1.0]], 1)],
    [np.eye(3), np.ones((3, 3)), [[1]], kernel(1, 0, 0, 0, 0, 0, 0, 0, 0), np.full((3, 3), 1 / 9)],
)
ROWS["0.2"] = (
    [4640, 3 * 3 * 16 * 32 + 32, np.int64(4640), 4640.0],
    [4608, 4624, 3 * 3 * 32 + 32, 64 * 64 * 4640, "4640", 4641],
)
ROWS["0.3"] = (
    [
        lambda n, k, s, p: (n + 2 * p - k) // s + 1,
        lambda n, k, s, p: math.floor((n + 2 * p - k) / s) + 1,
        lambda n, k, s, p: int((n - k + p * 2) / s + 1),
        lambda n, k, s, p: len(range(0, n + 2 * p - k + 1, s)),
    ],
    [
        lambda n, k, s, p: (n + 2 * p - k) / s + 1,
        lambda n, k, s, p: math.ceil((n + 2 * p - k) / s) + 1,
        lambda n, k, s, p: round((n + 2 * p - k) / s) + 1,
        lambda n, k, s, p: (n + 2 * p - k) // s,
        lambda n, k, s, p: (n + p - k) // s + 1,
        lambda n, k, s, p: n // s,
    ],
)
ROWS["0.4"] = (
    [
        lambda f, w: (f(w + 1e-4) - f(w - 1e-4)) / 2e-4,
        lambda f, w: (f(w + 1e-6) - f(w)) / 1e-6,
        lambda f, w: (f(w) - f(w - 1e-5)) / 1e-5,
    ],
    [
        lambda f, w: f(w + 1e-4) - f(w - 1e-4),
        lambda f, w: (f(w + 1e-4) - f(w - 1e-4)) / 1e-4,
        lambda f, w: (f(w + 1) - f(w - 1)) / 2,
        lambda f, w: (f(w - 1e-4) - f(w + 1e-4)) / 2e-4,
        lambda f, w: 18 * (w - 2),
        lambda f, w: f(w),
    ],
)
ROWS["0.5"] = (
    [
        normalized((1, 2)),
        lambda x: (x - x.mean((1, 2))[:, None, None]) / x.std((1, 2))[:, None, None],
        lambda x: np.stack([(each - each.mean((0, 1))) / each.std((0, 1)) for each in x]),
        lambda x: np.array(keras.layers.GroupNormalization(groups=-1)(x)),
    ],
    [
        normalized((0, 1, 2)),
        normalized((1, 2, 3)),
        normalized((1, 2), power=1),
        normalized(None),
        lambda x: x - x.mean((1, 2), keepdims=True),
        lambda x: x / x.std((1, 2), keepdims=True),
    ],
)
ROWS["0.6"] = (
    [(4, 2 / np.sqrt(12)), (4.0, 0.63), [4, 0.58], np.array([4, 0.6])],
    [(4, 0.5), (4, 1), (4, 1 / 3), (0.58, 4), (3, 0.58), (4, -0.58), 4],
)

# Capítulo 1
PHOTO = np.asarray(
    Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).resize((256, 256), 3)
)


def lost(measure, reduce=3, enlarge=3):
    def lost(side):
        small = Image.fromarray(PHOTO).resize((side, side), reduce)
        back = np.asarray(small.resize((256, 256), enlarge))
        return measure(back, PHOTO)

    return lost


def apart(back, photo):
    return np.abs(back.astype(float) - photo).mean()


def leaking(name, count=len):
    return lambda train, test: count({name(p) for p in train} & {name(p) for p in test})


def photo_of(path):
    return path.stem.rsplit("_cara", 1)[0]


def line_of(dump=json.dumps, wide=lambda x, width, height: x / width):
    def to_line(url, boxes, width, height):
        annotation = []
        for left, top, right, bottom in boxes:
            points = [
                {"x": wide(x, width, height), "y": y / height}
                for x, y in [(left, top), (right, bottom)]
            ]
            annotation.append({"label": ["Face"], "points": points})
        return dump({"content": url, "annotation": annotation})

    return to_line


GIVEN["1.2"] = {"faces": rng.normal(size=(6, 8, 8, 3)) * np.array([[[[3, 5, 1, 4, 9, 6]]]]).T}
GIVEN["1.3"] = {"face": PHOTO}
ROWS["1.1"] = (
    [(1, -1, -0.6), [1.0, -1.0, 51 / 127.5 - 1], to_float(np.uint8([255, 0, 51]))],
    [(255, 0, 51), (1, 0, 0.2), (1, -1, 0.6), (1, -1, -0.4), (1, -1), 1],
)
ROWS["1.2"] = (
    [(2, 4), (np.int64(2), np.int64(4)), tuple(np.argsort([3, 5, 1, 4, 9, 6])[[0, -1]])],
    [(4, 2), (2, 2), (3, 5), (1.0, 9.0), (0, 4), ((2, 4), 4)],
)
ROWS["1.3"] = (
    [lost(apart), lost(apart, 1, 1), lost(apart, 2, 2), lost(lambda a, b: apart(b, a))],
    [
        lost(lambda a, b: (a.astype(float) - b).mean()),
        lost(lambda a, b: np.abs(a - b).mean()),
        lost(lambda a, b: np.abs(a.astype(float) - b).sum()),
        lost(lambda a, b: ((a.astype(float) - b) ** 2).mean()),
        lost(lambda a, b: apart(a, b) / 255),
        lambda side: 256 / side,
    ],
)
ROWS["1.4"] = ([109, np.int64(109), 109.0], [108, 110, 256, 500, 498, 108.5])
ROWS["1.5"] = (
    [
        leaking(photo_of),
        leaking(lambda path: re.match(r"(.*)_cara\d+", path.name)[1]),
        lambda train, test: sum(
            photo in {photo_of(p) for p in test} for photo in {photo_of(p) for p in train}
        ),
    ],
    [
        leaking(photo_of, set),
        leaking(lambda path: path.stem),
        leaking(lambda path: path.stem.split("_cara")[0]),
        leaking(lambda path: path.stem[:4]),
        lambda train, test: sum(photo_of(p) in {photo_of(q) for q in test} for p in train),
        lambda train, test: len({photo_of(p) for p in train} | {photo_of(p) for p in test}),
    ],
)
ROWS["1.6"] = (
    [
        line_of(),
        line_of(dump=lambda record: json.dumps(record, ensure_ascii=False)),
        line_of(dump=lambda record: json.dumps(record | {"metadata": {}})),
    ],
    [
        line_of(dump=lambda record: record),
        line_of(dump=lambda record: json.dumps(record, indent=2)),
        line_of(dump=str),
        line_of(wide=lambda x, width, height: x / height),
        line_of(wide=lambda x, width, height: x),
        line_of(dump=lambda record: json.dumps(record | {"content": "otra"})),
        line_of(dump=lambda record: json.dumps(record | {"annotation": []})),
    ],
)

# Capítulo 2
ROWS_AND_COLUMNS = np.mgrid[:50, :50] - 24.5
RADIUS = np.hypot(*ROWS_AND_COLUMNS)
SQUARE = np.abs(ROWS_AND_COLUMNS).max(axis=0)
MASKS = load_masks()
STAINED = np.zeros((64, 64, 3), np.uint8) + np.linspace(60, 200, 64).astype(np.uint8)[:, None]
HOLE = np.zeros((64, 64), bool)
HOLE[10:34, 10:40] = True
STAINED[HOLE] = MAGENTA


def drawn_ring():
    image = Image.new("1", (50, 50))
    ImageDraw.Draw(image).ellipse((6, 6, 43, 43), outline=1, width=6)
    return np.array(image)


def rate(measure, count=300):
    def center_rate(params):
        draws, blank = np.random.default_rng(0), np.zeros((64, 64, 3), np.uint8)
        holes = [
            erase(blank, sample_placements(draws, MASKS, params), MASKS)[1] for _ in range(count)
        ]
        return measure(np.array(holes))

    return center_rate


def near_magenta(margin, join=np.all):
    return lambda image: join(np.abs(image.astype(int) - MAGENTA) <= margin, axis=-1)


def eraser(scale, max_masks=2):
    return EraseParams(max_masks=max_masks, scale=scale)


GIVEN["2.6"] = {"erased": STAINED, "hole": HOLE}
ROWS["2.1"] = ([50, 50 * 2 * 128 // 256, np.int64(50), 50.0], [100, 25, 200, 128, 50**2])
ROWS["2.2"] = (
    [Placement("parche", scale, 0.5, 0.5) for scale in (1, 1.5, 2)],
    [
        Placement("parche", 1.5, 0, 0),
        Placement("parche", 5, 0.5, 0.5),
        Placement("borrón", 1.5, 0.5, 0.5),
        Placement("parche", 1, 0.9, 0.5),
        "parche",
        (1.5, 0.5, 0.5),
    ],
)
ROWS["2.3"] = (
    [
        (RADIUS > 14) & (RADIUS < 20),
        np.abs(RADIUS - 12) < 1,
        drawn_ring(),
        (RADIUS < 24) ^ (RADIUS < 8),
    ],
    [
        (SQUARE > 14) & (SQUARE < 20),
        SQUARE > 15,
        (RADIUS < 20) & (SQUARE > 1),
        RADIUS < 20,
        RADIUS > 14,
        np.roll((RADIUS > 8) & (RADIUS < 12), 9, axis=1),
        ((RADIUS > 14) & (RADIUS < 20)).astype(int),
        ((RADIUS > 14) & (RADIUS < 20))[:40],
        ((RADIUS > 14) & (RADIUS < 20)) & (ROWS_AND_COLUMNS[0] < 0),
    ],
)
ROWS["2.4"] = (
    [
        rate(lambda holes: holes[:, 32, 32].mean()),
        rate(lambda holes: holes[:, 32, 32].sum() / len(holes)),
        rate(lambda holes: float(np.average(holes[:, 32, 32]))),
    ],
    [
        rate(lambda holes: holes.mean()),
        rate(lambda holes: 100 * holes[:, 32, 32].mean()),
        rate(lambda holes: 1 - holes[:, 32, 32].mean()),
        rate(lambda holes: holes[:, 32, 32].sum()),
        rate(lambda holes: holes[0, 32, 32]),
        lambda params: 0.36,
    ],
)
ROWS["2.5"] = (
    [eraser((1, 3)), eraser((1, 2.9)), EraseParams(2, (1, 3.1), MAGENTA)],
    [eraser((1, 5)), eraser((1, 2)), eraser((2, 3)), eraser((1, 5), 1), eraser((1, 4)), (1, 3)],
)
ROWS["2.6"] = (
    [
        near_magenta(60),
        near_magenta(40),
        lambda image: np.linalg.norm(image - np.array(MAGENTA, float), axis=-1) < 80,
        lambda image: 255 * near_magenta(60)(image).astype(np.uint8),
    ],
    [
        near_magenta(0),
        near_magenta(255),
        near_magenta(60, np.any),
        lambda image: ~near_magenta(60)(image),
        lambda image: near_magenta(60)(image)[::-1],
        lambda image: image[..., 0] > 150,
    ],
)


# Capítulo 3
def channels(filters, levels):
    widths = [filters * min(2**level, 8) for level in range(levels)]
    return widths[::-1]


def received_without_limit(filters, levels):
    widths = [filters * 2**level for level in range(levels)][::-1]
    return [widths[0], *(2 * width for width in widths[1:])]


def seen(kernel=4, first=1, grow="antes"):
    def side_seen(strides):
        field, jump = first, 1
        for stride in strides:
            jump *= stride if grow == "después" else 1
            field += (kernel - 1) * jump
            jump *= stride if grow == "antes" else 1
        return field

    return side_seen


def rise(*kinds):
    def up_resize(x, filters):
        parts = {
            "amplía": lambda: layers.UpSampling2D(),
            "bilineal": lambda: layers.UpSampling2D(interpolation="bilinear"),
            "mira": lambda: layers.Conv2D(filters, 3, padding="same", use_bias=False),
            "con sesgo": lambda: layers.Conv2D(filters, 3, padding="same"),
            "de 4": lambda: layers.Conv2D(filters, 4, padding="same", use_bias=False),
            "traspuesta": lambda: layers.Conv2DTranspose(filters, 3, 2, "same", use_bias=False),
            "normaliza": lambda: layers.BatchNormalization(),
            "relu": lambda: layers.ReLU(),
            "activa": lambda: layers.Activation("relu"),
            "leaky": lambda: layers.LeakyReLU(0.2),
        }
        for kind in kinds:
            x = parts[kind]()(x)
        return x

    return up_resize


def touched(network, axis=2):
    """Qué columnas (o filas) cambian la nota del centro."""
    image = np.random.default_rng(0).normal(size=(64, 64, 1)).astype("float32")
    images = np.stack([image] * 65)
    for index in range(64):
        images[(index, slice(None), index) if axis == 2 else (index, index)] += 100
    notes = np.array(network(images))
    center = notes[:, notes.shape[1] // 2, notes.shape[2] // 2, 0]
    return np.flatnonzero(np.abs(center - center[-1]) > 1e-4)


def by_gradient(network):
    image = tf.Variable(np.random.default_rng(0).normal(size=(1, 64, 64, 1)), dtype="float32")
    with tf.GradientTape() as tape:
        notes = network(image)
        note = notes[0, notes.shape[1] // 2, notes.shape[2] // 2, 0]
    rows = np.nonzero(np.array(tape.gradient(note, image)))[1]
    return int(rows.max() - rows.min() + 1)


ROWS["3.1"] = ([16, 1 + 3 + 6 + 6, np.int64(16), 16.0], [34, 10, 70, 8, 4, "16"])
ROWS["3.2"] = ([5, int(math.log2(96 // 3)), np.int64(5)], [6, 4, 3, 96, 7])
ROWS["3.3"] = (
    [
        lambda f, n: [channels(f, n)[0], *(2 * width for width in channels(f, n)[1:])],
        lambda f, n: np.array(channels(f, n)) * ([1] + [2] * (n - 1)),
        lambda f, n: tuple(width * (1 + (i > 0)) for i, width in enumerate(channels(f, n))),
    ],
    [
        channels,
        lambda f, n: [2 * width for width in channels(f, n)],
        lambda f, n: [channels(f, n)[0], *(2 * width for width in channels(f, n)[1:])][::-1],
        received_without_limit,
        lambda f, n: [512, 1024, 1024, 1024, 1024, 512, 256, 128],
        lambda f, n: sum(channels(f, n)),
    ],
)
ROWS["3.4"] = (
    [
        seen(),
        lambda strides: 1 + 3 * sum(math.prod(strides[:i]) for i in range(len(strides))),
        lambda strides: 1 + 3 * int(np.sum(np.cumprod([1, *strides])[:-1])),
    ],
    [
        seen(grow="después"),
        seen(grow="nunca"),
        seen(kernel=3),
        seen(first=0),
        lambda strides: seen()(strides[::-1]),
        lambda strides: {5: 70}.get(len(strides), 16),
    ],
)
ROWS["3.5"] = (
    [
        rise("amplía", "mira", "normaliza", "relu"),
        rise("bilineal", "mira", "normaliza", "relu"),
        rise("amplía", "mira", "normaliza", "activa"),
    ],
    [
        rise("traspuesta", "normaliza", "relu"),
        rise("amplía", "con sesgo", "normaliza", "relu"),
        rise("amplía", "mira", "normaliza", "leaky"),
        rise("amplía", "mira", "relu"),
        rise("mira", "amplía", "normaliza", "relu"),
        rise("amplía", "de 4", "normaliza", "relu"),
        rise("mira", "normaliza", "relu"),
        rise("amplía", "mira", "normaliza"),
    ],
)
ROWS["3.6"] = (
    [
        lambda network: np.ptp(touched(network)) + 1,
        lambda network: touched(network, axis=1)[-1] - touched(network, axis=1)[0] + 1,
        by_gradient,
    ],
    [
        receptive_field,
        lambda network: len(touched(network)),
        lambda network: np.ptp(touched(network)),
        lambda network: (np.ptp(touched(network)) + 1) ** 2,
        lambda network: 16,
        lambda network: 64 - network.output_shape[1],
    ],
)


# Capítulo 4
def entropy(target, notes):
    return ops.mean(ops.softplus(-notes if target else notes))


def taped(pays, s):
    s = tf.Variable(s)
    with tf.GradientTape() as tape:
        paid = pays(s)
    return tape.gradient(paid, s)


def playing(
    right=lambda real, fake: entropy(1, real) + entropy(0, fake),
    wall=lambda painted: painted,
    judge=lambda discriminator, pair: discriminator(pair, training=True),
    sees=slice(0, 3),
):
    def leaky(generator, discriminator, x, y):
        erased = x[..., sees]
        painted = wall(generator(erased, training=True))
        real = discriminator([erased, y], training=True)
        return right(real, judge(discriminator, [erased, painted]))

    return leaky


def keras_entropy(real, fake):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return loss(ops.ones_like(real), real) + loss(ops.zeros_like(fake), fake)


def tf_entropy(real, fake):
    each = tf.nn.sigmoid_cross_entropy_with_logits
    return tf.reduce_mean(each(tf.ones_like(real), real) + each(tf.zeros_like(fake), fake))


WEIGHTED = (
    [
        lambda y, p, hole, w: np.mean((1 + (w - 1) * hole) * np.abs(y - p)),
        lambda y, p, hole, w: ops.mean((1 + (w - 1) * hole) * ops.abs(y - p)),
        lambda y, p, hole, w: (np.where(hole > 0, w, 1) * np.abs(p - y)).mean(),
        lambda y, p, hole, w: (
            (np.abs(y - p) * (1 - hole)).mean() + w * (np.abs(y - p) * hole).mean()
        ),
    ],
    [
        lambda y, p, hole, w: np.mean((1 + w * hole) * np.abs(y - p)),
        lambda y, p, hole, w: np.mean(w * hole * np.abs(y - p)),
        lambda y, p, hole, w: np.mean(w * np.abs(y - p)),
        lambda y, p, hole, w: np.mean((1 + (w - 1) * hole) * (y - p)),
        lambda y, p, hole, w: np.mean((1 + (w - 1) * hole) * (y - p) ** 2),
        lambda y, p, hole, w: np.average(
            np.abs(y - p).mean(-1), weights=1 + (w - 1) * hole[..., 0]
        ),
        lambda y, p, hole, w: np.sum((1 + (w - 1) * hole) * np.abs(y - p)),
        lambda y, p, hole, w: (1 + (w - 1) * hole) * np.abs(y - p),
    ],
)
ROWS["4.1"] = (
    [(0.0134, 5.0067), (0.013, 5.0), (ops.convert_to_tensor(0.01343), np.float32(5.01))],
    [(5.0067, 0.0134), (0.0067, 5.0067), (0.0134, 0.0067), (10.0134, 5.0067), (1.386, 0.693)],
)
ROWS["4.2"] = (
    [(0.3, 0.5), (np.median([0.2, 0.2, 0.3, 0.8, 1]), np.float64(0.5)), (3 / 10, 2.5 / 5)],
    [(0.5, 0.3), (0.2, 0.5), (0.3, 0.3), (0.5, 0.5), (0.3, 2.5), ("0.3", "0.5")],
)
ROWS["4.3"] = (
    [["step", "l1", "loss"], ("loss", "l1", "step"), {"step": [1], "l1": [0.1], "loss": [10]}],
    [
        ["step", "l1", "gen_gan", "disc", "loss"],
        ["l1", "loss"],
        ["step", "l1"],
        "step, l1, loss",
        3,
    ],
)
ROWS["4.4"] = (
    [
        taped,
        lambda pays, s: float(taped(pays, s)),
        lambda pays, s: (float(pays(s + 0.01)) - float(pays(s - 0.01))) / 0.02,
    ],
    [
        lambda pays, s: -float(taped(pays, s)),
        lambda pays, s: float(pays(s)),
        lambda pays, s: float(taped(pays, s)) * s,
        lambda pays, s: -0.9933,
        lambda pays, s: tf.GradientTape().gradient(pays(tf.constant(s)), s),
        lambda pays, s: float(taped(pays, 5.0)),
    ],
)
ROWS["4.5"] = ROWS["6.4"] = WEIGHTED
ROWS["4.6"] = (
    [playing(), playing(keras_entropy), playing(tf_entropy)],
    [
        playing(wall=ops.stop_gradient),
        playing(judge=frozen),
        playing(lambda real, fake: entropy(0, fake)),
        playing(lambda real, fake: entropy(0, real) + entropy(1, fake)),
        playing(lambda real, fake: entropy(1, real) + entropy(1, fake)),
        playing(lambda real, fake: float(entropy(1, real) + entropy(0, fake))),
        playing(sees=slice(0, 4)),
    ],
)

# Capítulo 5
SCORES = {
    name: {"psnr": 24 + rng.normal(shift, 1, 53)}
    for name, shift in [("relleno de partida", 0), ("biarmónica", 0), ("la red", 0.5)]
}
GAP = SCORES["biarmónica"]["psnr"] - SCORES["relleno de partida"]["psnr"]
LOW, HIGH = bootstrap_interval(GAP)
WORST = int(np.argmax(SCORES["relleno de partida"]["psnr"] - SCORES["la red"]["psnr"]))
FACES = np.stack([np.asarray(Image.fromarray(PHOTO).resize((64, 64)))] * 3)
FACES = FACES // np.array([1, 2, 3], np.uint8)[:, None, None, None]
DULL = SimpleNamespace(
    recipe=MINIATURA,
    model=SimpleNamespace(restore=lambda x: to_uint8(0.9 * np.array(FirstFill()(x)))),
)


def reflected(image, hole):
    return np.where(hole[..., None], image[:, ::-1], image)


def reflected_in_place(image, hole):
    other = image.copy()
    other[hole] = image[:, ::-1][hole]
    return other


def hard_gain(seed=1, fill=FirstFill, **changes):
    params = replace(MINIATURA.data.erase, **({"max_masks": 4, "scale": (5, 5)} | changes))
    exam = faces_exam(FACES, MASKS, params, seed=seed)
    x = exam.inputs(params)
    red = exam.mark(DULL.model.restore(x))["psnr"]
    return red - exam.mark(to_uint8(fill()(x)))["psnr"]


RESTORED = rng.integers(60, 190, (2, 16, 16, 3)).astype(np.uint8)
HOLES = np.zeros((2, 16, 16), bool)
HOLES[:, 4:12, 5:13] = True


def soften(images):
    steps = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)]
    return np.mean([np.roll(images, step, axis=(1, 2)) for step in steps], axis=0)


def detail(images):
    return (images.astype(float) - soften(images))[HOLES].std()


def sharpener(finish=np.rint, where=HOLES[..., None], way=1, blur=soften):
    def sharpen(images, amount):
        sharp = images + way * amount * (images.astype(float) - blur(images))
        sharp = np.clip(finish(sharp), 0, 255).astype(np.uint8)
        return np.where(where, sharp, images)

    return sharpen


def noisy(images, amount):
    noise = np.random.default_rng(0).normal(0, 30, images.shape)
    spoilt = np.clip(images + amount * noise, 0, 255).astype(np.uint8)
    return np.where(HOLES[..., None], spoilt, images)


GOAL = detail(sharpener()(RESTORED, 1))
GIVEN["5.2"] = GIVEN["5.4"] = {"scores": SCORES}
GIVEN["5.5"] = {"run": DULL, "faces": FACES}
GIVEN["5.6"] = {
    "exam": SimpleNamespace(mark=lambda images: {"gradiente": [detail(images) / GOAL]}),
    "restored": RESTORED,
    "holes": HOLES,
}
ROWS["5.1"] = (
    [10 * np.log10(255**2 / 100), 28.1, 28.13, 20 * math.log10(25.5), 28],
    [48.13, 14.07, 64.8, 281.3, 24.05, -28.13, 10],
)
ROWS["5.2"] = (
    [WORST, np.int64(WORST), float(WORST)],
    [WORST + 1, 53, -1, 2.3, (WORST, WORST), "0"],
)
ROWS["5.3"] = (
    [reflected, reflected_in_place, lambda i, h: image_by_rows(i, h)],
    [
        lambda image, hole: image[:, ::-1],
        lambda image, hole: image,
        lambda image, hole: np.where(hole[..., None], image[::-1], image),
        lambda image, hole: np.where(hole[..., None], image, image[:, ::-1]),
        lambda image, hole: np.where(hole[:, ::-1, None], image[:, ::-1], image),
        lambda image, hole: np.where(hole[..., None], 0, image),
    ],
)
ROWS["5.4"] = (
    [(LOW, HIGH, "ninguno"), (-HIGH, -LOW, "ninguno"), (round(LOW, 2), round(HIGH, 2), "ninguno")],
    [
        (LOW, HIGH, "biarmónica"),
        (HIGH, LOW, "ninguno"),
        (LOW - 0.1, HIGH - 0.1, "ninguno"),
        (-HIGH, LOW, "ninguno"),
        (0.0, HIGH - LOW, "ninguno"),
        (*np.percentile(GAP, [2.5, 97.5]), "ninguno"),
        (LOW, HIGH, 0),
    ],
)
ROWS["5.5"] = (
    [hard_gain(), list(hard_gain()), hard_gain().round(2)],
    [
        hard_gain(max_masks=2),
        hard_gain(scale=(1, 5)),
        hard_gain(seed=0),
        -hard_gain(),
        hard_gain().mean(),
        hard_gain() + 1,
    ],
)
ROWS["5.6"] = (
    [(sharpener(), 1), (sharpener(), 1.01), (sharpener(finish=np.floor), 1)],
    [
        (sharpener(), 0.5),
        (sharpener(), 2),
        (sharpener(where=True), 1),
        (sharpener(way=-1), 1),
        (sharpener(blur=lambda images: images.mean()), 0.6),
        (noisy, 0.9),
        (lambda images, amount: images, 1),
        (lambda images, amount: sharpener()(images, amount) / 255, 1),
    ],
)


def image_by_rows(image, hole):
    filled = image.copy()
    for row, column in np.argwhere(hole):
        filled[row, column] = image[row, image.shape[1] - 1 - column]
    return filled


# Capítulos 6, 7, 8 y 9: las pruebas, sin entrenarlas
def trial(value=20.0, recipe=MINIATURA, fade=1.0, **settings):
    photos = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), np.uint8)
    return SimpleNamespace(
        run=SimpleNamespace(recipe=vary(recipe, settings)),
        psnr=value,
        exam=SimpleNamespace(photos=photos),
        painted=(fade * photos).astype(np.uint8),
    )


def filled(*color, value=20.0, **generator):
    return trial(value, data={"erase": {"fill": list(color)}}, generator=generator)


def both(first, second, names=("negro", "magenta")):
    return dict(zip(names, (first, second), strict=True))


BLACK, PINK = (0, 0, 0), (255, 0, 255)
RUNS = load_records("peso")
BY_SEED = (by_face(RUNS["peso 32"]) - by_face(RUNS["peso 16"])).mean(axis=1)
GIVEN["6.6"] = {"by_color": both(trial(16), trial(20))}
ROWS["6.1"] = (
    [lambda a: (1 - a) / a, lambda a: 1 / a - 1, lambda a: (1 - a) * a**-1],
    [
        lambda a: a / (1 - a),
        lambda a: 1 / a,
        lambda a: (1 - a) / (2 * a),
        lambda a: 4,
        lambda a: 1 - a,
        lambda a: 2 * (1 - a) / a,
    ],
)
ROWS["6.2"] = (
    [filled(0, 255, 0), filled(0, 255, 0, value=3), trial(data={"erase": {"fill": (0, 255, 0)}})],
    [
        filled(*PINK),
        filled(0, 128, 0),
        filled(0, 255, 0, hole_channel=True),
        trial(data={"erase": {"fill": [0, 255, 0]}}, training={"steps": 100}),
        20.0,
        vary(MINIATURA, {"data": {"erase": {"fill": [0, 255, 0]}}}),
    ],
)
ROWS["6.3"] = (
    [BY_SEED, list(BY_SEED), BY_SEED.round(2)],
    [-BY_SEED, BY_SEED.mean(), [BY_SEED.mean()] * 3, BY_SEED[::-1], BY_SEED[:2], BY_SEED + 0.1],
)
ROWS["6.5"] = (
    [
        both(filled(*BLACK, **CORRECTS), filled(*PINK, **CORRECTS)),
        both(filled(*PINK, **CORRECTS), filled(*BLACK, **CORRECTS), ("magenta", "negro")),
        both(filled(*BLACK, **CORRECTS, skips="all"), filled(*PINK, **CORRECTS)),
    ],
    [
        both(filled(*BLACK), filled(*PINK)),
        both(filled(*PINK, **CORRECTS), filled(*BLACK, **CORRECTS)),
        both(filled(*BLACK, **CORRECTS), filled(*BLACK, **CORRECTS)),
        both(filled(*BLACK, residual=True), filled(*PINK, residual=True)),
        [filled(*BLACK, **CORRECTS), filled(*PINK, **CORRECTS)],
        {"negro": filled(*BLACK, **CORRECTS)},
    ],
)
TOLD = filled(*BLACK, value=19, hole_channel=True)
ROWS["6.6"] = (
    [(TOLD, 0.75), (TOLD, 0.745), (filled(*BLACK, value=20.0, hole_channel=True), 1)],
    [
        (TOLD, 0.25),
        (TOLD, 3.0),
        (TOLD, 75),
        (TOLD, 4 / 3),
        (filled(*PINK, value=19, hole_channel=True), 0.75),
        (filled(*BLACK, value=19), 0.75),
    ],
)

UNWEIGHTED = {"hole_weight": 1.0}
LAMBDAS = {"solo L1": (None, 100.0), "GAN + 100 L1": ({}, 100.0), "solo GAN": ({}, 0.0)}
TRIALS = {
    name: trial(20 - i, fade=0.9 - i / 5, discriminator=d, loss=UNWEIGHTED | {"distance_weight": w})
    for i, (name, (d, w)) in enumerate(LAMBDAS.items())
}
PHOTOS = TRIALS["solo L1"].exam.photos
KEPT = {
    name: (spectrum(each.painted) / spectrum(PHOTOS))[8:].mean() for name, each in TRIALS.items()
}
ONE = trial(15, discriminator={}, loss=UNWEIGHTED | {"distance_weight": 1.0})
EACH = np.fft.fftfreq(128, 1 / 128)
REPEATS = np.hypot(EACH[:, None], EACH)


def kept_waves(keeps, finish=np.real):
    def slow_waves(light, keep):
        return finish(np.fft.ifft2(np.fft.fft2(light) * keeps(keep)))

    return slow_waves


def cheapest(possible, cost):
    return min(range(256), key=lambda gray: np.mean(cost(possible - gray)))


GIVEN["7.4"] = GIVEN["7.6"] = {"trials": TRIALS}
ROWS["7.1"] = (
    [0.53, 0.5318, np.float32(0.525)],
    [1 / 0.53, 53, 1.06, 0.47, 0.27],
)
ROWS["7.2"] = (
    [(10, "L1"), (0.8 / 0.08, "L1"), (np.float64(10), "L1")],
    [(0.1, "L1"), (10, "GAN"), (100, "L1"), (1000, "L1"), (10, True), (0.064, "L1")],
)
ROWS["7.3"] = (
    [
        lambda v, cost: np.argmin([cost(v - g).mean() for g in range(256)]),
        cheapest,
        lambda v, cost: int(cost(v[:, None] - np.arange(256)).mean(0).argmin()),
    ],
    [
        lambda v, cost: np.median(v),
        lambda v, cost: v.mean(),
        lambda v, cost: min(np.mean(cost(v - g)) for g in range(256)),
        lambda v, cost: np.argmax([cost(v - g).mean() for g in range(256)]),
        lambda v, cost: np.argmin([np.mean(v - g) for g in range(256)]),
        lambda v, cost: min(v, key=lambda g: np.mean(cost(v - g))),
    ],
)
ROWS["7.4"] = (
    [KEPT, {name: round(value, 3) for name, value in KEPT.items()}, dict(reversed(KEPT.items()))],
    [
        {name: 1 / value for name, value in KEPT.items()},
        {name: 100 * value for name, value in KEPT.items()},
        list(KEPT.values()),
        {"solo L1": KEPT["solo L1"]},
        {name: 1.0 for name in KEPT},
        dict(zip(KEPT, reversed(KEPT.values()), strict=True)),
    ],
)
ROWS["7.5"] = (
    [
        kept_waves(lambda keep: keep >= REPEATS),
        kept_waves(lambda keep: np.where(keep < REPEATS, 0, 1)),
        kept_waves(lambda keep: keep >= REPEATS, lambda image: image.real.astype("float32")),
    ],
    [
        kept_waves(lambda keep: keep < REPEATS),
        kept_waves(lambda keep: np.abs(EACH) <= keep),
        kept_waves(lambda keep: REPEATS <= 10),
        lambda light, keep: light,
        lambda light, keep: np.fft.fft2(light) * (keep >= REPEATS),
        kept_waves(lambda keep: (keep >= REPEATS) & (REPEATS > 0)),
    ],
)
ROWS["7.6"] = (
    [
        (ONE, {"PSNR": False, "detalle": True}),
        (ONE, {"detalle": np.True_, "PSNR": np.False_}),
        (ONE, {"PSNR": 15 > 19, "detalle": True}),
    ],
    [
        (ONE, {"PSNR": True, "detalle": True}),
        (ONE, {"PSNR": False, "detalle": False}),
        (TRIALS["GAN + 100 L1"], {"PSNR": False, "detalle": False}),
        (trial(15, loss={"distance_weight": 1.0}), {"PSNR": False, "detalle": True}),
        (ONE, {"PSNR": False}),
        (ONE, (False, True)),
    ],
)


def crops_of(name, join=set.__and__):
    return lambda train, test: join({name(each) for each in train}, {name(each) for each in test})


def moving(mean, old=lambda momentum: momentum, new=lambda momentum: 1 - momentum):
    def accumulate(moving, batch, momentum=0.99):
        return old(momentum) * moving + new(momentum) * mean(batch)

    return accumulate


def batch_mean(batch):
    return batch.mean((0, 1, 2))


def changes(measure):
    def variety(restore, x, times=8):
        return measure(np.stack([restore(x) for _ in range(times)]).astype(float), x[..., 3] > 0)

    return variety


def mini(value=20.0, steps=100, **generator):
    return trial(value, generator=generator, training={"steps": steps})


HALVES = ("shallow", "deep")
ROWS["8.1"] = ([0.17, 0.1712, np.float64(0.165)], [0.83, 17, 1.2, 0.5, -0.17])
ROWS["8.2"] = (
    [(1280, 320), [1280.0, 320.0], np.array([1280, 320])],
    [(320, 1280), (320, 80), (1280,), (32000, 32000), (4000, 4000), 1280],
)
ROWS["8.3"] = (
    [
        crops_of(lambda name: name.rsplit("_cara", 1)[0]),
        crops_of(lambda name: name[: name.rindex("_cara")]),
        crops_of(lambda name: re.sub(r"_cara\d+$", "", name), set.intersection),
    ],
    [
        crops_of(lambda name: name),
        crops_of(lambda name: name.split("_")[0]),
        crops_of(lambda name: name[:-6]),
        crops_of(lambda name: name.rsplit("_cara", 1)[0], set.__or__),
        crops_of(lambda name: name.rsplit("_cara", 1)[0], lambda a, b: len(a & b)),
        crops_of(lambda name: name.rsplit("_cara", 1)[0], lambda a, b: sorted(a & b)),
    ],
)
ROWS["8.4"] = (
    [
        moving(batch_mean),
        lambda moving, batch, momentum=0.99: (
            moving + (1 - momentum) * (batch.mean((0, 1, 2)) - moving)
        ),
        moving(lambda batch: batch.reshape(-1, 3).mean(0)),
    ],
    [
        moving(batch_mean, lambda momentum: 1 - momentum, lambda momentum: momentum),
        moving(np.mean),
        moving(lambda batch: batch.mean((1, 2))),
        moving(lambda batch: batch.sum((0, 1, 2))),
        moving(batch_mean, lambda momentum: 0.99, lambda momentum: 0.01),
        moving(batch_mean, new=lambda momentum: 1),
    ],
)
ROWS["8.5"] = (
    [
        both(mini(18, skips="shallow"), mini(16, skips="deep"), HALVES),
        both(mini(16, skips="deep"), mini(18, skips="shallow"), HALVES[::-1]),
        both(mini(17, skips="shallow"), mini(17, skips="deep"), HALVES),
    ],
    [
        both(18.0, 16.1, HALVES),
        both(mini(skips="deep"), mini(skips="shallow"), HALVES),
        both(mini(200, skips="shallow"), mini(16, skips="all"), HALVES),
        both(mini(skips="shallow", steps=200), mini(skips="deep", steps=200), HALVES),
        {"shallow": mini(skips="shallow")},
        [mini(skips="shallow"), mini(skips="deep")],
    ],
)
ROWS["8.6"] = (
    [
        changes(lambda samples, hole: samples.std(axis=0)[hole].mean()),
        changes(lambda samples, hole: samples.std(0).mean(-1)[hole].mean()),
        changes(lambda samples, hole: np.sqrt(samples.var(0))[hole].mean()),
    ],
    [
        changes(lambda samples, hole: samples.std(0).mean()),
        changes(lambda samples, hole: samples.std(0)[~hole].mean()),
        changes(lambda samples, hole: samples.var(0)[hole].mean()),
        changes(lambda samples, hole: np.ptp(samples, 0)[hole].mean()),
        changes(lambda samples, hole: samples.std()),
        lambda restore, x, times=8: np.std([restore(x)[x[..., 3] > 0] for _ in range(8)], 0).mean(),
    ],
)


def closing(kernel=lambda kernel: kernel, start=0, stride=lambda strides: strides):
    def convolutions_to_close(hole, side, strides=1):
        mask, count = (~hole[None, ..., None]).astype("float32"), start
        while not ops.all(mask > 0):
            _, mask = partial_convolution(
                [(ops.ones_like(mask), mask)], 1, kernel(side), strides=stride(strides)
            )
            count += 1
        return count

    return convolutions_to_close


def eroded(hole, side, strides=1):
    count = 0
    while hole.any():
        windows = sliding_window_view(np.pad(hole, side // 2, constant_values=True), (side, side))
        start = (strides - 1) % 2
        hole, count = windows.all((2, 3))[start::strides, start::strides], count + 1
    return count


def partial(fraction=True, hides=True, border=0, renew=True, join=lambda x, mask: (x, mask)):
    def by_hand(image, known, weights):
        side = len(weights)
        edges = [(side // 2, side // 2)] * 2 + [(0, 0)]
        X = sliding_window_view(
            np.pad(image * known if hides else image, edges), (side, side), (0, 1)
        )
        M = sliding_window_view(
            np.pad(known, edges, constant_values=border), (side, side), (0, 1)
        ).sum((2, 3, 4))
        x = np.einsum("ijcab,abcf->ijf", X, weights)
        x = x * (side**2 / np.maximum(M, 1) if fraction else 1)[..., None] * (M > 0)[..., None]
        return join(x, (M > 0)[..., None] * 1.0 if renew else known)

    return by_hand


def by_the_library(image, known, weights):
    inputs = keras.Input(image.shape), keras.Input(known.shape)
    side, filters = len(weights), weights.shape[-1]
    layer = keras.Model(inputs, partial_convolution([inputs], filters, side))
    layer.set_weights([weights])
    return [np.array(each)[0] for each in layer([image[None], known[None]])]


UNDECIDED = ["sin canal del hueco", "sin composición", "sin volver a ver la entrada"]
ADDING = ("con suma", "sin suma")
SILENT = CORRECTS | {"residual": False}
ROWS["9.1"] = (
    [(20, 60 / 9), [20.0, 6.67], np.array([20, 6.7])],
    [(60 / 9, 20), (20, 20), (60, 20), (20, 180), 20, (20, 6.67, 3)],
)
ROWS["9.2"] = ([21, np.int64(21), 21.0], [32, 53, 0, 20, 21 / 53])
ROWS["9.3"] = (
    [closing(), eroded, lambda hole, kernel, strides=1: closing()(hole, kernel, strides=strides)],
    [
        closing(kernel=lambda kernel: 3),
        closing(start=1),
        closing(stride=lambda strides: 1),
        lambda hole, kernel, strides=1: hole.sum(),
        lambda hole, kernel, strides=1: max(hole.any(0).sum(), hole.any(1).sum()) // (kernel - 1),
        lambda hole, kernel, strides=1: {3: 9, 7: 3}[kernel],
    ],
)
ROWS["9.4"] = (
    [set(UNDECIDED), UNDECIDED, tuple(UNDECIDED[::-1])],
    [
        set(UNDECIDED[:2]),
        {*UNDECIDED, "entera"},
        {*UNDECIDED, "sin suma"},
        {"sin suma", "sin relleno", "sin ninguna", "relleno más sencillo"},
        set(),
        3,
    ],
)
ROWS["9.5"] = (
    [partial(), by_the_library, partial(join=lambda x, mask: [x, mask.astype(bool)])],
    [
        partial(fraction=False),
        partial(hides=False),
        partial(border=1),
        partial(renew=False),
        partial(join=lambda x, mask: x),
        partial(join=lambda x, mask: (mask, x)),
        partial(join=lambda x, mask: (x, mask[..., 0])),
    ],
)
ROWS["9.6"] = (
    [
        both(mini(22, **CORRECTS), mini(19, **SILENT), ADDING),
        both(mini(19, **SILENT), mini(22, **CORRECTS), ADDING[::-1]),
        both(mini(20, **CORRECTS), mini(20, **SILENT), ADDING),
    ],
    [
        both(22.4, 19.2, ADDING),
        both(mini(**SILENT), mini(**CORRECTS), ADDING),
        both(mini(**CORRECTS), mini(**CORRECTS), ADDING),
        both(mini(**CORRECTS), mini(), ADDING),
        both(mini(**CORRECTS, steps=200), mini(**SILENT, steps=200), ADDING),
        {"con suma": mini(**CORRECTS)},
    ],
)


# Capítulo 10
def clipped(images):
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)


def tinted(amount):
    """Las caras, con el rojo cambiado y la misma luz."""
    red = amount * np.random.default_rng(2).normal(size=(*SOFT.shape[:3], 1))
    return clipped(SOFT + red * np.array([1, -0.299 / 0.587, 0]))


def blocky(finish=np.rint, side=4):
    def pixelate(images):
        n, height, width, _ = images.shape
        blocks = images.reshape(n, height // side, side, width // side, side, 3).mean((2, 4))
        return finish(blocks.repeat(side, 1).repeat(side, 2))

    return pixelate


def by_resizing(images):
    small = [Image.fromarray(image).resize((16, 16), Image.Resampling.BOX) for image in images]
    return np.stack([np.asarray(each.resize((64, 64), Image.Resampling.NEAREST)) for each in small])


def notes(images):
    squared = (images.astype(float) - SOFT) ** 2
    return np.array([psnr(each) for each in squared.mean((1, 2, 3))])


SOFT = rng.integers(80, 170, (4, 16, 16, 3)).astype(np.uint8)
GRAY = clipped(SOFT @ np.array([0.299, 0.587, 0.114]))[..., None].repeat(3, -1)
PAINTED = {"en gris": GRAY, "la tabla": tinted(40)}
GAIN = rng.normal(0.5, 1, 53)
RAMP = np.linspace(0.6, 1, 16)[:, None, None]
MODEL = SimpleNamespace(predict=lambda x, verbose=0: RAMP * x)
STRAIGHT, FLIPPED = (notes(to_uint8(RAMP * to_float(GRAY)[:, ::way])[:, ::way]) for way in (1, -1))
GIVEN["10.2"] = {"gain": GAIN}
GIVEN["10.4"] = GIVEN["10.5"] = {"faces": SOFT, "painted": PAINTED}
GIVEN["10.6"] = {"model": MODEL, "faces": SOFT}
SHARE = (GAIN > 0).mean()
ROWS["10.1"] = ([424, -(-420 // 8) * 8, np.int64(424)], [420, 416, 53, 3360, 8, 52.5])
ROWS["10.2"] = (
    [SHARE, round(SHARE, 2), np.sum(GAIN > 0) / 53],
    [1 - SHARE, 100 * SHARE, np.sum(GAIN > 0), GAIN.mean(), 0.5],
)
ROWS["10.3"] = (
    [
        blocky(),
        blocky(lambda large: large.astype(np.uint8)),
        by_resizing,
        lambda images: np.kron(blocky()(images)[:, ::4, ::4], np.ones((1, 4, 4, 1))),
    ],
    [
        blocky(side=8),
        blocky(side=2),
        lambda images: images,
        lambda images: blocky()(images)[:, ::4, ::4],
        lambda images: images[:, ::4, ::4].repeat(4, 1).repeat(4, 2),
        lambda images: blocky()(images).mean(-1, keepdims=True),
        lambda images: blocky()(images) / 255,
    ],
)
ROWS["10.4"] = (
    [tinted(10), tinted(20), clipped(SOFT + 3.0)],
    [
        SOFT,
        PAINTED["la tabla"],
        tinted(60),
        GRAY,
        tinted(10).astype(float),
        tinted(10)[:2],
        "tabla",
    ],
)
ROWS["10.5"] = (
    [tinted(10), tinted(20), tinted(5)],
    [SOFT, GRAY, tinted(60), clipped(SOFT + 3.0), tinted(10) / 255, PAINTED["la tabla"]],
)
ROWS["10.6"] = (
    [STRAIGHT - FLIPPED, list(STRAIGHT - FLIPPED), (STRAIGHT - FLIPPED).round(3)],
    [
        FLIPPED - STRAIGHT,
        (STRAIGHT - FLIPPED).mean(),
        STRAIGHT - notes(to_uint8(RAMP * to_float(GRAY)[:, ::-1])),
        FLIPPED,
        (STRAIGHT - FLIPPED)[:3],
        np.ones(4),
    ],
)


# Capítulo 11
def by_ratio(top=0, bottom=1, limit=0.34, names=("melanina", "hemoglobina")):
    def pigment(before, after):
        taken = -np.log(np.divide(after, before))
        return names[0] if taken[top] / taken[bottom] > limit else names[1]

    return pigment


def chosen(share=lambda extra, step, photos: (extra > step).sum() / photos, steps=(0.5, 1, 0.01)):
    def choose(extra, photos, most):
        return next((t for t in np.arange(*steps) if share(extra, t, photos) <= most), 0)

    return choose


def paying(mean=ops.mean, mark=lambda weight: weight, skin=lambda weight: 1):
    def weighted(label, chance, weight):
        given = label * chance + (1 - label) * (1 - chance)
        each = mark(weight) * label + skin(weight) * (1 - label)
        return mean(-each * ops.log(given))

    return weighted


def average(values):
    return np.average(np.array(values))


def gap_of(order=1, draws=4000, over="retratos", seed=0):
    exam = load_marks()
    seen = exam.chance["la red"] > chosen_threshold()
    its = [(exam.photo == photo) & exam.clear for photo in np.unique(exam.photo[exam.clear])]
    notes = np.array([seen[one].mean() for one in its])
    light = np.array([exam.light[one][0] for one in its])
    if over == "marcas":
        notes, light = seen[exam.clear].astype(float), exam.light[exam.clear]
    dark, _, fair = np.array_split(notes[np.argsort(light)], 3)
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(part, (draws, len(part))).mean(1) for part in (dark, fair)]
    ends = np.percentile(order * (drawn[1] - drawn[0]), [2.5, 97.5])
    return (order * (fair.mean() - dark.mean()), *ends)


GAP = gap_of()
ROWS["11.1"] = (
    [(1 - 96 / 256**2, 0), (0.9985, 0.0), [1 - 8 * 12 / 65536, 0]],
    [(96 / 65536, 0), (1 - 12 / 65536, 0), (0.9985, 1), (99.85, 0), (0, 0.9985)],
)
ROWS["11.2"] = (
    [(6 / 9, 0.6), (0.67, 0.6), np.array([2 / 3, 3 / 5])],
    [(0.6, 6 / 9), (6 / 10, 6 / 10), (6 / 9, 6 / 9), (3 / 9, 0.6), (67, 60)],
)
ROWS["11.3"] = (
    [by_ratio(), by_ratio(0, 2, 0.28), by_ratio(1, 2, 1, names=("hemoglobina", "melanina"))],
    [
        lambda before, after: "melanina" if before[0] - after[0] > 15 else "hemoglobina",
        by_ratio(names=("hemoglobina", "melanina")),
        by_ratio(limit=0.05),
        by_ratio(limit=0.7),
        lambda before, after: "melanina" if sum(after) < 300 else "hemoglobina",
        lambda before, after: "melanina",
    ],
)
ROWS["11.4"] = (
    [
        chosen(),
        chosen(lambda extra, step, photos: sum(one > step for one in extra) / photos),
        lambda extra, photos, most: (
            0.5
            + 0.01 * sum((extra > step).sum() > most * photos for step in np.arange(0.5, 1, 0.01))
        ),
    ],
    [
        chosen(lambda extra, step, photos: (extra > step).sum()),
        chosen(lambda extra, step, photos: (extra > step).mean()),
        chosen(lambda extra, step, photos: (extra < step).sum() / photos),
        chosen(steps=(0.99, 0.5, -0.01)),
        chosen(steps=(0, 1, 0.01)),
        lambda extra, photos, most: 0.8,
        lambda extra, photos, most: np.quantile(extra, 1 - most / photos),
    ],
)
ROWS["11.5"] = (
    [paying(), paying(average), paying(lambda each: ops.sum(each) / np.prod(each.shape))],
    [
        paying(mark=lambda weight: 1),
        paying(mark=lambda weight: 1, skin=lambda weight: weight),
        paying(mark=lambda weight: weight + 1),
        paying(ops.sum),
        paying(lambda each: each),
        paying(lambda each: -ops.mean(each)),
    ],
)
ROWS["11.6"] = (
    [GAP, gap_of(seed=5, draws=10_000), np.array(GAP), [round(each, 3) for each in GAP]],
    [
        gap_of(order=-1),
        gap_of(over="marcas"),
        (GAP[0], GAP[2], GAP[1]),
        tuple(100 * each for each in GAP),
        (GAP[0], GAP[0] - 0.3, GAP[0] + 0.3),
    ],
)
GIVEN |= {f"99.{number}": {"faces": FACES} for number in range(1, 7)}
ROWS |= {f"99.{number}": ([3, np.int64(3), 3.0], [4, 64, "3", (3,), 2]) for number in range(1, 7)}


def arguments(exercise: str, answer) -> list:
    asked = inspect.signature(predicate(exercise)).parameters.values()
    return list(answer) if sum(each.kind != each.KEYWORD_ONLY for each in asked) > 1 else [answer]


@pytest.fixture
def verdict(capsys):
    def verdict(exercise, answer):
        check(exercise, *arguments(exercise, answer), **GIVEN.get(exercise, {}))
        return capsys.readouterr().out

    return verdict


@pytest.mark.parametrize("exercise", ROWS)
def test_the_right_ones_pass_and_the_wrong_ones_do_not(exercise, verdict):
    right, wrong = ROWS[exercise]
    assert len(right) >= 3 and len(wrong) >= 5
    rejected = {
        i: said for i, one in enumerate(right) if (said := verdict(exercise, one)) != "¡Bien!\n"
    }
    accepted = [i for i, one in enumerate(wrong) if "Todavía no: " not in verdict(exercise, one)]
    assert (rejected, accepted) == ({}, []), "no valen estas buenas, o valen estas malas"


@pytest.mark.parametrize("exercise", ROWS)
def test_an_untouched_cell_says_that_the_answer_is_missing(exercise, verdict):
    untouched = [
        (lambda *_, **__: ...) if inspect.isfunction(each) else ...
        for each in arguments(exercise, ROWS[exercise][0][0])
    ]
    asked = untouched if len(untouched) > 1 else untouched[0]
    assert "cambia los puntos suspensivos" in verdict(exercise, asked)


def test_every_exercise_of_the_book_has_its_row_and_no_answer_in_sight():
    asked = []
    for path in [*NOTEBOOKS, ROOT / "tools/plantilla.ipynb"]:
        source = "\n\n".join(
            cell.source
            for cell in nbformat.read(path, 4).cells
            if "partida" in cell.metadata.get("tags", [])
        )
        asked += re.findall(r'^check\("([\d.]+)", (?!.*lambda)', source, re.M)
    assert sorted(asked) == sorted(ROWS)
