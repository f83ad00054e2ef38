"""Steps of random programs that work on whole arrays: order, layout, windows, labels, small matrices, boxes."""

from __future__ import annotations

from collections.abc import Callable

from random_layers.maker import Maker, Value, listed, single, union, without


def running(make: Maker) -> None:
    found = make.with_axis()
    if found is not None:
        value, axis = found
        function, reverse = make.pick(["cumsum", "cumprod", "cummax", "cummin"]), make.pick(["", ", reverse=true"])
        make.add(f"{function}(0.9 * {value.name}, over={axis}{reverse})", value.axes)


def ordered(make: Maker) -> None:
    found = make.with_axis(2)
    if found is None:
        return
    (value, axis), new, how = found, make.fresh("T"), make.pick(["", ", reverse=true", ", last=true"])
    name, left = value.name, without(value.axes, [axis])
    kind, (formula, axes) = make.pick(
        [
            ("real", (f"sort({name}, over={axis}{how})", value.axes)),
            ("real", (f"median({name}, over={axis})", left)),
            ("real", (f"top_k({name}, {new}=2, over={axis}{how})", left | {new: "2"})),
            ("index", (f"rank({name}, over={axis}{how})", value.axes)),
            ("index", (f"argsort({name}, over={axis}{how})", value.axes)),
            ("index", (f"argtop_k({name}, {new}=2, over={axis}{how})", left | {new: "2"})),
            ("real", (f"{name}[{axis}=argtop_k({name}, {new}=2, over={axis}{how})]", left | {new: "2"})),
            ("real", (f"rename({name}, {axis}={new})[{new}=argsort({name}, over={axis}{how})]", value.axes)),
        ]
    )
    make.add(formula, axes, kind)


def laid_out(make: Maker) -> None:
    found = make.with_axis()
    if found is None:
        return
    (value, axis), name = found, found[0].name
    size, amount = value.axes[axis], "m" if make.maybe(3) else "1"
    formula, longer = make.pick(
        [
            (f"pad({name}, {axis}=[1, 0])", f"{size} + 1"),
            (f"pad({name}, {axis}={amount}, value=0.3)", f"{size} + {amount} + {amount}"),
            (f'pad({name}, {axis}=1, mode="edge")', f"{size} + 2"),
            (f'pad({name}, {axis}=1, mode="{make.pick(["symmetric", "wrap"])}")', f"{size} + 2"),
            (f"roll({name}, {axis}={make.pick([1, -1])})", size),
            (f"repeat({name}, {axis}=2)", f"({size}) * 2"),
            (f"tile({name}, {axis}=2)", f"({size}) * 2"),
            (f"concat({name}, {name} * 2, over={axis})", f"({size}) * 2"),
            (f"concat(tanh({name}), {name}[{axis}=:1], over={axis})", f"{size} + 1"),
            (f"concat({name}[{axis}=i:] * i for i in range(1), over={axis})", size),
            (f"resize({name}, {axis}={size} + 1)", f"{size} + 1"),
            (f'resize({name}, {axis}=3, method="{make.pick(["nearest", "bilinear"])}")', "3"),
            (f"resize({name}, {axis}=2 * ({size}), corners=true)", f"2 * ({size})"),
        ]
    )
    make.add(formula, dict(value.axes) | {axis: longer})


def reflected(make: Maker) -> None:
    found = make.with_axis(2)
    if found is not None:
        value, axis = found
        make.add(
            f'pad({value.name}, {axis}=[0, 1], mode="reflect")', dict(value.axes) | {axis: f"{value.axes[axis]} + 1"}
        )


def stacked(make: Maker) -> None:
    a, b = make.pair()
    new = make.fresh("T")
    make.add(f"stack({a.name}, {b.name}, {new})", union(a, b) | {new: "2"})


def behind_each_other(make: Maker) -> None:
    """Along axes of two names."""
    found = make.with_axis()
    if found is None:
        return
    a, axis = found
    rest = without(a.axes, [axis])
    b = make.value(lambda b: any(without(b.axes, [other]) == rest for other in single(b)))
    if b is not None:
        other = make.pick([other for other in single(b) if without(b.axes, [other]) == rest])
        new = make.fresh("F")
        make.add(
            f"concat({a.name}, {b.name}, {new}=[{axis}, {other}])", rest | {new: f"{a.axes[axis]} + {b.axes[other]}"}
        )


def joined(make: Maker) -> None:
    value = make.value(lambda value: len(single(value)) > 1)
    if value is not None:
        first, second = make.some(single(value), 2, 2)
        new = make.fresh("F")
        size = f"({value.axes[first]}) * ({value.axes[second]})"
        make.add(f"join({value.name}, {new}=[{first}, {second}])", without(value.axes, [first, second]) | {new: size})


def taken_apart(make: Maker) -> None:
    found = make.with_axis()
    if found is None:
        return
    (value, axis), by = found, make.pick([2, 1, 3])
    if make.length(value.axes[axis]) % by == 0:
        slow, fast = make.fresh("G"), make.fresh("E")
        known, size = (slow, fast) if make.maybe(2) else (fast, slow)
        axes = without(value.axes, [axis]) | {slow: "", fast: ""}
        axes |= {known: str(by), size: f"({value.axes[axis]}) // {by}"}
        make.add(f"split({value.name}, {axis}=[{slow}, {fast}], {known}={by})", axes)


def _window(make: Maker, value: Value, axis: str) -> tuple[str, str, dict[str, str], str]:
    """What stands in `window(...)`, the axis of offsets, the axes that come out, and options."""
    place, offset, n = make.fresh("P"), make.fresh("W"), f"({value.axes[axis]})"
    reach, pad, stride, dilation = make.pick(
        [(2, 0, 1, 1), (2, 1, 1, 1), (1, 0, 2, 1), (3, 1, 1, 1), (2, 1, 2, 1), (2, 1, 1, 2)]
    )
    size = f"({n} + {2 * pad} - {(reach - 1) * dilation + 1}) // {stride} + 1"
    names = {"pad": (pad, 0), "stride": (stride, 1), "dilation": (dilation, 1)}
    options = "".join(f", {name}={given}" for name, (given, usual) in names.items() if given != usual)
    axes = without(value.axes, [axis]) | {place: size, offset: str(reach)}
    return f"{place} = {axis} by {offset}={reach}", offset, axes, options


def _long_enough(make: Maker, axes: dict[str, str]) -> bool:
    return all(make.length(size) > 0 for size in axes.values())


def windowed(make: Maker) -> None:
    found = make.with_axis(2)
    if found is None:
        return
    value, axis = found
    written, offset, axes, options = _window(make, value, axis)
    if not _long_enough(make, axes):
        return
    outside = make.pick(["", "", ", outside=none", ", outside=0.2"])
    function = make.pick(["max", "sum", "mean", "min", "argmax", "norm", "var"])
    if outside == ", outside=none" and function in ("norm", "var"):
        return
    window = f"window({value.name}, {written}{options}{outside})"
    make.add(
        f"{function}({window}, over={offset})", without(axes, [offset]), "index" if function == "argmax" else "real"
    )


def looked_at(make: Maker) -> None:
    """Windows that are read element by element."""
    found = make.with_axis(2)
    if found is None:
        return
    value, axis = found
    written, offset, axes, options = _window(make, value, axis)
    if not _long_enough(make, axes):
        return
    window = f"window({value.name}, {written}{options}{make.pick(['', ', outside=0.2'])})"
    ramp = f"(0.3 * index({offset}) - 0.2)"
    made = make.pick(
        [f"tanh({window})", f"abs({window} - {ramp})", f"sigmoid({window}) * {window}", f"max({window}, {ramp})"]
    )
    over = make.pick([offset, offset, next((one for one in single(value) if one != axis), offset)])
    made = f"{make.pick(['sum', 'mean', 'max'])}({made}, over={over})"
    make.add(made, without(axes, [over]))


def windowed_twice(make: Maker) -> None:
    """Along two axes at once, as pictures are pooled and convolved."""
    value = make.value(lambda value: sum(make.length(value.axes[axis]) > 1 for axis in single(value)) > 1)
    if value is None:
        return
    first, second = make.some([axis for axis in single(value) if make.length(value.axes[axis]) > 1], 2, 2)
    new = [make.fresh(letter) for letter in "PQVW"]
    kind = make.pick(["max", "mean", "sum", "dot"])
    pad = make.pick([0, 1])
    options = (", pad=1" if pad else "") + (", outside=none" if kind != "dot" and make.maybe(2) else "")
    by = f"{new[0]} = {first} by {new[2]}=2, {new[1]} = {second} by {new[3]}=2"
    window = f"window({value.name}, {by}{options})"
    places = {new[0]: f"{value.axes[first]} + {2 * pad - 1}", new[1]: f"{value.axes[second]} + {2 * pad - 1}"}
    axes = without(value.axes, [first, second]) | places
    if kind != "dot":
        make.add(f"{kind}({window}, over=[{new[2]}, {new[3]}])", axes)
        return
    weight = f"(0.3 * index({new[2]}) - 0.2 * index({new[3]}) + 0.1)"
    make.add(f"dot({window}, {weight}, over=[{new[2]}, {new[3]}])", axes)


def convolved(make: Maker) -> None:
    """With learned weights, over channels and offsets."""
    value = make.value(lambda value: len(single(value)) > 1 and bool(_channels(value)))
    if value is None:
        return
    channel = make.pick(_channels(value))
    axis = make.pick([axis for axis in single(value) if axis != channel])
    written, offset, axes, options = _window(make, value, axis)
    if not _long_enough(make, axes):
        return
    new = make.fresh("F")
    weight = make.param({new: "2", channel: channel, offset: axes[offset]})
    window = f"window({value.name}, {written}{options})"
    make.add(f"dot({window}, {weight}, over=[{channel}, {offset}])", without(axes, [channel, offset]) | {new: "2"})


def _channels(value: Value) -> list[str]:
    return [axis for axis in single(value) if value.axes[axis] == axis]


def folded(make: Maker) -> None:
    value = make.value(lambda value: len(single(value)) > 1)
    if value is None:
        return
    place, offset = make.some(single(value), 2, 2)
    new, stride = make.fresh("T"), make.pick([1, 2])
    size = f"(({value.axes[place]}) - 1) * {stride} + {value.axes[offset]}"
    option = ", stride=2" if stride == 2 else ""
    make.add(
        f"fold({value.name}, {new} = {place} by {offset}{option})", without(value.axes, [place, offset]) | {new: size}
    )


def sampled(make: Maker) -> None:
    found = make.with_axis(pure=True)
    if found is None:
        return
    value, axis = found
    where = make.value(lambda where: axis not in where.axes and make.meet(value, where))
    if where is not None:
        outside = make.pick(["", ', outside="edge"'])
        place = make.pick([f"(tanh({where.name}) + 0.9) * {axis} / 2", f"{where.name} + 0.37"])
        make.add(f"sample({value.name}, {axis}={place}{outside})", without(union(value, where), [axis]))


def by_label(make: Maker) -> None:
    index = make.value(lambda index: index.axes and index.of, "index")
    if index is None:
        return
    size, new = index.of, make.fresh("T")
    value = make.value(lambda value: set(index.axes) <= set(value.axes) and make.meet(value, index))
    over = make.some(index.axes, most=2)
    left, option = without(index.axes, over), f", over=[{', '.join(over)}]"
    name = index.name
    choices: list[tuple[str, str, dict[str, str]]] = [
        (f"count_by({name}, {new}={size}{option})", "real", left | {new: size}),
        (f"one_hot({name}, {new}={size})", "real", dict(index.axes) | {new: size}),
        (f"present({name}, {new}={size}{option})", "bool", left | {new: size}),
    ]
    if value is not None:
        rest = without(value.axes, over) | {new: size}
        choices += [
            (f"{f}({value.name}, {name}, {new}={size}{option})", "real", rest) for f in ("sum_by", "mean_by")
        ] * 2
    formula, kind, axes = make.pick(choices)
    make.add(formula, axes, kind)


def matrix(make: Maker) -> None:
    """A well-conditioned matrix along an axis and a copy of it, and what is worked out of it."""
    found = make.with_axis(most=3, pure=True)
    if found is None or len(found[0].axes) > 3:
        return
    (value, axis), new = found, make.fresh("M")
    size = value.axes[axis]
    pairs = f"0.2 * sin({value.name}) * rename(cos({value.name}), {axis}={new})"
    make.add(pairs, dict(value.axes) | {new: size})
    near = make.lines[-1].split(" = ")[0]
    unit = f"float(index({axis}) == index({new}))"
    name, rest = f"({near} + {unit} * (1 + index({axis})))", without(value.axes, [axis])
    both = rest | {axis: size, new: size}
    side = make.value(lambda b: axis in b.axes and new not in b.axes and make.meet(value, b))
    functions: list[tuple[str, dict[str, str]]] = [
        *((f"{f}({name}, {axis}, {new})", both) for f in ("inverse", "cholesky", "eigenvectors")),
        *((f"{f}({name}, {axis}, {new})", rest) for f in ("det", "logdet", "trace")),
        (f"eigenvalues({name}, {axis}, {new})", rest | {new: size}),
    ]
    if side is not None:
        solved = without(union(value, side), [axis]) | {new: size}
        functions += [(f"solve({name}, {side.name}, {axis}, {new})", solved)] * 2
    formula, axes = make.pick(functions)
    make.add(formula, axes)


def boxes(make: Maker) -> None:
    found = make.with_axis()
    if found is None or len(found[0].axes) > 2:
        return
    (score, axis), new = found, make.fresh("B")
    a = make.value(lambda a: dict(a.axes) == dict(score.axes))
    make.add(f"stack({a.name}, {score.name}, {a.name} + 1, {score.name} + 1.5, {new})", dict(score.axes) | {new: "4"})
    options = make.pick(["", ", threshold=0.3", f", keep=2, among={score.name} > -1", ", plus=1"])
    make.add(f"nms(v{len(make.lines) - 1}, {score.name}, over={axis}{options})", score.axes, "bool")


def list_along(make: Maker) -> None:
    """The entries of a list hyper-parameter along an axis of its length."""
    make.used.add("ws")
    found = make.with_axis(make.size_of_list, make.size_of_list)
    new = make.fresh("L")
    value = make.value()
    if found is not None and found[0].axes[found[1]] == found[1] and make.maybe(2):
        make.add(f"{found[0].name} * values(ws, {found[1]})", found[0].axes)
    else:
        make.add(f"{value.name} * values(ws, {new}) / len(ws)", dict(value.axes) | {new: "len_ws"})


def cropped(make: Maker) -> None:
    """As much of one group as another one has."""
    groups = make.groups
    if not {"S", "U"} <= set(groups) & set(make.sizes) or len(groups["S"]) != len(groups["U"]):
        return
    for whole, part in (("S", "U"), ("U", "S")):
        longer = all(most >= least for most, least in zip(groups[whole], groups[part], strict=True))
        value = make.value(lambda value, whole=whole, part=part: whole in value.axes and part not in value.axes)
        if longer and value is not None:
            make.add(f"crop({value.name}, {whole}={part})", without(value.axes, [whole]) | {part: part})
            return


def from_file(make: Maker) -> None:
    """Numbers that a file holds, and places."""
    value, new, name = make.value(), make.fresh("L"), f"w{len(make.params)}"
    kind = make.pick(["three", "table", "places"])
    if kind == "places":
        index = make.value(kind="index")
        make.params.append(f'const {name}: index [{new}=3] = embed("places.json")')
        if index is not None:
            make.add(f"{name}[{new}={index.name} % 3]", index.axes, "index")
        make.add(f"{value.name} * {name}", dict(value.axes) | {new: "3"})
        return
    axes = {new: "3"} if kind == "three" else {make.fresh("L"): "2", new: "3"}
    make.params.append(f'const {name}: {listed(axes)} = embed("{kind}.json")')
    make.add(f"tanh({value.name}) * {name} - 0.2 * {name}", dict(value.axes) | axes)


STEPS: list[Callable[[Maker], None]] = [
    running, ordered, ordered, laid_out, laid_out, laid_out, reflected, stacked, behind_each_other, joined, taken_apart,
    windowed, windowed, looked_at, windowed_twice, convolved, folded, sampled, by_label, by_label, matrix,
    boxes, list_along, cropped, cropped, cropped, cropped, from_file,
]  # fmt: skip
