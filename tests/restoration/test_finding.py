import hashlib
import json

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from pix2pix_lib.__main__ import main
from pix2pix_lib.data import marks
from pix2pix_lib.data.features import upright
from pix2pix_lib.data.marks import MOLE, paint_mark, skin
from pix2pix_lib.data.photos import list_photos, load_faces
from pix2pix_lib.errors import UserError
from pix2pix_lib.model.networks import unet_generator
from pix2pix_lib.recipes import UNet
from pix2pix_lib.restoration import finding
from pix2pix_lib.restoration.faces import find_faces
from pix2pix_lib.restoration.finding import (
    EXTENT,
    FACE,
    FINDER,
    LARGEST,
    SIDE,
    find_marks,
    hole_of,
)
from pix2pix_lib.sources.default_set import default_faces

CHEEKS = [(0.3, 0.62), (0.7, 0.62), (0.5, 0.24), (0.4, 0.9)]
"""Dónde se pintan los lunares, en partes del lado de la cara derecha."""


@pytest.fixture(scope="module")
def spotted():
    """Tres caras del libro con cuatro lunares claros: (original, pintada, marcas) de cada una."""
    cases = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "FAINTEST", 60)
        patch.setitem(marks.SIZES, MOLE, (0.02, 0.025))
        for index, original in enumerate(load_faces(list_photos(default_faces())[13:52:13], 256)):
            matrix = upright(find_faces(original)[0].points, SIDE)
            back, scale = cv2.invertAffineTransform(matrix), np.hypot(*matrix[0, :2])
            photo, painted = original, []
            for x, y in CHEEKS:
                center = tuple(back @ (x * SIDE, y * SIDE, 1))
                rng = np.random.default_rng([index, len(painted)])
                photo, mark = paint_mark(photo, rng, MOLE, center, FACE / scale)
                painted.append(mark)
            cases.append((original, photo, painted))
    return cases


@pytest.fixture(scope="module")
def cleaned(spotted, tmp_path_factory):
    """Una carpeta con la foto pintada, la máscara de lo propuesto y la foto limpia."""
    folder = tmp_path_factory.mktemp("limpiar")
    Image.fromarray(spotted[0][1]).save(folder / "foto.png")
    assert clean(folder, "mascaras", "--solo-mascara") == 0
    assert clean(folder, "limpias") == 0
    return folder


def clean(folder, output, *options, photo="foto.png"):
    order = ["limpiar", folder / photo, "--salida", folder / output, *options]
    return main([str(each) for each in order])


def opened(path):
    return np.asarray(Image.open(path))


def test_the_network_is_the_published_one_and_fits_in_the_page():
    content, card = FINDER.read_bytes(), json.loads(FINDER.with_suffix(".json").read_text())
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    assert card["generador"].pop("architecture") == "unet"
    generator = unet_generator(64, UNet(**card["generador"]))
    assert 1 < len(content) / (2 * generator.count_params()) < 1.06 and len(content) < 4e6


def test_more_than_half_of_the_clear_marks_are_found(spotted):
    found = []
    for _, photo, painted in spotted:
        proposals = find_marks(photo, find_faces(photo))
        hole = hole_of(proposals, photo.shape[:2])
        found += [(mark.where & hole).any() for mark in painted]
        assert all(finding.THRESHOLD < each.chance <= 1 for each in proposals)
        assert all(0 < each.size <= LARGEST for each in proposals)
    assert np.mean(found) > 0.5


def test_threshold_and_largest_only_choose_among_the_same_marks(spotted):
    photo = spotted[0][1]
    faces = find_faces(photo)
    every = find_marks(photo, faces, EXTENT, 1)
    chances = [each.chance for each in every]
    assert len(every) > 4 and chances == sorted(chances, reverse=True)
    threshold, largest = np.median(chances), np.median([each.size for each in every])
    wanted = [each for each in every if each.chance > threshold and each.size <= largest]
    chosen = find_marks(photo, faces, float(threshold), float(largest))
    assert [each[1:] for each in chosen] == [each[1:] for each in wanted]
    assert find_marks(photo, [], EXTENT, 1) == []


def test_only_skin_is_proposed(spotted, monkeypatch):
    _, photo, _ = spotted[0]
    (face, *_) = find_faces(photo)

    class Sure:
        def run(self, names, inputs):
            return [np.ones((1, SIDE, SIDE, 1), np.float32)]

    monkeypatch.setattr(finding, "_finder", Sure)
    monkeypatch.setattr(finding, "MARGIN", 0)
    hole = hole_of(find_marks(photo, [face], largest=1), photo.shape[:2])
    expected = (
        skin(SIDE)[1::3, 1::3].mean() * (SIDE / np.hypot(*upright(face.points, SIDE)[0, :2])) ** 2
    )
    assert hole.sum() == pytest.approx(expected, rel=0.1)
    for x, y in np.rint(face.points[:4]).astype(int):
        assert not hole[y, x]


def test_a_face_and_its_reflection_get_the_same_answer():
    seen = np.random.default_rng(0).uniform(-1, 1, (SIDE, SIDE, 3)).astype(np.float32)
    chances = finding._chances(seen)
    np.testing.assert_allclose(finding._chances(seen[:, ::-1]), chances[:, ::-1], atol=1e-6)


@pytest.mark.parametrize("scale", [0.3, 1.0, 7.0])
def test_a_mark_of_one_pixel_comes_back_to_its_place(scale):
    angle = 0.4
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    center = np.array([60.0, 45.0])
    matrix = np.column_stack([turn, [320.0, 300.0] - turn @ center])
    mark = np.zeros((SIDE, SIDE), bool)
    mark[300, 320] = True
    rows, columns = finding.bring_back(mark, matrix, (80, 100))
    assert len(rows) and np.abs([rows.mean() - 45, columns.mean() - 60]).max() < 1
    reach = max(1, finding.MARGIN * SIDE / scale)
    assert np.hypot(rows - 45, columns - 60).max() < reach + 1.5 / min(1, scale)
    assert not len(finding.bring_back(mark, matrix, (20, 20))[0])


@pytest.mark.parametrize("numbers", [(0.3, 0.05), (1.2, 0.05), (0.9, -1), (0.9, 2), ("0.9", 0.05)])
def test_what_makes_no_sense_gets_one_sentence(spotted, numbers):
    with pytest.raises(UserError, match="no vale para (threshold|largest)"):
        find_marks(spotted[0][1], [], *numbers)


def test_a_damaged_network_gets_one_sentence(spotted, tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "FINDER", tmp_path / "finder.onnx")
    finding._finder.cache_clear()
    with pytest.raises(UserError, match="busca imperfecciones.*vuelve a instalar"):
        find_marks(spotted[0][1], find_faces(spotted[0][1]))


def test_the_marks_go_and_outside_not_a_pixel_changes(spotted, cleaned):
    original, photo, painted = spotted[0]
    after, hole = (
        opened(cleaned / "limpias/foto.png"),
        opened(cleaned / "mascaras/foto_mascara.png") == 0,
    )
    assert 0 < hole.mean() < 0.02
    np.testing.assert_array_equal(after[~hole], photo[~hole])
    damage = np.any([mark.where for mark in painted if (mark.where & hole).any()], axis=0)
    before, left = (np.abs(image.astype(int) - original)[damage].mean() for image in (photo, after))
    assert left < 0.4 * before


def test_a_mask_comes_back_in_either_polarity(cleaned, capsys):
    expected = opened(cleaned / "limpias/foto.png")
    inverted = cleaned / "al_reves.png"
    ImageOps.invert(Image.open(cleaned / "mascaras/foto_mascara.png")).save(inverted)
    assert clean(cleaned, "no", "--mascara", inverted) == 1
    assert "--mascara-quita blanco" in capsys.readouterr().err and not (cleaned / "no").exists()
    assert clean(cleaned, "si", "--mascara", inverted, "--mascara-quita", "blanco") == 0
    np.testing.assert_array_equal(opened(cleaned / "si/foto.png"), expected)


def test_what_is_kept_is_never_touched(spotted, cleaned):
    photo = spotted[0][1]
    hole = opened(cleaned / "mascaras/foto_mascara.png") == 0
    count, labels, _, centers = cv2.connectedComponentsWithStats(hole.view(np.uint8))
    assert count > 2
    column, row = np.rint(centers[1]).astype(int)
    keep = np.full(hole.shape, 255, np.uint8)
    keep[row, column] = 0
    Image.fromarray(keep).save(cleaned / "conservar.png")
    assert clean(cleaned, "conservada", "--conservar", cleaned / "conservar.png") == 0
    after = opened(cleaned / "conservada/foto.png")
    # Con tocar una marca basta para que se quede entera.
    np.testing.assert_array_equal(after[labels == 1], photo[labels == 1])
    assert (after != photo)[labels > 1].any()


def test_a_photo_with_nothing_to_remove_comes_back_byte_for_byte(spotted, tmp_path, capsys):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "fotos").mkdir()
    Image.fromarray(np.rot90(spotted[0][1])).save(tmp_path / "fotos/foto.jpg", exif=exif)
    Image.new("RGB", (90, 70), "gray").save(tmp_path / "fotos/gris.png")
    for output, options in [("limpias", []), ("mascaras", ["--solo-mascara"])]:
        assert clean(tmp_path, output, "--tamano-maximo", 0, *options, photo="fotos") == 0
        said = capsys.readouterr().out
        assert "no se ha encontrado nada que quitar" in said
        assert "no se ha encontrado ninguna cara" in said
    for photo in (tmp_path / "fotos").iterdir():
        assert (tmp_path / "limpias" / photo.name).read_bytes() == photo.read_bytes()
        assert opened(tmp_path / f"mascaras/{photo.stem}_mascara.png").min() == 255
    # Y una carpeta de máscaras vacías no quita nada; lo que ya está hecho no se pisa.
    options = ["--mascara", tmp_path / "mascaras"]
    assert clean(tmp_path, "otras", *options, photo="fotos") == 0
    assert (tmp_path / "otras/gris.png").read_bytes() == (tmp_path / "fotos/gris.png").read_bytes()
    assert clean(tmp_path, "otras", *options, photo="fotos") == 1
    assert "ya existe" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [["--umbral", "0.2"], ["--umbral", "x"], ["--tamano-maximo", "3"]]
)
def test_wrong_numbers_are_explained(tmp_path, option, capsys):
    with pytest.raises(SystemExit) as stop:
        clean(tmp_path, "limpias", *option)
    assert stop.value.code == 2 and "pon un número de" in capsys.readouterr().err
