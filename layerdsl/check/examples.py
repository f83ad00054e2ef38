"""The `example` blocks of a file: interpreted from the tree, with layers run as the class that is emitted for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from layerdsl.check.case import text_of_shape
from layerdsl.check.comparison import first_failure
from layerdsl.check.functions import Functions, call, is_function
from layerdsl.check.layer_call import Tops, Value, run, sample
from layerdsl.check.report import entry_text, number_text
from layerdsl.check.samples import Sample, Samples
from layerdsl.graph import LayerGraph
from layerdsl.source import Diagnostic, Fault, Span, fault
from layerdsl.source.nearest import nearest
from layerdsl.syntax import tree

CONSTANTS: Final[dict[str, Value]] = {
    "true": True,
    "false": False,
    "none": None,
    "inf": np.inf,
    "nan": np.nan,
    "pi": np.pi,
}
ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: np.true_divide(a, b),
    "//": lambda a, b: np.floor_divide(a, b),
    "%": lambda a, b: np.mod(a, b),
    "**": lambda a, b: np.float64(a) ** b if np.ndim(a) == 0 else a**b,
}
MOST_SHOWN = 24  # entries of an array in a message


@dataclass(frozen=True)
class Program:
    """What an example can speak of: layers with their classes, and functions."""

    layers: Mapping[str, tuple[LayerGraph, Callable[[], type[Any]]]]
    functions: Functions


def run_example(example: tree.Example, program: Program) -> tuple[Diagnostic, ...]:
    """What is wrong with an example: LD601 for a comparison that does not hold, LD602 for what can't be run.

    Every comparison is looked at; after a fault in an assignment there is nothing more to run.
    """
    run = _Run(program, example.title)
    found: list[Diagnostic] = []
    for statement in example.body:
        try:
            with np.errstate(all="ignore"):
                found.extend(run.statement(statement))
        except Fault as seen:
            found.append(seen.diagnostic)
            if isinstance(statement, tree.Assign):
                break
    return tuple(found)


def samples_of(examples: tuple[tree.Example, ...], program: Program) -> dict[str, Samples]:
    """What the calls in examples show of each layer, up to the first that is at fault in each of them."""
    found: dict[str, list[Sample]] = {name: [] for name in program.layers}
    for example in examples:
        run = _Run(program, "")
        with suppress(Fault), np.errstate(all="ignore"):
            for statement in example.body:
                for expr in _calls(statement):
                    if expr.function in program.layers:
                        layer, _ = program.layers[expr.function]
                        found[expr.function].append(sample(expr, layer, run.plain))
                if isinstance(statement, tree.Assign):
                    run.statement(statement)
    return {name: tuple(some) for name, some in found.items()}


def functions_called(example: tree.Example) -> set[str]:
    """The names of the layers and functions that an example calls."""
    return {expr.function for statement in example.body for expr in _calls(statement)}


def _calls(statement: tree.Statement) -> list[tree.Call]:
    expr = statement.value if isinstance(statement, tree.Assign) else getattr(statement, "condition", None)
    return _calls_in(expr) if expr is not None else []


def _calls_in(expr: tree.Expr) -> list[tree.Call]:
    match expr:
        case tree.Call(arguments=arguments):
            return [expr, *(each for one in arguments for each in _calls_in(one.value))]
        case tree.Compare(operands=parts) | tree.Sequence(items=parts):
            return [each for part in parts for each in _calls_in(part)]
        case tree.Binary(left=left, right=right):
            return [*_calls_in(left), *_calls_in(right)]
        case tree.Unary(operand=inner) | tree.Field(value=inner):
            return _calls_in(inner)
    return []


@dataclass
class _Run:
    """One example while it runs; `names` are its assignments."""

    program: Program
    title: str
    names: dict[str, Value] = field(default_factory=dict)

    def statement(self, statement: tree.Statement) -> list[Diagnostic]:
        if isinstance(statement, tree.Assign):
            self.names[statement.name.value] = self.value(statement.value)
            return []
        if isinstance(statement, tree.Expect):
            return self._expect(statement.condition)
        raise fault("LD602", "an example has assignments and comparisons", statement.span)

    def _expect(self, condition: tree.Expr) -> list[Diagnostic]:
        """One diagnostic where the condition does not hold; both sides of `and` have to."""
        if isinstance(condition, tree.Binary) and condition.op == "and":
            return [*self._expect(condition.left), *self._expect(condition.right)]
        if isinstance(condition, tree.Compare):
            return self._compare(condition)
        value = self.value(condition)
        if not isinstance(value, (bool, np.bool_)):
            raise fault(
                "LD602", "this is no comparison", condition.span, "an example says what holds", help="`... == 0`"
            )
        return [] if value else [self._broken(condition.span, ())]

    def _compare(self, expr: tree.Compare) -> list[Diagnostic]:
        values = [self.plain(operand) for operand in expr.operands]
        for i, op in enumerate(expr.ops):
            left, right = expr.operands[i], expr.operands[i + 1]
            place = _failure(op, values[i], values[i + 1], left.span.to(right.span))
            if place is not None:
                notes = (_side("left", values[i], place), _side("right", values[i + 1], place))
                return [self._broken(left.span.to(right.span), notes)]
        return []

    def _broken(self, span: Span, notes: tuple[str, ...]) -> Diagnostic:
        return Diagnostic("LD601", f'example "{self.title}" does not hold', span, "this is not so", notes)

    def plain(self, expr: tree.Expr) -> Value:
        """The value of an expression; of a layer with one top that top."""
        value = self.value(expr)
        if not isinstance(value, Tops):
            return value
        if len(value.values) > 1:
            listed = " or ".join(f"`.{name}`" for name in value.values)
            raise fault(
                "LD602", f"`{value.layer}` has several tops", expr.span, "which one?", help=f"write {listed} behind it"
            )
        return next(iter(value.values.values()))

    def value(self, expr: tree.Expr) -> Value:
        """The value of an expression. `Fault` where it has none."""
        rule = RULES.get(type(expr))
        if rule is None:
            raise fault("LD602", "this has no meaning in an example", expr.span)
        return rule(self, expr)

    def name(self, expr: tree.Name) -> Value:
        if expr.value in self.names:
            return self.names[expr.value]
        if expr.value in CONSTANTS:
            return CONSTANTS[expr.value]
        near = nearest(expr.value, [*self.names, *CONSTANTS])
        raise fault("LD602", f"unknown name `{expr.value}`", expr.span, help=f"did you mean `{near}`?" if near else "")

    def sequence(self, expr: tree.Sequence) -> Value:
        items = [np.asarray(self._number(item)) for item in expr.items]
        for item, one in zip(items, expr.items, strict=True):
            if item.shape != items[0].shape:
                found, first = text_of_shape(item.shape), text_of_shape(items[0].shape)
                raise fault(
                    "LD602", "the entries of a list are not alike", one.span, f"{found}, the first one is {first}"
                )
        return np.asarray(items)

    def _number(self, expr: tree.Expr) -> Value:
        value = self.plain(expr)
        if isinstance(value, str) or value is None:
            raise fault("LD602", "a number is needed here", expr.span)
        return value

    def unary(self, expr: tree.Unary) -> Value:
        if expr.op == "not":
            return not self._condition(expr.operand)
        value = self._number(expr.operand)
        return -value if expr.op == "-" else value

    def binary(self, expr: tree.Binary) -> Value:
        if expr.op == "and":
            return self._condition(expr.left) and self._condition(expr.right)
        if expr.op == "or":
            return self._condition(expr.left) or self._condition(expr.right)
        left, right = self._number(expr.left), self._number(expr.right)
        if np.ndim(left) and np.ndim(right) and np.shape(left) != np.shape(right):
            raise _misfit(left, right, expr.op_span)
        return ARITHMETIC[expr.op](left, right)

    def _condition(self, expr: tree.Expr) -> bool:
        value = self.value(expr)
        if not isinstance(value, (bool, np.bool_)):
            raise fault("LD602", "a comparison is needed here", expr.span)
        return bool(value)

    def compare(self, expr: tree.Compare) -> Value:
        return not self._compare(expr)

    def field(self, expr: tree.Field) -> Value:
        value = self.value(expr.value)
        if not isinstance(value, Tops):
            raise fault("LD602", f"`.{expr.name.value}` names a top of a layer", expr.name.span, "this is no layer")
        if expr.name.value not in value.values:
            listed = ", ".join(f"`{name}`" for name in value.values)
            raise fault(
                "LD602", f"`{value.layer}` has no top `{expr.name.value}`", expr.name.span, help=f"it has {listed}"
            )
        return value.values[expr.name.value]

    def call(self, expr: tree.Call) -> Value:
        if expr.function in self.program.layers:
            layer, layer_class = self.program.layers[expr.function]
            return run(expr, layer, layer_class(), self.plain)
        if not is_function(expr.function, self.program.functions):
            near = nearest(expr.function, [*self.program.layers, *self.program.functions])
            advice = f"did you mean `{near}`?" if near else ""
            raise fault("LD602", f"there is no layer or function `{expr.function}`", expr.function_span, help=advice)
        arguments = [np.asarray(self._number(one.value)) for one in expr.arguments]
        return call(expr, arguments, self.program.functions)


def _failure(op: str, left: Value, right: Value, span: Span) -> tuple[int, ...] | None:
    try:
        return first_failure(op, left, right)
    except ValueError:
        raise _misfit(left, right, span) from None


def _misfit(left: Value, right: Value, span: Span) -> Fault:
    shapes = f"left has shape {text_of_shape(np.shape(left))}, right {text_of_shape(np.shape(right))}"
    return fault("LD602", "the two sides do not fit each other", span, shapes)


def _side(side: str, value: Value, place: tuple[int, ...]) -> str:
    """`left: [0.5, 0.25]`, with the entry that is at fault."""
    array = np.asarray(value)
    if array.size == 1 or not place:
        return f"{side}: {value_text(value)}"
    whole = value_text(value) if array.size <= MOST_SHOWN else f"shape {text_of_shape(array.shape)}"
    return f"{entry_text(side, place)}: {number_text(float(array[place]))}, of {whole}"


def value_text(value: Value) -> str:
    """A value as an example would write it."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    array = np.asarray(value)
    if array.ndim:
        return f"[{', '.join(value_text(one) for one in array)}]"
    return number_text(float(array))


RULES: Final[dict[type, Callable[[_Run, Any], Value]]] = {
    tree.Number: lambda run, expr: expr.value,
    tree.Text: lambda run, expr: expr.value,
    tree.Name: _Run.name,
    tree.Sequence: _Run.sequence,
    tree.Unary: _Run.unary,
    tree.Binary: _Run.binary,
    tree.Compare: _Run.compare,
    tree.Field: _Run.field,
    tree.Call: _Run.call,
}
