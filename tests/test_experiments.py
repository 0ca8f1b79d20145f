"""Lo escrito en `experiments/*.toml` se puede repetir, y lo apuntado salió de ahí."""

import dataclasses
import json
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from places import ROOT

from experiments import __main__, variants
from pix2pix_lib.recipes import RAPIDA, vary
from pix2pix_lib.teaching import records
from pix2pix_lib.teaching.records import load_records

NAMES = sorted(path.stem for path in (ROOT / "experiments").glob("*.toml"))


def pages_that_use(name: str) -> list[str]:
    """Las páginas que enseñan lo apuntado de un experimento."""
    codes = {
        path.name: "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
        for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    codes["las de experiments/tablas.py"] = (ROOT / "experiments/tablas.py").read_text()
    asked = re.compile(rf'(record_\w+|load_records)[(,]\s*"{name}"')
    return [page for page, code in codes.items() if asked.search(code)]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recorded_is_what_the_file_asks_for(name):
    pages = pages_that_use(name)
    assert pages, f"ninguna página enseña lo que dio {name}"
    experiment = variants.read_experiment(name)
    wanted = {
        records.record_file(name, variant, seed): variants.recipe_of(experiment, variant, seed)
        for variant in experiment["variantes"]
        for seed in experiment["semillas"]
    }
    bad = [path.name for path, recipe in wanted.items() if not variants.is_done(path, recipe)]
    assert bad == [], f"falta o sobra algo de lo que enseñan {', '.join(pages)}"
    for variant, runs in load_records(name).items():
        wanted_faces = experiment["variantes"][variant].get("caras")
        if isinstance(wanted_faces, int):
            assert {run["caras"] for run in runs} == {wanted_faces}
    stored = set(records.RECORDS.glob(f"{name}-*.json"))
    assert stored == wanted.keys(), f"sobra algo de lo que enseñan {', '.join(pages)}"
    strips = {
        records.record_file(name, variant, experiment["semillas"][0]).with_suffix(".jpg")
        for variant in experiment.get("tiras", [])
    }
    assert set(records.RECORDS.glob(f"{name}-*.jpg")) == strips
    exams = [run["notas"] for runs in load_records(name).values() for run in runs]
    assert len({len(marks["psnr"]) for marks in exams}) == 1


def test_no_file_takes_the_name_of_a_module():
    assert not [name for name in NAMES if (ROOT / f"experiments/{name}.py").exists()]


def write(folder: Path, text: str) -> None:
    (folder / "prueba.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "text, reason",
    [
        ("receta = ", "no es TOML"),
        ('receta = "lenta"\n[variantes.a]', "le falta «receta»"),
        ('receta = "rapida"', "variantes"),
        ('receta = "rapida"\nsemilas = [1]\n[variantes.a]', "semilas"),
        ('receta = "rapida"\n[variantes.a]\ncara = [1, 2]', "cara"),
        ('receta = "rapida"\nexamenes.b = { cars = [1, 2] }\n[variantes.a]', "cars"),
        (
            'receta = "rapida"\nmedidas = ["curva"]\nexamen = [0, 9]\n[variantes.a]',
            "caras para elegir",
        ),
        (
            'receta = "rapida"\nmedidas = ["curva"]\n[variantes.a]\ncaras = [0, 9]',
            "caras para elegir",
        ),
        ('receta = "rapida"\n[variantes.a.ajustes]\nfiltros = 3', "filtros"),
        ('receta = "rapida"\n[variantes.a.ajustes]\ngenerator.norm = "bacth"', "bacth"),
    ],
)
def test_a_file_that_is_not_right_gets_one_sentence(text, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(variants, "HERE", tmp_path)
    write(tmp_path, text)
    monkeypatch.setattr(sys, "argv", ["experiments", "prueba", "--miniatura"])
    assert __main__.main() == 1
    assert reason in capsys.readouterr().err


def test_an_unknown_name_lists_the_known_ones(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["experiments", "fuja"])
    assert __main__.main() == 1
    assert "fuga" in capsys.readouterr().err


def test_each_training_is_recorded_once(tmp_path, monkeypatch):
    photos = tmp_path / "caras"
    photos.mkdir()
    for index, face in enumerate(np.random.default_rng(0).integers(0, 256, (8, 20, 20, 3))):
        Image.fromarray(face.astype(np.uint8)).save(photos / f"{index}.png")
    monkeypatch.setenv("PIX2PIX_CARAS", str(photos))
    monkeypatch.setattr(variants, "HERE", tmp_path)
    write(
        tmp_path,
        """receta = "rapida"
        semillas = [3, 4]
        examen = [0, 2]
        examenes.otras = { caras = [2, 5] }
        examenes."más borradas" = { borrado = { max_masks = 5 } }
        tiras = ["pocas"]
        [ajustes]
        data = { size = 16, load_size = 18, erase = { scale = [2, 3] } }
        generator = { filters = 4, levels = 2 }
        discriminator = "none"
        [variantes.pocas]
        caras = [2, 8]""",
    )
    records = tmp_path / "notas"
    variants.repeat("prueba", tmp_path / "redes", records, miniature=True)
    assert sorted(path.name for path in records.iterdir()) == [
        "prueba-pocas-3.jpg",
        "prueba-pocas-3.json",
    ]
    record = json.loads((records / "prueba-pocas-3.json").read_text())
    assert record["receta"]["data"]["erase"] == {
        **{"max_masks": 2, "scale": [2, 3], "strokes": 0.0, "guesses": 0.0, "noise": False},
        "fill": list(RAPIDA.data.erase.fill),
    }
    assert len(record["notas"]["psnr"]) == 2 and record["semilla"] == 3
    assert record["caras"] == 6
    assert len(record["otras"]["psnr"]) == 3 and len(record["más borradas"]["psnr"]) == 2
    assert record["más borradas"] != record["notas"]
    monkeypatch.setattr(variants, "train", None)
    variants.repeat("prueba", tmp_path / "redes", records, miniature=True)


def test_the_seed_draws_the_faces_and_the_last_are_enlarged():
    experiment = variants.read_experiment("ampliadas")
    name = "188 caras, la mitad ampliadas"

    def faces(variant, seed):
        recipe = variants.recipe_of(experiment, variant, seed)
        return variants.faces_of(experiment, variant, recipe)[0]

    mixed, good, other = faces(name, 1), faces("188 caras", 1), faces("188 caras", 2)
    assert mixed.shape == good.shape == (188, 72, 72, 3)
    assert (mixed[:94] == good[:94]).all() and (good[:94] == faces("94 caras", 1)).all()
    assert (mixed[94:] == variants.enlarged(good[94:])).all()
    assert mixed[94:].std() < good[94:].std() and (good != other).any()


def test_a_record_of_an_older_version_still_counts(tmp_path):
    settings = json.loads(json.dumps(dataclasses.asdict(RAPIDA)))
    del settings["loss"]["r1"]
    (tmp_path / "a.json").write_text(json.dumps({"receta": settings}))
    assert variants.is_done(tmp_path / "a.json", RAPIDA)
    assert not variants.is_done(tmp_path / "a.json", vary(RAPIDA, {"training": {"steps": 100}}))
    assert not variants.is_done(tmp_path / "b.json", RAPIDA)


def test_the_curve_is_drawn_with_the_faces_for_choosing(tmp_path, monkeypatch):
    photos = tmp_path / "caras"
    photos.mkdir()
    for index, face in enumerate(np.random.default_rng(0).integers(0, 256, (20, 20, 20, 3))):
        Image.fromarray(face.astype(np.uint8)).save(photos / f"{index}.png")
    monkeypatch.setenv("PIX2PIX_CARAS", str(photos))
    asked = []
    curve = variants.Curve
    monkeypatch.setattr(
        variants, "Curve", lambda path, exam, x: asked.append(exam) or curve(path, exam, x)
    )
    small = vary(
        RAPIDA,
        {
            "data": {"size": 16, "load_size": 18},
            "generator": {"filters": 4, "levels": 2},
            "discriminator": None,
            "training": {"steps": 100},
        },
    )
    experiment = {"receta": "rapida", "medidas": ["curva"], "variantes": {"una": {}}}
    record, _ = variants.run(experiment, "una", small, tmp_path / "red")
    assert list(record["curva"]) == ["100"] and record["caras"] == 14
    assert (len(asked[0].cases), len(record["notas"]["psnr"])) == (2, 4)
