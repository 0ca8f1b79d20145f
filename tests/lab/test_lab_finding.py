"""El laboratorio encuentra las mismas marcas que la biblioteca, y el lector elige cuáles se quitan.

Python escribe los casos con lo que le da cada uno, y `lab/finding.test.js` los repite.
"""

import base64
import io

import cv2
import numpy as np
import pytest
from browsing import faults_of, needs_chromium, serving, wait_for_status
from lab import FINDING
from nodejs import RUNTIME, assert_node_agrees, needs_node, needs_runtime
from PIL import Image
from places import SITE
from test_lab_page import encoded, saved, status, upload, visiting

from pix2pix_lib.data import marks
from pix2pix_lib.data.features import UPRIGHT, upright
from pix2pix_lib.data.marks import LARGEST, MOLE, THRESHOLD, paint_mark, skin
from pix2pix_lib.restoration.faces import find_faces
from pix2pix_lib.restoration.finding import (
    EXTENT,
    FACE,
    FINDER,
    SIDE,
    bring_back,
    find_marks,
    hole_of,
)

MOLES = [(0.3, 0.62), (0.7, 0.62), (0.5, 0.24), (0.4, 0.9)]
"""Dónde se pintan, en partes del lado de la cara derecha."""


@pytest.fixture(scope="module")
def spotted(default_faces):
    """Tres caras con cuatro lunares claros, que se encuentran."""
    photos = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "FAINTEST", 80)
        patch.setitem(marks.SIZES, MOLE, (0.02, 0.025))
        for index, photo in enumerate(default_faces[:3]):
            matrix = upright(find_faces(photo)[0].points, SIDE)
            back, scale = cv2.invertAffineTransform(matrix), np.hypot(*matrix[0, :2])
            rng = np.random.default_rng(index)
            for place in MOLES:
                center = tuple(back @ (*np.multiply(place, SIDE), 1))
                photo, _ = paint_mark(photo, rng, MOLE, center, FACE / scale)
            photos.append(photo)
    return photos


def some_points(rng):
    """Una cara de `UPRIGHT`, girada y movida: float (6, 2)."""
    angle, size = rng.uniform(-0.5, 0.5), np.exp(rng.uniform(np.log(40), np.log(1500)))
    turn = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return UPRIGHT @ turn + rng.uniform(-0.3, 0.3, 2) * size


def skin_case(seed):
    points = UPRIGHT + np.random.default_rng(seed).uniform(-0.05, 0.05, UPRIGHT.shape)
    side = 50 + seed
    pixels = np.flatnonzero(skin(side, points))
    return {"side": side, "points": points.ravel().tolist(), "pixels": pixels.tolist()}


def mark_case(seed):
    rng = np.random.default_rng(seed)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    center = rng.integers(0, SIDE, 2).tolist()
    axes = np.exp(rng.uniform(0, np.log(60), 2)).astype(int).tolist()
    cv2.ellipse(canvas, center, axes, rng.uniform(0, 180), 0, 360, 1, -1)
    matrix = upright(some_points(rng), SIDE)
    height, width = rng.integers(30, 900, 2).tolist()
    rows, columns = bring_back(canvas > 0, matrix, (height, width))
    return {
        "mark": np.flatnonzero(canvas).tolist(),
        "matrix": matrix.tolist(),
        "shape": {"width": width, "height": height},
        "pixels": (rows * width + columns).tolist(),
    }


def photo_case(photo, path):
    height, width = photo.shape[:2]
    path.write_bytes(np.dstack([photo, np.full((height, width), 255, np.uint8)]).tobytes())
    faces = find_faces(photo)
    proposals = [
        {
            "pixels": (each.where[0] * width + each.where[1]).tolist(),
            "chance": each.chance,
            "size": each.size,
        }
        for each in find_marks(photo, faces, EXTENT, 1)
    ]
    return {
        "path": str(path),
        "width": width,
        "height": height,
        "faces": [face.points.ravel().tolist() for face in faces],
        "proposals": proposals,
    }


@needs_node
@needs_runtime
def test_the_browser_finds_the_same_as_the_library(spotted, tmp_path):
    large = cv2.resize(np.rot90(spotted[1]), None, fx=4.3, fy=4.3, interpolation=cv2.INTER_CUBIC)
    photos = [*spotted, large, np.hstack([spotted[2], spotted[0][:, ::-1]])]
    cases = {
        "runtime": str(RUNTIME),
        "weights": str(FINDER),
        "numbers": FINDING,
        "skins": [skin_case(seed) for seed in range(20)],
        "marks": [mark_case(seed) for seed in range(100)],
        "photos": [photo_case(photo, tmp_path / f"{i}.rgba") for i, photo in enumerate(photos)],
    }
    assert sum(len(case["pixels"]) > 0 for case in cases["marks"]) > 30
    assert_node_agrees("finding.test.js", 4, cases, tmp_path / "casos.json")


@pytest.fixture
def page(browser):
    """El laboratorio en un teléfono, y su servidor."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    with serving(SITE) as server, visiting(context, server.address) as tab:
        yield tab, server
    context.close()


def press(tab, name):
    tab.get_by_role("button", name=name, exact=True).click()


def changed_places(tab, photo):
    """Dónde no es la foto guardada como la que se abrió: bool (alto, ancho)."""
    _, content = saved(tab)
    return (np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) != photo).any(-1)


@needs_chromium
def test_the_reader_chooses_among_what_is_proposed(page, spotted):
    tab, server = page
    photo = spotted[0]
    upload(tab, encoded(photo))
    wait_for_status(tab, "lista")
    assert not any("/finder." in path for path in server.sent)
    tab.click(".lab-buscar")
    wait_for_status(tab, "encontrado")
    shown = tab.locator(".pintor-propuestas [role=checkbox]:visible")
    proposals = find_marks(photo, find_faces(photo), THRESHOLD, LARGEST)
    assert len(proposals) > 3 and shown.count() == len(proposals)
    assert f"He encontrado {len(proposals)} marcas" in status(tab)
    assert faults_of(tab) == []

    # Los deslizadores eligen en el acto entre lo encontrado.
    security = tab.locator(".lab-propuestas [name=seguridad]")
    size = tab.locator(".lab-propuestas [name=tamano]")
    security.fill("100")
    assert shown.count() == 0
    wait_for_status(tab, "tan segura y de ese tamaño")
    security.fill(f"{100 * THRESHOLD:.0f}")
    size.fill("1")
    assert shown.count() == sum(each.size <= 0.01 for each in proposals)
    size.fill(f"{100 * LARGEST:.0f}")

    # Una se descarta con el ratón o el dedo; otra, con el teclado; de otra se conserva una parte.
    box = shown.nth(0).bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for touch, verb in [(tab.mouse.click, "queda"), (tab.touchscreen.tap, "quita")] * 2:
        touch(*middle)
        assert status(tab) == f"La marca 1 se {verb}."
    tab.touchscreen.tap(*middle)
    for _ in range(5):
        press(tab, "Acercar")
    shown.nth(1).focus()
    tab.keyboard.press("Space")
    tab.keyboard.press("Space")
    assert status(tab) == "La marca 2 se quita."
    tab.keyboard.press("Enter")
    # La que tiene el foco se ve: al menos, su centro.
    around = tab.locator(".pintor-caballete").bounding_box()
    box = shown.nth(1).bounding_box()
    for start, length in [("x", "width"), ("y", "height")]:
        assert 0 < box[start] + box[length] / 2 - around[start] < around[length]
    press(tab, "Ver entera")
    tab.locator("input[value=keep]").check()
    box = shown.nth(2).bounding_box()
    tab.locator(".pintor-tamano input").fill("20")
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + 1)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 1, steps=4)
    tab.mouse.up()
    states = ["false"] * 3 + ["true"] * (len(proposals) - 3)
    assert [one.get_attribute("aria-checked") for one in shown.all()] == states
    assert faults_of(tab) == []

    # Nada se ha quitado hasta que se pide; y entonces, solo lo elegido.
    tab.click(".lab-guardar")
    wait_for_status(tab, "Todavía no hay nada restaurado")
    tab.click(".lab-restaurar")
    wait_for_status(tab, "Restaurada en")
    accepted = hole_of(proposals[3:], photo.shape[:2])
    changed = changed_places(tab, photo)
    assert changed[accepted].mean() > 0.8
    assert (changed & ~accepted).sum() <= 2
    assert shown.count() == 3
    press(tab, "Deshacer")
    assert [one.get_attribute("aria-checked") for one in shown.all()] == states
    tab.click(".lab-guardar")
    wait_for_status(tab, "Todavía no hay nada restaurado")
    press(tab, "Rehacer")
    assert shown.count() == 3
    np.testing.assert_array_equal(changed_places(tab, photo), changed)


@needs_chromium
def test_what_is_kept_is_not_touched_though_it_is_painted(page, spotted):
    tab, _ = page
    upload(tab, encoded(spotted[1]))
    wait_for_status(tab, "lista")
    box = tab.locator(".pintor-foto").bounding_box()

    def drag(tool, start, end):
        tab.locator(f"input[value={tool}]").check()
        places = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
        ]
        tab.mouse.move(*places[0])
        tab.mouse.down()
        tab.mouse.move(*places[1], steps=4)
        tab.mouse.up()

    drag("keep", (0.5, 0.3), (0.5, 0.7))
    drag("brush", (0.3, 0.5), (0.7, 0.5))
    tab.click(".lab-restaurar")
    wait_for_status(tab, "Restaurada en")
    changed = changed_places(tab, spotted[1])
    middle = changed.any(0)
    assert changed.any() and not middle[124:132].any() and middle[:120].any() and middle[136:].any()
    # Lo que se ve con contraste no es lo que se guarda.
    tab.click(".lab-contraste")
    filtered = "one => getComputedStyle(one).filter"
    assert "#lab-contraste" in tab.locator(".pintor-foto").evaluate(filtered)
    np.testing.assert_array_equal(changed_places(tab, spotted[1]), changed)
    # Deshecho todo, el mismo trazo llega al medio.
    for _ in range(3):
        press(tab, "Deshacer")
    drag("brush", (0.3, 0.5), (0.7, 0.5))
    tab.click(".lab-restaurar")
    wait_for_status(tab, "Restaurada en")
    assert changed_places(tab, spotted[1])[:, 124:132].any()


LOOK_IN_FRAMES = """
async ({photo, frames, root}) => {
  const {Session} = await import(root + "page/session.js");
  const {assets} = await import(root + "laboratory.js");
  const session = new Session(assets);
  const bytes = Uint8Array.from(atob(photo), letter => letter.charCodeAt(0));
  await session.open(new Blob([bytes], {type: "image/png"}), "x.png");
  const results = [];
  for (const frame of frames) {
    const {marks, faces} = await session.findMarks([frame], () => {}, () => {});
    results.push([faces, marks.filter(({chance}) => chance > 0.9).length]);
  }
  return results;
}
"""


@needs_chromium
def test_the_frames_say_where_to_look(page, spotted):
    tab, server = page
    photo = np.hstack([spotted[0], np.full_like(spotted[0], 128)])
    (face,) = find_faces(photo)
    frame = {"x": face.x, "y": face.y, "width": face.width}
    points = {"points": face.points.ravel().tolist()}
    # El encontrado, uno puesto a mano sobre la cara y el encontrado, llevado donde no hay nadie.
    frames = [frame | points, frame, frame | points | {"x": face.x + 256}]
    given = {
        "photo": base64.b64encode(encoded(photo)).decode(),
        "frames": frames,
        "root": f"{server.address}/_static/lab/",
    }
    found, placed, moved = tab.evaluate(LOOK_IN_FRAMES, given)
    assert found[0] == placed[0] == 1 and min(found[1], placed[1]) > 2
    assert moved == [0, 0]


@needs_chromium
def test_where_there_is_nobody_it_says_so(page):
    tab, server = page
    upload(tab, encoded(np.full((90, 120, 3), 128, np.uint8)))
    wait_for_status(tab, "lista")
    tab.click(".lab-buscar")
    wait_for_status(tab, "No he encontrado ninguna cara")
    assert not any("/finder." in path for path in server.sent)
