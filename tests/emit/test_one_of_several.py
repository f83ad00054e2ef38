"""Any number of blobs under one name, read and written by calls that see all of them: one alone is not copied."""

import layers
import numpy as np
import pytest

from layerdsl.caffe.standin import SingleLayer

TEXT = """
layer A(*xs: [N, C, H]) -> *ys: [N, F, P]:
    param weight: [F=4, C, K=2] = gaussian()
    param bias: [F] = gaussian()
    ys = dot(window(xs, P = H by K), weight, over=[C, K]) + bias
"""


def run(count):
    """The layer with so many bottoms, forward and backward."""
    random = np.random.RandomState(2)
    net = SingleLayer(layers.emitted(TEXT), [random.uniform(-1, 1, (2, 3, 5)) for _ in range(count)], tops=count)
    net.forward()
    for top in all_of(net.top, count):
        top.diff[...] = random.uniform(-1, 1, top.diff.shape)
    net.backward()
    return net.layer, net


def all_of(blobs, count):
    return [blobs[i] for i in range(count)]


def plain(net, count):
    weight, bias = (net.blobs[i].data for i in range(2))
    for bottom in all_of(net.bottom, count):
        seen = np.stack([bottom.data[:, :, :-1], bottom.data[:, :, 1:]])
        yield np.einsum("knch,fck->nfh", seen, weight) + bias[:, None]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_bottom_has_its_top(count):
    _, net = run(count)
    for top, expected in zip(all_of(net.top, count), plain(net, count), strict=True):
        assert np.allclose(top.data, expected, atol=1e-5)
    total = sum(top.diff.sum(axis=(0, 2)) for top in all_of(net.top, count))
    assert np.allclose(net.blobs[1].diff, total, atol=1e-5)


def test_one_alone_is_read_and_written_where_it_lies():
    layer, net = run(1)
    assert np.shares_memory(layer._all_xs_data, net.bottom[0].data)
    assert np.shares_memory(layer._all_ys_data, net.top[0].data)
    assert np.shares_memory(layer._all_ys_diff, net.top[0].diff)
    assert np.shares_memory(layer._all_xs_diff, net.bottom[0].diff)
