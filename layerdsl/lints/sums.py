"""Sums that are added up one by one in float32, step after step or batch after batch.

Other sums are added in pairs, by blocks or in float64. What is carried is not, nor is a softmax over another axis than
the last: each addition rounds to the digits that the total has, for nearly equal terms always the same way. Of 10,000
equal terms four of the seven digits stay, of 1,000,000 two (`tests/lints/test_sums.py` measures both kinds).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.graph import Node, walk
from layerdsl.graph.attributes import axis_of, index_of, over_of
from layerdsl.lints.stated import Sizes, entries, number_of, stated_sizes
from layerdsl.lints.warn import warning
from layerdsl.operators.body import body_of, carried_names, leaves_of, walk_deep
from layerdsl.plan.layer import any_plan
from layerdsl.source import Diagnostic, Span

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer

MANY: Final = 10_000  # terms of which three digits are lost


def added_up(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD805: a state that grows batch by batch, and sums of 10,000 terms and more that are carried, or of a softmax."""
    yield from _states(layer)
    sizes = stated_sizes(layer.graph)
    for node in walk_deep(layer.derived.forward):
        if node.op == "scan":
            yield from _carried(node, sizes)
        elif node.op in NORMALISED:
            yield from _normalised(layer, node, sizes)


def _states(layer: CompiledLayer) -> Iterator[Diagnostic]:
    for name, value in layer.derived.updates:
        leaves = [node for node in walk([value]) if node.op == "blob" and node.attr("name") == name]
        if _grows(value, leaves):
            yield _said(f"state `{name}` is added up in float32, batch after batch", value, BATCHES)


def _carried(scan: Node, sizes: Sizes) -> Iterator[Diagnostic]:
    steps = number_of(axis_of(scan).size, sizes)
    if steps is None or steps < MANY:
        return
    leaves = [leaf for leaf in leaves_of(scan) if leaf.op == "carried"]
    for i, (name, value) in enumerate(zip(carried_names(scan), body_of(scan).nexts, strict=True)):
        if _grows(value, [leaf for leaf in leaves if index_of(leaf) == i]):
            yield _said(f"`{name}` is added up in float32, in {steps:,} steps", value, STEPS)


def _normalised(layer: CompiledLayer, node: Node, sizes: Sizes) -> Iterator[Diagnostic]:
    """What is added up row by row since the values are in the cache: over an axis behind which there are others."""
    axes, over = node.args[0].axes, over_of(node)
    count = entries([axis for axis in axes if axis.name in over], sizes)
    if count is not None and count >= MANY and any_plan(layer.plans).order(axes)[-1].name not in over:
        written = f"`{node.origin.place.on_one_line}`" if node.origin.place else "this"
        yield _said(f"{written} adds up {count:,} terms one by one in float32", node, LAST.format(", ".join(over)))


NORMALISED: Final = frozenset({"softmax", "logsoftmax", "logsumexp"})
LAST: Final = "declare the blob with `{0}` as its last axis: rows are added in pairs"


def _said(message: str, value: Node, remedy: str) -> Diagnostic:
    return warning("LD805", message, _place(value), "", DIGITS, help=remedy)


def _place(value: Node) -> Span | None:
    """Where it is added up; a choice between branches stands nowhere itself."""
    sides = [value, *value.args[1:]] if value.op in CHOICES else [value]
    return next((side.origin.span for side in sides if side.origin.span and side.op != "blob"), None)


DIGITS: Final = "of 10,000 nearly equal terms four of seven digits stay, of 1,000,000 two"
BATCHES: Final = (
    "keep the mean, `update m = m + (x - m) / n`, or let it fade, `0.999 * m + 0.001 * x`; of equal terms count the "
    "batches, which is exact"
)
STEPS: Final = "take `sum` or `cumsum` of the terms, which add in float64; whole numbers are exact"


def _grows(value: Node, before: list[Node]) -> bool:
    """Whether a value is what it was before and something added that is not whole."""
    terms = _terms(value, set(before)) if before else None
    return terms is not None and not all(_is_whole(term) for term in terms)


def _terms(value: Node, before: set[Node]) -> list[Node] | None:
    """What is added to the value of before; None where that is more than added to, or bounded, or begun anew."""
    depends = _reached(value, before)

    def of(node: Node) -> list[Node] | None:
        if node in before:
            return []
        inner = [arg for arg in node.args if arg in depends]
        if node.op in CHOICES and inner == list(node.args[1:]):
            sides = [of(arg) for arg in inner]
            return None if None in sides else [term for side in sides for term in side or ()]
        if len(inner) != 1 or node.op not in ADDS or (node.op == "sub" and inner[0] is node.args[1]):
            return None
        terms = of(inner[0])
        return None if terms is None else [*terms, *(arg for arg in node.args if arg is not inner[0])]

    return of(value)


CHOICES: Final = frozenset({"select", "where"})
ADDS: Final = frozenset({"add", "sub", "expand", "real", "stop"})


def _reached(value: Node, before: set[Node]) -> set[Node]:
    """The values that are made of that of before."""
    reached = set(before)
    for node in walk([value]):
        if any(arg in reached for arg in node.args):
            reached.add(node)
    return reached


def _is_whole(value: Node) -> bool:
    """Whether a value is a whole number whatever the data is: their sums are exact up to 16,777,216."""
    if value.kind != "real" or value.op == "count":
        return True
    if value.op == "number":
        return float(value.attr("value")).is_integer()  # type: ignore[arg-type]
    values = value.args[OF_VALUES.get(value.op, slice(None))]
    return value.op in KEEPS_WHOLE and all(_is_whole(arg) for arg in values)


#: Which arguments are values, where others say which of them are meant.
OF_VALUES: Final = {**dict.fromkeys("where gate select".split(), slice(1, None)),
                    **dict.fromkeys("slice at pick scatter add_by".split(), slice(1))}  # fmt: skip
KEEPS_WHOLE: Final = frozenset(
    """
    real expand stop rename slice at pick neg abs square add sub mul maximum minimum max min sum dot
    where gate select cumsum scatter add_by floor ceil round trunc
    """.split()
)
