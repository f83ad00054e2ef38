"""The NumPy text of every operator: the statements that compute one node into its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from layerdsl.emit.draws import draw
from layerdsl.emit.emitter import Emitter
from layerdsl.emit.kernels import kernel
from layerdsl.emit.layout import concat, crop, inset, join, patch
from layerdsl.emit.places import pick, places, put, scatter, unat, unslice
from layerdsl.emit.products import dot, pairs, spread
from layerdsl.emit.reductions import REDUCERS, position, reduce_text
from layerdsl.emit.several import load, store_each
from layerdsl.emit.sizes import tuple_text
from layerdsl.operators.build import is_number
from layerdsl.operators.families.windows import along_of, names_of
from layerdsl.plan.schedule import Step, space
from layerdsl.plan.storage import SPECIAL, by_bits, is_power_of_many, with_constant

UFUNCS: Final[dict[str, str]] = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "pow": "power",
    "floordiv": "floor_divide",
    "mod": "mod",
    "neg": "negative",
    "abs": "absolute",
    "round": "rint",
    "log1p_unit": "log1p",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
    "not": "logical_not",
    **{
        name: name
        for name in (
            "maximum minimum arctan2 hypot sign sqrt square exp expm1 log log1p log2 log10 exp2 sin cos tan arcsin "
            "arccos arctan sinh cosh tanh arcsinh arccosh arctanh floor ceil trunc reciprocal cbrt isnan isinf isfinite"
        ).split()
    },
}


def statements(emitter: Emitter, step: Step) -> list[str]:
    """The lines that compute a step."""
    op = step.node.op
    if op in SPECIAL:
        return _special(emitter, step)
    if is_power_of_many(step.node):
        return _power(emitter, step)
    if op in UFUNCS:
        operands = [emitter.operand(step, i) for i in range(len(step.node.args))]
        if with_constant(step.node) and emitter.refs.scratch(step.node):
            operands[1] = emitter.scratch(step, 0, step.node.axes)
        if getattr(emitter.refs.place(step.node), "dtype", "") == "bits":
            return _compared_as_bits(emitter, step, operands)
        return [f"np.{UFUNCS[op]}({', '.join(operands)}, out={emitter.out(step)})"]
    if op in REDUCERS:
        return reduce_text(emitter, step)
    return TEXTS.get(op, kernel)(emitter, step)


def _special(emitter: Emitter, step: Step) -> list[str]:
    """A function that older NumPy is slow at; of a few numbers NumPy's own."""
    op = step.node.op
    x, out = emitter.operand(step, 0), emitter.out(step)
    places = emitter.refs.scratch(step.node)
    if not places:
        return [f"np.{UFUNCS[op]}({x}, out={out})"]
    emitter.support.add(f"_{op}")
    rooms = [emitter.scratch(step, i, step.node.axes) for i in range(len(places))]
    return [f"_{op}({', '.join([x, *rooms, out])})"]


def _power(emitter: Emitter, step: Step) -> list[str]:
    """A power whose exponent the net may say: the most usual ones have faster words."""
    emitter.support.add("_power")
    x, exponent = (emitter.operand(step, i) for i in range(2))
    return [f"_power({x}, {exponent}, {emitter.out(step)})"]


def _compared_as_bits(emitter: Emitter, step: Step, operands: list[str]) -> list[str]:
    """A mask of integers, 1 where the comparison holds."""
    found, out = emitter.scratch(step, 0, step.node.axes), emitter.out(step)
    return [f"np.{UFUNCS[step.node.op]}({', '.join(operands)}, out={found})", f"np.copyto({out}, {found})"]


def _real(emitter: Emitter, step: Step) -> list[str]:
    casting = ", casting='unsafe'" if step.node.args[0].op in ("argmax", "argmin") else ""
    return [f"np.copyto({emitter.out(step)}, {emitter.operand(step, 0)}{casting})"]


def _where(emitter: Emitter, step: Step) -> list[str]:
    test, a, b = (emitter.operand(step, i) for i in range(3))
    out = emitter.out(step)
    if by_bits(step.node):
        if is_number(step.node.args[2], 0):
            emitter.support.add("_mask")
            return [f"_mask({_mask_text(emitter, step, test)}, {a}, {out})"]
        emitter.support.add("_where")
        return [f"_where({_mask_text(emitter, step, test)}, {a}, {b}, {out})"]
    return [f"np.copyto({out}, {b})", f"np.copyto({out}, {a}, where={test})"]


def _gate(emitter: Emitter, step: Step) -> list[str]:
    test, g = (emitter.operand(step, i) for i in range(2))
    out = emitter.out(step)
    if by_bits(step.node):
        emitter.support.add("_mask")
        return [f"_mask({_mask_text(emitter, step, test)}, {g}, {out})"]
    return [f"np.copyto({out}, 0)", f"np.copyto({out}, {g}, where={test})"]


def _mask_text(emitter: Emitter, step: Step, test: str) -> str:
    """The mask as bits: it is that already, or it is made in a temporary that has the mask's axes."""
    refs, mask = emitter.refs, step.node.args[0]
    if not refs.scratch(step.node):
        return test
    emitter.support.add("_bits")
    place = refs.read_place(refs.scratch(step.node)[0], mask.axes, refs.order(step.node.axes))
    return f"_bits({test}, {place})"


def _erf(emitter: Emitter, step: Step) -> list[str]:
    """The error function, or one minus it."""
    function = f"_{step.node.op}"
    emitter.support.add(function)
    scratch = ", ".join(emitter.scratch(step, i, step.node.axes) for i in range(2))
    return [f"{function}({emitter.operand(step, 0)}, {scratch}, {emitter.out(step)})"]


def _select(emitter: Emitter, step: Step) -> list[str]:
    test = emitter.refs.scalar(step.node.args[0])
    a, b, out = emitter.operand(step, 1), emitter.operand(step, 2), emitter.out(step)
    lines = [f"if {test}:", f"    np.copyto({out}, {a})", "else:", f"    np.copyto({out}, {b})"]
    if a == out:
        return [f"if {_opposite(test)}:", lines[3]]
    return lines[:2] if b == out else lines


def _opposite(test: str) -> str:
    return test.replace(" is None", " is not None") if test.endswith(" is None") else f"not ({test})"


def _store(emitter: Emitter, step: Step) -> list[str]:
    out, value = emitter.out(step), emitter.operand(step, 0)
    if step.node.attr("kind") == "blob_diff":
        return [f"np.add({out}, {value}, out={out})"]
    if value == out:
        return []
    casting = ", casting='unsafe'" if step.node.args[0].op in ("argmax", "argmin") else ""
    return [f"np.copyto({out}, {value}{casting})"]


def _blob(emitter: Emitter, step: Step) -> list[str]:
    """A state as it was before its update, kept for the backward."""
    node = step.node
    own = emitter.refs.local("blob", str(node.attr("name")))
    return [f"np.copyto({emitter.out(step)}, {own})"]


def _overlaid(emitter: Emitter, step: Step) -> list[str]:
    """What overlaps is added to what is there, in a loop part by part."""
    node, refs = step.node, emitter.refs
    emitter.support.add("_overlay")
    offsets = names_of(along_of(node), "offset")
    places = [str(i) for i, axis in enumerate(refs.order(space(node))) if axis.name in offsets]
    line = f"_overlay({emitter.operand(step, 0)}, {tuple_text(places)}, {refs.overlaid(node)})"
    return [line] if refs.slices else [f"{refs.whole_place(node)}.fill(0)", line]


TEXTS: Final[dict[str, Callable[[Emitter, Step], list[str]]]] = {
    "argmax": position,
    "argmin": position,
    "real": _real,
    "where": _where,
    "gate": _gate,
    "erf": _erf,
    "erfc": _erf,
    "select": _select,
    "store": _store,
    "store_each": store_each,
    "dot": dot,
    "pairs": pairs,
    "spread": spread,
    "places": places,
    "pick": pick,
    "scatter": scatter,
    "put": put,
    "unslice": unslice,
    "unat": unat,
    "concat": concat,
    "join": join,
    "inset": inset,
    "patch": patch,
    "crop": crop,
    "uncrop": crop,
    "draw": draw,
    "bottoms": load,
    "cotangents": load,
    "blob": _blob,
    "overlaid": _overlaid,
}
