"""Lo que se cuenta de los experimentos sale de lo apuntado."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from pix2pix_lib.errors import UserError
from pix2pix_lib.teaching import records
from pix2pix_lib.teaching.records import (
    COLUMNS,
    load_records,
    record_curves,
    record_exams,
    record_faces,
    record_file,
    record_gain,
    record_hours,
    record_lead,
    record_spectra,
    record_table,
)
from pix2pix_lib.writing import NO_BREAK

FACES = 6


def record(variant: str, seed: int, level: float) -> dict:
    rng = np.random.default_rng(seed)
    marks = {
        "psnr": (level + rng.normal(0, 0.1, FACES)).tolist(),
        "gradiente": [level / 100] * (FACES - 1) + [9.0],
    }
    return {
        "variante": variant,
        "semilla": seed,
        "receta": {"training": {"steps": 1000}, "data": {"size": 4}},
        "segundos de CPU": 1800.0,
        "parametros": {"generador": 2000, "discriminador": 3000},
        "mac": {"generador": 4_000_000, "discriminador": 5_000_000},
        "notas": marks,
        "entrenando": {"psnr": [level - 1] * FACES},
        "terceras": {"psnr": [level - 2] * FACES},
        "errores": {"dentro": level, "fuera": 1.04},
        "curva": {
            "100": {"dentro": level, "fuera": 9, "psnr": level},
            "200": {"dentro": level / 2 + seed, "fuera": 8, "psnr": level + seed},
        },
        "espectro": {"red": [1.0, 2.0 + 2 * seed], "original": [1.0, 4.0]},
        "juez": [0.75] * FACES,
        "variedad": [3.0 + seed] * FACES,
    }


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORDS", tmp_path)
    load_records.cache_clear()
    for variant, level in (("peso 10", 30), ("peso 2", 20)):
        for seed in (0, 1):
            path = record_file("prueba", variant, seed)
            path.write_text(json.dumps(record(variant, seed, level)))
            columns = [np.full((2, 4, 4, 3), value, np.uint8) for value in (10, 90, 170, 250)]
            strip = np.concatenate([np.concatenate(column) for column in columns], axis=1)
            Image.fromarray(strip).save(path.with_suffix(".jpg"), quality=100)
    yield
    load_records.cache_clear()


def unbroken(text: str) -> str:
    """Como se escribe una casilla: con espacios que no se parten al final de una línea."""
    return text.replace(" ", NO_BREAK)


def test_variants_come_in_the_order_in_which_one_counts(recorded):
    assert list(load_records("prueba")) == ["peso 2", "peso 10"]


def test_each_column_tells_its_own(recorded):
    header, rows = record_table("prueba", list(COLUMNS))
    table = {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}
    cells = table["peso 10"]
    assert cells["PSNR del hueco (dB)"].startswith(cells["cada semilla"][:2])
    assert cells["gradiente"] == "0.30"
    assert (cells["L1 dentro"], cells["L1 fuera"]) == ("30.0", "1.0")
    assert cells["acierta el juez (%)"] == unbroken("75 (75–75)")
    assert cells["con training=True (dB)"] == unbroken("29.00 (29.00–29.00)")
    assert cells["cambia de una vez a otra"] == "3.5"
    assert (cells["parámetros (miles)"], cells["MAC (millones)"]) == ("5", "9")
    assert cells["ms de CPU por paso"] == "1800"


def test_a_gain_may_be_of_another_exam_or_of_two(recorded):
    gain = record_gain("prueba", "peso 10", "peso 2", part="terceras")
    assert gain == f"{unbroken('+10.00 (+10.00 a +10.00)')} dB"
    both = record_gain("prueba", "peso 10", "peso 10", part="entrenando", base="terceras")
    assert both == f"{unbroken('+1.00 (+1.00 a +1.00)')} dB"


def test_the_hours_are_those_of_every_training(recorded):
    assert record_hours("prueba") == "4 entrenamientos, 2.0 horas de CPU"
    assert record_hours("prueba", "prueba") == "8 entrenamientos, 4.0 horas de CPU"


def test_the_curves_are_the_mean_of_the_seeds(recorded):
    steps, series = record_curves("prueba", "dentro")
    assert steps.tolist() == [100, 200]
    assert series["peso 10"].tolist() == [30, 15.5]


def test_what_one_leads_by_is_the_mean_of_the_last_steps(recorded):
    assert record_lead("prueba", "peso 10", "peso 2", 200) == 10
    assert record_lead("prueba", "peso 10", "peso 10", 1100) == 0


def test_a_table_of_exams_has_a_column_each(recorded):
    header, rows = record_exams("prueba", {"el de siempre": "notas", "con otras caras": "terceras"})
    assert header == ["PSNR del hueco (dB)", "el de siempre", "con otras caras"]
    cells = {row[0]: row[1:] for row in rows}
    assert cells["peso 10"][0] == record_table("prueba")[1][1][1]
    assert cells["peso 10"][1] == unbroken("28.00 (28.00–28.00)")


def test_a_spectrum_is_a_share_of_the_original(recorded):
    assert record_spectra("prueba")["peso 2"].tolist() == [1, 0.75]


def test_the_faces_of_a_strip_come_back(recorded):
    faces = record_faces("prueba", "peso 2")
    assert {name: (face.shape, round(face.mean(), -1)) for name, face in faces.items()} == {
        "borradas": ((2, 4, 4, 3), 10),
        "restauradas": ((2, 4, 4, 3), 170),
        "originales": ((2, 4, 4, 3), 250),
    }


def test_a_file_name_has_no_accents_nor_spaces():
    name = record_file("a", "sin composición, 1 máscara", 0).name
    assert name == "a-sin_composicion_1_mascara-0.json"


def test_a_table_tells_the_mean_of_faces_and_seeds():
    runs = load_records("fuga")["aprende de las primeras"]
    means = [np.mean(run["notas"]["psnr"]) for run in runs]
    _, rows = record_table("fuga")
    (row,) = (row for row in rows if row[0] == "aprende de las primeras")
    assert row[1].startswith(unbroken(f"{np.mean(means):.2f} ("))
    assert row[2] == unbroken(" · ".join(f"{mean:.2f}" for mean in means))


def test_a_table_may_compare_face_by_face_with_one_of_its_variants():
    header, rows = record_table("precision", [], over="float32")
    gain = record_gain("precision", "bfloat16", "float32")
    assert (header, rows) == (["", "gana a float32"], [["bfloat16", gain], ["float32", ""]])


def test_a_gain_is_the_mean_of_the_differences_face_by_face():
    gain = record_gain("precision", "bfloat16", "float32")
    runs = load_records("precision")
    means = [np.mean([run["notas"]["psnr"] for run in runs[name]]) for name in runs]
    names = list(runs)
    difference = means[names.index("bfloat16")] - means[names.index("float32")]
    value, low, high = map(float, re.findall(r"[+-]\d+\.\d+", gain))
    assert value == pytest.approx(difference, abs=0.006) and low < value < high
    nothing = record_gain("precision", "float32", "float32")
    assert nothing == f"{unbroken('+0.00 (+0.00 a +0.00)')} dB"


def test_an_experiment_nobody_has_run_gets_one_sentence():
    with pytest.raises(UserError, match="python -m experiments nada"):
        load_records("nada")
