"""From a tree back to text, in the standard format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from layerdsl.syntax import tree
from layerdsl.syntax.texts import doc_margin, quote

INDENT: Final = "    "

# How tightly an expression binds; an operand that binds less gets brackets.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _PRIMARY, _ATOM = range(11)

_LEVELS: Final = {
    "or": _OR,
    "and": _AND,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "//": _PRODUCT,
    "%": _PRODUCT,
    "**": _POWER,
}


def show(node: Any) -> str:
    r"""`show(parse(Source("", "layer A(x:[N])->y:[N]:\n  y=2*( x+1 )\n"))[0].items[0].body[0])` is `y = 2 * (x + 1)`.

    Takes any node of the tree: an expression or a part of one gives a piece of a line, a statement its lines without
    the last line's end, a file the whole text with it. Reading the text again gives the same tree but for the spans.
    Raises `KeyError` for what is no node.
    """
    return _SHOW[type(node)](node)


# Expressions --------------------------------------------------------------------------------------------------------


def _level(node: tree.Expr) -> int:
    if isinstance(node, tree.Binary):
        return _LEVELS[node.op]
    if isinstance(node, tree.Unary):
        return _NOT if node.op == "not" else _SIGN
    return _FIXED_LEVELS.get(type(node), _ATOM)


_FIXED_LEVELS: Final[dict[type, int]] = {
    tree.Conditional: _CONDITIONAL,
    tree.Compare: _COMPARE,
    tree.Pick: _PRIMARY,
    tree.Field: _PRIMARY,
}


def _operand(node: tree.Expr, level: int) -> str:
    """The operand's text, in brackets where it binds less than `level`."""
    return show(node) if _level(node) >= level else f"({show(node)})"


def _number(node: tree.Number) -> str:
    """`1e-5` and `1e20` where Python writes `1e-05` and `1e+20`."""
    return re.sub(r"e\+?(-?)0*", r"e\1", repr(node.value))


def _list(nodes: Iterable[Any]) -> str:
    return ", ".join(map(show, nodes))


def _unary(node: tree.Unary) -> str:
    if node.op == "not":
        return f"not {_operand(node.operand, _NOT)}"
    return f"{node.op}{_operand(node.operand, _SIGN)}"


def _binary(node: tree.Binary) -> str:
    level = _LEVELS[node.op]
    if node.op == "**":
        return f"{_operand(node.left, _PRIMARY)}**{_operand(node.right, _SIGN)}"
    return f"{_operand(node.left, level)} {node.op} {_operand(node.right, level + 1)}"


def _compare(node: tree.Compare) -> str:
    first, *others = (_operand(operand, _SUM) for operand in node.operands)
    return first + "".join(f" {op} {operand}" for op, operand in zip(node.ops, others, strict=True))


def _conditional(node: tree.Conditional) -> str:
    return f"{_operand(node.then, _OR)} if {_operand(node.condition, _OR)} else {show(node.orelse)}"


def _argument(node: tree.Argument) -> str:
    if node.name is None:
        return show(node.value)
    equals = " = " if isinstance(node.value, tree.By) else "="
    return f"{node.name}{equals}{show(node.value)}"


def _slice(node: tree.Slice) -> str:
    start, stop, step = ("" if part is None else show(part) for part in (node.start, node.stop, node.step))
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _field(node: tree.Field) -> str:
    base = f"({show(node.value)})" if isinstance(node.value, tree.Number) else _operand(node.value, _PRIMARY)
    return f"{base}.{show(node.name)}"


# Declarations -------------------------------------------------------------------------------------------------------


def _axis(node: tree.AxisDecl) -> str:
    size = "" if node.size is None else show(node.size)
    written = "*" * node.star + "=".join(part for part in (node.name, size) if part)
    return written if node.begin is None else f"{written} at {show(node.begin)}"


def _axes(axes: tuple[tree.AxisDecl, ...]) -> str:
    return f"[{_list(axes)}]"


def _blob_type(node: tree.BlobType) -> str:
    of = f"({show(node.index_of)})" if node.index_of else ""
    qualifier = f"{node.qualifier}{of} " if node.qualifier else ""
    return f"{qualifier}{_axes(node.axes)}{'?' * node.optional}"


def _blob(node: tree.BlobDecl) -> str:
    kind = "" if node.type is None else f": {show(node.type)}"
    given = "" if node.given is None else f" if {_operand(node.given, _OR)}"
    return f"{'*' * node.variadic}{show(node.name)}{kind}{given}"


def _hyper_type(node: tree.HyperType) -> str:
    kinds = {"word": " | ".join(map(quote, node.choices)), "list": f"list[{node.element}]"}
    return kinds.get(node.kind, node.kind) + "?" * node.optional


# Statements ---------------------------------------------------------------------------------------------------------


def _comment(text: str) -> str:
    return f"  # {text}" if text else ""


def _hyper(node: tree.Hyper) -> str:
    default = "" if node.default is None else f" = {show(node.default)}"
    return f"hyper {show(node.name)}: {show(node.type)}{default}{_comment(node.doc)}"


def _require(node: tree.Require) -> str:
    message = "" if node.message is None else f", {quote(node.message)}"
    return f"require {show(node.condition)}{message}"


def _param(node: tree.Param) -> str:
    parts = ", ".join([show(node.filler), *map(show, node.options)])
    return f"{node.kind} {show(node.name)}: {_axes(node.axes)} = {parts}{_comment(node.doc)}"


def _if(node: tree.If) -> str:
    words = ["if", *["elif"] * (len(node.branches) - 1)]
    parts = [
        f"{word} {show(condition)}:\n{_block(body)}"
        for word, (condition, body) in zip(words, node.branches, strict=True)
    ]
    if node.orelse:
        parts.append(f"else:\n{_block(node.orelse)}")
    return "\n".join(parts)


def _carry(node: tree.Carry) -> str:
    kind = "" if node.type is None else f": {show(node.type)}"
    return f"carry {show(node.name)}{kind} = {show(node.first)}"


def _scan(node: tree.Scan) -> str:
    return f"scan {show(node.axis)}{' backwards' if node.backwards else ''}:\n{_block(node.body)}"


def _block(body: Iterable[tree.Statement]) -> str:
    return _indented("\n".join(map(show, body)))


def _indented(text: str) -> str:
    return "\n".join(INDENT + line if line else "" for line in text.split("\n"))


# Files --------------------------------------------------------------------------------------------------------------


def _doc(text: str) -> str:
    """A docstring; the text begins on a line of its own where its first line or all later ones are indented deeper."""
    # Which quotes a text can stand in: without escapes, no text has both kinds of three.
    quotes = "'''" if '"""' in text or (text.endswith('"') and "'''" not in text) else '"""'
    _, *others = text.split("\n")
    closing = f"\n{quotes}" if text.endswith(quotes[0]) else quotes
    if doc_margin(others) or text.startswith(" "):
        return f"{quotes}\n{text}\n{quotes}"
    return f"{quotes}{text}{closing}"


def _described(header: str, doc: str | None, body: tuple[tree.Statement, ...]) -> str:
    lines = [*([] if doc is None else [_doc(doc)]), *map(show, body)]
    return "\n".join([header, _indented("\n".join(lines))])


def _layer(node: tree.Layer) -> str:
    return _described(f"layer {show(node.name)}({_list(node.bottoms)}) -> {_list(node.tops)}:", node.doc, node.body)


def _function(node: tree.Function) -> str:
    return _described(f"def {show(node.name)}({_parameters(node)}):", node.doc, node.body)


def _extern(node: tree.Extern) -> str:
    return f"extern def {show(node.name)}({_parameters(node)}) -> {show(node.result)} from {node.module}"


def _parameters(node: tree.Function | tree.Extern) -> str:
    return ", ".join(map(_parameter, node.arguments, node.defaults))


def _parameter(argument: tree.BlobDecl, default: tree.Expr | None) -> str:
    if default is None:
        return show(argument)
    return f"{show(argument)} = {show(default)}" if argument.type else f"{show(argument)}={show(default)}"


def _import(node: tree.Import) -> str:
    names = (
        there.value if there.value == here.value else f"{there.value} as {here.value}" for there, here in node.names
    )
    return f"from {node.module} import {', '.join(names)}"


def _example(node: tree.Example) -> str:
    return _described(f"example {quote(node.title)}:", None, node.body)


def _file(node: tree.File) -> str:
    """Items with an empty line between them, but for imports that follow each other."""
    text = "" if node.doc is None else _doc(node.doc) + "\n"
    before: tree.Item | None = None
    for item in node.items:
        together = isinstance(before, tree.Import) and isinstance(item, tree.Import)
        text += ("" if together or not text else "\n") + show(item) + "\n"
        before = item
    return text


_SHOW: Final[dict[type, Callable[[Any], str]]] = {
    tree.Number: _number,
    tree.Text: lambda node: quote(node.value),
    tree.Name: lambda node: str(node.value),
    tree.Sequence: lambda node: f"[{_list(node.items)}]",
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Compare: _compare,
    tree.Conditional: _conditional,
    tree.Argument: _argument,
    tree.By: lambda node: f"{show(node.axis)} by {show(node.window)}{f'={show(node.size)}' if node.size else ''}",
    tree.Each: lambda node: f"{show(node.value)} for {show(node.name)} in {show(node.source)}",
    tree.Call: lambda node: f"{node.function}({_list(node.arguments)})",
    tree.Slice: _slice,
    tree.Selection: lambda node: f"{show(node.axis)}={show(node.index)}",
    tree.Pick: lambda node: f"{_operand(node.value, _PRIMARY)}[{_list(node.selections)}]",
    tree.Field: _field,
    tree.AxisDecl: _axis,
    tree.BlobType: _blob_type,
    tree.BlobDecl: _blob,
    tree.HyperType: _hyper_type,
    tree.Assign: lambda node: f"{show(node.name)} = {show(node.value)}",
    tree.Hyper: _hyper,
    tree.Require: _require,
    tree.Param: _param,
    tree.Update: lambda node: f"update {show(node.name)} = {show(node.value)}",
    tree.Gradient: lambda node: f"gradient {show(node.name)} = {show(node.value)}",
    tree.If: _if,
    tree.Scan: _scan,
    tree.For: lambda node: f"for {show(node.name)} in {show(node.source)}:\n{_block(node.body)}",
    tree.Constant: lambda node: f"const {show(node.name)}: {show(node.type)} = {show(node.source)}",
    tree.Unpack: lambda node: f"{_list(node.names)} = {show(node.value)}",
    tree.Carry: _carry,
    tree.Next: lambda node: f"next {show(node.name)} = {show(node.value)}",
    tree.Include: lambda node: f"include {show(node.phase)}",
    tree.Return: lambda node: f"return {_list(node.values)}",
    tree.Expect: lambda node: show(node.condition),
    tree.Layer: _layer,
    tree.Function: _function,
    tree.Import: _import,
    tree.Extern: _extern,
    tree.Example: _example,
    tree.File: _file,
}
