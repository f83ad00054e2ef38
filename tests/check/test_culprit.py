"""A rule of derivation that is wrong is traced to the formula that uses it."""

import pytest

from layerdsl.gradient import engine
from layerdsl.operators import derivatives
from layerdsl.operators.build import build

TEXT = """layer L(x: [N, C], w: [N, C]) -> y: [N]:
    scaled = x * w
    bent = tanh(scaled) + sin(x)
    y = sum(bent, over=C)
"""


@pytest.fixture
def wrong_tanh(monkeypatch):
    """The derivative of tanh without its square."""
    wrong = (lambda g, node: build("mul", g, node),)
    monkeypatch.setitem(derivatives.DERIVATIVES, "tanh", wrong)
    engine._primitive.cache_clear()
    yield
    engine._primitive.cache_clear()


def test_the_formula_of_the_wrong_rule_is_underlined(wrong_tanh, check):
    found = check(TEXT).diagnostics
    assert [each.message for each in found] == [
        "the gradient of `x` in `L` is not the slope of the formula",
        "the gradient of `w` in `L` is not the slope of the formula",
    ]
    assert {(each.span.line, each.span.text) for each in found} == {(3, "tanh(scaled)")}


def test_nothing_is_found_where_all_rules_are_right(check):
    assert check(TEXT).diagnostics == ()
