import errno
import io
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, ImageOps

from pix2pix_lib.__main__ import main
from pix2pix_lib.data.photos import (
    list_photos,
    load_faces,
    open_photo,
    split_by_photo,
    split_in_three,
)
from pix2pix_lib.errors import UserError
from pix2pix_lib.restoration.holes import mask_hole
from pix2pix_lib.restoration.saving import write_comparison

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


WHITES = {"F 0..1": np.float32(1), "F 0..255": np.float32(255), "I": np.int32(65535)}


@pytest.mark.parametrize("kind", WHITES)
def test_a_tiff_of_32_bits_is_not_black(tmp_path, kind):
    white = WHITES[kind]
    ramp = np.linspace(0, white, 256).astype(white.dtype)
    Image.fromarray(np.tile(ramp, (4, 1))).save(tmp_path / "foto.tif")
    photo = np.asarray(open_photo(tmp_path / "foto.tif"))
    assert np.abs(photo[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_a_tiff_without_numbers_opens(tmp_path):
    pixels = np.full((4, 4), np.nan, np.float32)
    pixels[0] = [0, 1, np.inf, 0.5]
    Image.fromarray(pixels).save(tmp_path / "foto.tif")
    assert np.asarray(open_photo(tmp_path / "foto.tif"))[0, :, 0].tolist() == [0, 255, 0, 127]


def test_a_folder_or_a_pipe_is_no_photo(tmp_path):
    (tmp_path / "carpeta.png").mkdir()
    os.mkfifo(tmp_path / "tubo.png")
    for name in ("carpeta.png", "tubo.png"):
        with pytest.raises(UserError, match=f"{name}.*no es un archivo"):
            open_photo(tmp_path / name)
    with pytest.raises(UserError, match="no tiene fotos"):
        list_photos(tmp_path)
    Image.new("RGB", (8, 8)).save(tmp_path / "foto.png")
    assert list_photos(tmp_path) == [tmp_path / "foto.png"]


def test_a_folder_that_cannot_be_read_is_not_called_empty(tmp_path, monkeypatch):
    def forbidden(folder):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.raises(UserError, match="No se puede leer la carpeta"):
        list_photos(tmp_path)


# --- leer caras ---


@pytest.mark.parametrize(
    ("size", "middle"), [((120, 60), (30, 0, 90, 60)), ((60, 120), (0, 30, 60, 90))]
)
def test_faces_are_cropped_not_stretched(tmp_path, size, middle):
    image = Image.new("RGB", size, GREEN)
    image.paste(RED, middle)
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
    for name in ["10.png", "2.PNG", "1.jpg", "nota.txt", "._1.jpg", ".parcial.0123.3.png"]:
        (tmp_path / name).touch()
    assert [path.name for path in list_photos(tmp_path)] == ["1.jpg", "2.PNG", "10.png"]


def test_photos_in_nested_folders_are_found_and_hidden_ones_are_not(tmp_path):
    for name in ["b/2.jfif", "a/10.png", "a/9.png", "1.jpg", ".cache/0.png"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in list_photos(tmp_path)]
    assert found == ["1.jpg", "a/9.png", "a/10.png", "b/2.jfif"]


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
    paths = [Path(f"f{i}_cara{j}.png") for i, count in enumerate(counts) for j in range(count)]
    train, test = split_by_photo(paths, share, seed)
    assert train and test
    assert sorted(train + test) == sorted(paths)
    photos = [{path.stem.split("_")[0] for path in side} for side in (train, test)]
    assert not photos[0] & photos[1]
    assert abs(len(photos[1]) - share * len(counts)) <= 1
    assert split_by_photo(paths, share, seed) == (train, test)


def test_the_same_bytes_are_on_the_same_side_whatever_their_name(tmp_path):
    paths = []
    for photo in range(12):
        for name in (f"{photo}.png", f"{photo} copia.png", f"otra/{photo + 100}_cara0.png"):
            paths.append(tmp_path / name)
            paths[-1].parent.mkdir(exist_ok=True)
            paths[-1].write_bytes(b"foto %2d" % photo)
    # Una cara repetida junta también a las demás de su foto.
    paths.append(tmp_path / "otra/100_cara1.png")
    paths[-1].write_bytes(b"foto 11")
    for seed in range(5):
        train, test = split_by_photo(paths, seed=seed)
        assert sorted(train + test) == sorted(paths)
        contents = [{path.read_bytes() for path in side} for side in (train, test)]
        assert not contents[0] & contents[1]
        assert (b"foto  0" in contents[0]) == (b"foto 11" in contents[0])


def test_photos_with_one_name_in_two_folders_are_two(tmp_path):
    paths = [tmp_path / person / "0001.jpg" for person in ("Ana", "Eva")]
    assert [len(side) for side in split_by_photo(paths)] == [1, 1]


def test_one_photo_cannot_be_split(tmp_path):
    with pytest.raises(UserError, match="dos fotos"):
        split_by_photo([tmp_path / "a_cara0.png", tmp_path / "a_cara1.png"])


@given(st.lists(st.integers(1, 4), min_size=3, max_size=40), st.integers(0, 2**31))
def test_what_chooses_is_apart_from_what_learns_and_the_exam_stays(counts, seed):
    paths = [Path(f"f{i}_cara{j}.png") for i, count in enumerate(counts) for j in range(count)]
    sides = learn, choose, exam = split_in_three(paths, seed)
    assert all(sides) and sorted(learn + choose + exam) == sorted(paths)
    assert exam == split_by_photo(paths, seed=seed)[1]
    photos = [{path.stem.split("_")[0] for path in side} for side in sides]
    assert sum(map(len, photos)) == len(counts)


def test_the_faces_of_the_book_are_189_21_and_53():
    paths = [Path(f"{index}.webp") for index in range(263)]
    sides = split_in_three(paths)
    assert [len(side) for side in sides] == [189, 21, 53]
    assert [[path.stem for path in side[:3]] for side in sides] == [
        ["1", "2", "3"],
        ["8", "51", "66"],
        ["0", "6", "13"],
    ]


# --- conseguir las caras por defecto ---


def test_a_photo_that_holds_eps_starts_no_program(tmp_path, monkeypatch):
    path = tmp_path / "foto.png"
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 40 40\n%%EndComments\n\nshowpage\n"
    )
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *command, **options: started.append(command))
    with pytest.raises(UserError, match="EPS"):
        open_photo(path)
    assert not started


def test_a_photo_with_damaged_exif_opens_as_it_is(tmp_path):
    path = tmp_path / "foto.jpg"
    damaged = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff\x01\x12"
    Image.new("RGB", (40, 20), "red").save(path, exif=damaged)
    assert open_photo(path).size == (40, 20)


RNG = np.random.default_rng(0)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def camera_photo(tmp_path):
    """Un JPEG como los de un móvil: girado, con perfil de color, fecha y autor."""
    smooth = Image.fromarray(RNG.integers(60, 200, (6, 8, 3), np.uint8)).resize((320, 240), 3)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "Ana"
    path = tmp_path / "foto.jpg"
    smooth.save(path, quality=83, subsampling=0, icc_profile=PROFILE, exif=exif)
    mask = Image.new("L", (240, 320), 255)
    mask.paste(0, (100, 150, 130, 160))
    mask.save(tmp_path / "mascara.png")
    return path


def restore(photo, *options):
    output = photo.parent / "limpias"
    order = ["restaurar", str(photo), "--salida", str(output)]
    assert main([*order, "--mascara", str(photo.parent / "mascara.png"), *options]) == 0
    return output


def test_the_png_keeps_the_profile_and_the_data_but_not_the_rotation(camera_photo):
    path = restore(camera_photo) / "foto.png"
    restored = Image.open(path)
    assert restored.size == (240, 320) and restored.info["icc_profile"] == PROFILE
    exif = restored.getexif()
    assert exif[ExifTags.Base.Artist] == "Ana" and ExifTags.Base.Orientation not in exif
    changed = (np.asarray(open_photo(path)) != np.asarray(open_photo(camera_photo))).any(-1)
    assert changed[150:160, 100:130].any()
    changed[150:160, 100:130] = False
    assert not changed.any()


def test_a_jpeg_comes_back_as_a_jpeg_of_the_same_quality_when_asked(camera_photo):
    path = restore(camera_photo, "--mismo-formato") / "foto.jpg"
    before, after = Image.open(camera_photo), Image.open(path)
    assert after.format == "JPEG" and after.quantization == before.quantization
    assert after.layer == before.layer and after.info["icc_profile"] == PROFILE
    error = np.asarray(open_photo(path)).astype(int) - np.asarray(open_photo(camera_photo))
    assert np.abs(error[:140]).mean() < 2


def test_before_and_after_stand_side_by_side(camera_photo):
    both = Image.open(restore(camera_photo, "--antes-y-despues") / "foto_antes_y_despues.jpg")
    assert both.size == (480, 320)


def test_the_comparison_is_never_overwritten(camera_photo, capsys):
    output = restore(camera_photo, "--antes-y-despues")
    (output / "foto.png").unlink()
    before = (output / "foto_antes_y_despues.jpg").read_bytes()
    order = ["restaurar", str(camera_photo), "--salida", str(output), "--antes-y-despues"]
    assert main([*order, "--mascara", str(camera_photo.parent / "mascara.png")]) == 1
    assert "foto_antes_y_despues.jpg» ya existe" in capsys.readouterr().err
    assert (output / "foto_antes_y_despues.jpg").read_bytes() == before
    assert not (output / "foto.png").exists()


def test_a_thin_tall_photo_has_its_before_and_after(tmp_path):
    tall = np.zeros((20_000, 1, 3), np.uint8)
    write_comparison(tmp_path / "alta.jpg", tall, tall)
    assert Image.open(tmp_path / "alta.jpg").size == (2, 1200)


def test_a_mask_white_on_black_stops_and_says_how_to_invert_it(camera_photo, capsys):
    mask = camera_photo.parent / "mascara.png"
    inverted = ImageOps.invert(Image.open(mask))
    expected = open_photo(restore(camera_photo) / "foto.png")
    inverted.save(mask)
    output = camera_photo.parent / "al_reves"
    order = ["restaurar", str(camera_photo), "--salida", str(output), "--mascara", str(mask)]
    assert main(order) == 1
    assert "mascara.png» marca el" in (said := capsys.readouterr().err)
    assert "--mascara-quita blanco" in said and not output.exists()
    assert main([*order, "--mascara-quita", "blanco"]) == 0
    np.testing.assert_array_equal(open_photo(output / "foto.png"), expected)
    assert mask_hole(mask, (320, 240), "negro").mean() > 0.9


def test_what_cannot_be_kept_is_said(tmp_path, capsys):
    clear = Image.new("RGBA", (64, 64), (90, 120, 160, 128))
    clear.paste((255, 0, 255, 255), (20, 20, 30, 30))
    clear.save(tmp_path / "clara.png")
    output = tmp_path / "limpias"
    assert main(["restaurar", str(tmp_path / "clara.png"), "--salida", str(output)]) == 0
    said = capsys.readouterr().err
    assert f"{output / 'clara.png'} no lleva la transparencia de" in said


def test_a_name_too_long_does_not_stop_the_other_photos(tmp_path, capsys):
    painted = Image.new("RGB", (64, 64), (90, 120, 160))
    painted.paste((255, 0, 255), (20, 20, 30, 30))
    photos = [tmp_path / f"{'a' * 248}.png", tmp_path / "b.png"]
    for photo in photos:
        painted.save(photo)
    order = ["restaurar", *map(str, photos), "--salida", str(tmp_path / "limpias")]
    assert main([*order, "--antes-y-despues"]) == 1
    assert "nombre tan largo" in capsys.readouterr().err
    assert (tmp_path / "limpias/b.png").exists()


def test_the_grain_can_be_left_out(tmp_path):
    noise = np.clip(RNG.normal(128, 20, (240, 240, 3)), 0, 255).astype(np.uint8)
    noise[100:130, 100:130] = (255, 0, 255)
    path = tmp_path / "foto.png"
    Image.fromarray(noise).save(path)
    spread = []
    for name, options in (("con", ()), ("sin", ("--sin-grano",))):
        output = tmp_path / name
        assert main(["restaurar", str(path), "--salida", str(output), *options]) == 0
        spread.append(np.asarray(Image.open(output / "foto.png"))[100:130, 100:130].std())
    assert spread[0] > 1.3 * spread[1]


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "RGBA", "I;16"])
def test_every_kind_of_photo_is_saved(tmp_path, mode):
    photo = Image.new("RGB", (240, 320), (90, 120, 160))
    if mode == "I;16":
        photo = Image.fromarray(np.full((320, 240), 30000, np.uint16))
    else:
        photo = photo.convert(mode)
    path = tmp_path / f"foto.{'jpg' if mode == 'CMYK' else 'png'}"
    content = io.BytesIO()
    photo.save(content, format="JPEG" if mode == "CMYK" else "PNG", icc_profile=PROFILE)
    path.write_bytes(content.getvalue())
    mask = Image.new("L", (240, 320), 255)
    mask.paste(0, (100, 150, 130, 160))
    mask.save(tmp_path / "mascara.png")
    for options in ((), ("--mismo-formato",)) if mode == "CMYK" else ((),):
        restored = Image.open(
            next(restore(path, *options).glob(f"foto.{'jpg' if options else 'png'}"))
        )
        assert restored.mode == ("L" if mode in ("L", "I;16") else "RGB")
        assert restored.size == (240, 320)
        assert ("icc_profile" in restored.info) == (mode in ("P", "RGBA"))
