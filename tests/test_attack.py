"""Entradas estropeadas a propósito, miles y siempre las mismas: todo acaba bien o en una frase."""

import inspect
import io
import json
import resource
import shutil
import warnings
import zipfile
from dataclasses import asdict, fields, is_dataclass, replace
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.data import (
    Placement,
    enlarge,
    erase,
    fixed_pairs,
    load_masks,
    sample_placements,
    split_by_photo,
    to_float,
    to_uint8,
    training_batches,
    with_noise,
)
from pix2pix_lib.data.features import cut_upright
from pix2pix_lib.data.photos import load_faces, open_photo
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation.baselines import CLASSICS
from pix2pix_lib.evaluation.exams import Case, faces_exam, portraits_exam, small_exam
from pix2pix_lib.evaluation.metrics import color_error, hole_errors, score_hole, spectrum
from pix2pix_lib.recipes import RAPIDA, EraseParams, Recipe, vary
from pix2pix_lib.restoration.grain import add_grain
from pix2pix_lib.restoration.holes import black_hole, magenta_hole
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources.annotations import read_annotations
from pix2pix_lib.sources.crops import crop_faces
from pix2pix_lib.sources.pairs_to_disk import write_pairs
from pix2pix_lib.stored_recipes import read_recipe

STRANGE = [
    *(None, True, False, 0, -1, 1e308, float("nan"), float("inf"), 2**70, "", "a", "..", "\ud800"),
    *([], {}, [[]], [None], {"x": {}}, [1, 2, 3], "http://", "\0", "9" * 400),
]


def survives(action, *arguments) -> None:
    """Falla si lo que sale no es un resultado ni una frase para una persona."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            action(*arguments)
        except UserError as error:
            assert str(error).endswith(".") and "\n" not in str(error)[:-1]


def spoil(rng: np.random.Generator, content: bytes) -> bytes:
    """Corta, cambia, repite o borra unos bytes."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 8)):
        if not data:
            break
        start = int(rng.integers(len(data)))
        stop = start + int(rng.integers(1, 32))
        kind = rng.integers(4)
        if kind == 0:
            data[start:stop] = rng.bytes(len(data[start:stop]))
        elif kind == 1:
            del data[start:stop]
        elif kind == 2:
            data[start:start] = data[start:stop]
        elif rng.random() < 0.2:
            del data[start:]
    return bytes(data)


def change(rng: np.random.Generator, value):
    """Pone algo raro en algún sitio de un JSON."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = list(value)[rng.integers(len(value))]
        if rng.random() < 0.1:
            return {name: each for name, each in value.items() if name != key}
        return value | {key: change(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.7:
        index = rng.integers(len(value))
        return [change(rng, each) if i == index else each for i, each in enumerate(value)]
    return STRANGE[rng.integers(len(STRANGE))]


SIDE = 32
FACES = np.random.default_rng(7).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
IMAGE, OTHER = FACES[:2]
HOLE = np.arange(SIDE**2).reshape(SIDE, SIDE) % 7 == 0
MASKS = load_masks()
FACE = (16.0, 16.0, 20.0)
POINTS = np.array([[10.0, 12], [22, 12], [16, 18], [16, 24], [6, 14], [26, 14]])
NETWORK = SimpleNamespace(
    upright=None, size=SIDE, erase=EraseParams(), restore=lambda x: to_uint8(np.asarray(x)[..., :3])
)

BAD_IMAGES = {
    "de 0 a 1": lambda x: x / 255,
    "de -1 a 1": lambda x: x / 127.5 - 1,
    "de 0 a 255 con coma": lambda x: x.astype(np.float32),
    "con NaN": lambda x: np.full(x.shape, np.nan),
    "16 bits": lambda x: x.astype(np.uint16) * 257,
    "enteros": lambda x: x.astype(int),
    "con signo": lambda x: x.astype(np.int8),
    "booleanos": lambda x: x > 127,
    "sin canales": lambda x: x[..., 0],
    "con transparencia": lambda x: np.concatenate([x, x[..., :1]], -1),
    "canales delante": lambda x: np.moveaxis(x, -1, -3),
    "vacía": lambda x: x[:0],
    "una lista": lambda x: x.tolist(),
    "nada": lambda x: None,
}
BAD_FACES = BAD_IMAGES | {
    "una sola": lambda x: x[0],
    "alargadas": lambda x: x[:, :-4],
}
BAD_HOLES = {
    "ceros y unos": lambda x: x.astype(int),
    "de 0 a 255": lambda x: 255 * x.astype(np.uint8),
    "grises": lambda x: x / 2,
    "otro lado": lambda x: x[:-1],
    "con canal": lambda x: x[..., None],
    "una lista": lambda x: x.tolist(),
    "nada": lambda x: None,
}
BAD_MASKS = {
    "no borra": lambda x: {name: ~mask & mask for name, mask in x.items()},
    "de 0 a 255": lambda x: {name: 255 * mask.astype(np.uint8) for name, mask in x.items()},
    "grises": lambda x: {name: mask / 2 for name, mask in x.items()},
    "pequeñas": lambda x: {name: mask[5:, 5:] for name, mask in x.items()},
    "ninguna": lambda x: {},
}
BAD = {"image": BAD_IMAGES, "faces": BAD_FACES, "hole": BAD_HOLES, "masks": BAD_MASKS}
GOOD = {"image": IMAGE, "faces": FACES, "hole": HOLE, "masks": MASKS}

DOORS = {
    "to_float": lambda faces: to_float(faces),
    "enlarge": lambda image: enlarge(image, 2),
    "cut_upright": lambda image: cut_upright(image, POINTS, 16),
    "with_noise": lambda image, hole: with_noise(image, hole, np.random.default_rng(0)),
    "erase": lambda image, masks: erase(image, [Placement(min(MASKS), 3, 0, 0)], masks),
    "sample_placements": lambda masks: sample_placements(np.random.default_rng(0), masks),
    "fixed_pairs": lambda faces, masks: fixed_pairs(faces, masks, EraseParams()),
    "training_batches": lambda faces, masks: next(
        training_batches(vary(RAPIDA, {"data": {"size": 16, "load_size": 32}}), faces, masks)
    ),
    "magenta_hole": lambda image: magenta_hole(image),
    "black_hole": lambda image: black_hole(image),
    "add_grain": lambda image, hole: add_grain(image, hole),
    "restore_photo": lambda image, hole: restore_photo(NETWORK, image, hole),
    "score_hole": lambda image, hole: score_hole(image, OTHER, hole),
    "score_hole, original": lambda image, hole: score_hole(OTHER, image, hole),
    "color_error": lambda image, hole: color_error(image, OTHER, hole),
    "hole_errors": lambda image, hole: hole_errors(image, OTHER, hole),
    "spectrum": lambda faces: spectrum(faces),
    "Case": lambda image, hole: Case("a", image, [("raya", hole)]),
    "faces_exam": lambda faces, masks: faces_exam(faces, masks, EraseParams()),
    "portraits_exam": lambda image, masks: portraits_exam([("a", image, FACE)], masks),
    "small_exam": lambda image, masks: small_exam([("a", image, (16.0, 16.0, 200.0))], masks),
} | {name: lambda image, hole, f=method: f(image, hole) for name, method in CLASSICS.items()}


SHAPES = {"sin canales", "con transparencia", "canales delante", "vacía", "una sola", "alargadas"}
ANY_SHAPE = {"to_float": SHAPES, "with_noise": {"con transparencia"}}


@pytest.mark.parametrize("name", DOORS)
def test_no_door_takes_what_it_would_get_wrong(name):
    door = DOORS[name]
    wanted = [each for each in inspect.signature(door).parameters if each in GOOD]
    right = {each: GOOD[each] for each in wanted}
    door(**right)
    for each in wanted:
        for kind in BAD[each].keys() - ANY_SHAPE.get(name, set()):
            with pytest.raises(UserError, match=r"\.$"):
                door(**right | {each: BAD[each][kind](GOOD[each])})
                pytest.fail(f"{name} acepta {each}: {kind}")


WHOLE = [*STRANGE, 2.5, 10**5000, -(10**5000), np.float64("nan")]
NUMBERS = {
    "repeats": lambda n, path: write_pairs(path, path / "x", MASKS, EraseParams(), repeats=n),
    "seed": lambda n, path: write_pairs(path, path / "x", MASKS, EraseParams(), seed=n),
    "test_share": lambda n, path: split_by_photo([path / "a.png", path / "b.png"], n),
    "size": lambda n, path: crop_faces([], path, path / "x", size=n),
    "min_side": lambda n, path: crop_faces([], path, path / "x", min_side=n),
    "size of faces": lambda n, path: load_faces(path, n),
    "max_masks": lambda n, path: EraseParams(max_masks=n),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_no_door_takes_a_number_that_is_not_one(name, tmp_path):
    for value in WHOLE:
        if not (type(value) in (int, float) and 0 <= value <= 1):
            with pytest.raises(UserError, match=name.split()[0]):
                NUMBERS[name](value, tmp_path)
    assert not list(tmp_path.iterdir())


def leaves(settings):
    """Las partes de una receta que tienen números."""
    yield settings
    for each in fields(settings):
        if is_dataclass(value := getattr(settings, each.name)):
            yield from leaves(value)


def test_no_recipe_is_born_with_a_number_out_of_its_range():
    for part in leaves(Recipe()):
        for each in fields(part):
            for value in [*WHOLE, (0.5, 2**70), (1, 1.5, 2)]:
                low, high = each.metadata.get("range", (0, 0))
                try:
                    made = getattr(replace(part, **{each.name: value}), each.name)
                except (UserError, AttributeError, ValueError):
                    continue
                if "range" in each.metadata:
                    several = made if isinstance(made, tuple) else [made]
                    assert all(low <= one <= high for one in several), (each.name, value)


def test_4000_recipes():
    rng = np.random.default_rng(0)
    whole = json.loads(json.dumps(asdict(RAPIDA)))
    for _ in range(4000):
        survives(read_recipe, change(rng, whole))


def test_4000_annotations(tmp_path):
    rng = np.random.default_rng(1)
    corners = [{"x": 0.1, "y": 0.2}, {"x": 0.5, "y": 0.9}]
    whole = {
        "content": "http://ejemplo.org/a.jpg",
        "annotation": [{"label": ["Face"], "points": corners, "imageWidth": 9, "imageHeight": 9}],
    }
    path = tmp_path / "caras.json"
    for number in range(4000):
        line = json.dumps(change(rng, whole)).encode()
        path.write_bytes(spoil(rng, line) if number % 2 else line)
        survives(read_annotations, path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_2000_photos_of_each_kind(kind):
    rng = np.random.default_rng(2)
    image = Image.fromarray(rng.integers(0, 256, (24, 20, 3), np.uint8))
    file = io.BytesIO()
    image.save(file, kind)
    for _ in range(2000):
        survives(open_photo, io.BytesIO(spoil(rng, file.getvalue())))


def test_300_masks(tmp_path, masks):
    rng = np.random.default_rng(3)
    file = io.BytesIO()
    Image.fromarray(~next(iter(masks.values()))).save(file, "PNG")
    for _ in range(300):
        (tmp_path / "mia.png").write_bytes(spoil(rng, file.getvalue()))
        survives(load_masks, tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Una red diminuta, parada a medias: con sus pesos y su punto de guardado."""
    from pix2pix_lib.training.loop import train

    folder = tmp_path_factory.mktemp("redes") / "modelo"
    recipe = vary(
        RAPIDA,
        {
            "data": {"size": 16, "load_size": 18},
            "generator": {"filters": 2, "levels": 2},
            "discriminator": {"filters": 2},
            "training": {"steps": 200},
        },
    )
    faces = np.random.default_rng(4).integers(0, 256, (20, 18, 18, 3), np.uint8)

    import keras

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch >= 99

    arguments = (recipe, faces, faces[:3, :16, :16], folder)
    train(*arguments, save_every=50, callbacks=[Stop()])
    return folder, arguments


def test_300_damaged_networks(trained, tmp_path, monkeypatch):
    from pix2pix_lib.training import runs

    folder, _ = trained
    rng = np.random.default_rng(5)
    names = ["receta.json", "historial.csv", "caras.npz", "generador.weights.h5"]
    build, model = runs.build, runs.load_run(folder).model
    for number in range(300):
        name = names[number % 4]
        copy = tmp_path / "copia"
        shutil.copytree(folder, copy)
        content = (copy / name).read_bytes()
        foreign = [b"", b"{}", b"[]", (folder / "tira.png").read_bytes(), rng.bytes(100)]
        other = foreign[rng.integers(len(foreign))]
        (copy / name).write_bytes(spoil(rng, content) if number % 8 < 4 else other)
        # Construir la red en cada caso sería lo que más tarda: solo se construye para sus pesos.
        own = name == "generador.weights.h5"
        monkeypatch.setattr(runs, "build", build if own else lambda recipe: model)
        survives(runs.load_run, copy)
        shutil.rmtree(copy)


@pytest.mark.parametrize(
    ("argument", "kinds"),
    [("train_faces", BAD_FACES), ("test_faces", BAD_FACES), ("masks", BAD_MASKS)],
)
def test_a_wrong_call_of_train_leaves_nothing(argument, kinds, tmp_path):
    from pix2pix_lib.training.loop import train

    good = {"train_faces": FACES, "test_faces": FACES[:, :16, :16], "masks": MASKS}
    recipe = vary(
        RAPIDA,
        {
            "data": {"size": 16, "load_size": 32},
            "generator": {"filters": 2, "levels": 2},
            "discriminator": None,
        },
    )
    spoilt = [spoil(good[argument]) for spoil in kinds.values()]
    spoilt += [np.repeat(good[argument], 2, 1).repeat(2, 2)] if argument != "masks" else []
    for bad in spoilt:
        with pytest.raises(UserError, match="faces|áscara"):
            train(recipe, output=tmp_path / "red", **good | {argument: bad})
    with pytest.raises(UserError, match="save_every"):
        train(recipe, output=tmp_path / "red", **good, save_every=0)
    assert not list(tmp_path.iterdir())


def no_numbers(folder):
    with h5py.File(folder / "generador.weights.h5", "r+") as file:
        file[FIRST][0] = np.nan


def huge_array(folder):
    with h5py.File(folder / "generador.weights.h5", "r+") as file:
        del file[FIRST]
        file.create_dataset(FIRST, (40_000, 40_000), "f4", chunks=(100, 100), compression="gzip")


def unwritten_array(folder):
    with h5py.File(folder / "generador.weights.h5", "r+") as file:
        del file[FIRST]
        file.create_dataset(FIRST, (40_000, 40_000), "f4")


def someone_elses_file(folder):
    shutil.copy(folder / "generador.weights.h5", folder.parent / "otra.h5")
    with h5py.File(folder / "generador.weights.h5", "r+") as file:
        del file[FIRST]
        file[FIRST] = h5py.ExternalLink(folder.parent / "otra.h5", FIRST)


def endless_pictures(folder):
    packed = zipfile.ZipFile(folder / "caras.npz", "w", zipfile.ZIP_DEFLATED)
    with packed, packed.open("0.npy", "w", force_zip64=True) as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (2**27,)}
        np.lib.format.write_array_header_1_0(file, header)
        for _ in range(2**7):
            file.write(bytes(2**20))


def recipe_with(**changes):
    def write(folder):
        settings = json.loads((folder / "receta.json").read_text())
        for part, each in changes.items():
            settings[part] |= each
        (folder / "receta.json").write_text(json.dumps(settings))

    return write


def step_of_history(value):
    def write(folder):
        lines = (folder / "historial.csv").read_text().splitlines()
        lines[-1] = value + lines[-1][lines[-1].index(",") :]
        (folder / "historial.csv").write_text("\n".join(lines))

    return write


FIRST = "layers/conv2d/vars/0"
STRANGERS = {
    "no numbers": no_numbers,
    "huge array": huge_array,
    "unwritten array": unwritten_array,
    "someone else's file": someone_elses_file,
    "endless pictures": endless_pictures,
    "wide generator": recipe_with(generator={"filters": 4096}),
    "wide discriminator": recipe_with(discriminator={"filters": 4096}),
    "large image": recipe_with(data={"size": 131_072, "load_size": 131_072}),
    "step inf": step_of_history("inf"),
    "step nan": step_of_history("nan"),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_the_network_of_a_stranger_is_refused_before_it_fills_the_memory(kind, trained, tmp_path):
    from pix2pix_lib.training.runs import load_run

    folder = tmp_path / "ajena"
    shutil.copytree(trained[0], folder)
    STRANGERS[kind](folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UserError, match=r"\.$"):
        load_run(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_10_damaged_checkpoints(trained, tmp_path):
    from pix2pix_lib.training.loop import train

    folder, (recipe, faces, exam, _) = trained
    rng = np.random.default_rng(6)
    for number in range(10):
        copy = tmp_path / f"copia{number}"
        shutil.copytree(folder, copy)
        newest = max((copy / "puntos").glob("*.npz"))
        foreign = [b"", rng.bytes(100), (folder / "tira.png").read_bytes()]
        content = spoil(rng, newest.read_bytes()) if number % 2 else foreign[number % 3]
        newest.write_bytes(content)

        def resume(copy=copy):
            import keras

            class Stop(keras.callbacks.Callback):
                def on_train_batch_end(self, batch, logs=None):
                    self.model.stop_training = True

            train(recipe, faces, exam, copy, callbacks=[Stop()])

        survives(resume)
