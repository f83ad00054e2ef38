"""Functions of Python: how their arguments and results are named, and what is refused."""

import pytest

from layerdsl.pipeline import compile_source
from layerdsl.source import Source

HEAD = "extern def f(score: [N, M], limit=0.5) -> index(M) [N] from matching\n"
LAYER = HEAD + "\nlayer L(x: [B, C], i: index [B], k: const [B]) -> y: [B]:\n    hyper h: float = 1\n    {}\n"


def compiled(text):
    result = compile_source(Source("l.layer", text))
    return result.layers, [(each.code, each.span.text, each.message) for each in result.diagnostics]


def test_the_result_has_the_axes_of_the_caller():
    layers, faults = compiled(LAYER.format("p = f(x * 2, h)\n    y = x[C=p] + i + k"))
    assert not faults
    assert "extern" in layers[0].stage("graph")
    assert layers[0].wiring.bottoms[0].gradient


def test_an_axis_that_the_result_brings_is_known_afterwards():
    text = (
        "extern def pairs(x: [N]) -> [N, K=2] from m\n\n"
        "layer L(x: [B]) -> y: [B, K=2]:\n    p = pairs(x)\n    y = p * index(K) + x\n"
    )
    assert not compiled(text)[1]


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        ("y = f(x, i)", "LD204", "i"),
        ("y = f(k, h)", "LD204", "k"),
        ("y = f(x, h, 3)", "LD104", "3"),
        ("y = f(limit=2)", "LD104", "f(limit=2)"),
        ("y = f(x, lim=2)", "LD104", "lim"),
        ("y = k\n    gradient x = f(x) + 0 * x", "LD309", "f(x)"),
        ("y = f(x > 0, h) + g(x)", "LD103", "g"),
    ],
)  # fmt: skip
def test_refusals(body, code, place):
    _, faults = compiled(LAYER.format(body))
    assert (code, place) in [fault[:2] for fault in faults]


@pytest.mark.parametrize(
    ("declared", "body", "code"),
    [
        ("extern def f(i: index [N]) -> [N] from m", "y = f(k)", "LD307"),
        ("extern def f(i: [N]) -> [M] from m", "y = f(k)", "LD201"),
        ("extern def f(i: [N]) -> index(M) [N] from m", "y = f(k)", "LD201"),
        ("extern def f(i: [*A, *B]) -> [*A] from m", "y = f(k)", "LD209"),
        ("extern def sum(i: [N]) -> [N] from m", "y = sum(k)", "LD113"),
        ("extern def f(i: [N]) -> [N] from m\ndef f(x):\n    return x", "y = f(k)", "LD102"),
    ],
)
def test_declarations_that_are_refused(declared, body, code):
    text = f"{declared}\n\nlayer L(k: const [B]) -> y: const [B]:\n    {body}\n"
    assert code in [fault[0] for fault in compiled(text)[1]]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("extern f(x: [N]) -> [N] from m", "extern def name"),
        ("extern def f(x: [N]) from m", "write the axes of the result"),
        ("extern def f(x: [N]) -> [N]", "write the Python module"),
    ],
)
def test_what_is_left_out_is_said(line, hint):
    found = compile_source(Source("l.layer", line + "\n")).diagnostics
    assert hint in found[0].help


def test_a_library_may_declare_it(tmp_path):
    (tmp_path / "lib.layer").write_text(HEAD)
    path = tmp_path / "l.layer"
    text = "from lib import f\n\nlayer L(x: [B, C]) -> y: [B]:\n    y = x[C=f(x)]\n"
    assert not compile_source(Source(str(path), text)).diagnostics
