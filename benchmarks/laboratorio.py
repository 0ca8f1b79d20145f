"""Cuánto tarda el laboratorio en un navegador: `python benchmarks/laboratorio.py`, tras `make web`.

La unidad es lo que tarda onnxruntime, fuera del navegador y con un hilo, en restaurar una ventana
de 256 píxeles. El navegador no se aísla de otros sitios, así que también usa un solo hilo.
"""

import io
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime
import skimage.data
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from browser import open_browser
from browsing import paint, restore_while_painting, serving, wait_for_status

from pix2pix_lib.restoration.pretrained import WEIGHTS

SITE = Path(__file__).parents[1] / "_build/web/_build/html"
PAGE = "book/laboratorio.html"
RUNS = 9

MIGAN = (
    "MI-GAN, ventana de 512, en WebAssembly: 27 MiB y unos 1.2 s (publicado por NegativeConverter)"
)

WATCH_TASKS = """
window.longest = 0;
new PerformanceObserver(list => {
  for (const {duration} of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({type: "longtask", buffered: true});
"""


def native() -> float:
    """Segundos que tarda onnxruntime, con un hilo, en una ventana."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(WEIGHTS, options, providers=["CPUExecutionProvider"])
    x = np.zeros((1, 256, 256, 4), np.float32)
    x[:, 80:140, 80:160] = (1, -1, 1, 1)
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        session.run(None, {"x": x})
        times.append(time.perf_counter() - start)
    return median(times)


def restore(tab) -> float:
    """Los segundos que la página dice que ha tardado en restaurar lo pintado."""
    tab.evaluate("() => { document.querySelector('#lab-restaurar .lab-estado').textContent = ''; }")
    tab.click(".lab-restaurar")
    wait_for_status(tab, "Restaurada en")
    said = tab.inner_text("#lab-restaurar .lab-estado")
    return float(said.split("Restaurada en ")[1].split(" ")[0])


TIME = """
async ({root, runs}) => {
  const {Session} = await import(root + "page/session.js");
  const {assets} = await import(root + "laboratory.js");
  const session = new Session(assets);
  const file = await (await fetch(assets.faces[0].url)).blob();
  await session.open(file, "cara");
  const hole = new Uint8Array(256 * 256);
  for (let row = 100; row < 115; row++) hole.fill(1, 256 * row + 100, 256 * row + 130);
  const faces = await session.ask(photo => photo.faces());
  const ignore = () => {};
  const times = {restored: [], searched: []};
  await session.findMarks(faces, ignore, ignore);
  for (let run = 0; run < runs; run++) {
    times.restored.push((await session.restore(hole, [], ignore, ignore)).seconds);
    const start = performance.now();
    await session.findMarks(faces, ignore, ignore);
    times.searched.push((performance.now() - start) / 1000);
  }
  return times;
}
"""


def main() -> None:
    unit = native()
    with serving(SITE) as server, open_browser() as browser:
        tab = browser.new_page()
        tab.add_init_script(WATCH_TASKS)
        start = time.perf_counter()
        tab.goto(f"{server.address}/{PAGE}")
        tab.click("#lab-restaurar .lab-muestras button")
        restore_while_painting(tab, False)
        tab.wait_for_selector(".lab-pintar canvas[role=application]")
        times = {"la página, lista para pintar": time.perf_counter() - start}
        paint(tab)
        restore(tab)
        times["la primera cara restaurada"] = time.perf_counter() - start
        weight = sum(server.sent.values())
        taken = tab.evaluate(TIME, {"root": f"{server.address}/_static/lab/", "runs": RUNS})
        times["una ventana en el navegador"] = median(taken["restored"])
        times["buscar imperfecciones en una cara"] = median(taken["searched"])

        photo = Image.fromarray(skimage.data.astronaut()[:384]).resize((4000, 3000))
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=92)
        tab.set_input_files(
            "#lab-restaurar input[type=file]",
            {"name": "grande.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()},
        )
        wait_for_status(tab, "Pinta lo que")
        paint(tab)
        times["un trazo en 12 megapíxeles"] = restore(tab)
        longest = tab.evaluate("longest") / 1000
    for name, value in times.items():
        print(f"{name:34}{value / unit:7.1f}   ({1000 * value:.0f} ms)")
    print(f"{'onnxruntime, fuera':34}{1:7.1f}   ({1000 * unit:.0f} ms)")
    print(f"la tarea más larga del hilo de la página: {1000 * longest:.0f} ms")
    print(f"viajan {weight / 1e6:.1f} MB")
    print(MIGAN)


if __name__ == "__main__":
    main()
