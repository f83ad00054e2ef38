"""How exactly slopes are measured, and that kinks and jumps are known as such."""

import math

import numpy as np
import pytest

from layerdsl.check.probe.pattern import ratio_text
from layerdsl.check.slopes import STEPS, has_kink, slope


@pytest.mark.parametrize(
    ("function", "at", "wanted"),
    [
        (math.sin, 0.7, math.cos(0.7)),
        (math.exp, 1.3, math.exp(1.3)),
        (math.log, 0.1, 10.0),
        (lambda x: x**7, -1.1, 7 * 1.1**6),
        (lambda x: 3.0, 0.4, 0.0),
    ],
)
def test_nine_digits(function, at, wanted):
    measured = slope(lambda step: function(at + step), STEPS[0])
    assert measured.value == pytest.approx(wanted, rel=1e-9, abs=1e-11)
    assert measured.error < 1e-7


@pytest.mark.parametrize(
    ("function", "there"), [(abs, True), (math.floor, True), (math.sin, False), (np.square, False)]
)
def test_kinks(function, there):
    assert has_kink(function, 1e-2) is there


def test_a_slope_that_is_no_number_is_a_kink():
    assert has_kink(lambda step: math.nan, 1e-2)


@pytest.mark.parametrize(
    ("got", "text"),
    [
        ([-1.0, -2.0, 0.0], "every entry has the wrong sign"),
        ([0.5, 1.0, 0.0], "every entry is 0.5 times its slope"),
        ([0.0, 0.0, 0.0], "every entry is 0"),
        ([1.0, 3.0, 0.0], ""),
        ([1.0, 2.0, 0.0], ""),
    ],
)
def test_what_all_entries_have_in_common(got, text):
    assert ratio_text(np.array(got), np.array([1.0, 2.0, 0.0])) == text
