"""Operators that meet a number for which they have no value, or none that float32 can hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from layerdsl.graph import Node, walk
from layerdsl.lints.fed import FED, fed
from layerdsl.lints.path import entries_of, path_of
from layerdsl.lints.ranges.analysis import Ranges, ranges, under
from layerdsl.lints.ranges.declared import known_of
from layerdsl.lints.ranges.elements import LARGEST_EXPONENT
from layerdsl.lints.ranges.facts import Conditions, Outside, conditions, stand_for
from layerdsl.lints.ranges.interval import INF, Range, number
from layerdsl.lints.ranges.known import Known, at_defaults
from layerdsl.lints.warn import warning
from layerdsl.operators.body import leaves_of, walk_deep
from layerdsl.operators.derivatives import rule
from layerdsl.source import Diagnostic, Span

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer

Said = dict[tuple[str, str, Node], list[Diagnostic]]  # by code, operator, and the value of which the argument is a part
Meets = Callable[[Range], str]  # what the number can be that the operator can't have; empty where it can have all


@dataclass(frozen=True)
class Hazard:
    """What an argument must not be. `learns`: only where a gradient goes that way."""

    code: str
    argument: int
    meets: Meets
    then: str
    help: str
    learns: bool = False


def hazards(layer: CompiledLayer) -> Iterator[Diagnostic]:
    """LD801, LD802, LD803: of operators that follow from each other, or that do the same to one value, the first."""
    outputs = layer.derived.forward
    view = _View(outputs, known_of(layer.graph, layer.derived.updates), at_defaults(layer.graph))
    suspects = [(node, one) for node in walk_deep(outputs) for one in view.suspects(node)]
    learning = _learning(layer, outputs) if any(one.learns for _, one in suspects) else set()
    blamed: dict[Node, Span | None] = {}
    said: Said = {}
    for node, one in suspects:
        if one.learns and node not in learning:
            continue
        here = view.where_used(node)
        what, arg = view.met(node, one, here), node.args[one.argument]
        if what and not _follows(node, arg, blamed):
            blamed[node] = node.origin.place
            said.setdefault((one.code, node.op, entries_of(arg)), []).append(_said(node, one, what, here))
    yield from _once(said)


def _once(said: Said) -> Iterator[Diagnostic]:
    """Of findings for entries of one value that which stands first."""
    kinds = [(code, op) for code, op, _ in said]
    for (code, op, _), alike in said.items():
        first = min(alike, key=_start)
        if not _is_selection(first) or kinds.count((code, op)) == 1:
            yield first


def _start(found: Diagnostic) -> int:
    return found.span.start if found.span else 0


def _is_selection(found: Diagnostic) -> bool:
    """Whether an operator seems to stand in `x[C=label]`: it was made for `x`, of which these are entries."""
    return found.span is not None and re.fullmatch(r"\w+\[.*\]", found.span.text, re.DOTALL) is not None


class _View:
    """What is known of the values of a layer."""

    def __init__(self, outputs: Sequence[Node], known: Known, defaults: Known) -> None:
        self._outputs, self._known, self._defaults = outputs, known, defaults
        self._plain = ranges(outputs, known)
        self._fed = {"LD801": fed(outputs, FED - {"blob"})}  # a parameter of 88 has run away long before
        self._by_any = fed(outputs)

    def suspects(self, node: Node) -> list[Hazard]:
        """What an argument that depends on data may be, as far as can be told without its conditions.

        What does not depend on data goes wrong at once and always, and needs no warning. Where a condition excludes one
        hazard another may be left: `where(x >= 0, sqrt(x), 0)` has an infinite slope at 0.
        """
        fed = [one for one in HAZARDS.get(node.op, ())
               if node.args[one.argument] in self._fed.get(one.code, self._by_any)]  # fmt: skip
        met = {one.argument for one in fed if self.met(node, one, self._plain)}
        return [one for one in fed if one.argument in met]

    def where_used(self, node: Node) -> Ranges:
        """The ranges where the value is used at all; a mask elsewhere throws away what it gives."""
        path = self._paths.get(node, frozenset())
        return under([node], self._known, path, self._plain, self._outside) if path else self._plain

    @cached_property
    def _paths(self) -> dict[Node, Conditions]:
        return conditions(self._outputs)

    @cached_property
    def _outside(self) -> Outside:
        return stand_for(self._outputs)

    def met(self, node: Node, one: Hazard, found: Ranges) -> str:
        """What of the argument is bad, in words."""
        if node.op == "pow":
            return _power_met(one, found[node.args[0]], self._exponent(node.args[1], found))
        return one.meets(found[node.args[one.argument]])

    def _exponent(self, node: Node, found: Ranges) -> Range:
        """An exponent that is known at set-up is taken to be what it is by default."""
        return ranges([node], self._defaults)[node] if node.static else found[node]


def _follows(node: Node, arg: Node, blamed: dict[Node, Span | None]) -> bool:
    """Whether the argument is bad since another operator of the same line is, which has been said."""
    if not blamed or node.origin.place is None:
        return False
    line = node.origin.place.line
    return any(each in blamed and _line(blamed[each]) == line for each in walk([arg]))


def _line(span: Span | None) -> int:
    return span.line if span else 0


def _learning(layer: CompiledLayer, outputs: Sequence[Node]) -> set[Node]:
    """Every value through which a gradient reaches a bottom or a parameter."""
    program = layer.derived
    wanted = {name for name, _ in (*program.bottom_diffs, *program.blob_diffs)} - {
        name for name, _ in layer.graph.overrides
    }
    reached: set[Node] = set()
    for node in walk_deep(outputs):
        leaf = node.op in ("bottom", "bottoms", "blob") and node.attr("name") in wanted
        if leaf or any(arg in reached and rule(node.op, i) is not None for i, arg in enumerate(node.args)):
            reached.add(node)
            reached.update(
                leaf for leaf, arg in leaves_of(node).items() if arg in reached
            ) if node.op == "scan" else None
    return reached


def _said(node: Node, one: Hazard, what: str, found: Ranges) -> Diagnostic:
    arg = node.args[one.argument]
    inner = _inside_log(node)
    if inner is None:
        said, steps = path_of(arg, node.origin.place, found)
        message = f"{said} can be {what}, and {one.then}"
        return warning(one.code, message, _place(node, arg), "", *steps, help=one.help)
    reach = found[arg] + number(1)
    said, steps = path_of(arg, node.origin.place, found, (inner.on_one_line, reach))
    return warning(
        one.code, f"{said} can be {_no_logarithm(reach)}, and {LOGARITHM[0].then}", inner, "", *steps, help=LOG
    )


def _inside_log(node: Node) -> Span | None:
    """Where a `log1p` was written `log(1 + x)`, what stands in its brackets."""
    place = node.origin.place
    match = re.fullmatch(r"log\(\s*(.*\S)\s*\)", place.text, re.DOTALL) if place and node.op == "log1p" else None
    if place is None or match is None:
        return None
    return Span(place.source, place.start + match.start(1), place.start + match.end(1))


def _place(node: Node, arg: Node) -> Span | None:
    """The argument, where it stands inside the operator."""
    outer, inner = node.origin.place, arg.origin.place
    if outer is None or inner is None or inner.source != outer.source:
        return outer
    return inner if outer.start <= inner.start and inner.stop <= outer.stop else outer


# -- what is met -------------------------------------------------------------------------------------------------------


def _zero(x: Range) -> str:
    return "0" if x.zero else ""


def _no_logarithm(x: Range) -> str:
    return "0 or less" if x.zero and x.negative else "negative" if x.negative else _zero(x)


def _below(bound: float, said: str, closed: bool) -> Meets:
    return lambda x: said if x.low < bound or (closed and x.low == bound) else ""


def _beyond_one(x: Range) -> str:
    return "outside of -1 to 1" if x.low < -1 or x.high > 1 else ""


def _at_one(x: Range) -> str:
    return "" if _beyond_one(x) or (x.low > -1 and x.high < 1) else "-1 or 1"


def _one_or_beyond(x: Range) -> str:
    return _beyond_one(x) or _at_one(x)


def _negative(x: Range) -> str:
    return "negative" if x.negative else ""


def _only_zero(x: Range) -> str:
    return "0" if x.zero and not x.negative else ""


def _large(bound: float, said: str) -> Meets:
    return lambda x: said if x.high > bound else ""


def _large_either_way(x: Range) -> str:
    return "far from 0" if max(-x.low, x.high) > LARGEST_EXPONENT + 1 else ""


def _power_met(one: Hazard, base: Range, exponent: Range) -> str:
    whole = exponent.low == exponent.high and exponent.low == int(exponent.low) if abs(exponent.low) < INF else False
    if one.code == "LD802":
        return "0" if base.zero and exponent.negative else ""
    if one.code == "LD801":
        return "large" if exponent.high > 128 and base.high > 1 else ""
    if one.learns:
        return "0" if base.zero and not base.negative and exponent.low < 1 and exponent.high > 0 and not whole else ""
    return "negative" if base.negative and not whole else ""


GUARD: Final = (
    "keep it away from 0: `max(..., eps)`, `... + eps` where it is never negative, or `where` around the division"
)
LOG: Final = "keep it above 0, as in `log(max(..., 1e-20))`, or take `log_softmax` or `log_sigmoid` of a score"
ROOT: Final = (
    "the slope of a root is infinite at 0: add a small number under it, or take `norm`, `std` or `abs`, which are safe"
)
NO_ROOT: Final = "keep it at 0 or above, as in `sqrt(max(..., 0))`"
UNIT: Final = "`clip` it; rounding alone brings a cosine beyond 1"
OVERFLOW: Final = (
    "subtract its largest value first, bound it by `min`, or use `softmax`, `logsumexp`, `softplus`, `sigmoid`"
)

DIVIDES: Final = (Hazard("LD802", 1, _zero, "divides", GUARD),)
EXPONENT: Final = (Hazard("LD801", 0, _large(LARGEST_EXPONENT, "above 88"), "`exp` overflows there", OVERFLOW),)
LOGARITHM: Final = (Hazard("LD802", 0, _no_logarithm, "its logarithm is taken", LOG),)
ARCS: Final = (
    Hazard("LD803", 0, _beyond_one, "has no arc there", UNIT),
    Hazard("LD803", 0, _at_one, "the slope is infinite there", UNIT, learns=True),
)

HAZARDS: Final[dict[str, tuple[Hazard, ...]]] = {
    **dict.fromkeys(("div", "floordiv", "mod"), DIVIDES),
    "reciprocal": (Hazard("LD802", 0, _zero, "divides", GUARD),),
    **dict.fromkeys(("log", "log2", "log10"), LOGARITHM),
    "log1p": (Hazard("LD802", 0, _below(-1, "-1 or less", closed=True), "the logarithm of 1 more is taken", LOG),),
    "sqrt": (
        Hazard("LD803", 0, _negative, "its root is taken", NO_ROOT),
        Hazard("LD803", 0, _only_zero, "its root is differentiated", ROOT, learns=True),
    ),
    "cbrt": (Hazard("LD803", 0, _zero, "its root is differentiated", ROOT, learns=True),),
    "pow": (
        Hazard("LD802", 0, _zero, "is raised to a negative power", GUARD),
        Hazard("LD803", 0, _negative, "is raised to a power that is not whole", NO_ROOT),
        Hazard(
            "LD803", 0, _only_zero, "is raised to a power below 1, whose slope is infinite there", ROOT, learns=True
        ),
        Hazard("LD801", 1, _large(128, "large"), "the power overflows there", OVERFLOW),
    ),
    "arcsin": ARCS,
    "arccos": ARCS,
    "arctanh": (Hazard("LD803", 0, _one_or_beyond, "`arctanh` is infinite there", UNIT),),
    "arccosh": (Hazard("LD803", 0, _below(1, "less than 1", closed=False), "`arccosh` has no value there", NO_ROOT),),
    "exp": EXPONENT,
    "expm1": EXPONENT,
    "exp2": (Hazard("LD801", 0, _large(128, "above 128"), "`exp2` overflows there", OVERFLOW),),
    **dict.fromkeys(("sinh", "cosh"), (Hazard("LD801", 0, _large_either_way, "it overflows there", OVERFLOW),)),
}
