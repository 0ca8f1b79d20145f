"""La línea de órdenes, de punta a punta, y lo que pasa cuando la matan a mitad."""

import functools
import gettext
import hashlib
import http.server
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest.mock import ANY, Mock

import numpy as np
import pytest
from babel.messages.pofile import read_po
from PIL import Image
from places import CC0_PHOTOS

from pix2pix_lib.__main__ import main
from pix2pix_lib.cli import LOCALE, ORDERS
from pix2pix_lib.data.photos import list_photos, split_by_photo
from pix2pix_lib.errors import STOPPED, UserError

SPANISH = LOCALE / "es/LC_MESSAGES/argparse.mo"
KILLS = int(os.environ.get("PIX2PIX_MUERTES", "8"))
"""Veces que se para o se mata una orden; para muchas, `PIX2PIX_MUERTES=300 pytest tests`."""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(folder: Path) -> str:
        handler = functools.partial(QuietHandler, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        # A quien se para a medias, el servidor no puede acabar de contestarle.
        server.handle_error = lambda *details: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture
def album(tmp_path, serve):
    """Doce fotos servidas en localhost y su archivo de anotaciones."""
    folder = tmp_path / "publicadas"
    folder.mkdir()
    rng = np.random.default_rng(0)
    lines = []
    address = serve(folder)
    for index in range(12):
        pixels = rng.integers(0, 256, (40, 50, 3), np.uint8)
        photo = Image.fromarray(pixels).resize((300, 240))
        photo.save(folder / f"{index}.jpg")
        points = [{"x": 0.2, "y": 0.1}, {"x": 0.7, "y": 0.8}]
        record = {"content": f"{address}/{index}.jpg", "annotation": [{"points": points}]}
        lines.append(json.dumps(record))
    path = tmp_path / "caras.json"
    path.write_text("\n".join(lines))
    return path


def orders(album: Path, folder: Path) -> list[list[str]]:
    photos, faces, pairs = (str(folder / name) for name in ("fotos", "caras", "parejas"))
    return [
        ["descargar", str(album), "--salida", photos],
        ["recortar", str(album), "--fotos", photos, "--salida", faces],
        ["parejas", faces, "--salida", pairs, "--relleno", "magenta"],
    ]


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_from_annotations_to_pairs(album, tmp_path, capsys):
    for order in orders(album, tmp_path / "a"):
        assert main(order) == 0
    out = capsys.readouterr().out
    assert "12 fotos y 12 caras" in out
    assert "12 fotos conseguidas, 0 de antes y 0 perdidas" in out
    assert "12 caras en" in out and "12 ampliadas" in out
    assert "36 parejas en" in out and "30 en train y 6 en test" in out
    train, test = (sorted((tmp_path / f"a/parejas/{side}").iterdir()) for side in ("train", "test"))
    photos = [{path.name.split("_cara")[0] for path in side} for side in (train, test)]
    assert not photos[0] & photos[1]
    for path in train + test:
        pair = np.asarray(Image.open(path))
        assert pair.shape == (256, 512, 3)
        original, erased = pair[:, :256], pair[:, 256:]
        face = np.asarray(Image.open(tmp_path / "a/caras" / f"{path.stem[:-2]}.png"))
        assert np.array_equal(original, face)
        changed = (original != erased).any(axis=-1)
        assert changed.any() and (erased[changed] == (255, 0, 255)).all()
    for order in orders(album, tmp_path / "b"):
        main(order)
    assert contents(tmp_path / "a/parejas") == contents(tmp_path / "b/parejas")


def test_another_seed_gives_other_holes_and_a_used_folder_is_refused(album, tmp_path, capsys):
    for order in orders(album, tmp_path / "a"):
        main(order)
    before = contents(tmp_path / "a/parejas")
    pairs = orders(album, tmp_path / "a")[2]
    assert main([*pairs, "--semilla", "1"]) == 1
    assert "otros ajustes" in capsys.readouterr().err
    assert contents(tmp_path / "a/parejas") == before
    assert main([*pairs[:3], str(tmp_path / "otras"), "--semilla", "1"]) == 0
    assert set(contents(tmp_path / "otras").values()).isdisjoint(set(before.values()))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["descargar", "no_existe.json", "--salida", "x"], "No se puede leer"),
        (["recortar", "no_existe.json", "--fotos", "x", "--salida", "y"], "No se puede leer"),
        (["parejas", "no_existe", "--salida", "x"], "No existe la carpeta"),
        (["caras", "--conjunto", "cc0"], "--salida"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_1(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1 and "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "ORDEN"),
        (["nada"], "elige entre"),
        (["descargar"], "falta:"),
        (["parejas", "a", "--salida", "b", "--relleno", "rojo"], "negro, magenta"),
        (["parejas", "a", "--salida", "b", "--prueba", "2"], "de 0 a 1"),
        (["parejas", "a", "--salida", "b", "--repeticiones", "dos"], "entero"),
        (["parejas", "a", "--salida", "b", "--escala", "uno", "2"], "pon un número"),
        (["parejas", "a", "--escala", "1"], "pide 2 valores"),
        (["restaurar", "a", "--salida", ""], "está vacía"),
        (["restaurar", "a", "--salida"], "le falta el valor"),
        (["restaurar", "--s", "b"], "escríbelo entero"),
        (["restaurar", "a", "--salida", "b", "--nada"], "no se conoce"),
        (["entrenar", "a", "--salida", "b", "--tensorboard=2"], "no lleva valor"),
    ],
)
def test_wrong_arguments_are_explained_in_spanish(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert sentence in capsys.readouterr().err


def test_the_catalogue_is_compiled():
    with SPANISH.with_suffix(".po").open("rb") as file:
        written = {message.id: message.string for message in read_po(file) if message.id}
    with SPANISH.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for text, translation in written.items():
        if isinstance(text, tuple):
            assert tuple(compiled.ngettext(*text, count) for count in (1, 2)) == translation
        else:
            assert compiled.gettext(text) == translation


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_explains_itself_with_an_example(order, capsys):
    with pytest.raises(SystemExit) as end:
        main([order, "--help"])
    text = capsys.readouterr().out
    assert end.value.code == 0 and f"Ejemplo: pix2pix {order}" in " ".join(text.split())


def test_losing_every_photo_is_exit_1_and_losing_some_is_not(album, tmp_path, capsys):
    (tmp_path / "publicadas/3.jpg").unlink()
    assert main(orders(album, tmp_path / "a")[0]) == 0
    assert "1 perdida." in capsys.readouterr().out
    shutil.rmtree(tmp_path / "publicadas")
    assert main(orders(album, tmp_path / "b")[0]) == 1


def test_small_faces_can_leave_nothing_and_it_is_said(album, tmp_path, capsys):
    download, crop, _ = orders(album, tmp_path / "a")
    main(download)
    assert main([*crop, "--lado-minimo", "500"]) == 1
    assert "píxeles: 12 caras." in capsys.readouterr().out


def test_a_full_disk_stops_with_a_sentence_and_the_next_run_goes_on(
    album, tmp_path, small_disk, capsys
):
    download = [*orders(album, tmp_path)[0][:3], str(small_disk / "fotos")]
    assert main(download) == 1
    error = capsys.readouterr().err
    assert "está lleno: libera espacio" in error and "Traceback" not in error
    whole = contents(small_disk / "fotos")
    assert whole and not [name for name in whole if ".parcial" in name]
    main(orders(album, tmp_path / "a")[0])
    assert whole.items() <= contents(tmp_path / "a/fotos").items()


def launch(order: list[str]) -> subprocess.Popen:
    """Da una orden en otro proceso, que escribe una línea en cuanto empieza a atenderla."""
    code = "import sys; from pix2pix_lib.__main__ import main; print(flush=True); sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *order],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    process.stdout.readline()
    return process


def finish(process: subprocess.Popen) -> tuple[int, str]:
    """Espera a un proceso: su código y lo que dijo de sus errores."""
    _, error = process.communicate()
    return process.returncode, error.decode()


def left_running(group: int) -> bool:
    """Si diez segundos después queda vivo algún proceso de un grupo."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


def test_stopped_or_killed_at_any_moment_the_next_run_completes_it_to_the_byte(album, tmp_path):
    painted = tmp_path / "pintada.png"
    photo = np.asarray(Image.open(tmp_path / "publicadas/0.jpg")).copy()
    photo[100:110, 60:180] = (255, 0, 255)
    Image.fromarray(photo).save(painted)

    def every_order(folder):
        restore = ["restaurar", str(painted), "--salida", str(folder / "limpias")]
        return [*orders(album, folder), restore]

    durations = []
    for order in every_order(tmp_path / "tranquila"):
        start = time.monotonic()
        assert finish(launch(order)) == (0, ANY)
        durations.append(time.monotonic() - start)
    expected = contents(tmp_path / "tranquila")
    rng = random.Random(0)
    for kill in range(KILLS):
        folder = tmp_path / f"muerta{kill}"
        for index, order in enumerate(every_order(folder)):
            if index == kill % 4:
                process = launch(order)
                time.sleep(rng.uniform(0, 1) * durations[index])
                number = rng.choice([signal.SIGINT, signal.SIGKILL])
                os.killpg(process.pid, number)
                code, error = finish(process)
                # Si ya había acabado y se estaba cerrando, Python muere por la señal.
                assert code in (0, -number, *[STOPPED] * (number == signal.SIGINT)), error
                assert "Traceback" not in error
                assert not left_running(process.pid)
                for name, digest in contents(folder).items():
                    assert ".parcial" in name or digest == expected[name]
            if order[0] != "restaurar" or not (folder / "limpias/pintada.png").exists():
                assert finish(launch(order)) == (0, ANY)
        found = {
            name: digest for name, digest in contents(folder).items() if ".parcial" not in name
        }
        assert found == expected
        shutil.rmtree(folder)


@pytest.mark.skipif(not CC0_PHOTOS.is_dir(), reason="pide shared/retratos_cc0")
def test_the_cc0_portraits_give_200_faces_and_600_pairs(tmp_path, serve, capsys):
    base = "https://cdn.jsdelivr.net/gh/faker-js/assets-person-portrait@63aef57"
    text = (CC0_PHOTOS / "retratos_cc0.json").read_text()
    assert text.count(base) == 200
    path = tmp_path / "retratos.json"
    path.write_text(text.replace(base, serve(CC0_PHOTOS)))
    for order in orders(path, tmp_path):
        assert main(order) == 0
    out = capsys.readouterr().out
    assert "200 fotos conseguidas" in out and "200 caras en" in out and "600 parejas en" in out
    sizes = {Image.open(face).size for face in (tmp_path / "caras").glob("*.png")}
    assert sizes == {(256, 256)}


def test_train_evaluate_and_restore(tmp_path, faces, capsys):
    pytest.importorskip("tensorflow")
    album = tmp_path / "caras"
    album.mkdir()
    for index, face in enumerate(faces):
        Image.fromarray(face).resize((72, 72)).save(album / f"{index}.png")
    model = str(tmp_path / "modelo")
    train = ["entrenar", str(album), "--salida", model, "--pasos", "100"]
    assert main(train) == 0
    assert "100 pasos" in capsys.readouterr().out
    assert main([*train[:-1], "200"]) == 1
    assert "otros ajustes" in capsys.readouterr().err

    assert main(["evaluar", str(album), "--modelo", model]) == 0
    out = capsys.readouterr().out
    assert "12 caras" in out and "nuestra red" in out and "biarmónica" in out

    painted = np.array(Image.fromarray(faces[0]).resize((90, 120)))
    clean = tmp_path / "limpia.png"
    Image.fromarray(painted).save(clean)
    painted[50:56, 20:60] = (255, 0, 255)
    photo = tmp_path / "foto.png"
    Image.fromarray(painted).save(photo)
    output = tmp_path / "salida"
    restore = ["restaurar", str(photo), str(clean), "--salida", str(output), "--modelo", model]
    assert main(restore) == 1
    captured = capsys.readouterr()
    assert "Fotos restauradas: 1 de 2." in captured.err
    assert "restaurado el 2.22\u202f% de la foto" in captured.out
    assert "limpia.png: No hay nada pintado" in captured.err
    restored = np.asarray(Image.open(output / "foto.png"))
    changed = (restored != painted).any(-1)
    assert changed[50:56, 20:60].all() and changed.sum() == 6 * 40
    assert not (output / "limpia.png").exists()

    before = (output / "foto.png").read_bytes()
    assert main(restore) == 1
    assert "ya existe" in capsys.readouterr().err
    assert (output / "foto.png").read_bytes() == before

    other = ["entrenar", str(album), "--salida", str(tmp_path / "otro"), "--pasos", "100"]
    assert main([*other, "--desde", str(tmp_path / "nada")]) == 1
    assert "no hay un generador" in capsys.readouterr().err
    assert main([*other, "--receta", "mejorada", "--desde", model]) == 1
    assert "no son como las de esta receta" in capsys.readouterr().err
    assert not (tmp_path / "otro").exists()
    assert main([*other, "--desde", model]) == 0
    weights = [tmp_path / name / "generador.weights.h5" for name in ("modelo", "otro")]
    assert weights[0].read_bytes() != weights[1].read_bytes()


def test_six_broken_photos_of_thirty_do_not_stop_a_training(tmp_path, faces, monkeypatch, capsys):
    album = tmp_path / "caras"
    album.mkdir()
    for index in range(30):
        face = faces[index % len(faces)].copy()
        face[0] = index
        Image.fromarray(face).resize((72, 72)).save(album / f"{index}.png")
    _, asked = split_by_photo(list_photos(album))
    for path in asked[:5]:
        path.write_text(f"{path.name} no es una foto")
    seen = []

    def stop(recipe, train_faces, test_faces, *arguments, **options):
        seen.extend(test_faces)
        raise UserError("hasta aquí")

    monkeypatch.setattr("pix2pix_lib.training.loop.train", stop)
    assert main(["entrenar", str(album), "--salida", str(tmp_path / "modelo")]) == 1
    assert len(seen) == len(asked) - 5 and "hasta aquí" in capsys.readouterr().err
    for path in asked:
        path.write_text(f"{path.name} no es una foto")
    assert main(["entrenar", str(album), "--salida", str(tmp_path / "modelo")]) == 1
    assert f"ninguna foto de prueba, de {len(asked)}" in capsys.readouterr().err


def test_ctrl_c_while_restoring_says_what_is_left(tmp_path, monkeypatch, capsys):
    photos = []
    for name in ("uno", "dos", "tres"):
        photos.append(str(tmp_path / f"{name}.png"))
        image = np.full((40, 40, 3), 90, np.uint8)
        image[10:14, 10:20] = (255, 0, 255)
        Image.fromarray(image).save(photos[-1])

    restore = Mock(side_effect=[np.asarray(Image.open(photos[0])), KeyboardInterrupt])
    monkeypatch.setattr("pix2pix_lib.restoration.restore.restore_photo", restore)
    assert main(["restaurar", *photos, "--salida", str(tmp_path / "limpias")]) == STOPPED
    assert "1 foto restaurada y 2 sin hacer" in capsys.readouterr().err


def test_the_names_of_files_do_not_paint_the_terminal(tmp_path, capsys):
    photo = tmp_path / "\x1b[31mroja\u202egpj.png"
    photo.write_bytes(b"no soy una foto")
    assert main(["restaurar", str(photo), "--salida", str(tmp_path / "limpias")]) == 1
    error = capsys.readouterr().err
    assert "\\x1b[31mroja" in error and "\x1b" not in error and "\u202e" not in error


@pytest.mark.parametrize("order", ["evaluar", "restaurar"])
def test_without_a_trained_network_it_says_to_train_first(tmp_path, faces, capsys, order):
    photo = tmp_path / "a.png"
    Image.fromarray(faces[0]).save(photo)
    source = tmp_path if order == "evaluar" else photo
    options = ["--salida", str(tmp_path / "s")] if order == "restaurar" else []
    assert main([order, str(source), "--modelo", str(tmp_path / "nada"), *options]) == 1
    assert "entrena primero" in capsys.readouterr().err


def test_black_strokes_are_found_when_asked(tmp_path):
    photo = np.full((240, 240, 3), 150, np.uint8)
    photo[100:106, 60:180] = 0
    Image.fromarray(photo).save(tmp_path / "foto.png")
    order = ["restaurar", str(tmp_path / "foto.png"), "--salida", str(tmp_path / "limpias")]
    assert main(order) == 1
    assert main([*order, "--color", "negro"]) == 0
    clean = np.asarray(Image.open(tmp_path / "limpias/foto.png")).astype(int)
    assert np.abs(clean - 150).max() < 25


def test_a_mask_of_another_size_is_said(tmp_path, capsys):
    for name, size in (("foto", (240, 240)), ("mascara", (240, 200))):
        Image.new("RGB", size, "white").save(tmp_path / f"{name}.png")
    order = ["restaurar", str(tmp_path / "foto.png"), "--salida", str(tmp_path / "limpias")]
    assert main([*order, "--mascara", str(tmp_path / "mascara.png")]) == 1
    assert "mide 240x200 y la foto, 240x240" in capsys.readouterr().err
    assert not (tmp_path / "limpias").exists()


def test_a_mole_painted_too_tight_is_said(tmp_path, capsys):
    rows, columns = np.mgrid[:240, :240]
    share = 1 / (1 + np.exp(np.minimum(np.hypot(rows - 120, columns - 120) / 3 - 4, 50)))
    Image.fromarray(np.uint8(190 - 120 * share)).save(tmp_path / "foto.png")
    order = ["restaurar", str(tmp_path / "foto.png"), "--mascara", str(tmp_path / "mascara.png")]
    for covered, said in ((0.5, "un cerco alrededor de 1 trazo"), (0.01, "")):
        Image.fromarray(share < covered).save(tmp_path / "mascara.png")
        assert main([*order, "--salida", str(tmp_path / str(covered))]) == 0
        error = capsys.readouterr().err
        assert said in error and ("cerco" in error) == bool(said)


def run_order(*order, stdout=subprocess.PIPE, **environment):
    command = [sys.executable, "-m", "pix2pix_lib", *order]
    environment = {**os.environ, **environment}
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=environment)


def said(result):
    error = result.stderr.decode(errors="replace")
    assert result.returncode == 1 and "Traceback" not in error and "Exception" not in error
    return error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="pide /dev/full")
def test_a_full_output_is_said(tmp_path):
    (tmp_path / "foto.png").touch()
    with Path("/dev/full").open("w") as full:
        assert "la salida" in said(run_order("caras", stdout=full, PIX2PIX_CARAS=str(tmp_path)))


def test_nobody_reading_the_output_is_no_traceback(tmp_path):
    (tmp_path / "foto.png").touch()
    read, write = os.pipe()
    os.close(read)
    result = run_order("caras", stdout=write, PIX2PIX_CARAS=str(tmp_path))
    os.close(write)
    assert said(result) == ""


def test_a_terminal_without_accents_still_gets_the_sentence(tmp_path):
    options = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    error = said(run_order("parejas", "qué", "--salida", str(tmp_path / "a"), **options))
    assert "qu\\xe9" in error


@pytest.mark.parametrize("name", ["x" * 300, "a\udcffb"])
def test_an_impossible_path_is_said(tmp_path, name):
    assert "Error: " in said(run_order("parejas", str(tmp_path), "--salida", f"{tmp_path}/{name}"))


def test_a_name_from_an_old_zip_is_no_traceback(tmp_path):
    faces = tmp_path / "caras"
    faces.mkdir()
    for number in range(2):
        path = faces / os.fsdecode(b"jos\xe9%d.png" % number)  # en Latin-1, que no es UTF-8
        Image.new("RGB", (32, 32), (number, 120, 160)).save(path)
    result = run_order("parejas", str(faces), "--salida", str(tmp_path / "p"))
    assert result.returncode == 0 and len(list((tmp_path / "p").rglob("*.png"))) == 6


def test_an_unknown_backend_is_said(tmp_path):
    error = said(run_order("evaluar", ".", "--modelo", str(tmp_path), KERAS_BACKEND="keras"))
    assert "KERAS_BACKEND" in error


def test_a_ctrl_c_swallowed_by_a_destructor_is_given_again(monkeypatch, capsys):
    class Stubborn:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    def follow(arguments):
        Stubborn()
        time.sleep(5)

    monkeypatch.setattr("pix2pix_lib.cli.follow", follow)
    assert main([]) == STOPPED
    error = capsys.readouterr().err
    assert "Parado" in error and "Traceback" not in error


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.3, 0.6, 1.0, 1.5])
def test_ctrl_c_while_it_starts_is_one_sentence(tmp_path, seconds):
    """Desde que el intérprete atiende a las señales: antes no hay quien responda."""
    code = "import sys; from pix2pix_lib.__main__ import main; print(flush=True); sys.exit(main())"
    order = [sys.executable, "-c", code, "evaluar", str(tmp_path), "--modelo", str(tmp_path)]
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        error = process.stderr.read().decode()
    if process.returncode != 1:  # si no es que ya había acabado, diciendo que falta la red
        assert process.returncode == STOPPED and "Parado" in error
    assert "Traceback" not in error


def test_workers_end_when_their_parent_is_killed(tmp_path):
    code = (
        "import os, time\n"
        "from pix2pix_lib.sources.parallel import in_parallel\n"
        "if __name__ == '__main__':\n"
        "    for _ in in_parallel(time.sleep, [0.01] * 100_000, '', ''): pass\n"
    )
    (tmp_path / "orden.py").write_text(code)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "orden.py")], stderr=subprocess.DEVNULL
    )
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    workers = []
    while len(workers) < 2:
        workers = [
            pid
            for pid in children.read_text().split()
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
    time.sleep(2)
    parent.kill()
    parent.wait()
    for _ in range(100):
        left = [pid for pid in workers if alive(pid)]
        if not left:
            break
        time.sleep(0.1)
    assert not left


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
