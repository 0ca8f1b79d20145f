import dataclasses
import json
import warnings

import pytest

from pix2pix_lib.errors import UserError
from pix2pix_lib.recipes import (
    CORRECTS,
    MEJORADA,
    ORIGINAL,
    RAPIDA,
    REPINTA,
    Recipe,
    read_recipe,
    vary,
)


def stored(recipe):
    return json.loads(json.dumps(dataclasses.asdict(recipe)))


@pytest.mark.parametrize("recipe", [ORIGINAL, MEJORADA, RAPIDA])
def test_a_recipe_comes_back_from_its_file(recipe, recwarn):
    assert read_recipe(stored(recipe)) == recipe
    assert not recwarn


def test_what_an_older_recipe_lacks_takes_its_usual_value_and_is_said():
    settings = stored(MEJORADA)
    del settings["relative"], settings["erase"]["strokes"]
    with pytest.warns(UserWarning, match="relative, strokes"):
        assert read_recipe(settings) == MEJORADA


def test_in_the_oldest_recipes_to_correct_was_a_single_setting():
    for recipe in (MEJORADA, REPINTA):
        settings = stored(recipe)
        for name in CORRECTS.keys() - {"residual"}:
            del settings[name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert read_recipe(settings) == recipe


def test_none_can_be_written_where_there_is_no_null():
    assert vary(MEJORADA, {"norm": "none", "first_fill": "none"}) == dataclasses.replace(
        MEJORADA, norm=None, first_fill=None
    )
    assert vary(MEJORADA, {"skips": "none"}).skips == "none"


@pytest.mark.parametrize("inside", [None, "erase", "jitter"])
def test_a_setting_that_does_not_exist_is_named(inside):
    settings = stored(RAPIDA)
    (settings[inside] if inside else settings)["filtros"] = 3
    with pytest.raises(UserError, match="filtros"):
        read_recipe(settings)


@pytest.mark.parametrize(
    "bad",
    [
        {"norm": "bacth"},
        {"upsampling": "nearest"},
        {"precision": "float16"},
        {"skips": "some"},
        {"first_fill": "magic"},
        {"convolution": "gated"},
        {"distance": "l3"},
        {"filters": 0},
        {"levels": "cuatro"},
        {"learning_rate": -1.0},
        {"batch_size": None},
        {"steps": 50},
        {"steps": 150},
        {"load_size": 200},
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_its_name(bad):
    with pytest.raises(UserError, match="|".join([*bad, "Los pasos"])):
        Recipe(**bad)


@pytest.mark.parametrize("settings", [[], "receta", {"erase": 3}])
def test_what_is_not_a_recipe_is_refused(settings):
    with pytest.raises(UserError, match="objeto JSON"):
        read_recipe(settings)
