"""Leer las recetas guardadas, también las de versiones anteriores."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from .errors import UserError
from .recipes import CORRECTS, EraseParams, Jitter, Loss, PatchGAN, Recipe, UNet, vary


def read_recipe(settings: Any) -> Recipe:
    """La receta que dicen unos ajustes leídos de un archivo JSON.

    Los que falten, porque la receta es de una versión anterior, toman su valor de fábrica, con un
    aviso. Las más antiguas no tenían partes: véase `_in_parts`.
    Lanza UserError si hay alguno que no existe o que no vale.
    """
    if isinstance(settings, dict) and settings and not settings.keys() & PARTS:
        settings, missing = _in_parts(settings)
        recipe = vary(Recipe(), settings)
    else:
        recipe = vary(Recipe(), settings)
        missing = list(_missing(recipe, settings))
    if missing:
        warnings.warn(
            f"A la receta le falta {', '.join(missing)}: se toma el valor por defecto.",
            stacklevel=2,
        )
    return recipe


def _missing(recipe: Any, settings: Mapping[str, Any]) -> Iterator[str]:
    for each in fields(recipe):
        value = getattr(recipe, each.name)
        if each.name not in settings:
            yield each.name
        elif is_dataclass(value):
            yield from _missing(value, settings[each.name])


PARTS = {each.name for each in fields(Recipe)}

SHARED, LATER = ("filters", "levels", "norm", "slope"), ("mirror",)


UNET_ONLY = tuple(
    each.name for each in fields(UNet) if each.init and each.name not in SHARED + LATER
)

OLD_NAMES = {
    "data": ("size", "load_size", "erase", "jitter", "copies"),
    "generator": (*SHARED, *UNET_ONLY, "convolution"),
    "discriminator": ("disc_filters", "disc_layers"),
    "loss": ("distance", "l1_weight", "hole_weight", "relative"),
    "training": ("batch_size", "steps", "learning_rate", "cosine", "precision", "seed"),
}
"""Cómo se llamaba cada ajuste cuando las recetas no tenían partes."""


def _in_parts(old: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Una receta sin partes, en partes, y los ajustes que le faltaban.

    Se queda con lo que la red tenía de verdad: con convoluciones parciales no contaban los ajustes
    de la U-Net; con la pérdida relativa, tampoco `hole_weight`; el discriminador compartía `norm` y
    `slope` con el generador; y, en las más antiguas, `residual` era todo lo de `CORRECTS`.
    """
    if old.get("residual") and "compose" not in old:
        old = old | CORRECTS
    known = {name for names in OLD_NAMES.values() for name in names}
    if strange := sorted(old.keys() - known):
        raise UserError(
            f"No hay ningún ajuste que se llame {', '.join(strange)}: corrige el nombre o quítalo "
            "de la receta."
        )
    missing = [name for names in OLD_NAMES.values() for name in names if name not in old]
    for name, usual in (("erase", EraseParams()), ("jitter", Jitter())):
        if isinstance(old.get(name), dict):
            missing += list(_missing(usual, old[name]))
    parts: dict[str, Any] = {
        part: {name: old[name] for name in names if name in old}
        for part, names in OLD_NAMES.items()
    }
    generator, discriminator, loss = (
        parts[name] for name in ("generator", "discriminator", "loss")
    )
    norm = old.get("norm", "batch")
    if generator.pop("convolution", "plain") == "partial":
        parts["generator"] = {"architecture": "partial", "slope": old.get("slope", 0.3)} | {
            name: value for name, value in generator.items() if name in SHARED
        }
    elif norm in (None, "none"):
        generator["innermost_norm"] = False
    filters = discriminator.get("disc_filters", PatchGAN().filters)
    parts["discriminator"] = {
        "filters": filters,
        "layers": discriminator.get("disc_layers", PatchGAN().layers),
        "norm": norm,
        "slope": old.get("slope", PatchGAN().slope),
    }
    if not filters:
        parts["discriminator"] = None
    loss["distance_weight"] = loss.pop("l1_weight", Loss().distance_weight)
    if loss.pop("relative", False):
        loss |= {"distance": "log_l1", "hole_weight": 1.0, "hole_patches": bool(filters)}
    if not loss["distance_weight"]:
        loss |= {"distance": "l1", "hole_weight": 1.0}
    return parts, missing
