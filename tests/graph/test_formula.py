"""Derived formulas as text: what `show --backward` prints is the language again, and says what the graph says."""

import re
from pathlib import Path

import pytest
from golden import assert_golden
from layers import layer, layers
from meaning import assert_same, values, world

from layerdsl.operators.build import build
from layerdsl.operators.derivatives import DERIVATIVES
from layerdsl.operators.formula import FORMULAS, formula_lines
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.types import COMPARISONS, LEAVES, LOGIC, TYPES

HERE = Path(__file__).parent
PROGRAMS = layers((HERE / "programs.layer").read_text(encoding="utf-8"))
SIZES = {"N": 3, "C": 4, "H": 5, "W": 2, "S": 3, "D": 2, "K": 3, "M": 2, "len(weights)": 4}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_of_the_language(name):
    assert_golden(HERE / "golden" / f"{name}.txt", PROGRAMS[name].formulas())


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_median_program_is_read_at_a_glance(name):
    """Five to ten lines in the median; none has more than sixteen, none a line that a screen has no room for."""
    lines = PROGRAMS[name].formulas().splitlines()
    assert len(lines) <= 18
    assert max(map(len, lines)) <= 120


def forward(program):
    return [*program.tops, *((f"update {name}", node) for name, node in program.updates)]


def diffs(program):
    return [(f"d({name})", node) for name, node in (*program.bottom_diffs, *program.blob_diffs)]


def again(compiled):
    """A layer whose tops are the tops and the diffs of another one, from the very lines that are printed."""
    program, graph = compiled.derived, compiled.graph
    lines = formula_lines(forward(program))
    lines += formula_lines(diffs(program), after=forward(program))
    bottoms = [f"{blob.name}: {blob.written}" for blob in graph.bottoms]
    bottoms += [f"d_{name}: [{', '.join(map(declared, node.axes))}]" for name, node in program.tops]
    tops = [f"{name}: [{', '.join(map(declared, node.axes))}]" for name, node in program.tops]
    tops += [f"d_{name[2:-1]}: [{', '.join(map(declared, node.axes))}]" for name, node in diffs(program)]
    declarations = [found.span.text.split("    #")[0] for found in graph.hypers] + [
        found.span.text for found in graph.blobs
    ]
    body = "\n    ".join([*declarations, *(re.sub(r"\bd\((\w+)\)", r"d_\1", line) for line in lines)])
    return f"layer Again({', '.join(bottoms)}) -> ({', '.join(tops)}):\n    {body}\n"


def declared(axis):
    return f"*{axis.name}" if axis.star else axis.name


def readable(name):
    """`scatter(g, H=::2)` is no function of the language."""
    return name not in ("Selections",)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("name", list(filter(readable, PROGRAMS)))
def test_the_lines_are_programs_that_say_the_same(name, train):
    compiled = PROGRAMS[name]
    second = layer(again(compiled))
    where = world(compiled.graph, SIZES, hypers={"M": 2, "gamma": 1.5, "weights": [1, 2, 3, 4]}, train=train)
    blobs = dict(where.blobs) | {f"d_{name}": value for name, value in where.cotangents.items()}
    there = type(where)(where.sizes, where.hypers, train, blobs, {}, where.draw)
    wanted = values([*forward(compiled.derived), *diffs(compiled.derived)], where)
    found = values([*second.graph.outputs, *((f"update {n}", v) for n, v in second.graph.updates)], there)
    assert len(found) == len(wanted)
    for key, value in wanted.items():
        assert_same(found[re.sub(r"^d\((\w+)\)$", r"d_\1", key)], value)


def test_every_operator_can_be_printed():
    """Those with a derivative are what a derived graph is made of, with the leaves."""
    assert set(DERIVATIVES) | set(LEAVES) | set(COMPARISONS) | set(LOGIC) <= set(FORMULAS) <= set(TYPES) | set(KERNELS)


def derived(formula, bottoms="x: [N, C], w: [C]", top="y: [N, C]"):
    program = layer(f"layer A({bottoms}) -> {top}:\n    y = {formula}\n").derived
    return formula_lines(forward(program))[-1].removeprefix("y = ")


BRACKETS = [
    ("x - (w - x)", "x - w + x"),
    ("(x + 1) * w", "(x + 1) * w"),
    ("x / (w / 2)", "2 * x / w"),
    ("-(x + w)", "-x - w"),
    ("(x - w)**2 * -3", "-3 * (x - w)**2"),
    ("(-x)**1.5", "(-x)**1.5"),
    ("-x**1.5", "-x**1.5"),
    ("2**-w * x", "2**-w * x"),
    ("x // (w * 2) % 3", "x // (2 * w) % 3"),
    ("x // (w % 3)", "x // (w % 3)"),
    ("where(not (x > 0 or w > 0) and x != w, x, 0)", "where(not (x > 0 or w > 0) and x != w, x, 0)"),
    ("where(0 < x <= w and w < 1, w, x)", "where(0 < x <= w < 1, w, x)"),
    ("max(x, w, 0)", "max(x, w, 0)"),
    ("x if N > 1 else (w if C > 2 else 0 * w)", "x if N > 1 else w if C > 2 else 0"),
    ("(x if train else w) + 1", "(x if train else w) + 1"),
    ("softmax(x, over=C) * N // 2", "N * softmax(x, over=C) // 2"),
    ("x * (C // 2) + index(N)", "(C // 2) * x + index(N)"),
    ("x / 3", "x / 3"),
    ("1e-5 * x + 1e30 * w", "1e-05 * x + 1e+30 * w"),
    ("x * inf", "inf * x"),
    ("x - (w - x) / (w / x / 2) ** 2 - -w", "x - 4 * (w - x) * x**2 / w**2 + w"),
]


@pytest.mark.parametrize(("formula", "printed"), BRACKETS)
def test_brackets_stand_where_they_are_needed(formula, printed):
    assert derived(formula) == printed


@pytest.mark.parametrize("formula", [formula for formula, _ in BRACKETS])
def test_and_the_formula_means_the_same(formula):
    sizes = {"N": 3, "C": 2}
    graphs = [
        layer(f"layer A(x: [N, C], w: [C]) -> y: [N, C]:\n    y = {text}\n").graph
        for text in (formula, derived(formula))
    ]
    first, second = (values(graph.outputs, world(graph, sizes))["y"] for graph in graphs)
    assert_same(second, first)


def test_what_is_used_twice_has_a_line_and_a_name_that_is_free():
    lines = formula_lines(forward(layer(
        "layer A(x: [N], t1: [N]) -> y: [N]:\n    y = exp(x * t1 - mean(x)) + tanh(exp(x * t1 - mean(x)))\n"
    ).derived))  # fmt: skip
    assert lines == ["t2 = exp(x * t1 - mean(x))", "y = t2 + tanh(t2)"]


def test_the_names_of_two_calls_are_told_apart():
    text = """
def centred(a):
    middle = mean(a)
    return a - middle

layer A(x: [N], z: [N]) -> y: [N]:
    y = centred(x) * centred(z)
"""
    assert formula_lines(forward(layer(text).derived)) == [
        "middle_2 = mean(x)",
        "middle = mean(z)",
        "y = (x - middle_2) * (z - middle)",
    ]


def test_a_long_formula_is_cut_into_lines():
    terms = " + ".join(f"tanh(x * {i} + mean(x)) * sigmoid(x / {i})" for i in range(2, 30))
    lines = formula_lines(forward(layer(f"layer A(x: [N]) -> y: [N]:\n    y = {terms}\n").derived))
    assert len(lines) > 10
    assert max(map(len, lines)) < 160


def test_deep_formulas_need_no_recursion():
    body = "\n".join(f"    a{i} = tanh(a{i - 1})" for i in range(1, 2000))
    lines = formula_lines(
        forward(layer(f"layer A(x: [N]) -> y: [N]:\n    a0 = tanh(x)\n{body}\n    y = a1999\n").derived)
    )
    assert len(lines) == 2000


@pytest.mark.parametrize("op", ["carried", "step", "inner"])
def test_a_node_of_a_step_is_written_by_itself(op):
    """Its attributes may be called as the arguments of the functions that write."""
    leaf = build(op, index=0, name="h", axes=(), kind="real")
    assert formula_lines([("y", build("neg", leaf))]) == [f"y = -{op}(index=0, kind=real, name=h)"]
