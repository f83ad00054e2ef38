"""A value that a Python function gives, which the compiler neither reads nor calls.

What it is while a layer is checked is made up, unless somebody allows the call: numbers that depend on its name and
its shape alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final, cast

import numpy as np

from layerdsl.graph import Node, Size
from layerdsl.operators.kernel import Call, Kernel, Where, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.world import Array, Named, World, fitted, shape_of

#: Finds the function of a module where calls are allowed.
ALLOWED: Final[ContextVar[Callable[[str, str], Callable[..., Any]] | None]] = ContextVar("ALLOWED", default=None)


def made_up(name: str, shape: tuple[int, ...], most: int | None) -> Array:
    """Numbers in [0, 1), or whole ones from 0 to `most`, in place of what the function `name` would give."""
    drawn = np.random.RandomState(zlib.crc32(name.encode())).random_sample(shape)
    return drawn if most is None else np.floor(drawn * max(most, 1))


def handed_over(node: Node) -> tuple[tuple[tuple[str, ...], str], ...]:
    """For each argument the names of its axes in order, and how it is handed over: "" and "number" for one number."""
    return cast("tuple[tuple[tuple[str, ...], str], ...]", node.attr("arguments"))


def _typed(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return attrs["axes"], attrs["kind"]


def _most(node: Node) -> Size | None:
    return cast("Size | None", node.attr("most"))


def _reference(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    name, shape, most = str(node.attr("function")), shape_of(node.axes, world), _most(node)
    find = ALLOWED.get()
    if find is None:
        whole = None if node.kind != "index" else 2 if most is None else most.evaluate(world.sizes)
        return Named(node.names, made_up(name, shape, whole))
    pairs = zip(node.args, args, handed_over(node), strict=True)
    given = [_given(world, *pair) for pair in pairs]
    found = np.asarray(find(str(node.attr("module")), name)(*given), np.float64)
    return Named(node.names, found.reshape(shape))


def _given(world: World, arg: Node, value: Named, how: tuple[tuple[str, ...], str]) -> Any:
    names, kind = how
    if kind in ("", "number"):
        return int(value.data) if arg.kind == "index" and not kind else value.data.item()
    data = fitted(value, arg.axes, world).over(names)
    return np.array(data, {"whole": np.intp, "bool": np.bool_}.get(kind), order="C")


def _call(node: Node) -> Call:
    arguments, most = handed_over(node), _most(node)
    extra = (
        Where(),
        str(node.attr("module")),
        str(node.attr("function")),
        tuple(kind for _, kind in arguments),
        int(node.kind == "index"),
        2 if most is None else most,
    )
    return Call("_extern", args=tuple(names for names, _ in arguments), out=node.names, extra=extra)


register("extern", Kernel(type=_typed, reference=_reference, call=_call, whole=True))
