"""What the messages say beside the fault: what is known, and what to write instead."""

import pytest
from layers import faults

from layerdsl.pipeline import compile_source, unknown_settings
from layerdsl.source import Source

HEAD = "layer A(x: [N, C], i: index [N]) -> y: [N, C]:\n"

# A body, its code, the words that are marked, and what has to be said in message, label or help.
SAID = {
    # names
    "hyper x: int = 1\n    y = x": ("LD102", "x", "bottom `x` is a hyper-parameter already"),
    "update x = 2\n    y = x": ("LD309", "x", "this is a bottom"),
    "update speed = 2\n    y = x": ("LD309", "speed", "`state speed: [...] = 0`"),
    "state mean_of: [C] = 0\n    update mean_off = 1\n    y = x": ("LD309", "mean_off", "did you mean `mean_of`?"),
    "y = x if phase == train else 2 * x": ("LD101", "phase", "`train` and `test` are conditions: `if train:`"),
    "y = x\n    gradient x = dy": ("LD101", "dy", "the gradient that arrives at `y` is `d(y)`"),
    "y = InnerProduct(x, num_output=C)": ("LD103", "InnerProduct", "`from caffe.inner_product import InnerProduct`"),
    "m, at = max(x, over=C)\n    y = x * m": ("LD104", "m, at", "`max` gives the values alone, `argmax` their places"),
    # axes and sizes
    "param w: [M] = 0\n    y = x": ("LD201", "M", "declare its size: `hyper M: int`"),
    "y = x * index(K)": ("LD201", "K", "give it to a bottom or parameter, or to a top with its length: `K=...`"),
    "y = x + 0 * uniform(0, 1, each=D)": ("LD201", "D", "no blob of this layer has it"),
    "z = x[C=:k]\n    y = x": ("LD201", "k", "declare its size: `hyper k: int`"),
    "hyper k: float = 2\n    z = x[C=:k]\n    y = x": ("LD210", "k", "declare it `hyper k: int`"),
    "k = randint(0, C)\n    z = x[C=k:]\n    y = x": ("LD210", "k", "a size can't depend on data"),
    "k = N / 2\n    z = x[C=:k]\n    y = x": ("LD210", "k", "it is made of axis sizes"),
    "hyper k: int? = none\n    z = x[C=:k]\n    y = x": ("LD306", "k", "ask first: `if k != none:`"),
    "y = x * rename(x, C=D)": ("LD204", "y", "`sum(..., over=D)`, or declare `y` with it"),
    "y = x * rename(x, C=D, N=M)": ("LD204", "y", "sum over them, as in `sum(..., over=[M, D])`"),
    "y = x + sum(x * rename(x, C=D, N=M), over=H)": ("LD203", "H", "the axes are `[N, M, C, D]`"),
    "z = sum(x, over=H)\n    y = x": ("LD203", "H", "the axes are `x [N, C]`"),
    "y = x[H=0]": ("LD203", "H", "its axes are `x [N, C]`"),
    # arguments
    "y = sum(x, C)": ("LD104", "C", "axes are named: `over=C`"),
    "y = sum(x, over==C)": ("LD104", "over==C", "one `=` names an argument: `over=C`"),
    "y = norm(x, 2, over=C)": ("LD104", "2", "it is used as `norm(x, over=C)`"),
    "y = roll(x, 1)": ("LD104", "1", "it is used as `roll(x, H=1)`"),
    "y = sample(x, x, x)": ("LD104", "x", "it is used as `sample(x, H=rows"),
    "y = stack(x, x, axis=1)": ("LD109", "axis", "axes have names: it is used as `stack("),
    "y = concat(x, x, dim=1)": ("LD109", "dim", "axes have names: it is used as `concat("),
    "y = max(x, C)": ("LD104", "C", "`max(x, over=C)` works along it, `max(C, x)` compares with its size"),
    "y = x * min(log_softmax(x * x, over=C), N)": ("LD104", "N", "`min(..., over=N)` works along it"),
    "y = clip(0, 1, x)": ("LD104", "0", "the value comes first, its bounds behind it"),
    "y = clip(0, x, 1)": ("LD104", "0", "the value comes first, its bounds behind it"),
    "param w: [C, 3] = 0\n    y = x + dot(window(x, C by K=3, pad=1), w, over=K)": (
        "LD203",
        "dot(window(x, C by K=3, pad=1), w, over=K)",
        "name it in the other, too: `K=3` in place of `3`",
    ),
    "param w: [C, D=3] = 0\n    y = x * dot(x, w, over=[C, D])": (
        "LD203",
        "dot(x, w, over=[C, D])",
        "sum that factor first",
    ),
    "y = x * rename(x, M=N)": ("LD203", "M", "the old name stands left: `N=M`"),
    "y = x + top_k(5, x, over=C)": ("LD203", "C", "it is one number"),
    "y = x * sum(one_hot(C, i), over=N)": ("LD201", "i", "values come first"),
    "y = x - mean(window(x, C by K=3), over=K)": ("LD202", "-", "`pad=1` in `window` makes as many windows"),
    "y = x - mean(window(x, C by K=5, pad=1), over=K)": ("LD202", "-", "`pad=2` in `window`"),
    "y = x - mean(window(x, C by K=4), over=K)": ("LD202", "-", "a slice the same size"),
    "y = x[C=1:] - mean(x, over=N)": ("LD202", "-", "a slice the same size"),
    # types
    "y = x / 0": ("LD308", "0", "write `inf` or `nan` where that is meant"),
    "y = x * (C // 0)": ("LD308", "0", "this is 0"),
    "y = x * (x > 0)": ("LD301", "x > 0", "`where(condition, a, b)` chooses"),
    "y = x * train": ("LD301", "train", "`a if condition else b` chooses"),
    # gradients
    "y = x\n    gradient x = d(z)": ("LD403", "z", "the top is `y`"),
    "y = x * grad(sum(x), i)": ("LD402", "i", "only a value that can change by a little has one"),
    # fillers
    "param w: [C] = xavier\n    y = x * w": ("LD501", "xavier", "write `xavier()`"),
    "param w: [C] = zipf(1)\n    y = x * w": ("LD501", "zipf", "Caffe has `constant`, `uniform`, `gaussian`"),
    "param w: [C] = gausian(1)\n    y = x * w": ("LD501", "gausian", "did you mean `gaussian`?"),
    "param w: [C] = normal(0, 1)\n    y = x * w": ("LD501", "normal", "`gaussian(mean, std)`"),
    "param w: [C] = gaussian(stdd=1)\n    y = x * w": ("LD502", "stdd=1", "did you mean `std`?"),
    "param w: [C] = constant(1, 2)\n    y = x * w": ("LD502", "2", "takes 1 argument"),
    "param w: [C] = gaussian(1, mean=2)\n    y = x * w": ("LD502", "mean=2", "`mean` is given twice"),
    "param w: [C] = gaussian(std=-1)\n    y = x * w": (
        "LD502",
        "-1",
        "`std` of filler `gaussian` has to be at least 0",
    ),
    "param w: [C] = gaussian(sparse=2.5)\n    y = x * w": ("LD502", "2.5", "has to be a whole number"),
    "param w: [C] = gaussian(sparse=-2)\n    y = x * w": ("LD502", "-2", "has to be at least -1"),
    "param w: [C] = uniform(min=2, max=1)\n    y = x * w": ("LD502", "1", "`max` is below `min`, which is 2"),
    'param w: [C] = xavier("fan")\n    y = x * w': ("LD502", '"fan"', "one of `fan_in`, `fan_out`, `average`"),
    "param w: [C] = constant(true)\n    y = x * w": ("LD502", "true", "has to be a number"),
    "param w: [C] = constant(x)\n    y = x * w": (
        "LD502",
        "x",
        "it may be made of numbers, hyper-parameters and sizes",
    ),
    "param w: [] = xavier()\n    y = x * w": ("LD507", "xavier()", "at least 1 axis"),
    "param w: [C, 2, 2, 2, 2] = bilinear()\n    y = x": ("LD507", "bilinear()", "exactly 4 axes"),
}


@pytest.mark.parametrize("body", SAID, ids=[body.split("\n")[0] for body in SAID])
def test_said(body):
    code, marked, words = SAID[body]
    (found,) = faults(f"{HEAD}    {body}\n")
    assert found.code == code
    assert found.span is not None
    assert found.span.text == marked
    assert words in "\n".join([found.message, found.label, found.help])


HEADERS = {
    "layer A(x: [N], i: index(Q) [N]) -> y: [N]:": ("LD201", "Q", "declare its size: `hyper Q: int`"),
    "layer A(y: [N]) -> y: [N]:": ("LD102", "y", "in place is said in the net"),
    "layer A(x: [N]) -> (y: [N], y: [N]):": ("LD102", "y", "there are two tops `y`"),
    "layer A(x: [N, 3]) -> y: [N]:": ("LD204", "y", "declare it `K=3` in place of `3`"),
    "layer A(x: [N, C]) -> y: []:": ("LD204", "y", "`sum(...)` and `mean(...)` give one number"),
    "layer A(x: [N, *S, *T]) -> y: [N]:": ("LD209", "*T", "`H, W` in place of `*T`"),
}


@pytest.mark.parametrize("header", HEADERS)
def test_said_of_headers(header):
    code, marked, words = HEADERS[header]
    (found,) = faults(f"{header}\n    y = x\n")
    assert (found.code, found.span and found.span.text) == (code, marked)
    assert words in found.help + found.message


def test_fillers_take_what_a_net_decides():
    text = f"""{HEAD}    hyper how: "fan_in" | "fan_out" = "fan_in"
    hyper width: float = 0.1
    hyper count: int = 3
    param w: [C] = xavier(how)
    param v: [C] = gaussian(std=width / C, sparse=count)
    param u: [C] = uniform(-width, width)
    y = x * w * v * u
"""
    assert faults(text) == ()
    for given, words in (("xavier(width)", "has to be a word"), ("gaussian(sparse=width)", "a whole number")):
        (found,) = faults(text.replace("xavier(how)", given))
        assert (found.code, words in found.message) == ("LD502", True)


@pytest.mark.parametrize(
    ("function", "codes"),
    [
        ("def f(a):\n\n", ["LD005"]),
        ("def f(a):\n    b = a\n\n", ["LD014"]),
        ("def f(a):\n    if a\n\n", ["LD003"]),
        ("def f(a):\n    return a.T\n\n", ["LD012"]),
        ("def f(a):\n    param w: [C] = 0\n    return a\n\n", ["LD011"]),
        ("def f(a):\n    return a\n    b = a\n\n", ["LD011"]),
        ("def f(a):\n    return a, a\n\n", ["LD104"]),
    ],
)
def test_a_function_that_the_parser_has_told_of_is_not_told_of_again(function, codes):
    found = faults(f"{function}layer A(x: [N, C]) -> y: [N, C]:\n    y = f(x)\n")
    assert [each.code for each in found][:1] == codes


def test_no_more_faults_than_anybody_reads():
    lines = "".join(f"    a{i} = unknown{i}\n" for i in range(150))
    found = faults(f"{HEAD}{lines}    y = x\n")
    assert len(found) == 100
    assert found[-1].notes == ("the search stopped here, after 100 faults",)
    layers = "".join(f"layer A{i}(x: [N]) -> y: [N]:\n    y = q\n    z = q\n\n" for i in range(150))
    assert len(faults(layers)) == 100


def test_a_fault_of_a_function_is_told_once():
    calls = "".join(f"    a{i} = f(x)\n" for i in range(150))
    (found,) = faults(f"def f(a):\n    return a + q\n\n{HEAD}{calls}    y = x\n")
    assert found.code == "LD101"


def test_a_module_that_is_not_there(tmp_path):
    (tmp_path / "robust.layer").write_text("def f(a):\n    return a\n")
    text = "from robst import f\n\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n"
    (found,) = compile_source(Source(str(tmp_path / "a.layer"), text)).diagnostics
    assert (found.code, found.help) == ("LD106", "did you mean `robust`?")
    (found,) = compile_source(Source("a.layer", text.replace("robst", "loses"))).diagnostics
    assert found.help == "did you mean `losses`?"


TWO = [
    compile_source(
        Source(f"{name}.layer", f"layer {name}(x: [N]) -> y: [N]:\n    hyper {k}: int = 1\n    y = x * {k}\n")
    )
    for name, k in (("A", "count"), ("B", "size"))
]


def test_a_setting_has_to_be_known_to_one_layer_of_the_run():
    assert unknown_settings(TWO, {"count": "2", "size": "3"}) == ()
    (found,) = unknown_settings(TWO, {"cuont": "2"})
    assert (found.code, found.help) == ("LD504", "did you mean `count`?")
    (found,) = unknown_settings(TWO[:1], {"size": "2"})
    assert (found.message, found.help) == ("no layer of `A.layer` has a hyper-parameter `size`", "there are `count`")


def test_what_is_compared_with_a_size_and_bounded_by_values():
    """`max(N, x)` is a comparison, as is one with the size of another axis; a hyper-parameter may lie within values."""
    bodies = ["y = max(N, x)", "y = x + max(sum(x, over=N), N)", "y = min(x, N, 2)", "y = x + clip(N, 2, 4)"]
    bounded = "hyper k: float = 1\n    y = clip(k, 0, x) + clip(0, x, 2 * x)"
    assert [faults(f"{HEAD}    {body}\n") for body in [*bodies, bounded]] == [()] * 5


@pytest.mark.parametrize("formula", ["x[C=t - 1] + h", "h + sum(x, over=C)"])
def test_an_axis_of_which_a_step_is_at_one_place(formula):
    """`h[C=t-1]`, as a recurrence is written on paper."""
    scan = f"    scan C:\n        carry h: [N] = 0\n        next h = {formula}\n    y = h\n"
    (found,) = faults(f"{HEAD}{scan}")
    assert (found.code, found.span.text) == ("LD203", "C")
    assert "`carry h: [...] = 0` has what the step before handed on" in found.help


def test_an_axis_that_a_function_has_not_declared():
    (found,) = faults(f"def f(x):\n    return x * C\n\n{HEAD}    y = f(x)\n")
    assert (found.code, found.span.text) == ("LD101", "C")
    assert found.help == "a function knows the axes of its arguments where they are declared, as in `x: [C]`"


def test_a_layer_of_caffe_is_found_where_it_is():
    (found,) = faults(f"from caffe import InnerProduct\n\n{HEAD}    y = x\n")
    assert found.help == "`from caffe.inner_product import InnerProduct` takes it from the standard library"


REMEDIES = {
    "def f(x, y):\n    return x * y\n\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n": "it is used as `f(x, y)`",
    "def f(x):\n    return f(x)\n\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n": "works on a value again and again",
    "layer A(x: [N]) -> y: [N]:\n    hyper k: int = 1.5\n    y = k * x\n": "write it `float`",
    "layer A(x: [N], t: const [N]) -> y: [N]:\n    y = x * t\n    gradient t = d(y)\n": "leave `const` out",
    "layer A(x: [N, *S]) -> y: [N]:\n    y = sum(x, over=W)\n": "`S` is a group: `over=S` takes all of it",
}


@pytest.mark.parametrize("text", REMEDIES, ids=lambda text: text.split("\n")[-2].strip())
def test_remedies(text):
    (found,) = faults(text)
    assert REMEDIES[text] in found.help
