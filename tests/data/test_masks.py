import json
from pathlib import Path

import numpy as np
import pytest
from golden import MASKS, runs
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pix2pix_lib.data.masks import Placement, erase, load_masks, sample_placements
from pix2pix_lib.errors import UserError
from pix2pix_lib.recipes import MAGENTA, MASK_SIDE, EraseParams

placements = st.builds(
    Placement,
    mask=st.sampled_from(sorted(MASKS)),
    scale=st.floats(0.5, 5),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
)


def test_the_book_masks_are_many_thin_and_thick():
    assert len(MASKS) >= 12
    shares = [mask.mean() for mask in MASKS.values()]
    assert min(shares) < 0.06 and max(shares) > 0.25
    assert {mask.shape for mask in MASKS.values()} == {(50, 50)}


def test_every_bad_mask_is_named(tmp_path):
    Image.new("1", (50, 50), 0).save(tmp_path / "buena.png")
    Image.new("1", (50, 40), 0).save(tmp_path / "baja.png")
    Image.new("L", (50, 50), 128).save(tmp_path / "gris.png")
    Image.new("1", (50, 50), 1).save(tmp_path / "blanca.png")
    (tmp_path / "rota.png").write_bytes(b"no soy un png")
    with pytest.raises(UserError) as error:
        load_masks(tmp_path)
    for name in ["baja.png», mide 50x40", "gris.png", "blanca.png", "rota.png"]:
        assert name.replace("», ", "» ") in str(error.value)
    assert "buena.png" not in str(error.value)


def test_a_transparent_background_is_paper(tmp_path):
    drawing = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    drawing.paste((0, 0, 0, 255), (10, 10, 20, 20))
    drawing.save(tmp_path / "sello.png")
    assert load_masks(tmp_path)["sello"].sum() == 100


@pytest.mark.parametrize(
    "bad", [{"scale": 0}, {"scale": 6}, {"x": -0.1}, {"y": 1.1}, {"y": float("nan")}]
)
def test_a_placement_outside_the_image_is_refused(bad):
    with pytest.raises(UserError, match="se sale de la imagen"):
        Placement(**{"mask": "parche", "scale": 1, "x": 0, "y": 0, **bad})


def test_a_folder_without_masks_says_what_to_put_in_it(tmp_path):
    with pytest.raises(UserError, match="50x50"):
        load_masks(tmp_path)


def test_black_erases_and_white_stays(tmp_path):
    drawing = np.full((50, 50), 255, np.uint8)
    drawing[10, 20] = 0
    Image.fromarray(drawing).save(tmp_path / "punto.png")
    (mask,) = load_masks(tmp_path).values()
    assert np.argwhere(mask).tolist() == [[10, 20]]


@given(
    st.lists(placements, min_size=1, max_size=3),
    st.integers(8, 90),
    st.integers(8, 90),
    st.tuples(*[st.integers(0, 255)] * 3),
)
def test_erase_changes_the_hole_and_nothing_else(chosen, height, width, fill):
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    before = image.copy()
    erased, hole = erase(image, chosen, MASKS, fill)
    assert hole.shape == (height, width) and hole.any()
    assert (erased[hole] == fill).all()
    assert np.array_equal(erased[~hole], image[~hole])
    assert np.array_equal(image, before)


@pytest.mark.parametrize("name", MASKS)
def test_at_scale_1_on_256_pixels_the_drawing_lands_pixel_by_pixel(name):
    image = np.zeros((256, 256, 3), np.uint8)
    _, hole = erase(image, [Placement(name, 1, 1, 1)], MASKS)
    assert np.array_equal(hole[-MASK_SIDE:, -MASK_SIDE:], MASKS[name])
    assert hole.sum() == MASKS[name].sum()


@pytest.mark.parametrize("name", MASKS)
def test_the_same_placement_erases_the_same_share_at_64_and_at_256(name):
    placement = Placement(name, 4, 0.3, 0.6)
    shares = [
        erase(np.zeros((side, side, 3), np.uint8), [placement], MASKS)[1].mean()
        for side in (64, 256)
    ]
    assert shares[0] == pytest.approx(shares[1], rel=0.35)


def test_sampling_follows_the_definition():
    rng = np.random.default_rng(0)
    params = EraseParams(max_masks=3, scale=(1, 2))
    samples = [sample_placements(rng, MASKS, params) for _ in range(2000)]
    counts = np.bincount([len(sample) for sample in samples])[1:]
    assert len(counts) == 3 and counts.min() > 600
    every = [placement for sample in samples for placement in sample]
    assert {placement.mask for placement in every} == set(MASKS)
    scales = np.array([placement.scale for placement in every])
    assert 1 <= scales.min() < 1.01 and 1.99 < scales.max() <= 2
    assert abs(np.mean([p.x for p in every]) - 0.5) < 0.02
    assert abs(np.mean([p.y for p in every]) - 0.5) < 0.02


def test_the_same_seed_gives_the_same_placements():
    first, second, other = (
        sample_placements(np.random.default_rng(seed), MASKS) for seed in (5, 5, 6)
    )
    assert first == second != other


@pytest.mark.parametrize(
    "bad",
    [
        {"max_masks": 0},
        {"scale": (3, 1)},
        {"scale": (0, 1)},
        {"scale": (1, 6)},
        {"scale": (float("nan"), 2)},
        {"fill": (0, 0, 256)},
        {"fill": (0, 0)},
    ],
)
def test_impossible_params_are_refused(bad):
    with pytest.raises(UserError):
        EraseParams(**bad)


def test_magenta_fills_with_magenta():
    image = np.zeros((256, 256, 3), np.uint8)
    erased, hole = erase(image, [Placement("parche", 2, 0.5, 0.5)], MASKS, MAGENTA)
    assert {tuple(pixel) for pixel in erased[hole]} == {(255, 0, 255)}


GOLDEN = Path(__file__).with_name("golden_erasures.json")
"""Borrados de referencia, para quien los repita en otro lenguaje: tamaño de la imagen, colocación
y hueco, como los píxeles seguidos que se quedan y se van, por turno, de izquierda a derecha y de
arriba abajo. Si el borrado cambia a propósito, bórralo y ejecuta esta prueba dos veces."""


def test_the_reference_erasures_do_not_change():
    found = []
    for index, name in enumerate([*MASKS, *MASKS]):
        rng = np.random.default_rng(index)
        height, width = [(64, 64), (96, 128), (256, 256)][index % 3]
        scale, x, y = (round(value, 3) for value in (rng.uniform(0.5, 5), *rng.uniform(size=2)))
        _, hole = erase(
            np.zeros((height, width, 3), np.uint8), [Placement(name, scale, x, y)], MASKS
        )
        assert sum(runs(hole)) == hole.size and sum(runs(hole)[1::2]) == hole.sum()
        case = {"alto": height, "ancho": width, "mascara": name, "escala": scale, "x": x, "y": y}
        found.append(case | {"hueco": runs(hole)})
    if not GOLDEN.is_file():
        GOLDEN.write_text("[\n" + ",\n".join(map(json.dumps, found)) + "\n]\n")
        pytest.fail(f"Faltaba {GOLDEN.name}: se acaba de escribir.")
    assert json.loads(GOLDEN.read_text()) == found
