import keras
import numpy as np
import pytest

from pix2pix_lib.errors import UserError
from pix2pix_lib.model.partial import partial_convolution, partial_unet
from pix2pix_lib.recipes import PartialUNet

SIDE = 8


def layer(kernel=3, strides=1, channels=(2,)):
    inputs = [
        (keras.Input((SIDE, SIDE, count)), keras.Input((SIDE, SIDE, 1))) for count in channels
    ]
    flat = [tensor for pair in inputs for tensor in pair]
    return keras.Model(flat, partial_convolution(inputs, 4, kernel, strides=strides))


def random_parts(channels, seed=0):
    rng = np.random.default_rng(seed)
    parts = []
    for count in channels:
        parts.append(rng.normal(size=(1, SIDE, SIDE, count)).astype("float32"))
        parts.append((rng.uniform(size=(1, SIDE, SIDE, 1)) > 0.6).astype("float32"))
    parts[1][0, :4, :4] = 0
    return parts


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("kernel, strides", [(3, 1), (3, 2), (5, 2), (7, 2)])
@pytest.mark.parametrize("channels", [(2,), (2, 3)])
def test_it_is_the_formula_of_the_paper(kernel, strides, channels):
    """W^T (X * M) sum(1) / sum(M) donde hay algo conocido, y 0 donde no (ecuación 1)."""
    network, parts = layer(kernel, strides, channels), random_parts(channels)
    (weights,) = (numpy(weight) for weight in network.weights)
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    x = np.concatenate([image * mask for image, mask in pairs], -1)
    m = np.concatenate([np.repeat(mask, image.shape[-1], -1) for image, mask in pairs], -1)
    before, after = (kernel - strides) // 2, (kernel - strides + 1) // 2
    edges = ((0, 0), (before, after), (before, after), (0, 0))
    x, m = np.pad(x, edges), np.pad(m, edges)
    out, mask = (numpy(tensor) for tensor in network(parts))
    for row in range(SIDE // strides):
        for column in range(SIDE // strides):
            place = (
                0,
                slice(row * strides, row * strides + kernel),
                slice(column * strides, column * strides + kernel),
            )
            known = m[place].sum()
            assert mask[0, row, column, 0] == (known > 0)
            expected = 0
            if known:
                expected = np.tensordot(x[place], weights, 3) * m[place].size / known
            np.testing.assert_allclose(out[0, row, column], expected, atol=1e-5)


def test_what_is_under_the_hole_does_not_reach_the_output():
    keras.utils.set_random_seed(0)
    network = partial_unet(32, PartialUNet(8, 3, norm="instance"))
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1, 32, 32, 4)).astype("float32")
    x[..., 3] = 0
    x[:, 5:25, 5:25, 3] = 1
    other = x.copy()
    other[:, 5:25, 5:25, :3] = 7
    assert np.array_equal(numpy(network(x)), numpy(network(other)))
    other[:, 0, 0, :3] = 7
    assert not np.array_equal(numpy(network(x)), numpy(network(other)))


def test_a_side_that_cannot_be_halved_enough_is_refused():
    with pytest.raises(UserError, match="múltiplo de 64"):
        partial_unet(96, PartialUNet(4, 6))
