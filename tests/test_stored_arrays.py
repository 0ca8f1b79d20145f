"""Las caras que no caben en memoria: en disco, las mismas, enteras o ninguna."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib import stored_arrays
from pix2pix_lib.data import photos
from pix2pix_lib.data.photos import load_faces
from pix2pix_lib.errors import UserError
from pix2pix_lib.files import PARTIAL
from pix2pix_lib.recipes import RAPIDA, vary

RECIPE = vary(
    RAPIDA,
    {
        "data": {"size": 16, "load_size": 24},
        "generator": {"filters": 4, "levels": 2},
        "discriminator": None,
        "training": {"steps": 100, "seed": 1},
    },
)


@pytest.fixture
def album(tmp_path):
    folder = tmp_path / "fotos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(24):
        pixels = rng.integers(0, 256, (30, 24 + index, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder


@pytest.fixture
def in_memory(album):
    return load_faces(album, 24)


@pytest.fixture
def cache(in_memory, tmp_path, monkeypatch):
    """La carpeta de los arreglos, vacía; a partir de aquí, nada cabe en memoria."""
    monkeypatch.setattr("pooch.os_cache", lambda name: str(tmp_path / "cache"))
    monkeypatch.setattr(photos, "IN_MEMORY", 0)
    return tmp_path / "cache/arreglos"


def left(cache: Path) -> set[str]:
    return {path.suffix for path in cache.iterdir()} if cache.is_dir() else set()


def forbid_reading(monkeypatch):
    def fail(path, size):
        raise AssertionError(f"se ha leído {path}")

    monkeypatch.setattr(photos, "load_face", fail)


def test_what_fits_stays_in_memory_and_writes_nothing(in_memory, tmp_path):
    assert not isinstance(in_memory, np.memmap) and in_memory.flags.writeable
    assert not (tmp_path / "cache").exists()


def test_from_disk_they_are_the_same_and_the_second_time_no_photo_is_read(
    album, cache, in_memory, monkeypatch
):
    first = load_faces(album, 24)
    assert isinstance(first, np.memmap) and not first.flags.writeable
    assert np.array_equal(first, in_memory) and left(cache) == {".npy", ".json"}
    forbid_reading(monkeypatch)
    second = load_faces(album, 24)
    assert isinstance(second, np.memmap) and np.array_equal(second, in_memory)


def test_another_photo_size_or_order_is_another_array(album, cache):
    whole = load_faces(album, 24)
    assert load_faces(album, 12).shape == (24, 12, 12, 3)
    paths = photos.list_photos(album)
    assert np.array_equal(load_faces(paths[::-1], 24), whole[::-1])
    Image.new("RGB", (24, 24), "red").save(album / "3.png")
    os.utime(album / "3.png", ns=(1, 1))
    assert (load_faces(album, 24)[3] == (255, 0, 0)).all()


def test_unreadable_photos_are_named_every_time(album, cache, in_memory):
    (album / "7.png").write_bytes(b"rota")
    for _ in range(2):
        with pytest.warns(UserWarning, match="7.png"):
            faces = load_faces(album, 24)
        assert np.array_equal(faces, np.delete(in_memory, 7, axis=0))


def test_with_nothing_to_read_nothing_is_kept(album, cache):
    for path in album.iterdir():
        path.write_bytes(b"rota")
    with pytest.warns(UserWarning), pytest.raises(UserError, match="ninguna foto"):
        load_faces(album, 24)
    assert left(cache) == set()


def test_ctrl_c_leaves_nothing_and_the_next_time_it_is_whole(album, cache, in_memory, monkeypatch):
    read = photos.load_face

    def interrupted(path, size):
        if path.name == "9.png":
            raise KeyboardInterrupt
        return read(path, size)

    monkeypatch.setattr(photos, "load_face", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_faces(album, 24)
    assert left(cache) == set()
    monkeypatch.setattr(photos, "load_face", read)
    assert np.array_equal(load_faces(album, 24), in_memory)


def test_a_full_disk_gets_one_sentence_before_reading_anything(album, small_disk, monkeypatch):
    monkeypatch.setattr("pooch.os_cache", lambda name: str(small_disk))
    monkeypatch.setattr(photos, "IN_MEMORY", 0)
    forbid_reading(monkeypatch)
    with pytest.raises(UserError, match="está lleno"):
        load_faces(album, 64)
    assert left(small_disk / "arreglos") == set()


def test_a_disk_that_fills_up_halfway_keeps_nothing(album, small_disk, monkeypatch):
    monkeypatch.setattr("pooch.os_cache", lambda name: str(small_disk))
    monkeypatch.setattr(photos, "IN_MEMORY", 0)
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    with pytest.raises(UserError, match="está lleno"):
        load_faces(album, 64)
    assert left(small_disk / "arreglos") == set()


def test_a_cache_that_cannot_be_written_gets_one_sentence(album, cache):
    cache.parent.write_text("soy un archivo")
    with pytest.raises(UserError, match="No se puede escribir"):
        load_faces(album, 24)


@pytest.mark.parametrize("suffix", [".npy", ".json"])
def test_a_damaged_array_is_made_again(album, cache, in_memory, suffix):
    load_faces(album, 24)
    (path,) = cache.glob(f"*{suffix}")
    path.write_bytes(path.read_bytes()[:-10])
    assert np.array_equal(load_faces(album, 24), in_memory)


def test_only_the_last_used_are_kept(album, cache):
    def made(size):
        before = set(cache.glob("*.npy"))
        load_faces(album, size)
        return (set(cache.glob("*.npy")) - before).pop()

    first, second = made(24), made(20)
    os.utime(first, (1, 1))
    os.utime(second, (2, 2))
    load_faces(album, 24)
    assert made(12) and first.is_file() and not second.exists()
    assert len(list(cache.glob("*.json"))) == len(list(cache.glob("*.npy"))) == stored_arrays.KEEP


def test_what_a_killed_process_left_is_removed(album, cache):
    cache.mkdir(parents=True)
    partial = cache / f"{PARTIAL}0123.a.npy"
    partial.touch()
    os.utime(partial, (1, 1))
    load_faces(album, 24)
    assert not partial.exists()


def test_the_fingerprint_of_an_array_in_memory_is_its_bytes(in_memory):
    view = in_memory[::2, :, ::-1]
    assert bytes(stored_arrays.fingerprint(view)) == np.ascontiguousarray(view).tobytes()


def test_the_fingerprint_of_a_stored_array_is_kept_beside_it(album, cache, in_memory):
    faces = load_faces(album, 24)
    digest = hashlib.sha256(in_memory.tobytes()).hexdigest().encode()
    assert stored_arrays.fingerprint(faces) == digest
    assert bytes(stored_arrays.fingerprint(faces[1:])) == in_memory[1:].tobytes()
    # Aunque ya no esté en la caché, es el mismo mientras siga abierto.
    for path in cache.iterdir():
        path.unlink()
    assert stored_arrays.fingerprint(faces) == digest


def test_a_training_from_disk_gives_the_weights_of_one_from_memory(
    album, cache, in_memory, tmp_path
):
    from pix2pix_lib.training.loop import train

    recipe = vary(RECIPE, {"training": {"precision": "float32"}})
    faces = load_faces(album, 24)
    models = [
        train(recipe, each, in_memory[:2, :16, :16], tmp_path / name).model.generator
        for name, each in (("memoria", in_memory), ("disco", faces))
    ]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        assert np.array_equal(one, other)


def test_a_training_from_disk_goes_on_and_refuses_other_faces(album, cache, in_memory, tmp_path):
    from pix2pix_lib.training.loop import train

    arguments = (in_memory[:2, :16, :16], tmp_path / "modelo")
    train(RECIPE, load_faces(album, 24), *arguments)
    assert train(RECIPE, load_faces(album, 24), *arguments).steps == RECIPE.training.steps
    (album / "3.png").unlink()
    with pytest.raises(UserError, match="cambia las caras"):
        train(RECIPE, load_faces(album, 24), *arguments)


def mapped() -> int:
    """Los bytes de archivos que cuentan como memoria de este proceso."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssFile:")[1].split()[0]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="pide Linux")
def test_the_memory_does_not_grow_with_what_has_been_read(cache):
    rows = (np.full((256, 256, 3), index % 256, np.uint8) for index in range(800))
    faces = stored_arrays.store("a", rows, (800, 256, 256, 3), [])
    before = mapped()
    assert faces.sum() > 0 and mapped() - before > faces.nbytes / 2
    for rows in np.random.default_rng(0).permutation(800).reshape(-1, 8):
        assert (stored_arrays.take(faces, rows)[:, 0, 0, 0] == rows % 256).all()
        assert mapped() - before < faces.nbytes / 10
