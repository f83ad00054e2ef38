"""Scans within scans: what they mean, and their derivatives, which are scans within scans again."""

import itertools
import pathlib
import random
import sys
import types

import numpy as np
import pytest
from layers import layer
from running import run, slopes

from layerdsl.operators.body import walk_deep

LAYERS = (pathlib.Path(__file__).resolve().parents[1] / "layers" / "nested_scans.layer").read_text(encoding="utf-8")
RANDOM = np.random.RandomState(5)


def only(name):
    """The text with one layer alone."""
    head, *layers = LAYERS.split("\nlayer ")
    (text,) = [one for one in layers if one.startswith(name + "(")]
    return f"{head}\nlayer {text}"


def ways(rows, columns):
    """Every way from the first cell of a table to the last: down, to the right, or both."""
    if (rows, columns) == (1, 1):
        return [[(0, 0)]]
    before = [(rows - 1, columns), (rows, columns - 1), (rows - 1, columns - 1)]
    return [[*way, (rows - 1, columns - 1)] for one in before if min(one) > 0 for way in ways(*one)]


def costs(table):
    return np.array([sum(table[cell] for cell in way) for way in ways(*table.shape)])


def test_dynamic_time_warping_finds_the_least_of_all_ways():
    a, b = RANDOM.standard_normal((2, 3, 2)), RANDOM.standard_normal((2, 4, 2))
    tables = np.abs(a[:, :, None] - b[:, None]).sum(-1)
    np.testing.assert_allclose(run(only("DTW"), a=a, b=b).value("distance"), [costs(table).min() for table in tables])


def test_smoothed_it_takes_all_ways_together():
    a, b, gamma = RANDOM.standard_normal((2, 3, 2)), RANDOM.standard_normal((2, 4, 2)), 0.7
    tables = ((a[:, :, None] - b[:, None]) ** 2).sum(-1)
    expected = [-gamma * np.log(np.exp(-costs(table) / gamma).sum()) for table in tables]
    np.testing.assert_allclose(run(only("SoftDTW"), a=a, b=b, param_str="gamma: 0.7").value("loss"), np.mean(expected))


def test_labels_without_their_places_in_time():
    score, label = RANDOM.standard_normal((4, 3, 3)), np.array([[1, 2], [1, 1], [2, 9]])
    frames, letters = np.array([4, 4, 3]), np.array([2, 2, 1])
    p = np.exp(score) / np.exp(score).sum(-1, keepdims=True)

    def chance(n):
        """The chance of all placements, one after the other."""
        total = 0.0
        for way in itertools.product(range(3), repeat=frames[n]):
            merged = [c for c, before in zip(way, (None, *way), strict=False) if c != before and c != 0]
            if merged == list(label[n, : letters[n]]):
                total += np.prod([p[t, n, c] for t, c in enumerate(way)])
        return total

    ran = run(only("CTC"), score=score, label=label, frames=frames, letters=letters)
    np.testing.assert_allclose(ran.value("loss"), -np.mean([np.log(chance(n)) for n in range(3)]), rtol=1e-12)


def test_a_row_from_right_to_left():
    x = RANDOM.standard_normal((2, 1, 3, 2))
    ran = run(only("Grid"), x=x)
    wx, above, beside = (ran.value(name) for name in ("wx", "above", "beside"))
    row, expected = np.zeros((3, 3)), []
    for i in range(2):
        h, new = np.full(3, 0.1), np.zeros((3, 3))
        for j in (2, 1, 0):
            h = np.tanh(wx @ x[i, 0, j] + above @ row[j] + beside @ h)
            new[j] = h
        row = new
        expected.append(row)
    np.testing.assert_allclose(ran.value("y")[:, 0], expected, rtol=1e-12)


def test_the_backward_reads_what_the_forward_has_left_behind():
    """Its loops are those of the forward the other way round, and no forward's again."""
    scans = [node for node in walk_deep(layer(only("SoftDTW")).program.backward) if node.op == "scan"]
    assert [bool(scan.attr("backwards")) for scan in dict.fromkeys(scans)].count(False) == 2  # the forward's own
    text = layer(only("SoftDTW")).stage("python")
    backward = text[text.index("def backward") :].split("\ndef ")[0]
    assert backward.count("for t in range(T - 1, -1, -1)") == backward.count("for l in range(L - 1, -1, -1)") == 1
    assert "in range(T):" not in backward
    assert "in range(L):" not in backward


def test_second_derivatives():
    text = """
layer A(x: [T, L], w: []) -> loss: []:
    scan T:
        carry row: [L] = 0.1
        scan L:
            carry left: [] = 0.2
            next left = tanh(w * x + 0.5 * left * row)
        next row = left
    slope = grad(sum(row[T=-1]), x)
    loss = sum(slope**2) / 2
"""
    ran = run(text, x=RANDOM.standard_normal((2, 3)), w=np.array(0.7))
    for name in ("x", "w"):
        np.testing.assert_allclose(ran.diff(name), slopes(ran, name), atol=1e-7)


OPERATIONS = ["({a} + {b})", "({a} * {b})", "tanh({a})", "where({a} > 0.1, {b}, {a})", "max({a}, {b} + 0.1)"]


def formula(draw, names, depth):
    if depth == 0 or draw.random() < 0.15:
        return draw.choice(names)
    operands = {name: formula(draw, names, depth - 1) for name in "ab"}
    return draw.choice(OPERATIONS).format(**operands)


def program(seed):
    """A layer with a scan in a scan, of which either may read what the other carries."""
    draw = random.Random(seed)
    outer, inner = (draw.choice(["", " backwards"]) for _ in range(2))
    first = draw.choice(["0.1", "mean(row, over=L)", "h", "u"])
    lines = [
        f"layer A(x: {draw.choice(['[T, L, N]', '[N, T, L]', '[L, N, T]'])}, u: [N], w: []) -> (y: [N], z: [N]):",
        f"    scan T{outer}:",
        "        carry row: [L, N] = 0",
        "        carry h: [N] = u",
        f"        given = {formula(draw, ['x', 'row', 'h', 'u'], 2)}",
        f"        scan L{inner}:",
        f"            carry left: [N] = {first}",
        f"            k = {formula(draw, ['x', 'row', 'left', 'h', 'given', 'w'], 3)}",
        f"            next left = 0.7 * tanh(k + {formula(draw, ['left', 'u', 'given'], 1)})",
        f"        next row = 0.6 * {formula(draw, ['left', 'row', 'k', 'given'], 2)} + 0 * x",
        f"        next h = 0.5 * tanh(h + left[L={draw.choice([0, -1])}])",
        f"    y = mean(row[T={draw.choice([0, -1])}] * left[T=0] + 0 * x[T=0], over=L) + u",
        "    z = h[T=-1] + sum(k + 0 * x, over=[T, L])",
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(20))
def test_a_random_scan_in_a_scan_has_the_derivative_of_its_forward(seed):
    text, draw = program(seed), np.random.RandomState(seed)
    sizes = {"T": draw.choice([1, 2, 3]), "L": draw.choice([1, 3]), "N": 2}
    shape = tuple(int(sizes[axis]) for axis in text.split("[")[1].split("]")[0].split(", "))
    values = {"x": draw.standard_normal(shape), "u": draw.standard_normal(2), "w": np.array(0.4)}
    diffs = {name: draw.standard_normal(2) for name in "yz"}
    ran = run(text, diffs, **values)
    for name in ("x", "u", "w"):
        found = ran.diff(name)
        tries = [slopes(ran, name, diffs, step) for step in (1e-3, 1e-5)]  # a bend may lie within the wider one
        assert (np.min([np.abs(found - tried) for tried in tries], axis=0) < 1e-5 * (1 + np.abs(found))).all(), text


def test_a_function_of_python_is_called_once_in_each_step(monkeypatch):
    text = """
extern def halved(x: [N]) -> [N] from halving

layer A(x: [T, L, N]) -> y: [N]:
    scan T:
        carry a: [N] = 0
        early = halved(a)
        scan L:
            carry b: [N] = 0.1
            next b = tanh(b * x + halved(b))
        next a = b[L=-1] + early
    y = a[T=-1]
"""
    calls = []
    module = types.ModuleType("halving")
    module.halved = lambda x: calls.append(1) or 0.5 * x
    monkeypatch.setitem(sys.modules, "halving", module)
    x = RANDOM.standard_normal((2, 3, 1))
    ran = run(text, x=x)
    assert len(calls) == 2 + 2 * 3
    a, slope = 0.0, np.zeros((2, 3))
    for t in range(2):
        b, by = 0.1, np.zeros(3)
        for i in range(3):
            new = np.tanh(b * x[t, i, 0] + 0.5 * b)
            by = (by * x[t, i, 0] + b * (np.arange(3) == i)) * (1 - new**2)
            b = new
        slope[:t], slope[t] = 0, by
        a = b + 0.5 * a
    np.testing.assert_allclose(ran.value("y"), [a])
    np.testing.assert_allclose(ran.diff("x")[..., 0], slope)
