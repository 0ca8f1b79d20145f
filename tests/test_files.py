import errno
import os
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from places import ROOT

from pix2pix_lib.errors import UserError, reason
from pix2pix_lib.files import claim_folder, write_whole
from pix2pix_lib.sources.parallel import in_parallel


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a/b/nota.txt"
    write_whole(path, b"uno")
    write_whole(path, b"dos")
    assert path.read_bytes() == b"dos" and list(path.parent.iterdir()) == [path]


def test_a_failed_write_keeps_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "nota.txt"
    write_whole(path, b"uno")

    def fail(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(UserError, match="No se puede escribir"):
        write_whole(path, b"dos")
    assert path.read_bytes() == b"uno" and list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_the_disk_allows_is_written_and_a_longer_one_is_named(tmp_path):
    longest = tmp_path / f"{'a' * 251}.png"
    write_whole(longest, b"uno")
    assert list(tmp_path.iterdir()) == [longest]
    with pytest.raises(UserError, match="nombre tan largo: acorta"):
        write_whole(tmp_path / f"{'a' * 252}.png", b"uno")


def test_a_full_disk_keeps_what_was_whole_and_says_what_to_do(small_disk):
    write_whole(small_disk / "buena.bin", b"x" * 30_000)
    with pytest.raises(UserError, match="lleno: libera espacio"):
        write_whole(small_disk / "grande.bin", b"x" * 60_000)
    assert [path.name for path in small_disk.iterdir()] == ["buena.bin"]


def test_a_folder_belongs_to_one_result(tmp_path):
    claim_folder(tmp_path / "salida", {"tamano": 256})
    claim_folder(tmp_path / "salida", {"tamano": 256})
    with pytest.raises(UserError, match="otros ajustes"):
        claim_folder(tmp_path / "salida", {"tamano": 64})
    (tmp_path / "ajena").mkdir()
    (tmp_path / "ajena/foto.png").touch()
    with pytest.raises(UserError, match="ya tiene archivos"):
        claim_folder(tmp_path / "ajena", {"tamano": 256})


def test_a_write_cut_short_does_not_spoil_the_folder_and_is_cleaned_up(tmp_path):
    fresh, old = tmp_path / ".parcial.a.ajustes.json", tmp_path / ".parcial.b.cara.png"
    for path in (fresh, old):
        path.write_text("{")
    os.utime(old, (0, 0))
    claim_folder(tmp_path, {"tamano": 256})
    claim_folder(tmp_path, {"tamano": 256})
    assert fresh.exists() and not old.exists()


def test_a_folder_that_is_refused_is_not_touched(tmp_path):
    old = tmp_path / ".parcial.b.cara.png"
    for path in (old, tmp_path / "ajena.txt"):
        path.write_text("{")
        os.utime(path, (0, 0))
    with pytest.raises(UserError, match="ya tiene archivos"):
        claim_folder(tmp_path, {"tamano": 256})
    assert old.exists()


def test_what_the_system_says_is_said_in_spanish(tmp_path):
    for code in (errno.EACCES, errno.ENOENT, errno.ENOSPC, errno.EROFS, errno.ENAMETOOLONG):
        assert reason(OSError(code, os.strerror(code))) != os.strerror(code)
    assert reason(OSError(99999, "Strange")) == "Strange"
    sources = (ROOT / "pix2pix_lib").rglob("*.py")
    speakers = [path.name for path in sources if ".strerror" in path.read_text()]
    assert speakers == ["errors.py"]


def test_a_planted_link_leads_nowhere(tmp_path, monkeypatch):
    outside = tmp_path / "ajeno.txt"
    outside.write_text("no me toques")
    folder = tmp_path / "salida"
    folder.mkdir()
    monkeypatch.setattr(secrets, "token_hex", lambda count: "0" * 2 * count)
    (folder / ".parcial.00000000.foto.png").symlink_to(outside)
    with pytest.raises(UserError):
        write_whole(folder / "foto.png", b"pixeles")
    assert outside.read_text() == "no me toques" and not (folder / "foto.png").exists()


def test_writers_of_one_file_leave_one_of_theirs_whole(tmp_path):
    contents = [bytes([value]) * 200_000 for value in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_whole(tmp_path / "a.bin", content), contents * 5))
    assert (tmp_path / "a.bin").read_bytes() in contents
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_results_come_in_order():
    assert list(in_parallel(str.upper, list("abcdefghij") * 5, "prueba", "letra")) == list(
        "ABCDEFGHIJ" * 5
    )


def end_yourself(job):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_killed_by_the_system_is_one_sentence():
    with pytest.raises(UserError, match="ha cerrado uno de los procesos"):
        list(in_parallel(end_yourself, [1, 2], "prueba", "número"))


def test_an_error_in_one_task_reaches_the_caller():
    with pytest.raises(ValueError):
        list(in_parallel(int, ["1", "dos", "3"], "prueba", "número"))
