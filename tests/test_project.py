"""El repositorio consigo mismo: direcciones, dependencias, cuadernos y lo que promete el README."""

import ast
import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from operator import attrgetter
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml
from PIL import Image
from places import ADDRESS, NOTEBOOKS, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEIGHBOURS = {"junyanz/pytorch-CycleGAN-and-pix2pix", "rom1504/img2dataset"}
"""Otros proyectos a los que el libro enlaza."""
BINARY = (".png", ".jpg", ".webp", ".onnx", ".h5", ".mo")


def tracked_text() -> dict[str, str]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    texts = {}
    for name in filter(None, names):
        if (ROOT / name).is_file() and not name.endswith(BINARY):
            texts[name] = (ROOT / name).read_text()
    return texts


def code_cells(path: Path):
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def test_every_copy_of_the_address_is_the_one_in_pyproject():
    owner_and_name = ADDRESS.removeprefix("https://github.com/")
    pattern = re.compile(r"github(?:\.com)?/([\w.-]+/[\w.-]+?)(?:\.git)?(?=[/\"'\s)>\]]|$)")
    strangers = {
        (name, match)
        for name, text in tracked_text().items()
        for match in pattern.findall(text)
        if match not in {owner_and_name, *NEIGHBOURS}
        and not name.startswith("tests/")
        and Path(name).name != "package-lock.json"
    }
    assert strangers == set()


def test_conda_and_pyproject_ask_for_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert "python=3.12" in environment["dependencies"]
    (pip,) = (item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    named = dict(re.match(r"([\w-]+)(.*)", line).groups() for line in pip if line[0] != "-")
    prescribed = {
        "jupyter-book", "tensorflow", "matplotlib", "ipywidgets", "pillow", "numpy", "nbval"
    }  # fmt: skip
    assert set(named) == prescribed
    every = PROJECT["dependencies"] + [
        line.split(";")[0].strip()
        for extra in PROJECT["optional-dependencies"].values()
        for line in extra
    ]
    asked = dict(re.match(r"([\w-]+)(?:\[[^]]*\])?(.*)", line).groups() for line in every)
    assert named == {name: asked[name] for name in named}
    extras = re.fullmatch(r"-e \.\[(.+)\]", next(line for line in pip if line[0] == "-"))[1]
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])


def test_the_core_names_no_tensorflow_so_that_colab_reinstalls_nothing():
    assert not [line for line in PROJECT["dependencies"] if "tensorflow" in line]


def test_fixed_versions_carry_no_address_and_cover_every_dependency():
    text = (ROOT / "requirements.txt").read_text()
    assert "://" not in text and "--" not in text
    pinned = {re.split(r"[=\[]", line)[0].lower() for line in text.split() if "==" in line}
    for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]:
        assert re.match(r"[\w-]+", line)[0].lower() in pinned


def test_the_book_lists_every_notebook_and_every_page():
    toc = yaml.safe_load((ROOT / "book/_toc.yml").read_text())
    listed = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    pages = [path.with_suffix("") for path in NOTEBOOKS + sorted((ROOT / "book").glob("*.md"))]
    assert sorted(listed) == sorted(str(page.relative_to(ROOT)) for page in pages)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_stored_clean(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    exempt = [
        cell
        for cell in cells
        if {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", []))
    ]
    assert len(exempt) <= len(cells) / 5
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs and not [o for o in outputs if o.output_type == "error"]
    for cell in cells:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                assert len(cell.metadata["mystnb"]["image"]["alt"]) > 30
    assert not re.search(r"/(home|root|tmp|work)/", path.read_text())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_opens_in_colab(path):
    cells = nbformat.read(path, 4).cells
    address = ADDRESS.removeprefix("https://github.com")
    relative = path.relative_to(ROOT).as_posix()
    link = (
        f"[Abrir en Colab](https://colab.research.google.com/github{address}/blob/main/{relative})"
    )
    assert link in cells[0].source
    first = next(cell for cell in cells if cell.cell_type == "code")
    assert 'if "google.colab" in sys.modules:' in first.source
    assert f"%pip install -q git+{ADDRESS}@v{PROJECT['version']}\n" in first.source + "\n"


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("*.md")), ids=lambda path: path.stem)
def test_what_a_page_imports_exists_and_has_what_is_asked_of_it(path):
    for block in re.findall(r"^```python\n(.*?)^```$", path.read_text(), re.DOTALL | re.M):
        nodes, imported = list(ast.walk(ast.parse(block))), {}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module.startswith("pix2pix_lib"):
                module = importlib.import_module(node.module)
                imported |= {alias.name: getattr(module, alias.name) for alias in node.names}
        for chain in (ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)):
            name, _, attributes = chain.partition(".")
            if name in imported:
                attrgetter(attributes)(imported[name])


def test_the_readme_keeps_its_promises():
    text = (ROOT / "README.md").read_text()
    assert text.index("![") < text.index("make libro") < text.index("make test")
    for path in NOTEBOOKS:
        assert f"blob/main/notebooks/{path.name})" in text
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("code", [0, 3])
def test_ci_runs_make_test_and_ends_as_it_does(tmp_path, code):
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\npwd > "{tmp_path}/where"\necho "$@"\nexit {code}\n')
    make.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    run = subprocess.run(
        [ROOT / ".ci/run"], cwd=tmp_path, env={"PATH": path}, capture_output=True, text=True
    )
    assert (run.stdout, run.returncode) == ("test\n", code)
    assert (tmp_path / "where").read_text().strip() == str(ROOT)


def test_every_action_is_fixed_by_its_digest_with_its_version_beside():
    text = (ROOT / ".github/workflows/libro.yml").read_text()
    uses = re.findall(r"uses: (.+)", text)
    assert len(uses) >= 4
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", use) for use in uses)


INSTALLED = """
import pix2pix_lib
from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.teaching.records import load_records
from pix2pix_lib.evaluation.results import PORTRAITS, load_result
from pix2pix_lib.training.runs import shipped_run
print(pix2pix_lib.__path__[0])
print(len(load_masks()), len(load_result(PORTRAITS[0]).photos), len(load_records("fuga")))
print(shipped_run().steps)
"""


def test_the_wheel_carries_its_masks_results_network_and_texts(tmp_path):
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(pip, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "instalada"
    zipfile.ZipFile(wheel).extractall(installed)
    photo = np.full((240, 240, 3), 120, np.uint8)
    photo[100:110, 60:180] = (255, 0, 255)
    Image.fromarray(photo).save(tmp_path / "foto.png")
    options = {
        "cwd": tmp_path,
        "env": {**os.environ, "PYTHONPATH": str(installed)},
        "capture_output": True,
        "text": True,
    }
    run = subprocess.run([sys.executable, "-c", INSTALLED], **options)
    place, *counts = run.stdout.split()
    assert place == str(installed / "pix2pix_lib")
    masks, strokes, variants, steps = map(int, counts)
    assert masks == len(list((ROOT / "masks").glob("*.png"))) and strokes > 100 and variants == 2
    assert steps == 1600
    order = [sys.executable, "-m", "pix2pix_lib", "restaurar"]
    assert subprocess.run([*order, "foto.png", "--salida", "limpias"], **options).returncode == 0
    clean = np.asarray(Image.open(tmp_path / "limpias/foto.png"))
    assert np.abs(clean.astype(int) - 120).max() < 25
    assert "falta:" in subprocess.run(order, **options).stderr


def test_every_place_says_the_same_version():
    version = PROJECT["version"]
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}\n" in (ROOT / "CHANGELOG.md").read_text()
    assert f'{ADDRESS}@v{version}"' in (ROOT / "tools/plantilla.ipynb").read_text()


def test_every_work_that_is_cited_is_in_the_bibliography():
    bibliography = (ROOT / "book/references.bib").read_text(encoding="utf-8")
    cited = {
        work
        for path in [*NOTEBOOKS, *(ROOT / "book").glob("*.md")]
        for work in re.findall(
            r"(?:arxiv\.org/abs/|doi\.org/)([^)\s\"\\>]+)", path.read_text(encoding="utf-8")
        )
    }
    assert {work for work in cited if work not in bibliography} == set()
