"""The sizes of the axes: read off the bottoms, and named in the emitted code."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from layerdsl.emit.ends import place_of, title_of
from layerdsl.emit.frame import Frame
from layerdsl.emit.lines import INDENT
from layerdsl.emit.names import TAKEN, Names
from layerdsl.emit.refs import hyper_size
from layerdsl.graph import Axis, Blob, Extent, Several, Size, Symbol, writing


def size_names_of(frame: Frame) -> dict[str, str]:
    """The local variables that hold the sizes of the axes, and those of other sizes."""
    names = Names(TAKEN)
    own = {axis.name: names(axis.name, axis.name) for axis in own_axes(frame)}
    return with_short(frame, own, names)


def with_short(frame: Frame, own: dict[str, str], names: Names) -> dict[str, str]:
    """The names of sizes, with those that `reshape()` works out; a key that no axis has where an axis has the name."""
    keys = {name: f"{name} " if name in own else name for name in frame.short.local.values()}
    return own | {key: names(("worked out", name), name) for name, key in keys.items()}


def short_lines(frame: Frame, names: dict[str, str], of: Mapping[Size, str]) -> list[str]:
    """Sizes worked out under names of their own."""
    known: dict[Size, str] = {} if of is frame.short.kept else dict(frame.short.kept)
    lines: list[str] = []
    for size, name in of.items():
        with writing.written_as(known):
            lines.append(f"{name} = {_bare(size_text(size, names))}")
        known[size] = name
    return lines


def _bare(text: str) -> str:
    """Without brackets around all of it."""
    depths = [text[: i + 1].count("(") - text[: i + 1].count(")") for i in range(len(text))]
    return text[1:-1] if text.startswith("(") and depths.index(0) == len(text) - 1 else text


def own_axes(frame: Frame, sure: bool = False) -> list[Axis]:
    """The axes whose sizes are read off the bottoms; with `sure`, off those that are always there."""
    found: dict[str, Axis] = {}
    for blob in frame.layer.bottoms:
        if (sure and blob.optional) or blob.several == Several(None):
            continue
        for extent in blob.extents:
            for axis in () if extent.computed else (*extent.axes, *_rank_of(extent)):
                found.setdefault(axis.name, axis)
    return list(found.values())


def _rank_of(extent: Extent) -> tuple[Axis, ...]:
    """How many axes a group has whose axes formulas see: a number that is known like the size of an axis."""
    return () if extent.rank is None else (Axis(str(extent.rank), extent.rank),)


def measure_method(frame: Frame) -> list[str]:
    """The lines of `_measure()`, which `setup()` and `reshape()` call."""
    lines = [f"self._ndim_{name} = {_ndim_text(frame.layer.bottoms, name)}" for name in frame.layer.ndims]
    lines.append("sizes = {}")
    for number, blob in _in_order(frame.layer.bottoms):
        lines += _matching(frame, number, blob)
    for group in _opened_groups(frame):
        frame.support.add("_open_group")
        lines.append(f"_open_group({frame.place()!r}, {group!r}, sizes)")
    lines.append("return dict([(axis, size) for axis, (size, _) in sizes.items()])")
    doc = '"""The sizes of the axes, read off the bottoms and held against each other."""'
    return ["def _measure(self, bottom):", INDENT + doc, *(INDENT + line for line in lines)]


def _opened_groups(frame: Frame) -> list[str]:
    """The groups of bottoms whose axes formulas see."""
    extents = [extent for blob in frame.layer.bottoms for extent in blob.extents if extent.opened]
    return list(dict.fromkeys(extent.axis.name for extent in extents if extent.axis is not None))


def _ndim_text(bottoms: tuple[Blob, ...], name: str) -> str:
    """How many axes a bottom has; nothing where it is not there."""
    number = [blob.name for blob in bottoms].index(name)
    there = f" if self._has_{name} else 0" if bottoms[number].optional else ""
    return f"len(bottom[{number}].shape){there}"


def _pattern(extent: Extent) -> str:
    if extent.size.constant is not None:
        return str(extent.size.constant)
    assert extent.axis is not None
    return repr(("*" if extent.star else "") + extent.axis.name)


def _matching(frame: Frame, number: int, blob: Blob) -> list[str]:
    """The statement that reads the sizes off one bottom, or off all those of one name."""
    place = place_of(frame.layer.bottoms, number)
    pattern, begins = tuple_text([_pattern(extent) for extent in blob.extents]), _begins(blob)
    rest = f"{pattern}, {begins}, sizes" if begins else f"{pattern}, sizes"
    function = "_match_at" if begins else "_match"
    if blob.several is not None and blob.several.joined:
        frame.support.add("_match_joined")
        shapes = f"[bottom[i].shape for i in range({place}, len(bottom))]"
        what = f"{frame.place()!r}, {place}, {blob.name!r}, {shapes}, {pattern}, {begins or None}"
        return [f"self._{blob.name}_parts = _match_joined({what}, {blob.several.joined!r}, sizes)"]
    if blob.several is not None:
        if blob.several.axis is None:
            return []  # nobody looks at them
        frame.support.add(function)
        name = f"'bottom[%d] `{blob.name}`' % i"
        line = f"{function}({frame.place()!r}, {name}, bottom[i].shape, {rest})"
        return [f"for i in range({place}, len(bottom)):", INDENT + line]
    frame.support.add(function)
    said = repr(title_of(frame.layer.bottoms, number))
    line = f"{function}({frame.place()!r}, {said}, bottom[{place}].shape, {rest})"
    return [f"if self._has_{blob.name}:", INDENT + line] if blob.optional else [line]


def _in_order(bottoms: tuple[Blob, ...]) -> list[tuple[int, Blob]]:
    """Those with several groups last: where one of these ends may be known from another bottom alone."""
    return sorted(enumerate(bottoms), key=lambda one: sum(extent.star for extent in one[1].extents) > 1)


def _begins(blob: Blob) -> str:
    """The stated positions of the axes; one that is told from the position before it in brackets."""
    if not any(blob.begins):
        return ""
    texts = [None if one is None else (size_text(one[0], {}), one[1]) for one in blob.begins]
    return tuple_text(["None" if one is None else f"({one[0]},)" if one[1] else one[0] for one in texts])


def size_lines(frame: Frame, wanted: set[str] | None = None) -> list[str]:
    """The sizes as local variables."""
    names = size_names_of(frame)
    sure = {axis.name for axis in own_axes(frame, sure=True)}
    lines = ["sizes = self._measure(bottom)"]
    for axis in own_axes(frame):
        if wanted is not None and axis.name not in wanted:
            continue
        key = f"'*{axis.name}'" if axis.star else repr(axis.name)
        size = f"sizes[{key}]" if axis.name in sure else f"sizes.get({key}, {'()' if axis.star else '0'})"
        frame.support |= {"_product"} if axis.star else set()
        lines.append(f"{names[axis.name]} = {f'_product({size})' if axis.star else size}")
    return lines


def symbol_text(symbol: Symbol, names: dict[str, str]) -> str:
    """A name in a size: a hyper-parameter by its attribute, an axis by its local variable."""
    return hyper_size(symbol) if symbol.kind == "hyper" or "(" in symbol.name else names[symbol.name]


def size_text(size: Size, names: dict[str, str]) -> str:
    """A size as an expression in emitted code."""
    return writing.text(size, lambda symbol: symbol_text(symbol, names))


def group_text(frame: Frame, extent: Extent, names: dict[str, str]) -> str:
    """The sizes of the axes of a group, as a tuple, where `sizes` are measured."""
    axis = extent.axis
    assert axis is not None
    if extent.rank is not None:
        there = tuple_text([size_text(one.size, names) for one in extent.opened])
        return f"{there}[{len(extent.opened)} - {size_text(extent.rank, names)} :]"
    return measured_group(frame, axis.name)


def measured_group(frame: Frame, name: str) -> str:
    """The sizes of the axes of a bottom's group, as a tuple, where `sizes` are measured."""
    sure = name in {one.name for one in own_axes(frame, sure=True)}
    return f"sizes['*{name}']" if sure else f"sizes.get('*{name}', ())"


def shape_text(frame: Frame, extents: tuple[Extent, ...], names: dict[str, str]) -> str:
    """The shape of a learned blob as a tuple; a group stands there with its axes one by one."""
    stars = [group_text(frame, extent, names) if extent.star else None for extent in extents]
    if not extents:
        return "()"
    pieces: list[str] = []
    for star, run in groupby(zip(stars, extents, strict=True), key=lambda one: one[0]):
        pieces.append(star if star else tuple_text([size_text(extent.size, names) for _, extent in run]))
    return " + ".join(pieces)


def tuple_text(items: list[str]) -> str:
    """A tuple in Python."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
