"""El juego de las parejas, en un navegador de verdad."""

import json
import shutil

import pytest
from browsing import faults_of, needs_chromium, on_a_phone, serving, write_lab_page

from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.evaluation.results import judge_scores
from pix2pix_lib.teaching.guess_which import PAIRS, PICTURES, ROUNDS

pytestmark = needs_chromium

BODY = '<h1>¿Cuál es?</h1><div id="host"><img src="data:," alt="La primera pareja"></div>'

START = f"""
import {{ drawGame, mountGuess }} from "./lab/page/guess_which.js";
window.drawGame = drawGame;
const material = {{ pictures: "{PICTURES.name}", pairs: "{PAIRS.name}" }};
mountGuess(document.querySelector("#host"), material);
document.querySelector("h1").id = "ready";
"""

COUNTS = """
rows => {
  const counts = {};
  for (const { metodo } of drawGame(rows)) counts[metodo] = (counts[metodo] ?? 0) + 1;
  return counts;
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sitio")
    write_lab_page(
        folder, ["explorador.css", "laboratorio.css", "adivina.css"], BODY, START, load_masks()
    )
    shutil.copy(PICTURES, folder)
    shutil.copy(PAIRS, folder)
    with serving(folder) as server:
        yield server


@pytest.fixture
def tab(browser, site):
    with on_a_phone(browser, site.address, "#ready") as tab:
        yield tab


def begin(tab):
    tab.get_by_role("button", name="Empezar").click()
    tab.get_by_text(f"Pareja 1 de {ROUNDS}").wait_for()


def test_nothing_is_asked_for_until_the_reader_begins(tab, site):
    assert not any(PICTURES.name in path for path in site.sent)
    assert tab.get_by_alt_text("La primera pareja").count() == 1
    begin(tab)
    assert any(PICTURES.name in path for path in site.sent)


def test_a_whole_game_ends_with_the_score_beside_the_judges(tab):
    begin(tab)
    right = 0
    for turn in range(ROUNDS):
        tab.keyboard.press(["ArrowLeft", "2"][turn % 2])
        right += tab.locator(".adivina-dice").text_content().startswith("Sí")
    result = tab.locator(".adivina-resultado")
    assert f"Has acertado {right} de {ROUNDS}" in result.text_content()
    assert tab.evaluate("document.activeElement.textContent").startswith("Has acertado")
    rows = [row.split("\t") for row in result.locator("tbody").inner_text().splitlines()]
    assert {row[0] for row in rows} == set(judge_scores())
    assert [sum(int(row[place]) for row in rows) for place in (1, 2)] == [ROUNDS, right]
    tab.keyboard.press("1")
    assert faults_of(tab) == []
    tab.get_by_role("button", name="Otra partida").click()
    assert f"Pareja 1 de {ROUNDS}" in tab.locator(".adivina-dice").text_content()


def test_the_original_is_drawn_on_the_side_that_the_verdict_tells(tab):
    begin(tab)
    before = tab.locator("canvas").evaluate_all("all => all.map((one) => one.toDataURL())")
    assert len(set(before)) == 2
    tab.get_by_role("button", name="La de la derecha").click()
    told = tab.locator(".adivina-dice").text_content()
    assert ("la de la derecha" in told) == told.startswith("Sí")
    after = tab.locator("canvas").evaluate_all("all => all.map((one) => one.toDataURL())")
    assert not set(before) & set(after)


def test_every_game_has_the_same_of_each_method(tab):
    rows = json.loads(PAIRS.read_text())["parejas"]
    for _ in range(5):
        counts = tab.evaluate(COUNTS, rows)
        assert sum(counts.values()) == ROUNDS and counts.keys() == set(judge_scores())
        assert max(counts.values()) - min(counts.values()) <= 1


def test_it_fits_a_phone_in_light_and_in_dark(tab):
    begin(tab)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for theme in ("light", "dark"):
        tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert faults_of(tab) == []


def test_without_a_network_it_says_what_to_do(tab):
    tab.route(f"**/{PICTURES.name}", lambda route: route.abort())
    tab.get_by_role("button", name="Empezar").click()
    tab.get_by_text("comprueba tu conexión").wait_for()
    tab.unroute(f"**/{PICTURES.name}")
    begin(tab)
