"""No text brings the parser down, makes it slow, or makes it silent."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layerdsl.source import Diagnostic, Source
from layerdsl.source.codes import CODES
from layerdsl.syntax import parse, tree
from layerdsl.syntax.limits import MAX_DEPTH, MAX_FAULTS, MAX_NESTING, MAX_TOKENS
from layerdsl.syntax.printer import show
from layerdsl.syntax.walk import walk

HEADER = "layer A(x: [N, C]) -> y: [N, C]:\n"
MILLION = 1_000_000

#: Seconds for a million characters: on a slow machine as well, and far from what anything quadratic needs.
PATIENCE = 20

pieces = st.sampled_from(
    "layer def from import example hyper param state update gradient include require return if elif else and or not "
    "by const index int list true x N label 3 0.5 1e-5 1.2.3 \"word\" 'word' \"\"\" ''' \" ' ( ) [ ] { } , : ; = "
    "== < <= ! != + - * / // % ** -> . ? | & @ ^ += # \\ $ α ² True None for while class lambda print self. np. "
    "x[0] .sum() x:[N] x[C=0] f(x)".split()
)
lines = st.tuples(
    st.sampled_from(["", "  ", "    ", "        ", "\t"]),
    st.lists(pieces, max_size=8).map(" ".join),
    st.sampled_from(["\n", ":\n", "\n\n", " # why\n", ""]),
).map("".join)


def check(text: str) -> None:
    """What has to be true of every text."""
    file, faults = parse(Source("any", text))
    assert len(faults) < 2 * MAX_FAULTS + text.count("\n") + 2
    for fault in faults:
        _check_fault(fault, text)
    if not faults:
        shown = show(file)
        assert parse(Source("again", shown))[1] == ()
    for node in walk(file):
        if not isinstance(node, tree.File):
            assert 0 <= node.span.start <= node.span.stop <= len(text)


def _check_fault(fault: Diagnostic, text: str) -> None:
    assert fault.code in CODES
    assert fault.message
    assert fault.span is not None
    assert 0 <= fault.span.start <= fault.span.stop <= len(text)
    shown = (fault.message, fault.help, fault.label, *fault.notes)
    assert all(len(part) < 250 and "\n" not in part and "\0" not in part for part in shown)


@given(st.text(max_size=300))
@example("\r")
@example("\f\n\x00")
@example("\ud800")
def test_any_text(text: str) -> None:
    check(text)


@given(st.lists(lines, max_size=12).map("".join))
def test_any_words(text: str) -> None:
    check(text)


@given(st.lists(lines, min_size=1, max_size=6))
def test_any_body(body: list[str]) -> None:
    check(HEADER + "".join("    " + line for line in body))


@given(data=st.data())
def test_programs_with_a_change(data: st.DataObject, programs: str) -> None:
    start = data.draw(st.integers(0, len(programs) - 1))
    cut = data.draw(st.integers(0, 5))
    put = data.draw(st.sampled_from(["", "(", ")", "[", '"', ":", "=", "\n", "    ", " x ", "if ", "\t", "#", "0"]))
    check(programs[:start] + put + programs[start + cut :])


def _random(letters: str) -> str:
    return "".join(random.Random(3).choices(letters, k=MILLION))


LARGE = {
    "brackets": HEADER + "    y = " + "(" * MILLION,
    "closed brackets": HEADER + "    y = " + "(" * 10_000 + "x" + ")" * 10_000,
    "brackets on lines": HEADER + "    y = " + "(\n" * (MILLION // 2),
    "open calls": HEADER + "    y = f(x,\n" * (MILLION // 13),
    "closing brackets": ")\n" * (MILLION // 2),
    "a sum": HEADER + "    y = x" + " + x" * (MILLION // 4),
    "signs": HEADER + "    y = " + "- " * (MILLION // 2) + "x",
    "powers": HEADER + "    y = " + "x**" * (MILLION // 3) + "x",
    "nots": HEADER + "    y = " + "not " * (MILLION // 4) + "x",
    "conditionals": HEADER + "    y = " + "x if a else " * (MILLION // 12) + "x",
    "comparisons": HEADER + "    y = x" + " < x" * (MILLION // 4),
    "arguments": HEADER + "    y = f(" + "x, " * (MILLION // 3) + ")",
    "a list": HEADER + "    y = [" + "1, " * (MILLION // 3) + "]",
    "statements": HEADER + "    y = 1" + "; y = 1" * (MILLION // 7),
    "a name": HEADER + "    y = " + "a" * MILLION,
    "a number": HEADER + "    y = " + "1" * MILLION,
    "a float": HEADER + "    y = 0." + "1" * MILLION,
    "quotes": '"' * MILLION,
    "quotes on lines": '"\n' * (MILLION // 2),
    "docstrings": '"""\n' * (MILLION // 4),
    "blanks": " " * MILLION,
    "line ends": "\n" * MILLION,
    "comments": "# a\n" * (MILLION // 4),
    "deeper blocks": HEADER + "".join("    " * (i + 1) + "if a:\n" for i in range(700)),
    "deeper lines": HEADER + "".join(" " * (i + 1) + "a = 3\n" for i in range(1400)),
    "headers": HEADER * (MILLION // 32),
    "letters": _random("abc xyz 0123()[]=+-*/:,.\n\t\"'#<>!"),
    "Unicode": _random("".join(map(chr, range(1, 3000)))),
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_a_million_characters(text: str) -> None:
    start = time.perf_counter()
    _, faults = parse(Source("large", text))
    assert time.perf_counter() - start < PATIENCE
    assert faults
    for fault in faults:
        _check_fault(fault, text)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("(" * MAX_NESTING + "x" + ")" * MAX_NESTING, True),
        ("(" * (MAX_NESTING + 1) + "x" + ")" * (MAX_NESTING + 1), False),
        ("x" + " + x" * (MAX_DEPTH - 1), True),
        ("x" + " + x" * MAX_DEPTH, False),
        ("[" + "1, " * (MAX_TOKENS // 2 - 6) + "]", True),
        ("[" + "1, " * (MAX_TOKENS // 2) + "]", False),
    ],
    ids=["brackets", "a bracket more", "depth", "deeper", "tokens", "more tokens"],
)
def test_limits(text: str, most: bool) -> None:
    _, faults = parse(Source("limit", f"{HEADER}    y = {text}\n"))
    assert [fault.code for fault in faults] == [] if most else ["LD007"]


def test_a_tree_at_the_limit_can_be_compared_hashed_and_printed() -> None:
    """Python's own recursion must not end before ours: the classes of the tree compare by recursion."""
    text = f"{HEADER}    y = {'- ' * (MAX_DEPTH - 1)}x\n"
    first, second = (parse(Source("deep", text))[0].items for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert repr(first)
    assert show(first[0]).count("-") == MAX_DEPTH - 1 + 1  # the arrow


def test_blocks_have_a_limit() -> None:
    deep = "".join("    " * (level + 1) + "if a:\n" for level in range(MAX_NESTING)) + "    " * (MAX_NESTING + 1)
    _, faults = parse(Source("deep", f"{HEADER}{deep}y = x\n"))
    assert [fault.code for fault in faults] == ["LD007"]
