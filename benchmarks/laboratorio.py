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
from browsing import open_browser, serving

from pix2pix_lib.pretrained import WEIGHTS

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


def status_says(tab, text: str) -> None:
    tab.wait_for_function(
        "text => document.querySelector('#lab-restaurar .lab-estado').textContent.includes(text)",
        arg=text,
        timeout=120_000,
    )


def paint(tab) -> None:
    canvas = tab.locator(".lab-pintar canvas[role=application]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x - 20, y)
    tab.mouse.down()
    tab.mouse.move(x + 30, y + 10, steps=20)
    tab.mouse.up()


def restore(tab) -> float:
    tab.click(".lab-restaurar")
    status_says(tab, "Restaurada en")
    said = tab.inner_text("#lab-restaurar .lab-estado")
    return float(said.split("Restaurada en ")[1].split(" ")[0])


def main() -> None:
    unit = native()
    with serving(SITE) as server, open_browser() as browser:
        tab = browser.new_page()
        tab.add_init_script(WATCH_TASKS)
        start = time.perf_counter()
        tab.goto(f"{server.address}/{PAGE}")
        tab.click("#lab-restaurar .lab-muestras button")
        tab.wait_for_selector(".lab-pintar canvas[role=application]")
        times = {"la página, lista para pintar": time.perf_counter() - start}
        paint(tab)
        restore(tab)
        times["la primera cara restaurada"] = time.perf_counter() - start
        times["una ventana en el navegador"] = median(restore(tab) for _ in range(RUNS))
        weight = sum(server.sent.values())

        photo = Image.fromarray(skimage.data.astronaut()[:384]).resize((4000, 3000))
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=92)
        tab.set_input_files(
            "#lab-restaurar input[type=file]",
            {"name": "grande.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()},
        )
        status_says(tab, "lista")
        paint(tab)
        times["un trazo en 12 megapíxeles"] = restore(tab)
        longest = tab.evaluate("longest") / 1000
    for name, value in times.items():
        print(f"{name:32}{value / unit:7.1f}   ({1000 * value:.0f} ms)")
    print(f"{'onnxruntime, fuera':32}{1:7.1f}   ({1000 * unit:.0f} ms)")
    print(f"la tarea más larga del hilo de la página: {1000 * longest:.0f} ms")
    print(f"viajan {weight / 1e6:.1f} MB")
    print(MIGAN)


if __name__ == "__main__":
    main()
