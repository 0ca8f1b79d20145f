"""Cómo aprende y cómo se examina la red que busca imperfecciones."""

import json

import numpy as np
import pytest

from experiments import buscador, marcas
from pix2pix_lib.evaluation import found_marks
from pix2pix_lib.restoration.finding import Proposal

SIDE = 64


@pytest.fixture
def marked(tmp_path, monkeypatch):
    """Un retrato con un lunar seguro, una mancha dudosa y una peca."""
    rows = [
        [0.25, 0.25, 0.1, 0.1, "lunar", 1],
        [0.75, 0.25, 0.1, 0.1, "mancha", 0],
        [0.25, 0.75, 0.1, 0.1, "peca", 1],
    ]
    path = tmp_path / "marcas.json"
    path.write_text(json.dumps({"alguien.jpg": rows}))
    monkeypatch.setattr(buscador, "MARKED", path)
    return marcas.real_marks(path)["alguien.jpg"]


def test_what_is_sure_is_a_mark_and_doubts_and_freckles_are_not_known(marked):
    known = buscador.label("alguien.jpg", SIDE)
    assert known[16, 16] == buscador.MARK
    assert known[16, 48] == known[48, 16] == buscador.DOUBT
    assert known[48, 48] == buscador.SKIN
    # Hasta dónde llega una marca no se sabe con exactitud.
    assert known[16, 16 + 5] == buscador.DOUBT


def test_nothing_is_learnt_where_there_is_doubt():
    label = np.full((1, 8, 8, 1), buscador.SKIN, np.float32)
    label[0, 2, 2], label[0, 5, 5] = buscador.MARK, buscador.DOUBT
    painted = np.full((1, 8, 8, 3), -0.5, np.float32)
    base = float(buscador.loss(label, painted))
    for place, is_known in (((2, 2), True), ((5, 5), False), ((7, 7), True)):
        changed = painted.copy()
        changed[0, *place] = 0.9
        assert (float(buscador.loss(label, changed)) != base) == is_known


def test_a_mark_is_touched_by_what_falls_in_it(marked):
    mole, *_ = marked
    assert mole.is_sure and mole.touches(np.array([0.9, 0.28]), np.array([0.9, 0.25]))
    assert not mole.touches(np.array([0.35]), np.array([0.25]))


def proposal(row, column, chance):
    return Proposal((np.array([row]), np.array([column])), chance, 0.01)


def test_each_mark_takes_the_surest_that_touches_it_and_the_rest_is_extra():
    where = np.zeros((9, 9), bool)
    where[2:4, 2:4] = True
    marks = [
        marcas.Painted("lunar", 30.0, where, where),
        marcas.Painted("pelo", 30.0, where[::-1], where[::-1]),
    ]
    found = [proposal(2, 2, 0.6), proposal(3, 3, 0.8), proposal(0, 8, 0.9)]
    chances, extra = marcas.compare(found, marks)
    assert chances == [0.8, 0] and extra == found[2:]


def test_marks_are_painted_on_the_skin_of_the_face_alone():
    points = np.array([[150, 160], [250, 160], [200, 220], [200, 265], [100, 180], [300, 180]])
    face = marcas.Face(200.0, 210.0, 220.0, 0.9, points.astype(float))
    photo = np.full((420, 400, 3), 150, np.uint8)
    painted, marks = marcas.paint_on(photo, face, ["lunar"] * 12, np.random.default_rng(0))
    changed = (painted != photo).any(-1)
    assert len(marks) == 12 and np.array_equal(changed, np.any([m.touched for m in marks], axis=0))
    rows, columns = np.nonzero(changed)
    assert (np.hypot(columns - 200, rows - 220) < 260).all() and not changed[155:165, 148:152].any()


@pytest.fixture
def record(monkeypatch):
    """Un examen con tres marcas claras y una tenue en dos fotos."""
    part = {
        "luz": [40.0, 70.0],
        "marcas": {
            "foto": [0, 0, 1, 1],
            "clase": ["lunar", "pelo", "lunar", "lunar"],
            "cambio": [30.0, 40.0, 50.0, 8.0],
            "ancho": [0.01, 0.02, 0.03, 0.01],
        },
        "seguridad": {"la red": [0.95, 0.0, 0.8, 0.99]},
        "de más": {"la red": [0.93]},
        "arreglo": {"daño": [10.0] * 4, "queda": [1.0] * 4, "fuera": [0.0, 0.1]},
    }
    clean = {"caras": 4, "de más": [[1, 0.95, 0.01, 0.35, 0.5], [1, 0.6, 0.01, 0.5, 0.1]]}
    rows = [[0, "lunar", True, True, 0.95], [0, "mancha", False, False, 0.2]]
    whole = {
        "umbral": 0.9,
        "retratos": part,
        "copias": part,
        "retratos CC0 sin pintar": clean,
        "las caras del libro": clean,
        "de verdad": {
            "caras": 2,
            "señaladas": {"una vez": rows, "la otra": rows},
            "de más": [[0, 0.92, 0.01, 0.5, 0.2]],
        },
    }
    monkeypatch.setattr(found_marks, "_record", lambda side: whole)


def test_fewer_are_found_if_less_can_be_wrong(record):
    exam = found_marks.load_marks()
    assert exam.found(found_marks.threshold_for(0.5)).startswith("0.67")
    assert exam.found(found_marks.threshold_for(0)).startswith("0.33")
    assert exam.more(found_marks.threshold_for(0)) == 0


def test_the_tables_count_what_passes_the_threshold(record):
    rows = {name: cells for name, *cells in found_marks.found_table()[1]}
    assert rows["lunar"][0] == "2" and rows["lunar"][1].startswith("0.50")
    assert rows["todas"][2] == "1" and rows["todas"][3].startswith("1.00")
    clean = dict((name, cells) for name, *cells in found_marks.clean_table()[1])
    assert clean["propuestas por cara"] == ["0.25", "0.25"]
    assert clean["junto a un ojo"] == ["0.25", "0.25"] and clean["la frente"] == ["0.00", "0.00"]
    summary = dict((name, cells) for name, *cells in found_marks.summary_table()[1])
    assert summary["claras encontradas, y de más por foto"][0].endswith(", 0.5")
    assert summary["arreglado"][0].startswith("90") and summary["fuera (niveles)"][0] == "0.050"
    assert summary["con el que dejaba 2"][0].startswith("0.67")
    real = found_marks.real_table()[1]
    assert real[0][1].strip() == "1" and real[-1][-1] == "0.5"
    assert real[0][2].startswith("100") and real[0][-1].startswith("100")
