"""The LALR automaton: tokens in, nodes out, by the tables of the grammar.

It keeps no call per nesting, so that no input can exhaust Python's stack, and it can be cut back to where a line began,
so that a line with a fault is forgotten as if it had not been there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from layerdsl.source import Source, Span, fault
from layerdsl.syntax import tables
from layerdsl.syntax.limits import MAX_DEPTH
from layerdsl.syntax.tokens import Token

#: Codes of children in the rules: an absent optional part, and (this minus k) all items of the list in symbol k.
_ABSENT: Final = -1
_SPREAD: Final = -2

Action = Callable[..., Any]


def _rule(line: str) -> tuple[int, int, str, tuple[int, ...]]:
    symbol, size, action, *picks = line.split()
    return int(symbol), int(size), action, tuple(map(int, picks))


def _row(line: str) -> dict[str, int]:
    words = line.split()
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


RULES: Final = tuple(map(_rule, tables.RULES.splitlines()))
ACTIONS: Final = tuple(map(_row, tables.ACTIONS.splitlines()))
GOTOS: Final = tuple({int(symbol): state for symbol, state in _row(line).items()} for line in tables.GOTOS.splitlines())


#: For the rules that hand on their only symbol, as most on the way from an atom to an expression do: the inner symbol.
HANDED_ON: Final = tuple(symbol if (size, action) == (1, "=") else -1 for symbol, size, action, _ in RULES)


class Unexpected(Exception):  # noqa: N818 - caught by the parser alone
    """A token that can't stand where it stands."""

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.token = token


class Machine:
    """The stack of states, and beside it the values and the places of what was read.

    `nodes` are the functions that make statements and larger things, `expressions` those that nest, whose depth is
    counted. Each is called with the span and the children.
    """

    def __init__(self, source: Source, nodes: Mapping[str, Action], expressions: Mapping[str, Action]) -> None:
        self.source = source
        self.actions = {**nodes, **expressions}
        self.nesting = frozenset(expressions)
        self.states = [0]
        self.values: list[Any] = []
        self.starts: list[int] = []
        self.stops: list[int] = []
        self.depths: list[int] = []

    @property
    def mark(self) -> int:
        """How much has been read; `cut(mark)` forgets what came later."""
        return len(self.values)

    def cut(self, mark: int) -> None:
        """Forget what was read since `mark` was taken."""
        del self.states[mark + 1 :]
        for stack in (self.values, self.starts, self.stops, self.depths):
            del stack[mark:]

    @property
    def awaits_block(self) -> bool:
        """Whether the line just read opens a block."""
        return "_INDENT" in ACTIONS[self.states[-1]]

    def awaits(self, kind: str) -> bool:
        """Whether a token of this kind could come next."""
        return kind in self.expected((kind,))

    def expected(self, kinds: tuple[str, ...] = ()) -> frozenset[str]:
        """The kinds of token (of all, or of `kinds`) that could come next."""
        return frozenset(kind for kind in kinds or ACTIONS[self.states[-1]] if self._takes(kind))

    def _takes(self, kind: str) -> bool:
        """Try a token on a copy of the states: a reduction that it would start may still end in a fault."""
        states = list(self.states)
        while (action := ACTIONS[states[-1]].get(kind)) is not None:
            if action >= 0:
                return True
            symbol, size, _, _ = RULES[~action]
            del states[len(states) - size :]
            states.append(GOTOS[states[-1]][symbol])
        return False

    def feed(self, token: Token) -> None:
        """Read one token; raises `Unexpected`, and `Fault` where a node can't be made."""
        self.shift(token, self.settle(token))

    def settle(self, token: Token) -> int:
        """Finish all that ends before `token`; gives the state behind it, or raises `Unexpected`."""
        kind = token.kind
        while True:
            action = ACTIONS[self.states[-1]].get(kind)
            if action is None:
                raise Unexpected(token)
            if action >= 0:
                return action
            handed_on = HANDED_ON[~action]
            if handed_on >= 0:
                self.states[-1] = GOTOS[self.states[-2]][handed_on]
            else:
                self._reduce(~action)

    def shift(self, token: Token, state: int) -> None:
        """Put the token on the stack."""
        self.states.append(state)
        self.values.append(token)
        self.starts.append(token.start)
        self.stops.append(token.stop)
        self.depths.append(0)

    def finish(self) -> Any:
        """Finish all at the end of the text; gives its value."""
        while self.states[-1] != tables.FINAL:
            self._reduce(~ACTIONS[self.states[-1]]["$END"])
        return self.values[-1]

    def _reduce(self, rule: int) -> None:
        symbol, size, action, picks = RULES[rule]
        base = len(self.values) - size
        value, depth = self._value(action, base, picks)
        start, stop = (self.starts[base], self.stops[-1]) if size else (0, 0)
        self.cut(base)
        self.states.append(GOTOS[self.states[-1]][symbol])
        self.values.append(value)
        self.starts.append(start)
        self.stops.append(stop)
        self.depths.append(depth)

    def _value(self, action: str, base: int, picks: tuple[int, ...]) -> tuple[Any, int]:
        """What a rule makes of the symbols from `base` on, and how deep it is."""
        children = self._children(base, picks)
        depth = max(self.depths[base:], default=0)
        if action == "[]":
            return children, depth
        if action == "=":
            return children[0], depth
        depth = depth + 1 if action in self.nesting else 0
        if depth > MAX_DEPTH:
            raise self._too_deep()
        start, stop = (self.starts[base], self.stops[-1]) if base < len(self.values) else (0, 0)
        return self.actions[action](Span(self.source, start, stop), *children), depth

    def _children(self, base: int, picks: tuple[int, ...]) -> list[Any]:
        """The children of a node; a list that only grows at its end is taken over and not copied."""
        values = self.values
        children: list[Any] = []
        for pick in picks:
            if pick >= 0:
                children.append(values[base + pick])
            elif pick == _ABSENT:
                children.append(None)
            elif children:
                children.extend(values[base + _SPREAD - pick])
            else:
                children = values[base + _SPREAD - pick]
        return children

    def _too_deep(self) -> Exception:
        place = Span(self.source, self.starts[-1], self.stops[-1])
        remedy = "give the inner parts names of their own"
        return fault("LD007", f"more than {MAX_DEPTH} operators inside each other", place, help=remedy)
