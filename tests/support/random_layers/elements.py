"""Steps of random programs that work element by element, reduce axes, or see them otherwise."""

from __future__ import annotations

from random_layers.maker import Maker, mentioned, union, without

UNARY = """
tanh({}) | sigmoid({}) | exp(tanh({})) | {}**2 | -{} | abs({}) | softplus({}) | relu({}) | sin({}) | cos({}) | erf({})
sqrt({}**2 + 1) | log(1 + {}**2) | arctan({}) | max({}, 0.1) | min({}, 0.3) | clip({}, -0.7, 0.9) | log_sigmoid({})
0.5 * {} - 1 | 1 / (1 + exp(-{})) | {} / (1 + abs({})) | 2**tanh({}) | sign({} - 0.0123) | {} * {} | 1 - sigmoid({})
log(sigmoid({})) | expm1(tanh({})) | log1p({}**2) | arcsinh({}) | (1 + {}**2)**-0.5 | (2 + sin({}))**1.5 | {}**3
square({}) | erfc({}) | exp2(tanh({})) | log2(1 + {}**2) | log10(2 + sin({})) | tan(tanh({})) | arcsin(0.9 * tanh({}))
arccos(0.9 * sin({})) | sinh(tanh({})) | cosh(tanh({})) | arccosh(1.1 + {}**2) | arctanh(0.9 * tanh({}))
reciprocal(1 + {}**2) | cbrt({}) | cbrt(1 + {}**2) | pow(1 + {}**2, 0.3) | stop_gradient({}) | {} - stop_gradient({})
{} % 0.7 | tanh({}) // 0.3 | +{} | float({}) | 0.3 * floor({}) | round(2 * {}) / 2 | {} * trunc({}) | ceil({}) - {}
exp(-{}**2) | log(1 + exp({})) | exp({}) / (1 + exp({})) | sqrt(abs({}) + 1) | abs({}) ** 1.5 | 1e-3 * {} + 1e3
{} * sigmoid({}) | max({}, 0) - min({}, 0) | log(exp(tanh({})) + 1e-3) | max(min({}, 1), -1) | ({} > 0.05) and ({} < 1)
""".strip()
BINARY = """
{0} + {1} | {0} - {1} | {0} * {1} | max({0}, {1}) | min({0}, {1}) | {0} / (1 + {1}**2) | hypot({0}, {1})
atan2({0}, 1 + {1}**2) | where({0} > {1} + 0.0123, 1.0, 0) | (1 + {0}**2) ** tanh({1}) | clip({0}, -1 - {1}**2, 1)
float({0} <= {1} + 0.0123) | {0} - 2 * {1} | pow(0.5 + {0}**2, sin({1})) | max({0}, {1}, 0.1) | {0} * exp(-{1}**2)
({0} - {1})**2 | {0} / (2 + cos({1})) - {1} | log(1 + exp({0} - {1})) | min({0}, {1}, {0} * {1}) | {0} * {1} - {1} * {0}
{0} * {1} * {0} | {0} * {1} / (1 + {0}**2) | {1} - {0} * {1} | ({0} + {1}) * ({0} - {1}) | {0} / (0.3 + {0} * {0}) * {1}
clip({0}, tanh({1}) - 1, tanh({1}) + 1) | {0} * {0} + {1} * {1} | tanh({0} / (0.5 + abs({1}))) | {0} % (1 + {1}**2)
""".strip()
# Values that are equal by what they mean may differ by rounding: a comparison between them has to leave room.
CONDITIONS = """
{0} > 0.05 | {0} < {1} + 0.0123 | -0.5 <= {0} < 0.6 | not {0} > {1} + 0.0123 | {0} > 0.2 or {1} < 0.1
{0} > -1 and {1} > -0.9 | isfinite({0}) and {1} > 0 | {0} > mean({1}) + 0.0123 | isnan({0}) or {1} >= 0.3
not isinf({0}) and {1} != 0 | floor({0}) == floor({1}) | {0} > 0 and train | {1} <= 0.4 or {0} > 1 and {1} > -0.3
""".strip()
CHOICES = """
where({2}, {0}, {1}) | where({2}, {0}, 0) | where({2}, log({0}**2), {1}) | where({2}, {0} / {1}, 0.5)
where({2}, 1, {0}) | where({2}, {0} * {1}, -{0}) | {0} * float({2}) | where({2}, 0, {1}) + {0}
where(not {2}, {0}, {0} * {1}) | where({2}, {0} * {1} * {0}, {0} * {1}) | where({2}, -{0}, {0} * {0} * {1})
""".strip()
GUARDS = """
where({0} > 0.05, log({0}) * {1}, {1}) | where({0} != 0, {1} / {0}, 0.5) | where({0} > 0, sqrt({0}) + {1}, 0)
where(abs({0}) < 1, arctanh({0}), {1}) | where({0} > 0.1 and {1} > 0.1, {1} / {0}**2, 1) | where({0} <= 0, 0, {0}**0.3)
where(abs({0}) < 1, arcsin({0}) - {1}, 0.1) | where({0} > 1, arccosh({0}), {1}) | where({0} > 0, pow({0}, {1}), 0)
where(abs({0}) > 0.01, reciprocal({0}), {1}) | where({1} > 0.2, cbrt({1}), {0})
""".strip()
REDUCTIONS = "sum | mean | max | min | prod | var | std | norm | logsumexp"
ALONG = "softmax | log_softmax | softmin"


def unary(make: Maker) -> None:
    value = make.value()
    formula = make.formula(UNARY).replace("{}", value.name)
    make.add(formula, value.axes, "bool" if " and " in formula else "real")


def binary(make: Maker) -> None:
    a, b = make.pair()
    make.add(make.formula(BINARY).format(a.name, b.name), union(a, b))


def condition(make: Maker) -> None:
    a, b = make.pair()
    formula = make.formula(CONDITIONS).format(a.name, b.name)
    over_all = f"mean({b.name})" in formula
    make.add(formula, a.axes if over_all else mentioned(formula, a, b), "bool")


def of_conditions(make: Maker) -> None:
    """What is counted or asked of conditions along axes."""
    test = make.value(lambda value: value.axes, "bool")
    if test is None:
        return
    over = make.some(test.axes)
    function = make.pick(["count", "any", "all"])
    kind = "real" if function == "count" else "bool"
    make.add(f"{function}({test.name}, over=[{', '.join(over)}])", without(test.axes, over), kind)


def chosen(make: Maker) -> None:
    """By a condition that has a name."""
    test = make.value(kind="bool")
    if test is None:
        return
    a = make.value(lambda a: make.meet(test, a))
    if a is None:
        return
    b = make.value(lambda b: make.meet(test, a, b))
    formula = make.formula(CHOICES).format(a.name, b.name, test.name)
    make.add(formula, mentioned(formula, test, a, b))


def masked(make: Maker) -> None:
    """By a condition that is written out."""
    a, b = make.pair()
    c = make.value(lambda c: make.meet(a, b, c))
    test = make.formula(CONDITIONS).format(a.name, c.name)
    if "mean(" in test:
        return
    formula = make.formula(CHOICES).format(b.name, c.name, f"({test})")
    make.add(formula, mentioned(formula, a, b, c))


def guarded(make: Maker) -> None:
    """A value whose derivative is infinite where a mask discards it."""
    a, b = make.pair()
    formula = make.formula(GUARDS).format(a.name, b.name)
    make.add(formula, mentioned(formula, a, b))


def reduction(make: Maker) -> None:
    value = make.value(lambda value: value.axes)
    if value is not None:
        over = make.some(value.axes)
        one = over[0] if len(over) == 1 and make.maybe(2) else f"[{', '.join(over)}]"
        make.add(f"{make.formula(REDUCTIONS)}({value.name}, over={one})", without(value.axes, over))


def of_everything(make: Maker) -> None:
    value = make.value()
    make.add(f"{make.formula(REDUCTIONS + ' | dot')}({value.name})".replace("dot(", f"dot({value.name}, "), {})


def along(make: Maker) -> None:
    value = make.value(lambda value: value.axes)
    if value is not None:
        make.add(f"{make.formula(ALONG)}({value.name}, over=[{', '.join(make.some(value.axes))}])", value.axes)


def extreme_place(make: Maker) -> None:
    """`argmax`, and what stands there."""
    found = make.with_axis()
    if found is None:
        return
    value, axis = found
    place = f"{make.pick(['argmax', 'argmin'])}({value.name}, over={axis})"
    left = without(value.axes, [axis])
    if make.maybe(2):
        make.add(f"{value.name}[{axis}={place}]", left)
    else:
        make.add(place, left, "index", axis if value.axes[axis] == axis else "")


def dot(make: Maker) -> None:
    a, b = make.pair()
    shared = [name for name in a.axes if name in b.axes]
    if shared:
        over = make.some(shared, most=4)
        make.add(f"dot({a.name}, {b.name}, over=[{', '.join(over)}])", without(union(a, b), over))


def dot_with_itself(make: Maker) -> None:
    """All pairs of places along an axis."""
    found = make.with_axis()
    if found is not None and len(found[0].axes) > 1:
        value, axis = found
        new = make.fresh("R")
        over = make.some(without(value.axes, [axis]), most=2)
        axes = without(value.axes, over) | {new: value.axes[axis]}
        other = make.pick([value.name, f"tanh({value.name})", f"({value.name} - 0.2)"])
        make.add(f"dot({value.name}, rename({other}, {axis}={new}), over=[{', '.join(over)}])", axes)


def pairs(make: Maker) -> None:
    """Differences of all pairs, as in distances."""
    found = make.with_axis()
    if found is None:
        return
    value, axis = found
    new = make.fresh("R")
    axes = dict(value.axes) | {new: value.axes[axis]}
    other = f"rename({value.name}, {axis}={new})"
    formulas = ["({0} - {1})**2", "max({0}, {1})", "{0} * {1}", "exp(-({0} - {1})**2)", "abs({0} - 0.5 * {1})"]
    formula = make.pick(formulas).format(value.name, other)
    over = make.some(value.axes, least=0, most=2)
    if over:
        make.add(f"{make.pick(['sum', 'mean', 'max'])}({formula}, over=[{', '.join(over)}])", without(axes, over))
    else:
        make.add(formula, axes)


def part(make: Maker) -> None:
    """Of an axis that a bottom has: a name that a rename has given stands for one size."""
    found = make.with_axis(2, pure=True)
    if found is None:
        return
    value, axis = found
    size = value.axes[axis]
    cuts = [("1:", f"{size} - 1"), (":-1", f"{size} - 1"), ("::2", f"({size} + 1) // 2"), ("::-1", size)]
    cut, left = make.pick([*cuts, (f"{size} - 1:", "1"), (f":{size} // 2", f"{size} // 2")])
    make.add(f"{value.name}[{axis}={cut}]", dict(value.axes) | {axis: left})


def neighbours(make: Maker) -> None:
    """What changes from one place to the next."""
    found = make.with_axis(2, pure=True)
    if found is not None:
        (value, axis), name = found, found[0].name
        formulas = ["{0}[{1}=1:] - {0}[{1}=:-1]", "abs({0}[{1}=1:] - {0}[{1}=:-1])", "{0}[{1}=:-1] * {0}[{1}=1:]"]
        make.add(make.pick(formulas).format(name, axis), dict(value.axes) | {axis: f"{value.axes[axis]} - 1"})


def place(make: Maker) -> None:
    found = make.with_axis()
    if found is not None:
        value, axis = found
        at = make.pick(["0", "-1", f"{value.axes[axis]} - 1", f"({value.axes[axis]}) // 2"])
        make.add(f"{value.name}[{axis}={at}]", without(value.axes, [axis]))


def picked(make: Maker) -> None:
    """By an index that is a place along an axis, perhaps one that a mask discards where it lies outside."""
    index = make.value(lambda index: index.of, "index")
    if index is None:
        return
    value = make.value(lambda value: value.axes.get(index.of) == index.of and make.meet(value, index))
    if value is None:
        return
    axes = without(value.axes, [index.of]) | dict(index.axes)
    simple = f"{value.name}[{index.of}={index.name}]"
    discarded = f"where({index.name} > 0, {value.name}[{index.of}={index.name} - 1], 0.3)"
    computed = f"{value.name}[{index.of}=({index.name} + 1) % {index.of}]"
    make.add(make.pick([simple, simple, discarded, computed]), axes)


def index_as_number(make: Maker) -> None:
    index = make.value(kind="index")
    if index is not None:
        a = make.value(lambda a: make.meet(a, index))
        if a is not None:
            formulas = ["{0} * {1}", "{0} / (1 + {1})", "where({1} == 1, {0}, 0.2)", "{0} + {1} // 2", "{1} % 2 - {0}"]
            make.add(make.pick(formulas).format(a.name, index.name), union(a, index))


def rename(make: Maker) -> None:
    found = make.with_axis()
    if found is not None:
        (value, axis), new = found, make.fresh("R")
        axes = {new if name == axis else name: size for name, size in value.axes.items()}
        make.add(f"rename({value.name}, {axis}={new})", axes)


def sizes(make: Maker) -> None:
    value = make.value()
    size = make.pick(name for name in make.sizes if name != "len_ws")
    formulas = [
        f"{value.name} / {size}",
        f"{value.name} * ({size} + 1) // 1 * 0 + {value.name}",
        f"{value.name} - {size} % 2",
        f"{value.name} / (1 + ndim(b0))",
    ]
    make.add(make.pick(formulas), value.axes)


def coordinate(make: Maker) -> None:
    found = make.with_axis(pure=True)
    if found is not None:
        value, axis = found
        formulas = [
            "{0} * index({1}) - 0.3 * index({1})",
            "where(index({1}) < {1} - 1, {0}, 0.1)",
            "where(index({1}) == 0, tanh({0}), {0})",
            "{0} / (1 + index({1}))",
        ]
        make.add(make.pick(formulas).format(value.name, axis), value.axes)


def counting(make: Maker) -> None:
    a, b = make.pair()
    axes = union(a, b)
    if axes:
        over = make.pick(axes)
        factor = a.name if over not in a.axes else 1
        make.add(f"0.1 * count({a.name} > {b.name} + 0.0123, over={over}) * {factor}", without(axes, [over]))


def spread_out(make: Maker) -> None:
    """A value less its mean, over its deviation: what normalising layers do."""
    value = make.value(lambda value: value.axes)
    if value is not None:
        over = ", ".join(make.some(value.axes))
        formulas = [
            "({0} - mean({0}, over=[{1}])) / sqrt(var({0}, over=[{1}]) + 0.1)",
            "{0} / (norm({0}, over=[{1}]) + 0.5)",
            "{0} - max({0}, over=[{1}])",
            "{0} - logsumexp({0}, over=[{1}])",
            "exp({0} - max({0}, over=[{1}])) / sum(exp({0} - max({0}, over=[{1}])), over=[{1}])",
            "{0} * mean({0}**2, over=[{1}])",
        ]
        make.add(make.pick(formulas).format(value.name, over), value.axes)


STEPS = [unary] * 5 + [binary] * 6 + [reduction] * 3 + [dot] * 2 + [condition] * 2 + [spread_out] * 2 + [
    along, of_conditions, chosen, chosen, masked, masked, guarded, guarded, part, neighbours, place, picked, picked,
    rename, sizes, coordinate, counting, pairs, dot_with_itself, extreme_place, index_as_number, of_everything,
]  # fmt: skip
