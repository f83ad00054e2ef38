"""Random programs: what hypothesis draws from."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import strategies as st

from random_layers import arrays, blocks, elements
from random_layers.blocks import helpers_of
from random_layers.maker import (
    AXES,
    MANY_ENTRIES,
    MOST_ENTRIES,
    SINGLE,
    WHOLE,
    Maker,
    Value,
    declared,
    listed,
    single,
    without,
)
from random_layers.program import Program

STEPS = [*elements.STEPS, *elements.STEPS, *arrays.STEPS, *blocks.STEPS]
HYPERS = {
    "k": "int = 2",
    "m": "int = 2",
    "mode": '"a" | "b" = "a"',
    "t": "float? = none",
    "flag": "bool = true",
    "rate": "float = 0.4",
    "limit": "float = 0.8",
    "p": "float = 2",
    "ws": "list[float] = [0.5, -1, 2]",
    "us": "list[int] = [2, 0, 1]",
    "choice": '"mean" | "sum" | "max" = "sum"',
}
GIVEN = {
    "k": [1, 3],
    "m": [1, 3],
    "mode": ["b"],
    "t": [0.3],
    "flag": [False],
    "rate": [0.7, 0.1],
    "limit": [0.3],
    "p": [1.0, 3.0],
    "ws": [(1.5,), (0.5, -0.25)],
    "us": [(1, 3, 0), (0, 0, 2)],
    "choice": ["mean", "max"],
}
WORDS = {name: re.compile(rf"\b{name}\b") for name in HYPERS}


@st.composite
def programs(draw: Callable[..., object], most: int = 16) -> Program:
    """A program with one or two tops."""
    given = {name: draw(st.sampled_from(values)) for name, values in GIVEN.items() if draw(st.integers(0, 3)) == 3}
    lengths = {name: draw(st.integers(1, 4)) for name in SINGLE}
    wide = draw(st.integers(0, 11)) == 11
    if wide:
        lengths[draw(st.sampled_from(SINGLE))] = draw(st.integers(65, 300))
    groups = {"S": tuple(draw(st.lists(st.integers(1, 2), max_size=2)))}
    numbers = {name: given.get(name, usual) for name, usual in WHOLE.items()}
    make = Maker(draw, {**lengths, **numbers, "len_ws": len(given.get("ws", (0, 0, 0)))})
    make.size_of_list = make.sizes["len_ws"]
    make.groups, make.most_entries = groups, MANY_ENTRIES if wide else MOST_ENTRIES
    make.sizes["S"] = _count(groups["S"])
    ends = _Ends(make, groups, lengths)
    bottoms = ends.bottoms()
    lengths = dict(make.sizes)
    axes = {name for value in make.values for name in value.axes}
    make.sizes = {name: size for name, size in make.sizes.items() if name in axes or name not in AXES}
    _maybe_learned(make)
    for _ in range(draw(st.integers(2, most))):
        make.pick(STEPS)(make)
    tops, last = ends.tops()
    body = [*make.params, *make.lines, *last, *make.updates]
    body += _by_hand(make, tops, bottoms)
    text = "\n    ".join(line for line in body if line).replace("len_ws", "len(ws)")
    said = {name: kind for name, kind in HYPERS.items() if WORDS[name].search(text + " ".join(bottoms))}
    text = "\n    ".join([*(f"hyper {name}: {kind}" for name, kind in said.items()), text])
    text = f"layer A({', '.join(bottoms)}) -> ({', '.join(tops)}):\n    {text}\n"
    return Program(
        helpers_of(text) + text,
        {name: size for name, size in lengths.items() if name in ends.known},
        {name: sizes for name, sizes in groups.items() if name in ends.known},
        {name: value for name, value in given.items() if name in said},
        ends.counts,
        tuple(ends.present),
        draw(st.booleans()),
        draw(st.integers(0, 999)),
        draw(st.integers(0, 5)) == 5,
    )


def _count(sizes: tuple[int, ...]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


class _Ends:
    """The bottoms and tops of a program."""

    def __init__(self, make: Maker, groups: dict[str, tuple[int, ...]], lengths: dict[str, int]) -> None:
        self.make, self.groups, self.lengths = make, groups, lengths
        self.counts: dict[str, int] = {}
        self.present: list[str] = []
        self.known: set[str] = set()

    def bottoms(self) -> list[str]:
        """How they are declared."""
        make = self.make
        found = [self._bottom(f"b{i}") for i in range(make.draw(st.integers(1, 3)))]
        if make.maybe(6):
            found[0] = self._with_places()
        if make.maybe(3):
            found.append(self._bottom("c0", "const "))
        if make.maybe(5):
            found.append(self._other_group())
        if make.maybe(2) and any("C" in value.axes for value in make.values):
            found.append(self._label())
        if make.maybe(5):
            found.append(self._optional())
        elif make.maybe(5):
            found.append(self._several())
        if make.maybe(8):
            found.insert(make.draw(st.integers(1, max(1, len(found) - 1))), self._under_a_condition())
        return found

    def _add(self, value: Value) -> None:
        self.make.values.append(value)
        self.known |= set(value.axes)

    def _some_axes(self) -> dict[str, str]:
        axes = {axis: axis for axis in self.make.some(AXES, least=0, most=4)}
        while not self.make.fits(axes):
            axes.popitem()
        return axes

    def _bottom(self, name: str, kind: str = "") -> str:
        axes = self._some_axes()
        self._add(Value(name, axes))
        written = [declared(axis, axis) for axis in axes]
        if self.make.maybe(8):
            written.insert(self.make.draw(st.integers(0, len(written))), "1")
        return f"{name}: {kind}[{', '.join(written)}]"

    def _with_places(self) -> str:
        """`C` stands where a number says, between two groups."""
        make = self.make
        make.values = [value for value in make.values if value.name != "b0"]
        self.known = {axis for value in make.values for axis in value.axes}
        other = tuple(make.draw(st.lists(st.integers(1, 2), max_size=2)))
        self.groups["U"] = other
        make.sizes["U"] = _count(other)
        self._add(Value("b0", {"S": "S", "C": "C", "U": "U"}))
        place = make.pick([len(self.groups["S"]), -1 - len(other)])
        return f"b0: [*S, C at {place}, *U]"

    def _other_group(self) -> str:
        axes = self.make.some(SINGLE, least=0, most=1)
        if "U" not in self.groups:
            sizes = st.tuples(*(st.integers(1, size) for size in self.groups["S"]))  # a part of the other one
            self.groups["U"] = self.make.draw(st.one_of(sizes, st.lists(st.integers(1, 2), max_size=2).map(tuple)))
            self.make.sizes["U"] = _count(self.groups["U"])
        self._add(Value("c1", {axis: axis for axis in [*axes, "U"]}))
        return f"c1: [{', '.join([*axes, '*U'])}]"

    def _label(self) -> str:
        axes = self.make.pick([("N",), ("N", "H"), ("K",), ("N", "S"), ()])
        self._add(Value("label", {axis: axis for axis in axes}, "index", "C"))
        self.known.add("C")
        return f"label: index(C) [{', '.join(declared(axis, axis) for axis in axes)}]"

    def _optional(self) -> str:
        """A bottom that may be left out, and the value that takes its place."""
        make = self.make
        known = [axis for axis in AXES if axis in self.known]
        axes = {axis: axis for axis in (make.some(known, least=0) if known else [])}
        there = make.value(lambda value: make.meet(value, Value("o0", axes)))
        if make.draw(st.booleans()):
            self.present.append("o0")
        whole = Value("o0", axes)
        if there is not None:
            together = {**there.axes, **axes}
            formula = make.pick(["o0 * {0}", "o0 + tanh({0})", "{0} / (1 + o0**2)"]).format(there.name)
            if make.maybe(2):
                make.add(f"{formula} if o0 != none else {there.name}", together)
            else:
                make.add_block(
                    ["if o0 == none:", f"    {{}} = {there.name}", "else:", f"    {{}} = {formula}"], together
                )
        else:
            make.add("sum(o0) if o0 != none else 0.5", {})
        return f"o0: {listed(whole.axes)}?"

    def _under_a_condition(self) -> str:
        """A bottom that hyper-parameters bring, which stands among the others."""
        make = self.make
        known = [axis for axis in AXES if axis in self.known]
        axes = {axis: axis for axis in (make.some(known, least=0, most=2) if known else [])}
        there = make.value(lambda value: make.meet(value, Value("b9", axes)))
        test = make.pick(["flag", "k > 1", 'mode == "a"', "not flag"])
        if there is None:
            make.add(f"sum(b9) if {test} else 0.5", {})
        else:
            formula = make.pick(["b9 * {0}", "max(b9, {0})", "tanh({0}) - b9**2"]).format(there.name)
            asked = make.pick([test, "b9 != none"])
            make.add(f"{formula} if {asked} else {there.name}", {**there.axes, **axes})
        return f"b9: {listed(axes)} if {test}"

    def _several(self) -> str:
        """Any number of bottoms under one name, as one value."""
        make = self.make
        axes = self._some_axes()
        self.counts["s0"] = make.draw(st.integers(1, 3))
        self.known |= set(axes)
        formulas = [
            "sum({0}, over={0})", "{0}[{0}=0]", "max({0} * index({0}), over={0})", "mean(tanh({0}), over={0})",
            "prod({0}, over={0})", "sum({0} * softmax({0}, over={0}), over={0})", "{0}[{0}=-1] - mean({0}, over={0})",
        ]  # fmt: skip
        make.add(make.pick(formulas).format("s0"), axes)
        make.several = Value("s0", axes)
        return f"*s0: {listed(axes)}"

    def tops(self) -> tuple[list[str], list[str]]:
        """How they are declared, and what they are."""
        make = self.make
        tops, ends = [], []
        if make.maybe(16):
            return self._any_number()
        names = ("y0", "z0")[: make.draw(st.integers(1, 2))]
        for name in names:
            value = self._plain(make.values[-1] if name == "y0" else make.pick(make.values))
            axes = make.draw(st.permutations(list(value.axes)))
            written = [declared(axis, value.axes[axis]) for axis in axes]
            spare = [axis for axis in sorted(self.known - set(value.axes)) if axis in SINGLE and axis in make.sizes]
            if spare and make.maybe(6) and make.fits({**value.axes, spare[0]: spare[0]}):
                written.append(spare[0])
            optional = name == "z0" and make.maybe(3)
            if name == "z0" and (not optional or make.draw(st.booleans())):
                self.present += ["z0"] if optional else []
            kind = "const " if name == "z0" and make.maybe(4) else ""
            tops.append(f"{name}: {kind}[{', '.join(written)}]" + "?" * optional)
            rest = "".join(_mean(other) for other in _unused(make, value)) if name == "y0" else ""
            own = value.name if value.kind != "bool" else f"float({value.name})"
            ends.append(f"{name} = {own}{rest}")
        return tops, ends

    def _any_number(self) -> tuple[list[str], list[str]]:
        """Any number of tops: copies, or the parts of an axis."""
        make = self.make
        value = self._plain(make.values[-1])
        own = (value.name if value.kind != "bool" else f"float({value.name})") + "".join(
            _mean(other) for other in _unused(make, value)
        )
        cut = [axis for axis in single(value) if axis in SINGLE and value.axes[axis] == axis]
        axis = make.pick(cut) if cut and make.maybe(2) else ""
        lengths = [n for n in (1, 2, 3) if not axis or make.length(axis) % n == 0]
        self.counts["y0"] = make.pick(lengths)
        return [f"*y0: {listed(value.axes)}"], [f"y0 = parts({own}, over={axis})" if axis else f"y0 = {own}"]

    def _plain(self, value: Value) -> Value:
        """The value with axes that can be declared: one whose name has stood for another size gets another name."""
        make = self.make
        for axis, size in value.axes.items():
            if "len_ws" in size:
                over = [one for one, length in value.axes.items() if "len_ws" in length]
                own = f"float({value.name})" if value.kind == "bool" else value.name
                make.add(f"mean({own}, over=[{', '.join(over)}])", without(value.axes, over))
                return self._plain(make.values[-1])
            if axis not in AXES and axis != "U" and size != axis:
                new = make.fresh("Y")
                axes = {new if name == axis else name: length for name, length in value.axes.items()}
                if not axis.startswith("Y"):
                    make.add(f"rename({value.name}, {axis}={new})", axes, value.kind)
                    return self._plain(make.values[-1])
        return value


def _mean(value: Value) -> str:
    return f" + 0.3 * mean({value.name})" if value.kind != "bool" else f" + 0.3 * mean(float({value.name}))"


def _unused(make: Maker, value: Value) -> list[Value]:
    """What no line needs, so that nothing is computed for nobody."""
    read = set(
        re.findall(r"\w+", " ".join(re.sub(r"(?m)^ *(next |carry )?\w+(, \w+)* = ", "", line) for line in make.lines))
    )
    return [each for each in make.values if each.name not in read and each is not value]


def _maybe_learned(make: Maker) -> None:
    """A parameter, or one of no formula."""
    pure = [axis for axis in make.sizes if axis in AXES]
    if make.maybe(2):
        axes = {axis: axis for axis in (make.some(pure, least=0, most=2) if pure else [])}
        fillers = ["0.5", "gaussian(std=0.5)", "uniform(-1, 1), lr_mult=2", "constant(0.3)", "xavier()"]
        name = make.param(axes, "param", make.pick(fillers[:4] if not axes else fillers))
        make.values.append(Value(name, axes))


def _by_hand(make: Maker, tops: list[str], bottoms: list[str]) -> list[str]:
    """A gradient that takes the place of what would be derived."""
    if not make.maybe(6) or not bottoms[0].startswith("b0: [") or " at " in bottoms[0]:
        return []
    formulas = ["0.5 * b0 + sum(d(y0))", "mean(d(y0))", "b0 * sum(d(y0)**2)", "cos(b0) * max(d(y0))"]
    return [f"gradient b0 = {make.pick(formulas)}"]
