"""What the names of a layer stand for while its body is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, cast

from layerdsl.graph import Axis, Blob, ByPlace, Equality, HyperDecl, Learned, Node, Requirement, walk
from layerdsl.graph.chosen import chosen_by, in_branch
from layerdsl.graph.size import Size
from layerdsl.operators.build import build
from layerdsl.operators.families.windows import along_of
from layerdsl.operators.presence import implied
from layerdsl.source import Diagnostic, Fault, Span, fault
from layerdsl.source.nearest import nearest
from layerdsl.syntax import tree
from layerdsl.syntax.limits import MAX_FAULTS


@dataclass(frozen=True)
class Partial:
    """A name that only some branches of an `if` gave a value; where it was one, that, and its condition."""

    span: Span
    value: Node | None = None
    given: Node | None = None


class Silent(Exception):  # noqa: N818 - no error of its own
    """A formula uses a value whose own formula is at fault: that one has been reported."""


BROKEN: Final = Node("broken", (), (), "real")


@dataclass
class Collected:
    """What the whole layer gathers while its statements are read; shared by all scopes of the layer."""

    faults: list[Diagnostic] = field(default_factory=list)
    equalities: list[Equality] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    blobs: list[Learned] = field(default_factory=list)
    memories: list[Learned] = field(default_factory=list)
    updates: dict[str, Node] = field(default_factory=dict)
    overrides: dict[str, Node] = field(default_factory=dict)
    axis_order: list[str] = field(default_factory=list)
    by_place: dict[ByPlace, None] = field(default_factory=dict)  # axes that went so where another has the name
    orders: dict[Node, tuple[str, ...] | None] = field(default_factory=dict)  # of values whose axes went by place
    assigned: dict[str, Span] = field(default_factory=dict)  # where each of the layer's names was given last
    ordered: set[object] = field(default_factory=set)  # what set-up checks of sizes already
    exact: dict[Size, Size] = field(default_factory=dict)  # parts of an axis times their number, and the axis
    axes: dict[str, Axis] = field(default_factory=dict)  # all that the layer itself knows
    prefixes: set[str] = field(default_factory=set)  # of the layers that are used, each once
    ndims: set[str] = field(default_factory=set)  # bottoms whose number of axes is asked for
    groups: set[str] = field(default_factory=set)  # those of bottoms
    opened: frozenset[str] = frozenset()  # groups whose axes something asks for one by one
    parts: dict[str, tuple[str, int]] = field(default_factory=dict)  # of an axis that is one of a group: which, where
    sizes: dict[str, Size] = field(default_factory=dict)  # those that get a name in emitted code
    draws: int = 0
    calls: int = 0

    @property
    def full(self) -> bool:
        """Whether so many faults were found that the rest is not read."""
        return len(self.faults) >= MAX_FAULTS

    def tell(self, found: Diagnostic) -> None:
        """One more fault, once: a function is read anew at every call."""
        if found not in self.faults:
            self.faults.append(found)


@dataclass
class Scope:
    """Names, axes and functions that a formula can see.

    `values` maps a name to its node; `axes` maps a name to the axes it stands for (one, but for the `*A` of a
    function's argument, which may stand for several).
    """

    collected: Collected
    values: dict[str, Node | Partial] = field(default_factory=dict)
    axes: dict[str, tuple[Axis, ...]] = field(default_factory=dict)
    hypers: dict[str, HyperDecl] = field(default_factory=dict)
    functions: dict[str, Callable] = field(default_factory=dict)
    fixed: dict[str, str] = field(default_factory=dict)  # names that can't be assigned, and what they are
    optional: dict[str, str] = field(default_factory=dict)  # blobs that may be absent, and what they are
    under: dict[str, Node] = field(default_factory=dict)  # those that are there under a condition, with that
    several: dict[str, Blob] = field(default_factory=dict)  # bottoms of which there may be any number
    ndims: dict[str, Size] = field(default_factory=dict)  # how many axes each bottom has, where that can be said
    present: frozenset[str] = frozenset()  # optional hyper-parameters and blobs known to have a value here
    given: tuple[Node, ...] = ()  # the static conditions under which this block runs
    guards: tuple[Node, ...] = ()  # those to the left of an `and` or `or`, without which a number is not worked out
    tops: dict[str, tuple[Axis, ...]] = field(default_factory=dict)  # of use after `d(...)`
    layers: dict[str, InnerLayer] = field(default_factory=dict)  # layers that can be used like functions
    calls: tuple[tree.Function, ...] = ()  # functions being expanded, to see recursion
    inside: Inside | None = None  # the use of a layer whose body is read
    path: tuple[tree.Layer, ...] = ()  # the layer and those being used inside each other, to see recursion
    nones: dict[str, bool] = field(default_factory=dict)  # optional names of a layer in use: whether they are `none`
    lists: dict[str, tuple[float, ...]] = field(default_factory=dict)  # its lists that are written out
    taken: frozenset[str] = frozenset()  # axes of the values that this layer is used on: its own are others
    by_hand: frozenset[str] = frozenset()  # its bottoms and parameters that have a `gradient`
    target: tuple[object, str] = (None, "")  # the right side of an assignment, and the name to which it goes
    alone: frozenset[str] = frozenset()  # its bottoms of any number, of which it has one here
    stacks: dict[str, Axis] = field(default_factory=dict)  # the axes of bottoms and tops of any number
    joined: frozenset[str] = frozenset()  # its bottoms of any number that are given as one, behind each other
    in_gradient: bool = False
    loop: object = None  # what the `for` gathers of which a round is read
    scan: object = None  # what the scan gathers whose body is read

    def child(self) -> Scope:
        """A scope for a branch: it sees everything and its new names stay its own."""
        return replace(self, values=dict(self.values), axes=dict(self.axes))

    def where(self, test: Node, present: frozenset[str]) -> Scope:
        """A scope for what is reached where a condition of the set-up holds, which says that `present` have values."""
        inner = self.child()
        inner.given = (*self.given, test)
        there = frozenset(name for name, given in self.under.items() if self.holds(given, inner.given))
        inner.present = self.present | present | there
        return inner

    def holds(self, test: Node, given: Iterable[Node]) -> bool:
        """Whether a condition of the set-up holds wherever the given ones do."""
        return implied(test, given, {hyper.name: hyper.choices for hyper in self.hypers.values()})

    def value_where(self, partial: Partial, given: Iterable[Node]) -> Node | None:
        """The value of a name that one branch alone gave, if these conditions tell that it has one."""
        return partial.value if partial.given is not None and self.holds(partial.given, given) else None

    def axis_named(self, name: tree.Name, known: str = "blob") -> tuple[Axis, ...]:
        """The axes a name stands for; `known` says what else would have made it known (a blob, its size, a top)."""
        found = self.axes_of(name.value)
        if found is None:
            raise self._no_axis(name, known)
        if known == "blob" and self.stepped.intersection(found):
            remedy = f"what needs all of `{name.value}` stands before or behind the scan"
            raise fault("LD203", f"a step of the scan is at one place of `{name.value}`", name.span, help=remedy)
        return found

    def _no_axis(self, name: tree.Name, known: str) -> Fault:
        label = f"no {'argument of this function' if self.calls else 'blob of this layer'} has it"
        remedy = suggestion(name.value, self.axes) or self._remedy(name.value, known)
        if name.value in self.values and known == "blob":
            label, remedy = f"`{name.value}` is a value", "values come first, the names of axes behind them"
        return fault("LD201", f"there is no axis `{name.value}` here", name.span, label, help=remedy)

    def axes_of(self, name: str) -> tuple[Axis, ...] | None:
        """The axes that a name stands for: those of the blobs, else that of a value, which a function may have made."""
        made = () if name in self.axes else self._axes_made(name)
        return self.axes.get(name, made if len(made) == 1 else None)

    def _axes_made(self, name: str) -> tuple[Axis, ...]:
        """The axes of a name that values have which this block names, one of each length."""
        own = [node for value, node in self.values.items() if isinstance(node, Node) and value not in self.fixed]
        return tuple({axis.size: axis for node in own for axis in node.axes if axis.name == name}.values())

    def one_place(self, names: Iterable[str]) -> str:
        """What to do without an axis of which a step of the scan is at one place; nothing for other axes."""
        axis = next((axis.name for axis in self.stepped if axis.name in names), "")
        before = "`carry h: [...] = 0` has what the step before handed on by `next h = ...`"
        return f"a step is at one place of `{axis}`, where each value is that of the place; {before}" if axis else ""

    @property
    def stepped(self) -> frozenset[Axis]:
        """The axes of which this block is at one place: those of the scans around it."""
        steps, found = self.scan, set[Axis]()
        while steps is not None:
            found.add(steps.axis)  # type: ignore[attr-defined]
            steps = steps.outer.scan  # type: ignore[attr-defined]
        return frozenset(found)

    def _remedy(self, name: str, known: str) -> str:
        """How a name that nobody knows becomes an axis or a size."""
        if self.calls:
            return f"hand over a value that has it, as in `x: [{name}]`"
        if len(self._axes_made(name)) > 1:
            return f"values have axes `{name}` of different lengths: `rename(x, {name}=...)` tells them apart"
        if known == "blob" and name in self.collected.axes:
            return "give a name to the value that has it, as in `c = f(x)`: axes of named values are known"
        if known == "size":
            return f"declare its size: `hyper {name}: int`"
        if known == "top":
            return f"say how long it is, `{name}=...`; `rename(x, C={name})` makes it of an axis `C` of the value"
        return f"give it to a bottom or parameter, or to a top with its length: `{name}=...`"

    def add_axis(self, axis: Axis, after: str | None = None) -> Axis:
        """Make an axis known, in memory right after another one where that is said.

        Where a layer is used on values that have an axis of this name already, its own gets another one.
        """
        known, written = self.axes.get(axis.name), axis.name
        name = known[0].name if known is not None and len(known) == 1 else self._free(axis)
        axis = axis if name == written else replace(axis, name=name)
        self.axes.setdefault(written, (axis,))
        if self.inside is not None:
            self.inside.axes[written] = axis
        else:
            self.collected.axes.setdefault(name, axis)
        order = self.collected.axis_order
        if axis.name not in order:
            order.insert(order.index(after) + 1 if after in order else len(order), axis.name)
        return axis

    def add_stack(self, name: str, size: Size) -> Axis:
        """Make known the axis of any number of bottoms or tops, which lie behind each other as wholes."""
        axis = self.stacks[name] = self.add_axis(Axis(name, size))
        order = self.collected.axis_order
        order.insert(0, order.pop(order.index(axis.name)))
        return axis

    def _free(self, axis: Axis) -> str:
        """The name of an axis that a layer in use brings: its own, or with a number behind."""
        if self.inside is None or not axis.name.isidentifier():
            return axis.name
        known = self.inside.axes.get(axis.name)
        if known is not None and known.size == axis.size:
            return known.name
        others = self.taken | {one.name for one in self.inside.axes.values()}
        return next(name for i in range(1, 1000) if (name := f"{axis.name}{i if i > 1 else ''}") not in others)

    def blob_name(self, name: str) -> str:
        """How a name of the layer is known to the whole: `weight`, or `h.weight` where the layer is used in another."""
        return name if self.inside is None else self.inside.named(name)

    @property
    def given_phase(self) -> str:
        """The phase in which this block runs, if it runs in one alone."""
        tests = list(self.given)
        while tests:
            test = tests.pop()
            if test.op == "phase":
                return "train"
            if test.op == "not" and test.args[0].op == "phase":
                return "test"
            tests.extend(test.args if test.op == "and" else ())
        phases = [each.phase.value for each in self.path[0].body if isinstance(each, tree.Include)] if self.path else []
        return phases[-1] if phases else ""

    def listed(self, value: Node) -> str:
        """The axes of a value as a declaration would list them, in the order in which the layer names them."""
        rank = {name: i for i, name in enumerate(self.collected.axis_order)}
        axes = sorted(value.axes, key=lambda axis: rank.get(axis.name, len(rank)))
        return f"[{', '.join(dict.fromkeys(_written(axis) for axis in axes))}]"

    def described(self, value: Node) -> str:
        """The axes of a value, after its name where it has one."""
        return f"`{value.origin.name} {self.listed(value)}`" if value.origin.name else f"`{self.listed(value)}`"

    def require_equal(self, left: Size, right: Size, axis: str, span: Span, *values: Node) -> None:
        """Two sizes that have to be equal: proved, refused, or left to `reshape()`.

        values: those that have them, to tell what would help
        """
        if left == right:
            return
        if self._never_equal(left, right):
            raise fault(
                "LD202",
                f"axis `{axis}` has size `{left}` in one value and `{right}` in the other",
                span,
                "they can't be aligned",
                help=_padded(left - right, axis, values)
                or f"`rename(x, {axis}=...)` gives one of them another axis, a slice the same size",
            )
        self.collected.equalities.append(Equality(left, right, axis, span, self.given))

    def _never_equal(self, left: Size, right: Size) -> bool:
        """Whether two sizes differ for certain; of chosen ones, in a branch that may be taken where they meet."""
        difference = (left - right).constant
        choice = chosen_by(left) or chosen_by(right)
        if difference is not None or choice is None:
            return bool(difference)
        for holds in (True, False):
            test = cast(Node, choice.test.node)
            ruled_out = self.holds(build("not", test) if holds else test, self.given)
            if not ruled_out and self._never_equal(*(in_branch(size, choice.test, holds) for size in (left, right))):
                return True
        return False


@dataclass(frozen=True)
class Callable:
    """A function of the user's or of a library, with the scope in which its own names are looked up."""

    function: tree.Function | tree.Extern
    functions: dict[str, Callable]
    layers: dict[str, InnerLayer] = field(default_factory=dict)


@dataclass(frozen=True)
class InnerLayer:
    """A layer that can be used inside another, with the scope in which its own names are looked up."""

    layer: tree.Layer
    functions: dict[str, Callable]
    layers: dict[str, InnerLayer]


@dataclass
class Inside:
    """One use of a layer inside another: `h = BatchNorm(x)` makes blobs `h.mean`, `h.variance`, ..."""

    prefix: str
    axes: dict[str, Axis] = field(default_factory=dict)  # those that it has brought, by its own names
    fillers: dict[str, tuple[Scope, tree.Expr]] = field(default_factory=dict)  # that it was given, with their scope
    names: dict[str, str] = field(default_factory=dict)  # the names that its hyper-parameters were given as
    given: dict[str, str] = field(default_factory=dict)  # its hyper-parameters, in the words of the layer around
    overrides: dict[str, Node] = field(default_factory=dict)  # what its `gradient x = ...` give
    conditions: int = 0  # of the set-up, under which it is used at all

    def named(self, name: str) -> str:
        """How a name of this layer is known in the one around it."""
        return f"{self.prefix}.{name}"

    def in_words(self, written: str) -> str:
        """A condition of this layer with what its hyper-parameters were given as: `hidden > 0` for `M > 0`."""
        return re.sub(r"[A-Za-z_]\w*", lambda word: self.given.get(word.group(), word.group()), written)


def _padded(missing: Size, axis: str, values: Iterable[Node]) -> str:
    """What makes windows as many as there are places; nothing where no window is the reason."""
    windows = [along for node in walk(values) if node.op == "window" for along in along_of(node)]
    padded = next((along.pad.constant for along in windows if along.place.name == axis), None)
    lost = abs(missing.constant or 0)
    if padded is None or lost % 2:
        return ""
    return f"`pad={padded + lost // 2}` in `window` makes as many windows as there are places"


def _written(axis: Axis) -> str:
    """An axis as it is declared; one of a group that is seen as its axes as the group."""
    group, dot, _ = axis.name.partition(".")
    return f"*{group}" if dot or axis.star else axis.name


def listed(names: Iterable[str]) -> str:
    """`a`, `b` and `c`, each in backticks; "nothing" where there are none."""
    *before, last = [f"`{name}`" for name in names] or ["nothing"]
    return f"{', '.join(before)} and {last}" if before else last


def suggestion(name: str, candidates: Iterable[str]) -> str:
    """`did you mean ...?`, or nothing."""
    found = nearest(name, sorted(candidates))
    return f"did you mean `{found}`?" if found else ""
