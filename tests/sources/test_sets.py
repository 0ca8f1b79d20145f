import importlib
import json
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from browsing import serving
from PIL import Image
from places import ROOT, SHARED

from pix2pix_lib.errors import UserError
from pix2pix_lib.sources import sets
from pix2pix_lib.sources.annotations import Photo, read_annotations
from pix2pix_lib.sources.downloads import DownloadReport

HISTORIC = SHARED / "face_detection.json"
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def names(folder):
    return sorted(path.name for path in folder.glob("*.png"))


def test_the_small_set_is_exported_as_square_pngs(tmp_path, monkeypatch):
    (tmp_path / "fotos").mkdir()
    for index in range(3):
        Image.new("RGB", (20, 30), "red").save(tmp_path / f"fotos/{index}.webp")
    monkeypatch.setattr(sets, "default_faces", lambda: tmp_path / "fotos")
    assert sets.small_set(tmp_path / "caras") == 3
    assert names(tmp_path / "caras") == ["0.png", "1.png", "2.png"]
    assert Image.open(tmp_path / "caras/0.png").size == (256, 256)


def test_photos_that_would_share_a_name_are_refused_before_writing(tmp_path, monkeypatch):
    (tmp_path / "fotos").mkdir()
    for kind in ("png", "jpg", "webp"):
        Image.new("RGB", (20, 30), "red").save(tmp_path / f"fotos/a.{kind}")
    monkeypatch.setattr(sets, "default_faces", lambda: tmp_path / "fotos")
    with pytest.raises(UserError, match=r"a\.png"):
        sets.small_set(tmp_path / "caras")
    assert not (tmp_path / "caras").exists()


def test_two_sets_are_never_mixed_in_a_folder(tmp_path, monkeypatch):
    for folder, photos in {"unas": "ab", "otras": "abc", "mismas": "ab"}.items():
        (tmp_path / folder).mkdir()
        for name in photos:
            color = "blue" if folder == "mismas" else "red"
            Image.new("RGB", (20, 30), color).save(tmp_path / folder / f"{name}.png")

    def export(folder):
        monkeypatch.setattr(sets, "default_faces", lambda: tmp_path / folder)
        return sets.small_set(tmp_path / "caras")

    assert export("unas") == 2
    with pytest.raises(UserError, match="otros datos"):
        export("otras")
    assert names(tmp_path / "caras") == ["a.png", "b.png"]
    assert export("mismas") == 2
    assert Image.open(tmp_path / "caras/a.png").getpixel((9, 9)) == BLUE


COUNTS = {
    sets.CC0: {sets.LEARN: 140, sets.CHOOSE: 20, sets.EXAM: 40},
    sets.CONGRESS: {sets.LEARN: 348, sets.CHOOSE: 44, sets.EXAM: 44},
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_portrait_has_one_face_and_stands_on_one_side(name):
    photos = sets.portrait_photos(name)
    assert all(len(photo.boxes) == 1 for photo in photos)
    assert len({photo.file_name for photo in photos}) == len(photos)
    sides = {side: sets.portrait_photos(name, side) for side in COUNTS[name]}
    assert {side: len(found) for side, found in sides.items()} == COUNTS[name]
    assert {photo.url for found in sides.values() for photo in found} == {p.url for p in photos}


def test_the_side_of_a_cc0_portrait_is_the_last_digit_of_its_number():
    def digits(side):
        photos = sets.portrait_photos(sets.CC0, side)
        return {int(Path(photo.published_name).stem) % 10 for photo in photos}

    assert digits(sets.EXAM) == {0, 5} and digits(sets.CHOOSE) == {3}
    assert digits(sets.LEARN) == {1, 2, 4, 6, 7, 8, 9}


def test_the_sides_of_the_congress_go_by_the_sorted_names():
    names = [photo.published_name for photo in sets.portrait_photos(sets.CONGRESS)]
    assert names == sorted(names)
    for side, place in ((sets.EXAM, 0), (sets.CHOOSE, 5)):
        photos = sets.portrait_photos(sets.CONGRESS, side)
        assert [photo.published_name for photo in photos] == names[place::10]


def test_the_addresses_do_not_change_under_the_book():
    places = {
        sets.CC0: "https://cdn.jsdelivr.net/gh/faker-js/assets-person-portrait@63aef57/",
        sets.CONGRESS: "https://raw.githubusercontent.com/CivilServiceUSA/us-house/"
        "abf6d4d9b5332603b35760462ba2cdaa25a6fb56/",
    }
    for name, place in places.items():
        assert all(photo.url.startswith(place) for photo in sets.portrait_photos(name))


@pytest.fixture(params=COUNTS)
def shared_set(request, tmp_path, monkeypatch):
    """Un conjunto de retratos, con sus direcciones llevadas a un servidor de esta máquina."""
    name = request.param
    if not (SHARED / name).is_dir():
        pytest.skip(f"pide shared/{name}")
    # De la dirección queda lo que hay a partir de la carpeta que está en shared/.
    depth = {sets.CC0: 3, sets.CONGRESS: 2}[name]
    with serving(SHARED / name) as server:
        monkeypatch.setattr(
            sets,
            "read_annotations",
            lambda path: (
                [
                    Photo("/".join([server.address, *photo.url.split("/")[-depth:]]), photo.boxes)
                    for photo in read_annotations(path)[0][:12]
                ],
                [],
            ),
        )
        monkeypatch.setattr("pooch.os_cache", lambda name: str(tmp_path / "cache"))
        yield name


def test_a_set_of_portraits_is_downloaded_once_and_cropped(shared_set, tmp_path):
    assert sets.portrait_set(tmp_path / "caras", shared_set) == 12
    sizes = {Image.open(face).size for face in (tmp_path / "caras").glob("*.png")}
    assert len(names(tmp_path / "caras")) == 12 and sizes == {(256, 256)}
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.jpg")}
    files = sets.portrait_files(shared_set, sets.EXAM)
    assert set(files) < set(before)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    for (name, image, (x, y, width)), path in zip(
        sets.portraits(shared_set, sets.EXAM), files, strict=True
    ):
        assert name == path.name and image.shape == (1024, 1024, 3)
        assert x - width / 2 > 0 and x + width / 2 < 1024 and 0 < y < 1024


def test_of_the_sides_not_asked_for_no_portrait_is_looked_at(monkeypatch):
    looked: list[Photo] = []

    def download(photos, folder):
        looked.extend(photos)
        return DownloadReport()

    monkeypatch.setattr(sets, "download_photos", download)
    sets.portrait_files(sets.CONGRESS, sets.EXAM)
    assert looked == sets.portrait_photos(sets.CONGRESS, sets.EXAM)


def test_without_network_a_set_of_portraits_says_so(tmp_path, monkeypatch):
    lost = {photo.url: "no responde" for photo in sets.portrait_photos(sets.CC0)}
    monkeypatch.setattr(sets, "download_photos", lambda *_: DownloadReport(lost=lost))
    with pytest.raises(UserError, match="comprueba tu conexión"):
        sets.portrait_set(tmp_path / "caras", sets.CC0)


@pytest.fixture
def sklearn(tmp_path, monkeypatch):
    """Un scikit-learn de mentira que «descarga» tres fotos de dos personas."""

    def fetch_lfw_people(min_faces_per_person, resize):
        for name in ["Ana_Ruiz/Ana_Ruiz_0001", "Ana_Ruiz/Ana_Ruiz_0002", "Li/Li_0001"]:
            path = tmp_path / f"lfw_home/lfw_funneled/{name}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (250, 250), "green").save(path)

    module = types.ModuleType("sklearn.datasets")
    module.fetch_lfw_people = fetch_lfw_people
    module.get_data_home = lambda: str(tmp_path)
    monkeypatch.setitem(sys.modules, "sklearn", types.ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
    return module


def test_lfw_keeps_each_person_together(sklearn, tmp_path):
    assert sets.lfw_set(tmp_path / "caras") == 3
    assert names(tmp_path / "caras") == [
        "Ana_Ruiz_cara1.png",
        "Ana_Ruiz_cara2.png",
        "Li_cara1.png",
    ]


def test_lfw_without_network_or_without_sklearn_says_what_to_do(sklearn, tmp_path, monkeypatch):
    def fail(**_):
        raise OSError("sin red")

    monkeypatch.setattr(sklearn, "fetch_lfw_people", fail)
    with pytest.raises(UserError, match="comprueba tu conexión"):
        sets.lfw_set(tmp_path / "caras")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UserError, match="pip install scikit-learn"):
        sets.lfw_set(tmp_path / "caras")


@pytest.fixture
def historico(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "experiments")
    return importlib.import_module("historico")


def test_the_shorter_side_of_a_box_is_in_pixels_of_its_photo(tmp_path, historico):
    def box(x0, y0, x1, y1):
        points = [{"x": x0, "y": y0}, {"x": x1, "y": y1}]
        return {"points": points, "imageWidth": 400, "imageHeight": 200}

    boxes = [box(0.5, 0.5, 0.25, 1), box(0, 0, 0.1, 1)]
    lines = [{"annotation": boxes}, {"annotation": None}]
    path = tmp_path / "caras.json"
    path.write_text("\n".join(map(json.dumps, lines)))
    assert historico.shorter_sides(path) == [40, 100]


def test_the_stored_sides_are_1132_in_order():
    sides = sets.historic_sides()
    assert sides.shape == (1132,) and (np.diff(sides) >= 0).all() and sides[0] > 0


@pytest.mark.skipif(not HISTORIC.is_file(), reason="pide shared/face_detection.json")
def test_the_stored_sides_are_those_of_the_historic_file(historico):
    assert historico.shorter_sides(HISTORIC) == sets.historic_sides().tolist()
