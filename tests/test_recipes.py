import dataclasses
import json

import pytest

from pix2pix_lib.errors import UserError
from pix2pix_lib.recipes import MEJORADA, ORIGINAL, RAPIDA, Recipe, read_recipe


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
