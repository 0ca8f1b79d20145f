import io

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from pix2pix_lib.__main__ import main
from pix2pix_lib.faces import open_photo

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
        assert restored.mode == "RGB" and restored.size == (240, 320)
        assert ("icc_profile" in restored.info) == (mode in ("P", "RGBA"))
