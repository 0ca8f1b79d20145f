"""El juego de pix2pix, entero en una sola función de pérdida.

En el artículo cada red tiene su Adam, con los mismos ajustes. Adam trata cada peso por separado, de
modo que un solo Adam sobre los pesos de ambas hace lo mismo, siempre que cada pérdida llegue solo
a los pesos de su red. De eso se encarga `stop_gradient`, y del resto, `fit`.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from .devices import fastest_precision, predict, replicas
from .networks import patchgan_discriminator, unet_generator
from .pairs import compose
from .partial import partial_unet
from .recipes import Recipe


def binary_crossentropy(target: float, logits, weights=1.0):
    """Entropía cruzada media entre los logits y una etiqueta: 1, auténtica; 0, generada.

    weights: cuánto cuenta cada logit.
    """
    losses = ops.binary_crossentropy(ops.full_like(logits, target), logits, from_logits=True)
    weights = ops.broadcast_to(weights, ops.shape(losses))
    return ops.sum(weights * losses) / ops.sum(weights)


def frozen(network: keras.Model, inputs, training: bool = True):
    """Lo que responde una red con los pesos congelados.

    El gradiente la atraviesa hacia `inputs`, pero no llega a sus pesos: de esta respuesta aprende
    quien hizo la entrada, y no ella. La respuesta es la misma que la de `network(inputs)`; lo que
    lleva la cuenta de las medias (la normalización por lotes) tampoco cambia.
    """
    outputs, _ = network.stateless_call(
        [ops.stop_gradient(weight) for weight in network.trainable_variables],
        network.non_trainable_variables,
        inputs,
        training=training,
    )
    return outputs


SMALLEST = 1e-3
"""Error del que ya no se baja (0.13 niveles de gris), para que el logaritmo exista."""


class Pix2Pix(keras.Model):
    """Generador y discriminador entrenados a la vez (Isola et al., 2017, secciones 3.1 y 3.3).

    generator: de la imagen borrada (tres canales, o cuatro con el hueco) a la restaurada. O de
    cualquier imagen a otra del mismo lado: el hueco solo hace falta para pesarlo y para componer.
    discriminator: None entrena el generador solo, sin término adversario.
    distance: en qué se mide el error de un píxel: «l1», su valor absoluto, o «l2», su cuadrado.
    l1_weight: la lambda de la ecuación 4; con 0 solo queda el término adversario.
    hole_weight: cuánto pesa en la L1 un píxel del hueco frente a uno conocido.
    relative: la L1 es entonces el logaritmo de la del hueco de cada imagen: bajar un 10 % el error
    vale lo mismo en un hueco pequeño y fácil que en uno grande y difícil.

    Entradas y objetivos, los de `pairs`: x (lote, lado, lado, 4) e y (lote, lado, lado, 3),
    en [-1, 1] salvo el hueco, que es 0 o 1. Sin hueco, x (lote, lado, lado, 3), con
    `hole_weight=1` y sin `relative`.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None = None,
        l1_weight: float = 100.0,
        hole_weight: float = 1.0,
        relative: bool = False,
        distance: str = "l1",
    ):
        super().__init__(name="pix2pix")
        self.generator = generator
        self.discriminator = discriminator
        self.l1_weight = l1_weight
        self.hole_weight = hole_weight
        self.relative = relative
        self.distance = distance
        names = [distance] if discriminator is None else [distance, "gen_gan", "disc"]
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        # Los gradientes de cada copia se suman: hay que promediarlos.
        self._replicas = replicas(self)

    @property
    def size(self) -> int:
        """Lado de la imagen que ve, en píxeles."""
        return self.generator.input_shape[1]

    refines = False
    """Si sabe afinar un color aproximado (véase `pairs.GUESS`), como la red del libro."""

    def call(self, x, training=False):
        return self.generator(x[..., : self.generator.input_shape[-1]], training=training)

    def restore(self, x: np.ndarray) -> np.ndarray:
        """Restaura: la red pone el hueco y lo conocido se copia tal cual.

        Devuelve uint8 (n, lado, lado, 3).
        """
        return compose(x, predict(self, x))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        error = ops.abs(y - y_pred) if self.distance == "l1" else ops.square(y - y_pred)
        losses = {self.distance: self._reconstruction_loss(x[..., 3:], error)}
        total = self.l1_weight * losses[self.distance]
        if self.discriminator is not None:
            losses |= self._adversarial_losses(x, y, y_pred, training)
            total = total + losses["gen_gan"] + losses["disc"]
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return total / self._replicas

    def _reconstruction_loss(self, hole, error):
        if self.relative:
            inside = ops.cast(hole > 0, error.dtype)
            area = 3 * ops.sum(inside, axis=(1, 2, 3))
            return ops.mean(ops.log(ops.sum(inside * error, axis=(1, 2, 3)) / area + SMALLEST))
        if self.hole_weight != 1:
            error = (1 + (self.hole_weight - 1) * hole) * error
        return ops.mean(error)

    def _adversarial_losses(self, x, y, y_pred, training):
        discriminator, condition = self.discriminator, x[..., :3]
        real = discriminator([condition, y], training=training)
        fake = discriminator([condition, ops.stop_gradient(y_pred)], training=training)
        # Con los pesos congelados, esta pérdida solo enseña al generador.
        judged = frozen(discriminator, [condition, y_pred], training)
        weights = self._patches_with_hole(x[..., 3:], real) if self.relative else 1.0
        return {
            "gen_gan": binary_crossentropy(1, judged, weights),
            "disc": binary_crossentropy(1, real, weights) + binary_crossentropy(0, fake, weights),
        }

    def _patches_with_hole(self, hole, logits):
        """1 en los parches que tienen algo de hueco en medio: los demás son todos auténticos."""
        share = ops.image.resize(hole, logits.shape[1:3], interpolation="bilinear", antialias=True)
        return ops.cast(share > 0.01, logits.dtype)


UNET_SETTINGS = (
    *("norm", "innermost_norm", "dropout", "slope", "upsampling", "skips", "noise"),
    *("first_fill", "hole_channel", "input_skip", "residual", "compose"),
)
PARTIAL_SETTINGS = ("norm", "slope")
"""Los ajustes de la receta que recibe cada generador, además del tamaño y de la precisión."""


def _generator(recipe: Recipe, precision: str) -> keras.Model:
    partial = recipe.convolution == "partial"
    names = PARTIAL_SETTINGS if partial else UNET_SETTINGS
    settings = {name: getattr(recipe, name) for name in names}
    network = partial_unet if partial else unet_generator
    return network(recipe.size, recipe.filters, recipe.levels, **settings, precision=precision)


def build_discriminator(recipe: Recipe, precision: str) -> keras.Model:
    """La PatchGAN de una receta. precision: véase `unet_generator`."""
    return patchgan_discriminator(
        recipe.size,
        recipe.disc_filters,
        recipe.disc_layers,
        norm=recipe.norm,
        slope=recipe.slope,
        precision=precision,
    )


def build(recipe: Recipe) -> Pix2Pix:
    """Las dos redes de una receta recién nacidas, con los pesos que tocan a su semilla."""
    keras.utils.set_random_seed(recipe.seed)
    precision = fastest_precision() if recipe.precision == "auto" else recipe.precision
    generator = _generator(recipe, precision)
    discriminator = build_discriminator(recipe, precision) if recipe.disc_filters else None
    model = Pix2Pix(
        generator,
        discriminator,
        recipe.l1_weight,
        recipe.hole_weight,
        recipe.relative,
        recipe.distance,
    )
    rate = recipe.learning_rate
    if recipe.cosine:
        rate = keras.optimizers.schedules.CosineDecay(rate, recipe.steps)
    model.compile(optimizer=keras.optimizers.Adam(rate, beta_1=0.5))
    return model
