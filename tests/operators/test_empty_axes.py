"""A batch of no samples. Caffe itself ends the process for a blob that never had any; here one has shrunk to none."""

import re
import warnings

import numpy as np
import pytest
from layers import layer
from operator_cases import CASES, SINGLE
from running import start

from layerdsl.operators.reference import World, evaluate
from layerdsl.operators.world import Named, fitted

LOWEST = np.finfo(np.float32).min

# What there is of nothing, over an axis of size 0.
REDUCED = {
    "sum(x, over=N)": 0,
    "prod(x, over=N)": 1,
    "norm(x, over=N)": 0,
    "dot(x, x, over=N)": 0,
    "count(x > 0, over=N)": 0,
    "float(any(x > 0, over=N))": 0,
    "float(all(x > 0, over=N))": 1,
    "mean(x, over=N)": np.nan,
    "var(x, over=N)": np.nan,
    "max(x, over=N)": LOWEST,
    "min(x, over=N)": -LOWEST,
    "max(argsort(x, over=N), over=N)": LOWEST,
    "argmax(x, over=N)": -1,
    "argmin(x**2, over=N)": -1,
    "logsumexp(x, over=N)": -np.inf,
    "sum(log_softmax(x, over=N), over=N)": 0,
    "sum(x - max(x, over=N), over=N)": 0,
    "median(x, over=N)": np.nan,
    "sum(roll(x, N=1), over=N)": 0,
}


def emptied(ran, shapes):
    """The layer after a forward and backward with bottoms of these shapes, which have no entries."""
    ran.forward().backward()
    ran.net.set_bottoms([np.zeros(shape) for shape in shapes])
    ran.net.forward()
    ran.net.backward()
    return ran


@pytest.mark.parametrize("formula", REDUCED)
@pytest.mark.parametrize(("count", "length"), [(2, 3), (300, 4000)])
def test_over_no_samples(formula, count, length):
    ran = start(f"layer A(x: [N, C]) -> y: [C]:\n    y = {formula}\n", x=np.ones((count, length)))
    assert ran.forward().value("y").shape == (length,)
    found = emptied(ran, [(0, length)])
    np.testing.assert_array_equal(found.value("y"), np.full(length, REDUCED[formula]))
    assert found.diff("x").shape == (0, length)


@pytest.mark.parametrize("formula", REDUCED)
def test_the_reference_says_so_too(formula):
    graph = layer(f"layer A(x: [N, C]) -> y: [C]:\n    y = {formula}\n").graph
    nothing = World(sizes={"N": 0, "C": 3}, blobs={"x": Named(("N", "C"), np.ones((0, 3)))})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of the mean of nothing
        (found,) = evaluate([node for _, node in graph.outputs], nothing)
    np.testing.assert_array_equal(fitted(found, graph.tops[0].axes, nothing).data, [REDUCED[formula]] * 3)


@pytest.mark.parametrize("function", ["softmax", "log_softmax", "softmin"])
def test_a_softmax_of_nothing_has_no_places(function):
    ran = start(f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {function}(x, over=N)\n", x=np.ones((2, 3)))
    assert emptied(ran, [(0, 3)]).value("y").shape == (0, 3)


def test_everything_of_nothing():
    """No axis is left of the largest and its place in the backward."""
    ran = start("layer A(x: [N, C]) -> y: []:\n    y = max(x) + sum(max(x**2, over=C), over=N)\n", x=np.ones((2, 3)))
    for shape in ((0, 3), (0, 0)):
        assert emptied(ran, [shape]).value("y") == LOWEST


def test_a_place_that_is_none_picks_nothing():
    ran = start("layer A(x: [N, C]) -> y: [C]:\n    y = x[N=argmax(x, over=N)]\n", x=np.ones((2, 3)))
    with pytest.raises(ValueError, match="an index along axis N holds -1, the axis has places 0 to -1"):
        emptied(ran, [(0, 3)])


ON_SAMPLES = [case for case in CASES if case not in SINGLE and "[N" in case.top and "over=N" not in case.formula]
ON_SAMPLES = [case for case in ON_SAMPLES if case.sizes == {} and "M=N" not in case.top and "grad(" not in case.formula]


@pytest.mark.parametrize("case", ON_SAMPLES, ids=lambda case: case.formula)
def test_of_no_samples(case):
    """What has an axis for the samples has none of them."""
    bottoms = case.bottoms()
    axes = dict(re.findall(r"(\w+): (?:\w*(?:\(\w+\))? ?)\[(.*?)\]", case.blobs))
    with_samples = [name for name in bottoms if axes[name].startswith("N")]
    shapes = [(0, *array.shape[1:]) if name in with_samples else array.shape for name, array in bottoms.items()]
    found = emptied(start(case.layer(), **bottoms), shapes)
    assert found.value("y").size == 0
    for name in set(bottoms) - set(with_samples):
        assert not found.diff(name).any()
