"""Examples: what they can say, and what is said of those that are wrong."""

import math

import pytest

from layerdsl.check.comparison import same
from layerdsl.source.render import render

LAYERS = '''def huber(x, delta=1):
    """Squared near 0, linear beyond delta."""
    a = abs(x)
    return where(a < delta, 0.5 * x**2, delta * (a - 0.5 * delta))

def inner(a: [N, K], b: [M, K]):
    return dot(a, b, over=K)

layer Mean(x: [N, C]) -> y: [N]:
    y = mean(x, over=C)

layer Scale(x: [N], i: index(C) [N, 1]) -> y: [N], total: []:
    hyper C: int
    hyper mode: "sum" | "mean" = "sum"
    hyper cap: float? = none
    hyper weights: list[float] = [1, 2]
    param w: [C] = constant(1)
    state seen: [] = 0
    y = x * w[C=i] * values(weights, C)[C=i]
    total = sum(y) if mode == "sum" else mean(y)
    if train:
        update seen = seen + 1

layer Noise(x: [N]) -> y: [N]:
    y = x + uniform(0, 1, each=N)

layer Drop(x: [*S]) -> y: [*S]:
    if train:
        y = 2 * x
    else:
        y = x

layer Affine(x: [N, C], s: [C]?, t: [N]?) -> y: [N, C]:
    if s != none:
        scaled = x * s
    else:
        param w: [C] = 1
        scaled = x * w
    param b: [C] = 0
    y = scaled + b + t if t != none else scaled + b
'''


@pytest.fixture
def example(check):
    """The diagnostics of an example with these lines."""

    def run(*lines):
        body = "".join(f"    {line}\n" for line in lines)
        return check(f'{LAYERS}\nexample "shown":\n{body}').diagnostics

    return run


@pytest.mark.parametrize(
    "lines",
    [
        ["Mean(x=[[1, 2, 3]]) == 2"],
        ["Mean([[1, 2, 3], [4, 5, 6]]) == [2, 5]"],
        ["Mean(x=[[1, 2, 4]]) == 2.33333", "Mean(x=[[1, 2, 4]]) != 2.3333"],
        ["1 < Mean(x=[[1, 2, 3], [4, 5, 6]]) <= 5"],
        ["m = Mean(x=[[1, 2, 3]])", "m == 2 and m + 1 == 3", "2 * m ** 2 / 4 - 1 == 1", "-m < 0"],
        ["out = Scale(x=[1, 2], i=[0, 1], C=2, w=[3, 4])", "out.y == [3, 16]", "out.total == 19"],
        ["Scale(x=[1, 2], i=[[0], [1]], C=2, w=[3, 4]).y == [3, 16]"],
        ['Scale(x=[1, 2], i=[0, 1], C=2, mode="mean", w=2).total == 5', "true"],
        ["Scale(x=[1], i=[0], C=2, weights=[5, 7], cap=none, seen=3, phase=test).y == 5"],
        ["Drop(x=3) == 6", "Drop(x=3, phase=test) == 3", "Drop(x=[[[1]]], phase=train) == [[[2]]]"],
        ["Affine([[1, 2]]) == [[1, 2]]", "Affine([[1, 2]], w=[5, 6], b=[1, 1]) == [[6, 13]]"],
        ["Affine([[1, 2]], [3, 4], b=1) == [[4, 9]]", "Affine([[1, 2]], [3, 4], [5]) == [[8, 13]]"],
        ["0 <= Noise(x=[0, 0, 0]) < 1"],
        ["huber(0.5) == 0.125", "huber([0.5, 3], delta=2) == [0.125, 4]", "huber(x=-1, delta=2) == 0.5"],
        ["inner([[1, 2]], [[3, 4], [5, 6], [7, 8]]) == [[11, 17, 23]]"],
        ["sqrt(2) < 1.41422", "max([1, 5, 3]) == 5", "softmax([0, 0]) == [0.5, 0.5]"],
        ["abs(Mean(x=[[1, 2]]) - 1.5) < 1e-9"],
        ["log(0) == -inf", "not (1 == 2)", "1 == 2 or 2 == 2", "7 // 2 == 3", "7 % 4 == 3", "nan == nan", "pi > 3"],
        ["Mean(x=[[1 / 3, 2 * 3], [sqrt(4), -1]]) == [3.16667, 0.5]"],
    ],
    ids=lambda lines: lines[0],
)  # fmt: skip
def test_examples_that_hold(example, lines):
    assert example(*lines) == ()


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("Mean(x=[[1, 2, 3]]) == 2.5", "Mean(x=[[1, 2, 3]]) == 2.5", ["left: [2]", "right: 2.5"]),
        ("Mean([[1, 2], [4, 5]]) == [1.5, 4]", "Mean([[1, 2], [4, 5]]) == [1.5, 4]",
         ["left[1]: 4.5, of [1.5, 4.5]", "right[1]: 4, of [1.5, 4]"]),
        ("0 < Mean(x=[[1, 2]]) < 1", "Mean(x=[[1, 2]]) < 1", ["left: [1.5]", "right: 1"]),
        ("1 == 1 and 2 == 3", "2 == 3", ["left: 2", "right: 3"]),
        ("1 == 2 or 2 == 3", "1 == 2 or 2 == 3", []),
        ("Mean(x=[[1, 1]]) != 1", "Mean(x=[[1, 1]]) != 1", ["left: [1]"]),
    ],
)  # fmt: skip
def test_examples_that_do_not_hold(example, line, place, words):
    (found,) = example(line)
    assert (found.code, found.message) == ("LD601", 'example "shown" does not hold')
    assert found.span.text == place
    assert [word for word in words if word not in found.notes] == []


@pytest.mark.parametrize(
    ("line", "message", "more"),
    [
        ("Mean(x=[1, 2, 3]) == 2", "`x` is declared `[N, C]`", "these brackets make 1 axis"),
        ("Mean(x=1) == 2", "`x` is declared `[N, C]`", "a number has no axes"),
        ("Mean(x=[[1, 2], [3]]) == 2", "the entries of a list are not alike", "1, the first one is 2"),
        ("Mean(y=[[1]]) == 1", "`Mean` has nothing named `y`", "`x`"),
        ("Mean() == 1", "`Mean` is called without `x`", ""),
        ("Affine([[1]], t=[1]) == 1", "`Affine` is called without `s`", ""),
        ("Mean([[1]], [[2]]) == 1", "`Mean` has 1 bottom", "one too many"),
        ("Mean([[1]], x=[[2]]) == 1", "`Mean` has 1 bottom", "one too many"),
        ('Mean(x="a") == 1', "`x` has to be a number or a nested list of numbers", ""),
        ("Maen(x=[[1]]) == 1", "there is no layer or function `Maen`", "did you mean `Mean`?"),
        ("Scale(x=[1], i=[0]).y == 1", "`Scale` refuses this", "hyper-parameter `C` is missing"),
        ("Scale(x=[1], i=[5], C=2).y == 1", "`Scale` refuses this", "5, the axis has places 0 to 1"),
        ("Scale(x=[1, 2], i=[0], C=2).y == 1", "`Scale` refuses this", "axis N"),
        ("Scale(x=[1], i=[0], C=2) == 1", "`Scale` has several tops", "write `.y` or `.total` behind it"),
        ("Scale(x=[1], i=[0], C=2).z == 1", "`Scale` has no top `z`", "it has `y`, `total`"),
        ("Scale(x=[1], i=[0], C=1.5).y == 1", "hyper-parameter `C` has to be int", ""),
        ('Scale(x=[1], i=[0], C=2, mode="no").y == 1', 'hyper-parameter `mode` has to be "sum" or "mean"', ""),
        ("Scale(x=[1], i=[0.5], C=2).y == 1", "`i` is an index and takes whole numbers", ""),
        ("Scale(x=[1], i=[0], C=2, w=[1, 2, 3]).y == 1", "`w` [C] has shape 2 here", "this is 3"),
        ("Scale(x=[1], i=[0], C=2, phase=3).y == 1", "`phase` is `train` or `test`", ""),
        ("m == 1", "unknown name `m`", ""),
        ("1 + 1", "this is no comparison", "`... == 0`"),
        ("Mean(x=[[1], [2]]) == [1, 2, 3]", "the two sides do not fit each other", "left has shape 2, right 3"),
        ("[1, 2] + [1, 2, 3] == 1", "the two sides do not fit each other", "left has shape 2, right 3"),
        ("huber(1, 2, 3) == 1", "`huber` takes 2 arguments", ""),
        ("not 1", "a comparison is needed here", ""),
    ],
)
def test_examples_that_cannot_be_run(example, line, message, more):
    (found,) = example(line)
    assert found.code in ("LD602", "LD104")
    assert found.message == message
    assert more in " ".join([found.label, found.help, *found.notes])


def test_every_comparison_is_looked_at_but_nothing_after_a_broken_assignment(example):
    assert [each.span.text for each in example("1 == 2", "2 == 2", "3 == 4")] == ["1 == 2", "3 == 4"]
    assert [each.message for each in example("m = Maen(x=[[1]])", "m == 1")] == ["there is no layer or function `Maen`"]


def test_the_verdict_stands_in_the_table(check):
    text = f'{LAYERS}\nexample "right":\n    1 == 1\n\nexample "this is wrong":\n    1 == 2\n'
    assert check(text).table().endswith('\nexample "right"          ok\nexample "this is wrong"  BROKEN\n')


def test_hyper_parameters_of_examples_are_used_for_the_gradients(check):
    """No value that the check tries by itself fulfils this requirement."""
    layer = "layer L(x: [N]) -> y: [N]:\n    hyper k: float\n    require k == 977.5\n    y = x * k\n"
    alone = check(layer)
    assert alone.rows[0].verdict == "not checked"
    assert alone.diagnostics[0].level == "warning"
    shown = check(f'{layer}\nexample "one":\n    L(x=[1], k=977.5) == 977.5\n')
    assert (shown.rows[0].verdict, shown.diagnostics) == ("ok", ())


def test_imported_functions_are_known(check, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "robust.layer").write_text(
        "def half(x):\n    return x / 2\n\ndef quarter(x):\n    return half(half(x))\n"
    )
    assert check('from robust import quarter as q\n\nexample "e":\n    q(8) == 2\n').diagnostics == ()


def test_the_random_numbers_of_the_caller_go_on(example):
    import numpy as np

    np.random.seed(5)
    wanted = np.random.random_sample(3).tolist()
    np.random.seed(5)
    found = np.random.random_sample(1).tolist()
    assert example("Noise(x=[0]) >= 0") == ()
    assert found + np.random.random_sample(2).tolist() == wanted


def test_nothing_of_an_example_is_python(example):
    for line in ("__import__([1]) == 1", "open([1]) == 1", "eval([1]) == 1"):
        (found,) = example(line)
        assert found.message.startswith("there is no layer or function")


def test_a_diagnostic_can_be_rendered(example):
    text = render(example("Mean(x=[[1, 2, 3]]) == 2.5"), "full", False)
    assert "error[LD601]" in text
    assert "this is not so" in text


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (1 / 6, 0.166667, True),
        (1 / 6, 0.16667, False),
        (123456.4, 123456, True),
        (123456.6, 123456, False),
        (0, 9e-7, True),
        (0, 2e-6, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.nan, math.nan, True),
        (math.nan, 1, False),
        (1e-12, 3e-12, True),
    ],
)
def test_six_digits(a, b, wanted):
    assert same(a, b) is wanted
    assert same(b, a) is wanted


USED = """from caffe.eltwise import Eltwise

layer Sum(*xs: [N, C]) -> (y: [N, C], *zs: [N, C]):
    y = sum(xs * (1 + index(xs)), over=xs)
    zs = 2 * xs

layer Learned(x: [N]) -> y: [N]:
    param w: [] = constant(2)
    y = w * x

def sharp(x: [N, C], k=2):
    require k > 1, "not sharp"
    return x[C=0]**k + Eltwise(x, x)[C=1]

def learned(x):
    return Learned(x)

def noisy(x):
    return x + uniform(0, 1)

example "shown":
    {}
"""


@pytest.mark.parametrize(
    "line",
    [
        "Sum([[1]], [[2]], [[3]]).y == [[14]]",
        "Sum([[1]]).zs == [[2]]",
        "Sum([[1]], [[2]]).zs == [[[2]], [[4]]]",
        "sharp([[3, 4]]) == [17]",
        "sharp([[3, 4]], 3) == [35]",
        "0.1 < noisy(0) < 1",
    ],
)
def test_any_number_of_bottoms_and_functions_that_use_layers(check, line):
    assert check(USED.format(line)).diagnostics == ()


@pytest.mark.parametrize(
    ("line", "message", "more"),
    [
        ("Sum().y == 1", "`Sum` is called without `xs`", ""),
        ("sharp([[3, 4]], k=1) == 1", "`sharp` refuses this", "not sharp"),
        (
            "learned([1]) == 2",
            "`learned` uses a layer with a param `learned.w`, whose values nothing says",
            "calls a layer",
        ),
    ],
)
def test_what_they_refuse(check, line, message, more):
    (found,) = check(USED.format(line)).diagnostics
    assert (found.code, found.message) == ("LD602", message)
    assert more in found.label + found.help
