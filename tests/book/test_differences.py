"""La página de diferencias dice la verdad de las recetas de este libro."""

import keras
import numpy as np
import pytest
from places import ROOT

from pix2pix_lib.model.build import build
from pix2pix_lib.model.gan import Pix2Pix
from pix2pix_lib.model.networks import patchgan_discriminator, unet_generator
from pix2pix_lib.recipes import MEJORADA, ORIGINAL, RAPIDA, Loss, PatchGAN, UNet

PAGE = ROOT / "book/diferencias.md"
ROWS = {
    cells[0]: cells[4:]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and len(cells := [cell.strip() for cell in line.split("|")[1:-1]]) == 6
}
OURS = (ORIGINAL, MEJORADA)


def test_the_two_columns_are_those_of_the_recipes():
    said = {
        "peso de la L1": (
            f"{ORIGINAL.loss.distance_weight:g}",
            f"{MEJORADA.loss.distance_weight:g}, "
            f"y {MEJORADA.loss.hole_weight:g} veces más en el hueco",
        ),
        "pendiente de LeakyReLU": [f"{recipe.generator.slope:g}" for recipe in OURS],
        "normalización": [
            {"batch": "por lotes", "instance": "por imagen"}[recipe.generator.norm]
            for recipe in OURS
        ],
        "se normaliza el nivel más hondo": [
            "sí" if recipe.generator.innermost_norm else "no" for recipe in OURS
        ],
        "*dropout* en los tres primeros niveles de subida": [
            f"{recipe.generator.dropout:g}" if recipe.generator.dropout else "no" for recipe in OURS
        ],
        "imágenes por lote": [str(recipe.training.batch_size) for recipe in OURS],
        "tasa de aprendizaje de Adam": [f"{recipe.training.learning_rate:g}" for recipe in OURS],
        "cómo baja": [
            "como un coseno, hasta 0" if recipe.training.cosine else "no baja" for recipe in OURS
        ],
    }
    assert {row: ROWS[row] for row in said} == {row: list(cells) for row, cells in said.items()}
    assert ORIGINAL.loss.hole_weight == 1
    assert "ampliar a 72 y recortar 64" in ROWS["cómo se varían las fotos (*data augmentation*)"][1]
    assert (RAPIDA.data.load_size, RAPIDA.data.size, RAPIDA.data.jitter.zoom) == (72, 64, False)
    assert (ORIGINAL.data.load_size, ORIGINAL.data.size, MEJORADA.data.jitter.zoom) == (
        286,
        256,
        True,
    )


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("generator", ["norm", "innermost_norm", "dropout", "slope"]),
        ("discriminator", ["norm", "slope"]),
        ("loss", ["distance", "distance_weight", "hole_weight"]),
        ("training", ["batch_size", "learning_rate", "cosine"]),
    ],
)
def test_the_quick_recipe_shares_the_column_of_the_improved_one(part, names):
    for name in names:
        assert getattr(getattr(RAPIDA, part), name) == getattr(getattr(MEJORADA, part), name)


def test_the_loss_of_the_discriminator_is_whole():
    """Un discriminador que no sabe nada paga 2 log 2, y no log 2."""
    generator, discriminator = (
        unet_generator(32, UNet(4, 2)),
        patchgan_discriminator(32, PatchGAN(4, 1)),
    )
    discriminator.layers[-1].kernel.assign(np.zeros(discriminator.layers[-1].kernel.shape))
    model = Pix2Pix(generator, discriminator)
    x, y = keras.ops.zeros((1, 32, 32, 4)), keras.ops.ones((1, 32, 32, 3))
    model.compute_loss(x, y, model(x), training=False)
    assert float(model.trackers["disc"].result()) == pytest.approx(2 * np.log(2), rel=1e-3)
    assert float(model.trackers["gen_gan"].result()) == pytest.approx(np.log(2), rel=1e-3)


def test_the_two_networks_move_at_once_and_not_in_turns():
    """Por turnos, D acaba igual y G, en otro sitio; menos lejos si manda la L1."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (2, 32, 32, 4)).astype("float32")
    y = rng.uniform(-1, 1, (2, 32, 32, 3)).astype("float32")

    def after_a_step(distance_weight, *turns):
        keras.utils.set_random_seed(0)
        networks = (
            unet_generator(32, UNet(4, 2, norm="instance", dropout=0)),
            patchgan_discriminator(32, PatchGAN(4, 1, norm="instance")),
        )
        model = Pix2Pix(*networks, Loss(distance_weight=distance_weight))
        for learning in turns:
            for index, network in enumerate(networks):
                network.trainable = index in learning
            model.compile(optimizer=keras.optimizers.Adam(0.01, beta_1=0.5))
            model.train_on_batch(x, y)
        return [np.concatenate([np.ravel(w) for w in n.get_weights()]) for n in networks]

    apart = []
    for distance_weight in (1, 100):
        at_once = after_a_step(distance_weight, (0, 1))
        in_turns = after_a_step(distance_weight, (1,), (0,))
        np.testing.assert_allclose(at_once[1], in_turns[1], atol=1e-6)
        apart.append(np.abs(at_once[0] - in_turns[0]).mean())
    assert apart[0] > 1e-3 and apart[0] > 10 * apart[1]
    assert ROWS["en qué orden aprenden"] == ["las dos redes a la vez"] * 2


def test_half_the_loss_is_the_same_step_of_adam():
    weights = [keras.Variable([1.0, -2.0, 3.0]) for _ in range(2)]
    for weight, share in zip(weights, (1.0, 0.5), strict=True):
        adam = keras.optimizers.Adam(2e-4, beta_1=0.5)
        adam.build([weight])
        for gradient in ([0.3, -4.0, 20.0], [0.1, 5.0, -7.0]):
            adam.apply([keras.ops.convert_to_tensor(gradient) * share], [weight])
    np.testing.assert_allclose(*(weight.numpy() for weight in weights), rtol=1e-6)


def test_adam_and_the_newborn_weights_are_those_of_the_page():
    model = build(RAPIDA)
    assert model.optimizer.beta_1 == float(ROWS["inercia de Adam (β₁)"][1])
    convolutions = [
        layer for layer in model.generator.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    *inner, last = (np.asarray(layer.kernel) for layer in convolutions)
    assert not last.any()
    for kernel in inner:
        assert kernel.std() == pytest.approx(0.02, rel=0.15)
