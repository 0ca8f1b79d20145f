"""El laboratorio en manos de quien quiere quitar una mancha: sesiones enteras, y órdenes al azar.

De las órdenes al azar se prueban unas pocas; con `SECUENCIAS=300`, trescientas.
"""

import base64
import io
import os

import numpy as np
import pytest
from browsing import needs_chromium, restore_while_painting, serving, wait_for_status
from PIL import Image
from places import SITE
from test_lab_page import encoded, status, visiting

pytestmark = needs_chromium

SEQUENCES = int(os.environ.get("SECUENCIAS", 8))
SCREENS = {"ordenador": (1280, 720), "móvil": (390, 844), "móvil tumbado": (844, 390)}

SPOT = np.random.default_rng(0).integers(90, 160, (300, 400, 3), np.uint8)
SPOT[145:155, 190:210] = (20, 20, 20)
"""Una pared con una mancha en medio."""


@pytest.fixture(scope="module")
def server():
    with serving(SITE) as opened:
        yield opened


@pytest.fixture
def visit(browser, server):
    """Abre el laboratorio por primera vez, en una pantalla."""
    opened = []

    def open_page(screen, **options):
        width, height = SCREENS[screen]
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        page = visiting(context, server.address)
        opened.append((context, page))
        return page.__enter__()

    yield open_page
    for context, page in opened:
        page.__exit__(None, None, None)
        context.close()


IN_SIGHT = """
element => {
  const {left, top, right, bottom} = element.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const above = document.elementFromPoint(x, y);
  const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
  return inside && (element.contains(above) || above.contains(element)) && [x, y];
}
"""
"""En medio de qué punto de la pantalla está algo que se ve entero."""


def in_sight(tab, selector) -> tuple[float, float]:
    place = tab.locator(selector).evaluate(IN_SIGHT)
    assert place, f"«{selector}» no se ve entero sin desplazarse"
    return place


def choose(tab, content=None, said="lista"):
    with tab.expect_file_chooser() as choosing:
        tab.mouse.click(*in_sight(tab, ".lab-elegir label.lab-boton"))
    file = {"name": "pared.png", "mimeType": "image/png", "buffer": content or encoded(SPOT)}
    choosing.value.set_files(file)
    wait_for_status(tab, said)


def cover_the_spot(tab):
    x, y = in_sight(tab, ".pintor-foto")
    tab.mouse.move(x - 25, y)
    tab.mouse.down()
    tab.mouse.move(x + 25, y, steps=5)
    tab.mouse.up()


def save_it(tab) -> np.ndarray:
    place = in_sight(tab, ".lab-guardar")
    with tab.expect_download() as waiting:
        tab.mouse.click(*place)
    assert waiting.value.suggested_filename == "pared_restaurada.png"
    return np.asarray(Image.open(waiting.value.path()).convert("RGB"))


def assert_clean(photo):
    changed = (photo != SPOT).any(-1)
    assert photo.shape == SPOT.shape and 0 < changed.mean() < 0.1
    assert changed[150, 200] and photo[150, 200].min() > 60


@pytest.mark.parametrize("screen", SCREENS)
def test_four_actions_without_scrolling_from_a_photo_to_a_clean_one(visit, screen):
    tab = visit(screen)
    choose(tab)
    scroll = tab.evaluate("scrollY")
    for name in ("herramientas", "tamano", "pasos", "zoom"):
        in_sight(tab, f".pintor-{name} :is(input, button) >> nth=-1")
    cover_the_spot(tab)
    tab.mouse.click(*in_sight(tab, ".lab-restaurar"))
    wait_for_status(tab, "Restaurada en")
    assert_clean(save_it(tab))
    assert tab.evaluate("scrollY") == scroll
    assert tab.locator("#pst-back-to-top").is_hidden()


def test_restoring_as_one_paints_takes_three_and_is_undone_with_the_stroke(visit):
    tab = visit("ordenador")
    choose(tab)
    restore_while_painting(tab, True)
    cover_the_spot(tab)
    wait_for_status(tab, "Restaurada en")
    assert_clean(save_it(tab))
    tab.get_by_role("button", name="Deshacer").click()
    tab.click(".lab-guardar")
    wait_for_status(tab, "Todavía no hay nada restaurado")
    # Sin esperar a que se restaure, se guarda restaurada; también sin pedirlo.
    restore_while_painting(tab, False)
    cover_the_spot(tab)
    assert_clean(save_it(tab))


def test_the_same_by_keyboard_alone(visit):
    tab = visit("ordenador")
    # Puesto a la vez que se pulsa, Chromium a veces no llega a avisar.
    tab.on("filechooser", lambda chooser: None)

    def tab_to(selector):
        for _ in range(60):
            tab.keyboard.press("Tab")
            if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"con el tabulador no se llega a «{selector}»")

    tab_to(".lab-elegir input")
    with tab.expect_file_chooser() as choosing:
        tab.keyboard.press("Space")
    choosing.value.set_files(
        {"name": "pared.png", "mimeType": "image/png", "buffer": encoded(SPOT)}
    )
    wait_for_status(tab, "lista")
    scroll = tab.evaluate("scrollY")
    for key in ["Space", "ArrowLeft", "ArrowRight", "ArrowRight", "Space"]:
        tab.keyboard.press(key)
    tab_to(".lab-restaurar")
    in_sight(tab, ".lab-restaurar")
    tab.keyboard.press("Enter")
    wait_for_status(tab, "Restaurada en")
    tab_to(".lab-guardar")
    in_sight(tab, ".lab-guardar")
    with tab.expect_download() as waiting:
        tab.keyboard.press("Enter")
    assert_clean(np.asarray(Image.open(waiting.value.path()).convert("RGB")))
    assert tab.evaluate("scrollY") == scroll


def test_what_is_dropped_anywhere_is_seen(visit):
    tab = visit("móvil")
    tab.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    drop = """text => {
      const data = new DataTransfer();
      data.items.add(new File(text ? [text] : [], "foto.png"));
      document.dispatchEvent(new DragEvent("drop", {dataTransfer: data, cancelable: true}));
    }"""
    tab.evaluate(drop, "hola")
    wait_for_status(tab, "JPEG")
    in_sight(tab, "#lab-restaurar .lab-estado")


def load_mask(tab, hole, white=False):
    drawing = encoded(np.where(hole != white, 0, 255).astype(np.uint8))
    file = {"name": "mascara.png", "mimeType": "image/png", "buffer": drawing}
    tab.set_input_files(".lab-mascara input[type=file]", file)


def saved_mask(tab) -> np.ndarray:
    tab.click(".lab-mascara summary")
    with tab.expect_download() as waiting:
        tab.click(".lab-bajar-mascara")
    assert waiting.value.suggested_filename == "mascara.png"
    return np.asarray(Image.open(waiting.value.path()).convert("L")) < 128


def test_a_mask_is_saved_loaded_either_way_and_used_again(visit):
    tab = visit("ordenador")
    choose(tab)
    hole = np.zeros(SPOT.shape[:2], bool)
    hole[130:170, 180:220] = hole[20:25, 300:350] = True
    load_mask(tab, hole)
    wait_for_status(tab, "Máscara cargada")
    assert np.array_equal(saved_mask(tab), hole)
    # Restaurada, sigue siendo lo que se ha pintado; deshecha, también.
    assert_clean(save_it(tab))
    assert np.array_equal(saved_mask(tab), hole)
    tab.get_by_role("button", name="Deshacer").click()
    assert np.array_equal(saved_mask(tab), hole)
    # De blanco sobre negro, pregunta.
    for answer, expected in [("El blanco", hole), ("El negro", ~hole), ("Dejarlo", ~hole)]:
        load_mask(tab, hole, white=True)
        tab.get_by_role("button", name=answer, exact=True).click()
        assert np.array_equal(saved_mask(tab), expected)
    load_mask(tab, hole[:100])
    wait_for_status(tab, "La máscara mide 400x100 y la foto, 400x300: han de medir lo mismo.")
    load_mask(tab, hole)
    wait_for_status(tab, "Máscara cargada")
    # Y vale para la foto siguiente.
    tab.click(".lab-otra")
    choose(tab, encoded(np.roll(SPOT, 1, axis=2)), "Pinta lo que")
    tab.click(".lab-mascara summary")
    tab.click(".lab-repetir")
    wait_for_status(tab, "la foto anterior")
    assert np.array_equal(saved_mask(tab), hole)


SIZES = [(96, 80), (120, 64), (80, 100)]
PHOTOS = {
    size: np.random.default_rng(i).integers(0, 256, (size[1], size[0], 3), np.uint8)
    for i, size in enumerate(SIZES)
}

WATCH = """
async root => {
  const {Painter} = await import(root + "paint/painter.js");
  const {open} = Painter.prototype;
  Painter.prototype.open = function (...given) {
    window.painter = this;
    open.apply(this, given);
  };
  const base64 = bytes => btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
  const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
  /** Los colores de cada píxel de la foto, como se ven. */
  const screen = () => {
    const {size: {width, height}, view: {scale, x, y}} = painter;
    const canvas = document.querySelector(".pintor-foto");
    const seen = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const colors = new Uint8Array(3 * width * height);
    for (let i = 0; i < width * height; i++) {
      const [column, row] = [i % width, Math.floor(i / width)];
      const at = Math.floor(y + (row + 0.5) * scale) * canvas.width
        + Math.floor(x + (column + 0.5) * scale);
      colors.set(seen.subarray(4 * at, 4 * at + 3), 3 * i);
    }
    return base64(colors);
  };
  window.saved = [];
  window.saving = Promise.resolve();
  const {createObjectURL} = URL;
  let file;
  URL.createObjectURL = blob => createObjectURL(file = blob);
  HTMLAnchorElement.prototype.click = function () {
    const content = file.arrayBuffer();
    const {painting, size, isRetouched} = painter;
    const mask = base64(painting.everything);
    const pending = painting.painted;
    window.saving = (async () => {
      const photo = base64(new Uint8Array(await content));
      await frame();
      await frame();
      // Si entre tanto se ha abierto otra, ya no se ve la guardada.
      const seen = painting === painter.painting ? screen() : null;
      window.saved.push({name: this.download, photo, mask, size, seen, pending, isRetouched});
    })();
  };
}
"""

SEQUENCE = """
async ({seed, photos, root}) => {
  const {Generator} = await import(root + "numeric/random.js");
  const rng = new Generator(seed);
  const pick = list => list[rng.integers(list.length)];
  const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
  const decode = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const find = selector => document.querySelector("#lab-restaurar " + selector);
  const choose = (bytes, name) => {
    const data = new DataTransfer();
    data.items.add(new File([bytes], name));
    const input = find(".lab-elegir input");
    input.files = data.files;
    input.dispatchEvent(new Event("change"));
  };
  const order = name =>
    [...document.querySelectorAll(".pintor-barra button")].find(one => one.textContent === name)
      .click();
  const stroke = () => {
    const canvas = find(".pintor-foto");
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    const kinds = ["pointerdown", "pointermove", "pointermove", "pointerup"];
    for (const type of kinds) {
      canvas.dispatchEvent(new PointerEvent(type, {
        clientX: box.left + rng.uniform(0.35, 0.65) * box.width,
        clientY: box.top + rng.uniform(0.2, 0.8) * box.height,
        pointerId: 1, pointerType: "mouse", isPrimary: true, bubbles: true, cancelable: true}));
    }
  };
  const actions = [
    () => choose(decode(pick(photos)), "foto.png"),
    () => choose(new TextEncoder().encode("hola"), "hola.png"),
    stroke,
    stroke,
    stroke,
    () => find(".lab-restaurar").click(),
    () => find(".lab-restaurar").click(),
    () => find(".lab-cancelar").click(),
    () => order("Deshacer"),
    () => order("Rehacer"),
    () => find(".lab-auto input").click(),
    () => find(".lab-repetir").click(),
    () => find(".lab-guardar").click(),
    () => find(".lab-guardar").click(),
  ];
  choose(decode(pick(photos)), "foto.png");
  for (let i = 0; i < 10; i++) {
    await wait(pick([0, 0, 15, 60, 250, 500]));
    await window.saving;
    pick(actions)();
  }
  // Al final, en calma, se pinta y se guarda.
  const calm = async () => {
    do await wait(100); while (find(".pintor").getAttribute("aria-busy") === "true"
      || /Abriendo/.test(find(".lab-estado").textContent));
  };
  await calm();
  const {length} = window.saved;
  while (window.saved.length === length) {
    // Si aún llega otra foto, lo pintado en la de antes se va con ella: se pinta otra vez.
    stroke();
    await calm();
    find(".lab-guardar").click();
    for (let i = 0; i < 200 && window.saved.length === length; i++) await wait(50);
  }
  return window.saved.splice(0);
}
"""


def test_what_is_saved_is_what_is_seen_restored_where_it_was_painted(visit, server):
    tab = visit("ordenador")
    root = f"{server.address}/_static/lab/"
    choose(tab)
    tab.evaluate(WATCH, root)
    photos = [base64.b64encode(encoded(photo)).decode() for photo in PHOTOS.values()]
    for seed in range(SEQUENCES):
        order = {"seed": seed, "photos": photos, "root": root}
        for save in tab.evaluate(SEQUENCE, order):
            size = save["size"]["width"], save["size"]["height"]
            content = io.BytesIO(base64.b64decode(save["photo"]))
            saved = np.asarray(Image.open(content).convert("RGB"))
            mask = np.frombuffer(base64.b64decode(save["mask"]), np.uint8).astype(bool)
            mask = mask.reshape(saved.shape[:2])
            changed = (saved != PHOTOS[size]).any(-1)
            assert not changed[~mask].any(), f"secuencia {seed}: fuera de lo pintado"
            assert changed[mask].mean() > 0.9, f"secuencia {seed}: sin restaurar"
            assert not save["pending"] and save["isRetouched"], f"secuencia {seed}: a medias"
            if save["seen"]:
                seen = np.frombuffer(base64.b64decode(save["seen"]), np.uint8)
                assert np.array_equal(seen, saved.ravel()), f"secuencia {seed}: se ve otra"
    assert "Algo ha fallado" not in status(tab)
