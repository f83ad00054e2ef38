"""Steps of random programs that say how values are made: choices, rounds, scans, draws, functions, layers in layers."""

from __future__ import annotations

import re

from random_layers.maker import GROUPS, MOST_ENTRIES, Maker, Value, listed, single, union, without

#: What may stand before the layer, by name, and what it needs itself.
HELPERS = {
    "both": """def both(a, by=2):
    low = min(a, 0.1)
    return low, (a - low) * by
""",
    "scaled": """def scaled(a: [N, *D], by=0.5):
    if by > 1:
        b = a * by
    else:
        b = a - by * mean(a, over=N)
    return b / (1 + norm(b, over=D))
""",
    "decayed": """def decayed(a: [*D], by=0.5):
    for i in range(2):
        carry b = a
        next b = tanh(b) * by + a / (1 + i)
    return b
""",
    "Squashed": """layer Squashed(x: [*A], shift: [*A]?) -> (y: [*A], most: const []):
    hyper by: float = 1
    hyper hard: bool = false
    param gain: [] = 0.5
    most = max(x)
    moved = x if shift == none else x - shift
    y = clip(by * moved, -1, 1) if hard else gain * tanh(by * moved)
""",
    "Centred": """layer Centred(x: [R, *B]) -> y: [R, *B]:
    hyper eps: float = 0.1
    require eps > 0
    y = Squashed((x - mean(x, over=R)) / sqrt(var(x, over=R) + eps), by=0.5).y
""",
    "Reversed": """layer Reversed(x: [*A]) -> y: [*A]:
    hyper lam: float = 0.5
    y = x
    gradient x = -lam * d(y)
""",
    "Remembered": """layer Remembered(x: [*A]) -> y: [*A]:
    state seen: [] = 0.25
    if train:
        update seen = 0.9 * seen + 0.1 * mean(x)
    y = x - seen
""",
    "Rounded": """layer Rounded(x: [*A]) -> (y: [*A], off: [*A]):
    y = round(x)
    off = x - y
    gradient x = d(y) * cos(x) + d(off)
""",
    "Inner": """layer Inner(x: [*A, D]) -> y: [*A, E=many]:
    hyper many: int = 2
    param weight: [E=many, D] = 0.3
    param bias: [E=many] = 0.1, lr_mult=2
    y = dot(x, weight, over=D) + bias
""",
    "fabs": "extern def fabs(a: [*A]) -> [*A] from numpy\n",
    "copysign": "extern def copysign(a: [*A], b: [*A]) -> [*A] from numpy\n",
    "fmod": "extern def fmod(a: [*A], by=0.7) -> [*A] from numpy\n",
    "ptp": "extern def ptp(a: [*A]) -> [] from numpy\n",
    "nanargmax": "extern def nanargmax(a: [D]) -> index(D) [] from numpy\n",
    "Blended": """layer Blended(*xs: [*A]) -> y: [*A]:
    hyper by: float = 0.5
    y = sum(xs / (1 + index(xs)), over=xs) - by * max(tanh(xs), over=xs) / len(xs)
""",
    "Shrunk": """layer Shrunk(*xs: [*A]) -> *ys: [*A]:
    param by: [] = 0.5
    ys = xs / (1 + by**2 * mean(xs**2, over=xs))
""",
    "huber": "from losses import huber\n",
    "swish": "from activations import swish\n",
    "softsign": "from activations import softsign\n",
    "layer_norm": "from normalise import l2_normalise\n",
}
NEEDS = {"Centred": ["Squashed"]}


def helpers_of(text: str) -> str:
    """What a layer's text needs before it."""
    names = [name for name in HELPERS if re.search(rf"\b{name}\b", text)]
    wanted = [name for name in HELPERS if name in names or any(name in NEEDS.get(each, ()) for each in names)]
    imports = "".join(HELPERS[name] for name in wanted if HELPERS[name].startswith("from"))
    others = "\n".join(HELPERS[name] for name in wanted if not HELPERS[name].startswith("from"))
    return "\n".join(part for part in (imports, others) if part) + ("\n" if wanted else "")


STATIC = [
    "train",
    "test",
    "k > 1",
    'mode == "a"',
    "t == none",
    "flag",
    "not flag",
    'k < 3 and mode != "b"',
    "t != none and k > 0",
]


def static_test(make: Maker) -> str:
    """A condition of the set-up."""
    return make.pick([*STATIC, f"{make.pick(make.pure_axes() or ['k'])} > 2"])


def static_choice(make: Maker) -> None:
    a, b = make.pair()
    make.add(f"{a.name} if {static_test(make)} else {b.name}", union(a, b))


def branches(make: Maker) -> None:
    a, b = make.pair()
    formulas = ["tanh({0}) * {1}", "{0} - {1}", "max({0}, {1})", "{0} * mean({1}) + {1}", "{0} / (2 + cos({1}))"]
    yes, no, other = (make.pick(formulas).format(a.name, b.name) for _ in range(3))
    lines = [f"if {static_test(make)}:", f"    {{}} = {yes}"]
    if make.maybe(2):
        lines += [f"elif {static_test(make)}:", f"    {{}} = {other}"]
    make.add_block([*lines, "else:", f"    {{}} = {no}"], union(a, b))


def learned_in_a_branch(make: Maker) -> None:
    found = make.with_axis(pure=True)
    if found is not None:
        value, axis = found
        name = f"w{len(make.params)}"
        make.params.append("")
        param = f"    param {name}: [{axis}] = 0.4"
        test = make.pick(["flag", "k > 1", 'mode == "a"'])
        make.add_block(
            [f"if {test}:", param, f"    {{}} = {value.name} * {name}", "else:", f"    {{}} = {value.name}"], value.axes
        )


def hypers(make: Maker) -> None:
    value = make.value()
    formulas = [
        "{0} * rate",
        "{0} / k + rate",
        "where({0} > rate, {0}, rate * {0})",
        "clip({0}, -limit, limit)",
        "{0}**p",
        "max({0}, rate)",
    ]
    formula = make.pick(formulas).format(value.name)
    make.add(f"abs({value.name})**p" if "**p" in formula else formula, value.axes)


def rounds(make: Maker) -> None:
    a, b = make.pair()
    formula = make.pick(
        [
            "sum({} * i + {} for i in range(3))",
            "prod(tanh({}) + 0.5 * i * {} for i in range(k, k + 2))",
            "max({} * i - {} for i in [-1, 0.5, k])",
            "min({} + i * {} for i in range(k + 1))",
            "mean({} / (1 + i) + {}**2 for i in range(2, 0, -1))",
            "sum(tanh({}) * w - {} for w in ws)",
            "max({} * w + {} * k for w in ws)",
        ]
    )
    make.add(formula.format(a.name, b.name), union(a, b))


def repeated(make: Maker) -> None:
    a = make.value()
    b = make.value(lambda b: set(b.axes) <= set(a.axes) and make.meet(a, b))
    count = make.pick(["range(2)", "range(k)", "range(k + 2)", "[0.5, 1]", "ws"])
    step = make.pick(["tanh(0.5 * {{}} + {b})", "{{}} * 0.5 - {b} / (1 + i)", "where({b} > 0.05, {{}}, 0.3 * {b} + i)"])
    step = step.format(b=b.name)
    make.add_block([f"for i in {count}:", f"    carry {{}} = {a.name}", f"    next {{}} = {step}"], a.axes)


def repeated_in_two(make: Maker) -> None:
    """Two values that a round makes of each other."""
    a = make.value()
    b = make.value(lambda b: dict(b.axes) == dict(a.axes))
    count = make.pick(["range(2)", "range(k)", "range(m + 1)"])
    lines = [
        f"for i in {count}:",
        f"    carry {{}}p = {a.name}",
        f"    carry {{}} = tanh({b.name})",
        "    move{} = 0.4 * sin({}p)",
    ]
    make.add_block([*lines, "    next {}p = {} - {}p / (2 + i)", "    next {} = {} * 0.5 + move{}"], a.axes)


def _scannable(make: Maker, value: Value) -> bool:
    return (
        bool(single(value))
        and not set(GROUPS) <= set(value.axes)
        and all(size == name for name, size in value.axes.items())
    )


def scanned(make: Maker) -> None:
    a = make.value(lambda value: _scannable(make, value))
    if a is None:
        return
    axis = make.pick(single(a))
    b = make.value(lambda b: set(b.axes) <= set(a.axes) and make.meet(a, b))
    rest = listed(without(a.axes, [axis]))
    step = make.pick(
        [
            "tanh(0.5 * {{}} + {a})", "{{}} * {b} * 0.5 + {a}", "max(0.8 * {{}}, {a}) - {b}",
            "where({b} > 0.05, {a}, 0.7 * {{}} + {a})", "0.5 * {{}} + 0.5 * {a}",
            "log(exp(tanh({{}})) + exp(tanh({a})))",
            "min({{}}, {b}) + 0.3 * {a}", "sigmoid({a}) * {{}} + (1 - sigmoid({a})) * tanh({b})",
            "{{}} + {a} * stop_gradient({b})", "0.9 * {{}} + (0.1 if flag else 0.3) * {a}",
            "{{}} * 0.5 + uniform(0, 0.2) * {a}",
        ]
    ).format(a=a.name, b=b.name)  # fmt: skip
    first = make.pick(["0.2", f"tanh({a.name}[{axis}=0])", f"mean({a.name}, over={axis})"])
    make.add_block(
        [
            f"scan {axis}{make.pick(['', ' backwards'])}:",
            f"    carry {{}}: {rest} = {first}",
            f"    next {{}} = {step}",
        ],
        a.axes,
    )


def scanned_in_two(make: Maker) -> None:
    """With a second value, a name of its own, reductions and products in the step."""
    a = make.value(lambda value: len(value.axes) > 1 and _scannable(make, value))
    if a is None:
        return
    axis = make.pick(single(a))
    rest = without(a.axes, [axis])
    over = make.pick(rest)
    left = without(rest, [over])
    header = f"scan {axis}{make.pick(['', ' backwards'])}:"
    inner = make.pick(
        [
            f"0.5 * mean({a.name} * {{}}, over={over}) + 0.5 * {{}}s",
            f"{{}}s + dot({a.name}, {{}}, over={over}) * 0.2",
            f"max({{}}s, max({{}}, over={over}))",
            f"logsumexp({{}} + {a.name}, over={over}) - 0.5 * {{}}s",
        ]
    )
    outer = make.pick(
        ["tanh({{}} + {a}) - 0.3 * {{}}s", "softmax({{}} + {a}, over={o}) * {{}}s + 0.1 * {a}", "{{}} * 0.6 + move{{}}"]
    )
    lines = [
        header, f"    carry {{}}: {listed(rest)} = 0.3", f"    carry {{}}s: {listed(left)} = 0.5",
        f"    move{{}} = {a.name} * {{}}s", f"    next {{}}s = {inner}",
        f"    next {{}} = {outer.format(a=a.name, o=over)}",
    ]  # fmt: skip
    make.add_block(lines, a.axes)


def scanned_with_weights(make: Maker) -> None:
    """What a recurrent layer does."""
    a = make.value(lambda value: len(single(value)) > 1 and _scannable(make, value))
    if a is None:
        return
    axis, state = make.some(single(a), 2, 2)
    new = make.fresh("J")
    weight = make.param({state: state, new: state})
    rest = listed(without(a.axes, [axis]))
    step = f"tanh({a.name} + dot(rename({{}}, {state}={new}), {weight}, over={new}))"
    make.add_block([f"scan {axis}:", f"    carry {{}}: {rest} = 0", f"    next {{}} = {step}"], a.axes)


def scanned_within(make: Maker) -> None:
    """Steps that have steps of their own."""
    a = make.value(lambda value: len(single(value)) > 1 and _scannable(make, value))
    if a is None:
        return
    outer, inner = make.some(single(a), 2, 2)
    rest = listed(without(a.axes, [outer, inner]))
    step = make.pick(["tanh(0.5 * {{}} + {a})", "max(0.7 * {{}}, {a}) - {{}}s", "{{}} * sigmoid({a}) + {{}}s * 0.1"])
    after = make.pick(["{{}}[{i}=-1] * 0.7", "0.5 * {{}}s + mean({{}}, over={i})", "tanh({{}}[{i}=0] - {{}}s)"])
    lines = [
        f"scan {outer}{make.pick(['', ' backwards'])}:",
        f"    carry {{}}s: {rest} = 0.3",
        f"    scan {inner}{make.pick(['', ' backwards'])}:",
        f"        carry {{}}: {rest} = {{}}s",
        f"        next {{}} = {step.format(a=a.name)}",
        f"    next {{}}s = {after.format(i=inner)}",
    ]
    make.add_block(lines, a.axes)


def scanned_choice(make: Maker) -> None:
    """A condition and a whole number are carried."""
    a = make.value(lambda value: _scannable(make, value))
    if a is None:
        return
    axis = make.pick(single(a))
    rest = listed(without(a.axes, [axis]))
    lines = [
        f"scan {axis}:", f"    carry open{{}}: {rest} = false", f"    carry {{}}i: index {rest} = 0",
        f"    next open{{}} = open{{}} or {a.name} > 0.4", "    next {}i = {}i + 1",
        f"    {{}} = where(open{{}}, {a.name} * {{}}i, 0.5 * {a.name})",
    ]  # fmt: skip
    make.add_block(lines, a.axes)


def used(make: Maker) -> None:
    """A layer of the same file, a function, a library."""
    a = make.value(lambda value: value.axes)
    if a is None:
        return
    b = make.value(lambda b: dict(b.axes) == dict(a.axes))
    formulas = [
        "Squashed({0}).y", "Squashed({0}, {1}, by=k).y", "Squashed({0}, hard=true, shift={1}).y",
        "Squashed({0}, by=-0.3).most * {0}", "Reversed({0})", "Reversed({0} * {1}, lam=rate)", "Rounded({0}).off",
        "decayed({0})", "decayed({0}, by=rate)", "huber({0} - {1})", "swish({0})", "softsign({0})", "Remembered({0})",
    ]  # fmt: skip
    whole = [*formulas, "Centred({0}, eps=0.5)", "scaled({0})", "scaled({0}, by=1.5)"]  # a group is not one axis
    make.add(make.pick(formulas if "S" in a.axes or "U" in a.axes else whole).format(a.name, b.name), a.axes)


def multiplied(make: Maker) -> None:
    """A layer with weights of its own along the only axis."""
    a = make.value(lambda value: len(value.axes) == 1 and bool(single(value)))
    if a is not None:
        inner = make.pick(["Inner({0})", "Inner({0}, many=3)", "Inner({0}, many=k + 1, bias=0.2)"]).format(a.name)
        make.add(f"{a.name} * sum(tanh({inner}))", a.axes)


def outside(make: Maker) -> None:
    """Functions that the compiler knows nothing of: those of NumPy are everywhere."""
    a = make.value()
    b = make.value(lambda b: dict(b.axes) == dict(a.axes))
    formulas = [
        "fabs({0}) * {1}",
        "copysign({0}, {1}) + {0}",
        "{0} - fmod({1})",
        "fmod({0}, by=rate) * {1}",
        "{0} * ptp({1})",
    ]
    make.add(make.pick(formulas).format(a.name, b.name), a.axes)
    row = make.value(lambda value: len(value.axes) == 1 and bool(single(value)))
    if row is not None and make.maybe(3):
        (axis,) = row.axes
        make.add(f"{row.name}[{axis}=nanargmax({row.name})]", {})


def by_word(make: Maker) -> None:
    """A hyper-parameter of several words decides, and a list of whole numbers is gone through."""
    value = make.value(lambda value: value.axes)
    if value is None:
        return
    over = make.pick(value.axes)
    left = without(value.axes, [over])
    name = value.name
    choice = f'(max({name}, over={over}) if choice == "max" else mean({name}, over={over}))'
    formulas = [
        (f'sum({name}, over={over}) if choice == "sum" else {choice}', left),
        (f"sum({name} * i - i for i in us)", value.axes),
        (f"max(tanh({name} - 0.5 * i) for i in us)", value.axes),
        (f"{name} * sum(i * i for i in us) / len(us)", value.axes),
    ]
    formula, axes = make.pick(formulas)
    make.add(formula, axes)


def blended(make: Maker) -> None:
    """Layers that take any number of values, and give as many."""
    a = make.value(lambda value: value.axes)
    if a is None:
        return
    others = [make.value(lambda b: dict(b.axes) == dict(a.axes)).name for _ in range(make.pick([0, 1, 2]))]
    several = [] if make.several is None or dict(make.several.axes) != dict(a.axes) else ["s0"]
    given = ", ".join([a.name, *others, *several])
    if several or make.maybe(2):
        make.add(f"Blended({given}{make.pick(['', ', by=-0.3', ', by=rate'])})", a.axes)
        return
    name = f"v{len(make.lines)}"
    names = [name, *(f"{name}{letter}" for letter in "_q"[: len(others)])]
    make.lines.append(f"{', '.join(names)} = Shrunk({given})")
    make.values.append(Value(name, dict(a.axes)))
    if others:
        make.add(f"{name} - {' * '.join(names[1:])}", a.axes)


def two_results(make: Maker) -> None:
    a = make.value()
    name = f"v{len(make.lines)}"
    make.lines.append(f"{name}, {name}_ = both({a.name}, by=0.5)")
    make.values.append(Value(name, dict(a.axes)))
    make.add(f"{name}_ * {name}", a.axes)


def drawn(make: Maker) -> None:
    value = make.value()
    each = ", ".join(make.some(make.pure_axes(), least=0, most=2)) if make.pure_axes() else ""
    axes = dict(value.axes) | {axis: axis for axis in each.split(", ") if axis}
    if any(value.axes.get(axis, axis) != axis for axis in axes if axis in each.split(", ")):
        return
    option = f", each=[{each}]" if each else ""
    formulas = [
        "{0} + uniform(-0.1, 0.3{1})", "{0} * (1 + normal(0, 0.5{1}))", "where(bernoulli(0.6{1}), {0} / 0.6, 0)",
        "{0} * randint(0, 3{1})", "uniform(0, 1 + {0}**2{1})", "where(bernoulli(sigmoid({0}){1}), {0}, 0.1)",
        "{0} + stop_gradient(normal({0}, 0.1{1}))", "{0} * float(bernoulli(rate{1}))",
    ]  # fmt: skip
    make.add(make.pick(formulas).format(value.name, option), axes)


def dropped(make: Maker) -> None:
    value = make.value()
    lines = [
        "if train:",
        f"    {{}} = where(bernoulli(0.5), {value.name}, 0.2)",
        "else:",
        f"    {{}} = 0.5 * {value.name}",
    ]
    make.add_block(lines, value.axes)


def derived(make: Maker) -> None:
    """A derivative as a value."""
    a, b = make.pair()
    if make.entries(union(a, b)) > MOST_ENTRIES:
        return  # the reference measures each entry
    formulas = [
        "tanh({0} * {1})",
        "{0}**2 * {1}",
        "exp(-{0}**2) - {1}",
        "log(1 + {0}**2) * cos({1})",
        "softplus({0}) * {1}",
    ]
    inner = make.pick(formulas).format(a.name, b.name)
    make.add(f"grad({make.pick(['sum', 'mean'])}({inner}), {a.name})", a.axes)


def remembered(make: Maker) -> None:
    """A state that is updated."""
    value = make.value(lambda value: all(size == axis for axis, size in value.axes.items()))
    if value is None:
        return
    kept = dict(list(value.axes.items())[: make.pick([0, 1])])
    over = [axis for axis in value.axes if axis not in kept]
    name = make.param(kept, "state", make.pick(["0", "0.25", "0, saved=false"]))
    seen = f"mean({value.name}, over=[{', '.join(over)}])" if over else value.name
    update = f"update {name} = 0.9 * {name} + 0.1 * {seen}"
    make.updates += [update] if make.maybe(2) else ["if train:", f"    {update}"]
    make.add(f"{value.name} * {name} - {name}", value.axes)


STEPS = [
    static_choice, branches, learned_in_a_branch, hypers, hypers, rounds, repeated, repeated_in_two, scanned, scanned,
    scanned_in_two, scanned_with_weights, scanned_within, scanned_choice, used, used, used, multiplied, two_results,
    drawn, drawn, dropped, derived, remembered, remembered, outside, by_word, blended, blended,
]  # fmt: skip
