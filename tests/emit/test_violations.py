"""Requirements as the emitted code asks for them: what is known is not asked, branches that ask alike are one."""

import pytest

from layerdsl.emit.violations import negated, violations
from layerdsl.graph import Requirement
from layerdsl.graph.known import outcome, same
from layerdsl.graph.size import Symbol, of, whole
from layerdsl.operators.build import build, number, size_of

N = size_of(of(Symbol("n", "hyper")))
WORD = build("hyper", name="word", kind="word")
REAL = build("hyper", name="real", kind="real")


def is_(count):
    return build("eq", N, size_of(whole(count)))


def word(text):
    return build("eq", WORD, build("number", value=text, kind="word"))


def branch(given, test):
    for one in given:
        test = build("or", one.args[0] if one.op == "not" else build("not", one), test)
    return Requirement(test, "as written", "", None)


def not_(test):
    return build("not", test)


ASKED = build("ge", size_of(of(Symbol("H", "axis"))), size_of(whole(1)))
FAILED = build("lt", *ASKED.args)


@pytest.mark.parametrize(
    ("given", "test", "known"),
    [
        ([(is_(2), True)], is_(3), False),
        ([(is_(2), False)], is_(3), None),
        ([(word("A"), True)], build("ne", *word("A").args), False),
        ([(word("A"), False)], build("ne", *word("A").args), True),
        ([(not_(word("A")), False)], word("B"), False),
        ([(build("and", is_(2), word("A")), True)], word("A"), True),
        ([(build("and", is_(2), word("A")), False)], word("A"), None),
        ([(build("or", is_(2), word("A")), False)], is_(2), False),
        ([(is_(2), True)], build("and", is_(3), word("A")), False),
        ([(is_(2), True)], build("or", is_(2), word("A")), True),
        ([(build("gt", N, size_of(whole(2))), True)], build("lt", size_of(whole(1)), N), True),
        ([(build("gt", N, size_of(whole(2))), True)], build("ge", N, size_of(whole(3))), None),
        ([(build("lt", REAL, number(2.0)), True)], build("le", REAL, number(2.0)), True),
        ([(build("lt", REAL, number(2.0)), False)], build("ge", REAL, number(2.0)), None),  # it may be NaN
    ],
)
def test_what_follows(given, test, known):
    assert outcome(given, test) is known


def test_what_a_number_that_may_be_nan_does_not_meet():
    assert negated(build("lt", REAL, number(2.0))).op == "not"
    assert negated(build("lt", N, size_of(whole(2)))).op == "ge"


def test_branches_that_ask_alike_are_one():
    chain = [branch([not_(is_(i)) for i in range(1, k)] + [is_(k)], ASKED) for k in (2, 3)]
    last = branch([not_(is_(i)) for i in (1, 2, 3)], ASKED)
    ((_, failed),) = violations([*chain, last])
    assert same(failed, build("and", build("ne", *is_(1).args), FAILED))


def test_cases_that_have_nothing_in_common():
    ((_, failed),) = violations([branch([is_(1)], ASKED), branch([is_(3)], ASKED)])
    assert same(failed, build("and", build("or", is_(1), is_(3)), FAILED))


def test_what_the_branch_says_itself_is_not_asked():
    more = build("gt", N, size_of(whole(2)))
    assert violations([branch([more], build("lt", size_of(whole(0)), N))]) == []


def test_what_differs_in_its_words_stays_apart():
    one, other = branch([is_(1)], ASKED), Requirement(ASKED, "otherwise", "", None)
    (_, first), (_, second) = violations([one, other])
    assert same(first, build("and", is_(1), FAILED))
    assert same(second, FAILED)
