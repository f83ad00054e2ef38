"""Operators that work on whole arrays by a function which the emitted file carries along: one entry for each.

    register("cumsum", Kernel(
        type=same,                                           # axes and kind of the value
        reference=along(lambda x: x.cumsum(axis=-1)),        # what it means, in float64
        call=lambda node: Call("_cumsum", args=((C,),), out=(C,)),
        derivative=(lambda g, n: ...,),
    ))

A family of such operators has a file in `operators/families`, and its functions one in `layerdsl/caffe`. All other
tables ask here for what they do not know themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Union

from layerdsl.graph import Axis, Node, Size
from layerdsl.operators.types import TypeRule
from layerdsl.operators.wording import Written
from layerdsl.operators.world import Rule as Reference

Rule = Callable[[Node, Node], Node]  # (cotangent, node) -> cotangent of one argument


@dataclass(frozen=True)
class Where:
    """An argument of a call: class, file and line of the formula, for messages."""


@dataclass(frozen=True)
class Onto:
    """An argument of a call: whether the function adds to what stands in `out`, as gradients of learned blobs do."""


Extra = Union[Size, Node, Where, Onto, int, float, str, tuple["Extra", ...]]  # a node has to be static


@dataclass(frozen=True)
class Room:
    """Working memory of a call, which `reshape()` allocates."""

    kind: Literal["real", "bool", "int", "double"]
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Call:
    """`function(*arguments, *extra, *rooms, out)`.

    An argument of the node comes as an array whose last axes are those named in `args`, in that order. Before them
    stand all axes that are not named, of whatever argument, in the same order everywhere; one that an array lacks has
    size 1 in it, or is missing where it would come first. `out` names the last axes of the result. Arrays may be views:
    what the function writes, it writes by index.
    """

    function: str
    args: tuple[tuple[str, ...], ...]
    out: tuple[str, ...]
    extra: tuple[Extra, ...] = ()
    rooms: tuple[Room, ...] = ()


@dataclass(frozen=True)
class Kernel:
    """One operator. `derivative` has a rule for each argument, or says one for any; `linear` names the arguments in
    which it is linear."""

    type: TypeRule
    reference: Reference
    call: Callable[[Node], Call]
    derivative: tuple[Rule | None, ...] | Callable[[int], Rule | None] = ()
    linear: tuple[int, ...] = ()
    entrywise: bool = False  # an entry is made of those at its own place alone
    whole: bool = False  # its function wants all axes of its arguments, also those along which a value is the same
    stored: Literal["real", "int"] = "real"  # whole numbers that index arrays are stored as such
    written: Callable[[Node, tuple[Written, ...]], Written] | None = None  # in words of the language; else by its name

    def rule(self, argnum: int) -> Rule | None:
        """The derivative to one argument."""
        if callable(self.derivative):
            return self.derivative(argnum)
        return self.derivative[argnum] if argnum < len(self.derivative) else None


KERNELS: Final[dict[str, Kernel]] = {}


def is_whole(node: Node) -> bool:
    """Whether a value is stored in whole numbers, as positions are, or is a view of one that is."""
    while node.op in VIEWED:
        node = node.args[0]
    return node.op in POSITIONS or (node.op in KERNELS and KERNELS[node.op].stored == "int")


POSITIONS: Final = frozenset({"argmax", "argmin", "places"})
VIEWED: Final = frozenset({"rename", "slice", "at", "expand", "flip", "split", "join", "joined"})


def register(op: str, kernel: Kernel) -> None:
    """One more operator."""
    assert op not in KERNELS, op
    KERNELS[op] = kernel
