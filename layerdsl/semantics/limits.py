"""What would make the compiler work for hours: far more than a person writes."""

from __future__ import annotations

from typing import Final

from layerdsl.graph import Node, Size, walk
from layerdsl.semantics.scope import Scope, Silent
from layerdsl.source import Span, fault

#: Calls of functions in one layer, counting those that the functions make in their turn.
MAX_CALLS: Final = 5000

#: Derivatives of derivatives: each is some three times as long as the one inside it.
MAX_DERIVATIVES: Final = 6

#: Products in a size that is multiplied out.
MAX_TERMS: Final = 100


def count_call(scope: Scope, span: Span) -> None:
    """One more call; two functions that call each other twice would soon make millions."""
    scope.collected.calls += 1
    if scope.collected.calls > MAX_CALLS + 1:
        raise Silent
    if scope.collected.calls > MAX_CALLS:
        raise fault(
            "LD007",
            f"more than {MAX_CALLS} calls of functions in one layer",
            span,
            "counting those that the functions make in their turn",
            help="give what is called for again and again a name of its own",
        )


def check_derivatives(value: Node, span: Span) -> None:
    """Refuse derivatives too deep inside each other."""
    depth: dict[Node, int] = {}
    for node in walk([value]):
        depth[node] = (node.op == "grad") + max((depth[arg] for arg in node.args), default=0)
    if depth[value] >= MAX_DERIVATIVES:
        raise fault("LD007", f"more than {MAX_DERIVATIVES} derivatives inside each other", span)


def check_length(size: Size, span: Span) -> None:
    """Refuse sizes of more terms than anybody reads."""
    if len(size.terms) > MAX_TERMS:
        raise fault("LD007", f"a size of more than {MAX_TERMS} terms", span, "multiplied out")
