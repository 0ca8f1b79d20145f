import keras
import numpy as np
import pytest

from pix2pix_lib.gan import Pix2Pix, frozen
from pix2pix_lib.networks import patchgan_discriminator, unet_generator
from pix2pix_lib.pairs import to_uint8

tf = pytest.importorskip("tensorflow")

RATE, BETA, LAMBDA = 2e-4, 0.5, 100


def networks(seed=0):
    keras.utils.set_random_seed(seed)
    generator = unet_generator(32, 4, 3, dropout=0)
    return generator, patchgan_discriminator(32, 4, 1)


def batches(count=5):
    rng = np.random.default_rng(0)
    for _ in range(count):
        y = rng.uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
        hole = (rng.uniform(size=(2, 32, 32, 1)) > 0.8).astype("float32")
        yield np.concatenate([y * (1 - hole), hole], axis=-1), y


def classic_training(generator, discriminator):
    """El paso de toda la vida: dos cintas, dos Adam (el del tutorial de TensorFlow)."""
    crossentropy = keras.losses.BinaryCrossentropy(from_logits=True)
    adams = [keras.optimizers.Adam(RATE, beta_1=BETA) for _ in range(2)]
    for x, y in batches():
        erased, y = tf.constant(x[..., :3]), tf.constant(y)
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            generated = generator(erased, training=True)
            real = discriminator([erased, y], training=True)
            fake = discriminator([erased, generated], training=True)
            gen_loss = crossentropy(tf.ones_like(fake), fake) + LAMBDA * tf.reduce_mean(
                tf.abs(y - generated)
            )
            disc_loss = crossentropy(tf.ones_like(real), real) + crossentropy(
                tf.zeros_like(fake), fake
            )
        for adam, tape, loss, network in [
            (adams[0], gen_tape, gen_loss, generator),
            (adams[1], disc_tape, disc_loss, discriminator),
        ]:
            weights = network.trainable_variables
            adam.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))


def test_five_steps_equal_the_classic_two_tape_training():
    classic, ours = networks(), networks()
    start = [w.numpy().copy() for network in ours for w in network.weights]
    classic_training(*classic)
    model = Pix2Pix(*ours, l1_weight=LAMBDA)
    model.compile(optimizer=keras.optimizers.Adam(RATE, beta_1=BETA))
    model.fit(batches(), steps_per_epoch=5, verbose=0)
    moved = 0
    for index in range(2):
        for expected, weight in zip(classic[index].weights, ours[index].weights, strict=True):
            np.testing.assert_allclose(weight.numpy(), expected.numpy(), atol=1e-5)
    for before, weight in zip(start, [w for n in ours for w in n.weights], strict=True):
        moved += not np.allclose(before, weight.numpy(), atol=1e-4)
    assert moved > len(start) / 2


def gradients(model, x, y):
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=True))
    return tape.gradient(loss, model.trainable_variables)


def test_without_discriminator_only_the_l1_remains():
    generator, _ = networks()
    model = Pix2Pix(generator)
    model.compile(optimizer="adam")
    x, y = next(batches())
    logs = model.fit(x, y, verbose=0).history
    assert set(logs) == {"loss", "l1"}
    assert logs["loss"][0] == pytest.approx(100 * logs["l1"][0], rel=1e-5)


def test_the_history_names_every_term_and_they_add_up():
    model = Pix2Pix(*networks())
    model.compile(optimizer="adam")
    x, y = next(batches())
    logs = {name: values[0] for name, values in model.fit(x, y, verbose=0).history.items()}
    assert set(logs) == {"loss", "l1", "gen_gan", "disc"}
    total = 100 * logs["l1"] + logs["gen_gan"] + logs["disc"]
    assert logs["loss"] == pytest.approx(total, rel=1e-5)


def test_the_hole_weight_counts_hole_pixels_that_many_times():
    generator, _ = networks()
    x, y = next(batches())
    y_pred = np.zeros_like(y)
    hole = x[..., 3:] > 0
    error = np.abs(y)
    for weight in (1, 8):
        loss = float(Pix2Pix(generator, None, 1, weight).compute_loss(x, y, y_pred))
        expected = np.where(hole, weight * error, error).mean()
        assert loss == pytest.approx(expected, rel=1e-5)


def test_the_squared_error_is_the_other_distance():
    generator, _ = networks()
    x, y = next(batches())
    model = Pix2Pix(generator, None, l1_weight=3, distance="l2")
    loss = float(model.compute_loss(x, y, np.zeros_like(y)))
    assert loss == pytest.approx(3 * np.mean(y**2), rel=1e-5)
    assert model.trackers.keys() == {"l2"}


def test_without_a_weight_only_the_discriminator_teaches():
    model = Pix2Pix(*networks(), l1_weight=0)
    model.compile(optimizer="adam")
    logs = model.fit(*next(batches()), verbose=0).history
    assert logs["loss"][0] == pytest.approx(logs["gen_gan"][0] + logs["disc"][0], rel=1e-5)


def test_restore_copies_what_is_known_and_paints_the_hole():
    model = Pix2Pix(*networks())
    x, _ = next(batches())
    restored = model.restore(x)
    hole = x[..., 3] > 0
    assert restored.dtype == np.uint8
    assert np.array_equal(restored[~hole], to_uint8(x[..., :3])[~hole])
    assert np.array_equal(restored[hole], to_uint8(model.predict(x, verbose=0))[hole])


def test_a_frozen_network_answers_the_same_and_teaches_only_its_input():
    generator, discriminator = networks()
    x, _ = next(batches())
    erased = tf.constant(x[..., :3])
    with tf.GradientTape(persistent=True) as tape:
        painted = generator(erased, training=True)
        judged = tf.reduce_sum(frozen(discriminator, [erased, painted]))
        heard = tf.reduce_sum(discriminator([erased, painted], training=True))
    assert float(judged) == pytest.approx(float(heard), rel=1e-4)
    weights = discriminator.trainable_variables
    assert all(gradient is None for gradient in tape.gradient(judged, weights))
    for ours, theirs in zip(
        tape.gradient(judged, generator.trainable_variables),
        tape.gradient(heard, generator.trainable_variables),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
        assert np.abs(ours).max() > 0


def test_it_translates_any_image_into_another_without_a_hole():
    generator, discriminator = networks()
    rng = np.random.default_rng(0)
    y = rng.uniform(-1, 1, (4, 32, 32, 3)).astype("float32")
    x = np.repeat(y.mean(-1, keepdims=True), 3, axis=-1)
    model = Pix2Pix(generator, discriminator)
    model.compile(optimizer=keras.optimizers.Adam(1e-3, beta_1=BETA))
    history = model.fit(x, y, batch_size=2, epochs=5, verbose=0).history
    assert history["l1"][-1] < history["l1"][0]
    expected = np.abs(y - model.predict(x, verbose=0)).mean()
    assert model.evaluate(x, y, verbose=0, return_dict=True)["l1"] == pytest.approx(
        expected, abs=1e-4
    )
