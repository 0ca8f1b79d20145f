"""Recetas: todo lo que decide el resultado de un entrenamiento, en un solo objeto.

Son solo datos: se leen y se escriben como JSON, y ni saben de Keras ni de la máquina.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from .errors import UserError
from .masks import MAGENTA, EraseParams
from .pairs import Jitter

REPORT_EVERY = 100
"""Pasos que promedia cada línea del historial."""

SAVE_EVERY = 500
"""Pasos entre guardados, si no se dicen otros."""

CHOICES = {
    "norm": (None, "batch", "instance"),
    "upsampling": ("transpose", "resize"),
    "skips": ("all", "shallow", "deep", "none"),
    "first_fill": (None, "push_pull", "biharmonic"),
    "convolution": ("plain", "partial"),
    "distance": ("l1", "l2"),
    "precision": ("float32", "mixed_bfloat16", "auto"),
}
"""Lo que admiten los ajustes que no son números."""

POSITIVE = ("size", "load_size", "filters", "levels", "batch_size", "steps", "learning_rate")


@dataclass(frozen=True)
class Recipe:
    """Todo lo que decide el resultado de un entrenamiento.

    size: lado de la imagen que ve la red, en píxeles.
    load_size: lado al que se leen las caras, de las que se recortan ventanas (`jitter`).
    filters, levels: canales del primer nivel y niveles de la U-Net.
    convolution: «plain», la U-Net de siempre; «partial», la de `partial_unet`.
    norm, innermost_norm, dropout, slope, upsampling, skips, noise, first_fill, hole_channel,
    input_skip, residual, compose: véase `unet_generator`.
    precision: la de las convoluciones, véase `unet_generator`; «auto», la más rápida en tu
    máquina.
    disc_filters, disc_layers: véase `patchgan_discriminator`; `disc_filters=0` quita el
    discriminador.
    distance, l1_weight, hole_weight, relative: la pérdida, véase `Pix2Pix`.
    batch_size, steps: imágenes por paso y pasos; `steps`, múltiplo de 100.
    learning_rate, cosine: tasa de aprendizaje de Adam y si baja hasta 0 con forma de coseno.
    erase: cómo se borra. jitter: cómo se cambian antes las caras, véase `Jitter`.
    copies: cuántas parejas fijas se hacen de cada cara; con 0, una nueva cada vez.
    seed: semilla de los pesos, de los huecos y del orden de las caras.
    """

    size: int = 256
    load_size: int = 286
    filters: int = 64
    levels: int = 8
    convolution: str = "plain"
    norm: str | None = "batch"
    innermost_norm: bool = True
    dropout: float = 0.5
    slope: float = 0.3
    upsampling: str = "transpose"
    skips: str = "all"
    noise: bool = False
    first_fill: str | None = None
    hole_channel: bool = False
    input_skip: bool = False
    residual: bool = False
    compose: bool = False
    precision: str = "float32"
    disc_filters: int = 64
    disc_layers: int = 3
    distance: str = "l1"
    l1_weight: float = 100.0
    hole_weight: float = 1.0
    relative: bool = False
    batch_size: int = 1
    steps: int = 40_000
    learning_rate: float = 2e-4
    cosine: bool = False
    erase: EraseParams = field(default_factory=EraseParams)
    jitter: Jitter = field(default_factory=Jitter)
    copies: int = 0
    seed: int = 0

    def __post_init__(self):
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                known = ", ".join(str(choice) for choice in choices)
                raise UserError(f"«{value}» no vale para {name}: elige entre {known}.")
        for name in POSITIVE:
            value = getattr(self, name)
            if type(value) not in (int, float) or not value > 0:
                raise UserError(f"«{value}» no vale para {name}: pon un número mayor que 0.")
        if self.steps < REPORT_EVERY or self.steps % REPORT_EVERY:
            raise UserError(f"Los pasos son {self.steps}: usa un múltiplo de {REPORT_EVERY}.")
        if self.load_size < self.size:
            raise UserError(
                f"Las caras se leen a {self.load_size} píxeles y la red las quiere de {self.size}: "
                "sube load_size."
            )


def read_recipe(settings: dict[str, Any]) -> Recipe:
    """La receta que dicen unos ajustes leídos de un fichero JSON.

    Los que falten, porque la receta es de una versión anterior, toman su valor por defecto, con un
    aviso; en las más antiguas, `residual` era todo lo de `CORRECTS`. Lanza UserError si hay alguno
    que no existe o que no vale.
    """
    if isinstance(settings, dict) and settings.get("residual") and "compose" not in settings:
        settings = settings | CORRECTS
    recipe = vary(Recipe(), settings)
    if missing := list(_missing(recipe, settings)):
        warnings.warn(
            f"A la receta le falta {', '.join(missing)}: se toma el valor por defecto.",
            stacklevel=2,
        )
    return recipe


def vary(recipe: Any, settings: dict[str, Any]) -> Any:
    """Una receta con otros ajustes, como los da un fichero JSON o TOML.

    En TOML no hay null: donde un ajuste admite None vale decir «none».
    Lanza UserError si hay alguno que no existe o que no vale.
    """
    if not isinstance(settings, dict):
        raise UserError(f"«{settings}» no es una receta: tiene que ser un objeto JSON.")
    if strange := sorted(settings.keys() - {field.name for field in fields(recipe)}):
        raise UserError(
            f"No hay ningún ajuste que se llame {', '.join(strange)}: corrige el nombre o quítalo "
            "de la receta."
        )
    values = {}
    for name, value in settings.items():
        usual = getattr(recipe, name)
        if value == "none" and None in CHOICES.get(name, ()):
            value = None
        if is_dataclass(usual):
            value = vary(usual, value)
        elif not _fits(usual, value):
            raise UserError(f"«{str(value)[:40]}» no vale para {name}: pon algo como {usual}.")
        values[name] = tuple(value) if isinstance(value, list) else value
    return replace(recipe, **values)


def _fits(usual: Any, value: Any) -> bool:
    """Si un valor leído de un fichero es de la clase del de siempre."""
    if isinstance(usual, tuple):
        return (
            isinstance(value, list) and len(value) == len(usual) and all(map(_fits, usual, value))
        )
    if isinstance(usual, float):
        return type(value) in (int, float) and math.isfinite(value)
    if usual is None or isinstance(usual, str):
        return value is None or isinstance(value, str)
    return type(value) is type(usual)


def _missing(recipe: Any, settings: dict[str, Any]) -> Iterator[str]:
    for field_ in fields(recipe):
        value = getattr(recipe, field_.name)
        if field_.name not in settings:
            yield field_.name
        elif is_dataclass(value):
            yield from _missing(value, settings[field_.name])


ORIGINAL = Recipe()
"""La del tutorial de TensorFlow, con el borrado en negro con el que empezó todo."""

CORRECTS: dict[str, Any] = {
    "first_fill": "biharmonic",
    "hole_channel": True,
    "input_skip": True,
    "residual": True,
    "compose": True,
}
"""Las piezas de una red que corrige un relleno y deja intacto lo que no es hueco."""

REPAINTS = {name: getattr(ORIGINAL, name) for name in CORRECTS}
"""Sin ellas, repinta la cara entera, como la del tutorial."""

MEJORADA = Recipe(
    load_size=448,
    filters=32,
    levels=6,
    norm="instance",
    innermost_norm=False,
    dropout=0.0,
    slope=0.2,
    upsampling="resize",
    **CORRECTS,
    precision="auto",
    disc_filters=32,
    hole_weight=8.0,
    batch_size=8,
    steps=20_000,
    learning_rate=1e-3,
    cosine=True,
    erase=EraseParams(fill=MAGENTA),
    jitter=Jitter(zoom=True, light=0.3),
)
"""Aprende solo lo que falta: parte de un relleno suave y corrige el hueco."""

RAPIDA = replace(
    MEJORADA,
    size=64,
    load_size=72,
    filters=16,
    levels=4,
    precision="float32",
    disc_filters=16,
    disc_layers=2,
    steps=1600,
    jitter=Jitter(),
)
"""La mejorada en pequeño, a 64 píxeles: unos minutos en un portátil sin GPU."""

REPINTA = replace(RAPIDA, **REPAINTS)
"""La rápida, pero repintando la cara entera, como la del tutorial: no recibe el hueco."""

MINIATURA = replace(
    REPINTA, size=32, load_size=36, filters=8, levels=3, disc_filters=0, disc_layers=1, steps=200
)
"""La que repinta, diminuta y sin discriminador: unos segundos, para ver hacia dónde va algo."""

RECIPES = {
    "original": ORIGINAL,
    "mejorada": MEJORADA,
    "rapida": RAPIDA,
    "repinta": REPINTA,
    "miniatura": MINIATURA,
}
"""Las recetas del libro, por su nombre en `pix2pix entrenar --receta`."""
