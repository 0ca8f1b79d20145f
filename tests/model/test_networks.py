import keras
import numpy as np
import pytest
import skimage.data
from skimage.restoration import inpaint_biharmonic

from pix2pix_lib.errors import UserError
from pix2pix_lib.model.fill import biharmonic_fill, fill_pyramid
from pix2pix_lib.model.networks import (
    count_macs,
    patchgan_discriminator,
    receptive_field,
    unet_generator,
)
from pix2pix_lib.recipes import CORRECTS, PatchGAN, UNet


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_the_original_generator_is_the_tutorials():
    generator = unet_generator()
    assert generator.count_params() == 54_425_859
    assert generator.output_shape == (None, 256, 256, 3)
    downs = [layer for layer in generator.layers if isinstance(layer, keras.layers.LeakyReLU)]
    assert [layer.output.shape[1] for layer in downs] == [128, 64, 32, 16, 8, 4, 2, 1]


def test_the_original_discriminator_is_the_tutorials():
    discriminator = patchgan_discriminator()
    assert discriminator.count_params() == 2_770_433
    assert discriminator.output_shape == (None, 30, 30, 1)
    assert receptive_field(discriminator) == 70


@pytest.mark.parametrize(("count", "field"), [(0, 1), (1, 16), (2, 34), (3, 70), (4, 142)])
def test_the_receptive_field_is_what_a_score_really_sees(count, field):
    discriminator = patchgan_discriminator(256, PatchGAN(2, count))
    assert receptive_field(discriminator) == field
    rows, columns = discriminator.output_shape[1:3]
    center = rows // 2, columns // 2
    image = np.random.default_rng(0).normal(size=(1, 256, 256, 3)).astype("float32")

    def changes(row):
        touched = image.copy()
        touched[0, row] += 1e3
        scores = [discriminator([pixels, pixels])[0, *center, 0] for pixels in (image, touched)]
        return float(scores[0]) != float(scores[1])

    seen = [row for row in range(256) if changes(row)]
    assert seen == list(range(seen[0], seen[0] + field))


def test_layers_of_the_same_shape_start_with_different_weights():
    discriminators = [patchgan_discriminator(64, PatchGAN(4, 2)) for _ in range(2)]
    generator = unet_generator(64, UNet(4, 6))
    kernels = [
        numpy(weight)
        for model in [*discriminators, generator]
        for weight in model.trainable_weights
        if weight.path.endswith("kernel")
    ]
    for index, kernel in enumerate(kernels):
        for other in kernels[index + 1 :]:
            assert kernel.shape != other.shape or not np.array_equal(kernel, other)


@pytest.mark.parametrize("upsampling", ["transpose", "resize"])
@pytest.mark.parametrize("norm", ["batch", "instance", None])
def test_every_setting_gives_images_of_the_right_size(upsampling, norm):
    generator = unet_generator(
        32, UNet(4, 3, norm=norm, innermost_norm=bool(norm), upsampling=upsampling)
    )
    out = numpy(generator(np.zeros((2, 32, 32, 3), "float32")))
    assert out.shape == (2, 32, 32, 3) and np.abs(out).max() <= 1


def test_a_side_that_cannot_be_halved_enough_is_refused():
    with pytest.raises(UserError, match="múltiplo de 64"):
        unet_generator(96, UNet(4, 6))


def test_the_residual_generator_starts_at_the_fill_and_copies_what_it_knows():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (2, 32, 32, 4)).astype("float32")
    x[..., 3] = 0
    x[:, 8:20, 10:25, 3] = 1
    generator = unet_generator(32, UNet(4, 3, norm="instance", **CORRECTS))
    filled = numpy(biharmonic_fill(x[..., :3], 1 - x[..., 3:]))
    np.testing.assert_allclose(numpy(generator(x)), filled, atol=1e-6)
    for weight in generator.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    out = numpy(generator(x))
    known = x[..., 3] == 0
    np.testing.assert_allclose(out[known], x[known][:, :3], atol=1e-6)
    assert np.abs(out - filled)[~known].max() > 0.1


@pytest.mark.parametrize("side", [(32, 32), (24, 40), (7, 9)])
def test_the_fill_keeps_what_is_known_and_stays_near_its_range(side):
    rng = np.random.default_rng(0)
    image = rng.uniform(0.2, 0.8, (1, *side, 3)).astype("float32")
    known = (rng.uniform(size=(1, *side, 1)) > 0.4).astype("float32")
    known[0, :4, :5] = 0
    out = numpy(biharmonic_fill(image, known))
    mask = known[..., 0] == 1
    np.testing.assert_allclose(out[mask], image[mask], atol=1e-6)
    assert out.min() >= -2 and out.max() <= 3


def test_the_fill_extends_a_flat_color_exactly():
    image = np.full((1, 32, 32, 3), 0.5, "float32")
    known = np.ones((1, 32, 32, 1), "float32")
    known[:, 4:28, 4:28] = 0
    np.testing.assert_allclose(numpy(biharmonic_fill(image, known)), image, atol=1e-5)


def test_the_fill_ignores_the_color_under_the_hole():
    rng = np.random.default_rng(0)
    image = rng.uniform(-1, 1, (1, 32, 32, 3)).astype("float32")
    known = np.ones((1, 32, 32, 1), "float32")
    known[:, 10:20, 5:30] = 0
    painted = np.where(known > 0, image, 9).astype("float32")
    fills = [numpy(biharmonic_fill(pixels, known)) for pixels in (image, painted)]
    np.testing.assert_array_equal(*fills)


def test_with_enough_steps_the_fill_is_scikit_images():
    face = skimage.data.astronaut()[:128, 160:288] / 127.5 - 1
    known = np.ones((128, 128, 1))
    for row in range(20, 110, 15):
        known[row : row + 6, 20:100] = 0
    image = face[None].astype("float32")
    exact = inpaint_biharmonic(face, known[..., 0] == 0, channel_axis=-1)
    errors = {
        steps: np.abs(
            numpy(biharmonic_fill(image, known[None].astype("float32"), steps))[0] - exact
        ).mean()
        for steps in (0, 20, 200)
    }
    assert errors[200] < 0.001 and errors[20] < errors[0] / 3


def test_a_rough_color_is_refined_and_not_thrown_away():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1, 32, 32, 4)).astype("float32")
    x[..., 3] = 0
    x[:, 8:20, 10:25, 3] = 0.5
    fresh = unet_generator(32, UNet(4, 3, norm="instance", **CORRECTS))
    np.testing.assert_allclose(numpy(fresh(x)), x[..., :3], atol=1e-6)


def test_each_kind_of_skip_keeps_its_levels():
    """Qué niveles de bajada llegan a la salida sin pasar por los de debajo."""
    kept = {}
    for kind in ("all", "shallow", "deep", "none"):
        generator = unet_generator(32, UNet(4, 5, skips=kind))
        joined = [
            layer for layer in generator.layers if isinstance(layer, keras.layers.Concatenate)
        ]
        kept[kind] = sorted(layer.output.shape[1] for layer in joined)
    assert kept == {"all": [2, 4, 8, 16], "shallow": [8, 16], "deep": [2, 4], "none": []}


def test_the_noise_is_new_each_time_and_changes_what_is_painted():
    keras.utils.set_random_seed(0)
    generator = unet_generator(32, UNet(4, 3, dropout=0, noise=True))
    x = np.zeros((1, 32, 32, 3), "float32")
    assert not np.array_equal(numpy(generator(x)), numpy(generator(x)))
    still = unet_generator(32, UNet(4, 3, dropout=0))
    assert np.array_equal(numpy(still(x)), numpy(still(x)))


@pytest.mark.parametrize("piece", [*CORRECTS])
def test_each_piece_of_the_correction_can_be_taken_out(piece):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1, 32, 32, 4)).astype("float32")
    x[..., 3] = 0
    x[:, 8:20, 10:25, 3] = 1
    known = x[..., 3] == 0
    without = {**CORRECTS, piece: None if piece == "first_fill" else False}
    keras.utils.set_random_seed(0)
    generator = unet_generator(32, UNet(4, 3, norm="instance", **without))
    names = {type(layer).__name__ for layer in generator.layers}
    assert ("FirstFill" in names) == (piece != "first_fill")
    for weight in generator.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    out = numpy(generator(x))
    assert np.array_equal(out[known], x[known][:, :3]) == (piece != "compose")


def test_the_simplest_fill_has_no_relaxation():
    x = np.zeros((1, 32, 32, 4), "float32")
    x[..., :3] = np.linspace(-1, 1, 32)[None, None, :, None]
    x[:, 8:20, 10:25, 3] = 1
    fresh = unet_generator(32, UNet(4, 3, **{**CORRECTS, "first_fill": "push_pull"}))
    expected = biharmonic_fill(x[..., :3], 1 - x[..., 3:], steps=0)
    np.testing.assert_allclose(numpy(fresh(x)), numpy(expected), atol=1e-6)


def test_a_multiplication_is_counted_for_each_weight_and_place():
    x = keras.Input((8, 8, 3))
    down = keras.layers.Conv2D(5, 4, strides=2, padding="same")(x)
    up = keras.layers.Conv2DTranspose(2, 3, strides=2, padding="same")(down)
    assert count_macs(keras.Model(x, up)) == 4 * 4 * (4 * 4 * 3 * 5) + 4 * 4 * (3 * 3 * 5 * 2)


def test_each_size_of_the_fill_starts_from_the_one_before():
    rng = np.random.default_rng(0)
    image = rng.uniform(-1, 1, (2, 48, 32, 3)).astype("float32")
    known = np.ones((2, 48, 32, 1), "float32")
    known[:, 10:30, 5:25] = 0
    pyramid = fill_pyramid(image, known)
    assert [level.filled.shape[1:3] for level in pyramid] == [(6, 4), (12, 8), (24, 16), (48, 32)]
    np.testing.assert_array_equal(pyramid[-1].filled, biharmonic_fill(image, known))
    for level in pyramid:
        assert level.guess.shape == level.filled.shape == level.seen.shape
        kept = numpy(level.known)[..., 0] == 1
        np.testing.assert_allclose(numpy(level.filled)[kept], numpy(level.seen)[kept], atol=1e-6)
    for small, large in zip(pyramid, pyramid[1:], strict=False):
        assert abs(numpy(small.filled).mean() - numpy(large.guess).mean()) < 0.02


def test_dropout_is_in_the_three_deepest_ups_and_the_slope_is_the_asked_one():
    generator = unet_generator(64, UNet(4, 6, dropout=0.3, slope=0.15))
    dropped = [one for one in generator.layers if isinstance(one, keras.layers.Dropout)]
    assert [(one.rate, one.output.shape[1]) for one in dropped] == [(0.3, 2), (0.3, 4), (0.3, 8)]
    discriminator = patchgan_discriminator(64, PatchGAN(4, 2, slope=0.1))
    for network, slope in ((generator, 0.15), (discriminator, 0.1)):
        leaky = [one for one in network.layers if isinstance(one, keras.layers.LeakyReLU)]
        assert {one.negative_slope for one in leaky} == {slope}
