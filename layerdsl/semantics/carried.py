"""What is handed from step to step, or from round to round: each `next` once, and in every branch."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from layerdsl.graph import Node
from layerdsl.semantics.scope import BROKEN, Scope, Silent, suggestion
from layerdsl.source import Span, fault
from layerdsl.syntax import tree

NEXT: Final = "next "  # with a name behind it, what `next name = ...` gives: no name of the user's has a space


def check_next(scope: Scope, statement: tree.Next, carried: Collection[str], declaration: str) -> None:
    """Refuse a next value of what is not carried, or of what has one; `declaration` says how it would be carried."""
    name = statement.name.value
    if scope.values.get(name) is BROKEN:
        raise Silent
    if name not in carried:
        remedy = suggestion(name, carried) or declaration
        raise fault("LD114", f"`{name}` is not carried", statement.name.span, help=remedy)
    if NEXT + name in scope.values:
        remedy = "choose between its values by `where`, or by `... if ... else ...`"
        raise fault("LD114", f"`{name}` has a next value already", statement.span, help=remedy)


def next_value(inner: Scope, name: str, declared: Span) -> Node | None:
    """What `next` gives at the end of a block; a fault where there is nothing."""
    value = inner.values.get(NEXT + name)
    if isinstance(value, Node):
        return value
    problem, remedy = (
        (f"`{name}` is carried and never gets a next value", f"`next {name} = ...`")
        if value is None
        else (f"`{name}` gets a next value in one branch only", f"give `next {name}` in every branch")
    )
    inner.collected.tell(fault("LD114", problem, declared, help=remedy).diagnostic)
    return None
