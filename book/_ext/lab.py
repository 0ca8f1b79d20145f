"""Pone el laboratorio en las páginas ya escritas: sus módulos, la red y lo que las páginas piden.

Una página que lo lleva se prohíbe además pedir nada fuera del sitio (Content-Security-Policy).
"""

import base64
import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np

from pix2pix_lib.data import marks
from pix2pix_lib.data.masks import load_masks
from pix2pix_lib.data.photos import list_photos
from pix2pix_lib.restoration import faces, finding
from pix2pix_lib.restoration.exporting import lab_discriminator, opened_network
from pix2pix_lib.restoration.pretrained import UPRIGHT_WEIGHTS
from pix2pix_lib.teaching.guess_which import PAIRS, PICTURES

SOURCE = Path(__file__).parents[1] / "lab"
PACKAGES = SOURCE / "node_modules"
RUNTIME = PACKAGES / "onnxruntime-web/dist"
VENDORED = {
    "onnxruntime.js": RUNTIME / "ort.wasm.min.mjs",
    "onnxruntime_wasm.js": RUNTIME / "ort-wasm-simd-threaded.mjs",
    "page/comlink.js": PACKAGES / "comlink/dist/esm/comlink.min.mjs",
    "comlink_licencia.txt": PACKAGES / "comlink/LICENSE",
}
"""Con extensión «.js», que cualquier servidor sirve como lo que es; otros no conocen «.mjs»."""
START = SOURCE / "start.js"
TOOLS = shutil.ignore_patterns("node_modules", "*.json", "*.mjs", ".*", START.name, "frames.js")
CHECKED = {".js", ".json", ".webp"}
"""Lo que se comprueba antes de usarlo, además de lo comprimido, que se comprueba al bajarlo."""

FINDING = {
    name: (vars(marks) | vars(finding))[name]
    for name in ("SIDE", "FACE", "MARGIN", "EXTENT", "THRESHOLD", "LARGEST", "OVAL", "AROUND")
}
"""Los números de quien busca imperfecciones."""

TARGET = "_static/lab"
CHARSET = '<meta charset="utf-8" />'
SHEETS = ["explorador.css", "pintor.css", "laboratorio.css", "adivina.css"]
LIVE = {"explorador": "lab-borrar", "adivina": "lab-adivinar"}
"""De cada etiqueta de celda, lo que se pone vivo en el sitio de lo de Python; sin JavaScript queda
dentro la imagen inicial."""
CELL = re.compile(
    rf'(<div class="cell tag_({"|".join(LIVE)})\b.*?<div class="cell_output[^>]*>\s*)(<img[^>]*>)',
    re.DOTALL,
)

POLICY = (
    "default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval' 'unsafe-hashes' {scripts}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'"
)
INLINE = re.compile(
    r'<script(?![^>]*\b(?:src=|type="application/json"))[^>]*>(.*?)</script>|\son[a-z]+="([^"]*)"',
    re.DOTALL,
)
EVALUATED = re.compile(r"new Function\(.*?\);", re.DOTALL)


def integrity(content: bytes) -> str:
    """La huella con la que el navegador comprueba que algo ha llegado como salió."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"


def pack(content: bytes, folder: Path, name: str) -> dict:
    """Guarda algo grande comprimido, con su huella en el nombre; devuelve dónde, cuánto pesa y
    la huella entera."""
    packed = gzip.compress(content, 9, mtime=0)
    path = folder / f"{name}.{hashlib.sha256(packed).hexdigest()[:12]}.bin"
    path.write_bytes(packed)
    return {"url": path.name, "bytes": len(packed), "integrity": integrity(packed)}


def drawings(masks: dict[str, np.ndarray]) -> dict[str, str]:
    """Los píxeles de cada máscara, por filas, son las cifras de un número binario."""
    return {
        name: hex(int("".join(map(str, mask.ravel().astype(int))), 2))
        for name, mask in masks.items()
    }


def write_assets(folder: Path) -> dict:
    """Deja en una carpeta todo lo que el laboratorio pide; devuelve sus direcciones."""
    shutil.copytree(SOURCE, folder, ignore=TOOLS)
    (folder / "service_worker.js").replace(folder.parents[1] / "service_worker.js")
    for path in [PICTURES, PAIRS, faces.LICENCE]:
        shutil.copy(path, folder)
    for name, original in VENDORED.items():
        shutil.copy(original, folder / name)
    (folder / "masks.json").write_text(json.dumps(drawings(load_masks())))
    return {
        "runtime": "onnxruntime.js",
        "glue": "onnxruntime_wasm.js",
        "wasm": pack((RUNTIME / "ort-wasm-simd-threaded.wasm").read_bytes(), folder, "runtime"),
        "generator": pack(opened_network(), folder, "generator"),
        "upright": pack(UPRIGHT_WEIGHTS.read_bytes(), folder, "upright"),
        "discriminator": pack(lab_discriminator(), folder, "discriminator"),
        "game": {"pictures": PICTURES.name, "pairs": PAIRS.name},
        "detector": pack(faces.WEIGHTS.read_bytes(), folder, "detector"),
        "finder": pack(finding.FINDER.read_bytes(), folder, "finder") | FINDING,
        "masks": "masks.json",
        "faces": [
            {"url": path.relative_to(folder).as_posix(), "name": f"muestra_{path.name}"}
            for path in list_photos(folder / "faces")
        ],
        "files": [
            {"url": path.relative_to(folder).as_posix(), "integrity": integrity(path.read_bytes())}
            for path in sorted(folder.rglob("*"))
            if path.suffix in CHECKED and path.name != PICTURES.name
        ],
        "serviceWorker": "../../service_worker.js",
    }


def policy(page: str) -> str:
    """Lo que una página deja hacer: pedir a su propio sitio y ejecutar lo que trae escrito."""
    inline = {script or handler for script, handler in INLINE.findall(page)}
    scripts = " ".join(f"'{integrity(code.encode())}'" for code in sorted(inline))
    return f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(scripts=scripts)}">'


def furnish(page: str, data: str) -> str:
    """Pone en una página lo que pide el laboratorio: estilo, datos, programa y política."""
    page = CELL.sub(
        lambda cell: f'{cell[1]}<div id="{LIVE[cell[2]]}" class="lab">{cell[3]}</div>', page
    )
    if 'class="lab"' not in page:
        return page
    static = re.search(r'data-content_root="([^"]*)"', page)[1] + "_static"
    sheets = "".join(f'<link rel="stylesheet" href="{static}/{name}">' for name in SHEETS)
    program = (
        f'<script type="application/json" id="lab-datos" data-lab="{static}/lab/">{data}</script>'
        f'<script type="module">{START.read_text()}</script>'
    )
    page = page.replace("</head>", f"{sheets}</head>").replace("</body>", f"{program}</body>")
    return page.replace(CHARSET, f"{CHARSET}{policy(page)}", 1)


def install(app, exception):
    if exception or app.builder.name != "html":
        return
    site = Path(app.outdir)
    data = json.dumps(write_assets(site / TARGET))
    for path in site.rglob("*.html"):
        path.write_text(furnish(path.read_text(), data))
    # Sphinx evalúa, de un texto, cómo es el plural del español; la política no deja evaluar nada.
    translations = (site / "_static/translations.js").read_text()
    plural = re.search(r'"plural_expr": "([^"]*)"', translations)[1]
    doctools = site / "_static/doctools.js"
    doctools.write_text(EVALUATED.sub(f"(n) => ({plural});", doctools.read_text()))


def setup(app):
    # Después de las demás extensiones: las huellas son de lo que queda escrito.
    app.connect("build-finished", install, priority=900)
    return {"parallel_read_safe": True}
