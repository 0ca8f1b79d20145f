"""El juego de pix2pix, entero en una sola función de pérdida.

En el artículo cada red tiene su Adam, con los mismos ajustes. Adam trata cada peso por separado, de
modo que un solo Adam sobre los pesos de ambas hace lo mismo, siempre que cada pérdida llegue solo
a los pesos de su red. De eso se encarga `stop_gradient`, y del resto, `fit`.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from .pairs import to_uint8


def binary_crossentropy(target: float, logits):
    """Entropía cruzada media entre los logits y una etiqueta: 1, auténtica; 0, generada."""
    return ops.mean(
        ops.binary_crossentropy(ops.full_like(logits, target), logits, from_logits=True)
    )


class Pix2Pix(keras.Model):
    """Generador y discriminador entrenados a la vez (Isola et al., 2017, ecuaciones 1 a 4).

    generator: de la imagen borrada (tres canales, o cuatro con el hueco) a la restaurada.
    discriminator: None entrena el generador solo, sin término adversario.
    l1_weight: la lambda de la ecuación 4.
    hole_weight: cuánto pesa en la L1 un píxel del hueco frente a uno conocido.

    Entradas y objetivos, los de `pairs`: x (lote, lado, lado, 4) e y (lote, lado, lado, 3),
    en [-1, 1] salvo el hueco, que es 0 o 1.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model | None = None,
        l1_weight: float = 100.0,
        hole_weight: float = 1.0,
    ):
        super().__init__(name="pix2pix")
        self.generator = generator
        self.discriminator = discriminator
        self.l1_weight = l1_weight
        self.hole_weight = hole_weight
        names = ["l1"] if discriminator is None else ["l1", "gen_gan", "disc"]
        self.trackers = {name: keras.metrics.Mean(name=name) for name in names}
        # Con MirroredStrategy los gradientes de cada copia se suman: hay que promediarlos.
        strategy = getattr(self, "distribute_strategy", None)
        self._replicas = strategy.num_replicas_in_sync if strategy else 1

    def call(self, x, training=False):
        return self.generator(x[..., : self.generator.input_shape[-1]], training=training)

    def restore(self, x: np.ndarray) -> np.ndarray:
        """Restaura: la red pone el hueco y lo conocido se copia tal cual.

        Devuelve uint8 (n, lado, lado, 3).
        """
        # Entre varios dispositivos el lote se reparte a partes iguales.
        distribution = keras.distribution.distribution()
        devices = distribution.device_mesh.devices.size if distribution else 1
        even = np.concatenate([x, np.repeat(x[:1], -len(x) % devices, axis=0)])
        predicted = self.predict(even, verbose=0)[: len(x)]
        return np.where(x[..., 3:] > 0, to_uint8(predicted), to_uint8(x[..., :3]))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        weights = 1 + (self.hole_weight - 1) * x[..., 3:]
        losses = {"l1": ops.mean(weights * ops.abs(y - y_pred))}
        total = self.l1_weight * losses["l1"]
        if self.discriminator is not None:
            losses |= self._adversarial_losses(x[..., :3], y, y_pred, training)
            total = total + losses["gen_gan"] + losses["disc"]
        for name, value in losses.items():
            self.trackers[name].update_state(value)
        return total / self._replicas

    def _adversarial_losses(self, condition, y, y_pred, training):
        discriminator = self.discriminator
        real = discriminator([condition, y], training=training)
        fake = discriminator([condition, ops.stop_gradient(y_pred)], training=training)
        # Con los pesos congelados, esta pérdida solo enseña al generador.
        judged, _ = discriminator.stateless_call(
            [ops.stop_gradient(weight) for weight in discriminator.trainable_variables],
            discriminator.non_trainable_variables,
            [condition, y_pred],
            training=training,
        )
        return {
            "gen_gan": binary_crossentropy(1, judged),
            "disc": binary_crossentropy(1, real) + binary_crossentropy(0, fake),
        }
