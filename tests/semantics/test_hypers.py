"""Hyper-parameters of every kind: defaults, values read from `param_str`, what is refused."""

import numpy as np
import pytest
from layers import codes, emitted, layer
from running import run, start

from layerdsl.caffe.standin import SingleLayer

ALL = """
layer A(x: [N, C]) -> y: [N, C]:
    hyper scale: float = 2
    hyper power: int = 1
    hyper flip: bool = false
    hyper reduce: "sum" | "mean" = "sum"
    hyper shift: float? = none
    hyper top: int? = 3
    hyper weights: list[float] = [1, 2, 4]
    hyper limits: list[int]? = none
    z = scale * x**power * values(weights, C)
    if reduce == "mean":
        r = mean(z, over=C)
    else:
        r = sum(z, over=C)
    s = r if shift == none else r + shift
    t = s if top == none else min(s, top * 100)
    l = t if limits == none else t + sum(values(limits, L))
    y = -l + 0 * x if flip else l + 0 * x
""".replace("values(limits, L)", "values(limits, C)")
X = np.array([[1.0, 2.0, 3.0]])


def first(param_str):
    return run(ALL, x=X, param_str=param_str).value("y")[0, 0]


@pytest.mark.parametrize(
    ("param_str", "value"),
    [
        ("", 34),
        ("{}", 34),
        ("{'scale': 1}", 17),
        ('{"scale": 1.5, "flip": true}', -25.5),
        ("scale: 1e0, power: 2", 1 + 8 + 36),
        ("'power': 2, 'reduce': 'mean', 'scale': 3", 45),
        ("reduce: mean, scale: 3", 17),
        ("shift: 0.5", 34.5),
        ("shift: none", 34),
        ("{'shift': None, 'top': None}", 34),
        ('{"shift": null, "scale": 1000}', 300),
        ("top: none, scale: 1000", 17000),
        ("weights: [1, 0, 0]", 2),
        ("'weights': (0, 0, 1.5)", 9),
        ("limits: [1, 2, 3]", 40),
        ("{'limits': None}", 34),
    ],
)
def test_values_from_param_str(param_str, value):
    assert first(param_str) == pytest.approx(value)


@pytest.mark.parametrize(
    ("param_str", "said"),
    [
        ("skale: 1", r"`skale`.*did you mean|`skale`"),
        ("scale: 'big'", "`scale`"),
        ("scale: true", "`scale`"),
        ("scale: none", "`scale`"),
        ("power: 1.5", "`power`"),
        ("flip: 2", "`flip`"),
        ("reduce: 'max'", "`reduce`"),
        ("weights: true", "`weights`"),
        ("weights: ['a']", "`weights`"),
        ("limits: [1.5]", "`limits`"),
        ("scale: 1, scale: 2", "`scale`.*twice"),
        ("{'scale': 1", "param_str"),
        ("__import__('os').system('true')", "param_str"),
        ("scale: __import__('os')", "param_str"),
    ],
)
def test_what_is_refused_is_named(param_str, said):
    with pytest.raises(ValueError, match=f"(?s)A.*{said}"):
        start(ALL, x=X, param_str=param_str)


def test_a_list_has_to_be_as_long_as_its_axis():
    with pytest.raises(ValueError, match=r"A.*weights.*2|A.*2.*weights"):
        start(ALL, x=X, param_str="weights: [1, 2]")


def test_a_hyper_without_default_has_to_be_given():
    text = "layer A(x: [N]) -> y: [N]:\n    hyper k: float\n    y = k * x\n"
    assert run(text, x=[3.0], param_str="k: 2").value("y").tolist() == [6]
    with pytest.raises(ValueError, match=r"A.*`k`"):
        start(text, x=[3.0])


def test_requirements_are_checked_at_set_up():
    text = """
layer A(x: [N, C]) -> y: [N, C]:
    hyper k: float = 1
    hyper m: int? = none
    require 0 < k <= 10, "k is a share of ten"
    require m == none or m > 2
    require C % 3 == 0
    y = k * x
"""
    assert run(text, x=X, param_str="m: 3").value("y").tolist() == X.tolist()
    with pytest.raises(ValueError, match=r"A \(test.layer:5\).*k is a share of ten"):
        start(text, x=X, param_str="k: 11")
    with pytest.raises(ValueError, match=r"A \(test.layer:6\).*m == none or m > 2"):
        start(text, x=X, param_str="m: 2")
    with pytest.raises(ValueError, match=r"A \(test.layer:7\).*C % 3 == 0"):
        start(text, x=X[:, :2])


def test_requirements_of_a_branch_hold_in_that_branch():
    text = """
layer A(x: [N]) -> y: [N]:
    hyper k: float? = none
    if k != none:
        require k > 0
        y = x / k
    else:
        y = x
"""
    assert run(text, x=[3.0]).value("y").tolist() == [3]
    with pytest.raises(ValueError, match="k > 0"):
        start(text, x=[3.0], param_str="k: -1")


def test_whole_hypers_are_sizes():
    text = """
layer A(x: [N, K]) -> y: [N, M + G]:
    hyper M: int
    hyper G: int = 2
    param w: [L=M + G, K] = constant(1)
    y = dot(x, w, over=K) + G
"""
    ran = run(text, x=X, param_str="M: 4, G: 5")
    assert ran.value("y").tolist() == [[11] * 9]
    assert ran["w"].data.shape == (9, 3)


def test_the_size_of_a_bottoms_axis_may_be_a_hyper():
    text = "layer A(x: [N, K]) -> y: [N]:\n    hyper K: int = 3\n    y = sum(x, over=K) * K\n"
    assert run(text, x=X).value("y").tolist() == [18]
    with pytest.raises(ValueError, match=r"A.*K.*2.*3|A.*K.*3.*2"):
        start(text, x=X[:, :2])


def test_a_changed_default():
    from layerdsl.pipeline import compile_source
    from layerdsl.source import Source

    settings = {"scale": "1", "weights": "[1, 1, 1]", "reduce": "mean", "shift": "2", "limits": "none"}
    compiled = compile_source(Source("a.layer", ALL), settings)
    assert compiled.diagnostics == ()
    defaults = {hyper.name: hyper.default for hyper in compiled.layers[0].graph.hypers}
    assert defaults["scale"] == 1.0
    assert defaults["weights"] == (1, 1, 1)
    assert (defaults["reduce"], defaults["shift"], defaults["limits"]) == ("mean", 2.0, None)


def test_two_instances_have_hypers_of_their_own():
    made = emitted(ALL)
    one = SingleLayer(made, [X], param_str="scale: 1")
    two = SingleLayer(made, [X], param_str="scale: 3")
    one.forward()
    two.forward()
    one.forward()
    assert (one.top[0].data[0, 0], two.top[0].data[0, 0]) == (17, 51)


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        ("k: int = 1.5", "LD503"),
        ('k: float = "a"', "LD503"),
        ("k: bool = 1", "LD503"),
        ("k: float = none", "LD503"),
        ('k: "a" | "b" = "c"', "LD503"),
        ("k: list[int] = [1, 2.5]", "LD503"),
        ("k: list[int] = 3.5", "LD503"),
        ("k: list[int] = true", "LD503"),
        ("k: float = 1 + 1", "LD503"),
        ("k: float = N", "LD503"),
        ("k: string = 1", None),
    ],
)
def test_defaults_have_to_be_of_their_type(declaration, code):
    found = codes(f"layer A(x: [N]) -> y: [N]:\n    hyper {declaration}\n    y = x\n")
    assert len(found) == 1
    assert code is None or found == [f"{code}:2"]


def test_an_optional_value_has_to_be_asked_for():
    text = "layer A(x: [N]) -> y: [N]:\n    hyper k: float? = none\n    y = {}\n"
    assert codes(text.format("x * k")) == ["LD306:3"]
    for formula in ("x if k == none else x * k", "x * k if k != none else x", "where(x != k, x, 0)"):
        assert codes(text.format(formula)) == []
    assert codes(text.format("x if k == none or k > 2 else x * k")) == []
    assert codes(text.format("x * k if k == none or k > 2 else x")) == ["LD306:3"]


def test_a_comparison_with_an_absent_value():
    """Nothing equals what is not there."""
    text = "layer A(x: [N]) -> (y: [N], z: []):\n    hyper k: int? = none\n    y = x == k\n    z = count(x != k)\n"
    ran = run(text, x=[1.0, 2.0])
    assert (ran.value("y").tolist(), ran.value("z").tolist()) == ([0, 0], 2)
    ran = run(text, x=[1.0, 2.0], param_str="k: 2")
    assert (ran.value("y").tolist(), ran.value("z").tolist()) == ([0, 1], 1)


def test_the_doc_of_a_hyper_is_the_comment_behind_it():
    text = "layer A(x: [N]) -> y: [N]:\n    hyper k: float = 1  # how steep\n    y = x * k\n"
    assert layer(text).graph.hypers[0].doc == "how steep"
