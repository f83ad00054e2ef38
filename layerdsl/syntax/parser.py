"""From a source to its tree and all the faults of its syntax."""

from __future__ import annotations

from dataclasses import dataclass, replace

from layerdsl.source import Diagnostic, Fault, Source, Span
from layerdsl.syntax import structure, tree
from layerdsl.syntax.build import EXPRESSIONS, NODES
from layerdsl.syntax.lexer import Lexer, Line
from layerdsl.syntax.limits import MAX_FAULTS, MAX_NESTING, MAX_TOKENS
from layerdsl.syntax.machine import Machine, Unexpected
from layerdsl.syntax.places import misplaced
from layerdsl.syntax.stop import Stop
from layerdsl.syntax.tokens import Token


def parse(source: Source) -> tuple[tree.File, tuple[Diagnostic, ...]]:
    """`parse(Source("a.layer", "layer A(x: [N]) -> y: [N]:\\n    y = x\\n"))` is the tree and no diagnostics.

    Never raises. Where there are faults the tree holds what could be read: a line with a fault is left out, and with
    it the block that it opens. Diagnostics come in the order of their places.
    """
    parser = Parser(source)
    file = parser.file()
    faults = [*parser.faults, *parser.lexer.faults]
    faults += (fault for fault in misplaced(file) if not (faults and fault.code in _OF_WHOLE_BLOCKS))
    faults.sort(key=lambda fault: fault.span.start if fault.span else 0)
    things = (tree.Layer, tree.Function, tree.Extern, tree.Example)
    if not faults and not any(isinstance(item, things) for item in file.items):
        faults = [structure.nothing(source)]
    return file, tuple(faults)


_CONDITIONS = frozenset({"IF", "ELIF"})

#: Faults that may only seem to be there because a line above was not read.
_OF_WHOLE_BLOCKS = frozenset({"LD014"})


@dataclass(frozen=True)
class _Level:
    """A block's indentation in columns; a `stray` one fits no block and is read as part of the one around it."""

    width: int
    stray: bool = False


@dataclass(frozen=True)
class _Dropped:
    """A line that could not be read: what is indented deeper goes with it.

    So does its `else` where it is an `if` (`branches`), and a `)` on a line of its own where it stopped in brackets.
    """

    width: int
    branches: bool = False
    bracket: bool = False


class Parser:
    """Feeds the machine line by line, finds the blocks, and goes on at the next line after a fault."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lexer = Lexer(source)
        self.machine = Machine(source, NODES, EXPRESSIONS)
        self.faults: list[Diagnostic] = []
        self.levels = [_Level(0)]
        self.blanks = ""  # the kind of blanks that indents this file, once it is known
        self.mixed = False
        self.dropped: _Dropped | None = None
        self.line_mark = 0  # where on the machine's stack the last line begins
        self.line_tokens: list[Token] = []

    def file(self) -> tree.File:
        """Read all of the source."""
        while (line := self.lexer.next_line()) is not None:
            if len(self.faults) >= MAX_FAULTS:
                self._give_up()
                break
            self._line(line)
        end = len(self.source.text)
        self._close_blocks(0, end)
        result = self.machine.finish()
        assert isinstance(result, tree.File)
        return result

    def _give_up(self) -> None:
        note = f"reading stopped here, after {MAX_FAULTS} faults"
        self.faults[-1] = replace(self.faults[-1], notes=(*self.faults[-1].notes, note))

    # Blocks ---------------------------------------------------------------------------------------------------------

    def _line(self, line: Line) -> None:
        width = self._width(line)
        if self.machine.awaits_block and width > self.levels[-1].width:
            self._open_block(line, width)
        else:
            self._close_blocks(width, line.start)
        if self._belongs_to_dropped(line, width):
            self._skip_line()
            return
        self.dropped = None
        if width > self.levels[-1].width:
            self._stray(line, width)
            if len(self.levels) == 2:
                self.dropped = _Dropped(0)
                self._skip_line()
                return
        if len(self.levels) > MAX_NESTING:
            self.faults.append(structure.blocks(self._first_word(line)))
            self.dropped = _Dropped(width, branches=True)
            self._skip_line()
            return
        self._read(line, width)

    def _open_block(self, line: Line, width: int) -> None:
        self.machine.feed(Token("_INDENT", "", line.start, line.start))
        self.levels.append(_Level(width))

    def _close_blocks(self, width: int, offset: int) -> None:
        """End the blocks that are indented deeper than `width`."""
        if self.machine.awaits_block:
            self._empty_block()
        while width < self.levels[-1].width:
            if not self.levels.pop().stray:
                end = self.machine.stops[-1]
                self.machine.feed(Token("_DEDENT", "", end, end))

    def _empty_block(self) -> None:
        first, *_, colon, _ = self.line_tokens
        self.faults.append(structure.empty_block(first, colon.span(self.source)))
        self.machine.cut(self.line_mark)
        self.dropped = _Dropped(self.levels[-1].width, branches=first.kind in _CONDITIONS)

    def _belongs_to_dropped(self, line: Line, width: int) -> bool:
        if self.dropped is None or width < self.dropped.width:
            return False
        if width > self.dropped.width:
            return True
        text = self.source.text
        if self.dropped.bracket and text[line.start] in ")]":
            self.dropped = replace(self.dropped, bracket=False)
            return True
        return self.dropped.branches and text.startswith(("elif", "else"), line.start)

    def _skip_line(self) -> None:
        """Pass over a logical line without reading it."""
        known = len(self.lexer.faults)
        for _ in self.lexer.tokens():
            pass
        del self.lexer.faults[known:]

    def _stray(self, line: Line, width: int) -> None:
        self.levels.append(_Level(width, stray=True))
        if not self.mixed:
            fitting = tuple(level.width for level in self.levels if not level.stray)
            self.faults.append(structure.indentation(self._first_word(line), width, fitting))

    def _width(self, line: Line) -> int:
        """Columns of the indentation: a file is indented by spaces or by tabs."""
        blanks = line.indentation
        kinds = set(blanks)
        if len(kinds) == 1 and not self.blanks:
            self.blanks = blanks[0]
        if not self.mixed and not kinds <= {self.blanks}:
            self.mixed = True
            place = Span(self.source, line.start - len(blanks), line.start)
            self.faults.append(structure.tabs(place, self.blanks))
        return len(blanks.expandtabs(8)) if self.mixed else len(blanks)

    def _first_word(self, line: Line) -> Span:
        stop = line.start
        while stop < len(self.source.text) and not self.source.text[stop].isspace() and stop < line.start + 40:
            stop += 1
        return Span(self.source, line.start, stop)

    # Lines ----------------------------------------------------------------------------------------------------------

    def _read(self, line: Line, width: int) -> None:
        """Feed one logical line; a fault takes it back."""
        self.line_tokens = tokens = []
        self.line_mark = self.machine.mark
        try:
            for token in self.lexer.tokens():
                tokens.append(token)
                if len(tokens) > MAX_TOKENS:
                    raise structure.long_line(token.span(self.source))
                if len(tokens) == 1:
                    self._begin(token)
                elif token.kind == "NEWLINE":
                    self._end(token)
                else:
                    self.machine.feed(token)
        except Unexpected as unexpected:
            from layerdsl.syntax.mistakes import explain  # most files need none of it

            self._recover(explain(self._stop()), unexpected.token, width)
        except Fault as fault:
            self._recover(fault.diagnostic, tokens[-1], width)

    def _begin(self, token: Token) -> None:
        """Feed a line's first token: all that ends before it is finished, and then the line begins."""
        try:
            state = self.machine.settle(token)
        finally:
            self.line_mark = self.machine.mark
        self.machine.shift(token, state)

    def _end(self, newline: Token) -> None:
        """Feed the end of a line; a header without its colon is read as if it were there."""
        if self.line_tokens[0].kind in structure.HEADERS and self.machine.awaits("COLON"):
            self.faults.append(structure.colon(self.line_tokens[0], newline.span(self.source)))
            colon = Token("COLON", ":", newline.start, newline.stop)
            self.line_tokens.insert(-1, colon)
            self.machine.feed(colon)
        self.machine.feed(newline)

    def _stop(self) -> Stop:
        """What the recognisers want to know; the line is read again up to the token that did not fit, because the
        machine may have finished, in view of it, what could have gone on."""
        self.machine.cut(self.line_mark)
        for token in self.line_tokens[:-1]:
            self.machine.feed(token)
        return Stop(
            self.source,
            tuple(self.line_tokens),
            self.machine.expected(),
            len(self.levels) == 1,
        )

    def _recover(self, diagnostic: Diagnostic, token: Token, width: int) -> None:
        """Forget the line and find the place to go on from."""
        self.faults.append(diagnostic)
        self.machine.cut(self.line_mark)
        kinds = [token.kind for token in self.line_tokens]
        self.dropped = _Dropped(width, kinds[0] in _CONDITIONS, "LPAR" in kinds or "LSQB" in kinds)
        if diagnostic.code == "LD006" and token.kind != "BROKEN":
            self.lexer.position = self.source.text.rfind("\n", 0, token.start) + 1
        elif token.kind not in ("NEWLINE", "BROKEN"):
            self.lexer.skip_rest(token.stop)
