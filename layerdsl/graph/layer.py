"""A layer whose names, axes and types are all known: the value between the stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layerdsl.graph.listing import Listing
from layerdsl.graph.node import Axis, Node
from layerdsl.graph.size import Size
from layerdsl.source import Span


@dataclass(frozen=True)
class Extent:
    """One axis of a blob as Caffe has it: of a literal or computed size (`axis` None or named), or a group."""

    axis: Axis | None  # None for a literal 1, which formulas do not see
    size: Size
    star: bool
    computed: bool  # the size is a formula over other sizes, not one that the blob defines
    listed: Listing | None = None  # of a group of a top, the sizes of its axes where these are stated
    begin: Size | None = None  # the place in the blob at which it stands, where that is said; negative from the end
    within: tuple[Axis, ...] = ()  # of an axis that formulas see as several, these
    opened: tuple[Axis, ...] = ()  # of a group that formulas see as its axes, these; those that it lacks have size 1
    rank: Size | None = None  # how many of them it has

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that formulas see."""
        return self.opened or (self.within if self.axis is None else (self.axis,))


@dataclass(frozen=True)
class Several:
    """Any number of blobs under one name: stacked along an axis of their own, or behind each other along one of theirs.

    `axis` is that of the stack, `joined` the name of the one along which they lie behind each other; of tops, `points`
    names the list hyper-parameter that says where one ends, without which all are of one length.
    """

    axis: Axis | None
    joined: str = ""
    points: str = ""


@dataclass(frozen=True)
class Blob:
    """A bottom or a top: its axes in Caffe's order, and as written.

    An `optional` one is not always there: where `given` holds at set-up, written as `under`, or without that as the
    net has so many blobs.
    """

    name: str
    extents: tuple[Extent, ...]
    written: str
    qualifier: Literal["", "const", "index"]
    index_of: str  # the axis in `index(C)`
    span: Span
    optional: bool = False
    several: Several | None = None
    given: Node | None = None
    under: str = ""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that formulas see."""
        own = tuple(axis for extent in self.extents for axis in extent.axes)
        return (self.several.axis, *own) if self.several is not None and self.several.axis is not None else own

    @property
    def begins(self) -> tuple[tuple[Size, bool] | None, ...]:
        """The stated position of each axis, and whether it is told as so many axes behind the position before it.

        `[*A, *S at axis, *B at axis + n]` says that `S` has `n` axes, wherever a negative `axis` lies.
        """
        found: list[tuple[Size, bool] | None] = []
        last: Size | None = None
        for extent in self.extents:
            begin = extent.begin
            further = None if begin is None or last is None or not last.symbols() else begin - last
            if further is not None and last is not None and not further.symbols() & last.symbols():
                found.append((further, True))
            else:
                found.append(None if begin is None else (begin, False))
            last = last if begin is None else begin
        return tuple(found)


@dataclass(frozen=True)
class HyperDecl:
    """A hyper-parameter; `default` is a Python value, `required` where there is none."""

    name: str
    kind: Literal["float", "int", "bool", "word", "list", "filler", "file"]
    optional: bool
    required: bool
    default: object
    choices: tuple[str, ...]
    element: str
    doc: str
    span: Span


@dataclass(frozen=True)
class Requirement:
    """A condition that `setup()` or `reshape()` checks, as a static node, with the text that the user wrote."""

    condition: Node
    written: str
    message: str
    span: Span


@dataclass(frozen=True)
class Filler:
    """A filler with its arguments, each a static node."""

    name: str
    arguments: tuple[tuple[str, Node], ...]
    written: str


@dataclass(frozen=True)
class Learned:
    """A learned blob or a state, in the order of `layer.blobs`; it is there where all of `given` holds at set-up."""

    name: str
    extents: tuple[Extent, ...]
    written: str
    filler: Filler
    lr_mult: float
    decay_mult: float
    state: bool
    doc: str
    span: Span
    given: tuple[Node, ...] = ()
    saved: bool = True  # a state that is not saved is no blob: the layer's own memory, made anew with its shape

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that formulas see."""
        return tuple(axis for extent in self.extents for axis in extent.axes)


@dataclass(frozen=True)
class Equality:
    """Two sizes of one axis that have to be equal, which only `reshape()` can know, where all of `given` holds."""

    left: Size
    right: Size
    axis: str
    span: Span
    given: tuple[Node, ...] = ()


@dataclass(frozen=True)
class ByPlace:
    """An axis of an argument that stands for another axis of the value, which has one of that name itself."""

    argument: str
    declared: str  # the argument's axes, as written
    axis: str
    meant: str
    span: Span


@dataclass(frozen=True)
class LayerGraph:
    """Everything that is known of a layer before it is differentiated.

    `outputs` has a node per top, `updates` a node per updated state, `overrides` a node per blob with a `gradient`
    of its own. `order` is the order in which values keep their axes in memory, `sizes` are those that have a name.
    """

    name: str
    doc: str
    span: Span
    bottoms: tuple[Blob, ...]
    tops: tuple[Blob, ...]
    hypers: tuple[HyperDecl, ...]
    requirements: tuple[Requirement, ...]
    blobs: tuple[Learned, ...]
    outputs: tuple[tuple[str, Node], ...]
    updates: tuple[tuple[str, Node], ...]
    overrides: tuple[tuple[str, Node], ...]
    equalities: tuple[Equality, ...]
    order: tuple[str, ...]
    phase: Literal["TRAIN", "TEST"] | None
    sizes: tuple[tuple[str, Size], ...] = ()
    memories: tuple[Learned, ...] = ()  # states that are no blobs
    ndims: tuple[str, ...] = ()  # the bottoms whose number of axes is asked for
    by_place: tuple[ByPlace, ...] = ()  # axes that went by their place where another has the name

    @property
    def held(self) -> tuple[Learned, ...]:
        """What the layer keeps from one forward to the next: its blobs, then its memories."""
        return (*self.blobs, *self.memories)
