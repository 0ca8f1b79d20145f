"""De una receta, sus redes recién nacidas."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from ..devices import fastest_precision
from ..recipes import PartialUNet, Recipe
from .gan import Pix2Pix
from .networks import patchgan_discriminator, unet_generator
from .partial import partial_unet


class TwoRates(keras.optimizers.Adam):
    """Adam con una tasa de aprendizaje para cada peso (Heusel et al., 2017, arXiv:1706.08500).

    rates: en cuántas veces la de todos, en el orden de los pesos.
    """

    def __init__(self, learning_rate, rates: Sequence[float], **options):
        super().__init__(learning_rate, **options)
        self.rates = list(rates)

    def update_step(self, gradient, variable, learning_rate):
        rate = self.rates[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * rate)


def build(recipe: Recipe) -> Pix2Pix:
    """Las dos redes de una receta recién nacidas, con los pesos que tocan a su semilla."""
    keras.utils.set_random_seed(recipe.training.seed)
    training, size = recipe.training, recipe.data.size
    precision = fastest_precision() if training.precision == "auto" else training.precision
    if isinstance(recipe.generator, PartialUNet):
        generator = partial_unet(size, recipe.generator, precision)
    else:
        generator = unet_generator(size, recipe.generator, precision)
    discriminator = None
    if recipe.discriminator is not None:
        discriminator = patchgan_discriminator(size, recipe.discriminator, precision)
    model = Pix2Pix(generator, discriminator, recipe.loss, recipe.data.erase, training.head_start)
    model.compile(optimizer=_optimizer(model, recipe))
    return model


def _optimizer(model: Pix2Pix, recipe: Recipe) -> keras.optimizers.Optimizer:
    training = recipe.training
    rate = training.learning_rate
    if training.cosine:
        rate = keras.optimizers.schedules.CosineDecay(rate, training.steps)
    options = {"beta_1": 0.5}
    if training.ema:
        options |= {"use_ema": True, "ema_momentum": training.ema}
    if training.disc_rate == 1:
        return keras.optimizers.Adam(rate, **options)
    painter = {id(weight) for weight in model.generator.trainable_variables}
    rates = [1.0 if id(w) in painter else training.disc_rate for w in model.trainable_variables]
    return TwoRates(rate, rates, **options)
