"""Statements that stand where they do not belong: the grammar takes them, so that the message can say where they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from layerdsl.source import Diagnostic, Span
from layerdsl.syntax import tree
from layerdsl.syntax.elsewhere import MODULES, TRANSPOSED
from layerdsl.syntax.walk import walk

#: What may stand in each kind of block.
_LAYER: Final = (
    tree.Assign, tree.Hyper, tree.Require, tree.Param, tree.Update, tree.Gradient, tree.If, tree.Include, tree.Scan,
    tree.Unpack, tree.For, tree.Constant,
)  # fmt: skip
_BRANCH: Final = (
    tree.Assign, tree.Require, tree.Param, tree.Update, tree.Gradient, tree.If, tree.Scan, tree.Unpack, tree.For,
    tree.Constant,
)  # fmt: skip
_FORMULAS: Final = (tree.Assign, tree.Unpack, tree.Require, tree.If)
_ALLOWED: Final[dict[str, tuple[type, ...]]] = {
    "layer": _LAYER,
    "branch of a layer": _BRANCH,
    "function": (*_FORMULAS, tree.Scan, tree.For, tree.Return),
    "branch of a function": (*_FORMULAS, tree.Scan, tree.For),
    "scan": (*_FORMULAS, tree.Scan, tree.For, tree.Carry, tree.Next),
    "branch of a scan": (*_FORMULAS, tree.Scan, tree.For, tree.Next),
    "for": (*_FORMULAS, tree.Scan, tree.For, tree.Carry, tree.Next),
    "branch of a for": (*_FORMULAS, tree.Scan, tree.For, tree.Next),
    "example": (tree.Assign, tree.Expect),
}

_WORDS: Final[dict[type, str]] = {
    tree.Hyper: "hyper",
    tree.Require: "require",
    tree.Update: "update",
    tree.Gradient: "gradient",
    tree.Include: "include",
    tree.Return: "return",
    tree.If: "if",
    tree.Scan: "scan",
    tree.For: "for",
    tree.Carry: "carry",
    tree.Next: "next",
    tree.Constant: "const",
}

_FIELDS: Final = {
    "shape": ("sizes are not read from a shape", "the name of an axis, used as a number, is its size"),
    "T": ("values have no transpose", TRANSPOSED),
    "data": ("a blob's name is its data", "write the name alone"),
    "diff": ("diffs are derived", "write the forward alone, or `gradient x = ...` with `d(y)`"),
}


def misplaced(file: tree.File) -> tuple[Diagnostic, ...]:
    """A diagnostic for every statement that does not belong into its block, and for every `x.name` outside examples."""
    return tuple(fault for item in file.items for fault in _item(item))


def _item(item: tree.Item) -> Iterator[Diagnostic]:
    if isinstance(item, tree.Layer):
        yield from _block(item.body, "layer")
        yield from _fields(item)
    elif isinstance(item, tree.Function):
        yield from _block(item.body, "function")
        yield from _returns(item)
        yield from _fields(item)
    elif isinstance(item, tree.Example):
        yield from _block(item.body, "example")


def _block(body: tuple[tree.Statement, ...], place: str) -> Iterator[Diagnostic]:
    for statement in body:
        if not isinstance(statement, _ALLOWED[place]):
            yield _statement(statement, place)
        elif isinstance(statement, tree.Scan):
            yield from _block(statement.body, "scan")
        elif isinstance(statement, tree.For):
            yield from _block(statement.body, "for")
        elif isinstance(statement, tree.If):
            inner = place if place.startswith("branch") else f"branch of a {place}"
            for branch in (*(branch for _, branch in statement.branches), statement.orelse):
                yield from _block(branch, inner)


def _statement(statement: tree.Statement, place: str) -> Diagnostic:
    if isinstance(statement, tree.Expect):
        return _value(statement)
    if isinstance(statement, tree.Unpack):
        remedy = "give the whole result a name, and ask it for its tops: `r = Block(x)`, `r.y == ...`"
        return Diagnostic("LD011", "several names for one result in an example", statement.span, help=remedy)
    word = statement.kind if isinstance(statement, tree.Param) else _WORDS[type(statement)]
    span = Span(statement.span.source, statement.span.start, statement.span.start + len(word))
    if word == "return" and "layer" in place:
        return Diagnostic("LD012", "a layer returns nothing", span, help="assign to the name of the top: `y = ...`")
    article = "an" if place == "example" else "a"
    return Diagnostic("LD011", f"`{word}` in {article} {place}", span, help=_remedy(word, place))


def _remedy(word: str, place: str) -> str:
    if word in ("carry", "next"):
        inside = place.startswith("branch") and place.endswith(("scan", "for"))
        return "carried values are declared outside all `if`" if inside else f"`{word}` stands in a `for` or a `scan`"
    if place.endswith("for"):
        return f"`{word}` stands in the layer, before or behind the loop"
    if "scan" in place:
        return f"`{word}` stands in the layer, before or behind the scan"
    if place == "branch of a function":
        return "give each branch's value the same name, and return it at the end"
    if place == "branch of a layer":
        return f"`{word}` stands at the top of the layer, outside all `if` blocks"
    if place == "example":
        return "an example holds assignments and comparisons"
    return f"`{word}` stands in a layer; hand its value to the function as an argument"


def _value(statement: tree.Expect) -> Diagnostic:
    """A value without a name, outside examples."""
    condition = statement.condition
    if isinstance(condition, tree.Compare) and isinstance(condition.operands[0], tree.Name):
        remedy = f"`=` gives a name: `{condition.operands[0].value[:80]} = ...`; `require` states a condition"
    else:
        remedy = "give it a name, `y = ...`, or take it away"
    return Diagnostic("LD011", "a value that goes nowhere", statement.span, help=remedy)


def _returns(function: tree.Function) -> Iterator[Diagnostic]:
    """A function ends in its only `return`."""
    *before, last = function.body or (None,)
    for statement in before:
        if isinstance(statement, tree.Return):
            span = Span(statement.span.source, statement.span.start, statement.span.start + len("return"))
            yield Diagnostic("LD011", "lines behind a `return`", span, help="`return` is a function's last line")
    if not isinstance(last, tree.Return):
        remedy = "end it by `return value`"
        yield Diagnostic("LD014", f"the function `{function.name.value}` returns nothing", function.header, help=remedy)


def _fields(item: tree.Item) -> Iterator[Diagnostic]:
    return (
        _field(node) for node in walk(item) if isinstance(node, tree.Field) and not isinstance(node.value, tree.Call)
    )


def _field(node: tree.Field) -> Diagnostic:
    base, name = node.value, node.name.value
    if isinstance(base, tree.Name) and base.value == "self":
        remedy = f"write `{name}` alone: hyper-parameters, parameters and blobs are known by their names"
        return Diagnostic("LD012", "a layer has no `self`", node.span, help=remedy)
    if isinstance(base, tree.Name) and base.value in MODULES:
        return Diagnostic("LD012", "names belong to no module", node.span, help=f"write `{name}` alone")
    remedy = "`.` picks a top of a layer where it is called, as in `SoftmaxLoss(x, label).prob`"
    message, remedy = _FIELDS.get(name, ("values have no attributes", remedy))
    return Diagnostic("LD012", message, node.span, help=remedy)
