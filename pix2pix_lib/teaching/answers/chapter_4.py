"""Los ejercicios del capítulo 4."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ...model.gan import Pix2Pix
from ...model.networks import patchgan_discriminator, unet_generator
from ...recipes import Loss, PatchGAN, UNet


def exercise_1(disc, gen):
    """dos números: lo que paga el discriminador y lo que paga el generador"""
    return abs(disc - 0.0134) < 5e-3 and abs(gen - 5.0067) < 0.02


def exercise_2(with_l1, with_l2):
    """dos números de 0 a 1: lo que se pinta con cada pérdida"""
    return abs(with_l1 - 0.3) < 0.01 and abs(with_l2 - 0.5) < 0.01


def exercise_3(names):
    """una lista de nombres, de los cinco de arriba"""
    return set(names) == {"step", "l1", "loss"}


def exercise_4(slope):
    """una función que devuelva un número: la derivada de lo que se paga"""
    known = [(ops.softplus, 0.0067), (ops.square, -10), (lambda t: ops.softplus(-t), -0.9933)]
    return all(abs(float(slope(pays, -5.0)) - value) < 2e-3 for pays, value in known)


def exercise_5(weighted_l1):
    """una función que devuelva un solo número, la media de todos los valores"""
    rng = np.random.default_rng(0)
    y, painted = rng.uniform(-1, 1, (2, 3, 8, 8, 3)).astype("float32")
    hole = (rng.uniform(size=(3, 8, 8, 1)) < 0.3).astype("float32")
    x = np.concatenate([y, hole], axis=-1)
    generator = keras.Sequential([keras.Input((8, 8, 4))])
    for weight in (1.0, 8.0):
        model = Pix2Pix(generator, None, Loss("l1", 1.0, weight))
        theirs = float(model.compute_loss(x, y, painted))
        if not abs(float(weighted_l1(y, painted, hole, weight)) - theirs) < 1e-4:
            return False
    return True


def exercise_6(leaky):
    """una función que devuelva una pérdida, de la que el gradiente llegue a las dos redes"""
    keras.utils.set_random_seed(0)
    generator = unet_generator(32, UNet(4, 3, dropout=0))
    discriminator = patchgan_discriminator(32, PatchGAN(4, 1))
    rng = np.random.default_rng(0)
    x, y = (tf.constant(rng.uniform(-1, 1, (2, 32, 32, n)), "float32") for n in (4, 3))
    with tf.GradientTape(persistent=True) as tape:
        loss = leaky(generator, discriminator, x, y)
        painted = generator(x[..., :3], training=True)
        real, fake = (discriminator([x[..., :3], each], training=True) for each in (y, painted))
        expected = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))
    for network in (generator, discriminator):
        mine, right = (tape.gradient(one, network.trainable_variables) for one in (loss, expected))
        for a, b in zip(mine, right, strict=True):
            if a is None or not np.allclose(a, b, atol=1e-4):
                return False
    return abs(float(loss) - float(expected)) < 1e-3
