"""Lo que mueve las redes en el navegador: con varios hilos o, si no arrancan, con uno."""

import json
import re
import shutil

from browsing import Isolating, needs_chromium, serving
from places import SITE

pytestmark = needs_chromium

WITHOUT_THREADS = """
import start from "./onnxruntime_wasm.js";
export default options => {
  globalThis.tried = [...globalThis.tried ?? [], options.numThreads];
  if (options.numThreads > 1) throw new Error("aquí no arrancan los hilos");
  return start(options);
};
"""

FIND = """
async assets => {
  Object.defineProperty(navigator, "hardwareConcurrency", {value: 4});
  const {Detector} = await import("/engine/faces.js");
  const [one, other] = await Promise.all([Detector.load(assets), Detector.load(assets)]);
  const photo = {data: new Uint8ClampedArray(4 * 64 * 64).fill(255), width: 64, height: 64};
  const found = [await one.findFaces(photo), await other.findFaces(photo)];
  return {isolated: crossOriginIsolated, tried: globalThis.tried ?? [], found};
}
"""


def test_where_threads_do_not_start_one_is_enough(browser, tmp_path):
    folder = tmp_path / "lab"
    shutil.copytree(SITE / "_static/lab", folder)
    (folder / "glue.js").write_text(WITHOUT_THREADS)
    page = (SITE / "book/laboratorio.html").read_text()
    assets = json.loads(re.search(r'id="lab-datos"[^>]*>(.*?)</script>', page)[1])
    used = {"runtime": f"/{assets['runtime']}", "glue": "/glue.js"}
    with serving(folder, Isolating) as server:
        tab = browser.new_page()
        tab.goto(f"{server.address}/")
        seen = tab.evaluate(FIND, assets | used)
        tab.close()
    assert seen["isolated"] and seen["found"] == [[], []]
    assert seen["tried"][0] > 1 and seen["tried"][-1] == 1
