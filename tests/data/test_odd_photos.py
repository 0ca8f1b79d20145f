"""Las fotos raras de `odd_photos`, en la biblioteca: o salen bien, o una frase dice qué son."""

import re
import tracemalloc

import numpy as np
import pytest
from odd_photos import GRAY, Odd, odd_photos
from photo_bytes import SRGB, camera_exif, chunk, described, encoded, with_chunks
from PIL import ExifTags, Image

from pix2pix_lib.data.photos import open_photo
from pix2pix_lib.errors import UserError
from pix2pix_lib.restoration.saving import save_options, write_photo

ODD = odd_photos()


@pytest.mark.filterwarnings("ignore:.*EXIF|Truncated|.*read")
@pytest.mark.parametrize("name", ODD)
def test_an_odd_photo_comes_out_right_or_is_named(tmp_path, name):
    odd: Odd = ODD[name]
    path = tmp_path / name
    path.write_bytes(odd.content)
    if isinstance(odd.wanted, str):
        with pytest.raises(UserError, match=odd.wanted) as refusal:
            open_photo(path)
        said = str(refusal.value).replace(str(path), "foto")
        assert re.fullmatch(r"[^.]+\.", said), said
        return
    photo = open_photo(path)
    assert photo.mode == "RGB" and photo.size == odd.wanted.size
    difference = np.abs(np.asarray(photo).astype(int) - np.asarray(odd.wanted))
    assert difference.mean() < 6
    with Image.open(path) as original:
        is_jpeg = original.format in ("JPEG", "MPO")
        is_gray = original.mode in ("1", "L", "LA", "F") or original.mode.startswith("I")
    for same_format in (False, True):
        options, lost = save_options(path, same_format)
        # En un PNG caben los datos EXIF más largos.
        assert tuple(lost) == (() if "dos tramos" in name and not same_format else odd.lost)
        write_photo(tmp_path / "guardada", np.asarray(photo), options)
        with Image.open(tmp_path / "guardada") as written:
            assert written.mode == ("L" if is_gray else "RGB")
            assert written.format == ("JPEG" if same_format and is_jpeg else "PNG")
            if written.format == "PNG":
                np.testing.assert_array_equal(np.asarray(written.convert("RGB")), photo)


def saved(tmp_path, content: bytes, same_format: bool) -> Image.Image:
    path = tmp_path / "foto"
    path.write_bytes(content)
    options, lost = save_options(path, same_format)
    assert not lost
    write_photo(tmp_path / "guardada", np.asarray(open_photo(path)), options)
    with Image.open(tmp_path / "guardada") as written:
        written.load()
        return written


@pytest.mark.parametrize("same_format", [True, False])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_resolution_xmp_and_texts_are_kept(tmp_path, format, same_format):
    written = saved(tmp_path, described(format), same_format)
    assert np.allclose(written.info["dpi"], 300, atol=0.1)
    text = written.info["comment"].decode() if written.format == "JPEG" else written.text["Comment"]
    assert text == "de la boda"
    content = (tmp_path / "guardada").read_bytes()
    assert b"dc:creator='Ana'" in content
    assert b"tiff:Orientation" not in content and b"sin retocar" not in content


def test_an_exif_inside_a_text_is_not_kept(tmp_path):
    exif = (b"Exif\0\0" + camera_exif(turn=6)).hex().encode()
    raw = chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  700\n" + exif)
    written = saved(tmp_path, with_chunks(encoded(format="PNG"), raw), False)
    assert written.size == (90, 120) and not written.text
    assert ExifTags.Base.Orientation not in written.getexif()


def test_a_gray_photo_keeps_its_gray_profile(tmp_path):
    profile = bytearray(SRGB)
    profile[16:20] = b"GRAY"
    for format in ("JPEG", "PNG"):
        content = encoded(GRAY, format, icc_profile=bytes(profile))
        assert saved(tmp_path, content, True).info["icc_profile"] == bytes(profile)


def test_a_deep_photo_needs_no_more_memory_than_itself(tmp_path):
    levels = np.zeros((3000, 3000), np.uint16)
    path = tmp_path / "foto.png"
    Image.fromarray(levels).save(path)
    tracemalloc.start()
    open_photo(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * levels.nbytes
