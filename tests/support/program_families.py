"""Steps of random programs: order, layout, windows, rounds, scans, layers inside layers."""

from __future__ import annotations

from hypothesis import strategies as st
from programs import _declared, _length, _single, _union, _without

#: What stands before the layer: functions and layers for it to use.
PRELUDE = """
def both(a, by=2):
    low = min(a, 0.1)
    return low, (a - low) * by

layer Squashed(x: [*A], shift: [*A]?) -> (y: [*A], most: const []):
    hyper by: float = 1
    hyper hard: bool = false
    param gain: [] = 0.5
    most = max(x)
    moved = x if shift == none else x - shift
    y = clip(by * moved, -1, 1) if hard else gain * tanh(by * moved)

layer Centred(x: [R, *B]) -> y: [R, *B]:
    hyper eps: float = 0.1
    require eps > 0
    y = Squashed((x - mean(x, over=R)) / sqrt(var(x, over=R) + eps), by=0.5).y
"""


def _axis(make, value):
    return make.pick(_single(value))


def _new(make, letter):
    """A name that no axis has."""
    make.renamed += 1
    return f"{letter}{make.renamed}"


def _with_axis(make, least=1):
    value = make.value(lambda value: any(_length(make, value.axes[axis]) >= least for axis in _single(value)))
    if value is None:
        return None, None
    return value, make.pick([axis for axis in _single(value) if _length(make, value.axes[axis]) >= least])


def _running(make):
    value, axis = _with_axis(make)
    if value is not None:
        function = make.pick(["cumsum", "cumprod", "cummax", "cummin"])
        reverse = make.pick(["", ", reverse=true"])
        make.add(f"{function}(0.9 * {value.name}, over={axis}{reverse})", value.axes)


def _ordered(make):
    value, axis = _with_axis(make, 2)
    if value is None:
        return
    new = _new(make, "T")
    formula, axes = make.pick(
        [
            (f"sort({value.name}, over={axis})", value.axes),
            (f"median({value.name}, over={axis})", _without(value.axes, [axis])),
            (f"top_k({value.name}, {new}=2, over={axis})", _without(value.axes, [axis]) | {new: "2"}),
        ]
    )
    make.add(formula, axes)


def _laid_out(make):
    value, axis = _with_axis(make)
    if value is None:
        return
    name, size = value.name, value.axes[axis]
    formula, longer = make.pick(
        [
            (f"pad({name}, {axis}=[1, 0])", f"{size} + 1"),
            (f"pad({name}, {axis}=1, value=0.3)", f"{size} + 2"),
            (f'pad({name}, {axis}=1, mode="edge")', f"{size} + 2"),
            (f"roll({name}, {axis}=1)", size),
            (f"repeat({name}, {axis}=2)", f"({size}) * 2"),
            (f"tile({name}, {axis}=2)", f"({size}) * 2"),
            (f"concat({name}, {name} * 2, over={axis})", f"({size}) * 2"),
            (f"concat(tanh({name}), {name}[{axis}=:1], over={axis})", f"{size} + 1"),
            (f"concat({name}[{axis}=i:] * i for i in range(1), over={axis})", size),
        ]
    )
    make.add(formula, value.axes | {axis: longer})


def _stacked(make):
    a = make.value()
    b = make.value(lambda b: dict(b.axes) == dict(a.axes))
    if len(a.axes) < 4:
        new = _new(make, "T")
        make.add(f"stack({a.name}, {b.name}, {new})", dict(a.axes) | {new: "2"})


def _joined(make):
    value = make.value(lambda value: len(_single(value)) > 1)
    if value is None:
        return
    first, second = make.draw(st.permutations(_single(value)))[:2]
    new = _new(make, "F")
    size = f"({value.axes[first]}) * ({value.axes[second]})"
    make.add(f"join({value.name}, {new}=[{first}, {second}])", _without(value.axes, [first, second]) | {new: size})


def _windowed(make):
    value, axis = _with_axis(make, 2)
    if value is None:
        return
    place, offset = _new(make, "P"), _new(make, "W")
    function = make.pick(["max", "sum", "mean", "min"])
    more, size = make.pick([("", f"{value.axes[axis]} - 1"), (", pad=1", f"{value.axes[axis]} + 1")])
    window = f"window({value.name}, {place}={axis} by {offset}=2{more})"
    make.add(f"{function}({window}, over={offset})", _without(value.axes, [axis]) | {place: size})


def _rounds(make):
    a = make.value()
    b = make.value(lambda b: _union(a, b) is not None and len(_union(a, b)) <= 4)
    if b is None:
        return
    formula = make.pick(
        [
            "sum({} * i + {} for i in range(3))",
            "prod(tanh({}) + 0.5 * i * {} for i in range(k, k + 2))",
            "max({} * i - {} for i in [-1, 0.5, k])",
            "min({} + i * {} for i in range(k + 1))",
            "mean({} / (1 + i) + {}**2 for i in range(2, 0, -1))",
        ]
    )
    make.add(formula.format(a.name, b.name), _union(a, b))


def _block(make, header, carry, step, axes):
    """A block that gives one value, as one line of the program."""
    name = f"v{len(make.lines)}"
    make.add("", axes)
    make.lines[-1] = "\n        ".join([header, f"carry {name}{carry}", f"next {name} = {step.format(name)}"])


def _repeated(make):
    a = make.value()
    b = make.value(lambda b: set(b.axes) <= set(a.axes) and _union(a, b) is not None)
    count = make.pick(["range(2)", "range(k)", "range(k + 2)", "[0.5, 1]"])
    step = make.pick(["tanh(0.5 * {{}} + {b})", "{{}} * 0.5 - {b} / (1 + i)", "where({b} > 0.05, {{}}, 0.3 * {b} + i)"])
    _block(make, f"for i in {count}:", f" = {a.name}", step.format(b=b.name), a.axes)


def _scanned(make):
    a = make.value(lambda value: any(value.axes[axis] == axis for axis in _single(value)))
    if a is None:
        return
    axis = make.pick([axis for axis in _single(a) if a.axes[axis] == axis])
    b = make.value(lambda b: set(b.axes) <= set(a.axes) and _union(a, b) is not None)
    rest = ", ".join(_declared(name, size) for name, size in _without(a.axes, [axis]).items())
    steps = ["tanh(0.5 * {{}} + {a})", "{{}} * {b} + {a}", "max(0.8 * {{}}, {a}) - {b}"]
    step = make.pick(steps).format(a=a.name, b=b.name)
    if all(size == name for name, size in a.axes.items()):
        _block(make, f"scan {axis}{make.pick(['', ' backwards'])}:", f": [{rest}] = 0.2", step, a.axes)


def _used(make):
    a = make.value(lambda value: value.axes)
    if a is None:
        return
    b = make.value(lambda b: dict(b.axes) == dict(a.axes))
    formulas = [
        "Squashed({0}).y",
        "Squashed({0}, {1}, by=k).y",
        "Squashed({0}, hard=true, shift={1}).y",
        "Squashed({0}, by=-0.3).y + 0 * Squashed({0}).most",
    ]
    formula = make.pick(formulas if "S" in a.axes else [*formulas, "Centred({0}, eps=0.5)"])  # a group is not one axis
    make.add(formula.format(a.name, b.name), a.axes)


def _two(make):
    a = make.value()
    name = f"v{len(make.lines)}"
    make.add("", a.axes)
    make.lines[-1] = f"{name}, {name}_ = both({a.name}, by=0.5)"
    make.add(f"{name}_ * {name}", a.axes)


FAMILIES = [
    _running, _ordered, _laid_out, _laid_out, _stacked, _joined, _windowed, _rounds, _repeated, _scanned, _used, _two,
]  # fmt: skip
