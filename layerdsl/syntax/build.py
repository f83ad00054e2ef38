"""From the grammar's rules to the nodes of the tree: one function per rule, called with its span and its children.

The functions that read a line (all but those of whole layers, blocks and files) raise `Fault` for what the grammar
can't say; that drops the line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from layerdsl.source import Span, fault
from layerdsl.syntax import tree
from layerdsl.syntax.texts import clean_doc, unquote
from layerdsl.syntax.tokens import Token

Maybe = tree.Expr | None

# Expressions --------------------------------------------------------------------------------------------------------


def _place(span: Span, token: Token) -> Span:
    return token.span(span.source)


def number(span: Span, token: Token) -> tree.Number:
    return tree.Number(int(token.text) if token.text.isdecimal() else float(token.text), span)


def text(span: Span, token: Token) -> tree.Text:
    return tree.Text(unquote(token, span.source), span)


def name(span: Span, token: Token) -> tree.Name:
    return tree.Name(token.text, span)


def sequence(span: Span, *items: Maybe) -> tree.Sequence:
    return tree.Sequence(tuple(item for item in items if item is not None), span)


def unary(span: Span, op: Token, operand: tree.Expr) -> tree.Unary:
    return tree.Unary(op.text, operand, span)


def binary(span: Span, left: tree.Expr, op: Token, right: tree.Expr) -> tree.Binary:
    return tree.Binary(op.text, left, right, _place(span, op), span)


def compare(span: Span, *parts: Any) -> tree.Compare:
    return tree.Compare(tuple(parts[::2]), tuple(op.text for op in parts[1::2]), span)


def conditional(span: Span, then: tree.Expr, condition: tree.Expr, orelse: tree.Expr) -> tree.Conditional:
    return tree.Conditional(condition, then, orelse, span)


def positional(span: Span, value: tree.Expr) -> tree.Argument:
    return tree.Argument(None, value, span)


def named(span: Span, label: tree.Name, value: tree.Expr) -> tree.Argument:
    return tree.Argument(label.value, value, span, label.span)


def each(span: Span, value: tree.Expr, label: tree.Name, source: tree.Expr) -> tree.Argument:
    return tree.Argument(None, tree.Each(value, label, source, span), span)


def by(span: Span, axis: tree.Name, window: tree.Name, size: tree.Expr | None) -> tree.Argument:
    return tree.Argument(None, tree.By(axis, window, span, size), span)


def named_by(span: Span, label: tree.Name, axis: tree.Name, window: tree.Name, size: tree.Expr | None) -> tree.Argument:
    inner = axis.span.to(window.span if size is None else size.span)
    return tree.Argument(label.value, tree.By(axis, window, inner, size), span, label.span)


def call(span: Span, function: tree.Name, *arguments: tree.Argument | None) -> tree.Call:
    given = tuple(argument for argument in arguments if argument is not None)
    for before, argument in pairwise(given):
        if before.name is not None and argument.name is None and not isinstance(argument.value, tree.By):
            remedy = "arguments with a name stand last"
            if before.name == "over" and isinstance(argument.value, tree.Name):
                remedy = "several axes stand in brackets, as in `over=[N, C]`"
            raise fault("LD003", "an argument without a name behind one with a name", argument.span, help=remedy)
    return tree.Call(function.value, given, function.span, span)


def slice_(span: Span, start: Maybe, stop: Maybe, step: Maybe) -> tree.Slice:
    return tree.Slice(start, stop, step, span)


def selection(span: Span, axis: tree.Name, index: tree.Expr | tree.Slice) -> tree.Selection:
    return tree.Selection(axis, index, span)


def pick(span: Span, value: tree.Expr, *selections: tree.Selection) -> tree.Pick:
    return tree.Pick(value, selections, span)


def field(span: Span, value: tree.Expr, label: tree.Name) -> tree.Field:
    return tree.Field(value, label, span)


# Declarations -------------------------------------------------------------------------------------------------------


def axis(span: Span, size: tree.Expr, begin: tree.Expr | None) -> tree.AxisDecl:
    if isinstance(size, tree.Name):
        return tree.AxisDecl(size.value, False, None, span, begin)
    return tree.AxisDecl(None, False, size, span, begin)


def sized_axis(span: Span, label: tree.Name, size: tree.Expr, begin: tree.Expr | None) -> tree.AxisDecl:
    return tree.AxisDecl(label.value, False, size, span, begin)


def star_axis(
    span: Span, star: Token, label: tree.Name, sizes: tree.Expr | None, begin: tree.Expr | None
) -> tree.AxisDecl:
    return tree.AxisDecl(label.value, True, sizes, span, begin)


def axes(span: Span, *given: tree.AxisDecl | None) -> tuple[tree.AxisDecl, ...]:
    return tuple(item for item in given if item is not None)


def blob_type(span: Span, given: tuple[tree.AxisDecl, ...], optional: Token | None) -> tree.BlobType:
    return tree.BlobType(None, None, given, optional is not None, span)


def const_type(span: Span, given: tuple[tree.AxisDecl, ...], optional: Token | None) -> tree.BlobType:
    return tree.BlobType("const", None, given, optional is not None, span)


def index_type(
    span: Span, of: tree.Name | None, given: tuple[tree.AxisDecl, ...], optional: Token | None
) -> tree.BlobType:
    return tree.BlobType("index", of, given, optional is not None, span)


def blob(span: Span, label: tree.Name, kind: tree.BlobType) -> tree.BlobDecl:
    return tree.BlobDecl(label, kind, False, span)


def end(span: Span, declared: tree.BlobDecl, given: tree.Expr | None) -> tree.BlobDecl:
    return declared if given is None else replace(declared, given=given, span=span)


def variadic(span: Span, star: Token, label: tree.Name, kind: tree.BlobType) -> tree.BlobDecl:
    return tree.BlobDecl(label, kind, True, span)


def untyped(span: Span, label: tree.Name, default: Maybe) -> tuple[tree.BlobDecl, Maybe]:
    return tree.BlobDecl(label, None, False, label.span), default


def parameter(span: Span, declared: tree.BlobDecl, default: Maybe = None) -> tuple[tree.BlobDecl, Maybe]:
    return declared, default


def hyper_type(span: Span, kind: tree.Name, optional: Token | None) -> tree.HyperType:
    if kind.value not in ("float", "int", "bool", "filler", "file"):
        raise _unknown_type(kind)
    return tree.HyperType(kind.value, optional is not None, None, (), span)


def list_type(span: Span, kind: tree.Name, element: tree.Name, optional: Token | None) -> tree.HyperType:
    if kind.value != "list":
        raise _unknown_type(kind)
    if element.value not in ("float", "int", "bool"):
        raise _unknown_type(element)
    return tree.HyperType("list", optional is not None, element.value, (), span)


def word_type(span: Span, choices: tuple[str, ...], optional: Token | None) -> tree.HyperType:
    return tree.HyperType("word", optional is not None, None, choices, span)


def words(span: Span, *given: Token) -> tuple[str, ...]:
    return tuple(unquote(token, span.source) for token in given)


def _unknown_type(kind: tree.Name) -> Exception:
    if kind.value == "list":
        remedy = "say of what: `list[int]`, `list[float]` or `list[bool]`"
    elif kind.value in ("str", "string", "word"):
        remedy = 'a word is chosen from a list: `"sum" | "mean"`'
    else:
        remedy = 'write `float`, `int`, `bool`, `filler`, `file`, `list[int]` or words to choose from, `"sum" | "mean"`'
    return fault("LD003", f"`{kind.value}` is not a type of hyper-parameters", kind.span, help=remedy)


# Statements ---------------------------------------------------------------------------------------------------------


def hyper(span: Span, label: tree.Name, kind: tree.HyperType, default: Maybe) -> tree.Hyper:
    return tree.Hyper(label, kind, default, "", span)


def require(span: Span, condition: tree.Expr, message: Token | None) -> tree.Require:
    return tree.Require(condition, None if message is None else unquote(message, span.source), span)


def param(
    span: Span, label: tree.Name, given: tuple[tree.AxisDecl, ...], filler: tree.Expr, *options: tree.Argument
) -> tree.Param:
    return tree.Param("param", label, given, filler, options, "", span)


def state(
    span: Span, label: tree.Name, given: tuple[tree.AxisDecl, ...], first: tree.Expr, *options: tree.Argument
) -> tree.Param:
    return tree.Param("state", label, given, first, options, "", span)


def assign(span: Span, label: tree.Name, value: tree.Expr) -> tree.Assign:
    return tree.Assign(label, value, span)


def unpack(span: Span, *parts: Any) -> tree.Unpack:
    *labels, value = parts
    return tree.Unpack(tuple(labels), value, span)


def constant(span: Span, label: tree.Name, kind: tree.BlobType, source: tree.Expr) -> tree.Constant:
    return tree.Constant(label, kind, source, span)


def update(span: Span, label: tree.Name, value: tree.Expr) -> tree.Update:
    return tree.Update(label, value, span)


def gradient(span: Span, label: tree.Name, value: tree.Expr) -> tree.Gradient:
    return tree.Gradient(label, value, span)


def include(span: Span, phase: tree.Name) -> tree.Include:
    if phase.value not in ("train", "test"):
        remedy = "write `include train` or `include test`"
        raise fault("LD003", f"`{phase.value}` is not a phase", phase.span, help=remedy)
    return tree.Include(phase, span)


def return_(span: Span, *values: tree.Expr) -> tree.Return:
    return tree.Return(values, span)


def expect(span: Span, condition: tree.Expr) -> tree.Expect:
    return tree.Expect(condition, span)


def simple_line(span: Span, *parts: Any) -> tuple[tree.Statement, ...]:
    """The statements of a line; the comment behind them tells about the last."""
    *statements, newline = parts
    if newline.text and isinstance(statements[-1], tree.Hyper | tree.Param):
        statements[-1] = replace(statements[-1], doc=newline.text)
    return tuple(statements)


def scan_header(span: Span, axis: tree.Name, backwards: Token | None) -> Any:
    return axis, backwards is not None, span


def scan(span: Span, header: Any, body: tuple[tree.Statement, ...]) -> tuple[tree.Statement, ...]:
    axis, backwards, place = header
    return (tree.Scan(axis, backwards, body, place, span),)


def carry(span: Span, label: tree.Name, kind: tree.BlobType | None, first: tree.Expr) -> tree.Carry:
    return tree.Carry(label, kind, first, span)


def next_(span: Span, label: tree.Name, value: tree.Expr) -> tree.Next:
    return tree.Next(label, value, span)


def for_header(span: Span, label: tree.Name, source: tree.Expr) -> Any:
    return label, source, span


def for_(span: Span, header: Any, body: tuple[tree.Statement, ...]) -> tuple[tree.Statement, ...]:
    label, source, place = header
    return (tree.For(label, source, body, place, span),)


def branch(span: Span, condition: tree.Expr, body: tuple[tree.Statement, ...]) -> Any:
    return condition, body


def otherwise(span: Span, body: tuple[tree.Statement, ...]) -> tuple[tree.Statement, ...]:
    return body


def if_(span: Span, *parts: Any) -> tuple[tree.Statement, ...]:
    *branches, orelse = parts
    return (tree.If(tuple(branches), orelse or (), span),)


def block(span: Span, newline: Token, *lines: tuple[tree.Statement, ...]) -> tuple[tree.Statement, ...]:
    return tuple(statement for line in lines for statement in line)


# Files --------------------------------------------------------------------------------------------------------------


def doc(span: Span, token: Token, newline: Token) -> str:
    return clean_doc(token.text)


def body(span: Span, newline: Token, described: str | None, *lines: tuple[tree.Statement, ...]) -> Any:
    return described, block(span, newline, *lines)


def blobs(span: Span, *given: tree.BlobDecl) -> tuple[tree.BlobDecl, ...]:
    return given


def layer_header(span: Span, label: tree.Name, bottoms: Any, tops: Any) -> Any:
    return label, bottoms or (), tops or (), span


def layer(span: Span, header: Any, content: Any) -> tree.Layer:
    label, bottoms, tops, place = header
    described, statements = content
    return tree.Layer(label, bottoms, tops, described, statements, place, span)


def parameters(span: Span, *given: tuple[tree.BlobDecl, Maybe]) -> Any:
    """Arguments and their defaults; one without a default may not follow one with a default."""
    for (_, before), (declared, default) in pairwise(given):
        if before is not None and default is None and not declared.variadic:
            message = f"the argument `{declared.name.value}` without a default behind one with a default"
            raise fault("LD003", message, declared.span, help="arguments with a default stand last")
    return given


def function_header(span: Span, label: tree.Name, given: Any) -> Any:
    if given and given[0][0].name.value == "self":
        remedy = "write `layer Name(x: [N, C]) -> y: [N, C]:` and the forward alone; the backward is derived from it"
        raise fault("LD012", f"`def {label.value}(self, ...)`: a layer is not a class", span, help=remedy)
    return label, given or (), span


def function(span: Span, header: Any, content: Any) -> tree.Function:
    label, given, place = header
    described, statements = content
    arguments = tuple(declared for declared, _ in given)
    defaults = tuple(default for _, default in given)
    return tree.Function(label, arguments, defaults, described, statements, place, span)


def extern(
    span: Span, label: tree.Name, given: Any, result: tree.BlobType, origin: tuple[str, Span], newline: Token
) -> tree.Extern:
    arguments, defaults = tuple(declared for declared, _ in given or ()), tuple(default for _, default in given or ())
    return tree.Extern(label, arguments, defaults, result, origin[0], origin[1], span)


def module(span: Span, *parts: tree.Name) -> tuple[str, Span]:
    return ".".join(part.value for part in parts), span


def imported(span: Span, *names: tuple[tree.Name, tree.Name]) -> tuple[tuple[tree.Name, tree.Name], ...]:
    return names


def imported_name(span: Span, there: tree.Name, here: tree.Name | None) -> tuple[tree.Name, tree.Name]:
    return there, here or there


def import_(span: Span, origin: tuple[str, Span], names: Any, newline: Token) -> tree.Import:
    return tree.Import(origin[0], origin[1], names, span)


def example_header(span: Span, title: Token) -> str:
    return unquote(title, span.source)


def example(span: Span, title: str, content: Any) -> tree.Example:
    return tree.Example(title, content[1], span)


def file(span: Span, described: str | None, *items: tree.Item) -> tree.File:
    return tree.File(span.source, described, items)


#: Rules whose nodes nest without end: the machine counts how deep.
EXPRESSIONS: Final[dict[str, Callable[..., Any]]] = {
    make.__name__.rstrip("_"): make
    for make in (
        number, text, name, sequence, unary, binary, compare, conditional, positional, named, each, by, named_by, call,
        slice_, selection, pick, field,
    )
}  # fmt: skip

#: All other rules.
NODES: Final[dict[str, Callable[..., Any]]] = {
    make.__name__: make
    for make in (
        axis, sized_axis, star_axis, axes, blob_type, const_type, index_type, blob, variadic, end, untyped,
        parameter,
        hyper_type, list_type, word_type, words, hyper, require, param, state, assign, unpack, update, gradient,
        include,
        return_, expect, simple_line, branch, otherwise, if_, scan_header, scan, carry, next_, for_header, for_,
        block, doc, body, blobs, constant, extern, layer_header, layer, parameters, function_header, function, module,
        imported, imported_name, import_, example_header, example, file,
    )
}  # fmt: skip
