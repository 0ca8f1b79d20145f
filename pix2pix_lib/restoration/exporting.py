"""Una red entrenada, en un archivo ONNX que corre en un navegador y se deja mirar por dentro.

El archivo recibe `x`, float32 (1, lado, lado, canales), y `saltos`, float32 (saltos,): por cuánto
se multiplica cada conexión de salto, de la de más lado a la de menos; 1 la deja y 0 la corta.
Devuelve, cada una float32 (1, lado, lado, 3), `restaurada`; `relleno`, el primer relleno, si la
receta lo tiene; y `correccion`, lo que la red pinta antes de sumarlo, si la receta es residual.

Pide `onnx`; exportar un entrenamiento propio, también `tf2onnx`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ..errors import UserError
from ..files import ASSETS, published_digest, read_published
from .pretrained import ERASE_PROPERTY, load_pretrained

if TYPE_CHECKING:
    import keras

    from ..recipes import Recipe

SMALL = 1000
"""Los arreglos con menos números se quedan en float32: no ocupan."""

OUTPUT_AXES = {"Conv": 0, "ConvTranspose": 1}
"""Qué eje de los pesos de cada convolución es el de sus canales de salida."""

LEVEL = re.compile(r"(down|up)_\d+")
"""Cómo se llama lo que sale de cada nivel de la U-Net."""

PARTS = ("restaurada", "relleno", "correccion")
"""Lo que devuelve una red abierta, lo que tenga de ello."""

DISCRIMINATOR = ASSETS / "discriminator.onnx"
"""El discriminador del laboratorio, en ONNX, con los pesos en float16."""

DISCRIMINATOR_RECORD = ASSETS / "discriminator.json"
"""Su huella SHA-256 y su receta; lo hace `experiments/discriminador.py`."""


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Calla lo que las bibliotecas cuentan, en inglés, de lo que hacen por dentro."""
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def to_onnx(network: keras.Model, names: Sequence[str]) -> onnx.ModelProto:
    """Una red de Keras en ONNX, para una imagen cada vez y con los pesos en float32.

    names: cómo se llaman en el archivo sus salidas, por orden.
    Lanza UserError si Keras no calcula con TensorFlow.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UserError(
            "Una red propia solo se exporta con TensorFlow: borra KERAS_BACKEND del entorno y "
            "repite la orden."
        )
    # Sin haberla usado, Keras no sabe qué forma tiene lo que recibe.
    network(keras.tree.map_structure(lambda x: np.zeros((1, *x.shape[1:]), x.dtype), network.input))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "red.onnx"
        with _quietly():
            network.export(path, format="onnx", verbose=False)
        model = onnx.load(path)
    graph = model.graph
    for entry in graph.input:
        entry.type.tensor_type.shape.dim[0].dim_value = 1
    inside = [output.name for output in graph.output]
    del graph.output[:]
    for name, made, output in zip(names, inside, network.outputs, strict=True):
        graph.node.append(helper.make_node("Identity", [made], [name]))
        shape = [1, *output.shape[1:]]
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return model


def generator_to_onnx(generator: keras.Model, recipe: Recipe) -> onnx.ModelProto:
    """El generador de una receta en ONNX, que dice también cómo se borró para enseñarle.

    Devuelve lo de `PARTS` y, después, lo que sale de cada nivel: `down_1`, `down_2`... y `up_1`.
    """
    import keras

    parts = {"restaurada": generator.output}
    named = {layer.name: layer.output for layer in generator.layers}
    if "first_fill" in named:
        parts["relleno"] = named["first_fill"]
    if getattr(recipe.generator, "residual", False):
        parts["correccion"] = named["painted"]
    parts |= {name: output for name, output in named.items() if LEVEL.fullmatch(name)}
    model = to_onnx(keras.Model(generator.input, [*parts.values()]), [*parts])
    helper.set_model_props(model, {ERASE_PROPERTY: json.dumps(asdict(recipe.data.erase))})
    return model


def _widen(graph: onnx.GraphProto) -> None:
    """Pasa a float32 los pesos guardados en float16."""
    halves = {one.name: one for one in graph.initializer if one.data_type == TensorProto.FLOAT16}
    for node in [node for node in graph.node if node.op_type == "Cast" and node.input[0] in halves]:
        values = numpy_helper.to_array(halves[node.input[0]]).astype(np.float32)
        halves[node.input[0]].CopyFrom(numpy_helper.from_array(values, node.output[0]))
        graph.node.remove(node)


def _to_int8(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Unos pesos en int8 y la escala de cada canal de salida, cuyo mayor peso vale 127."""
    others = tuple(other for other in range(values.ndim) if other != axis)
    largest = np.abs(values).max(others, keepdims=True)
    scale = np.where(largest, largest, 1) / np.float32(127)
    return np.rint(values / scale).astype(np.int8), scale.ravel()


def lighten(model: onnx.ModelProto, precision: str) -> None:
    """Guarda los pesos de una red ONNX en «float16» o, los de sus convoluciones, en «int8».

    En int8, cada canal de salida tiene su escala, y el 0 es el 0. Las cuentas siguen en float32;
    con «float32», los pesos también.
    """
    graph = model.graph
    _widen(graph)
    if precision == "float32":
        return
    axes = {
        node.input[1]: OUTPUT_AXES[node.op_type]
        for node in graph.node
        if node.op_type in OUTPUT_AXES
    }
    for tensor in list(graph.initializer):
        name, values = tensor.name, numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size <= SMALL:
            continue
        stored, axis = f"{name}_{precision}", axes.get(name)
        if precision == "int8" and axis is not None:
            values, scale = _to_int8(values, axis)
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}_escala"))
            inputs = [stored, f"{name}_escala"]
            node = helper.make_node("DequantizeLinear", inputs, [name], axis=axis)
        else:
            values = values.astype(np.float16)
            node = helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT)
        tensor.CopyFrom(numpy_helper.from_array(values, stored))
        graph.node.insert(0, node)


def _skips(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Donde cada conexión de salto se une a lo que sube, de la de más lado a la de menos.

    Lo que sube sale de una ReLU, y lo que bajó, de una LeakyReLU; a nada más le pasa.
    """
    makers = {output: node for node in graph.node for output in node.output}

    def origin(name: str) -> str:
        node = makers.get(name)
        if node is None:
            return ""
        return origin(node.input[0]) if node.op_type == "Transpose" else node.op_type

    found = [
        node
        for node in graph.node
        if node.op_type == "Concat" and [*map(origin, node.input)] == ["Relu", "LeakyRelu"]
    ]
    # Se sube de la de menos lado a la de más.
    return found[::-1]


def open_network(model: onnx.ModelProto) -> None:
    """Abre un generador en ONNX: le pone la entrada `saltos` y le deja las salidas de `PARTS`.

    Si no tiene saltos, tampoco la entrada.
    """
    graph = model.graph
    kept = [output for output in graph.output if output.name in PARTS]
    del graph.output[:]
    graph.output.extend(kept)
    skips = _skips(graph)
    for level, join in enumerate(skips):
        number = numpy_helper.from_array(np.array(level), f"salto_{level}")
        graph.initializer.append(number)
        nodes = [
            helper.make_node("Gather", ["saltos", number.name], [f"factor_{level}"]),
            helper.make_node("Mul", [join.input[1], f"factor_{level}"], [f"cortado_{level}"]),
        ]
        join.input[1] = f"cortado_{level}"
        place = list(graph.node).index(join)
        for node in reversed(nodes):
            graph.node.insert(place, node)
    if skips:
        entry = helper.make_tensor_value_info("saltos", TensorProto.FLOAT, [len(skips)])
        graph.input.append(entry)


def opened_network(precision: str = "float16") -> bytes:
    """La red del libro, abierta, en un archivo ONNX. Lanza UserError si falta o está estropeada."""
    model = onnx.load_from_string(load_pretrained().content)
    lighten(model, precision)
    open_network(model)
    return model.SerializeToString()


def lab_discriminator() -> bytes:
    """El discriminador contra el que aprendió la red de los rasgos, en un archivo ONNX.

    Recibe `borrada`, (1, 128, 128, 4), con el hueco en el cuarto canal, y `candidata`, (1, 128,
    128, 3), y devuelve `notas`, (1, 14, 14, 1): logits, positivos donde lo que hay en medio del
    parche le parece auténtico.
    Lanza UserError si falta o está estropeado.
    """
    lost = f"El discriminador del laboratorio («{DISCRIMINATOR}») falta o está estropeado"
    return read_published(DISCRIMINATOR, published_digest(DISCRIMINATOR_RECORD), lost)


def opened_run(folder: str | Path, precision: str = "float16") -> bytes:
    """El generador de un entrenamiento acabado, abierto, en un archivo ONNX.

    Lanza UserError si la carpeta no tiene uno, si se paró a medias o si no se puede exportar.
    """
    from ..model.build import build
    from ..recipes import vary
    from ..training.runs import load_run

    run = load_run(folder)
    if run.steps < run.recipe.training.steps:
        raise UserError(
            f"El entrenamiento de «{folder}» va por el paso {run.steps} de "
            f"{run.recipe.training.steps}: acábalo antes con «pix2pix entrenar»."
        )
    if getattr(run.recipe.generator, "noise", False):
        raise UserError(
            f"La red de «{folder}» recibe ruido al azar, que no se puede exportar: entrena otra "
            "con noise=False."
        )
    recipe = vary(run.recipe, {"training": {"precision": "float32"}})
    generator = build(recipe).generator
    generator.set_weights(run.model.generator.get_weights())
    model = generator_to_onnx(generator, recipe)
    lighten(model, precision)
    open_network(model)
    return model.SerializeToString()
