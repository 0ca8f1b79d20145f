import dataclasses
import json
import os
import warnings

import keras
import numpy as np
import pytest
from keras import layers
from old_recipes import OLD_RAPIDA

from pix2pix_lib.errors import UserError
from pix2pix_lib.model.build import build
from pix2pix_lib.model.fill import RELAXATION_STEPS, FirstFill
from pix2pix_lib.model.networks import NoiseChannel
from pix2pix_lib.model.partial import KERNELS
from pix2pix_lib.recipes import (
    CORRECTS,
    MEJORADA,
    MINIATURA,
    ORIGINAL,
    RAPIDA,
    REPINTA,
    Data,
    EraseParams,
    Jitter,
    Loss,
    PartialUNet,
    PatchGAN,
    Recipe,
    Training,
    UNet,
    vary,
)
from pix2pix_lib.stored_recipes import read_recipe


def stored(recipe):
    return json.loads(json.dumps(dataclasses.asdict(recipe)))


@pytest.mark.parametrize("recipe", [ORIGINAL, MEJORADA, RAPIDA, REPINTA, MINIATURA])
def test_a_recipe_comes_back_from_its_file(recipe, recwarn):
    assert read_recipe(stored(recipe)) == recipe
    assert not recwarn


def test_what_an_older_recipe_lacks_takes_its_usual_value_and_is_said():
    settings = stored(MEJORADA)
    del settings["loss"]["r1"], settings["data"]["erase"]["strokes"]
    with pytest.warns(UserWarning, match="strokes, r1"):
        assert read_recipe(settings) == MEJORADA


def test_a_recipe_without_parts_is_still_read(recwarn):
    assert read_recipe(OLD_RAPIDA) == RAPIDA
    alone = read_recipe(OLD_RAPIDA | {"disc_filters": 0})
    assert alone == vary(RAPIDA, {"discriminator": None})
    assert not recwarn
    old = {name: value for name, value in OLD_RAPIDA.items() if name != "relative"}
    with pytest.warns(UserWarning, match="relative"):
        assert read_recipe(old) == RAPIDA


def test_in_the_oldest_recipes_to_correct_was_a_single_setting():
    for recipe, corrects in ((RAPIDA, True), (REPINTA, False)):
        settings = OLD_RAPIDA | {"residual": corrects}
        for name in CORRECTS.keys() - {"residual"}:
            del settings[name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert read_recipe(settings) == recipe


def test_an_old_recipe_tells_what_its_network_had(recwarn):
    partial = read_recipe(OLD_RAPIDA | {"convolution": "partial"})
    assert partial.generator == PartialUNet(16, 4, norm="instance", slope=0.2)
    relative = read_recipe(OLD_RAPIDA | {"relative": True})
    assert relative.loss == Loss(distance="log_l1", hole_patches=True)
    assert not read_recipe(OLD_RAPIDA | {"relative": True, "disc_filters": 0}).loss.hole_patches
    bare = read_recipe(OLD_RAPIDA | {"norm": None})
    assert bare.generator.norm is bare.discriminator.norm is None
    assert not recwarn


def test_none_can_be_written_where_there_is_no_null():
    changes = {
        "generator": {"norm": "none", "first_fill": "none", "skips": "none"},
        "discriminator": "none",
    }
    varied = vary(RAPIDA, changes)
    assert (varied.generator.norm, varied.generator.first_fill) == (None, None)
    assert varied.generator.skips == "none" and varied.discriminator is None
    assert vary(varied, {"discriminator": {"filters": 7}}).discriminator == PatchGAN(7)


def test_another_architecture_keeps_what_both_share():
    partial = vary(RAPIDA, {"generator": {"architecture": "partial", "levels": 3}})
    assert partial.generator == PartialUNet(16, 3, norm="instance", slope=0.2)
    back = vary(partial, {"generator": {"architecture": "unet", "innermost_norm": False}})
    assert back.generator == UNet(16, 3, norm="instance", slope=0.2, innermost_norm=False)
    with pytest.raises(UserError, match=r"gated.*unet, partial"):
        vary(RAPIDA, {"generator": {"architecture": "gated"}})
    with pytest.raises(UserError, match="dropout"):
        vary(RAPIDA, {"generator": {"architecture": "partial", "dropout": 0.5}})


@pytest.mark.parametrize("path", ["", "data", "data erase", "data jitter", "loss", "generator"])
def test_a_setting_that_does_not_exist_is_named(path):
    settings = part = stored(RAPIDA)
    for name in path.split():
        part = part[name]
    part["filtros"] = 3
    with pytest.raises(UserError, match="filtros"):
        read_recipe(settings)
    with pytest.raises(UserError, match="filtros"):
        read_recipe(OLD_RAPIDA | {"filtros": 3})


WRONG = [
    ("generator", "norm", "bacth"),
    ("generator", "upsampling", "nearest"),
    ("generator", "skips", "some"),
    ("generator", "first_fill", "magic"),
    ("generator", "filters", 0),
    ("generator", "filters", 16.5),
    ("generator", "filters", True),
    ("generator", "levels", "cuatro"),
    ("generator", "dropout", 1.5),
    ("generator", "slope", -0.1),
    ("generator", "residual", 1),
    ("discriminator", "layers", 9),
    ("discriminator", "texture", float("inf")),
    ("loss", "distance", "l3"),
    ("loss", "hole_weight", -5.0),
    ("loss", "distance_weight", float("nan")),
    ("loss", "adversarial", "wasserstein"),
    ("training", "precision", "float16"),
    ("training", "learning_rate", -1.0),
    ("training", "batch_size", None),
    ("training", "batch_size", 2.5),
    ("training", "steps", 50),
    ("training", "steps", 150),
    ("training", "seed", -1),
    ("training", "ema", 1.0),
    ("data", "load_size", 20),
    ("data", "copies", -1),
]


@pytest.mark.parametrize(("part", "name", "value"), WRONG)
def test_a_value_that_makes_no_sense_is_refused_with_its_name(part, name, value):
    with pytest.raises(UserError, match=f"{name}|Los pasos"):
        vary(RAPIDA, {part: {name: value}})
    with pytest.raises(UserError, match=f"{name}|Los pasos"):
        dataclasses.replace(getattr(RAPIDA, part), **{name: value})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"generator": {"norm": None, "innermost_norm": True}}, "innermost_norm=False"),
        ({"generator": {"levels": 2, "skips": "deep"}}, "un solo salto"),
        ({"generator": {"levels": 7}}, "múltiplo de 128"),
        ({"discriminator": {"layers": 5}}, "pequeña para un discriminador"),
        ({"loss": {"distance": "log_l1"}}, "quita hole_weight"),
        ({"loss": {"distance_weight": 0}}, "la distancia no cuenta"),
        ({"discriminator": None, "loss": {"r1": 1.0}}, "no cuenta r1"),
        ({"discriminator": None, "training": {"disc_rate": 2.0}}, "no cuenta disc_rate"),
        (
            {"discriminator": None, "loss": {"distance_weight": 0, "hole_weight": 1}},
            "nada que aprender",
        ),
        ({"training": {"head_start": 1600}}, "baja head_start"),
        ({"data": {"size": 64, "load_size": 64, "jitter": {"zoom": True}}}, "zoom=False"),
        (
            {"generator": {"architecture": "partial"}, "data": {"erase": {"guesses": 0.5}}},
            "quita guesses",
        ),
    ],
)
def test_settings_that_mean_nothing_together_are_refused(changes, sentence):
    with pytest.raises(UserError, match=sentence):
        vary(RAPIDA, changes)


@pytest.mark.parametrize("settings", [[], "receta", {"data": 3}, {"erase": 3}])
def test_what_is_not_a_recipe_is_refused(settings):
    with pytest.raises(UserError, match="objeto JSON"):
        read_recipe(settings)


RANDOM_RECIPES = int(os.environ.get("PIX2PIX_RECETAS", "60"))
"""La prueba larga: `PIX2PIX_RECETAS=2000 pytest tests/test_recipes.py`."""


def random_recipe(rng) -> Recipe:
    """Una receta al azar, pequeña; muchas no significan nada. Lanza UserError si es de esas."""

    def pick(*options):
        return options[rng.integers(len(options))]

    def flip():
        return bool(rng.integers(2))

    def norm():
        return pick(None, "batch", "instance")

    common = {"filters": pick(1, 3, 8), "levels": pick(2, 3, 4), "slope": pick(0.0, 0.2)}
    unet = UNet(
        **common,
        **{"first_fill": pick(None, "push_pull", "biharmonic")},
        **{"hole_channel": flip(), "input_skip": flip()},
        **{"residual": flip(), "compose": flip(), "noise": flip(), "innermost_norm": flip()},
        **{"norm": norm(), "dropout": pick(0.0, 0.3), "upsampling": pick("transpose", "resize")},
        skips=pick("all", "shallow", "deep", "none"),
    ) if rng.random() < 0.8 else PartialUNet(**common, norm=norm())  # fmt: skip
    patchgan = PatchGAN(
        **{"filters": pick(2, 5), "layers": pick(0, 1, 2, 3), "norm": norm()},
        **{"slope": pick(0.0, 0.3), "texture": pick(0.0, 6.0)},
        **{"spectral_norm": flip(), "sees_hole": flip()},
    )
    loss = Loss(
        **{"distance": pick("l1", "l2", "hole_l1", "log_l1"), "distance_weight": pick(0.0, 3.0)},
        **{"hole_weight": pick(1.0, 8.0), "adversarial": pick("logistic", "hinge")},
        **{"adversarial_weight": pick(0.5, 1.0), "feature_weight": pick(0.0, 2.0)},
        **{"r1": pick(0.0, 1.0), "hole_patches": flip()},
    )
    training = Training(
        **{"batch_size": pick(1, 4), "steps": pick(100, 200), "learning_rate": pick(1e-4, 1e-3)},
        **{"disc_rate": pick(1.0, 2.0), "head_start": pick(0, 50), "ema": pick(0.0, 0.99)},
        **{"cosine": flip(), "precision": pick("float32", "mixed_bfloat16"), "seed": pick(0, 7)},
    )
    erase = EraseParams(guesses=pick(0.0, 0.5))
    data = Data(16, pick(16, 20), erase, Jitter(zoom=flip()))
    return Recipe(data, unet, pick(None, patchgan, patchgan), loss, training)


def norm_of(network, prefix):
    kinds = {
        type(layer): layer.name
        for layer in network.layers
        if layer.name.startswith(prefix) and layer.name.endswith("_norm")
    }
    names = {layers.BatchNormalization: "batch", layers.GroupNormalization: "instance"}
    return next((names[kind] for kind in kinds), None)


def slope_of(network):
    return {round(one.negative_slope, 6) for one in network.layers if type(one) is layers.LeakyReLU}


def precision_of(network):
    return {
        one.dtype_policy.name
        for one in network.layers
        if one.name.startswith(("down", "up")) and one.name.endswith("_conv")
    }


def unet_seen(network):
    """Los ajustes de una U-Net, leídos de sus capas."""
    names = {layer.name: layer for layer in network.layers}
    levels = sum(f"down_{level}" in names for level in range(1, 14))
    fill = next((one for one in network.layers if isinstance(one, FirstFill)), None)
    dropout = {one.rate for one in network.layers if isinstance(one, layers.Dropout)}
    kept = [f"skip_{level}" in names for level in range(1, levels)]
    half = -(-len(kept) // 2)
    skips = {
        (True,) * len(kept): "all",
        (False,) * len(kept): "none",
        (True,) * half + (False,) * (len(kept) - half): "shallow",
        (False,) * half + (True,) * (len(kept) - half): "deep",
    }
    painted = names["painted"]
    first_channels = names["down_1_conv"].kernel.shape[2]
    noise = any(isinstance(one, NoiseChannel) for one in network.layers)
    seen = {
        "filters": names["down_1_conv"].filters,
        "levels": levels,
        "norm": norm_of(network, "up_"),
        "innermost_norm": f"down_{levels}_norm" in names,
        "dropout": dropout.pop() if dropout else 0.0,
        "upsampling": "transpose" if "Transpose" in type(names["up_1_conv"]).__name__ else "resize",
        "skips": ("all" if kept[0] else "none") if len(kept) == 1 else skips[tuple(kept)],
        "noise": noise,
        "first_fill": fill and {RELAXATION_STEPS: "biharmonic", 0: "push_pull"}[fill.steps],
        "hole_channel": first_channels - noise == 4,
        "input_skip": "full_2_conv" in names,
        "residual": painted.activation.__name__ == "linear",
    }
    return seen


def composes(network):
    """Si deja intacto lo que no es hueco, con la última capa al azar."""
    for weight in network.trainable_weights:
        weight.assign(np.random.default_rng(0).normal(0, 0.5, weight.shape))
    x = np.random.default_rng(1).uniform(-1, 1, (1, *network.input_shape[1:])).astype("float32")
    if x.shape[-1] == 3:
        return False
    x[..., 3] = 0
    x[:, 4:9, 4:9, 3] = 1
    out = keras.ops.convert_to_numpy(network(x))
    return np.array_equal(out[x[..., 3] == 0], x[x[..., 3] == 0][:, :3])


def assert_built_as_told(recipe):
    model = build(recipe)
    generator, told = model.generator, dataclasses.asdict(recipe.generator)
    assert generator.input_shape[1] == recipe.data.size
    assert precision_of(generator) == {recipe.training.precision}
    assert slope_of(generator) == {recipe.generator.slope}
    if isinstance(recipe.generator, UNet):
        seen = unet_seen(generator)
        assert seen == {name: told[name] for name in seen}
        assert composes(generator) == recipe.generator.compose
    else:
        downs = [f"down_{level}_conv" for level in range(1, recipe.generator.levels + 1)]
        kernels = [generator.get_layer(name).kernel.shape[0] for name in downs]
        assert kernels == [*KERNELS, 3, 3][: len(downs)]
        assert generator.get_layer("down_1_conv").filters == recipe.generator.filters
        assert norm_of(generator, "down_") == recipe.generator.norm

    patchgan = recipe.discriminator
    assert (model.discriminator is None) == (patchgan is None)
    if patchgan is not None:
        names = {layer.name for layer in model.discriminator.layers}
        spectral = {name for name in names if name.endswith("_spectral")}
        inputs = [entry.shape[-1] for entry in model.discriminator.inputs]
        kernel = model.discriminator.trainable_weights[0]
        assert bool(spectral) == patchgan.spectral_norm
        assert inputs == [4 if patchgan.sees_hole else 3, 3]
        assert kernel.shape[-2:] == (sum(inputs) + 3 * bool(patchgan.texture), patchgan.filters)
        assert sum(f"patch_{level}" in names for level in range(1, 7)) == max(patchgan.layers, 1)
        assert kernel.shape[0] == (4 if patchgan.layers else 1)
        assert norm_of(model.discriminator, "patch") == patchgan.norm
        assert slope_of(model.discriminator) == {patchgan.slope}

    optimizer, training = model.optimizer, recipe.training
    assert optimizer.use_ema == bool(training.ema)
    assert not training.ema or optimizer.ema_momentum == training.ema
    rates = set(getattr(optimizer, "rates", [1.0]))
    assert rates == ({1.0, training.disc_rate} if patchgan is not None else {1.0})
    assert hasattr(optimizer._learning_rate, "decay_steps") == training.cosine
    assert model.asked == recipe.loss and model.erase == recipe.data.erase
    assert model.head_start == training.head_start


def test_each_of_many_random_recipes_is_built_as_told_or_refused():
    rng = np.random.default_rng(0)
    built = refused = 0
    while built < RANDOM_RECIPES:
        try:
            recipe = random_recipe(rng)
        except UserError as error:
            refused += 1
            assert str(error).endswith(".")
            continue
        assert read_recipe(stored(recipe)) == recipe
        assert_built_as_told(recipe)
        built += 1
    assert refused > built / 4
