"""Scans made at random: the derivative of each agrees with the slopes of its forward."""

import random

import numpy as np
import pytest
from running import run, slopes

LAYOUTS = ["[T, N, K]", "[N, T, K]", "[N, K, T]"]
AXES = {"[N, K]": "", "[N]": "K", "[K]": "N", "[]": "[N, K]"}  # of what is carried, and what is averaged away for it

OPERATIONS = [
    "({a} + {b})", "({a} - 0.5 * {b})", "({a} * {b})", "tanh({a})", "sigmoid({a})", "(-{a})", "tanh({a})**2",
    "where({a} > 0.1, {b}, {a})", "max({a}, {b} + 0.1)", "softmax({a} + x, over=K)",
    "(0.3 * {a} + mean({b} * x, over=N))",
    "concat(({a} + 0 * x)[K=1:], ({b} + 0 * x)[K=:1], over=K)",
    "dot(rename({a} + 0 * x, K=J), w, over=J)",
]  # fmt: skip


def formula(draw, names, depth):
    if depth == 0 or draw.random() < 0.15:
        return draw.choice([*names, "0.5"])
    operands = {name: formula(draw, names, depth - 1) for name in "ab"}
    return draw.choice(OPERATIONS).format(**operands)


def program(seed):
    """A layer with a scan, and how the axes of its bottom lie."""
    draw = random.Random(seed)
    layout = draw.choice(LAYOUTS)
    carried = {f"c{i}": draw.choice(list(AXES)) for i in range(draw.choice([1, 1, 2, 3]))}
    lines = [f"layer A(x: {layout}, u: [K]) -> (y: {layout}, z: [N, K]):", "    param w: [K, J=3] = gaussian(0, 0.5)"]
    lines.append(f"    scan T{draw.choice(['', ' backwards'])}:")
    lines += [f"        carry {name}: {axes} = {draw.choice(['0', '0.5'])}" for name, axes in carried.items()]
    names = ["x", "u", *carried]
    for i in range(draw.randint(0, 3)):
        lines.append(f"        v{i} = {formula(draw, names, draw.randint(1, 3))}")
        names.append(f"v{i}")
    for name, axes in carried.items():
        value = formula(draw, names, draw.randint(1, 2))
        value = f"mean(0 * x + {value}, over={AXES[axes]})" if AXES[axes] else value
        lines.append(f"        next {name} = 0.7 * {value}")
    given = [name for name in names if name != "u"]
    lines.append(f"    y = x + {draw.choice(given)} * {draw.choice(given)}")
    lines.append(f"    z = u + (0 * x + {draw.choice(given)} - {draw.choice(given)})[T={draw.choice([0, -1])}]")
    return "\n".join(lines) + "\n", layout


@pytest.mark.parametrize("seed", range(32))
def test_a_random_scan_has_the_derivative_of_its_forward(seed):
    text, layout = program(seed)
    draw = np.random.RandomState(seed)
    sizes = {"T": draw.choice([1, 2, 3]), "N": 2, "K": 3}
    shape = tuple(int(sizes[axis]) for axis in layout.strip("[]").split(", "))
    diffs = {"y": draw.standard_normal(shape), "z": draw.standard_normal((2, 3))}
    ran = run(text, diffs, x=draw.standard_normal(shape), u=draw.standard_normal(3), w=draw.standard_normal((3, 3)) / 2)
    for name in ("x", "u", "w"):
        found = ran.diff(name)
        tries = [slopes(ran, name, diffs, step) for step in (1e-3, 1e-5)]  # a bend may lie within the wider one
        assert (np.min([np.abs(found - tried) for tried in tries], axis=0) < 1e-5 * (1 + np.abs(found))).all(), text
