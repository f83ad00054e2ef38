"""Second derivatives, where they are asked for."""

import pytest
from conftest import compiled

from layerdsl.check import check_file
from layerdsl.cli.app import main
from layerdsl.gradient import engine
from layerdsl.operators import derivatives
from layerdsl.operators.build import build, number

PENALTY = """layer Penalty(x: [N, D], w: [D]) -> loss: []:
    s = sum(tanh(dot(x, w, over=D)))
    loss = mean((sqrt(sum(grad(s, x)**2, over=D) + 1e-3) - 1)**2)
"""
LOG = "layer Log(x: [N]) -> y: [N]:\n    y = log(1 + x**2)\n"
LINEAR = "layer Linear(x: [N, D]) -> y: [N]:\n    y = sum(x, over=D)\n"


def rows(text):
    return {row.what: row for row in check_file(compiled(text), second=True).rows}


def test_a_penalty_on_a_gradient_is_derived_twice_more():
    found = rows(PENALTY)
    assert list(found) == ["x", "w", "x, second order", "w, second order"]
    assert {(row.how, row.verdict) for row in found.values()} == {("complex step", "ok")}
    assert all(row.error < 1e-11 for row in found.values())


def test_what_is_linear_has_none():
    assert list(rows(LINEAR)) == ["x"]


@pytest.fixture
def wrong_quotient(monkeypatch):
    """The rule of `a / b` to `b` is twice what it should be."""
    first, second = derivatives.DERIVATIVES["div"]
    wrong = (first, lambda g, node: build("mul", second(g, node), number(2.0)))
    monkeypatch.setitem(derivatives.DERIVATIVES, "div", wrong)
    engine._primitive.cache_clear()
    yield
    engine._primitive.cache_clear()


def test_a_rule_that_only_the_second_needs_is_caught(wrong_quotient):
    result = check_file(compiled(LOG), second=True)
    (found,) = [each for each in result.diagnostics if each.level == "error"]
    assert found.message == "the second derivative of `Log` with `x` is not the slope of its gradients"
    assert [row.verdict for row in result.rows] == ["ok", "WRONG"]


def test_a_class_has_none(capsys):
    assert main(["check", "--second-order", "--class", "a.py:B"]) == 2
    assert "goes with `.layer` files" in capsys.readouterr().err


def test_what_is_no_slope_is_held_against_what_is_derived(check):
    """A `grad(...)` through a gradient by hand, and one around another."""
    by_hand = """layer Reversed(x: [N, D]) -> y: [N, D]:
    y = x**2
    gradient x = -d(y)

layer L(x: [N, D]) -> y: [N, D]:
    y = grad(sum(tanh(grad(sum(sin(Reversed(x))), x))), x)
"""
    assert [each.level for each in check(by_hand).diagnostics] == ["warning", "warning"]
    around = "layer L(a: [N], b: [N]) -> y: [N]:\n    y = grad(sum(grad(sum(a**2 * b**2), b) * b), a)\n"
    assert not check(around).diagnostics
