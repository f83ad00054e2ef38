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


SEVERAL = "layer L(*xs: [N]) -> y: [N]:\n    a = 2 * xs\n    b = tanh(a)\n    y = sum(b, over=xs)\n"
STEPS = """layer L(x: [T, N]) -> y: [T, N]:
    scan T:
        carry s: [N] = 0.5
        bent = tanh(s) + x
        next s = bent
        y = 2 * s
"""


@pytest.mark.parametrize(
    ("text", "place"), [(SEVERAL, (3, "b = tanh(a)")), (STEPS, (4, "tanh(s)"))], ids=["xs", "scan"]
)
def test_it_is_found_behind_any_number_of_bottoms_and_inside_a_scan(wrong_tanh, check, text, place):
    found = check(text).diagnostics
    assert found
    assert {(each.span.line, each.span.text) for each in found} == {place}


def test_nothing_is_found_where_all_rules_are_right(check):
    assert check(TEXT).diagnostics == ()


INFINITE = {
    "layer A(x: [N, C]) -> y: [N, C]:\n    far = x - x[C=0]\n    y = x + sqrt(abs(far))\n": (3, "sqrt(abs(far))"),
    "layer A(x: [N, C]) -> loss: []:\n    p = softmax(x, over=C)\n    loss = sum((1 - p)**0.75)\n": (
        3,
        "(1 - p)**0.75",
    ),
}


@pytest.mark.parametrize(("text", "place"), INFINITE.items(), ids=["root", "power"])
def test_an_infinite_slope_is_told_at_its_formula_and_is_no_fault_of_the_compiler(check, text, place):
    result = check(text)
    (found,) = result.diagnostics
    assert (found.level, found.span.line, found.span.text) == ("warning", *place)
    assert "no number where the slope of a formula is infinite" in found.message
    assert "fault of the compiler" not in found.help
    assert [row.verdict for row in result.rows] == ["infinite in places"]
