"""Lo guardado es de la red que se reparte, y lo que dice el libro sale de lo guardado."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from places import CC0_PHOTOS, ROOT

from experiments.tablas import TABLES
from pix2pix_lib.errors import UserError
from pix2pix_lib.evaluation import results
from pix2pix_lib.evaluation.baselines import RIVALS
from pix2pix_lib.evaluation.exams import faces_exam, portraits_exam, small_exam
from pix2pix_lib.evaluation.results import (
    FACES,
    NETWORK,
    NO_GRAIN,
    ORIGINAL,
    PORTRAITS,
    SMALL,
    UNTOUCHED,
    WIDE,
    load_result,
)
from pix2pix_lib.recipes import EraseParams
from pix2pix_lib.restoration import faces
from pix2pix_lib.restoration.pretrained import load_pretrained, networks_digest
from pix2pix_lib.restoration.restore import restore_photo
from pix2pix_lib.sources import sets
from pix2pix_lib.teaching.figures import table

PHOTOS = (
    dict.fromkeys(PORTRAITS, 40)
    | dict.fromkeys(FACES, 263)
    | dict(zip(SMALL, (40, 44), strict=True))
    | dict(zip(WIDE, (40, 44, 263), strict=True))
)


@pytest.mark.parametrize("name", PHOTOS)
def test_the_marks_are_those_of_the_network_of_the_book(name):
    record = json.loads(results.result_file(name).read_text())
    methods = record["metodos"]
    extremes = {UNTOUCHED, ORIGINAL} if name in WIDE else set()
    assert methods.keys() == results.judge_scores().keys() | extremes
    assert methods.keys() > {*RIVALS, NETWORK}
    ours = f"{networks_digest()} {faces.DIGEST}"
    versions = {NETWORK: ours, NO_GRAIN: ours, "relleno de partida": faces.DIGEST}
    for method, row in methods.items():
        assert row["version"] == versions.get(method, "1")
        assert {len(values) for values in row["notas"].values()} == {len(record["trazos"]["foto"])}
    assert len(set(record["trazos"]["foto"])) == PHOTOS[name]


@pytest.mark.parametrize("name", [SMALL[1], WIDE[1]])
def test_no_result_names_a_real_person(name):
    assert all(re.fullmatch(r"congreso \d+", photo) for photo in load_result(name).photos)


def test_the_faces_were_counted_with_the_network_that_finds_them():
    record = json.loads(results.FINDING_FILE.read_text())
    assert record["version"] == faces.DIGEST
    for name in ("436 retratos oficiales", "200 retratos CC0", "263 caras por defecto"):
        ours = record["conjuntos"][name]["BlazeFace"]
        assert ours["encontradas"] == ours["caras"] == int(name.split()[0])
        assert ours["repetidas"] + ours["otras"] <= 3


def test_no_size_of_face_got_worse_in_the_group_photos():
    for methods in json.loads(results.FINDING_FILE.read_text())["anchos"].values():
        ours, cascade = methods.values()
        assert all(ours[width][0] >= cascade[width][0] for width in ours)


def test_the_tables_of_the_pages_come_from_the_recorded_marks():
    for name, make in TABLES.items():
        text = (ROOT / f"book/{name}.txt").read_text()
        assert text == table(*make()).data + "\n", f"rehaz «{name}» con experiments.tablas"


def test_a_gain_is_measured_stroke_by_stroke_and_averaged_by_photo():
    result = load_result(PORTRAITS[0])
    values = np.where(result.photos == result.photos[0], 5.0, 1.0)
    assert np.unique(result.by_photo(values), return_counts=True)[1].tolist() == [39, 1]


def test_a_lost_result_gets_one_sentence():
    with pytest.raises(UserError, match="experiments examen"):
        load_result("retratos, de cera")


@pytest.fixture
def blank_portraits(monkeypatch, tmp_path):
    """Los retratos de examen de un conjunto, en blanco: para los trazos basta con sus cajas."""
    monkeypatch.setattr(sets, "download_portraits", lambda *_: tmp_path)
    monkeypatch.setattr(sets, "open_photo", lambda path: Image.new("RGB", (1024, 1024)))
    return lambda name: list(sets.portraits(name, sets.EXAM))


def recorded_strokes(name):
    return json.loads(results.result_file(name).read_text())["trazos"]


def test_the_strokes_of_the_portraits_are_the_recorded_ones(blank_portraits, masks):
    strokes = portraits_exam(blank_portraits(sets.CC0), masks).strokes()
    assert all(recorded_strokes(name) == strokes for name in PORTRAITS)


@pytest.mark.parametrize(("name", "source"), [*zip(SMALL, (sets.CC0, sets.CONGRESS), strict=True)])
def test_the_strokes_of_the_small_photos_are_the_recorded_ones(
    blank_portraits, masks, name, source
):
    strokes, recorded = small_exam(blank_portraits(source), masks).strokes(), recorded_strokes(name)
    assert (strokes["clase"], strokes["pixeles"]) == (recorded["clase"], recorded["pixeles"])


@pytest.mark.parametrize(("name", "scale"), [*zip(FACES, ((1, 2), (1, 5), (3, 5)), strict=True)])
def test_the_holes_of_the_faces_are_the_recorded_ones(masks, name, scale):
    blank = np.zeros((PHOTOS[name], sets.FACE_SIDE, sets.FACE_SIDE, 3), np.uint8)
    exam = faces_exam(blank, masks, EraseParams(scale=scale), seed=7)
    assert exam.strokes() == recorded_strokes(name)


def repeats_the_marks(exam, name):
    """Si cada método saca en los primeros trazos de un examen lo que se guardó."""
    network = load_pretrained()
    methods = RIVALS | {
        NETWORK: lambda *painted_and_hole: restore_photo(network, *painted_and_hole)
    }
    for title in methods.keys() - {"PatchMatch"}:
        marks, recorded = exam.score(methods[title]), load_result(name).scores[title]
        for measure, margin in (
            ("psnr", 0.1),
            ("ssim", 0.01),
            ("gradiente", 0.05),
            ("costura", 0.05),
        ):
            first = recorded[measure][: len(marks[measure])]
            np.testing.assert_allclose(
                marks[measure], first, atol=margin, err_msg=f"{title}, {measure}"
            )


def test_who_repeats_the_exam_of_the_faces_gets_the_recorded_marks(default_faces, masks):
    exam = faces_exam(default_faces[:4], masks, EraseParams(scale=(1, 5)), seed=7)
    repeats_the_marks(exam, FACES[1])


@pytest.mark.skipif(not CC0_PHOTOS.is_dir(), reason="pide shared/retratos_cc0")
def test_who_repeats_the_exam_of_the_portraits_gets_the_recorded_marks(
    tmp_path, monkeypatch, masks
):
    first = sets.portrait_photos(sets.CC0, sets.EXAM)[0]
    original = CC0_PHOTOS / "/".join(first.url.split("/")[-3:])
    (tmp_path / first.file_name).write_bytes(original.read_bytes())
    monkeypatch.setattr(sets, "download_portraits", lambda *_: tmp_path)
    exam = portraits_exam([next(sets.portraits(sets.CC0, sets.EXAM))], masks)
    repeats_the_marks(exam, PORTRAITS[0])
