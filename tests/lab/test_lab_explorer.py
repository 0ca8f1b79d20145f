"""El explorador del laboratorio, en un navegador de verdad: enseña lo mismo que la biblioteca."""

import base64
import io
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from browsing import faults_of, needs_chromium, serving, write_lab_page
from PIL import Image

from pix2pix_lib.data.masks import default_masks_folder, erase, load_masks, sample_placements
from pix2pix_lib.recipes import EraseParams
from pix2pix_lib.teaching.explorer import FILLS, MaskExplorer
from pix2pix_lib.writing import percent

pytestmark = needs_chromium

MASKS = load_masks()

BODY = """
<h1>Explorador</h1>
<button>Antes</button><div id="host"><p>La imagen fija.</p></div><button>Después</button>
"""

START = """
import { loadMasks, mountExplorer } from "./lab/explore/explorer.js";
const faces = [0, 1, 2].map((i) => ({ url: `${i}.png`, name: `Cara ${i + 1}` }));
const masks = await loadMasks("masks.json");
window.start = () => {
  window.explorer = mountExplorer(document.querySelector("#host"), { faces, masks });
};
document.querySelector("h1").id = "ready";
"""

READ = """
[...document.querySelectorAll("canvas")]
  .filter((canvas) => canvas.closest(".explorador-escena, .explorador-papel"))
  .map((canvas) => canvas.toDataURL())
"""
"""Los tres lienzos de la figura y el del dibujo."""

TARGETS = """
[...document.querySelectorAll(".explorador :is(input, select, button, canvas[tabindex])")]
  .map((control) => control.closest("label")?.control === control && control.type !== "range"
    ? control.closest("label") : control)
  .map((target) => [target.outerHTML.slice(0, 80), target.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < 24)
  .map(([html]) => html)
"""
"""Los controles demasiado pequeños para un dedo."""

TABBABLE = """
.explorador :is(input:enabled:not([type=radio]:not(:checked)), select, button, canvas[tabindex])
"""

FOCUSED = """
() => {
  const control = document.activeElement;
  if (!control.closest(".explorador")) return null;
  const seen = control.type === "radio" ? control.closest("label") : control;
  const { left, top, width, height } = seen.getBoundingClientRect();
  const above = document.elementFromPoint(left + width / 2, top + Math.min(height / 2, 20));
  const name = control.value || control.textContent || control.getAttribute("aria-label");
  return [name, seen.contains(above) || above.classList.contains("explorador-cursor")];
}
"""
"""El control que tiene el foco, y si se ve."""


@pytest.fixture(scope="module")
def portraits(faces) -> np.ndarray:
    return np.stack([Image.fromarray(face).resize((256, 256)) for face in faces[:3]])


@pytest.fixture(scope="module")
def address(tmp_path_factory, portraits):
    folder = tmp_path_factory.mktemp("sitio")
    for i, portrait in enumerate(portraits):
        Image.fromarray(portrait).save(folder / f"{i}.png")
    write_lab_page(folder, ["explorador.css", "laboratorio.css"], BODY, START, MASKS)
    with serving(folder) as server:
        yield server.address


@pytest.fixture(scope="module")
def errors() -> list[str]:
    return []


@pytest.fixture(scope="module")
def tab(browser, address, errors):
    # Sin animaciones: el tema mueve la página poco a poco.
    tab = browser.new_page(reduced_motion="reduce")
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    tab.goto(f"{address}/index.html")
    tab.locator("#ready").wait_for()
    yield tab
    tab.close()


@pytest.fixture
def explorer(tab, errors):
    """La pestaña, con el explorador recién puesto; al acabar se quita, y no ha fallado nada."""
    errors.clear()
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.evaluate("start()")
    tab.locator(".explorador-resumen", has_text="borra el").wait_for()
    yield tab
    tab.evaluate("explorer.destroy()")
    assert errors == []
    assert tab.inner_html("#host") == "<p>La imagen fija.</p>"


def draw_with(explorer, **values) -> None:
    for name, value in values.items():
        control = explorer.locator(f"input[name={name}]")
        if control.count() == 1:
            control.fill(str(value))
        else:
            explorer.locator(f"input[name={name}][value='{value}']").check(force=True)


def read(explorer) -> list[np.ndarray]:
    """Lo que se ve: la cara, la borrada, el hueco y el dibujo, en RGB."""
    files = [base64.b64decode(url.partition(",")[2]) for url in explorer.evaluate(READ)]
    return [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]


def sentence(explorer) -> str:
    return explorer.locator(".explorador-resumen").text_content()


def drawn_mask(explorer) -> np.ndarray:
    return read(explorer)[3][..., 0] == 0


def assert_same(explorer, face, masks, seed, max_masks=2):
    params = EraseParams(max_masks, fill=FILLS["magenta"])
    placements = sample_placements(np.random.default_rng(seed), masks, params)
    erased, hole = erase(face, placements, masks, params.fill)
    seen, drawn, drawing, _ = read(explorer)
    assert np.array_equal(seen, face)
    assert np.array_equal(drawn, erased)
    assert np.array_equal(drawing, np.repeat(np.where(hole, 0, 255)[..., None], 3, axis=-1))
    assert percent(hole.mean(), 1) in sentence(explorer)
    return placements


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"cara": 2, "semilla": 7},
        {"mascaras": 6, "semilla": 99, "relleno": "blanco"},
        {"mascaras": 1, "minima": 0.5, "maxima": 0.7, "semilla": 31, "relleno": "negro"},
        {"minima": 5, "semilla": 12, "cara": 1},
        {"mascaras": 5, "minima": 2.3, "maxima": 2.3, "semilla": 64},
    ],
)
def test_it_shows_what_the_library_shows(explorer, portraits, masks, values):
    library = MaskExplorer(portraits, masks)
    library.face.value = values.get("cara", 0)
    library.max_masks.value = values.get("mascaras", 2)
    library.scale.value = (values.get("minima", 1), values.get("maxima", 5))
    library.fill.value = values.get("relleno", "magenta")
    library.seed.value = values.get("semilla", 0)
    draw_with(explorer, **values)
    picture = np.asarray(Image.open(io.BytesIO(library.picture.value)))
    assert np.array_equal(np.hstack(read(explorer)[:3]), picture)
    assert sentence(explorer) == library.summary.value


def test_only_the_chosen_masks_take_part(explorer, portraits, masks):
    chosen = ["lunares", "patas_de_gallo", "rasguno"]
    explorer.get_by_role("button", name="Ninguna").click()
    face, erased, hole, _ = read(explorer)
    assert np.array_equal(face, erased) and (hole == 255).all()
    assert sentence(explorer) == "Marca alguna máscara: sin ninguna no se borra nada."
    for name in ["lunares", "patas de gallo", "rasguño"]:
        explorer.get_by_role("checkbox", name=name).check()
    draw_with(explorer, semilla=5)
    few = {name: masks[name] for name in chosen}
    assert_same(explorer, portraits[0], few, seed=5)
    explorer.get_by_role("button", name="Todas").click()
    assert_same(explorer, portraits[0], masks, seed=5)
    assert explorer.get_by_role("checkbox", name="mi máscara").is_disabled()


def test_the_scales_do_not_cross_and_another_seed_is_another(explorer):
    draw_with(explorer, minima=2, maxima=3)
    draw_with(explorer, minima=4)
    draw_with(explorer, maxima=1.2)
    scales = [explorer.locator(f"[name={name}]").input_value() for name in ("minima", "maxima")]
    assert scales == ["3", "3"]
    shown = explorer.locator(".explorador-escala .explorador-valor").all_text_contents()
    assert shown == ["3.0", "3.0"]
    for _ in range(8):
        before = explorer.locator("[name=semilla]").input_value()
        explorer.get_by_role("button", name="Otra al azar").click()
        assert 0 <= int(explorer.locator("[name=semilla]").input_value()) <= 99
        assert explorer.locator("[name=semilla]").input_value() != before


def drag(explorer, *cells) -> None:
    """Arrastra el ratón por esas casillas (columna, fila)."""
    paper = explorer.locator(".explorador-papel canvas")
    paper.scroll_into_view_if_needed()
    box = paper.bounding_box()
    for i, (column, row) in enumerate(cells):
        x, y = ((place + 0.5) * box["width"] / 50 for place in (column, row))
        explorer.mouse.move(box["x"] + x, box["y"] + y)
        if i == 0:
            explorer.mouse.down()
    explorer.mouse.up()


def download(explorer, folder: Path) -> dict[str, np.ndarray]:
    """Las máscaras del libro y la descargada, como las lee la biblioteca."""
    shutil.copytree(default_masks_folder(), folder)
    with explorer.expect_download() as got:
        explorer.get_by_role("button", name="Descargar PNG").click()
    assert got.value.suggested_filename == "mi_mascara.png"
    got.value.save_as(folder / "mi_mascara.png")
    return load_masks(folder)


def test_a_mask_drawn_with_the_mouse_takes_part(explorer, portraits, tmp_path):
    draw_with(explorer, grosor=1)
    drag(explorer, (10, 10), (20, 10), (20, 40))
    expected = np.zeros((50, 50), bool)
    expected[10, 10:21] = expected[10:41, 20] = True
    assert np.array_equal(drawn_mask(explorer), expected)
    explorer.get_by_label("goma").check()
    drag(explorer, (15, 0), (15, 49))
    expected[10, 15] = False
    assert np.array_equal(drawn_mask(explorer), expected)
    masks = download(explorer, tmp_path / "mascaras")
    assert np.array_equal(masks["mi_mascara"], expected)
    for seed in range(12):
        draw_with(explorer, semilla=seed)
        assert_same(explorer, portraits[0], masks, seed)
    explorer.get_by_role("button", name="Usar solo esta").click()
    alone = {"mi_mascara": expected}
    assert assert_same(explorer, portraits[0], alone, seed)[0].mask == "mi_mascara"
    explorer.get_by_role("button", name="Vaciar").click()
    assert explorer.get_by_role("checkbox", name="mi máscara").is_disabled()
    assert "Marca alguna máscara" in sentence(explorer)


def test_a_mask_drawn_with_the_keyboard_takes_part(explorer, portraits, tmp_path):
    status = explorer.locator(".explorador-estado")
    explorer.get_by_role("button", name="Descargar PNG").click()
    assert "Dibuja algo antes" in status.text_content()
    draw_with(explorer, grosor=1)
    paper = explorer.locator(".explorador-papel canvas")
    paper.focus()
    keys = explorer.keyboard
    keys.press("Shift+ArrowUp")
    keys.press("ArrowLeft")
    assert status.text_content() == "Columna 25, fila 21: en blanco."
    keys.press("Space")
    assert status.text_content() == "Columna 25, fila 21: pintado."
    keys.down("Space")
    keys.press("Shift+ArrowDown")
    keys.up("Space")
    for _ in range(12):
        keys.press("Shift+ArrowRight")
    assert status.text_content() == "Columna 50, fila 26: en blanco."
    keys.press("Space")
    expected = np.zeros((50, 50), bool)
    expected[20:26, 24] = expected[25, 49] = True
    assert np.array_equal(drawn_mask(explorer), expected)
    keys.press("Control+z")
    expected[25, 49] = False
    assert np.array_equal(drawn_mask(explorer), expected)
    masks = download(explorer, tmp_path / "mascaras")
    assert list(masks) == sorted(masks) and np.array_equal(masks["mi_mascara"], expected)
    draw_with(explorer, mascaras=6, semilla=8)
    assert_same(explorer, portraits[0], masks, 8, max_masks=6)


def test_a_mask_of_the_book_is_a_start_and_can_be_undone(explorer, masks):
    explorer.get_by_label("Empezar desde").select_option("grieta")
    explorer.get_by_role("button", name="Copiar").click()
    assert np.array_equal(drawn_mask(explorer), masks["grieta"])
    explorer.get_by_role("button", name="Deshacer").click()
    assert not drawn_mask(explorer).any()
    explorer.get_by_role("button", name="Deshacer").click()
    assert "No queda nada" in explorer.locator(".explorador-estado").text_content()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_anyone_can_use_it(explorer, theme, width):
    explorer.set_viewport_size({"width": width, "height": 740})
    explorer.get_by_role("checkbox", name="grieta").uncheck()
    explorer.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    faults = faults_of(explorer)
    explorer.evaluate("document.documentElement.dataset.theme = 'light'")
    assert faults == []
    assert explorer.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert explorer.evaluate(TARGETS) == []


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
def test_the_keyboard_reaches_every_control_and_none_is_hidden(explorer, masks, key):
    explorer.set_viewport_size({"width": 360, "height": 740})
    explorer.get_by_role("button", name="Antes" if key == "Tab" else "Después").focus()
    reached = []
    for _ in range(60):
        explorer.keyboard.press(key)
        focused = explorer.evaluate(FOCUSED)
        if focused is None:
            break
        reached.append(focused)
    assert [name for name, is_seen in reached if not is_seen] == []
    names = {name for name, _ in reached}
    assert {"magenta", "lapiz", "Otra al azar", "Ninguna", "Copiar", "Vaciar", *masks} <= names
    assert "Tu máscara: una cuadrícula de 50 por 50" in names
    assert len(reached) == explorer.locator(TABBABLE).count()


def test_every_control_works_with_the_keyboard(explorer):
    for name, key in {
        "cara": "ArrowRight",
        "mascaras": "End",
        "minima": "ArrowRight",
        "maxima": "Home",
        "relleno": "ArrowDown",
        "semilla": "PageUp",
    }.items():
        before = [part.tobytes() for part in read(explorer)]
        explorer.locator(f"[name={name}]").first.focus()
        explorer.keyboard.press(key)
        assert [part.tobytes() for part in read(explorer)] != before, name


def test_nothing_that_a_reader_does_breaks_it(explorer):
    rng = random.Random(0)
    controls = explorer.locator(".explorador :is(input, select, button, canvas[tabindex])")
    handles = [
        each for each in controls.element_handles() if each.text_content() != "Descargar PNG"
    ]
    keys = ["Space", "Home", "End", "PageUp", "PageDown", "Control+z"]
    keys += [f"Arrow{way}" for way in ("Left", "Right", "Up", "Down")]
    for _ in range(200):
        rng.choice(handles).press(rng.choice(keys))
    for _ in range(25):
        drag(explorer, *[(rng.randrange(-30, 90), rng.randrange(-30, 90)) for _ in range(4)])
    face, _, hole, _ = read(explorer)
    assert face.shape == hole.shape == (256, 256, 3)
    assert "borra" in sentence(explorer)


def test_what_does_not_arrive_is_said(tab):
    tab.evaluate("""async () => {
      const { loadMasks, mountExplorer } = await import("./lab/explore/explorer.js");
      const faces = ["no_existe.png", "1.png"].map((url, i) => ({ url, name: `Cara ${i}` }));
      const masks = await loadMasks("masks.json");
      window.explorer = mountExplorer(document.querySelector("#host"), { faces, masks });
    }""")
    tab.locator(".explorador-resumen", has_text="No se pudo cargar esa cara").wait_for()
    draw_with(tab, cara=1)
    assert "borra el" in sentence(tab)
    tab.evaluate("explorer.destroy()")
    said = tab.evaluate("""async () => {
      const { loadMasks } = await import("./lab/explore/explorer.js");
      return loadMasks("no_existe.json").catch((error) => `${error.name}: ${error.message}`);
    }""")
    assert said.startswith("UserError: No se pudieron cargar las máscaras: comprueba tu conexión")


@pytest.mark.parametrize("decimals", [0, 1])
def test_a_share_is_written_as_in_python(tab, decimals):
    script = f"""async () => {{
      const {{ percent }} = await import("./lab/ui/writing.js");
      return Array.from({{ length: 4097 }}, (_, i) => percent(i / 4096, {decimals}));
    }}"""
    assert tab.evaluate(script) == [percent(i / 4096, decimals) for i in range(4097)]
