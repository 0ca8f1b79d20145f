import json
import os
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from pix2pix_lib.data.photos import list_photos
from pix2pix_lib.errors import UserError
from pix2pix_lib.sources.annotations import Box, Photo
from pix2pix_lib.sources.crops import crop_faces, square_around

unit = st.floats(0, 1)


@given(
    st.tuples(unit, unit).map(sorted).filter(lambda p: p[0] < p[1]),
    st.tuples(unit, unit).map(sorted).filter(lambda p: p[0] < p[1]),
    st.integers(1, 3000),
    st.integers(1, 3000),
)
def test_the_square_lies_inside_the_photo_and_holds_the_box_if_it_fits(xs, ys, width, height):
    box = Box(xs[0], ys[0], xs[1], ys[1])
    left, top, side = square_around(box, width, height)
    assert 1 <= side <= min(width, height)
    assert 0 <= left <= width - side and 0 <= top <= height - side
    longest = max((box.right - box.left) * width, (box.bottom - box.top) * height)
    if longest <= min(width, height):
        assert abs(side - longest) <= 1
        assert left <= box.left * width + 1.5 and left + side >= box.right * width - 1.5
        assert top <= box.top * height + 1.5 and top + side >= box.bottom * height - 1.5


@pytest.fixture
def album(tmp_path):
    """Una foto de 200x100 con un cuadro rojo de 40x40 en (100, 30), y su anotación."""
    pixels = np.full((100, 200, 3), 60, np.uint8)
    pixels[30:70, 100:140] = (250, 10, 10)
    photo = Photo("http://x/foto.png", (Box(0.5, 0.3, 0.7, 0.7),))
    folder = tmp_path / "fotos"
    folder.mkdir()
    Image.fromarray(pixels).save(folder / photo.file_name)
    return photo, folder


def crop(photo, folder, tmp_path, **options):
    return crop_faces([photo], folder, tmp_path / "caras", **options)


def read_faces(tmp_path) -> dict[str, np.ndarray]:
    return {
        path.name: np.asarray(Image.open(path))
        for path in sorted((tmp_path / "caras").glob("*.png"))
    }


def test_a_face_is_cut_where_the_box_says(album, tmp_path):
    report = crop(*album, tmp_path, size=40)
    ((name, face),) = read_faces(tmp_path).items()
    assert name.endswith("_cara0.png") and face.shape == (40, 40, 3)
    assert (face == (250, 10, 10)).all()
    assert (report.faces, report.upscaled) == (1, 0)


def test_a_sidecar_of_endless_depth_is_not_read(album, tmp_path):
    photo, folder = album
    (folder / photo.file_name).with_suffix(".json").write_text("[" * 200_000)
    assert crop(photo, folder, tmp_path).faces == 1


def test_boxes_follow_the_real_size_of_the_photo(album, tmp_path):
    photo, folder = album
    path = folder / photo.file_name
    Image.open(path).resize((400, 200), Image.Resampling.NEAREST).save(path)
    crop(photo, folder, tmp_path, size=40)
    (face,) = read_faces(tmp_path).values()
    assert np.abs(face.astype(int) - (250, 10, 10)).mean() < 5


def test_upscaled_faces_are_counted_and_small_ones_can_be_left_out(album, tmp_path):
    photo, folder = album
    assert crop(photo, folder, tmp_path, size=64).upscaled == 1
    report = crop_faces([photo], folder, tmp_path / "grandes", size=64, min_side=41)
    assert (report.faces, report.small) == (0, 1)


def test_a_wide_box_is_not_stretched(album, tmp_path):
    photo, folder = album
    wide = Photo(photo.url, (Box(0.4, 0.45, 0.8, 0.55),))
    crop(wide, folder, tmp_path, size=80)
    (face,) = read_faces(tmp_path).values()
    red = (face[..., 0] > 200).sum()
    assert red == pytest.approx(40 * 40, abs=80)


def test_missing_and_broken_photos_are_told_and_the_rest_goes_on(album, tmp_path):
    photo, folder = album
    lost = Photo("http://x/perdida.jpg", photo.boxes)
    broken = Photo("http://x/rota.jpg", photo.boxes)
    (folder / broken.file_name).write_bytes(b"\xff\xd8 roto")
    report = crop_faces([lost, broken, photo], folder, tmp_path / "caras", size=40)
    assert report.faces == 1
    assert report.missing == [lost.url] and report.unreadable == [broken.url]


def test_photos_under_their_published_name_are_found(album, tmp_path):
    photo, folder = album
    (folder / photo.file_name).rename(folder / "foto.png")
    assert crop(photo, folder, tmp_path, size=40).faces == 1


def test_two_photos_with_one_published_name_are_not_mixed_up(album, tmp_path):
    photo, folder = album
    (folder / photo.file_name).rename(folder / "foto.png")
    namesake = Photo("http://y/foto.png", photo.boxes)
    report = crop_faces([photo, namesake], folder, tmp_path / "caras", size=40)
    assert report.faces == 0 and report.missing == [photo.url, namesake.url]


def test_an_accent_of_two_letters_on_the_disk_is_the_one_of_the_json(album, tmp_path):
    photo, folder = album
    decomposed, composed = (unicodedata.normalize(form, "josé.png") for form in ("NFD", "NFC"))
    for on_disk, in_json in ((decomposed, composed), (composed, decomposed)):
        found = Path(shutil.copytree(folder, tmp_path / str(len(on_disk))))
        (found / photo.file_name).rename(found / on_disk)
        named = Photo(f"http://x/{in_json}", photo.boxes)
        assert crop(named, found, tmp_path / f"c{len(on_disk)}", size=40).faces == 1


def test_an_accent_that_an_old_zip_left_in_latin_1_is_the_one_of_the_json(album, tmp_path):
    photo, folder = album
    (folder / photo.file_name).rename(folder / os.fsdecode(b"jos\xe9.png"))
    named = Photo("http://x/josé.png", photo.boxes)
    assert crop(named, folder, tmp_path, size=40).faces == 1


def test_boxes_are_of_the_photo_as_it_is_seen(tmp_path):
    seen = Image.new("RGB", (60, 40), "red")
    seen.paste("blue", (40, 0, 60, 20))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    photo = Photo("http://x/girada.png", (Box(2 / 3, 0, 1, 1 / 2),))
    (tmp_path / "fotos").mkdir()
    lying = seen.transpose(Image.Transpose.ROTATE_90)
    lying.save(tmp_path / "fotos" / photo.file_name, exif=exif)
    assert crop(photo, tmp_path / "fotos", tmp_path, size=20).faces == 1
    (face,) = list_photos(tmp_path / "caras")
    assert Image.open(face).getcolors() == [(400, (0, 0, 255))]


def test_a_folder_made_by_img2dataset_is_read(album, tmp_path):
    photo, folder = album
    shard = folder / "00000"
    shard.mkdir()
    (folder / photo.file_name).rename(shard / "000000007.jpg")
    (shard / "000000007.json").write_text(json.dumps({"url": photo.url, "status": "success"}))
    (shard / "otra.json").write_text("no soy json")
    assert crop(photo, folder, tmp_path, size=40).faces == 1


def test_the_same_order_again_changes_nothing_and_other_settings_are_refused(album, tmp_path):
    crop(*album, tmp_path, size=40)
    before = {path: path.read_bytes() for path in (tmp_path / "caras").iterdir()}
    crop(*album, tmp_path, size=40)
    assert {path: path.read_bytes() for path in (tmp_path / "caras").iterdir()} == before
    with pytest.raises(UserError, match="otros ajustes"):
        crop(*album, tmp_path, size=64)
    assert {path: path.read_bytes() for path in (tmp_path / "caras").iterdir()} == before


def test_the_faces_of_a_photo_that_has_changed_are_cut_again(album, tmp_path):
    photo, folder = album
    crop(photo, folder, tmp_path, size=40)
    path = folder / photo.file_name
    state = path.stat()
    Image.new("RGB", Image.open(path).size, (10, 10, 250)).save(path)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    crop(photo, folder, tmp_path, size=40)
    (face,) = read_faces(tmp_path).values()
    assert (face == (10, 10, 250)).all()


def test_a_face_that_is_now_small_does_not_stay(album, tmp_path):
    photo, folder = album
    assert crop(photo, folder, tmp_path, size=40, min_side=20).faces == 1
    Image.open(folder / photo.file_name).resize((20, 10)).save(folder / photo.file_name)
    assert crop(photo, folder, tmp_path, size=40, min_side=20).small == 1
    assert not read_faces(tmp_path)


def test_a_folder_with_other_things_is_left_alone(album, tmp_path):
    photo, folder = album
    with pytest.raises(UserError, match="ya tiene archivos"):
        crop_faces([photo], folder, folder)
    with pytest.raises(UserError, match="descarga"):
        crop_faces([photo], tmp_path / "nada", tmp_path / "caras")
