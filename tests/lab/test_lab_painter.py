"""El pintor del laboratorio: sus cuentas, con node; y en un navegador de verdad."""

import pytest
from browsing import faults_of, needs_chromium, serving, write_lab_page
from golden import MASKS
from nodejs import assert_node_agrees, needs_node

BODY = """
<article class="bd-article">
<h1>Pintor</h1>
<div class="lab">
<button>Antes</button><div id="pintor"></div><button>Después</button>
</div>
</article>
"""

START = """
import { loadMasks } from "./lab/explore/explorer.js";
import { Painter } from "./lab/paint/painter.js";
import { PaintedHole } from "./lab/hole/painted_hole.js";
import { paintStamp } from "./lab/hole/strokes.js";
import { changedPieces } from "./lab/photo/pieces.js";

const masks = await loadMasks("masks.json");
const painter = new Painter(document.querySelector("#pintor"), { masks });
const voice = document.querySelector("#pintor [role=status]");

/** Una foto con un degradado que no se parece al magenta. */
async function photo(width, height, color = "rgb(40 120 60)") {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, width, height);
  context.fillStyle = "rgb(200 220 90)";
  context.fillRect(0, 0, width / 3, height / 3);
  return createImageBitmap(canvas);
}

window.lab = {
  masks,
  painter,
  photo,
  async open(width, height) {
    const bitmap = await photo(width, height);
    painter.open(bitmap, { width, height });
    return bitmap;
  },
  /** Da lo pintado por restaurado: de azul, menos en la esquina de arriba. */
  restore(joined = false) {
    const { width, height } = painter.size;
    const before = { data: new Uint8ClampedArray(4 * width * height), width, height };
    const after = { ...before, data: before.data.slice(), left: 0, top: 0 };
    painter.hole.forEach((painted, i) => {
      before.data.set([40, 120, 60, 255], 4 * i);
      after.data.set(painted ? [0, 0, 255, 255] : [40, 120, 60, 255], 4 * i);
    });
    painter.setRestored(changedPieces(before, after, painter.hole), painter.hole.slice(), joined);
  },
  /** Los colores de la foto que se ven en unos sitios del lienzo, de partes de su ancho y alto. */
  colors(places) {
    const canvas = document.querySelector(".pintor-foto");
    return places.map(([across, down]) => [
      ...canvas
        .getContext("2d")
        .getImageData(across * canvas.width, down * canvas.height, 1, 1)
        .data.subarray(0, 3),
    ]);
  },
  /** Cuántos píxeles del hueco no son los de unos trazos: [desde, hasta, grosor, valor]. */
  missed(strokes) {
    const expected = new PaintedHole(painter.size);
    for (const stroke of strokes) expected.line(...stroke);
    return expected.hole.reduce((sum, value, i) => sum + (value !== painter.hole[i]), 0);
  },
  missedStamp(mask, center, side) {
    const expected = new Uint8Array(painter.hole.length);
    paintStamp(expected, painter.size, masks.get(mask), center, side, 1);
    return expected.reduce((sum, value, i) => sum + (value !== painter.hole[i]), 0);
  },
  count: () => painter.hole.reduce((sum, value) => sum + value, 0),
  frame: () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))),
  said: () => voice.textContent,
};
document.querySelector("h1").id = "listo";
"""


@needs_node
def test_the_arithmetic_of_the_painter_agrees_with_a_slow_one(tmp_path):
    assert_node_agrees("painter.test.js", 20, {}, tmp_path / "casos.json")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pintor")
    write_lab_page(folder, ["pintor.css", "laboratorio.css"], BODY, START, MASKS)
    with serving(folder) as server:
        yield server.address


class Desk:
    """Una página con el pintor puesto, y lo que una persona hace en ella."""

    def __init__(self, tab, width: int, height: int):
        self.tab, self.size = tab, (width, height)
        self.call("open", width, height)
        self.canvas = tab.locator("#pintor canvas").first
        self.canvas.scroll_into_view_if_needed()

    def fill(self):
        """Abre una foto que llena el lienzo: así nada la sujeta al acercarla."""
        self.call("open", round(self.box["width"]), round(self.box["height"]))

    @property
    def box(self) -> dict:
        return self.canvas.bounding_box()

    def call(self, name: str, *values):
        return self.tab.evaluate("([name, values]) => lab[name](...values)", [name, values])

    def get(self, name: str):
        return self.tab.evaluate("name => lab.painter[name]", name)

    def point(self, across: float, down: float) -> tuple[float, float]:
        """Un sitio de la ventana, de partes del lienzo; en píxeles enteros, como los del ratón."""
        box = self.box
        return round(box["x"] + across * box["width"]), round(box["y"] + down * box["height"])

    def on_photo(self, across: float, down: float) -> dict:
        """El punto de la foto que se ve en ese sitio."""
        view, box, (x, y) = self.get("view"), self.box, self.point(across, down)
        return {
            "x": (x - box["x"] - view["x"]) / view["scale"],
            "y": (y - box["y"] - view["y"]) / view["scale"],
        }

    def drag(self, start, end, button="left", steps=6):
        mouse = self.tab.mouse
        mouse.move(*self.point(*start))
        mouse.down(button=button)
        mouse.move(*self.point(*end), steps=steps)
        mouse.up(button=button)

    def tool(self, value: str):
        self.tab.locator(f"#pintor input[value='{value}']").check()

    def thickness(self, position: float) -> int:
        """Pone el deslizador del tamaño en una posición, de 0 a 1; devuelve el tamaño."""
        self.tab.locator(".pintor-tamano input").fill(str(round(200 * position)))
        return int(self.tab.inner_text(".pintor-medida").split()[0])

    def button(self, name: str):
        # Los que ahora no sirven tienen «aria-disabled», pero se pueden pulsar.
        self.tab.get_by_role("button", name=name).click(force=True)

    def press(self, *keys: str):
        for key in keys:
            self.tab.keyboard.press(key)


@pytest.fixture
def opened(browser, address):
    """Abre el pintor en una pantalla; al acabar, no ha de haber fallado nada."""
    contexts, errors = [], []

    def open_desk(width=400, height=300, **options) -> Desk:
        context = browser.new_context(**{"viewport": {"width": 760, "height": 900}} | options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        tab.goto(address)
        tab.wait_for_selector("#listo")
        return Desk(tab, width, height)

    yield open_desk
    for context in contexts:
        context.close()
    assert errors == []


pytestmark = needs_chromium


@pytest.mark.parametrize(("density", "size"), [(1, (400, 300)), (2, (1600, 2400)), (3, (90, 20))])
def test_the_mouse_paints_where_it_points_at_any_zoom(opened, density, size):
    desk = opened(*size, device_scale_factor=density)
    strokes = []
    for i, zooms in enumerate([0, 2, 3, 8]):
        for _ in range(zooms):
            desk.press("+")
        start, end = (0.3 + 0.04 * i, 0.5), (0.65, 0.4 + 0.05 * i)
        thick = desk.thickness(0.3 + 0.1 * i)
        strokes.append([desk.on_photo(*start), desk.on_photo(*end), thick, 1])
        desk.drag(start, end)
        desk.tool("eraser" if i % 2 == 0 else "brush")
        strokes[-1][3] = 1 if i % 2 == 0 else 0
    # Un trazo se pinta en varios tramos: en el borde puede redondear de otra manera.
    assert desk.call("count") > 0
    assert desk.call("missed", strokes) <= 2


def test_what_is_painted_is_seen_there_and_only_there(opened):
    desk = opened(400, 300)
    desk.thickness(0.7)
    desk.drag((0.4, 0.5), (0.6, 0.5))
    desk.call("frame")
    seen = desk.tab.evaluate(
        """places => {
          const canvas = document.querySelector(".pintor-pintado");
          const context = canvas.getContext("2d");
          return places.map(([across, down]) =>
            [...context.getImageData(across * canvas.width, down * canvas.height, 1, 1).data]);
        }""",
        [[0.5, 0.5], [0.4, 0.5], [0.5, 0.2], [0.9, 0.5]],
    )
    assert all(red > 200 and green < 20 and alpha > 90 for red, green, _, alpha in seen[:2])
    assert [alpha for *_, alpha in seen[2:]] == [0, 0]
    desk.press("Control+z")
    desk.call("frame")
    blank = "[...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].every(v => v === 0)"
    assert desk.tab.evaluate(f"(c => {blank})(document.querySelector('.pintor-pintado'))")


def test_undo_and_redo_bring_back_each_moment(opened):
    desk = opened()
    copy = "() => (window.moments ??= []).push(lab.painter.hole.slice())"
    same = "i => lab.painter.hole.every((value, j) => value === moments[i][j])"
    desk.tab.evaluate(copy)
    for i, tool in enumerate(["brush", "eraser", "stamp", "brush"]):
        desk.tool(tool)
        desk.drag((0.3 + 0.05 * i, 0.3), (0.6, 0.6))
        desk.tab.evaluate(copy)
    desk.button("Borrar todo lo pintado")
    assert not desk.get("painted")
    desk.tab.evaluate(copy)
    for i in [4, 3]:
        desk.button("Deshacer")
        assert desk.tab.evaluate(same, i)
    for i in [2, 1, 0, 0]:
        desk.press("Control+z")
        assert desk.tab.evaluate(same, i)
    assert desk.call("said") == "No hay nada que deshacer."
    for i, key in enumerate(["Control+y", "Control+Shift+z", "Control+Shift+Z"]):
        desk.press(key)
        assert desk.tab.evaluate(same, i + 1)
    for i in [4, 5, 5]:
        desk.button("Rehacer")
        assert desk.tab.evaluate(same, i)
    assert desk.call("said") == "No hay nada que rehacer."


def test_undo_works_after_a_click_outside_but_not_where_one_writes(opened):
    desk = opened()
    desk.tab.evaluate("document.body.append(document.createElement('textarea'))")
    desk.drag((0.3, 0.3), (0.6, 0.6))
    desk.tab.click("textarea")
    desk.press("Control+z")
    assert desk.get("painted")
    desk.tab.click("h1")
    desk.press("Control+z")
    assert not desk.get("painted")
    desk.press("Control+y")
    assert desk.get("painted") and desk.call("said") == "Rehecho."
    desk.drag((0.6, 0.3), (0.3, 0.6))
    assert desk.call("said") == ""


def test_where_undo_ends_before_what_was_done_it_says_so(opened):
    desk = opened()
    desk.tab.evaluate(
        """() => {
          const {painting} = lab.painter;
          for (let x = 0; x < 120; x++) {
            painting.line({x, y: 9}, {x, y: 9}, 1, 1);
            painting.commit();
          }
          const buttons = [...document.querySelectorAll("#pintor button")];
          const undo = buttons.find(each => each.textContent.trim() === "Deshacer");
          for (let i = 0; i < 100; i++) undo.click();
        }"""
    )
    assert "lo más antiguo ya no se guarda" in desk.call("said")
    desk.press("Control+z")
    assert "lo más antiguo ya no se guarda" in desk.call("said")


def test_space_the_middle_button_and_the_hand_move_the_photo(opened):
    desk = opened()
    for _ in range(4):
        desk.button("Acercar")
    before = desk.get("view")

    def moved():
        nonlocal before
        view, last = desk.get("view"), before
        before = view
        return round(view["x"] - last["x"]), round(view["y"] - last["y"])

    desk.drag((0.5, 0.5), (0.4, 0.6), button="middle")
    assert moved() == pytest.approx([-0.1 * desk.box["width"], 0.1 * desk.box["height"]], abs=2)
    desk.canvas.focus()
    desk.tab.keyboard.down(" ")
    desk.drag((0.5, 0.5), (0.6, 0.5))
    desk.tab.keyboard.up(" ")
    assert moved() == pytest.approx([0.1 * desk.box["width"], 0], abs=2)
    desk.tool("move")
    desk.drag((0.5, 0.5), (0.5, 0.4))
    assert moved() == pytest.approx([0, -0.1 * desk.box["height"]], abs=2)
    assert not desk.get("painted")


def test_the_wheel_zooms_at_the_pointer_only_with_control(opened):
    desk = opened()
    desk.fill()
    desk.tab.mouse.move(*desk.point(0.7, 0.4))
    before, place = desk.get("view"), desk.on_photo(0.7, 0.4)
    desk.tab.mouse.wheel(0, -20)
    desk.tab.wait_for_timeout(50)
    assert desk.get("view") == before
    desk.tab.mouse.wheel(0, -1000)
    desk.tab.keyboard.down("Control")
    for _ in range(5):
        desk.tab.mouse.wheel(0, -100)
    desk.tab.keyboard.up("Control")
    desk.tab.wait_for_function("scale => lab.painter.view.scale > 3 * scale", arg=before["scale"])
    assert desk.on_photo(0.7, 0.4) == pytest.approx(place, abs=4)
    desk.canvas.focus()
    desk.press("0")
    assert desk.get("view") == before


class Fingers:
    """Dedos sobre la pantalla, de los que manda el propio navegador."""

    def __init__(self, desk: Desk):
        self.desk, self.session = desk, desk.tab.context.new_cdp_session(desk.tab)

    def touch(self, kind: str, *places):
        points = [
            {"x": x, "y": y, "id": i}
            for i, (x, y) in enumerate(self.desk.point(*place) for place in places)
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        # El navegador reparte los movimientos al empezar cada fotograma.
        self.desk.call("frame")


def test_one_finger_paints_and_two_move_and_zoom(opened):
    desk = opened(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    desk.fill()
    fingers = Fingers(desk)
    thick = desk.thickness(0.5)
    line = [desk.on_photo(0.3, 0.3), desk.on_photo(0.6, 0.5), thick, 1]
    fingers.touch("touchStart", (0.3, 0.3))
    fingers.touch("touchMove", (0.45, 0.4))
    fingers.touch("touchMove", (0.6, 0.5))
    fingers.touch("touchEnd")
    painted = desk.call("count")
    assert painted > 0
    assert desk.call("missed", [line]) <= 0.1 * painted
    scale, scroll = desk.get("view")["scale"], desk.tab.evaluate("scrollY")
    # El segundo dedo retira lo que el primero hubiera empezado.
    fingers.touch("touchStart", (0.4, 0.6))
    fingers.touch("touchMove", (0.42, 0.62))
    assert desk.call("count") > painted
    fingers.touch("touchStart", (0.42, 0.62), (0.6, 0.62))
    assert desk.call("count") == painted
    pinched = desk.on_photo(0.51, 0.62)
    for i in range(1, 7):
        fingers.touch("touchMove", (0.42 - 0.03 * i, 0.62), (0.6 + 0.03 * i, 0.62))
    view = desk.get("view")
    assert view["scale"] / scale == pytest.approx(3, rel=0.05)
    assert desk.on_photo(0.51, 0.62) == pytest.approx(pinched, abs=5)
    for i in range(1, 7):
        fingers.touch("touchMove", (0.24 + 0.03 * i, 0.62), (0.78 + 0.03 * i, 0.62))
    assert desk.get("view")["x"] - view["x"] == pytest.approx(0.18 * desk.box["width"], abs=3)
    fingers.touch("touchEnd", (0.42, 0.62))
    fingers.touch("touchMove", (0.5, 0.5))
    fingers.touch("touchEnd")
    assert desk.call("count") == painted
    assert desk.tab.evaluate("scrollY") == scroll
    # Si el sistema interrumpe el gesto, el trazo se retira.
    fingers.touch("touchStart", (0.5, 0.5))
    fingers.touch("touchMove", (0.55, 0.55))
    fingers.touch("touchCancel")
    assert desk.call("count") == painted
    fingers.touch("touchStart", (0.8, 0.8))
    fingers.touch("touchEnd")
    assert desk.call("count") > painted


def test_the_keyboard_alone_paints(opened):
    desk = opened(400, 300)
    for _ in range(20):
        desk.press("Tab")
        if desk.canvas.evaluate("canvas => canvas === document.activeElement"):
            break
    step = max(1, round(8 / desk.get("view")["scale"]))
    start = {"x": 200.5 + 3 * step, "y": 150.5 + 5 * step}
    desk.press("ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowDown")
    assert desk.tab.is_visible(".pintor-cursor") and not desk.get("painted")
    thick = int(desk.tab.inner_text(".pintor-medida").split()[0])
    desk.press("[", "[", "]")
    assert int(desk.tab.inner_text(".pintor-medida").split()[0]) < thick
    desk.press("]")
    thick = int(desk.tab.inner_text(".pintor-medida").split()[0])
    desk.press(" ")
    assert "Pincel abajo" in desk.call("said")
    desk.press(*["ArrowLeft"] * 4, " ")
    assert "Pincel arriba" in desk.call("said") and "\u202f%" in desk.call("said")
    end = {"x": start["x"] - 4 * step, "y": start["y"]}
    first = [start, end, thick, 1]
    assert desk.call("missed", [first]) <= 2
    # Con el pincel arriba no pinta; manteniendo el espacio, sí, hasta soltarlo.
    desk.press("ArrowUp", "ArrowUp")
    assert desk.call("missed", [first]) <= 2
    held = {"x": end["x"], "y": end["y"] - 2 * step}
    desk.tab.keyboard.down(" ")
    desk.press("ArrowUp", "ArrowUp", "ArrowUp")
    desk.tab.keyboard.up(" ")
    desk.press("ArrowUp", "ArrowUp")
    second = [held, {"x": held["x"], "y": held["y"] - 3 * step}, thick, 1]
    assert desk.call("missed", [first, second]) <= 4
    desk.press("Control+z")
    assert desk.call("missed", [first]) <= 2
    # Escape sube el pincel, y el tabulador sale.
    desk.press("Enter", "ArrowRight", "Escape")
    assert "Pincel arriba" in desk.call("said")
    count = desk.call("count")
    desk.press("ArrowRight", "Tab")
    assert desk.call("count") == count
    assert not desk.canvas.evaluate("canvas => canvas === document.activeElement")


def test_the_keyboard_follows_the_cursor_and_does_not_flood(opened):
    desk = opened(4000, 3000)
    desk.canvas.focus()
    desk.press(*["+"] * 6)
    desk.tab.evaluate(
        """() => {
          window.told = 0;
          const voice = document.querySelector("#pintor [role=status]");
          new MutationObserver(() => (window.told += 1)).observe(voice, {childList: true});
        }"""
    )
    for _ in range(30):
        desk.press("Shift+ArrowRight")
    center = "(([one]) => [one.getAttribute('cx'), one.getAttribute('cy')].map(Number))"
    x, y = desk.tab.evaluate(f"{center}(document.querySelectorAll('.pintor-cursor circle'))")
    assert 0 <= x <= desk.box["width"] and 0 <= y <= desk.box["height"]
    assert desk.tab.evaluate("told") <= 2
    # Cuando se para, dice dónde está.
    place = 2000.5 + 30 * 5 * round(8 / desk.get("view")["scale"])
    said = f"Cursor en {round(100 * place / 4000)}\u202f%, 50\u202f%."
    desk.tab.wait_for_timeout(700)
    assert desk.call("said") == said


def test_a_stamp_is_one_of_the_masks_of_the_book(opened):
    desk = opened(500, 350)
    desk.tool("stamp")
    names = desk.tab.locator(".pintor-sellos input").evaluate_all("all => all.map(e => e.value)")
    assert names == list(MASKS)
    for i, name in enumerate(names[::4]):
        desk.tool(name)
        side = desk.thickness(0.5 + 0.12 * i)
        place = (0.2 + 0.2 * i, 0.9 - 0.2 * i)
        desk.tab.mouse.click(*desk.point(*place))
        assert desk.call("missedStamp", name, desk.on_photo(*place), side) == 0
        desk.press("Control+z")
    # Antes de soltarlo, se arrastra; con el teclado, cae en el cursor.
    desk.drag((0.2, 0.2), (0.6, 0.6))
    assert desk.call("missedStamp", name, desk.on_photo(0.6, 0.6), side) == 0
    desk.press("Control+z")
    desk.tab.mouse.move(0, 0)
    desk.tool("stamp")
    desk.press("Tab")
    desk.canvas.focus()
    desk.press("ArrowRight", "Enter", "ArrowRight")
    step = max(1, round(8 / desk.get("view")["scale"]))
    assert desk.call("missedStamp", name, {"x": 250.5 + step, "y": 175.5}, side) == 0
    assert "Sello puesto" in desk.call("said") or "Cursor" in desk.call("said")


def rounded(faces):
    return [tuple(round(face[key]) for key in ("x", "y", "width")) for face in faces]


def test_the_frames_of_the_faces_are_moved_stretched_removed_and_added(opened):
    desk = opened(800, 600)
    count = "() => { window.changes = (window.changes ?? 0) + 1; }"
    desk.tab.evaluate(f"lab.painter.addEventListener('change', {count})")
    faces = [{"x": 200, "y": 200, "width": 120}, {"x": 500, "y": 300, "width": 160}]
    desk.tab.evaluate("faces => lab.painter.setFaces(faces)", faces)
    assert desk.get("faces") == faces
    assert desk.tab.locator(".pintor-marco").count() == 2
    # Con el pincel, un marco no estorba.
    desk.drag((0.25, 1 / 3), (0.3, 1 / 3))
    assert desk.get("painted") and desk.get("faces") == faces
    desk.tool("face")
    scale = desk.get("view")["scale"]
    desk.drag((0.25, 1 / 3), (0.35, 0.4))
    box = desk.box
    moved = (200 + 0.1 * box["width"] / scale, 200 + (0.4 - 1 / 3) * box["height"] / scale)
    assert rounded(desk.get("faces"))[0] == pytest.approx((*moved, 120), abs=3)
    handle = desk.tab.locator(".pintor-marco-asa").nth(1).bounding_box()
    desk.tab.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    desk.tab.mouse.down()
    desk.tab.mouse.move(handle["x"] + 60, handle["y"] + 60, steps=4)
    desk.tab.mouse.up()
    x, y, width = rounded(desk.get("faces"))[1]
    assert width > 180
    # La esquina de arriba no se ha movido.
    assert (x - width / 2, y - width / 2) == pytest.approx((420, 220), abs=2)
    desk.tab.locator(".pintor-marco-quitar").first.click()
    assert rounded(desk.get("faces")) == [(x, y, width)]
    # Y con el teclado.
    desk.press("ArrowLeft", "Shift+ArrowUp", "+")
    assert rounded(desk.get("faces")) == [
        pytest.approx((x - 8 / scale, y - 40 / scale, 1.08 * width), abs=2)
    ]
    desk.tab.wait_for_function("() => lab.said().startsWith('Marco 1: centro en')", timeout=5000)
    desk.press("Delete")
    assert desk.get("faces") == []
    desk.button("Añadir un marco")
    assert desk.get("faces")[0]["x"] == pytest.approx(400)
    desk.press("ArrowRight")
    assert desk.get("faces")[0]["x"] == pytest.approx(400 + 8 / scale)
    desk.button("Acercar")
    desk.call("frame")
    seen = desk.tab.locator(".pintor-marco").bounding_box()
    assert seen["width"] == pytest.approx(
        desk.get("faces")[0]["width"] * desk.get("view")["scale"], abs=2
    )
    assert desk.tab.evaluate("changes") > 8


def test_a_finger_moves_a_frame(opened):
    desk = opened(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    desk.tool("face")
    desk.call("frame")
    desk.fill()
    width, height = desk.get("size")["width"], desk.get("size")["height"]
    face = {"x": width / 2, "y": height / 2, "width": 150}
    desk.tab.evaluate("face => lab.painter.setFaces([face])", face)
    fingers = Fingers(desk)
    fingers.touch("touchStart", (0.5, 0.5))
    for i in range(1, 6):
        fingers.touch("touchMove", (0.5 + 0.04 * i, 0.5 + 0.02 * i))
    fingers.touch("touchEnd")
    assert rounded(desk.get("faces")) == [pytest.approx((0.7 * width, 0.6 * height, 150), abs=3)]


def test_while_it_is_busy_nothing_is_painted(opened):
    desk = opened()
    desk.tab.evaluate("lab.painter.setBusy(true)")
    desk.drag((0.3, 0.3), (0.6, 0.6))
    desk.canvas.focus()
    desk.press("ArrowRight", " ", "ArrowRight", " ", "Control+z")
    assert not desk.get("painted")
    assert desk.tab.get_by_role("button", name="Deshacer").is_disabled()
    desk.tab.evaluate("lab.painter.setBusy(false)")
    desk.drag((0.3, 0.3), (0.6, 0.6))
    assert desk.get("painted")


def test_another_photo_starts_clean_and_a_narrow_one_fits(opened):
    desk = opened(400, 300)
    desk.drag((0.3, 0.3), (0.6, 0.6))
    desk.call("open", 1000, 30)
    assert desk.get("size") == {"width": 1000, "height": 30}
    assert not desk.get("painted") and desk.get("faces") == []
    assert desk.tab.evaluate("lab.painter.hole.length") == 30_000
    desk.call("open", 30, 1000)
    desk.call("frame")
    view, box = desk.get("view"), desk.canvas.bounding_box()
    assert 1000 * view["scale"] == pytest.approx(box["height"], abs=1)
    desk.tab.set_viewport_size({"width": 400, "height": 500})
    desk.call("frame")
    box = desk.canvas.bounding_box()
    assert box["height"] < 500
    assert 1000 * desk.get("view")["scale"] == pytest.approx(box["height"], abs=1)


ACTIONS = """
async ({seed, count}) => {
  const {Generator} = await import("./lab/numeric/random.js");
  const rng = new Generator([BigInt(seed)]);
  const pick = list => list[rng.integers(list.length)];
  const {painter} = lab;
  const root = document.querySelector("#pintor");
  const canvas = root.querySelector("canvas");
  const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", " ", "Enter", "Escape", "[", "]",
    "+", "-", "0", "z", "y"];
  const point = (kind, id) => {
    const box = canvas.getBoundingClientRect();
    canvas.dispatchEvent(new PointerEvent(kind, {
      clientX: box.left + rng.uniform(-0.1, 1.1) * box.width,
      clientY: box.top + rng.uniform(-0.1, 1.1) * box.height,
      pointerId: id, pointerType: id > 1 ? "touch" : "mouse", button: rng.integers(9) ? 0 : 1,
      bubbles: true, cancelable: true}));
  };
  const key = kind => {
    const name = pick(keys);
    canvas.dispatchEvent(new KeyboardEvent(kind, {key: name, ctrlKey: "zy".includes(name),
      shiftKey: rng.integers(3) === 0, bubbles: true, cancelable: true}));
  };
  const actions = [
    () => point("pointerdown", 1),
    () => point("pointermove", 1),
    () => point("pointerup", 1),
    () => point("pointerdown", rng.integers(2, 5)),
    () => point("pointermove", rng.integers(1, 5)),
    () => point(pick(["pointerup", "pointercancel"]), rng.integers(2, 5)),
    () => { key("keydown"); key("keyup"); },
    () => key(pick(["keydown", "keyup"])),
    () => pick([...root.querySelectorAll("button")]).click(),
    () => pick([...root.querySelectorAll("input[type=radio]")]).click(),
    () => {
      const slider = root.querySelector("input[type=range]");
      slider.value = rng.integers(200);
      slider.dispatchEvent(new Event("input", {bubbles: true}));
    },
    () => canvas.dispatchEvent(new WheelEvent("wheel", {deltaY: rng.uniform(-200, 200),
      ctrlKey: true, bubbles: true, cancelable: true})),
    () => pick([() => canvas.focus(), () => canvas.blur()])(),
    () => rng.integers(4) || painter.setFaces([{x: 50, y: 60, width: 70}]),
    () => rng.integers(4) || (painter.setBusy(true), painter.setBusy(false)),
  ];
  const faults = [];
  for (let i = 0; i < count; i++) {
    pick(actions)();
    if (i % 5 === 0) await lab.frame();
    if (painter.hole.some(value => value > 1)) faults.push(`${i}: no es un hueco`);
    if (painter.painted !== painter.hole.includes(1)) faults.push(`${i}: painted`);
    const {scale, x, y} = painter.view;
    if (![scale, x, y].every(Number.isFinite)) faults.push(`${i}: la vista`);
    if (painter.faces.some(face => !(face.width > 0))) faults.push(`${i}: un marco`);
  }
  // Acaba los trazos a medias; y la historia va y vuelve.
  painter.setBusy(true);
  painter.setBusy(false);
  const [undo, redo] = ["Deshacer", "Rehacer"].map(name =>
    [...root.querySelectorAll("button")].find(button => button.textContent === name));
  const useful = button => button.getAttribute("aria-disabled") === "false";
  for (let i = 0; useful(redo); i++) redo.click();
  const last = painter.hole.slice();
  let steps = 0;
  for (; useful(undo); steps++) undo.click();
  const first = painter.hole.slice();
  for (let i = 0; i < steps; i++) redo.click();
  if (painter.hole.some((value, i) => value !== last[i])) faults.push("rehacer");
  if (steps < 50 && first.includes(1)) faults.push("deshacer");
  return {steps, faults};
}
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_three_hundred_random_actions_break_nothing(opened, seed):
    desk = opened(160, 120)
    seen = desk.tab.evaluate(ACTIONS, {"seed": seed, "count": 300})
    assert seen["faults"] == []
    assert seen["steps"] > 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_has_serious_accessibility_faults(opened, theme):
    # Sin transiciones: un color a medio cambiar no cuenta.
    desk = opened(reduced_motion="reduce", viewport={"width": 360, "height": 740})
    desk.tab.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    desk.tab.evaluate("lab.painter.setFaces([{x: 200, y: 150, width: 150}])")
    desk.drag((0.3, 0.3), (0.6, 0.6))
    desk.tab.locator("summary").click()
    for tool in ["stamp", "face", "brush"]:
        desk.tool(tool)
        assert faults_of(desk.tab) == []
        assert desk.tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    desk.tab.evaluate("lab.painter.setBusy(true)")
    assert faults_of(desk.tab) == []


def test_everything_is_large_enough_for_a_finger(opened):
    desk = opened(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    desk.tab.evaluate("lab.painter.setFaces([{x: 200, y: 150, width: 150}])")
    for tool in ["stamp", "face"]:
        desk.tool(tool)
        small = desk.tab.evaluate(
            """[...document.querySelectorAll(".lab :is(button, input, summary, .pintor-marco-asa)")]
              .filter(one => one.closest("#pintor"))
              .filter(one => one.checkVisibility() && !one.closest("[inert]"))
              .map(one => [one.outerHTML, one.getBoundingClientRect()])
              .filter(([, {width, height}]) => width < 43.9 || height < 43.9)
              .map(([html, {width, height}]) => `${width}x${height} ${html}`)"""
        )
        assert small == []


GREEN, BLUE = [40, 120, 60], [0, 0, 255]


@pytest.mark.parametrize("size", [(400, 300), (3001, 2001)])
def test_what_is_restored_is_seen_at_any_zoom_without_seams(opened, size):
    desk = opened(*size)
    desk.tab.evaluate(
        """() => {
          const {width, height} = lab.painter.size;
          const hole = new Uint8Array(width * height);
          for (let row = height >> 1; row < 0.9 * height; row++) {
            hole.fill(1, row * width + (width >> 1), row * width + Math.floor(0.9 * width));
          }
          lab.painter.load(hole);
        }"""
    )
    view = desk.get("view")
    width, height = desk.box["width"], desk.box["height"]

    def on_canvas(across, down):
        """De partes de la foto, a partes del lienzo."""
        return [
            (across * size[0] * view["scale"] + view["x"]) / width,
            (down * size[1] * view["scale"] + view["y"]) / height,
        ]

    inside = [
        on_canvas(0.51 + 0.38 * i / 99, 0.51 + 0.38 * ((7 * i) % 100) / 99) for i in range(100)
    ]
    outside = [on_canvas(0.45, 0.6), on_canvas(0.95, 0.6), on_canvas(0.7, 0.45)]

    def assert_seen(color):
        desk.call("frame")
        desk.call("frame")
        seen = desk.call("colors", inside)
        assert max(abs(a - b) for one in seen for a, b in zip(one, color, strict=True)) <= 1
        assert desk.call("colors", outside) == [GREEN] * 3

    assert_seen(GREEN)
    desk.call("restore")
    # Mientras se hacen las reducidas, y después.
    assert_seen(BLUE)
    desk.tab.wait_for_timeout(300)
    assert_seen(BLUE)
    assert not desk.get("painted") and desk.get("isRetouched")
    desk.tab.evaluate("lab.painter.showBefore(true)")
    assert_seen(GREEN)
    desk.tab.evaluate("lab.painter.showBefore(false)")
    assert_seen(BLUE)
    desk.button("Deshacer")
    assert_seen(GREEN)
    assert desk.get("painted") and not desk.get("isRetouched")
    desk.button("Rehacer")
    assert_seen(BLUE)
    for _ in range(4):
        desk.button("Acercar")
    inside = [[0.6 + 0.35 * i / 99, 0.6 + 0.35 * ((7 * i) % 100) / 99] for i in range(100)]
    outside = [[0.1, 0.4], [0.4, 0.4], [0.45, 0.1]]
    assert_seen(BLUE)


def test_a_restoration_of_a_stroke_is_undone_with_it(opened):
    desk = opened()
    desk.drag((0.3, 0.5), (0.4, 0.5))
    desk.call("restore", True)
    desk.drag((0.6, 0.5), (0.7, 0.5))
    desk.call("restore", True)
    assert not desk.get("painted")
    mask = "lab.painter.painting.everything.reduce((sum, value) => sum + value, 0)"
    both = desk.tab.evaluate(mask)
    desk.press("Control+z")
    assert 0 < desk.tab.evaluate(mask) < both
    assert not desk.get("painted") and desk.get("isRetouched")
    desk.press("Control+z")
    assert not desk.get("isRetouched") and desk.tab.evaluate(mask) == 0
    desk.press("Control+z")
    assert desk.call("said") == "No hay nada que deshacer."
    desk.press("Control+y", "Control+y")
    assert desk.tab.evaluate(mask) == both
