"""How fast a function of one number changes: central differences, made exact by extrapolation (Richardson)."""
# mypy: ignore-errors

from __future__ import division

import math


class Scheme(object):
    """How slopes are measured in numbers with this rounding: steps, what is good at once, what is good at all."""

    def __init__(self, single):
        self.steps = (0.2, 4e-2, 1e-2) if single else (1e-3, 1e-4, 1e-5)
        self.goal, self.tolerance = (2e-3, 5e-3) if single else (1e-9, 1e-6)
        self.rough = 1e-2 if single else 1e-4  # how far the last extrapolation may be from a slope that means something
        self.kink = 5e-2 if single else 1e-2  # how far the slopes on both sides have to be apart
        self.kink_step, self.close = (1e-2, 2e-3) if single else (1e-6, 1e-7)
        self.noise = 3e-7 if single else 0.0


def slope(function, step):
    """The slope at 0, and by how much the last extrapolation changed it."""
    first, second, third = [central(function, step / part) for part in (1, 2, 4)]
    once, again = second + (second - first) / 3, third + (third - second) / 3
    value = again + (again - once) / 15
    return value, abs(value - again)


def central(function, step):
    """The slope of the chord from one side to the other."""
    return (function(step) - function(-step)) / (2 * step)


def has_kink(function, step, tolerance):
    """Whether the slopes on the two sides of 0 differ, or the function jumps there."""
    here, right, left = function(0.0), function(step), function(-step)
    bend = abs((right - here) - (here - left)) / step
    return not bend <= tolerance


def judge(function, got, scale_of, scheme):
    """(verdict, error, slope) of a number that should be the slope: "right", "wrong", or "kink".

    `scale_of` gives, for a slope, what errors are relative to.
    """
    tries = []
    for step in scheme.steps:
        value, change = slope(function, step)
        scale = scale_of(value)
        error = abs(got - value) / scale
        if error <= scheme.goal:
            return "right", error, value
        tries.append((_finite(change / scale), _finite(error), value, scale))
    if min(error for _, error, _, _ in tries) <= scheme.tolerance:
        return "right", min(error for _, error, _, _ in tries), tries[0][2]
    roughness, error, value, scale = min(tries)
    values = [one[2] for one in tries]
    if scheme.noise == 0 and max(values) - min(values) <= 0.1 * error * scale:
        # The same slope at every step: nothing bends near by but at the point itself, and half the error would show.
        tolerance = max(min(scheme.kink, error / 2), 1e-5) * scale
        return ("kink" if has_kink(function, scheme.kink_step, tolerance) else "wrong"), error, value
    near = abs(got - central(function, scheme.close)) <= scheme.kink * scale
    if not roughness <= scheme.rough or near or has_kink(function, scheme.kink_step, scheme.kink * scale):
        return "kink", error, value
    return "wrong", error, value


def _finite(value):
    return value if math.isfinite(value) else float("inf")


if not hasattr(math, "isfinite"):

    def _finite(value):
        return value if not (math.isnan(value) or math.isinf(value)) else float("inf")
