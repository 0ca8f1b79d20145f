import sys
import types

import pytest
from PIL import Image

from pix2pix_lib import sources
from pix2pix_lib.downloads import DownloadReport
from pix2pix_lib.errors import UserError


def names(folder):
    return sorted(path.name for path in folder.glob("*.png"))


def test_the_small_set_is_exported_as_square_pngs(tmp_path, monkeypatch):
    (tmp_path / "fotos").mkdir()
    for index in range(3):
        Image.new("RGB", (20, 30), "red").save(tmp_path / f"fotos/{index}.webp")
    monkeypatch.setattr(sources, "default_faces", lambda: tmp_path / "fotos")
    assert sources.small_set(tmp_path / "caras") == 3
    assert names(tmp_path / "caras") == ["0.png", "1.png", "2.png"]
    assert Image.open(tmp_path / "caras/0.png").size == (256, 256)


def test_the_cc0_set_has_200_portraits_with_one_face_each():
    photos = sources.cc0_photos()
    assert len({photo.file_name for photo in photos}) == 200
    assert all(len(photo.boxes) == 1 for photo in photos)
    assert all(photo.url.startswith("https://cdn.jsdelivr.net/") for photo in photos)


def test_the_cc0_set_is_downloaded_and_cropped(tmp_path, monkeypatch):
    def download(photos, folder):
        folder.mkdir(parents=True)
        for photo in photos[:5]:
            Image.new("RGB", (64, 64), "blue").save(folder / photo.file_name)
        return DownloadReport(got=5, lost={photo.url: "404" for photo in photos[5:]})

    monkeypatch.setattr(sources, "download_photos", download)
    monkeypatch.setattr(sources.pooch, "os_cache", lambda name: str(tmp_path / "cache"))
    assert sources.cc0_set(tmp_path / "caras") == 5
    assert len(names(tmp_path / "caras")) == 5


def test_without_network_the_cc0_set_says_so(tmp_path, monkeypatch):
    lost = {photo.url: "no responde" for photo in sources.cc0_photos()}
    monkeypatch.setattr(sources, "download_photos", lambda *_: DownloadReport(lost=lost))
    with pytest.raises(UserError, match="comprueba tu conexión"):
        sources.cc0_set(tmp_path / "caras")


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
    assert sources.lfw_set(tmp_path / "caras") == 3
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
        sources.lfw_set(tmp_path / "caras")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UserError, match="pip install scikit-learn"):
        sources.lfw_set(tmp_path / "caras")
