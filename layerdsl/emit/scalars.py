"""Numbers that are known at set-up, as Python expressions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, cast

from layerdsl.emit.names import attribute
from layerdsl.emit.runtime import IN_TRAIN
from layerdsl.graph import Node, Size, Symbol, writing
from layerdsl.graph.attributes import literal_of

ATOM, POWER, SIGN, PRODUCT, SUM, COMPARISON, NOT, AND, OR, CHOICE = range(10)  # how tightly an expression holds

Text = tuple[str, int]
SizeName = Callable[[Symbol], str]

INFIX: Final = {
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", PRODUCT),
    "div": ("/", PRODUCT),
    "floordiv": ("//", PRODUCT),
    "mod": ("%", PRODUCT),
    "lt": ("<", COMPARISON),
    "le": ("<=", COMPARISON),
    "gt": (">", COMPARISON),
    "ge": (">=", COMPARISON),
    "eq": ("==", COMPARISON),
    "ne": ("!=", COMPARISON),
    "and": ("and", AND),
    "or": ("or", OR),
    "xor": ("!=", COMPARISON),
}

CALLS: Final = {
    "abs": "abs({0})",
    "maximum": "max({0}, {1})",
    "minimum": "min({0}, {1})",
    "clip": "min(max({0}, {1}), {2})",
    "relu": "max({0}, 0.0)",
    "real": "float({0})",
    "stop": "{0}",
    "reciprocal": "(1.0 / {0})",
    "sigmoid": "float(1 / (1 + np.exp(-{0})))",
    "softplus": "float(np.logaddexp(0, {0}))",
    "logsigmoid": "float(-np.logaddexp(0, -{0}))",
    "round": "float(np.rint({0}))",
    "erf": "_erf_of({0})",
    "erfc": "_erfc_of({0})",
    "log1p_unit": "float(np.log1p({0}))",
}

# Python's own would end in an exception, a complex number or a whole one of any length, where arrays hold NaN.
IN_NUMPY: Final = {"pow": "power", "floordiv": "floor_divide", "mod": "mod"}


def scalar(node: Node, name: SizeName) -> str:
    """The expression of a static node; `name` says how a size is written."""
    return _text(node, name)[0]


def _text(node: Node, name: SizeName) -> Text:
    """The expression of a static node, and how tightly it holds."""
    match node.op:
        case _ if not node.args:
            return _leaf(node, name)
        case "select" | "where":
            test, a, b = (_held(arg, name, CHOICE - 1) for arg in node.args)
            return f"{a} if {test} else {b}", CHOICE
        case "neg":
            return f"-{_held(node.args[0], name, SIGN)}", SIGN
        case "not":
            return _negation(node, name)
        case "square":
            return f"{_held(node.args[0], name, ATOM)} ** 2", POWER
    return _computed(node, name)


def _leaf(node: Node, name: SizeName) -> Text:
    match node.op:
        case "number":
            return _number(node.attr("value"))
        case "isnone":
            return f"self.{attribute(str(node.attr('name')))} is None", COMPARISON
        case "absent":
            return f"not self._has_{node.attr('name')}", NOT
        case "phase":
            return IN_TRAIN, COMPARISON
        case "size":
            written = writing.text(cast(Size, node.attr("size")), name)
            return written, ATOM if written.replace("_", "").replace(".", "").isalnum() else SUM
    assert node.op == "hyper", node.op
    return f"self.{attribute(str(node.attr('name')))}", ATOM


def _computed(node: Node, name: SizeName) -> Text:
    """An operator with a sign of Python's, or a function: one of Python's, or NumPy's of that name."""
    if node.op in ("div", "reciprocal") and not _is_never_zero(node.args[-1]):
        return _quotient(node, name), ATOM
    if node.op == "pow" or (node.op in IN_NUMPY and not _is_never_zero(node.args[1])):
        first, second = _real(node.args[0], name), _text(node.args[1], name)[0]
        return f"float(np.{IN_NUMPY[node.op]}({first}, {second}))", ATOM
    if node.op in INFIX:
        return _infix(node, name)
    args = [_held(arg, name, SIGN) for arg in node.args]
    return CALLS.get(node.op, f"float(np.{node.op}({', '.join(args)}))").format(*args), ATOM


def _real(node: Node, name: SizeName) -> str:
    """A number of NumPy's floating kind, as its whole ones know no negative powers."""
    if node.op == "number" and node.kind == "index":
        return repr(float(cast(int, node.attr("value"))))
    text = _text(node, name)[0]
    return text if node.kind == "real" else f"float({text})"


def _is_never_zero(divisor: Node) -> bool:
    """Whether a number known at set-up can't be 0: it is written out, or at least as large as one that is."""
    if divisor.op == "maximum":
        return any(arg.op == "number" and literal_of(arg) > 0 for arg in divisor.args)
    return divisor.op == "number" and divisor.attr("value") != 0


def _quotient(node: Node, name: SizeName) -> str:
    """A division by what may be 0, as an empty axis is."""
    top = "1.0" if node.op == "reciprocal" else _text(node.args[0], name)[0]
    return f"_over({top}, {_text(node.args[-1], name)[0]})"


def _negation(node: Node, name: SizeName) -> Text:
    (x,) = node.args
    if x.op == "phase":
        return IN_TRAIN.replace(" in ", " not in "), COMPARISON
    if x.op == "absent":
        return f"self._has_{x.attr('name')}", ATOM
    if x.op == "isnone":
        return _text(x, name)[0].replace(" is None", " is not None"), COMPARISON
    return f"not {_held(x, name, NOT)}", NOT


def _number(value: object) -> Text:
    if isinstance(value, float) and not math.isfinite(value):
        text = "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
        return text, SIGN if text[0] == "-" else ATOM
    return repr(value), SIGN if repr(value).startswith("-") else ATOM


def _infix(node: Node, name: SizeName) -> Text:
    sign, level = INFIX[node.op]
    a, b = node.args
    left = _held(a, name, level if level != COMPARISON else level - 1)
    right = _held(b, name, level - 1)
    return f"{left} {sign} {right}", level


def _held(node: Node, name: SizeName, level: int) -> str:
    """The expression, in brackets where it holds less tightly than `level`."""
    text, own = _text(node, name)
    return text if own <= level else f"({text})"
