"""El juego de pix2pix, entero en una sola función de pérdida.

En el artículo cada red tiene su Adam, con los mismos ajustes. Adam trata cada peso por separado, de
modo que un solo Adam sobre los pesos de ambas hace lo mismo que dos, siempre que cada pérdida
llegue solo a los pesos de su red. De eso se encarga `stop_gradient`, y del resto, `fit`.

Las dos redes se mueven a la vez, como en el tutorial de TensorFlow. Los autores van por turnos: un
paso del discriminador y después uno del generador, al que ya juzga el discriminador movido.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from ..data.pairs import HOLE, compose
from ..devices import predict, replicas
from ..recipes import HOLE_DISTANCES, EraseParams, Loss


def binary_crossentropy(target: float, logits, weights=1.0):
    """Entropía cruzada media entre los logits y una etiqueta: 1, auténtica; 0, generada.

    weights: cuánto cuenta cada logit.
    """
    losses = ops.binary_crossentropy(ops.full_like(logits, target), logits, from_logits=True)
    return weighted_mean(losses, weights)


def hinge(target: float, logits, weights=1.0):
    """Lo que les falta a los logits para pasar de 1 (auténtica) o bajar de -1 (generada), en media.

    Es la pérdida del discriminador de Lim y Ye (2017), arXiv:1705.02894.
    """
    return weighted_mean(ops.relu(1 - (2 * target - 1) * logits), weights)


def weighted_mean(values, weights):
    weights = ops.broadcast_to(weights, ops.shape(values))
    return ops.sum(weights * values) / ops.maximum(ops.sum(weights), 1e-6)


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

NEARBY = 0.1
"""Desviación, en [-1, 1], del ruido que se suma a lo auténtico para ver si el discriminador cambia
de opinión. Es la R1 de Mescheder et al. (2018) por diferencias finitas, como la aproximan Lin et
al. (2025), arXiv:2501.08316: así no hace falta el gradiente de un gradiente."""


class Pix2Pix(keras.Model):
    """Generador y discriminador entrenados a la vez (Isola et al., 2017, secciones 3.1 y 3.3).

    generator: de la imagen borrada (tres canales, o cuatro con el hueco) a la restaurada. O de
    cualquier imagen a otra del mismo lado: el hueco solo hace falta para pesarlo y para componer.
    discriminator: None entrena el generador solo, sin término adversario.
    loss: qué se les pide; véase `recipes.Loss`.
    erase: cómo se borró aquello de lo que aprende: al usarla hay que borrar igual.
    head_start: pasos en los que el generador no aprende; véase `recipes.Training`.

    Entradas y objetivos, los de `pairs`: x (lote, lado, lado, 4) e y (lote, lado, lado, 3),
    en [-1, 1] salvo el hueco, que es 0 o 1. Sin hueco, x (lote, lado, lado, 3), si la pérdida no
    lo necesita.
    """

    upright = None
    """No la ayuda ninguna red que vea caras derechas: véase `restoration.Network`."""

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None = None,
        loss: Loss = Loss(),
        erase: EraseParams = EraseParams(),
        head_start: int = 0,
    ):
        super().__init__(name="pix2pix")
        self.generator = generator
        self.discriminator = discriminator
        self.asked = loss
        self.erase = erase
        self.head_start = head_start
        names = [loss.distance]
        if discriminator is not None:
            names += ["gen_gan", "disc"]
            names += ["features"] if loss.feature_weight else []
            names += ["r1"] if loss.r1 else []
            self._inner = _with_features(discriminator) if loss.feature_weight else discriminator
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        self._seeds = keras.random.SeedGenerator() if loss.r1 else None
        # Los gradientes de cada copia se suman: hay que promediarlos.
        self._replicas = replicas(self)

    @property
    def size(self) -> int:
        """Lado de la imagen que ve, en píxeles."""
        return self.generator.input_shape[1]

    def call(self, x, training=False):
        return self.generator(x[..., : self.generator.input_shape[-1]], training=training)

    def restore(self, x: np.ndarray) -> np.ndarray:
        """Restaura: la red pone el hueco y lo conocido se copia tal cual.

        Devuelve uint8 (n, lado, lado, 3).
        """
        return compose(x, predict(self, x))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        asked = self.asked
        losses = {asked.distance: self._distance(x, y, y_pred)}
        total = asked.distance_weight * losses[asked.distance]
        if self.discriminator is not None:
            theirs, its = self._adversarial_losses(x, y, y_pred, training)
            total = total + asked.adversarial_weight * theirs["gen_gan"]
            total = total + asked.feature_weight * theirs.get("features", 0.0)
            if self.head_start:
                total = total * ops.cast(self.optimizer.iterations >= self.head_start, "float32")
            total = total + its["disc"] + asked.r1 * its.get("r1", 0.0)
            losses |= theirs | its
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return total / self._replicas

    def _distance(self, x, y, y_pred):
        """Lo que va de lo pintado a lo original."""
        error = ops.square(y - y_pred) if self.asked.distance == "l2" else ops.abs(y - y_pred)
        if self.asked.distance in HOLE_DISTANCES:
            inside = ops.cast(x[..., HOLE] > 0, error.dtype)
            area = 3 * ops.sum(inside, axis=(1, 2, 3))
            each = ops.sum(inside * error, axis=(1, 2, 3)) / area
            logarithm = self.asked.distance == "log_l1"
            return ops.mean(ops.log(each + SMALLEST) if logarithm else each)
        if self.asked.hole_weight != 1:
            error = (1 + (self.asked.hole_weight - 1) * x[..., HOLE]) * error
        return ops.mean(error)

    def _adversarial_losses(self, x, y, y_pred, training):
        """Las pérdidas del generador y las del discriminador: dos diccionarios."""
        judge, asked = self._inner, self.asked
        condition = x[..., : self.discriminator.input_shape[0][-1]]
        real, seen = _logits(judge([condition, y], training=training))
        fake, _ = _logits(judge([condition, ops.stop_gradient(y_pred)], training=training))
        # Con los pesos congelados, estas pérdidas solo enseñan al generador.
        judged, imagined = _logits(frozen(judge, [condition, y_pred], training))
        weights = _patches_with_hole(x[..., HOLE], real) if asked.hole_patches else 1.0
        if asked.adversarial == "hinge":
            theirs = {"gen_gan": weighted_mean(-judged, weights)}
            its = {"disc": hinge(1, real, weights) + hinge(0, fake, weights)}
        else:
            theirs = {"gen_gan": binary_crossentropy(1, judged, weights)}
            right = binary_crossentropy(1, real, weights)
            its = {"disc": right + binary_crossentropy(0, fake, weights)}
        if asked.feature_weight:
            theirs["features"] = sum(
                ops.mean(ops.abs(ops.stop_gradient(one) - other))
                for one, other in zip(seen, imagined, strict=True)
            )
        if asked.r1:
            nearby = y + NEARBY * keras.random.normal(ops.shape(y), seed=self._seeds)
            again, _ = _logits(judge([condition, nearby], training=training))
            its["r1"] = weighted_mean(ops.square(again - real), weights)
        return theirs, its


def _with_features(discriminator: keras.Model) -> keras.Model:
    """El discriminador, que devuelve también lo que sale de cada una de sus capas ocultas."""
    hidden = [one.output for one in discriminator.layers if isinstance(one, layers.LeakyReLU)]
    return keras.Model(discriminator.inputs, [discriminator.output, *hidden])


def _logits(outputs) -> tuple:
    return (outputs[0], outputs[1:]) if isinstance(outputs, (list, tuple)) else (outputs, ())


def _patches_with_hole(hole, logits):
    """1 en los parches que tienen algo de hueco en medio: los demás son todos auténticos."""
    share = ops.image.resize(hole, logits.shape[1:3], interpolation="bilinear", antialias=True)
    return ops.cast(share > 0.01, logits.dtype)
