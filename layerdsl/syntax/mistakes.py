"""What is wrong with a line that the grammar does not take, and what to write instead.

The recognisers of `RECOGNISERS` are asked in turn; the first that knows the mistake answers. What none knows is told
as what was expected and what was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.syntax import spelling
from layerdsl.syntax.expected import found, wanted
from layerdsl.syntax.structure import HEADERS
from layerdsl.syntax.tokens import Token
from layerdsl.syntax.words import (
    BEGINNINGS,
    CONSTANTS,
    FREE_WORDS,
    HINTS,
    INSIDE,
    OUTER_WORDS,
    STRING_PREFIXES,
    WORDS_BEFORE_NAMES,
    WRONG_OPERATORS,
)

_NAMES: Final = frozenset({"NAME", *FREE_WORDS})
_OPERANDS: Final = frozenset({*_NAMES, "NUMBER", "TEXT", "RPAR", "RSQB"})
_COMPARISONS: Final = frozenset({"LESS", "LESS_EQUAL", "MORE", "MORE_EQUAL", "EQUAL", "NOT_EQUAL"})
_OPENERS: Final = frozenset({"LPAR", "LSQB"})
_NOTHING: Final = Token("", "", 0, 0)


@dataclass(frozen=True)
class Stop:
    """Where the parser stopped: the line's tokens up to the one that does not fit, and what would have fitted.

    `outside` is true at the left margin, outside all blocks.
    """

    source: Source
    tokens: tuple[Token, ...]
    expected: frozenset[str]
    outside: bool

    @property
    def token(self) -> Token:
        """The token that does not fit."""
        return self.tokens[-1]

    @property
    def first(self) -> Token:
        """The line's first token."""
        return self.tokens[0]

    @property
    def at_first(self) -> bool:
        """Whether already the line's first token does not fit."""
        return len(self.tokens) == 1

    @property
    def span(self) -> Span:
        """The place of the token that does not fit."""
        return self.token.span(self.source)

    def before(self, count: int) -> Token:
        """The token `count` places before the one that does not fit; one of no kind where there is none."""
        return self.tokens[-1 - count] if count < len(self.tokens) else _NOTHING

    def open_brackets(self) -> tuple[int, ...]:
        """Which of the tokens are brackets that are open before the one that does not fit, the innermost last."""
        places: list[int] = []
        for place, token in enumerate(self.tokens[:-1]):
            if token.kind in _OPENERS:
                places.append(place)
            elif token.kind in ("RPAR", "RSQB"):
                places.pop()
        return tuple(places)

    def opener(self) -> int:
        """Which of the tokens is the innermost open bracket, or -1."""
        return (-1, *self.open_brackets())[-1]

    def next_letter(self) -> str:
        """The first letter behind the token that is no blank."""
        return self.source.text[self.token.stop : self.token.stop + 80].lstrip(" \t")[:1]

    def kinds(self) -> tuple[str, ...]:
        """The kinds of the tokens before the one that does not fit, without what stands in brackets."""
        kinds: list[str] = []
        depth = 0
        for token in self.tokens[:-1]:
            depth -= token.kind in ("RPAR", "RSQB")
            if not depth:
                kinds.append(token.kind)
            depth += token.kind in _OPENERS
        return tuple(kinds)


Answer = Diagnostic | None


def explain(stop: Stop) -> Diagnostic:
    """The one message for a line that can't be read."""
    for recognise in RECOGNISERS:
        if (answer := recognise(stop)) is not None:
            return answer
    return expectation(stop)


def python(message: str, span: Span, remedy: str) -> Diagnostic:
    """LD012: Python, C or Caffe that the language says in another way."""
    return Diagnostic("LD012", message, span, help=remedy)


# Characters and brackets --------------------------------------------------------------------------------------------


def broken(stop: Stop) -> Answer:
    return stop.token.fault


def unclosed(stop: Stop) -> Answer:
    """A word that begins a line, behind a complete value, inside brackets of an earlier line."""
    if stop.opener() < 0 or stop.before(1).kind not in _OPERANDS or not stop.token.text[:1].isidentifier():
        return None
    text = stop.source.text
    line = text.rfind("\n", 0, stop.token.start) + 1
    opening = stop.tokens[stop.opener()].span(stop.source)
    if line <= opening.start or text[line : stop.token.start].strip():
        return None
    return spelling.unclosed(opening, {"(": ")", "[": "]"}[opening.text])


def wrong_operator(stop: Stop) -> Answer:
    if stop.token.kind != "WRONG":
        return None
    return python(WRONG_OPERATORS[stop.token.text][0], stop.span, WRONG_OPERATORS[stop.token.text][1])


def bar(stop: Stop) -> Answer:
    if stop.token.kind != "VBAR":
        return None
    return python("`|` stands only between the words of a choice", stop.span, "conditions are joined by `or`")


def question(stop: Stop) -> Answer:
    if stop.token.kind != "QUESTION" or stop.before(1).kind == "RSQB":
        return None
    return python("`a ? b : c` is not an expression", stop.span, "write `where(a, b, c)`, or `b if a else c` at set-up")


def prefixed_text(stop: Stop) -> Answer:
    before = stop.before(1)
    quoted = stop.token.kind in ("TEXT", "DOC") or stop.token.fault is not None
    if not quoted or before.stop != stop.token.start or before.text.lower() not in STRING_PREFIXES:
        return None
    place = Span(stop.source, before.start, stop.token.stop)
    return python(f"texts have no prefix `{before.text}`", place, "write the text in plain quotes")


# Where a line stands ------------------------------------------------------------------------------------------------


def orphan(stop: Stop) -> Answer:
    if not stop.at_first or stop.token.kind not in ("ELSE", "ELIF"):
        return None
    remedy = "it follows the block of an `if`, indented as the `if` is"
    return Diagnostic("LD011", f"`{stop.token.text}` without an `if`", stop.span, help=remedy)


def docstring(stop: Stop) -> Answer:
    if stop.token.kind != "DOC" or not stop.at_first:
        return None
    remedy = "it is the first thing of a file, layer or function; write a comment with `#`"
    return Diagnostic("LD011", "a docstring does not belong here", stop.span, help=remedy)


def nested(stop: Stop) -> Answer:
    """A layer, function, import or example inside a block."""
    if stop.outside or len(stop.tokens) > 2 or stop.first.kind not in OUTER_WORDS:
        return None
    if stop.first.kind in ("LAYER", "EXAMPLE") and stop.token.kind not in {*_NAMES, "TEXT", "DOC"}:
        return None
    what = OUTER_WORDS[stop.first.kind]
    place = stop.first.span(stop.source)
    return Diagnostic("LD011", f"{what} inside another block", place, help="let it begin at the left margin")


def outside(stop: Stop) -> Answer:
    """A formula or declaration at the left margin."""
    if not stop.outside or not stop.at_first or not stop.token.text[:1].isidentifier():
        return None
    if stop.token.kind == "NAME" and stop.next_letter() not in "=:+-*/[.(,":
        return None
    message = f"`{found(stop.token).strip('`')}` stands outside all layers and functions"
    return Diagnostic("LD011", message, stop.span, help="indent it below the `layer` line that it belongs to")


def header_body(stop: Stop) -> Answer:
    """A body on its header's line."""
    if stop.first.kind not in HEADERS or stop.before(1).kind != "COLON" or stop.expected != {"NEWLINE"}:
        return None
    message = f"the {HEADERS[stop.first.kind]} block begins on its header's line"
    remedy = "begin a new line behind the `:`, indented by four spaces"
    return Diagnostic("LD003", message, stop.span, help=remedy)


# Words of Python ----------------------------------------------------------------------------------------------------


def constant(stop: Stop) -> Answer:
    if stop.token.text not in CONSTANTS or _is_index(stop):
        return None
    plain = CONSTANTS[stop.token.text]
    return python(f"`{stop.token.text}` is written `{plain}`", stop.span, f"write `{plain}`")


def reserved(stop: Stop) -> Answer:
    """A word of Python that is used as a name where one is declared or given."""
    declared = "NAME" in stop.expected and "NUMBER" not in stop.expected
    given = stop.at_first and stop.next_letter() in ("=", ":")
    return word_of_python(stop) if declared or given else None


def word_of_python(stop: Stop) -> Answer:
    """A word of Python that no other recogniser knows."""
    if stop.token.kind != "PYTHON" or not (stop.at_first or "NAME" in stop.expected):
        return None
    message = f"`{stop.token.text}` is a word of Python and can't be a name"
    return Diagnostic("LD113", message, stop.span, help=f"choose another, for instance `{stop.token.text}_`")


def beginning(stop: Stop) -> Answer:
    """A statement that Python has."""
    if not stop.at_first or stop.token.text not in BEGINNINGS:
        return None
    return python(BEGINNINGS[stop.token.text][0], stop.span, BEGINNINGS[stop.token.text][1])


def inside(stop: Stop) -> Answer:
    """An operator or expression that Python has."""
    if stop.token.text not in INSIDE:
        return None
    return python(INSIDE[stop.token.text][0], stop.span, INSIDE[stop.token.text][1])


# Python's ways with values ------------------------------------------------------------------------------------------


def _is_index(stop: Stop) -> bool:
    """Whether the parser stopped where the name of an axis was due, or the `=` behind it: NumPy's `x[...]`."""
    opener = stop.opener()
    if opener < 1 or stop.tokens[opener].kind != "LSQB" or stop.tokens[opener - 1].kind not in _OPERANDS:
        return False
    if stop.first.kind == "HYPER" and "ASSIGN" not in stop.kinds():
        return False
    return "NUMBER" not in stop.expected and ("NAME" in stop.expected or stop.expected == {"ASSIGN"})


def indexing(stop: Stop) -> Answer:
    """NumPy's `x[0]`, `x[:, 1]`, `x[None]`, `x[mask]`, `x.shape[0]`, and Caffe's `bottom[0]`."""
    if not _is_index(stop):
        return None
    opener = stop.opener()
    base, attribute = stop.tokens[opener - 1], stop.tokens[opener - 2 : opener - 1]
    inner = stop.tokens[opener + 1 : -1] or (stop.token,)
    place = Span(stop.source, inner[0].start, inner[-1].stop)
    if attribute and attribute[0].kind == "DOT" and base.text == "shape":
        place = Span(stop.source, attribute[0].start, base.stop)
        return python("sizes are not read from a shape", place, "the name of an axis, used as a number, is its size")
    if base.text in ("bottom", "top", "bottoms", "tops"):
        remedy = "use the name that stands in the layer's first line"
        return python(f"`{base.text}` has no places: bottoms and tops have names", place, remedy)
    if stop.token.text in ("None", "none", "newaxis"):
        remedy = "write the value alone: an axis that one operand lacks is broadcast"
        return python("axes are not added by hand", place, remedy)
    if stop.token.kind in _COMPARISONS:
        remedy = "write `where(condition, x, 0)`, which keeps the axes"
        return python("values are not picked by a condition", place, remedy)
    remedy = f"name the axis that is picked, as in `{base.text if base.kind == 'NAME' else 'x'}[C=0]`"
    return python("an axis is picked by its name and not by its place", place, remedy)


def method(stop: Stop) -> Answer:
    """`x.sum()`, `np.exp(x)`."""
    if stop.token.kind != "LPAR" or stop.before(2).kind != "DOT":
        return None
    base, name = stop.before(3), stop.before(1)
    place = Span(stop.source, stop.before(2).start, name.stop)
    if base.text in ("np", "numpy", "math", "caffe", "torch", "tf"):
        place = Span(stop.source, base.start, name.stop)
        return python("functions belong to no module", place, f"write `{name.text}(...)`")
    if base.text == "self":
        return python("a layer has no `self` and no methods", place, "write a function with `def` at the left margin")
    shown = base.text if base.kind in _NAMES else "x"
    return python("values have no methods", place, f"write `{name.text}({shown})`")


def assignment(stop: Stop) -> Answer:
    """An `=` behind something that is no name, a second `=`, and `=` for `==`."""
    kinds = stop.kinds()
    undeclared = stop.first.kind in ("HYPER", "PARAM", "STATE", *OUTER_WORDS) and "COLON" not in kinds
    if stop.token.kind != "ASSIGN" or undeclared or stop.at_first:
        return None
    if stop.opener() >= 0 or stop.first.kind in ("REQUIRE", "IF", "ELIF") or "IF" in kinds:
        return python("`=` gives a name, `==` compares", stop.span, "write `==`")
    if "ASSIGN" in kinds:
        remedy = "write each on a line of its own; to compare, write `==`"
        return python("one name is given on a line", stop.span, remedy)
    return _assigned_part(stop, kinds)


def _assigned_part(stop: Stop, kinds: tuple[str, ...]) -> Answer:
    left = Span(stop.source, stop.first.start, stop.before(1).stop)
    if stop.first.text == "self":
        remedy = "a value is given a plain name; what outlives an iteration is a `state`"
        return python("a layer has no `self`", left, remedy)
    if kinds[-1] in ("RSQB", "RPAR") or "DOT" in kinds:
        remedy = "give the whole value a name; `where(condition, a, b)` picks between two"
        return python("a part of a value is not assigned", left, remedy)
    return Diagnostic("LD003", "only a name stands left of `=`", left, help="write `name = value`")


def several_names(stop: Stop) -> Answer:
    """`a, b = ...`."""
    if stop.token.kind != "COMMA" or len(stop.tokens) != 2 or stop.first.kind not in _NAMES:
        return None
    return python("one name is given on a line", stop.span, "write `a = ...` and `b = ...` on two lines")


def in_round_brackets(stop: Stop) -> Answer:
    """A tuple: `(N, S)`, `()`."""
    opener = stop.opener()
    if opener < 0 or stop.tokens[opener].kind != "LPAR" or stop.token.kind not in ("COMMA", "RPAR"):
        return None
    if opener and stop.tokens[opener - 1].kind in _OPERANDS:
        return None
    return python("a list is not written in round brackets", stop.span, "write `[a, b]`")


def starred(stop: Stop) -> Answer:
    """`f(*xs)`, `f(**options)`."""
    if stop.token.kind not in ("STAR", "POWER") or stop.opener() < 0 or stop.before(1).kind not in ("LPAR", "COMMA"):
        return None
    if "NUMBER" not in stop.expected:
        return None
    remedy = "hand a variadic bottom on by its name alone, as in `concat(xs, over=C)`"
    return python(f"`{stop.token.text}` does not spread arguments", stop.span, remedy)


def import_all(stop: Stop) -> Answer:
    if stop.first.kind != "FROM" or stop.token.kind != "STAR":
        return None
    return python("`import *` does not say what is imported", stop.span, "name it: `from losses import huber, focal`")


def annotation(stop: Stop) -> Answer:
    """`x: float = 3` as a statement."""
    if stop.outside or stop.token.kind != "COLON" or len(stop.tokens) != 2 or stop.first.kind not in _NAMES:
        return None
    name = found(stop.first).strip("`")
    remedy = f"write `{name} = ...`, or `hyper {name}: float = 1.0` for a hyper-parameter"
    return python("a value has no declared type", stop.span, remedy)


def function_result(stop: Stop) -> Answer:
    if stop.first.kind != "DEF" or stop.token.kind != "ARROW":
        return None
    remedy = "take it away: a function gives what stands behind `return`"
    return Diagnostic("LD003", "a function declares no results", stop.span, help=remedy)


def blob_type(stop: Stop) -> Answer:
    """`x: float` where the axes of a blob are due."""
    if "CONST" not in stop.expected or "LSQB" not in stop.expected or "NUMBER" in stop.expected:
        return None
    remedy = "write its axes, `[N, C]`, behind `const` or `index` where it gets no gradient"
    return Diagnostic("LD003", f"expected the axes of a blob, found {found(stop.token)}", stop.span, help=remedy)


def misspelt(stop: Stop) -> Answer:
    """`hiper x: int`, `Layer A(...)`, `else if`."""
    if (stop.first.kind, stop.token.kind) == ("ELSE", "IF"):
        return Diagnostic("LD003", "`else if` is one word", stop.span, help="write `elif`")
    two_words = len(stop.tokens) == 2 and stop.token.kind in _NAMES
    if stop.first.kind != "NAME" or not (two_words or (stop.outside and stop.at_first)):
        return None
    from difflib import get_close_matches

    near = get_close_matches(stop.first.text[:20].lower(), WORDS_BEFORE_NAMES, 1, 0.6)
    if not near:
        return None
    message = f"{found(stop.first)} begins no line"
    return Diagnostic("LD003", message, stop.first.span(stop.source), help=f"did you mean `{near[0]}`?")


def unnamed_top(stop: Stop) -> Answer:
    if stop.token.kind != "LSQB" or stop.before(1).kind != "ARROW":
        return None
    return Diagnostic("LD003", "a top without a name", stop.span, help="write `-> y: [N, C]`")


def expectation(stop: Stop) -> Diagnostic:
    """What was expected and what was found, with a hint for what is left out most."""
    hints = (HINTS.get((stop.first.kind, kind), "") for kind in sorted(stop.expected) if len(stop.expected) < 3)
    remedy = next(filter(None, hints), "")
    if "ELSE" in stop.expected:
        remedy = "write both values: `a if condition else b`"
    return Diagnostic("LD003", f"expected {wanted(stop.expected)}, found {found(stop.token)}", stop.span, help=remedy)


RECOGNISERS: Final[tuple[Callable[[Stop], Answer], ...]] = (
    prefixed_text, broken, unclosed, wrong_operator, indexing, constant, reserved, beginning, inside, bar, question,
    orphan, docstring, nested, outside, header_body, method, assignment, several_names, in_round_brackets, starred,
    import_all, annotation, function_result, blob_type, word_of_python, misspelt, unnamed_top,
)  # fmt: skip
