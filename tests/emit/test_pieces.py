"""The functions that emitted files carry stand in one file together: each name means one thing."""

from collections import Counter

from layerdsl.emit.runtime import SOURCES, cut, module_source


def test_no_piece_is_defined_twice():
    names = Counter(piece.name for module in SOURCES for piece in cut(module_source(module)))
    assert [name for name, count in names.items() if count > 1] == []
