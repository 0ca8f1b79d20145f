import keras
import numpy as np
import pytest

from pix2pix_lib.data.pairs import to_uint8
from pix2pix_lib.model.build import build
from pix2pix_lib.model.gan import NEARBY, Pix2Pix, frozen
from pix2pix_lib.model.networks import patchgan_discriminator, unet_generator
from pix2pix_lib.recipes import RAPIDA, Loss, PatchGAN, UNet, vary
from pix2pix_lib.training.callbacks import averaged

tf = pytest.importorskip("tensorflow")

RATE, BETA, LAMBDA = 2e-4, 0.5, 100


def networks(seed=0):
    keras.utils.set_random_seed(seed)
    generator = unet_generator(32, UNet(4, 3, dropout=0))
    return generator, patchgan_discriminator(32, PatchGAN(4, 1))


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
    model = Pix2Pix(*ours, Loss(distance_weight=LAMBDA))
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


def test_every_weight_counts_in_the_total():
    asked = Loss(distance_weight=10, adversarial_weight=0.5, feature_weight=2.0, r1=3000.0)
    logs = adversarial(asked).fit(*next(batches()), verbose=0).history
    weights = {"l1": 10, "gen_gan": 0.5, "features": 2, "disc": 1, "r1": 3000}
    parts = {name: weight * logs[name][0] for name, weight in weights.items()}
    assert min(parts.values()) > 0.01 * sum(parts.values())
    assert logs["loss"][0] == pytest.approx(sum(parts.values()), rel=1e-5)


def test_the_hole_weight_counts_hole_pixels_that_many_times():
    generator, _ = networks()
    x, y = next(batches())
    y_pred = np.zeros_like(y)
    hole = x[..., 3:] > 0
    error = np.abs(y)
    for weight in (1, 8):
        asked = Loss(distance_weight=1, hole_weight=weight)
        loss = float(Pix2Pix(generator, None, asked).compute_loss(x, y, y_pred))
        expected = np.where(hole, weight * error, error).mean()
        assert loss == pytest.approx(expected, rel=1e-5)


def test_a_small_hole_counts_as_much_as_a_large_one():
    y = np.zeros((2, 8, 8, 3), np.float32)
    x = np.zeros((2, 8, 8, 4), np.float32)
    x[0, 0, 0, 3], x[1, :4, :, 3] = 1, 0.5
    painted = np.full_like(y, 9)  # fuera de los huecos no cuenta
    painted[0, 0, 0], painted[1, :4] = 0.3, 0.1
    model = Pix2Pix(networks()[0], None, Loss("hole_l1", distance_weight=3))
    assert float(model.compute_loss(x, y, painted)) == pytest.approx(3 * 0.2)
    model = Pix2Pix(networks()[0], None, Loss("log_l1", distance_weight=3))
    expected = 3 * np.log([0.301, 0.101]).mean()
    assert float(model.compute_loss(x, y, painted)) == pytest.approx(expected, rel=1e-4)


def test_the_squared_error_is_the_other_distance():
    generator, _ = networks()
    x, y = next(batches())
    model = Pix2Pix(generator, None, Loss("l2", distance_weight=3))
    loss = float(model.compute_loss(x, y, np.zeros_like(y)))
    assert loss == pytest.approx(3 * np.mean(y**2), rel=1e-5)
    assert model.trackers.keys() == {"l2"}


def test_without_a_weight_only_the_discriminator_teaches():
    model = Pix2Pix(*networks(), Loss(distance_weight=0))
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


def adversarial(loss, patchgan=PatchGAN(4, 1), **options):
    keras.utils.set_random_seed(0)
    networks = unet_generator(32, UNet(4, 3, dropout=0)), patchgan_discriminator(32, patchgan)
    model = Pix2Pix(*networks, loss, **options)
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    return model


def terms(model, x, y):
    x, y = tf.constant(x), tf.constant(y)
    model.compute_loss(x, y, model(x, training=True))
    return {name: float(tracker.result()) for name, tracker in model.trackers.items()}


def scores(model, x, y):
    x, y = tf.constant(x), tf.constant(y)
    painted = model(x, training=True)
    return [
        keras.ops.convert_to_numpy(model.discriminator([x[..., :3], image], training=True))
        for image in (y, painted)
    ]


def test_the_hinge_stops_asking_once_it_is_sure():
    model = adversarial(Loss(adversarial="hinge"))
    x, y = next(batches())
    real, fake = scores(model, x, y)
    told = terms(model, x, y)
    expected = np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    assert told["disc"] == pytest.approx(expected, rel=1e-4)
    assert told["gen_gan"] == pytest.approx(-fake.mean(), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(("patchgan", "layers"), [(PatchGAN(4, 1), 2), (PatchGAN(4, 2), 3)])
def test_feature_matching_compares_what_the_discriminator_sees_inside(patchgan, layers):
    model = adversarial(Loss(feature_weight=2.0), patchgan)
    x, y = map(tf.constant, next(batches()))
    same, _ = model._adversarial_losses(x, y, y, True)
    other = terms(model, x, y)
    hidden = [one for one in model.discriminator.layers if isinstance(one, keras.layers.LeakyReLU)]
    assert len(hidden) == layers
    assert float(same["features"]) == pytest.approx(0, abs=1e-6) and other["features"] > 1e-3
    with tf.GradientTape() as tape:
        theirs, _ = model._adversarial_losses(x, y, model(x, training=True), True)
    taught = tape.gradient(theirs["features"], model.trainable_variables)
    judges = {id(weight) for weight in model.discriminator.trainable_variables}
    for weight, gradient in zip(model.trainable_variables, taught, strict=True):
        assert (gradient is None) == (id(weight) in judges)


def test_r1_is_close_to_the_gradient_that_it_stands_for():
    """La media del cambio al cuadrado, entre la varianza del ruido, es la norma del gradiente."""
    model = adversarial(Loss(r1=1.0), PatchGAN(4, 1, norm=None))
    rng = np.random.default_rng(0)
    y = rng.uniform(-0.5, 0.5, (64, 32, 32, 3)).astype("float32")
    x = np.concatenate([y, np.ones((64, 32, 32, 1), "float32")], -1)
    condition, candidate = tf.constant(x[..., :3]), tf.constant(y)
    norms = []
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(candidate)
        logits = model.discriminator([condition, candidate], training=True)
        corners = [logits[:, row, column, 0] for row, column in ((3, 3), (7, 7), (10, 5))]
    for corner in corners:
        norms.append(tf.reduce_sum(tape.gradient(corner, candidate) ** 2, (1, 2, 3)).numpy().mean())
    told = terms(model, x, y)["r1"]
    assert told == pytest.approx(NEARBY**2 * np.mean(norms), rel=0.25)


def test_only_the_patches_with_hole_count_when_asked():
    x, y = next(batches())
    x[..., 3] = 0
    x[:, :8, :8, 3] = 1
    told = {}
    for hole_patches in (False, True):
        model = adversarial(Loss(hole_patches=hole_patches))
        real, fake = scores(model, x, y)
        told[hole_patches] = terms(model, x, y)
    inside = np.zeros(real.shape, bool)
    inside[:, :4, :4] = True
    expected = np.logaddexp(0, -real)[inside].mean() + np.logaddexp(0, fake)[inside].mean()
    assert told[True]["disc"] == pytest.approx(expected, abs=2e-3)
    taught = np.logaddexp(0, -fake)[inside].mean()
    assert told[True]["gen_gan"] == pytest.approx(taught, abs=2e-4)
    assert told[False]["gen_gan"] != pytest.approx(taught, abs=2e-4)
    assert told[True]["disc"] != pytest.approx(told[False]["disc"], abs=1e-5)


def test_the_generator_waits_while_the_discriminator_has_a_head_start():
    model = adversarial(Loss(), head_start=2)
    weights = [network.trainable_variables[0] for network in (model.generator, model.discriminator)]
    moved = []
    for x, y in batches(4):
        before = [weight.numpy() for weight in weights]
        model.train_on_batch(x, y)
        moved.append([not np.array_equal(*pair) for pair in zip(before, weights, strict=True)])
    assert moved == [[False, True], [False, True], [True, True], [True, True]]


def test_the_discriminator_may_see_the_hole_and_the_texture():
    model = adversarial(Loss(hole_patches=True), PatchGAN(4, 1, sees_hole=True, texture=6.0))
    x, y = next(batches())
    before = terms(model, x, y)["disc"]
    x[..., 3] = 1 - x[..., 3]
    model.trackers["disc"].reset_state()
    assert terms(model, x, y)["disc"] != pytest.approx(before, abs=1e-6)
    assert model.discriminator.get_layer("patch_1_conv").kernel.shape[2] == 4 + 3 + 3


RATES = vary(
    RAPIDA,
    {
        "data": {"size": 32, "load_size": 36},
        "generator": {"filters": 4, "levels": 3},
        "discriminator": {"filters": 4},
        "training": {"learning_rate": 1e-3, "cosine": False},
    },
)


def test_each_network_learns_at_its_own_rate():
    """Con Adam, el primer paso mide lo que la tasa de aprendizaje."""
    x, y = next(batches())
    for rate in (1.0, 4.0):
        model = build(vary(RATES, {"training": {"disc_rate": rate}}))
        weights = {
            name: getattr(model, name).trainable_variables
            for name in ("generator", "discriminator")
        }
        before = {name: [w.numpy() for w in some] for name, some in weights.items()}
        model.fit(x, y, verbose=0)
        steps = {
            name: max(
                np.abs(w.numpy() - old).max() for w, old in zip(some, before[name], strict=True)
            )
            for name, some in weights.items()
        }
        assert steps["generator"] == pytest.approx(1e-3, rel=0.01)
        assert steps["discriminator"] == pytest.approx(rate * 1e-3, rel=0.01)


@pytest.mark.parametrize(("cosine", "rates"), [(True, [1e-3, 5e-4, 0]), (False, [1e-3] * 3)])
def test_the_learning_rate_falls_as_a_cosine_or_not_at_all(cosine, rates):
    optimizer = build(vary(RATES, {"training": {"cosine": cosine, "steps": 400}})).optimizer
    for step, rate in zip((0, 200, 400), rates, strict=True):
        optimizer.iterations.assign(step)
        assert float(optimizer.learning_rate) == pytest.approx(rate, abs=1e-9)


def test_the_moving_average_of_the_weights_is_lent_and_given_back():
    model = build(vary(RATES, {"training": {"ema": 0.5}}))
    weight = model.generator.trainable_variables[0]
    with averaged(model):
        start = weight.numpy()
    assert np.array_equal(start, weight.numpy())
    history = []
    for x, y in batches(3):
        model.train_on_batch(x, y)
        history.append(weight.numpy())
    expected = history[0]
    for value in history[1:]:
        expected = 0.5 * expected + 0.5 * value
    with averaged(model):
        np.testing.assert_allclose(weight.numpy(), expected, atol=1e-6)
    assert np.array_equal(weight.numpy(), history[-1])
