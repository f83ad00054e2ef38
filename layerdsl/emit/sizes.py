"""The sizes of the axes: read off the bottoms, and named in the emitted code."""

from __future__ import annotations

from layerdsl.emit.frame import INDENT, Frame
from layerdsl.emit.names import TAKEN, Names
from layerdsl.emit.refs import hyper_size
from layerdsl.graph import Axis, Blob, Extent, Size, Symbol
from layerdsl.graph import size as sizes


def size_names_of(made: Frame) -> dict[str, str]:
    """The local variables that hold the sizes of the axes."""
    names = Names(TAKEN)
    return {axis.name: names(axis.name, axis.name) for axis in own_axes(made)}


def own_axes(made: Frame) -> list[Axis]:
    """The axes whose sizes are read off the bottoms."""
    found: dict[str, Axis] = {}
    for blob in made.layer.bottoms:
        for extent in blob.extents:
            if extent.axis is not None and not extent.computed:
                found.setdefault(extent.axis.name, extent.axis)
    return list(found.values())


def measure_method(made: Frame) -> list[str]:
    lines = ["sizes = {}"]
    for number, blob in _in_order(made.layer.bottoms):
        pattern, begins = tuple_text([_pattern(extent) for extent in blob.extents]), _begins(blob)
        made.support.add("_match_at" if begins else "_match")
        what = f"{made.place()!r}, 'bottom[{number}] `{blob.name}`', bottom[{number}].shape, {pattern}"
        lines.append(f"_match_at({what}, {begins}, sizes)" if begins else f"_match({what}, sizes)")
    lines.append("return dict([(axis, size) for axis, (size, _) in sizes.items()])")
    doc = '"""The sizes of the axes, read off the bottoms and held against each other."""'
    return ["def _measure(self, bottom):", INDENT + doc, *(INDENT + line for line in lines)]


def _pattern(extent: Extent) -> str:
    if extent.size.constant is not None:
        return str(extent.size.constant)
    assert extent.axis is not None
    return repr(("*" if extent.star else "") + extent.axis.name)


def _in_order(bottoms: tuple[Blob, ...]) -> list[tuple[int, Blob]]:
    """Those with several groups last: where one of these ends may be known from another bottom alone."""
    return sorted(enumerate(bottoms), key=lambda one: sum(extent.star for extent in one[1].extents) > 1)


def _begins(blob: Blob) -> str:
    """The stated positions of the axes; one that is told from the position before it in brackets."""
    if not any(blob.begins):
        return ""
    texts = [None if one is None else (size_text(one[0], {}), one[1]) for one in blob.begins]
    return tuple_text(["None" if one is None else f"({one[0]},)" if one[1] else one[0] for one in texts])


def size_lines(made: Frame, wanted: set[str] | None = None) -> list[str]:
    """The sizes as local variables."""
    names = size_names_of(made)
    lines = ["sizes = self._measure(bottom)"]
    for axis in own_axes(made):
        if wanted is not None and axis.name not in wanted:
            continue
        if axis.star:
            made.support.add("_product")
            lines.append(f"{names[axis.name]} = _product(sizes['*{axis.name}'])")
        else:
            lines.append(f"{names[axis.name]} = sizes[{axis.name!r}]")
    return lines


def symbol_text(symbol: Symbol, names: dict[str, str]) -> str:
    return hyper_size(symbol) if symbol.kind == "hyper" else names[symbol.name]


def size_text(size: Size, names: dict[str, str]) -> str:
    """A size as an expression in emitted code."""
    return sizes.text(size, lambda symbol: symbol_text(symbol, names))


def tuple_text(items: list[str]) -> str:
    """A tuple in Python."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
