"""What people know from Python, NumPy, Caffe or C, and the language says in another way."""

from __future__ import annotations

from typing import Final

from layerdsl.source import Diagnostic, Span
from layerdsl.syntax.elsewhere import FUNCTIONS, METHODS, MODULES
from layerdsl.syntax.expected import found
from layerdsl.syntax.stop import COMPARISONS, NAMES, OPERANDS, Answer, Stop
from layerdsl.syntax.words import BEGINNINGS, CONSTANTS, INSIDE, OUTER_WORDS, STRING_PREFIXES, WRONG_OPERATORS


def python(message: str, span: Span, remedy: str) -> Diagnostic:
    """LD012: Python, C or Caffe that the language says in another way."""
    return Diagnostic("LD012", message, span, help=remedy)


# Characters and brackets --------------------------------------------------------------------------------------------


def wrong_operator(stop: Stop) -> Answer:
    """`&&`, `x += 1`, `!x`."""
    if stop.token.kind != "WRONG":
        return None
    return python(WRONG_OPERATORS[stop.token.text][0], stop.span, WRONG_OPERATORS[stop.token.text][1])


def bar(stop: Stop) -> Answer:
    """`a | b` between conditions."""
    if stop.token.kind != "VBAR":
        return None
    return python("`|` stands only between the words of a choice", stop.span, "conditions are joined by `or`")


def question(stop: Stop) -> Answer:
    """`a ? b : c`."""
    if stop.token.kind != "QUESTION" or stop.before(1).kind == "RSQB":
        return None
    return python("`a ? b : c` is not an expression", stop.span, "write `where(a, b, c)`, or `b if a else c` at set-up")


def prefixed_text(stop: Stop) -> Answer:
    """`f"..."`, `r"..."`."""
    if stop.token.text.lower() in STRING_PREFIXES and stop.source.text[stop.token.stop :][:1] in ("'", '"'):
        return python(f"texts have no prefix `{stop.token.text}`", stop.span, "write the text in plain quotes")
    before = stop.before(1)
    quoted = stop.token.kind in ("TEXT", "DOC") or stop.token.fault is not None
    if not quoted or before.stop != stop.token.start or before.text.lower() not in STRING_PREFIXES:
        return None
    place = Span(stop.source, before.start, stop.token.stop)
    return python(f"texts have no prefix `{before.text}`", place, "write the text in plain quotes")


def slashes(stop: Stop) -> Answer:
    """`// words`, `/* words */`."""
    behind = stop.before(2).kind == "DOUBLE_SLASH" and stop.token.kind in OPERANDS and stop.before(1).kind in NAMES
    if not behind and not (stop.at_first and stop.token.kind in ("DOUBLE_SLASH", "SLASH")):
        return None
    place = stop.before(2).span(stop.source) if behind else stop.span
    return python("`//` begins no comment", place, "a comment begins with `#`")


# Where a line stands ------------------------------------------------------------------------------------------------


def constant(stop: Stop) -> Answer:
    """`True`, `False`, `None`."""
    if stop.token.text not in CONSTANTS or _is_index(stop):
        return None
    plain = CONSTANTS[stop.token.text]
    return python(f"`{stop.token.text}` is written `{plain}`", stop.span, f"write `{plain}`")


def reserved(stop: Stop) -> Answer:
    """A word of Python that is used as a name where one is declared or given."""
    if stop.first.kind == "FOR" and stop.token.kind == "ASSIGN" and len(stop.tokens) == 2:
        return _reserved_name(stop.first.text, stop.first.span(stop.source))
    declared = "NAME" in stop.expected and "NUMBER" not in stop.expected
    given = stop.at_first and stop.next_letter() in ("=" if stop.token.text in HEADERS_ALONE else "=:")
    return word_of_python(stop) if declared or given else None


def word_of_python(stop: Stop) -> Answer:
    """A word of Python that no other recogniser knows."""
    known = stop.token.kind in ("PYTHON", "FOR", "IN")
    if not known or not (stop.at_first or "NAME" in stop.expected):
        return None
    return _reserved_name(stop.token.text, stop.span)


#: Words that Python has alone before a colon.
HEADERS_ALONE: Final = ("try", "except", "finally")


def _reserved_name(word: str, place: Span) -> Diagnostic:
    message = f"`{word}` is a word of Python and can't be a name"
    return Diagnostic("LD113", message, place, help=f"choose another, for instance `{word}_`")


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
    if opener < 1 or stop.tokens[opener].kind != "LSQB" or stop.tokens[opener - 1].kind not in OPERANDS:
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
    if stop.token.kind in COMPARISONS:
        remedy = "write `where(condition, x, 0)`, which keeps the axes"
        return python("values are not picked by a condition", place, remedy)
    name = base.text if base.kind == "NAME" else "x"
    remedy = f"name the axis that is picked, as in `{name}[C=0]`; of a list, `values({name}, C)[C=0]`"
    return python("an axis is picked by its name and not by its place", place, remedy)


def method(stop: Stop) -> Answer:
    """`x.sum()`, `np.exp(x)`."""
    if stop.token.kind != "LPAR" or stop.before(2).kind != "DOT":
        return None
    base, name = stop.before(3), stop.before(1)
    place = Span(stop.source, stop.before(2).start, name.stop)
    if base.text in MODULES:
        place = Span(stop.source, base.start, name.stop)
        return python("functions belong to no module", place, FUNCTIONS.get(name.text) or f"write `{name.text}(...)`")
    if base.text == "self":
        return python("a layer has no `self` and no methods", place, "write a function with `def` at the left margin")
    shown = base.text if base.kind in NAMES else "x"
    return python("values have no methods", place, _as_function(name.text, shown))


def _as_function(name: str, value: str) -> str:
    """How a method of an array is written: as a function."""
    return METHODS.get(name) or FUNCTIONS.get(name) or f"write `{name}({value})`"


def assignment(stop: Stop) -> Answer:
    """An `=` behind something that is no name, a second `=`, and `=` for `==`."""
    kinds = stop.kinds()
    undeclared = stop.first.kind in ("HYPER", "PARAM", "STATE", *OUTER_WORDS) and "COLON" not in kinds
    if stop.token.kind != "ASSIGN" or undeclared or stop.at_first:
        return None
    if _in_list(stop):
        return _length_in_list(stop)
    if stop.opener() >= 0 or stop.first.kind in ("REQUIRE", "IF", "ELIF") or "IF" in kinds:
        return python("`=` gives a name, `==` compares", stop.span, "write `==`")
    if "ASSIGN" in kinds:
        remedy = "write each on a line of its own; to compare, write `==`"
        return python("one name is given on a line", stop.span, remedy)
    return _assigned_part(stop, kinds)


def _in_list(stop: Stop) -> bool:
    """Whether a name stands before the token as an item of a list, and not where axes are picked."""
    place = stop.opener()
    is_item = stop.before(1).kind in NAMES and stop.before(2).kind in ("LSQB", "COMMA")
    return is_item and stop.tokens[place].kind == "LSQB" and stop.tokens[place - 1].kind not in OPERANDS


def _length_in_list(stop: Stop) -> Answer:
    """`split(x, C=[G=2, K])`."""
    names = [token.text for token in stop.tokens[stop.opener() + 1 : -1] if token.kind in NAMES]
    remedy = f"the length of a part stands behind the list: `[{', '.join(names)}, ...], {names[-1]}=2`"
    return Diagnostic("LD003", "a list names parts and not their lengths", stop.span, help=remedy)


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
    """`a, b = 1, 2`."""
    kinds = stop.kinds()
    if stop.token.kind != "COMMA" or kinds[:2] != ("NAME", "COMMA") or "ASSIGN" not in kinds or stop.opener() >= 0:
        return None
    return python("one value is given to a name", stop.span, "write `a = ...` and `b = ...` on two lines")


def in_round_brackets(stop: Stop) -> Answer:
    """A tuple: `(N, S)`, `()`."""
    opener = stop.opener()
    if opener < 0 or stop.tokens[opener].kind != "LPAR" or stop.token.kind not in ("COMMA", "RPAR"):
        return None
    if opener and stop.tokens[opener - 1].kind in OPERANDS:
        return None
    return python("a list is not written in round brackets", stop.span, "write `[a, b]`")


def starred(stop: Stop) -> Answer:
    """`f(*xs)`, `f(**options)`."""
    if stop.token.kind not in ("STAR", "POWER") or stop.opener() < 0 or stop.before(1).kind not in BEFORE_VALUES:
        return None
    if "NUMBER" not in stop.expected:
        return None
    remedy = "a group of axes is named without its star, as in `sum(x, over=[C, S])`"
    return python(f"`{stop.token.text}` does not spread arguments", stop.span, remedy)


BEFORE_VALUES: Final = ("LPAR", "LSQB", "COMMA", "ASSIGN")


def argument_sign(stop: Stop) -> Answer:
    """`sum(x, over: C)`, `sum(x over=C)`."""
    place, name = stop.opener(), stop.before(1)
    call = place > 0 and stop.tokens[place].kind == "LPAR" and stop.tokens[place - 1].kind in NAMES
    if not call or stop.first.kind in OUTER_WORDS:
        return None
    if stop.token.kind == "COLON" and name.kind in NAMES and stop.before(2).kind in ("LPAR", "COMMA"):
        return python("an argument is given by `=`", stop.span, f"write `{found(name).strip('`')}=...`")
    if stop.token.kind in NAMES and name.kind in OPERANDS and stop.next_letter() == "=":
        return Diagnostic("LD003", "arguments stand apart by `,`", stop.span, help=f"write `, {stop.token.text[:80]}=`")
    return None


def import_all(stop: Stop) -> Answer:
    """`from losses import *`."""
    if stop.first.kind != "FROM" or stop.token.kind != "STAR":
        return None
    return python("`import *` does not say what is imported", stop.span, "name it: `from losses import huber, focal`")


def annotation(stop: Stop) -> Answer:
    """`x: float = 3` as a statement."""
    if stop.outside or stop.token.kind != "COLON" or len(stop.tokens) != 2 or stop.first.kind not in NAMES:
        return None
    name = found(stop.first).strip("`")
    remedy = f"write `{name} = ...`, or `hyper {name}: float = 1.0` for a hyper-parameter"
    return python("a value has no declared type", stop.span, remedy)
