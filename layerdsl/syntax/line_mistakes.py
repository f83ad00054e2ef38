"""Lines that stand where they do not belong, and headers and declarations that lack a part."""

from __future__ import annotations

from typing import Final

from layerdsl.source import Diagnostic
from layerdsl.source.nearest import nearest
from layerdsl.syntax.expected import found
from layerdsl.syntax.stop import NAMES, Answer, Stop
from layerdsl.syntax.structure import HEADERS
from layerdsl.syntax.words import OUTER_WORDS, WORDS_BEFORE_NAMES


def orphan(stop: Stop) -> Answer:
    """An `else` or `elif` that follows no `if`."""
    if not stop.at_first or stop.token.kind not in ("ELSE", "ELIF"):
        return None
    remedy = "it follows the block of an `if`, indented as the `if` is"
    return Diagnostic("LD011", f"`{stop.token.text}` without an `if`", stop.span, help=remedy)


def docstring(stop: Stop) -> Answer:
    """A docstring in the midst of a block."""
    if stop.token.kind != "DOC" or not stop.at_first:
        return None
    remedy = "it is the first thing of a file, layer or function; write a comment with `#`"
    return Diagnostic("LD011", "a docstring does not belong here", stop.span, help=remedy)


def nested(stop: Stop) -> Answer:
    """A layer, function, import or example inside a block."""
    if stop.outside or len(stop.tokens) > 2 or stop.first.kind not in OUTER_WORDS:
        return None
    if stop.first.kind in ("LAYER", "EXAMPLE") and stop.token.kind not in {*NAMES, "TEXT", "DOC"}:
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


def misspelt(stop: Stop) -> Answer:
    """`hiper x: int`, `Layer A(...)`, `else if`."""
    if (stop.first.kind, stop.token.kind) == ("ELSE", "IF"):
        return Diagnostic("LD003", "`else if` is one word", stop.span, help="write `elif`")
    two_words = len(stop.tokens) == 2 and stop.token.kind in NAMES
    if stop.first.kind != "NAME" or not (two_words or (stop.outside and stop.at_first)):
        return None
    near = OTHER_WORDS.get(stop.first.text) or nearest(stop.first.text, WORDS_BEFORE_NAMES)
    if not near:
        return None
    message = f"{found(stop.first)} begins no line"
    return Diagnostic("LD003", message, stop.first.span(stop.source), help=f"did you mean `{near}`?")


#: Words that mean in other languages what the second means here.
OTHER_WORDS: Final = {"backward": "gradient", "grad": "gradient", "parameter": "param", "weight": "param"}


def unnamed_top(stop: Stop) -> Answer:
    """`-> [N, C]`."""
    if stop.token.kind != "LSQB" or stop.before(1).kind != "ARROW":
        return None
    return Diagnostic("LD003", "a top without a name", stop.span, help="write `-> y: [N, C]`")


def function_result(stop: Stop) -> Answer:
    """`def f(x) -> [N]:`."""
    if stop.first.kind != "DEF" or stop.token.kind != "ARROW":
        return None
    remedy = "take it away: a function gives what stands behind `return`"
    return Diagnostic("LD003", "a function declares no results", stop.span, help=remedy)


def twice_without_gradient(stop: Stop) -> Answer:
    """`t: const index [N]`."""
    if {stop.before(1).kind, stop.token.kind} != {"CONST", "INDEX"} or "LSQB" not in stop.expected:
        return None
    label, remedy = "an index gets no gradient as it is", "leave `const` out: `index [N]`"
    return Diagnostic("LD003", "a blob is `const` or `index`, not both", stop.span, label, help=remedy)


def blob_type(stop: Stop) -> Answer:
    """`x: float` where the axes of a blob are due."""
    if "CONST" not in stop.expected or "LSQB" not in stop.expected or "NUMBER" in stop.expected:
        return None
    remedy = "write its axes, `[N, C]`, behind `const` or `index` where it gets no gradient"
    return Diagnostic("LD003", f"expected the axes of a blob, found {found(stop.token)}", stop.span, help=remedy)
