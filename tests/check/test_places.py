"""Places that are worked out of `index` bottoms: numbers are drawn with which they lie inside."""

import pytest

WORKED_OUT = {
    "the last of a length": "y = x[L=a - 1]",
    "every second": "y = concat(x, x, over=L)[L=2 * a + 1]",
    "of a part": "y = split(x, L=[A, B], B=2)[A=a, B=0]",
    "of two": "y = x[L=a + b]",
    "the difference of two": "y = x[L=a - b]",
    "of few pairs": "y = x[L=5 * a - 7 * b + 10]",
}


@pytest.mark.parametrize("formula", WORKED_OUT.values(), ids=WORKED_OUT)
def test_numbers_are_drawn_that_lie_inside(check, formula):
    second = ", b: index [N]" if "b " in formula or "b]" in formula else ""
    result = check(f"layer Picks(x: [N, L], a: index [N]{second}) -> y: [N]:\n    {formula}\n")
    assert [each for each in result.diagnostics if each.code != "LD803"] == []
    (row,) = result.rows
    assert row.entries > 1
    assert row.verdict == "ok"


def test_a_length_may_be_the_whole_axis(check):
    """With one place, the only length is 1."""
    (row,) = check("layer Last(x: [N, L], a: index [N]) -> y: [N]:\n    y = x[L=a - 1]\n").rows
    assert "1x1" in row.shapes


def test_where_no_number_lies_inside_nothing_is_blamed(check):
    result = check("layer Out(x: [N, L], a: index [N]) -> y: [N]:\n    y = x[L=a + L]\n")
    (found,) = result.diagnostics
    assert (found.level, result.rows[0].verdict) == ("warning", "not checked")
    assert "an index along axis L holds" in found.notes[0]
    assert "`example`" in found.help
