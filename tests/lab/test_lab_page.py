"""El laboratorio entero, en un navegador de verdad y con la red del libro.

Lo que sale de la página se compara con `restore_photo`; y se mira que nada salga del equipo, que
la segunda visita no pida nada, y que se pueda usar con el teclado, con prisa o al azar.
"""

import base64
import contextlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from browsing import (
    FIREFOX,
    another_browser,
    faults_of,
    flipped,
    half,
    needs_chromium,
    needs_firefox,
    paint,
    portal,
    restore_while_painting,
    serving,
    wait_for_status,
)
from nodejs import FOLDER, run_node
from PIL import ExifTags, Image
from places import SITE

from pix2pix_lib.data.features import EYE, draw_feature
from pix2pix_lib.data.strokes import WIDTHS, draw_stroke, sample_stroke
from pix2pix_lib.restoration.faces import find_faces
from pix2pix_lib.restoration.pretrained import load_pretrained
from pix2pix_lib.restoration.restore import restore_photo

pytestmark = needs_chromium

PAGE = "book/laboratorio.html"
LAB = SITE / "_static/lab"
TRANSFER = 25_000_000
LEAK = 50_000_000
SPOTTED = skimage.data.astronaut()[:400]


@contextlib.contextmanager
def visiting(context, address):
    """Abre el laboratorio; al salir, no ha de haber pedido nada fuera ni fallado nada."""
    tab, strangers, errors = context.new_page(), [], []
    tab.on("request", lambda request: strangers.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    tab.goto(f"{address}/{PAGE}")
    tab.wait_for_selector("#lab-restaurar:not([hidden])")
    restore_while_painting(tab, False)
    yield tab
    tab.close()
    assert errors == []
    assert [url for url in strangers if not url.startswith((address, "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def server():
    with serving(SITE) as opened:
        yield opened


@pytest.fixture
def context(browser):
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield opened
    opened.close()


@pytest.fixture
def tab(context, server):
    with visiting(context, server.address) as opened:
        yield opened


def encoded(image, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, **({"format": "PNG"} | options))
    return file.getvalue()


def upload(tab, content: bytes, name="foto.png", kind="image/png"):
    tab.set_input_files(
        "#lab-restaurar input[type=file]", {"name": name, "mimeType": kind, "buffer": content}
    )


def status(tab) -> str:
    return tab.inner_text("#lab-restaurar .lab-estado")


LARGE = encoded(np.zeros((6000, 8000, 3), np.uint8), format="JPEG")
"""Una foto que tarda en abrirse."""


def shown(tab) -> tuple[int, int]:
    """El tamaño de la foto que se ve."""
    label = tab.get_attribute(".pintor-foto", "aria-label")
    return tuple(map(int, re.findall(r"\d+", label)))


def paint_and_restore(tab):
    paint(tab)
    tab.click(".lab-restaurar")
    wait_for_status(tab, "Restaurada en")


def saved(tab) -> tuple[str, bytes]:
    with tab.expect_download() as waiting:
        tab.click(".lab-guardar")
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


RESTORE = """
async ({photos, data}) => {
  const {Session} = await import(data.root + "page/session.js");
  const {assets} = await import(data.root + "laboratory.js");
  const session = new Session(assets);
  const decode = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const results = [];
  globalThis.shares = [];
  for (const {photo, hole} of photos) {
    const file = new Blob([decode(photo)], {type: "image/png"});
    await session.open(file, "x.png");
    const faces = await session.ask(opened => opened.faces());
    const {pieces} = await session.restore(
      decode(hole), faces, () => {}, share => shares.push(share));
    session.paste(pieces.after);
    const {blob} = await session.ask(opened => opened.save());
    const bytes = new Uint8Array(await blob.arrayBuffer());
    results.push(btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join("")));
  }
  return results;
}
"""


KEPT = """
async count => {
  const keys = await (await caches.open("laboratorio")).keys();
  const kept = keys.map(({url}) => url.split("#")[0]);
  const { files, faces } = JSON.parse(document.querySelector("#lab-datos").textContent);
  return kept.filter(url => url.endsWith(".bin")).length === count
    && [...files, ...faces].every(({ url }) => kept.some(one => one.endsWith(url)));
}
"""
"""Si el navegador ya ha guardado tantos archivos grandes, los módulos y las caras."""


def jobs_for(address, photos) -> dict:
    """Lo que pide `RESTORE`: dónde están los módulos y cada (foto, hueco)."""
    jobs = [
        {
            "photo": base64.b64encode(encoded(photo)).decode(),
            "hole": base64.b64encode(hole.astype(np.uint8).tobytes()).decode(),
        }
        for photo, hole in photos
    ]
    return {"photos": jobs, "data": {"root": f"{address}/_static/lab/"}}


def assert_restored_alike(photos, found):
    """Lo que da la página, en PNG y base 64, frente a `restore_photo`."""
    network = load_pretrained()
    for i, ((photo, hole), text) in enumerate(zip(photos, found, strict=True)):
        restored = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"))
        np.testing.assert_array_equal(restored[~hole], photo[~hole], f"foto {i}, fuera del hueco")
        differences = np.abs(restored.astype(int) - restore_photo(network, photo, hole))
        assert differences.max() <= 2, f"foto {i}"


def some_strokes(rng, shape) -> np.ndarray:
    """Un hueco con tres trazos, como los que se pintan sobre una cara."""
    hole = np.zeros(shape, bool)
    for kind in WIDTHS:
        center = tuple(rng.uniform(0.3, 0.7, 2) * shape[::-1])
        draw_stroke(hole, sample_stroke(rng, kind, center, shape[1] / 2))
    return hole


def test_the_page_restores_the_same_as_the_library(tab, server, default_faces):
    rng = np.random.default_rng(0)
    photos = [
        (photo, some_strokes(rng, photo.shape[:2]))
        for photo in [*default_faces, skimage.data.astronaut()[:400]]
    ]
    assert_restored_alike(photos, tab.evaluate(RESTORE, jobs_for(server.address, photos)))


def test_only_what_covers_a_feature_brings_the_network_that_draws_them(context):
    (face,) = find_faces(SPOTTED)
    eye = draw_feature(SPOTTED.shape[:2], face.points, EYE, np.random.default_rng(0))
    scratch = np.zeros_like(eye)
    scratch[130:134, 210:240] = True
    with serving(SITE) as server, visiting(context, server.address) as tab:
        found = []
        for hole in (scratch, eye):
            found += tab.evaluate(RESTORE, jobs_for(server.address, [(SPOTTED, hole)]))
            brought = [path for path in server.sent if "/upright." in path]
            assert len(brought) == hole[eye].all()
        shares = tab.evaluate("shares")
        assert shares == sorted(shares) and shares[-1] == 1 and shares[0] < 1
    assert_restored_alike([(SPOTTED, scratch)], found[:1])
    restored = np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1]))).convert("RGB"))
    np.testing.assert_array_equal(restored[~eye], SPOTTED[~eye])
    # La página sabe dónde está el ojo; la biblioteca lo supone, porque podría ser una mancha.
    expected = restore_photo(load_pretrained(), SPOTTED, eye)
    assert np.abs(restored[eye].astype(int) - expected[eye]).mean() < 15


def seen_by_firefox(server, photos, folder) -> dict:
    """Lo que se ve al usar el laboratorio en Firefox con `SPOTTED` y restaurar otras fotos."""
    order = {
        "firefox": FIREFOX,
        "page": f"{server.address}/{PAGE}",
        "photo": str(folder / "foto.png"),
        "restore": RESTORE,
        "jobs": jobs_for(server.address, photos),
    }
    Image.fromarray(SPOTTED).save(order["photo"])
    path = folder / "orden.json"
    path.write_text(json.dumps(order))
    run = run_node(FOLDER / "firefox.js", path)
    assert run.returncode == 0, run.stdout
    return json.loads(run.stdout)


@needs_firefox
def test_firefox_does_the_same(server, default_faces, tmp_path):
    rng = np.random.default_rng(1)
    photos = [(photo, some_strokes(rng, photo.shape[:2])) for photo in default_faces[:3]]
    seen = seen_by_firefox(server, photos, tmp_path)
    assert seen["errors"] == []
    strangers = [
        url for url in seen["requests"] if not url.startswith((server.address, "blob:", "data:"))
    ]
    assert strangers == []
    assert_restored_alike(photos, seen["restored"])
    # Una sesión entera: lo guardado solo cambia donde se ha pintado.
    session = seen["session"]
    saved_photo = Image.open(io.BytesIO(base64.b64decode(session["photo"]))).convert("RGB")
    changed = (np.asarray(saved_photo) != SPOTTED).any(-1)
    assert session["name"] == "foto_restaurada.png" and not session["moved"]
    assert changed[200, 256] and changed.mean() < 0.1


def damage_all(server, *faults):
    """Estropea, las primeras veces que se pida, cada archivo del laboratorio."""
    for path in LAB.rglob("*"):
        if path.suffix in {".js", ".json", ".bin"} or path.parent.name == "faces":
            server.damages[f"/_static/lab/{path.relative_to(LAB)}"] = list(faults)


@pytest.mark.parametrize("fault", [portal, half, flipped])
def test_what_arrives_damaged_is_asked_for_again(context, fault):
    with serving(SITE) as server:
        damage_all(server, fault)
        tab = context.new_page()
        tab.goto(f"{server.address}/{PAGE}")
        tab.click("#lab-restaurar .lab-muestras button")
        wait_for_status(tab, "lista")
        paint_and_restore(tab)
        tab.click(".lab-mirar")
        tab.wait_for_selector(".lab-figuras:not([hidden])", timeout=60_000)
        tab.wait_for_function(KEPT, arg=5)
    # Lo que se ha quedado guardado es lo bueno.
    with visiting(context, server.address) as tab:
        tab.click("#lab-restaurar .lab-muestras button")
        wait_for_status(tab, "lista")


@needs_firefox
@pytest.mark.parametrize("fault", [portal, flipped])
def test_in_firefox_too_what_arrives_damaged_is_asked_for_again(fault, tmp_path):
    with serving(SITE) as server:
        damage_all(server, fault)
        seen_by_firefox(server, [], tmp_path)
        assert not server.damages["/_static/lab/laboratory.js"]


def test_what_keeps_arriving_damaged_is_said_and_never_kept(context):
    with serving(SITE) as server:
        damage_all(server, portal, portal)
        tab = context.new_page()
        tab.goto(f"{server.address}/{PAGE}")
        tab.get_by_text("ha llegado dañada").wait_for()
        assert tab.locator("#lab-restaurar").is_hidden()
        tab.reload()
        tab.click("#lab-restaurar .lab-muestras button")
        wait_for_status(tab, "ha llegado dañada")
        paint_and_restore(tab)
        tab.wait_for_function(KEPT, arg=2)


def test_without_a_connection_it_says_that_and_not_that_it_is_damaged(context):
    with serving(SITE) as server:
        tab = context.new_page()
        tab.goto(f"{server.address}/{PAGE}")
        tab.wait_for_function("() => navigator.serviceWorker.controller")
        tab.wait_for_function(KEPT, arg=0)
    tab.reload()
    tab.click("#lab-restaurar .lab-muestras button")
    wait_for_status(tab, "No hay conexión")


def test_a_photo_is_painted_restored_compared_and_saved(tab):
    photo = skimage.data.astronaut()
    upload(tab, encoded(photo))
    wait_for_status(tab, "lista")
    paint_and_restore(tab)
    name, content = saved(tab)
    assert name == "foto_restaurada.png"
    restored = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    changed = (restored != photo).any(-1)
    assert restored.shape == photo.shape and 0 < changed.mean() < 0.2
    tab.click(".lab-restaurar")
    wait_for_status(tab, "No hay nada pintado")


def test_a_turned_photo_of_a_phone_comes_back_upright_and_of_its_size(tab):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    photo = np.zeros((3000, 4000, 3), np.uint8)
    photo[:, :, 1] = np.linspace(60, 200, 4000)
    photo[:200, :200] = (200, 30, 30)
    upload(tab, encoded(photo, format="JPEG", exif=exif), "foto.jpg", "image/jpeg")
    wait_for_status(tab, "lista")
    paint_and_restore(tab)
    name, content = saved(tab)
    with Image.open(io.BytesIO(content)) as saved_photo:
        assert name == "foto_restaurada.jpg" and saved_photo.format == "JPEG"
        assert saved_photo.size == (3000, 4000)
        assert saved_photo.getexif().get(ExifTags.Base.Orientation, 1) == 1
        red, green, _ = saved_photo.convert("RGB").getpixel((2900, 100))
        assert red > 150 and green < 90


@pytest.mark.parametrize("delay", [30, 400])
@pytest.mark.parametrize("second", ["de muestra", "que no se abre"])
def test_of_two_photos_in_a_hurry_the_last_one_chosen_has_the_turn(tab, second, delay):
    photo = skimage.data.astronaut()[:400]
    upload(tab, encoded(photo))
    wait_for_status(tab, "lista")
    upload(tab, LARGE, "enorme.jpg", "image/jpeg")
    tab.wait_for_timeout(delay)
    if second == "de muestra":
        tab.click(".lab-otra")
        tab.click("#lab-restaurar .lab-muestras button")
        said, size, name = "Pinta lo que", (256, 256), r"muestra_\d+_restaurada.webp"
    else:
        upload(tab, b"hola", "hola.png")
        said, size, name = "JPEG", (512, 400), "foto_restaurada.png"
    wait_for_status(tab, said)
    # Lo que tarda la primera en abrirse.
    tab.wait_for_timeout(4000)
    assert said in status(tab)
    assert shown(tab) == size
    paint_and_restore(tab)
    found, content = saved(tab)
    with Image.open(io.BytesIO(content)) as restored:
        assert re.fullmatch(name, found) and restored.size == size
        if second == "que no se abre":
            changed = (np.asarray(restored.convert("RGB")) != photo).any(-1)
            assert 0 < changed.mean() < 0.2


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"", "image/png", "vacío"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "SVG"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(60), "image/heic", "HEIC"),
        (encoded(np.zeros((9, 9, 3), np.uint8))[:40], "image/png", "entera"),
        (b"hola", "image/png", "JPEG"),
    ],
    ids=["vacía", "svg", "heic", "cortada", "no es una foto"],
)
def test_what_is_not_a_photo_gets_one_sentence(tab, content, kind, said):
    upload(tab, content, "foto", kind)
    wait_for_status(tab, said)
    assert tab.locator(".pintor-caballete").is_hidden()
    assert status(tab).count(".") <= 1


def test_what_fails_does_not_look_like_the_rest(tab):
    upload(tab, b"hola", "foto")
    wait_for_status(tab, "JPEG")
    assert tab.get_attribute("#lab-restaurar .lab-estado", "role") == "alert"
    color = "getComputedStyle(document.querySelector('#lab-restaurar .lab-estado')).backgroundColor"
    failed = tab.evaluate(color)
    assert faults_of(tab) == []
    upload(tab, encoded(np.zeros((90, 90, 3), np.uint8)))
    wait_for_status(tab, "Pinta lo que")
    assert tab.get_attribute("#lab-restaurar .lab-estado", "role") == "status"
    assert tab.evaluate(color) != failed


LEAVES = "dispatchEvent(new Event('beforeunload', {cancelable: true}))"
"""Si se sale de la página sin que pregunte."""


def test_leaving_asks_only_if_something_would_be_lost(tab):
    assert tab.evaluate(LEAVES)
    tab.click("#lab-restaurar .lab-muestras button")
    wait_for_status(tab, "lista")
    restore_while_painting(tab, False)
    assert tab.evaluate(LEAVES)
    paint(tab)
    assert not tab.evaluate(LEAVES)
    tab.keyboard.press("Control+z")
    assert tab.evaluate(LEAVES)
    paint_and_restore(tab)
    assert not tab.evaluate(LEAVES)
    name, _ = saved(tab)
    wait_for_status(tab, "Guardada")
    assert re.fullmatch(r"muestra_\d+_restaurada.webp", name)
    assert tab.evaluate(LEAVES)


WATCH = """
() => {
  const [bar, status] = ["progress", ".lab-estado"].map(
    selector => document.querySelector(`#lab-restaurar ${selector}`));
  window.seen = [];
  const watcher = new MutationObserver(() => {
    if (!bar.hidden) seen.push([status.textContent, bar.getAttribute("value")]);
  });
  watcher.observe(bar, {attributes: true});
  watcher.observe(status, {childList: true});
}
"""


def test_the_bar_is_never_full_before_the_end(tab):
    tab.evaluate(WATCH)
    tab.click("#lab-restaurar .lab-muestras button")
    wait_for_status(tab, "lista")
    restore_while_painting(tab, False)
    paint_and_restore(tab)
    seen = tab.evaluate("seen")
    said = [text for text, _ in seen]
    assert any("se baja" in text for text in said) and any("Restaurando" in text for text in said)
    assert not [text for text in said if "100" in text]
    assert [value for _, value in seen if value is not None and float(value) >= 1] == []
    first = next(value for text, value in seen if "Restaurando" in text)
    assert first is None


def test_without_the_discriminator_the_rest_of_the_inside_is_seen(context):
    with serving(SITE) as server:
        tab = context.new_page()
        tab.goto(f"{server.address}/{PAGE}")
        tab.click("#lab-restaurar .lab-muestras button")
        wait_for_status(tab, "lista")
        paint(tab)
    tab.click(".lab-mirar")
    tab.wait_for_selector(".lab-figuras:not([hidden])", timeout=60_000)
    for name in ["juzgada", "autentica"]:
        assert "No hay conexión" in tab.inner_text(f"[data-figura={name}] output")
    assert "niveles" in tab.inner_text("[data-figura=correccion] output")


def test_the_discriminator_judges_a_face_and_only_a_face(tab):
    tab.click("#lab-restaurar .lab-muestras button")
    wait_for_status(tab, "lista")
    for photo, said in [(None, "parches del hueco"), (np.full((300, 400, 3), 120), "ninguna cara")]:
        if photo is not None:
            upload(tab, encoded(photo.astype(np.uint8)))
            wait_for_status(tab, "Pinta lo que")
        restore_while_painting(tab, False)
        paint(tab)
        tab.click(".lab-mirar")
        tab.wait_for_selector(".lab-figuras:not([hidden])", timeout=60_000)
        for name in ["juzgada", "autentica"]:
            assert said in tab.inner_text(f"[data-figura={name}] output")
            assert tab.is_visible(f"[data-figura={name}] canvas") == (photo is None)


def test_without_webassembly_it_says_so(browser, server):
    with another_browser(browser, "--js-flags=--jitless") as without:
        tab = without.new_page()
        tab.goto(f"{server.address}/{PAGE}")
        tab.click("#lab-restaurar .lab-muestras button")
        wait_for_status(tab, "WebAssembly")


def test_the_first_visit_weighs_little_and_the_second_needs_no_server(context):
    with serving(SITE) as server:
        with visiting(context, server.address) as tab:
            tab.wait_for_function("() => navigator.serviceWorker.controller")
            assert [path for path in server.sent if path.endswith(".bin")] == []
            tab.click("#lab-restaurar .lab-muestras button")
            wait_for_status(tab, "lista")
            paint_and_restore(tab)
            tab.wait_for_function(KEPT, arg=3)
        assert sum(server.sent.values()) <= TRANSFER
        large = {path: size for path, size in server.sent.items() if path.endswith(".bin")}
        assert len(large) == 3
        weigh = {f"/_static/lab/{path.name}": path.stat().st_size for path in LAB.glob("*.bin")}
        assert all(size == weigh[path] for path, size in large.items())
    with visiting(context, server.address) as tab:
        tab.click("#lab-restaurar .lab-muestras button >> nth=1")
        wait_for_status(tab, "lista")
        paint_and_restore(tab)


def test_the_page_forbids_itself_to_talk_to_anyone_else(context, server):
    tab = context.new_page()
    tab.goto(f"{server.address}/{PAGE}")
    blocked = tab.evaluate(
        """async () => {
          const seen = [];
          document.addEventListener(
            "securitypolicyviolation", ({blockedURI}) => seen.push(blockedURI));
          await fetch("https://example.org/foto").catch(() => {});
          await new Promise(resolve => setTimeout(resolve, 50));
          return seen;
        }"""
    )
    assert blocked == ["https://example.org/foto"]


def test_a_whole_session_by_keyboard_alone(tab):
    def press(*keys):
        for key in keys:
            tab.keyboard.press(key)

    def tab_to(selector):
        for _ in range(150):
            press("Tab")
            if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        pytest.fail(f"con el tabulador no se llega a «{selector}»")

    tab_to("#lab-restaurar .lab-muestras button")
    press("Enter")
    wait_for_status(tab, "lista")
    # El foco ya está en la foto.
    press("ArrowLeft", "ArrowUp", "Space", *["ArrowRight"] * 8, "Space", "Escape")
    tab_to(".lab-restaurar")
    press("Enter")
    wait_for_status(tab, "Restaurada en")
    tab_to(".lab-guardar")
    with tab.expect_download():
        press("Enter")
    tab_to(".lab-antes")
    tab.keyboard.down(" ")
    assert tab.is_visible(".pintor-antes")
    tab.keyboard.up(" ")
    assert tab.locator(".pintor-antes").count() == 0
    tab_to(".lab-mirar")
    press("Enter")
    tab.wait_for_selector(".lab-figuras:not([hidden])", timeout=60_000)
    tab_to(".lab-saltos input")
    press("Space")
    tab.wait_for_function(
        "() => document.querySelector('[data-figura=cortada] output').value.includes('niveles')"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_working_page_has_no_serious_accessibility_faults(browser, server, scheme):
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme)
    with visiting(context, server.address) as tab:
        tab.click("#lab-restaurar .lab-muestras button")
        wait_for_status(tab, "lista")
        paint_and_restore(tab)
        tab.click(".lab-mirar")
        tab.wait_for_selector(".lab-figuras:not([hidden])", timeout=60_000)
        assert faults_of(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    context.close()


ACTIONS = """
async ({seed, count, root}) => {
  const {Generator} = await import(root + "numeric/random.js");
  const rng = new Generator(seed);
  const pick = list => list[rng.integers(list.length)];
  const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
  const parts = [...document.querySelectorAll("#lab-restaurar, #lab-dentro")];
  const canvas = document.querySelector(".lab-pintar canvas[role=application]");
  const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", " ", "Escape", "[", "]", "+",
    "-", "0", "z", "y"];
  const point = kind => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [box.left + rng.uniform(-0.1, 1.1) * box.width,
      box.top + rng.uniform(-0.1, 1.1) * box.height];
    canvas.dispatchEvent(new PointerEvent(kind, {clientX: x, clientY: y, pointerId: 1, buttons: 1,
      pointerType: "mouse", isPrimary: true, bubbles: true, cancelable: true}));
  };
  const actions = [
    () => { point("pointerdown"); point("pointermove"); point("pointermove"); point("pointerup"); },
    () => { point("pointerdown"); point("pointercancel"); },
    () => {
      const key = pick(keys);
      for (const kind of ["keydown", "keyup"]) {
        canvas.dispatchEvent(new KeyboardEvent(kind, {key, ctrlKey: "zy".includes(key),
          bubbles: true, cancelable: true}));
      }
    },
    () => {
      const input = pick([...pick(parts).querySelectorAll("input:not([type=file]), select")]);
      if (!input) return;
      if (["checkbox", "radio"].includes(input.type)) return input.click();
      if (input.type === "range") input.value = rng.uniform(+input.min, +input.max);
      if (input.tagName === "SELECT") input.value = pick([...input.options]).value;
      for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, {bubbles: true}));
    },
    () => pick([...pick(parts).querySelectorAll(
      "button:not(.lab-camara, .lab-guardar, .lab-bajar-mascara)")])?.click(),
  ];
  for (let i = 0; i < count; i++) {
    pick(actions)();
    await wait(rng.integers(8));
  }
  await wait(3000);
}
"""


def memory_of(browser, tab) -> int:
    """Bytes que ocupan las pestañas abiertas, después de tirar lo que ya no usan."""
    for place in [tab, *tab.workers]:
        place.evaluate("gc()")
    tab.wait_for_timeout(1000)
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return sum(
        int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1]) * 1024
        for status in (
            Path(f"/proc/{each['id']}/status") for each in processes if each["type"] == "renderer"
        )
    )


def test_a_thousand_random_actions_break_nothing_and_leak_nothing(browser, server):
    with another_browser(browser, "--js-flags=--expose-gc") as alone:
        context = alone.new_context(viewport={"width": 1000, "height": 800})
        with visiting(context, server.address) as tab:
            tab.click("#lab-restaurar .lab-muestras button")
            wait_for_status(tab, "lista")
            root = f"{server.address}/_static/lab/"
            # Hasta que se ha usado todo una vez, la memoria crece.
            tab.click(".lab-buscar")
            wait_for_status(tab, "He encontrado")
            for seed in (1, 2):
                tab.evaluate(ACTIONS, {"seed": seed, "count": 1000, "root": root})
            before = memory_of(alone, tab)
            tab.evaluate(ACTIONS, {"seed": 3, "count": 1000, "root": root})
            assert memory_of(alone, tab) - before < LEAK
