"""Every node has a span, and the text in it is the node's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, get_args

import pytest

from layerdsl.source import Span
from layerdsl.syntax import tree
from layerdsl.syntax.printer import show
from layerdsl.syntax.walk import walk

Read = Callable[[str], tree.File]
Value = Callable[[str], tree.Expr]

EXPRESSIONS = get_args(tree.Expr)


def nodes(file: tree.File) -> Iterator[Any]:
    return (node for node in walk(file) if not isinstance(node, tree.File))


def test_every_node_has_a_span(read: Read, programs: str) -> None:
    found = list(nodes(read(programs)))
    assert len(found) > 600
    for node in found:
        assert isinstance(node.span, Span)
        assert 0 <= node.span.start < node.span.stop <= len(programs)


def test_walk_finds_nodes_of_every_class(read: Read, programs: str) -> None:
    more = "def g(a):\n    b = a[C=1:] if 1 else 'b'\n    return b\n\nexample 'c':\n    A(x=1).y == 1\n"
    more += "\nlayer B(x: [T]) -> y: [T]:\n    scan T backwards:\n        carry y: [] = 0\n        next y = x\n"
    more += "\ndef f(x):\n    for i in range(3):\n        a, b = g(i for i in x)\n    return a\n"
    more += "\nextern def h(x: [N], a=1) -> index(N) [N] from there\n"
    more += "\nlayer C(x: [N]) -> y: [N]:\n    const c: [N] = file('c.npy')\n    y = x + c\n"
    file = read(programs.replace("hyper strength", "include train\n    hyper strength") + more)
    classes = {kind for kind in vars(tree).values() if isinstance(kind, type) and kind.__module__ == tree.__name__}
    assert {type(node) for node in walk(file)} == classes


def test_an_expressions_text_is_the_expression(
    read: Read, value: Value, programs: str, plain: Callable[[Any], Any]
) -> None:
    for node in nodes(read(programs)):
        if isinstance(node, EXPRESSIONS) and not isinstance(node, tree.By):
            assert plain(value(node.span.text)) == plain(node)


def test_a_nodes_text_is_what_the_formatter_writes(read: Read, programs: str) -> None:
    """But for blanks, brackets, comments and commas at the end, in which a person is free."""
    for node in nodes(read(programs)):
        if not isinstance(node, tree.Layer | tree.Function | tree.Example | tree.If | tree.Hyper):
            assert _bare(show(node)) == _bare(node.span.text), node


def _bare(text: str) -> str:
    for written, plain in ((" ", ""), ("(", ""), (")", ""), ("\n", ""), (";", ""), ("1e-05", "1e-5")):
        text = text.replace(written, plain)
    return text


def test_children_lie_within_their_parents(read: Read, programs: str) -> None:
    for node in nodes(read(programs)):
        for field in fields(node):
            inner = getattr(node, field.name)
            for child in inner if isinstance(inner, tuple) else (inner,):
                span = child if isinstance(child, Span) else getattr(child, "span", node.span)
                assert node.span.start <= span.start <= span.stop <= node.span.stop


def test_the_smaller_spans(value: Value) -> None:
    node = value("1 + sum(x, over=C)")
    assert isinstance(node, tree.Binary)
    assert node.op_span.text == "+"
    call = node.right
    assert isinstance(call, tree.Call)
    assert call.function_span.text == "sum"
    name_span = call.arguments[1].name_span
    assert name_span is not None
    assert (call.arguments[0].name_span, name_span.text) == (None, "over")


def test_places_of_larger_things(read: Read) -> None:
    text = "from a.b import c\n\nlayer A(x: [N]) -> y: [N]:  # why\n    if train:\n        y = x\n\n# end\n"
    imported, layer = read(text).items
    assert isinstance(imported, tree.Import)
    assert isinstance(layer, tree.Layer)
    assert imported.module_span.text == "a.b"
    assert layer.header.text == "layer A(x: [N]) -> y: [N]:"
    assert layer.span.text == text[19:-8]
    assert layer.body[0].span.text == "if train:\n        y = x"
    assert (layer.header.line, layer.header.column, layer.body[0].span.line, layer.body[0].span.column) == (3, 1, 4, 5)


@pytest.mark.parametrize("text", ["(a + b) * c", "-(a)", "((a))[C=1]", "(a) if (b) else (c)"])
def test_brackets_belong_to_the_operator_around_them(value: Value, text: str) -> None:
    assert value(text).span.text == text
