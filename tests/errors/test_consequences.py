"""One fault, one message."""

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.source.consequences import first_faults

TEXT = """\
from robst import f
layer A(x: [N]) -> y: [N]:
    z = (
    y = z

layer B(x: [N]) -> y: [N]:
    y = f(q)
"""
SOURCE = Source("a.layer", TEXT)
ITEMS = [Span(SOURCE, 0, 19), Span(SOURCE, 20, TEXT.index("\nlayer B")), Span(SOURCE, TEXT.index("layer B"), len(TEXT))]


def at(code: str, word: str) -> Diagnostic:
    start = TEXT.index(word)
    return Diagnostic(code, f"about {word}", Span(SOURCE, start, start + 1))


def codes(*found: Diagnostic) -> list[str]:
    return [each.code for each in first_faults(found, ITEMS)]


def test_a_line_that_cannot_be_read_hides_what_else_is_found_in_its_layer():
    assert codes(at("LD006", "("), at("LD101", "z\n"), at("LD105", "y: [N]:\n    z")) == ["LD006"]


def test_and_nothing_in_others():
    assert codes(at("LD006", "("), at("LD103", "f(q)"), at("LD101", "q)")) == ["LD006", "LD103", "LD101"]


def test_all_faults_of_syntax_stay():
    assert codes(at("LD006", "("), at("LD002", "z\n")) == ["LD006", "LD002"]


def test_an_import_that_fails_takes_its_names_with_it():
    assert codes(at("LD106", "robst"), at("LD103", "f(q)"), at("LD308", "q)")) == ["LD106", "LD308"]


def test_a_header_that_fails_takes_its_name_with_it():
    text = "deff twice(x):\n    return 2 * x\n\nlayer A(x: [N]) -> y: [N]:\n    y = twice(x)\n"
    source = Source("a.layer", text)
    layer = Span(source, text.index("layer"), len(text))
    header = Diagnostic("LD003", "no header", Span(source, 0, 4))
    call = Diagnostic("LD103", "unknown", Span(source, text.index("twice(x)\n"), len(text) - 1))
    assert first_faults([header, call], [layer]) == (header,)
    below = Source("a.layer", "layer A(x: [N]) -> y: [N]:\n    y = twice(x)\n\ndeff twice(x):\n    return 2 * x\n")
    layer = Span(below, 0, below.text.index("\n\n"))
    header = Diagnostic("LD003", "no header", Span(below, below.text.index("deff"), below.text.index("deff") + 4))
    call = Diagnostic("LD103", "unknown", Span(below, below.text.index("twice"), below.text.index("twice") + 5))
    other = Diagnostic("LD308", "zero", Span(below, below.text.index("twice"), below.text.index("twice") + 5))
    assert first_faults([header, call, other], [layer]) == (header, other)


def test_the_same_fault_seen_twice_is_told_once():
    assert codes(at("LD102", "z"), at("LD102", "z"), Diagnostic("LD701", "a"), Diagnostic("LD701", "a")) == [
        "LD102", "LD701",
    ]  # fmt: skip


def test_a_word_that_was_given_as_a_name_is_not_explained_where_it_is_used():
    text = "layer A(x: [N]) -> y: [N]:\n    is = x + 1\n    y = where(x > 0, is, x)\n"
    source = Source("a.layer", text)
    name = Diagnostic("LD113", "no name", Span(source, text.index("is ="), text.index("is =") + 2))
    used = Diagnostic("LD012", "no operator", Span(source, text.index("is,"), text.index("is,") + 2))
    assert first_faults([name, used], [Span(source, 0, len(text))]) == (name,)
    assert first_faults([used], [Span(source, 0, len(text))]) == (used,)
