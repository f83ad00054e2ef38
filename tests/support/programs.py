"""Random small programs that are well typed: what hypothesis draws from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

AXES = ("N", "C", "H", "K", "S")  # S is a group
SINGLE = ("N", "C", "H", "K")


@dataclass(frozen=True)
class Value:
    """A name with its axes, each with its size as it is written (`H - 1` behind a slice)."""

    name: str
    axes: Mapping[str, str]


@dataclass(frozen=True)
class Drawn:
    """A program, the sizes of its axes, and where its random numbers start."""

    text: str
    sizes: Mapping[str, int]
    seed: int
    train: bool


@dataclass
class _Maker:
    draw: Callable[..., object]
    sizes: dict[str, int]
    values: list[Value] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    index: list[Value] = field(default_factory=list)
    renamed: int = 0

    def pick(self, items):
        return self.draw(st.sampled_from(list(items)))

    def value(self, fits=lambda value: True):
        """A value made before, a later one more often."""
        fitting = [value for value in self.values if fits(value)]
        return self.pick(fitting + 3 * fitting[-3:]) if fitting else None

    def formula(self, table):
        return self.pick(re.split(r" \| |\n", table))

    def add(self, formula, axes):
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {formula}")
        self.values.append(Value(name, dict(axes)))

    def axes_of(self, value, least=1):
        """Some of the axes of a value."""
        return self.draw(st.lists(st.sampled_from(list(value.axes)), min_size=least, max_size=3, unique=True))


UNARY = """
tanh({}) | sigmoid({}) | exp(tanh({})) | {}**2 | -{} | abs({}) | softplus({}) | relu({}) | sin({}) | cos({}) | erf({})
sqrt({}**2 + 1) | log(1 + {}**2) | arctan({}) | max({}, 0.1) | min({}, 0.3) | clip({}, -0.7, 0.9) | log_sigmoid({})
0.5 * {} - 1 | 1 / (1 + exp(-{})) | {} / (1 + abs({})) | 2**tanh({}) | sign({} - 0.0123) | {} * {} | 1 - sigmoid({})
log(sigmoid({})) | expm1(tanh({})) | log1p({}**2) | arcsinh({}) | (1 + {}**2)**-0.5 | (2 + sin({}))**1.5 | {}**3
""".strip()
BINARY = """
{} + {} | {} - {} | {} * {} | max({}, {}) | min({}, {}) | {} / (1 + {}**2) | hypot({}, {}) | atan2({}, 1 + {}**2)
where({} > {} + 0.0123, 1, 0) | (1 + {}**2) ** tanh({}) | clip({}, -1 - {}**2, 1) | float({} <= {} + 0.0123)
{} - 2 * {}
""".strip()
# Values that are equal by what they mean may differ by rounding: a comparison between them has to leave room.
CONDITIONS = """
{0} > 0.05 | {0} < {1} + 0.0123 | -0.5 <= {0} < 0.6 | not {0} > {1} + 0.0123 | {0} > 0.2 or {1} < 0.1
{0} > -1 and {1} > -0.9
isfinite({0}) and {1} > 0 | {0} > mean({1}) + 0.0123
""".strip()
CHOICES = "where({}, {}, {}) | where({}, {}, 0) | where({}, 1, {}) | where({}, {} * {}, 0.5)"
GUARDS = """
where({0} > 0.05, log({0}) * {1}, {1}) | where({0} != 0, {1} / {0}, 0.5) | where({0} > 0, sqrt({0}) + {1}, 0)
where(abs({0}) < 1, arctanh({0}), {1}) | where({0} > 0.1 and {1} > 0.1, {1} / {0}**2, 1) | where({0} <= 0, 0, {0}**0.3)
""".strip()
REDUCTIONS = "sum | mean | max | min | prod | var | std | norm | logsumexp"
ALONG = "softmax | log_softmax | softmin"


def _union(*values):
    axes = {}
    for value in values:
        for name, size in value.axes.items():
            if axes.setdefault(name, size) != size:
                return None
    return axes


def _unary(make):
    value = make.value()
    make.add(make.formula(UNARY).replace("{}", value.name), value.axes)


def _pair(make):
    a = make.value()
    return a, make.value(lambda b: _union(a, b) is not None and len(_union(a, b)) <= 4)


def _binary(make):
    a, b = _pair(make)
    make.add(make.formula(BINARY).format(a.name, b.name), _union(a, b))


def _reduction(make):
    value = make.value(lambda value: value.axes)
    if value is not None:
        over = make.axes_of(value)
        make.add(f"{make.formula(REDUCTIONS)}({value.name}, over=[{', '.join(over)}])", _without(value.axes, over))


def _without(axes, names):
    return {name: size for name, size in axes.items() if name not in names}


def _along(make):
    value = make.value(lambda value: value.axes)
    if value is not None:
        function = make.formula(ALONG)
        make.add(f"{function}({value.name}, over=[{', '.join(make.axes_of(value))}])", value.axes)


def _where(make):
    a, b = _pair(make)
    c = make.value(lambda c: _union(a, b, c) is not None and len(_union(a, b, c)) <= 4)
    test = make.formula(CONDITIONS).format(a.name, c.name)
    formula = make.pick(
        ["where({}, {}, {})", "where({}, {}, 0)", "where({}, log({}**2), {})", "where({}, {} / {}, 0.5)"]
    )
    chosen = formula.format(test, b.name, c.name)
    make.add(chosen, _union(*(value for value in (a, b, c) if re.search(rf"\b{value.name}\b", chosen))))


def _guarded(make):
    """A value whose derivative is infinite where a mask discards it."""
    a, b = _pair(make)
    formula = make.formula(GUARDS).format(a.name, b.name)
    make.add(formula, _union(a, b) if re.search(rf"\b{b.name}\b", formula) else a.axes)


def _dot(make):
    a, b = _pair(make)
    shared = [name for name in a.axes if name in b.axes]
    if shared:
        over = make.draw(st.lists(st.sampled_from(shared), min_size=1, unique=True))
        make.add(f"dot({a.name}, {b.name}, over=[{', '.join(over)}])", _without(_union(a, b), over))


def _slice(make):
    """Of an axis that a bottom has: a name that a rename has given stands for one size."""
    value = make.value(lambda value: _long_axes(make, value))
    if value is None:
        return
    axis = make.pick(_long_axes(make, value))
    size = value.axes[axis]
    cut, left = make.pick([("1:", f"{size} - 1"), (":-1", f"{size} - 1"), ("::2", f"({size} + 1) // 2")])
    make.add(f"{value.name}[{axis}={cut}]", value.axes | {axis: left})


def _long_axes(make, value):
    return [name for name, size in value.axes.items() if name in SINGLE and _length(make, size) > 1]


def _length(make, size):
    return eval(size, {}, dict(make.sizes))  # of our own making


def _at(make):
    value = make.value(_single)
    if value is not None:
        axis = make.pick(_single(value))
        make.add(
            f"{value.name}[{axis}={make.pick(['0', '-1', f'{value.axes[axis]} - 1'])}]", _without(value.axes, [axis])
        )


def _picked(make):
    index = make.pick(make.index) if make.index else None
    value = make.value(
        lambda value: index is not None and value.axes.get("C") == "C" and _union(value, index) is not None
    )
    if value is not None:
        make.add(f"{value.name}[C={index.name}]", _without(value.axes, ["C"]) | index.axes)


def _single(value):
    return [axis for axis in value.axes if axis != "S"]


def _rename(make):
    value = make.value(_single)
    if value is not None and make.renamed < 2:
        make.renamed += 1
        axis, new = make.pick(_single(value)), f"R{make.renamed}"
        axes = {new if name == axis else name: size for name, size in value.axes.items()}
        make.add(f"rename({value.name}, {axis}={new})", axes)


def _sizes(make):
    value = make.value()
    axis = make.pick(make.sizes)
    make.add(make.pick([f"{value.name} / {axis}", f"{value.name} * ({axis} + 1) // 1 * 0 + {value.name}"]), value.axes)


def _static(make):
    a, b = _pair(make)
    test = make.pick(["train", "test", "k > 1", 'mode == "a"', f"{make.pick(make.sizes)} > 2", "t == none"])
    make.add(f"{a.name} if {test} else {b.name}", _union(a, b))


def _coordinate(make):
    value = make.value(lambda value: any(value.axes[name] == name for name in _single(value)))
    if value is not None:
        axis = make.pick([name for name in _single(value) if value.axes[name] == name])
        make.add(f"{value.name} * index({axis}) - 0.3 * index({axis})", value.axes)


def _counting(make):
    a, b = _pair(make)
    if _union(a, b):
        over = make.pick(_union(a, b))
        make.add(f"0.1 * count({a.name} > {b.name} + 0.0123, over={over}) * {a.name if over not in a.axes else 1}",
                 _without(_union(a, b), [over]))  # fmt: skip


STEPS = [_unary] * 4 + [_binary] * 5 + [_reduction] * 3 + [_dot] * 2 + [
    _along, _where, _where, _guarded, _guarded, _slice, _at, _picked, _rename, _sizes, _static, _coordinate, _counting,
]  # fmt: skip


@st.composite
def programs(draw, families=False):
    """A program with one or two tops, some bottoms and perhaps a parameter and labels.

    With `families`, also operators that work on whole arrays, loops, and layers inside layers.
    """
    sizes = {name: draw(st.integers(1, 4)) for name in AXES}
    make = _Maker(draw, sizes)
    bottoms = [_bottom(make, f"b{i}", "") for i in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        bottoms.append(_bottom(make, "c0", "const "))
    if draw(st.booleans()) and any("C" in value.axes for value in make.values):
        axes = make.pick([("N",), ("N", "H"), ("K",), ("N", "S"), ()])
        make.index.append(Value("label", {name: name for name in axes}))
        bottoms.append(f"label: index(C) [{', '.join(_declared(axis, axis) for axis in axes)}]")
    known = {name for value in make.values for name in value.axes} | {n for v in make.index for n in v.axes}
    make.sizes = {name: sizes[name] for name in AXES if name in known}
    params = _params(make)
    for _ in range(draw(st.integers(2, 14))):
        make.pick((STEPS + FAMILIES if families else STEPS) if make.sizes else [_unary, _binary])(make)
    tops, ends = _tops(make)
    hypers = ["hyper k: int = 1", 'hyper mode: "a" | "b" = "a"', "hyper t: float? = none"]
    body = "\n    ".join([*hypers, *params, *make.lines, *ends])
    prelude = PRELUDE if families else ""
    text = f"{prelude}layer A({', '.join(bottoms)}) -> ({', '.join(tops)}):\n    {body}\n"
    return Drawn(text, sizes, draw(st.integers(0, 1000)), draw(st.booleans()))


def _bottom(make, name, kind):
    axes = make.draw(st.lists(st.sampled_from(AXES), max_size=4, unique=True))
    make.values.append(Value(name, {axis: axis for axis in axes}))
    return f"{name}: {kind}[{', '.join(_declared(axis, axis) for axis in axes)}]"


def _params(make):
    if not make.sizes or not make.draw(st.booleans()):
        return []
    axes = make.draw(st.lists(st.sampled_from(list(make.sizes)), max_size=2, unique=True))
    make.values.append(Value("w", {axis: axis for axis in axes}))
    return [f"param w: [{', '.join(_declared(axis, axis) for axis in axes)}] = 0.5"]


def _tops(make):
    tops, ends = [], []
    for name in ("y", "z")[: make.draw(st.integers(1, 2))]:
        value = make.values[-1] if name == "y" else make.value()
        axes = make.draw(st.permutations(list(value.axes)))
        tops.append(f"{name}: [{', '.join(_declared(axis, value.axes[axis]) for axis in axes)}]")
        rest = "".join(f" + 0.3 * mean({other})" for other in _unused(make, value)) if name == "y" else ""
        ends.append(f"{name} = {value.name}{rest}")
    return tops, ends


def _unused(make, value):
    """What no line needs, so that nothing is computed for nobody."""
    read = " ".join(line.split(" = ", 1)[1] for line in make.lines)
    return [v.name for v in make.values if not re.search(rf"\b{v.name}\b", read) and v is not value]


def _declared(axis, size):
    return "*S" if axis == "S" else axis if size == axis else f"{axis}={size}"


from program_families import FAMILIES, PRELUDE  # noqa: E402 - they are made with what stands above
