"""From lines to the standard form of a file.

Indentation is four blanks for a block, one empty line stands between items and at most one anywhere else, and the
blanks between tokens are those of `spacing`. Where a person has broken a line inside brackets it stays broken: what
stood below the first thing in the bracket stays below it, everything else moves along with the line. A comment behind
code keeps its column where there are two blanks left before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from layerdsl.formatting.lines import CodeLine, CommentLine, Line, comment, lines_of
from layerdsl.formatting.spacing import Piece, blanks, classified
from layerdsl.source import Source
from layerdsl.syntax.structure import HEADERS
from layerdsl.syntax.tokens import Token

INDENT: Final = 4
_ITEMS: Final = frozenset({"LAYER", "DEF", "EXAMPLE"})


@dataclass(frozen=True)
class Placed:
    """A line of the file and how many blocks it stands in; `opens` where the line above it opens a block."""

    line: Line
    depth: int
    opens: bool


def formatted(source: Source) -> str:
    r"""`formatted(Source("", "layer A(x:[N])->y:[N]:\n  y=2*( x+1 )\n"))` has `    y = 2 * (x + 1)` below the header.

    The source has to be one that is read without a fault. The text has the same tokens and comments in the same
    order; formatting it again changes nothing.
    """
    placed = _placed(tuple(lines_of(source)))
    texts = [_text(each) for each in placed]
    gaps = _empty_lines(placed)
    return "".join("\n" * gap + text + "\n" for gap, text in zip(gaps, texts, strict=True))


# Blocks -------------------------------------------------------------------------------------------------------------


def _placed(lines: Sequence[Line]) -> tuple[Placed, ...]:
    stacks = _stacks(lines)
    placed: list[Placed] = []
    for i, (line, stack) in enumerate(zip(lines, stacks, strict=True)):
        depth = len(stack) - 1 if isinstance(line, CodeLine) else _depth_of_comment(line, stack, stacks, lines, i)
        opens = i > 0 and _opens(lines[i - 1])
        placed.append(Placed(line, depth, opens))
    return tuple(placed)


def _stacks(lines: Sequence[Line]) -> list[tuple[int, ...]]:
    """For each line the columns of the blocks that are open there; a comment has those of the line before it."""

    stacks: list[tuple[int, ...]] = []
    stack: tuple[int, ...] = (0,)
    for line in lines:
        if isinstance(line, CodeLine):
            stack = (*(column for column in stack if column < line.column), line.column)
        stacks.append(stack)
    return stacks


def _depth_of_comment(
    line: CommentLine, stack: tuple[int, ...], stacks: Sequence[tuple[int, ...]], lines: Sequence[Line], i: int
) -> int:
    """A comment belongs to the block of the line before it or of the line behind it: whichever its column says."""
    behind = next((stacks[j] for j in range(i + 1, len(lines)) if isinstance(lines[j], CodeLine)), (0,))
    blocks = max(stack, behind, key=len)
    least = min(len(stack), len(behind)) - 1
    return max([least, *(depth for depth, column in enumerate(blocks) if column <= line.column)])


def _opens(line: Line) -> bool:
    return isinstance(line, CodeLine) and line.first.kind in HEADERS and line.tokens[-1].kind == "COLON"


# Empty lines --------------------------------------------------------------------------------------------------------


def _empty_lines(placed: Sequence[Placed]) -> list[int]:
    """How many empty lines stand above each line."""
    return [0 if i == 0 or each.opens else int(each.line.blank or _parted(placed, i)) for i, each in enumerate(placed)]


def _parted(placed: Sequence[Placed], i: int) -> bool:
    """Whether something new begins here: an item, with the comments right above it, or what follows one."""
    here = placed[i].line
    if placed[i].depth > 0 or (isinstance(placed[i - 1].line, CommentLine) and placed[i - 1].depth == 0):
        return False
    if isinstance(here, CodeLine):
        return here.first.kind in _ITEMS or placed[i - 1].depth > 0 or _is_doc(placed[i - 1].line)
    return placed[i - 1].depth > 0 or _begins_item(placed[i:])


def _begins_item(placed: Sequence[Placed]) -> bool:
    """Whether these lines begin with comments that lead to an item without an empty line between."""
    for i, each in enumerate(placed):
        if i and each.line.blank:
            return False
        if isinstance(each.line, CodeLine):
            return each.line.first.kind in _ITEMS
    return False


def _is_doc(line: Line) -> bool:
    return isinstance(line, CodeLine) and line.first.kind == "DOC"


# Lines --------------------------------------------------------------------------------------------------------------


def _text(placed: Placed) -> str:
    margin = " " * (INDENT * placed.depth)
    line = placed.line
    if isinstance(line, CommentLine):
        return margin + line.text
    if line.first.kind == "DOC":
        return margin + _doc(line.first, len(margin) - line.column) + _behind(line.gaps[-1])
    return _code(line, margin)


def _doc(token: Token, shift: int) -> str:
    """A docstring whose later lines move along with the first, as far as all of them can."""
    first, *others = (line.rstrip() for line in token.text.expandtabs().split("\n"))
    room = min((len(line) - len(line.lstrip()) for line in others if line), default=0)
    moved = [_moved(line, max(shift, -room)) for line in others]
    return "\n".join([first, *moved])


def _moved(line: str, shift: int) -> str:
    if not line:
        return line
    return " " * shift + line if shift > 0 else line[-shift:]


def _behind(gap: str, least: int = 2) -> str:
    """The comment in a gap, with at least `least` blanks before it; empty where there is none."""
    found = comment(gap)
    return " " * max(least, 2) + found if found else ""


def _code(line: CodeLine, margin: str) -> str:
    """The text of a logical line: over several lines of the file where it was written so."""
    pieces = classified(line.tokens)
    written = _Written(line.columns, len(margin))
    written.put(pieces, 0, margin)
    for i in range(1, len(pieces)):
        gap = line.gaps[i - 1]
        if "\n" in gap:
            written.broken(pieces, i, gap)
        else:
            written.put(pieces, i, blanks(pieces, i))
    written.comment(line.gaps[-1])
    return written.text


class _Written:
    """A logical line as far as it is written; for every token its column as it was, and as it is now."""

    def __init__(self, columns: Sequence[int], margin: int) -> None:
        self.text = ""
        self.before = columns
        self.now: list[int] = []
        self.last = ""
        self.shift = margin - columns[0]

    def put(self, pieces: Sequence[Piece], i: int, before: str) -> None:
        """Writes `before` and the token of piece `i`."""
        self.text += before
        self.now.append(len(self.text) - self.text.rfind("\n") - 1)
        self.last = pieces[i].token.text
        self.text += self.last

    def broken(self, pieces: Sequence[Piece], i: int, gap: str) -> None:
        """Writes piece `i` on a line of its own, behind the comments that stand before it."""
        behind, *others = gap.split("\n")
        self.comment(behind)
        margin = " " * self._column(pieces, i, len(others[-1]))
        for line in others[:-1]:
            if line.strip():
                self.text += f"\n{margin}{comment(line)}"
        self.put(pieces, i, f"\n{margin}")

    def comment(self, gap: str) -> None:
        """Writes the comment behind the last token: in its column, if that is free, for people write them in one."""
        end = self.before[len(self.now) - 1] + len(self.last) + len(gap.split("#")[0])
        now = self.now[-1] + len(self.last)
        self.text += _behind(gap, end + self.shift - now)

    def _column(self, pieces: Sequence[Piece], i: int, column: int) -> int:
        """Below the first thing in its bracket where it stood there, else as far from the margin as it was."""
        first = pieces[i].opened + 1
        if 0 < first < i and self.before[first] == column:
            return self.now[first]
        return max(column + self.shift, 0)
