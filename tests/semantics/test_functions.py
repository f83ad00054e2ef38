"""Functions of the user's, of other files and of the standard library."""

import numpy as np
import pytest
from layers import codes, compilation
from running import run

from layerdsl.pipeline import compile_source
from layerdsl.source import Source
from layerdsl.source.consequences import first_faults

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])


def y(functions, formula, bottoms="x: [N, C]", top="[N, C]", **given):
    return run(f"{functions}\nlayer A({bottoms}) -> y: {top}:\n    y = {formula}\n", **{"x": X, **given}).value("y")


def test_arguments_by_place_and_by_name_with_defaults():
    functions = "def f(a, b=2, c=a):\n    return a * b + c\n".replace("c=a", "c=1")
    np.testing.assert_allclose(y(functions, "f(x)"), 2 * X + 1)
    np.testing.assert_allclose(y(functions, "f(x, 3)"), 3 * X + 1)
    np.testing.assert_allclose(y(functions, "f(x, c=x, b=0)"), X)
    np.testing.assert_allclose(y(functions, "f(c=0, a=x)"), 2 * X)


def test_functions_call_each_other_in_any_order():
    functions = "def f(a):\n    return g(a) + 1\n\ndef g(a):\n    b = a * a\n    return -b\n"
    np.testing.assert_allclose(y(functions, "f(g(x))"), -(X**4) + 1)


def test_a_function_sees_its_arguments_and_nothing_of_the_layer():
    functions = "def f(a):\n    return a * k\n"
    text = f"{functions}\nlayer A(x: [N]) -> y: [N]:\n    hyper k: float = 2\n    y = f(x) * k\n"
    assert codes(text) == ["LD101:2"]


def test_axes_of_arguments_go_by_the_functions_own_names():
    functions = "def standard(a: [M, K]):\n    return (a - mean(a, over=K)) / (std(a, over=K) + K)\n"
    wanted = (X - X.mean(1, keepdims=True)) / (X.std(1, keepdims=True) + 3)
    np.testing.assert_allclose(y(functions, "standard(x)"), wanted)


def test_a_group_in_an_argument_takes_what_the_others_leave():
    functions = "def total(a: [N, *A]):\n    return sum(a, over=A)\n"
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_allclose(y(functions, "total(x)", "x: [N, C, H]", "[N]", x=x), x.sum((1, 2)))
    np.testing.assert_allclose(y(functions, "total(x)", "x: [N, *S]", "[N]", x=x), x.sum((1, 2)))


def test_two_arguments_share_their_axes():
    functions = "def pairs(a: [N, D], b: [M, D]):\n    return dot(a, b, over=D)\n"
    a, b = X, np.arange(12.0).reshape(4, 3)
    np.testing.assert_allclose(y(functions, "pairs(a, b)", "a: [N, D], b: [M, D]", "[N, M]", a=a, b=b), a @ b.T)
    wrong = f"{functions}\nlayer A(a: [N, D], b: [M, E]) -> y: [N, M]:\n    y = pairs(a, b)\n"
    assert codes(wrong) in (["LD204:5"], ["LD202:5"])


def test_branches_in_a_function():
    functions = """
def reduced(a: [N, *A], how):
    if how == "sum":
        r = sum(a, over=A)
    else:
        r = mean(a, over=A)
    return r
"""
    text = (
        f'{functions}\nlayer A(x: [N, C]) -> y: [N]:\n    hyper how: "sum" | "mean" = "sum"\n    y = reduced(x, how)\n'
    )
    np.testing.assert_allclose(run(text, x=X).value("y"), X.sum(1))
    np.testing.assert_allclose(run(text, x=X, param_str="how: mean").value("y"), X.mean(1))


def test_a_function_names_its_own_values_anew_in_each_call():
    functions = "def f(a):\n    b = a * a\n    c = b + a\n    return c\n"
    text = f"{functions}\nlayer A(x: [N]) -> y: [N]:\n    b = 2 * x\n    c = f(b)\n    y = f(c) + b\n"
    wanted = [((2 * v) ** 2 + 2 * v) for v in (1.0, 2.0)]
    assert run(text, x=[1.0, 2.0]).value("y").tolist() == [
        w**2 + w + 2 * v for w, v in zip(wanted, (1, 2), strict=True)
    ]


def test_the_derivative_of_a_function_is_that_of_its_body():
    ran = run("def cube(a):\n    return a * a * a\n\nlayer A(x: [N]) -> y: [N]:\n    y = cube(x)\n", x=[2.0, -1.0])
    assert ran.diff("x").tolist() == [12, 3]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("def f(a):\n    return f(a)\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n", ["LD110:2"]),
        (
            "def f(a):\n    return g(a)\ndef g(a):\n    return f(a)\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n",
            ["LD110:4"],
        ),
        ("def f(a):\n    return a\ndef f(b):\n    return b\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n", ["LD102:3"]),
        ("def exp(a):\n    return a\nlayer A(x: [N]) -> y: [N]:\n    y = x\n", ["LD113:1"]),
        ("def f(a):\n    b = a\nlayer A(x: [N]) -> y: [N]:\n    y = x\n", ["LD014:1"]),
        ("def f(a):\n    return a\nlayer A(x: [N]) -> y: [N]:\n    y = f()\n", ["LD104:4"]),
        ("def f(a):\n    return a\nlayer A(x: [N]) -> y: [N]:\n    y = f(x, x)\n", ["LD104:4"]),
        ("def f(a):\n    return a\nlayer A(x: [N]) -> y: [N]:\n    y = f(x, b=1)\n", ["LD104:4"]),
        ("def f(a):\n    return a\nlayer A(x: [N]) -> y: [N]:\n    y = f(x, a=x)\n", ["LD104:4"]),
        ("def f(a: [N, C]):\n    return a\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n", ["LD204:4"]),
        ("def f(a):\n    return a > 0\nlayer A(x: [N]) -> y: [N]:\n    y = f(x) + 1\n", ["LD301:4"]),
        ("layer A(x: [N]) -> y: [N]:\n    y = sofmax(x)\n", ["LD103:2"]),
        ("layer A(x: [N]) -> y: [N]:\n    y = x(x)\n", ["LD103:2"]),
        ("layer A(x: [N]) -> y: [N]:\n    y = exp(x, x)\n", ["LD104:2"]),
        ("layer A(x: [N]) -> y: [N]:\n    y = exp()\n", ["LD104:2"]),
        ("layer A(x: [N]) -> y: [N]:\n    y = sum(x, axis=1)\n", ["LD109:2"]),
        ("layer A(x: [N]) -> y: [N]:\n    y = clip(x, 0)\n", ["LD104:2"]),
    ],
)
def test_faults_of_calls(text, wanted):
    assert [code for code in codes(text) if not code.startswith("LD5")] == wanted


# -- imports -----------------------------------------------------------------------------------------------------------


def compiled(folder, text, **files):
    for name, content in {"main": text, **files}.items():
        path = folder / f"{name.replace('__', '/')}.layer"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    found = compile_source(Source(str(folder / "main.layer"), text))
    told = first_faults(found.diagnostics, [item.span for item in found.file.items])
    return found, [f"{d.code}:{d.span.line}" for d in told]


USE = "from helper import f\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n"


def test_a_file_beside_is_imported(tmp_path):
    found, errors = compiled(tmp_path, USE, helper="def f(a):\n    return g(a) + 1\ndef g(a):\n    return 2 * a\n")
    assert errors == []
    assert [layer.name for layer in found.layers] == ["A"]


def test_under_another_name_and_from_a_folder(tmp_path):
    text = "from sub.helper import f as g, h\nlayer A(x: [N]) -> y: [N]:\n    y = g(x) * h(x)\n"
    _, errors = compiled(tmp_path, text, sub__helper="def f(a):\n    return a\ndef h(a):\n    return a\n")
    assert errors == []


def test_a_file_that_imports_from_a_third(tmp_path):
    files = {"helper": "from third import h\ndef f(a):\n    return h(a)\n", "third": "def h(a):\n    return -a\n"}
    assert compiled(tmp_path, USE, **files)[1] == []
    text = "from helper import h\nlayer A(x: [N]) -> y: [N]:\n    y = h(x)\n"
    assert compiled(tmp_path, text, **files)[1] in ([], ["LD106:1"])


def test_a_file_beside_comes_before_the_standard_library(tmp_path):
    text = "from losses import huber\nlayer A(x: [N]) -> y: [N]:\n    y = huber(x)\n"
    assert compiled(tmp_path, text)[1] == []
    found, errors = compiled(tmp_path, text, losses="def huber(a):\n    return a\n")
    assert errors == []
    assert found.layers[0].graph.outputs[0][1].op == "bottom"


@pytest.mark.parametrize(
    ("text", "files", "wanted"),
    [
        (USE, {}, ["LD106:1"]),
        (USE, {"helper": "def g(a):\n    return a\n"}, ["LD106:1"]),
        (USE, {"helper": "def f(a)\n    return a\n"}, ["LD003:1"]),
        (USE, {"helper": "from main import g\ndef f(a):\n    return a\n"}, ["LD107:1"]),
        (
            USE,
            {
                "helper": "from third import g\ndef f(a):\n    return a\n",
                "third": "from helper import f\ndef g(a):\n    return a\n",
            },
            ["LD107:1"],
        ),
        ("from main import f\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n", {"main": USE}, ["LD107:1"]),
    ],
)
def test_faults_of_imports(tmp_path, text, files, wanted):
    assert compiled(tmp_path, text, **files)[1] == wanted


def test_a_fault_in_an_imported_file_is_shown_there(tmp_path):
    found, _ = compiled(tmp_path, USE, helper="# first line\ndef f(a):\n    return a +\n")
    diagnostic = found.diagnostics[0]
    assert diagnostic.span.source.name.endswith("helper.layer")
    assert diagnostic.span.line == 3


def test_a_fault_that_shows_only_when_a_function_is_called(tmp_path):
    """It lies in the function, which may lie in another file."""
    found, errors = compiled(tmp_path, USE, helper="def f(a):\n    return a + nothing\n")
    assert errors == ["LD101:2"]
    assert found.diagnostics[0].span.source.name.endswith("helper.layer")


def test_the_standard_library_is_found_from_a_text_without_a_file():
    text = "from losses import huber\nlayer A(x: [N]) -> y: [N]:\n    y = huber(x, delta=2)\n"
    assert compilation(text, "<stdin>").diagnostics == ()
    np.testing.assert_allclose(run(text, x=[1.0, 4.0]).value("y"), [0.5, 2 * 3])


PATCHES = "def patches(x):\n    return window(x, W by D=4)\n\ndef pairs(x):\n    return window(x, W by D=2)\n"
ON_ROWS = PATCHES + "\nlayer A(x: [N, W]) -> y: [N]:\n    "


def test_an_axis_that_a_function_makes_is_known_where_its_value_has_a_name():
    x = np.arange(12.0).reshape(2, 6) ** 2
    found = run(ON_ROWS + "c = patches(x)\n    y = sum(c * index(D) / D, over=[D, W])\n", x=x).value("y")
    windows = np.stack([x[:, i : i + 3] for i in range(4)], 2)
    np.testing.assert_allclose(found, (windows * np.arange(4) / 4).sum((1, 2)))


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ("y = sum(patches(x) * index(D), over=[D, W])", "give a name to the value that has it, as in `c = f(x)`"),
        ("c = patches(x)\n    d = pairs(x)\n    y = sum(c * index(D)) + sum(d)", "`rename(x, D=...)` tells them apart"),
    ],
)
def test_one_that_no_named_value_has_or_of_several_lengths(body, remedy):
    found = compilation(ON_ROWS + body + "\n").diagnostics
    assert [(each.code, remedy in each.help) for each in found] == [("LD201", True)]


def test_a_function_does_not_see_the_axes_that_its_argument_has():
    text = "def f(x):\n    return x * index(C)\n\nlayer A(x: [N, C]) -> y: [N, C]:\n    y = f(x)\n"
    assert codes(text) == ["LD201:2"]
