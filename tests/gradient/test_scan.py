"""Scans against plain loops: values, derivatives and their derivatives, in both directions and wherever T lies."""

import itertools
import pathlib

import numpy as np
import pytest
from running import run, slopes, start

RANDOM = np.random.RandomState(5)
PROGRAMS = pathlib.Path(__file__).resolve().parent.parent / "layers" / "dynamic_programming.layer"

STEPS = {
    "a sum": ("carry h: [N] = 0\n        next h = h + x", lambda x: np.cumsum(x, 0)),
    "a fading sum": (
        "carry h: [N] = 1\n        next h = 0.5 * h + x",
        lambda x: looped(lambda h, x: 0.5 * h + x, 1, x),
    ),
    "a bend": (
        "carry h: [N] = 0\n        next h = tanh(x - 0.7 * h)",
        lambda x: looped(lambda h, x: np.tanh(x - 0.7 * h), 0, x),
    ),
    "a mask": (
        "carry h: [N] = 0.3\n        next h = where(x > 0, h * x, h - x)",
        lambda x: looped(lambda h, x: np.where(x > 0, h * x, h - x), 0.3, x),
    ),
    "the largest": (
        "carry h: [N] = -inf\n        next h = max(h, x)",
        lambda x: np.maximum.accumulate(x, 0),
    ),
    "the value before": (
        "carry p: [N] = 0\n        h = x * p\n        next p = x",
        lambda x: x * np.vstack([0 * x[:1], x[:-1]]),
    ),
    "two steps before": (
        "carry p: [N] = 1\n        carry q: [N] = 2\n        h = x - q\n        next q = p\n        next p = x",
        lambda x: x - np.vstack([0 * x[:1] + 2, 0 * x[:1] + 1, x])[: len(x)],
    ),
    "what was handed on": (
        "carry s: [N] = 0\n        h = s * x\n        next s = s + x",
        lambda x: x * (np.cumsum(x, 0) - x),
    ),
    "two that change places": (
        "carry h: [N] = 0\n        carry g: [N] = 1\n        next h = g\n        next g = h + x",
        lambda x: np.array(list(changing(x))),
    ),
    "two with one value": (
        "carry h: [N] = 0\n        carry g: [N] = 1\n        a = h * g + x\n        next h = a\n        next g = a",
        lambda x: one_value(x),
    ),
    "a condition": (
        "carry seen: [N] = false\n        h = where(seen, x, 0)\n        next seen = seen or x > 0.5",
        lambda x: x * (np.vstack([0 * x[:1], np.maximum.accumulate(x, 0)])[:-1] > 0.5),
    ),
    "a number for all": (
        "carry s: [] = 0\n        h = x + s\n        next s = sum(x * x, over=N) + 0.5 * s",
        lambda x: x + looped(lambda s, x: (x * x).sum() + 0.5 * s, 0.0, np.vstack([0 * x[:1], x[:-1]]))[:, None],
    ),
}  # fmt: skip


def looped(step, first, xs):
    found, h = [], first
    for x in xs:
        h = step(h, x)
        found.append(h)
    return np.array(found)


def changing(xs):
    h, g = 0 * xs[0], 0 * xs[0] + 1
    for x in xs:
        h, g = g, h + x
        yield h


def one_value(xs):
    h, g, found = 0 * xs[0], 0 * xs[0] + 1, []
    for x in xs:
        h = g = h * g + x
        found.append(h)
    return np.array(found)


@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("axes", ["[T, N]", "[N, T]"])
@pytest.mark.parametrize("name", STEPS)
def test_a_scan_is_its_loop(name, axes, backwards):
    body, meaning = STEPS[name]
    word = " backwards" if backwards else ""
    text = f"layer A(x: {axes}) -> y: {axes}:\n    scan T{word}:\n        {body}\n    y = h\n"
    for length in (1, 2, 5):
        x = RANDOM.standard_normal((length, 3))
        diff = RANDOM.standard_normal(x.shape)
        expected = meaning(x[::-1])[::-1] if backwards else meaning(x)
        turned = (lambda a: a.T) if axes == "[N, T]" else (lambda a: a)
        ran = run(text, {"y": turned(diff)}, x=turned(x))
        np.testing.assert_allclose(ran.value("y"), turned(expected), rtol=1e-12, atol=1e-12)
        found = ran.diff("x")
        np.testing.assert_allclose(found, slopes(ran, "x", {"y": turned(diff)}), rtol=1e-7, atol=1e-8)


ONE_OF_TWO = """
layer A(x: [T, N]) -> y: [T, N]:
    hyper fast: bool = true
    if fast:
        scan T:
            carry h: [N] = 0
            next h = 0.5 * h + x
    else:
        scan T:
            carry h: [N] = 1
            if train:
                next h = 0.9 * h + x
            else:
                next h = x
    y = h
"""


@pytest.mark.parametrize(
    ("settings", "phase", "decay", "first"),
    [("", 0, 0.5, 0), ("fast: false", 0, 0.9, 1), ("fast: false", 1, 0, 1)],
)
def test_choices_of_the_set_up_stand_around_and_inside(settings, phase, decay, first):
    x = RANDOM.standard_normal((4, 2))
    ran = run(ONE_OF_TWO, x=x, param_str=settings, phase=phase)
    np.testing.assert_allclose(ran.value("y"), looped(lambda h, x: decay * h + x, first, x))
    np.testing.assert_allclose(ran.diff("x")[:, 0], [sum(decay**i for i in range(4 - t)) for t in range(4)])


def test_a_draw_is_made_anew_at_each_step_and_the_backward_sees_it():
    text = """layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 0
        keep = bernoulli(0.5, each=N)
        next h = where(keep, h, 0) + x
    y = h
"""
    x = np.ones((40, 25))
    ran = run(text, x=x)
    y = ran.value("y")
    anew = y == 1
    assert 0.4 < anew.mean() < 0.6
    assert not (anew == anew[:1]).all()
    assert not (anew == anew[:, :1]).all()
    lived = np.zeros(x.shape)
    for t in reversed(range(40)):
        lived[t] = 1 + (lived[t + 1] * ~anew[t + 1] if t < 39 else 0)
    np.testing.assert_array_equal(ran.diff("x"), lived)


def test_a_derivative_through_a_scan_can_be_derived_again():
    text = """layer A(x: [T, N], w: [N]) -> loss: []:
    scan T:
        carry h: [N] = 0
        next h = tanh(x + w * h)
    slope = grad(sum(h * h), x)
    loss = sum(slope * slope)
"""
    ran = run(text, x=RANDOM.standard_normal((4, 2)), w=RANDOM.standard_normal(2))
    for name in ("x", "w"):
        found = ran.diff(name)
        np.testing.assert_allclose(found, slopes(ran, name), rtol=1e-6, atol=1e-8)


def test_a_derivative_can_be_cut_off_at_a_step():
    text = """layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 0.5
        next h = x * x + 0.9 * stop_gradient(h)
    y = h
"""
    x = RANDOM.standard_normal((4, 2))
    np.testing.assert_allclose(run(text, x=x).diff("x"), 2 * x)


def test_what_lies_in_two_scans_is_derived_through_both():
    text = """layer A(x: [T, N]) -> (y: [T, N], last: [N], first: [N]):
    scan T:
        carry h: [N] = 0.5
        next h = tanh(x + 0.8 * h)
    scan T backwards:
        carry g: [N] = h[T=-1]
        next g = 0.7 * g * h + x
    y = g
    last = h[T=-1]
    first = g[T=0]
"""
    diffs = {"y": RANDOM.standard_normal((3, 2)), "last": RANDOM.standard_normal(2), "first": RANDOM.standard_normal(2)}
    ran = run(text, diffs, x=RANDOM.standard_normal((3, 2)))
    found = ran.diff("x")
    np.testing.assert_allclose(found, slopes(ran, "x", diffs), rtol=1e-7, atol=1e-9)


def test_a_function_scans_the_axis_of_its_argument():
    text = """def smoothed(x: [*A, T], decay):
    scan T:
        carry m: [*A] = x[T=0]
        next m = decay * m + (1 - decay) * x
    return m

layer A(x: [N, C, L]) -> y: [N, C, L]:
    y = smoothed(x, decay=0.5) - smoothed(x, decay=0.25)
"""
    x = RANDOM.standard_normal((2, 3, 4))
    np.testing.assert_allclose(run(text, x=x).value("y"), smoothed(x, 0.5) - smoothed(x, 0.25), atol=1e-14)


def smoothed(x, decay):
    steps = np.moveaxis(x, -1, 0)
    return np.moveaxis(looped(lambda m, x: decay * m + (1 - decay) * x, steps[0], steps), 0, -1)


# -- dynamic programming against all there is --------------------------------------------------------------------------


def program(name):
    """One layer of the file of programmes."""
    text = PROGRAMS.read_text(encoding="utf-8")
    begin = text.index(f"layer {name}(")
    ends = [text.find(word, begin + 1) for word in ("\nlayer ", "\nexample ")]
    return text[begin : min([end for end in ends if end > 0], default=None)].strip() + "\n"


def paths(score, step):
    """Every path with its score."""
    T, C = score.shape
    for path in itertools.product(range(C), repeat=T):
        moves = sum(step[b, a] for a, b in itertools.pairwise(path))
        yield path, sum(score[t, c] for t, c in enumerate(path)) + moves


def test_crf_counts_all_paths():
    score, step = RANDOM.standard_normal((4, 2, 3)), RANDOM.standard_normal((3, 3))
    label = RANDOM.randint(0, 3, (4, 2))
    ran = run(program("CRFLoss"), score=score, label=label, step=step)
    losses = []
    for n in range(2):
        every = dict(paths(score[:, n], step))
        losses.append(np.log(sum(map(np.exp, every.values()))) - every[tuple(label[:, n])])
    np.testing.assert_allclose(ran.value("loss"), np.mean(losses), rtol=1e-12)


def test_viterbi_finds_the_best_path():
    score, step = RANDOM.standard_normal((5, 3, 3)), RANDOM.standard_normal((3, 3))
    found = run(program("Viterbi"), score=score, step=step).value("path")
    first = np.zeros((3, 3)) + step.max(axis=1)  # the scan begins with a move from anywhere
    for n in range(3):
        shifted = score[:, n].copy()
        shifted[0] += first[n]
        best = max(paths(shifted, step), key=lambda pair: pair[1])[0]
        np.testing.assert_array_equal(found[:, n], best)


def test_ctc_counts_all_alignments():
    logit = RANDOM.standard_normal((5, 2, 3))
    label = np.array([[1, 2], [2, 2]])
    logp = logit - np.log(np.exp(logit).sum(-1, keepdims=True))
    total = np.zeros(2)
    for path in itertools.product(range(3), repeat=5):
        short = [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)]
        for n in range(2):
            if short == list(label[n]):
                total[n] += np.exp(sum(logp[t, n, c] for t, c in enumerate(path)))
    found = run(program("CTCLoss"), logit=logit, label=label).value("loss")
    np.testing.assert_allclose(found, -np.log(total).mean(), rtol=1e-12)


# -- the layer's own memory --------------------------------------------------------------------------------------------

MEMORY = """layer A(x: [T, N]) -> y: [T, N]:
    state last: [N] = 0.5, saved=false
    scan T:
        carry h: [N] = last
        next h = 0.5 * h + x
    y = h
    update last = h[T=-1]
"""


def test_a_state_that_is_no_blob_goes_on():
    x = RANDOM.standard_normal((3, 2))
    ran = start(MEMORY, x=x)
    assert len(ran.net.blobs) == 0
    both = looped(lambda h, x: 0.5 * h + x, 0.5, np.vstack([x, x]))
    np.testing.assert_allclose(ran.forward().value("y"), both[:3])
    np.testing.assert_allclose(ran.backward().diff("x")[:, 0], [1.75, 1.5, 1])
    np.testing.assert_allclose(ran.forward().value("y"), both[3:])


def test_a_state_that_is_no_blob_begins_anew_with_another_shape():
    ran = start(MEMORY, x=np.ones((3, 2)))
    ran.forward()
    ran.net.set_bottoms([np.ones((3, 4))])
    ran.net.forward()
    np.testing.assert_allclose(ran.net.top[0].data[0], 1.25)
    ran.net.set_bottoms([np.ones((1, 4))])  # as many streams
    ran.net.forward()
    np.testing.assert_allclose(ran.net.top[0].data[0], 0.5 * (0.5**4 + 1.75) + 1)
