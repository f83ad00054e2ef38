"""A batch of no samples. Caffe itself ends the process for a blob that never had any; here one has shrunk to none."""

import re

import numpy as np
import pytest
from operator_cases import CASES, SINGLE
from running import start

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
}


def emptied(ran, shapes):
    """The layer after a forward and backward with bottoms of these shapes, which have no entries."""
    ran.forward().backward()
    ran.net.set_bottoms([np.zeros(shape) for shape in shapes])
    ran.net.forward()
    ran.net.backward()
    return ran


@pytest.mark.parametrize("formula", REDUCED)
def test_over_no_samples(formula):
    ran = start(f"layer A(x: [N, C]) -> y: [C]:\n    y = {formula}\n", x=np.ones((2, 3)))
    assert ran.forward().value("y").shape == (3,)
    found = emptied(ran, [(0, 3)])
    np.testing.assert_array_equal(found.value("y"), [REDUCED[formula]] * 3)
    assert found.diff("x").shape == (0, 3)


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
