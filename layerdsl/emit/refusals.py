"""What `setup()` and `reshape()` refuse: requirements that are not met, and sizes of one axis that differ.

A message says what is wanted, then the numbers that do not meet it, then the values of the net that they come from.
"""

from __future__ import annotations

from functools import partial, reduce
from typing import Final, cast

from layerdsl.emit.frame import Frame
from layerdsl.emit.lines import INDENT
from layerdsl.emit.names import attribute
from layerdsl.emit.scalars import scalar
from layerdsl.emit.sizes import measured_group, size_names_of, size_text, symbol_text
from layerdsl.emit.violations import least, violations
from layerdsl.graph import Equality, Node, Requirement, Size, walk
from layerdsl.operators.build import build, size_of

#: A formula of sizes with more characters than this says less than its value does.
LONG: Final = 60

#: What holds where a comparison does not.
OPPOSITES: Final = {"lt": ">=", "le": ">", "gt": "<=", "ge": "<", "eq": "!=", "ne": "=="}


def requirement_lines(frame: Frame, early: bool) -> list[str]:
    """The checks of `require`: what speaks of hyper-parameters alone in `setup`, the rest where the sizes are known."""
    wanted = [one for one in frame.layer.requirements if bool(axis_symbols(one.condition)) != early]
    return [line for one, failed in violations(wanted) for line in _required(frame, one, failed)]


def _required(frame: Frame, requirement: Requirement, failed: Node) -> list[str]:
    names = size_names_of(frame)
    test = scalar(failed, lambda symbol: symbol_text(symbol, names))
    said = requirement.message or f"requires {requirement.written}"
    sides, compared = _compared(requirement.condition, names)
    values, arguments = _values(frame, requirement.condition, names)
    message = _message(f"{_place(frame, requirement)}: {said}", sides + values, [*compared, *arguments])
    return [f"if {test}:", f"{INDENT}raise ValueError({message})"]


def _message(text: str, shown: str, arguments: list[str]) -> str:
    """The expression of a message that ends in these values."""
    if not arguments:
        return repr(text)
    if shown == "%s":
        return f"{text!r} + {arguments[0]}"
    given = f"{arguments[0]}," if len(arguments) == 1 else ", ".join(arguments)
    return f"{text.replace('%', '%%') + shown!r} % ({given})"


def _place(frame: Frame, one: Requirement | Equality) -> str:
    return f"{frame.layer.name} ({frame.file}:{one.span.line})"


def _compared(condition: Node, names: dict[str, str]) -> tuple[str, list[str]]:
    """The two numbers that were compared, where the net names neither: ` (7 > 5)`."""
    if condition.op not in OPPOSITES or not all(arg.op == "size" for arg in condition.args):
        return "", []
    left, right = (cast(Size, arg.attr("size")) for arg in condition.args)
    if _is_plain(left) or _is_plain(right):
        return "", []
    return f" (%d {OPPOSITES[condition.op]} %d)", [size_text(left, names), size_text(right, names)]


def _is_plain(size: Size) -> bool:
    """Whether a size is a number, or one that the message shows anyway."""
    return size.constant is not None or len(str(size)) == max(len(symbol.name) for symbol in size.symbols())


def _values(frame: Frame, condition: Node, names: dict[str, str]) -> tuple[str, list[str]]:
    """How a message shows the values that a condition speaks of, and these values."""
    optional = {hyper.name for hyper in frame.layer.hypers if hyper.optional}
    hypers = {name: f"self.{attribute(name)}" for name in hyper_names(condition)}
    axes = axis_symbols(condition)
    groups = dict.fromkeys(name.partition(".")[0] for name in names if name in axes and "." in name)
    shown = hypers | {axis: names[axis] for axis in names if axis in axes and "." not in axis}
    shown |= {group: measured_group(frame, group) for group in groups}
    if not groups and optional.isdisjoint(shown):
        return "".join(f", {name} is %r" for name in shown), list(shown.values())
    frame.support.add("_values_of")
    return "%s", [f"_values_of({', '.join(f'({name!r}, {value})' for name, value in shown.items())})"]


def hyper_names(condition: Node) -> list[str]:
    names: dict[str, None] = {}
    for node in walk([condition]):
        if node.op in ("hyper", "isnone"):
            names[str(node.attr("name"))] = None
        elif node.op == "size":
            symbols = cast(Size, node.attr("size")).symbols()
            hypers = {_bare(symbol.name) for symbol in symbols if symbol.kind == "hyper"}
            names.update(dict.fromkeys(sorted(hypers - {""})))
    return list(names)


def _bare(name: str) -> str:
    """The hyper-parameter of which a size speaks, as in `len(pad)` and `pad[1]`; nothing where it speaks of blobs."""
    inner = name[4:-1] if name.startswith(("len(", "min(")) else name.partition("[")[0]
    return "" if "(" in inner else inner


def axis_symbols(condition: Node) -> set[str]:
    found = [cast(Size, node.attr("size")) for node in walk([condition]) if node.op == "size"]
    return {symbol.name for size in found for symbol in size.symbols() if symbol.kind == "axis"}


def equality_lines(frame: Frame) -> list[str]:
    """Two sizes of one axis that could not be proved to be equal, held against each other."""
    return [line for equality in frame.layer.equalities for line in _equal(frame, equality)]


def _equal(frame: Frame, equality: Equality) -> list[str]:
    names = size_names_of(frame)
    unequal = (*least(equality.given), build("ne", size_of(equality.left), size_of(equality.right)))
    test = scalar(reduce(partial(build, "and"), unequal), lambda symbol: symbol_text(symbol, names))
    sides = f"{_named(equality.left)} in one value and {_named(equality.right)} in the other"
    said = f"{_place(frame, equality)}: axis {equality.axis} has size {sides}"
    values = f"{size_text(equality.left, names)}, {size_text(equality.right, names)}"
    return [f"if {test}:", f"{INDENT}raise ValueError({said!r} % ({values}))"]


def _named(size: Size) -> str:
    """How a size stands in a message: with its formula, where that is shorter than looking it up."""
    return f"{written} = %d" if len(written := str(size)) <= LONG else "%d"
