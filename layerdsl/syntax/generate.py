"""Turns `grammar/layer.lark` into `tables.py`: `python layerdsl/syntax/generate.py`.

Lark reads the grammar and makes the LALR states. Kept as a module they load in a millisecond, so that a compilation
neither imports Lark nor looks for a cache that it may write to. This file imports nothing that needs the tables.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lark import Lark
from lark.lexer import PatternStr

from layerdsl.resources import folder

#: A child that is an absent optional part; below it come `SPREAD - k`: the items of symbol k, which is a list.
ABSENT = -1
SPREAD = -2

HEADER = '''"""The grammar's LALR tables, made from grammar/layer.lark by `python layerdsl/syntax/generate.py`."""

# fmt: off
# ruff: noqa: E501
from typing import Final

'''


def grammar() -> Lark:
    """The grammar as Lark reads it; raises `lark.exceptions.GrammarError` where two readings collide."""
    text = (folder("grammar") / "layer.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="basic", maybe_placeholders=True)


def action(rule: Any) -> str:
    """Which function makes the node: none (`=`) hands on the only child, `"[]"` makes a list."""
    name = str(rule.origin.name)
    if name.startswith("_"):
        return "[]"
    if rule.alias:
        return str(rule.alias)
    return "=" if rule.options.expand1 else name


def picks(rule: Any) -> tuple[int, ...]:
    """Which symbols of a rule become children, as Lark does it: no punctuation, None for an absent `[x]`."""
    chosen: list[int] = []
    position = 0
    for absent in rule.options.empty_indices or (False,) * len(rule.expansion):
        if absent:
            chosen.append(ABSENT)
            continue
        symbol = rule.expansion[position]
        if not symbol.is_term and symbol.name.startswith("_"):
            chosen.append(SPREAD - position)
        elif not (symbol.is_term and symbol.filter_out):
            chosen.append(position)
        position += 1
    return tuple(chosen)


class Tables:
    """States, rules and inner symbols numbered in the order in which a walk from the start meets them."""

    def __init__(self, lark: Lark) -> None:
        self.lark = lark
        self.table: Any = lark.parser.parser._parse_table
        self.rules: dict[Any, int] = {}
        self.symbols: dict[str, int] = {}
        self.states = self.walk(self.table.start_states["start"])
        self.actions = [self.row(state, terminal=True) for state in self.states]
        self.gotos = [self.row(state, terminal=False) for state in self.states]

    def walk(self, start: int) -> dict[int, int]:
        """Number of each state, breadth first along the symbols in their order by name."""
        numbers = {start: 0}
        queue = deque([start])
        while queue:
            for _, (kind, target) in sorted(self.table.states[queue.popleft()].items(), key=lambda entry: entry[0]):
                if kind.name == "Shift" and target not in numbers:
                    numbers[target] = len(numbers)
                    queue.append(target)
        return numbers

    def row(self, state: int, *, terminal: bool) -> dict[Any, int]:
        """One state's entries: a terminal's action (shift to n, or reduce by `~n`), or an inner symbol's next state."""
        inner = {rule.origin.name for rule in self.lark.rules}
        entries = sorted(self.table.states[state].items(), key=lambda entry: entry[0])
        return {
            name if terminal else self.number(name): self.entry(kind, target)
            for name, (kind, target) in entries
            if (name not in inner) == terminal
        }

    def entry(self, kind: Any, target: Any) -> int:
        """A shift's state, or the complement of a reduction's rule."""
        if kind.name == "Shift":
            return self.states[target]
        return ~self.rules.setdefault(target, len(self.rules))

    def number(self, symbol: str) -> int:
        """The number of an inner symbol; a new one where it is met first."""
        return self.symbols.setdefault(symbol, len(self.symbols))

    def rule_rows(self) -> list[tuple[int, int, str, tuple[int, ...]]]:
        """Of each rule: symbol, length, action and children."""
        return [(self.number(rule.origin.name), len(rule.expansion), action(rule), picks(rule)) for rule in self.rules]


def text() -> str:
    """The whole of `tables.py`."""
    lark = grammar()
    tables = Tables(lark)
    literals = {t.pattern.value: t.name for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    patterns = {t.name: t.pattern.to_regexp() for t in lark.terminals if t.name in ("NAME", "NUMBER", "TEXT")}
    actions, gotos = (_lines(map(_pairs, rows)) for rows in (tables.actions, tables.gotos))
    rules = _lines(f"{symbol} {size} {action} {_words(picks)}" for symbol, size, action, picks in tables.rule_rows())
    return HEADER + "\n".join(
        [
            f"LITERALS: Final[dict[str, str]] = {dict(sorted(literals.items()))!r}",
            f"PATTERNS: Final[dict[str, str]] = {dict(sorted(patterns.items()))!r}",
            f"FINAL: Final[int] = {tables.states[tables.table.end_states['start']]}",
            "# rule by rule: inner symbol, length, action (`=` hands on, `[]` makes a list), children",
            f"RULES: Final[str] = {rules}",
            "# state by state: terminals, each with the next state or the complement of a rule",
            f"ACTIONS: Final[str] = {actions}",
            "# state by state: inner symbols, each with the next state",
            f"GOTOS: Final[str] = {gotos}",
            "",
        ]
    )


def _lines(rows: Iterable[str]) -> str:
    """A text literal with one row to a line: read in a tenth of the time of a literal of tuples and dictionaries."""
    return '"""\\\n' + "\n".join(rows) + '\n"""'


def _pairs(row: dict[Any, int]) -> str:
    return _words(word for pair in row.items() for word in pair)


def _words(words: Iterable[object]) -> str:
    return " ".join(map(str, words))


def main() -> None:
    """Write `tables.py` beside this file."""
    Path(__file__).with_name("tables.py").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
