"""How a value is written where a step reads or writes it: the array, its part in a loop, its axes lined up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from layerdsl.emit.array import Array, reshaped
from layerdsl.emit.names import attribute
from layerdsl.emit.scalars import scalar
from layerdsl.graph import Axis, Node, Size, Symbol, writing
from layerdsl.graph import size as sizes
from layerdsl.graph.attributes import axis_of, index_of, position_of, renames_of, start_of, stride_of
from layerdsl.operators.families.layout import parts_of
from layerdsl.operators.families.windows import along_of
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.naming import own_name
from layerdsl.plan.order import Order
from layerdsl.plan.storage import Apart, Bundle, Part, Piece, Place, Slot, Storage, Stretch, Target, Turn, place_axes


@dataclass
class Refs:
    """References inside one phase; `leaves` are Caffe's own arrays by kind and name, and they note what is used."""

    storage: Storage
    order: Order
    size_names: Mapping[str, str]
    local: Callable[[str, str], str]  # (kind, blob) -> local variable of one of Caffe's arrays
    item: int = 0  # the number of the item that is being written
    slices: Mapping[str, str] = field(default_factory=dict)  # in a loop, what it takes of each axis
    totals: Mapping[Node, str] = field(default_factory=dict)  # and the sums that are one number
    part_names: Callable[[Part], str] = lambda part: part.name
    constants: dict[tuple[str, str], str] = field(default_factory=dict)
    given: dict[Node, Array] = field(default_factory=dict)  # what a step of a scan is given
    step: tuple[str, str] = ("", "")  # the axis of the scan, and the variable that is the place along it
    turns: Mapping[str, str] = field(default_factory=dict)  # buffers that a step knows by a name of its own
    looks: Callable[[str], str] = lambda expression: expression  # the variable that holds such a look at an array

    def size(self, size: Size) -> str:
        """A size as an expression."""
        return writing.text(size, self.symbol)

    def symbol(self, symbol: Symbol) -> str:
        """The name of a size."""
        if symbol.kind == "hyper" or "(" in symbol.name:
            return hyper_size(symbol)
        return self.size_names[symbol.name]

    def scalar(self, node: Node) -> str:
        """A static node as an expression."""
        return scalar(node, self.symbol)

    def read(self, node: Node, axes: tuple[Axis, ...]) -> str:
        """A value as an operand of a step that runs over these axes (in memory order)."""
        if node.op == "expand" and node.args[0].static:
            return self.scalar(node.args[0])
        if node.static:
            return self.scalar(node)
        return self._lined_up(self.array(node), axes)

    def whole(self, node: Node) -> Array:
        """A value with its axes as they lie in memory, outside loops."""
        found = self.array(node)
        wanted = [axis.name for axis in self.order(node.axes)]
        return Array(self._lined_up(found, self.order(node.axes)), tuple(wanted))

    def write(self, place: Place, axes: tuple[Axis, ...]) -> str:
        """The place of a result, as the array that `out=` takes."""
        return self._lined_up(self._place(place, axes), self.order(axes))

    def write_as(self, place: Place, axes: tuple[Axis, ...], wanted: tuple[Axis, ...]) -> str:
        """The place of a result, with its axes in an order of the writer's own."""
        return self._lined_up(self._place(place, axes), wanted)

    def write_part(self, place: Place, axes: tuple[Axis, ...], taken: Mapping[str, str]) -> str:
        """A part of the place of a result: what is taken along some of its axes."""
        array = self._place(place, axes)
        for name, index in taken.items():
            array = array.stretch(name, index)
        return self._lined_up(array, self.order(axes))

    def read_place(self, place: Place, held: tuple[Axis, ...], axes: tuple[Axis, ...]) -> str:
        """A temporary that has the axes `held`, as an operand over the axes given."""
        return self._lined_up(self._place(place, held), axes)

    def plain(self, place: Place) -> str:
        """A buffer as it lies, with its own order of axes."""
        return self._place(place, ()).text

    def array(self, node: Node) -> Array:
        """The array behind a value, through renames, cuts and places along axes."""
        if node in self.given:
            return self.given[node]
        if node.op in VIEWS:
            return self._view(node)
        if node.op in ("bottom", "blob", "cotangent") and node not in self.storage.places:
            return self._leaf(node)
        if node.op in ("coord", "list"):
            return self._constant(node)
        if node.op == "of_shape":
            return Array(f"self._{node.attr('name')}", tuple(axis.name for axis in self.order(node.axes)))
        return self._place(self.place(node), node.axes)

    def place(self, node: Node) -> Place:
        """Where the item finds or puts a value."""
        return self.storage.local.get((self.item, node)) or self.storage.places[node]

    def is_made(self, node: Node) -> bool:
        """Whether there is an array of a value."""
        return (self.item, node) in self.storage.local or node in self.storage.places

    def scratch(self, node: Node) -> tuple[Place, ...]:
        """The temporaries that the step of a node needs while it runs."""
        return self.storage.scratch.get((self.item, node), ())

    def _leaf(self, node: Node) -> Array:
        return Array(self.local(node.op, str(node.attr("name"))), tuple(a.name for a in self.order(node.axes)))

    def _constant(self, node: Node) -> Array:
        axis = axis_of(node)
        name = "index_" + axis.name.replace(".", "_") if node.op == "coord" else own_name(str(node.attr("name")))
        with writing.elsewhere():
            size = self.size(axis.size)
        expression = (
            f"np.arange({size}, dtype=dtype)"
            if node.op == "coord"
            else f"np.array(self.{attribute(str(node.attr('name')))}, dtype)"
        )
        if node.op == "coord" and size != self.size_names.get(axis.name):
            name = f"{name}{len(self.constants)}"
        known = self.constants.setdefault((node.op, expression), name)
        return Array(f"self._{known}", (axis.name,))

    def _place(self, place: Place, axes: tuple[Axis, ...]) -> Array:
        if isinstance(place, Target):
            array = Array(self.local(place.kind, place.name), tuple(axis.name for axis in self.order(axes)))
            return array if place.stretch is None else self._stretched(array, place.stretch)
        if isinstance(place, Slot):
            return self.at(self._place(place.sequence, ()), *self.step)
        if isinstance(place, Turn):
            return Array(self.turns[place.buffer.name], tuple(axis.name for axis in place.buffer.axes))
        if isinstance(place, Piece):
            return self._piece(place)
        if isinstance(place, Apart):
            return self._parted(place.place, place.join)
        assert not isinstance(place, Bundle)
        names = tuple(axis.name for axis in place.axes)
        if isinstance(place, Part):
            return Array(self.part_names(place), names, cut=True)
        return Array(f"self._{place.name}", names)

    def _stretched(self, array: Array, stretch: Stretch) -> Array:
        """A part of one of Caffe's arrays."""
        return array.stretch(stretch.axis, self.slice(stretch.start, stretch.stop, stretch.whole))

    def _piece(self, piece: Piece) -> Array:
        array = self._place(piece.place, ())
        names = tuple(axis.name for axis in piece.axes)
        if piece.stop is None:
            return Array(array.place(piece.axis, self.size(piece.start)).text, names)
        whole = next(axis.size for axis in place_axes(piece.place) if axis.name == piece.axis)
        return array.stretch(piece.axis, self.slice(piece.start, piece.stop, whole)).renamed(names)

    def at(self, array: Array, axis: str, place: str) -> Array:
        """One place along an axis; where it was the only one, an array still, if one of no axes."""
        if array.axes == (axis,):
            return Array(f"{array.text}[{place}, ...]", ())
        return array.place(axis, place)

    def _view(self, node: Node) -> Array:
        if node.op == "result":
            bundle = self.place(node.args[0])
            assert isinstance(bundle, Bundle)
            return self._place(bundle.sequences[index_of(node)], node.axes)
        inner = self.array(node.args[0])
        match node.op:
            case "expand":
                return inner
            case "rename":
                new = {old: axis.name for old, axis in renames_of(node)}
                return inner.renamed([new.get(name, name) for name in inner.axes])
            case "at":
                name = axis_of(node).name
                return inner.place(name, self.size(position_of(node)))
            case "split" | "joined":
                return self._reshaped(node, inner)
            case "seen":
                return self.windows(node, inner, node.axes)
            case "flip":
                return inner.stretch(axis_of(node).name, "::-1")
        axis = axis_of(node)
        return inner.stretch(axis.name, self.stretch(node, axis))

    def whole_place(self, node: Node) -> str:
        """All of the array that a value has, also in a loop."""
        return self._place(self.place(node), node.axes).text

    def overlaid(self, node: Node) -> str:
        """The place of an `overlaid`, as the windows that are added up there see it."""
        axes = node.args[0].axes
        return self._lined_up(self.windows(node, self._place(self.place(node), node.axes), axes), self.order(axes))

    def windows(self, node: Node, array: Array, axes: tuple[Axis, ...]) -> Array:
        """An array with a border as windows see it; `axes` are those of the windows."""
        names, steps = [axis.name for axis in self.order(axes)], dict[str, tuple[str, Size]]()
        for one in along_of(node):
            steps |= {one.place.name: (one.axis.name, one.stride), one.offset.name: (one.axis.name, one.dilation)}
        sizes_of = {axis.name: self.size(axis.size) for axis in axes}
        seen = [(name, *steps.get(name, (name, sizes.ONE))) for name in names]
        listed = [f"({array.axes.index(held)}, {sizes_of[name]}, {self.size(step)})" for name, held, step in seen]
        return Array(self.looks(f"_windows({array.text}, ({', '.join(listed)}))"), tuple(names))

    def _reshaped(self, node: Node, inner: Array) -> Array:
        """An axis seen as several, or several that lie behind each other as one."""
        held = {axis.name: axis for axis in node.args[0].axes}
        inner = inner if node.op == "split" else _side_by_side(inner, node)
        axes = [held[name] for name in inner.axes]
        for axis, parts in parts_of(node):
            old, new = ((axis,), parts) if node.op == "split" else (parts, (axis,))
            if held[old[0].name] not in axes:
                continue  # a value that is the same all along
            at = axes.index(held[old[0].name])
            axes[at : at + len(old)] = new
        shape = ", ".join(self.size(axis.size) for axis in axes)
        return Array(reshaped(inner.text, shape), tuple(axis.name for axis in axes), inner.cut)

    def parted(self, place: Place, node: Node, axes: tuple[Axis, ...]) -> str:
        """The place of a `join`, its joined axes seen as the parts, in the order given."""
        return self._lined_up(self._parted(place, node), axes)

    def _parted(self, place: Place, node: Node) -> Array:
        array = self._place(place, node.axes)
        held = {axis.name: axis for axis in node.axes}
        apart = {axis.name: parts for axis, parts in parts_of(node)}
        seen = [one for name in array.axes for one in apart.get(name, (held[name],))]
        shape = ", ".join(self.size(axis.size) for axis in seen)
        return Array(reshaped(array.text, shape), tuple(one.name for one in seen))

    def stretch(self, node: Node, cut: Axis) -> str:
        """The slice that a `slice` or `unslice` takes out of its whole axis."""
        start, step = start_of(node), stride_of(node)
        whole = axis_of(node, "whole" if node.op == "slice" else "axis").size
        return self.slice(start, start + cut.size * sizes.whole(step), whole, step)

    def slice(self, start: Size, stop: Size, whole: Size, step: int = 1) -> str:
        """`start:stop:step` of an axis that is `whole` long, without what goes without saying."""
        first = "" if start.constant == 0 else self.size(start)
        last = "" if stop == whole else self.size(stop)
        return f"{first}:{last}" + (f":{step}" if step != 1 else "")

    def _lined_up(self, array: Array, axes: tuple[Axis, ...]) -> str:
        """The array with its axes in the order wanted, one of size 1 where it lacks one, and cut to the loop's part."""
        wanted = [axis.name for axis in axes]
        return array.lined_up(wanted, [self._index(array, name) for name in wanted])

    def _index(self, array: Array, name: str) -> str:
        if name not in array.axes:
            return "None"
        return ":" if array.cut else self.slices.get(name, ":")


def _side_by_side(array: Array, node: Node) -> Array:
    """The array with the axes that are joined behind each other, as they lie in the memory of a blob that is turned."""
    wanted = list(array.axes)
    for _, parts in parts_of(node):
        names = [part.name for part in parts]
        before = wanted[: wanted.index(names[0])] if names[0] in wanted else wanted
        rest = [name for name in wanted if name not in names]
        at = sum(name not in names for name in before)
        wanted = [*rest[:at], *(name for name in names if name in wanted), *rest[at:]]
    if wanted == list(array.axes):
        return array
    return Array(array.lined_up(wanted, [":"] * len(wanted)), tuple(wanted), array.cut)


def hyper_size(symbol: Symbol) -> str:
    """A hyper-parameter in a size; `len(...)` and `min(...)` of a list stand as such, the others of blobs."""
    word, _, name = symbol.name.partition("(")
    if name and word in ("count", "has"):
        return f"self._{name[:-1]}_count" if word == "count" else f"self._has_{name[:-1]}"
    if name and word == "ndim":
        return f"self._ndim_{name[:-1]}"
    if name:
        return f"{word}(self.{attribute(name[:-1])})"
    whole, _, place = symbol.name.partition("[")
    if place:
        return f"_entry(self.{attribute(whole)}, {place[:-1]})"
    return f"self.{attribute(symbol.name)}"
