"""The NumPy text of every operator: the statements that compute one node into its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from layerdsl.emit.refs import Refs
from layerdsl.graph import Axis, Node, Size, is_big
from layerdsl.graph import size as sizes
from layerdsl.plan.cost import VIEWS
from layerdsl.plan.product import copies, groups, layout, lying
from layerdsl.plan.schedule import Step, is_product, space
from layerdsl.plan.storage import Place, by_bits, by_rows, flat_dot, in_two_steps, rows_of, with_constant

UFUNCS: Final[dict[str, str]] = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "pow": "power",
    "floordiv": "floor_divide",
    "mod": "mod",
    "neg": "negative",
    "abs": "absolute",
    "round": "rint",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
    "not": "logical_not",
    **{
        name: name
        for name in (
            "maximum minimum arctan2 hypot sign sqrt square exp expm1 log log1p log2 log10 exp2 sin cos tan arcsin "
            "arccos arctan sinh cosh tanh arcsinh arccosh arctanh floor ceil trunc reciprocal cbrt isnan isinf isfinite"
        ).split()
    },
}

REDUCERS: Final = {
    "sum": "np.add.reduce",
    "max": "np.maximum.reduce",
    "min": "np.minimum.reduce",
    "prod": "np.multiply.reduce",
    "any": "np.logical_or.reduce",
    "all": "np.logical_and.reduce",
}


@dataclass
class Emitter:
    """What the statements of one step are made with; `support` collects the functions that the file has to carry."""

    refs: Refs
    support: set[str]
    where: Callable[[Node], str]  # layer, file and line of a node, for messages
    bases: dict[tuple[str, str], str]  # expression of the offsets of a pick -> the name of their buffer

    def operand(self, step: Step, i: int) -> str:
        """An argument as an operand over the axes that the step runs over."""
        return self.refs.read(step.node.args[i], self.refs.order(space(step.node)))

    def out(self, step: Step) -> str:
        """The place of the result."""
        return self.refs.write(self.place(step), step.node.axes)

    def place(self, step: Step) -> Place:
        """Where the result goes: for a sum over parts, the part of it."""
        storage = self.refs.storage
        return storage.partial[step.node] if step.node in storage.partial else self.refs.place(step.node)

    def scratch(self, step: Step, i: int, axes: tuple[Axis, ...]) -> str:
        """A temporary that the step needs while it runs."""
        return self.refs.write(self.refs.scratch(step.node)[i], axes)


def statements(emitter: Emitter, step: Step) -> list[str]:
    """The lines that compute a step."""
    op = step.node.op
    if op == "sign" and emitter.refs.scratch(step.node):
        return _sign(emitter, step)
    if op in UFUNCS:
        operands = [emitter.operand(step, i) for i in range(len(step.node.args))]
        if with_constant(step.node) and emitter.refs.scratch(step.node):
            operands[1] = emitter.scratch(step, 0, step.node.axes)
        if getattr(emitter.refs.place(step.node), "dtype", "") == "bits":
            return _compared_as_bits(UFUNCS[op], operands, emitter.out(step))
        return [f"np.{UFUNCS[op]}({', '.join(operands)}, out={emitter.out(step)})"]
    if op in REDUCERS:
        return _reduce(emitter, step)
    return TEXTS[op](emitter, step)


def _compared_as_bits(ufunc: str, operands: list[str], out: str) -> list[str]:
    """A mask of integers with all bits set where the comparison holds."""
    return [f"np.{ufunc}({', '.join(operands)}, out={out})", f"np.negative({out}, out={out})"]


def _sign(emitter: Emitter, step: Step) -> list[str]:
    """By two comparisons, which every NumPy has fast loops for."""
    x, out, below = emitter.operand(step, 0), emitter.out(step), emitter.scratch(step, 0, step.node.axes)
    return [
        f"np.greater({x}, 0, out={out})",
        f"np.less({x}, 0, out={below})",
        f"np.subtract({out}, {below}, out={out})",
    ]


def _reduce(emitter: Emitter, step: Step) -> list[str]:
    """A reduction; as part of a sum over a loop to one number, an expression that is added."""
    if step.adds_up and not step.node.axes:
        return [f"{emitter.refs.loop_names[step.node]} += float({REDUCERS[step.node.op]}({_flat(emitter, step)}))"]  # type: ignore[index]
    if step.node.op in ("max", "min") and emitter.refs.scratch(step.node):
        emitter.support.add("_extreme")
        pair = {"max": "np.maximum", "min": "np.minimum"}[step.node.op]
        (place,) = _reduced(emitter, step)
        spare = emitter.scratch(step, 0, step.node.axes)
        return [f"_extreme({pair}, {emitter.operand(step, 0)}, {place}, {emitter.out(step)}, {spare})"]
    if step.node.op == "sum" and in_two_steps(step, emitter.refs.order):
        return _rows_sum(emitter, step)
    return [_reduction(REDUCERS[step.node.op], emitter.operand(step, 0), emitter, step)]


def _rows_sum(emitter: Emitter, step: Step) -> list[str]:
    """The sums of the rows, then their sum in double precision."""
    rest = rows_of(step.node, emitter.refs.order)
    rows = emitter.scratch(step, 0, rest)
    over = set(step.node.attr("over"))  # type: ignore[call-overload]
    places = [str(i) for i, axis in enumerate(rest) if axis.name in over]
    axis = places[0] if len(places) == 1 else f"({', '.join(places)})"
    return [
        f"np.add.reduce({emitter.operand(step, 0)}, axis=-1, out={rows})",
        f"np.add.reduce({rows}, axis={axis}, out={emitter.out(step)})",
    ]


def _flat(emitter: Emitter, step: Step) -> str:
    return f"{emitter.operand(step, 0)}, axis=None"


def _reduction(reducer: str, operand: str, emitter: Emitter, step: Step) -> str:
    places = _reduced(emitter, step)
    axis = "None" if not step.node.axes else str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"
    return f"{reducer}({operand}, axis={axis}, out={emitter.out(step)})"


def _reduced(emitter: Emitter, step: Step) -> list[int]:
    """The places of the reduced axes among those that the step runs over."""
    over = set(step.node.attr("over"))  # type: ignore[call-overload]
    return [i for i, axis in enumerate(emitter.refs.order(space(step.node))) if axis.name in over]


def _position(emitter: Emitter, step: Step) -> list[str]:
    (place,) = _reduced(emitter, step)
    x, out = emitter.operand(step, 0), emitter.out(step)
    if not emitter.refs.scratch(step.node):
        return [f"np.{step.node.op}({x}, axis={place}, out={out})"]
    emitter.support.add("_first_place")
    better = {"argmax": "np.greater", "argmin": "np.less"}[step.node.op]
    best, found = (emitter.scratch(step, i, step.node.axes) for i in range(2))
    return [f"_first_place({better}, {x}, {place}, {out}, {best}, {found})"]


def _real(emitter: Emitter, step: Step) -> list[str]:
    casting = ", casting='unsafe'" if step.node.args[0].op in ("argmax", "argmin") else ""
    return [f"np.copyto({emitter.out(step)}, {emitter.operand(step, 0)}{casting})"]


def _where(emitter: Emitter, step: Step) -> list[str]:
    test, a, b = (emitter.operand(step, i) for i in range(3))
    out = emitter.out(step)
    if by_bits(step.node):
        emitter.support.add("_where")
        return [f"_where({_mask_text(emitter, step, test)}, {a}, {b}, {out})"]
    return [f"np.copyto({out}, {b})", f"np.copyto({out}, {a}, where={test})"]


def _gate(emitter: Emitter, step: Step) -> list[str]:
    test, g = (emitter.operand(step, i) for i in range(2))
    out = emitter.out(step)
    if by_bits(step.node):
        emitter.support.add("_mask")
        return [f"_mask({_mask_text(emitter, step, test)}, {g}, {out})"]
    if is_big(step.node.axes):
        return [f"np.multiply({g}, {test}, out={out})"]
    return [f"np.copyto({out}, 0)", f"np.copyto({out}, {g}, where={test})"]


def _mask_text(emitter: Emitter, step: Step, test: str) -> str:
    """The mask as bits: it is that already, or it is made in a temporary that has the mask's axes."""
    refs, mask = emitter.refs, step.node.args[0]
    if not refs.scratch(step.node):
        return test
    emitter.support.add("_bits")
    place = refs.read_place(refs.scratch(step.node)[0], mask.axes, refs.order(step.node.axes))
    return f"_bits({test}, {place})"


def _erf(emitter: Emitter, step: Step) -> list[str]:
    emitter.support.add("_erf")
    scratch = ", ".join(emitter.scratch(step, i, step.node.axes) for i in range(2))
    return [f"_erf({emitter.operand(step, 0)}, {scratch}, {emitter.out(step)})"]


def _select(emitter: Emitter, step: Step) -> list[str]:
    test = emitter.refs.scalar(step.node.args[0])
    a, b, out = emitter.operand(step, 1), emitter.operand(step, 2), emitter.out(step)
    lines = [f"if {test}:", f"    np.copyto({out}, {a})", "else:", f"    np.copyto({out}, {b})"]
    if a == out:
        return [f"if {_opposite(test)}:", lines[3]]
    return lines[:2] if b == out else lines


def _opposite(test: str) -> str:
    return test.replace(" is None", " is not None") if test.endswith(" is None") else f"not ({test})"


def _store(emitter: Emitter, step: Step) -> list[str]:
    out, value = emitter.out(step), emitter.operand(step, 0)
    if step.node.attr("kind") == "blob_diff":
        return [f"np.add({out}, {value}, out={out})"]
    if value == out:
        return []
    casting = ", casting='unsafe'" if step.node.args[0].op in ("argmax", "argmin") else ""
    return [f"np.copyto({out}, {value}{casting})"]


def _dot(emitter: Emitter, step: Step) -> list[str]:
    if is_product(step.node):
        return _product(emitter, step)
    if flat_dot(step):
        return _flat_dot(emitter, step)
    if by_rows(step.node, emitter.refs.order):
        return _rows_dot(emitter, step)
    a, b = emitter.operand(step, 0), emitter.operand(step, 1)
    axes = space(step.node)
    product = emitter.scratch(step, 0, axes)
    squared = step.node.args[0] is step.node.args[1]
    first = f"np.square({a}, out={product})" if squared else f"np.multiply({a}, {b}, out={product})"
    return [first, _reduction("np.add.reduce", product, emitter, step)]


def _rows_dot(emitter: Emitter, step: Step) -> list[str]:
    """The products of the rows by BLAS, then the sum of what it gives over the other axes."""
    node = step.node
    a, b = emitter.operand(step, 0), emitter.operand(step, 1)
    whole = emitter.refs.order(space(node))
    rest = whole[:-1]
    alone = {axis.name for axis in rest} == set(node.names)
    rows = emitter.out(step) if alone else emitter.scratch(step, 0, rest)
    lines = [f"np.matmul({a}[..., None, :], {b}[..., None], out={rows}[..., None, None])"]
    over = set(node.attr("over"))  # type: ignore[call-overload]
    places = [str(i) for i, axis in enumerate(rest) if axis.name in over]
    if not alone:
        axis = "None" if not node.axes else places[0] if len(places) == 1 else f"({', '.join(places)})"
        lines.append(f"np.add.reduce({rows}, axis={axis}, out={emitter.out(step)})")
    return lines


def _flat_dot(emitter: Emitter, step: Step) -> list[str]:
    a, b = (f"{emitter.operand(step, i)}{_ravel(step, i)}" for i in range(2))
    if step.adds_up:
        return [f"{emitter.refs.loop_names[step.node]} += float(np.dot({a}, {b}))"]  # type: ignore[index]
    return [f"np.dot({a}, {b}, out={emitter.out(step)})"]


def _ravel(step: Step, i: int) -> str:
    return "" if len(step.node.args[i].axes) == 1 else ".reshape(-1)"


def _product(emitter: Emitter, step: Step) -> list[str]:
    """A product of matrices by BLAS: the arrays seen as matrices, copied first where they do not lie as such."""
    refs, node = emitter.refs, step.node
    g = groups(node, refs.order)
    wanted = copies(node, refs.order)
    lines: list[str] = []
    scratch = [i for i, axes in enumerate(wanted) if axes is not None]
    names = {i: refs.plain(refs.scratch(node)[k]) for k, i in enumerate(scratch)}
    a = _matrix(emitter, node.args[0], names.get(0), g.batch, g.rows, g.summed, lines)
    b = _matrix(emitter, node.args[1], names.get(1), g.batch, g.summed, g.columns, lines)
    out = names.get(2) or emitter.out(step)
    kind = "straight" if 2 in names else layout(refs.order(node.axes), g.batch, g.rows, g.columns)
    call = "np.matmul" if g.batch else "np.dot"
    if kind == "straight":
        lines.append(f"{call}({a}, {b}, out={_shaped(emitter, out, g.batch, g.rows, g.columns, node.axes)})")
    else:
        turned = _shaped(emitter, out, g.batch, g.columns, g.rows, node.axes)
        lines.append(f"{call}({_turn(b, g.batch)}, {_turn(a, g.batch)}, out={turned})")
    if 2 in names:
        target = emitter.out(step)
        held = [axis.name for axis in (*g.batch, *g.rows, *g.columns)]
        order = ", ".join(str(held.index(axis.name)) for axis in refs.order(node.axes))
        lines.append(f"np.copyto({target}, {names[2]}.transpose({order}))")
    return lines


def _matrix(
    emitter: Emitter,
    node: Node,
    copy: str | None,
    batch: tuple[Axis, ...],
    rows: tuple[Axis, ...],
    columns: tuple[Axis, ...],
    lines: list[str],
) -> str:
    """A factor as a matrix, or a stack of them."""
    refs = emitter.refs
    if copy is not None:
        whole = refs.whole(node)
        wanted = [axis.name for axis in (*batch, *rows, *columns)]
        turn = ", ".join(str(whole.axes.index(name)) for name in wanted)
        moved = f"{whole.text}.transpose({turn})" if wanted != list(whole.axes) else whole.text
        lines.append(f"np.copyto({copy}, {moved})")
        return _shaped(emitter, copy, batch, rows, columns, (*batch, *rows, *columns))
    text, lies = refs.array(node).text, lying(node, refs.order)
    if layout(lies or (), batch, rows, columns) == "turned":
        return _turn(_shaped(emitter, text, batch, columns, rows, node.axes), batch)
    return _shaped(emitter, text, batch, rows, columns, node.axes)


def _turn(text: str, batch: tuple[Axis, ...]) -> str:
    return f"{text}.swapaxes(1, 2)" if batch else f"{text}.T"


def _shaped(
    emitter: Emitter,
    text: str,
    batch: tuple[Axis, ...],
    rows: tuple[Axis, ...],
    columns: tuple[Axis, ...],
    axes: tuple[Axis, ...],
) -> str:
    """An array of these axes as a matrix, or a stack of them."""
    if len(axes) == (3 if batch else 2) and len(rows) == len(columns) == 1:
        return text
    counts = [sizes.product([axis.size for axis in group]) for group in ([batch] if batch else []) + [rows, columns]]
    return f"{text}.reshape({', '.join(emitter.refs.size(count) for count in counts)})"


def _pairs(emitter: Emitter, step: Step) -> list[str]:
    """Distances by a matrix product in double precision, which is as exact as differences in single."""
    refs, node = emitter.refs, step.node
    emitter.support.add("_pairs")
    a, b = node.args
    (k,) = [axis for axis in a.axes if axis.name in b.names]
    first, second = (refs.read(arg, (_other(arg, k), k)) for arg in node.args)
    scratch = ", ".join(refs.plain(place) for place in refs.scratch(node))
    out = refs.write(refs.place(node), node.axes)
    turned = refs.order(node.axes)[0] is not _other(a, k) and refs.order(node.axes)[0].name != _other(a, k).name
    return [f"_pairs({first}, {second}, {scratch}, {out}{'.T' if turned else ''})"]


def _spread(emitter: Emitter, step: Step) -> list[str]:
    """The sum of weights times differences, of the rows of two matrices, over one of the two."""
    refs, node = emitter.refs, step.node
    emitter.support.add("_spread")
    w, a, b = node.args
    (k,) = [axis for axis in a.axes if axis.name in b.names]
    row, column = _other(a, k), _other(b, k)
    weights = refs.read(w, (row, column))
    first, second = refs.read(a, (row, k)), refs.read(b, (column, k))
    kept = row if row.name in node.names else column
    scratch = ", ".join(refs.plain(place) for place in refs.scratch(node))
    out = refs.write(refs.place(node), node.axes)
    turned = refs.order(node.axes)[0].name != kept.name
    axis = 1 if kept is row else 0
    return [f"_spread({weights}, {first}, {second}, {axis}, {scratch}, {out}{'.T' if turned else ''})"]


def _other(node: Node, k: Axis) -> Axis:
    return next(axis for axis in node.axes if axis.name != k.name)


def _pick(emitter: Emitter, step: Step) -> list[str]:
    source, places = emitter.refs.whole(step.node.args[0]).text, _places_of(emitter, step)
    return [f"np.take({source}.reshape(-1), {places}, out={emitter.out(step)}, mode='clip')"]


def _scatter(emitter: Emitter, step: Step) -> list[str]:
    out, places = emitter.out(step), _places_of(emitter, step)
    given = emitter.refs.read(step.node.args[0], emitter.refs.order(step.node.args[1].axes))
    flat = f"{out}.reshape(-1)"
    put = f"{flat}[{places}] = {given}" if _unique(step.node.args[1]) else f"np.add.at({flat}, {places}, {given})"
    return [f"np.copyto({out}, 0)", put]


def _put(emitter: Emitter, step: Step) -> list[str]:
    """Values added where an index points, in place."""
    node, out, places = step.node, emitter.out(step), _places_of(emitter, step)
    base = emitter.operand(step, 0)
    copy = [] if base == out else [f"np.copyto({out}, {base})"]
    given = emitter.refs.read(node.args[1], emitter.refs.order(node.args[2].axes))
    if not _unique(node.args[2]):
        return [*copy, f"np.add.at({out}.reshape(-1), {places}, {given})"]
    values = emitter.scratch(step, 0, node.args[2].axes)
    return [
        *copy,
        f"np.take({out}.reshape(-1), {places}, out={values}, mode='clip')",
        f"np.add({values}, {given}, out={values})",
        f"{out}.reshape(-1)[{places}] = {values}",
    ]


def _places_of(emitter: Emitter, step: Step) -> str:
    places = step.node.args[-1]
    return emitter.refs.read(places, emitter.refs.order(places.axes))


def _unique(places: Node) -> bool:
    """Whether no place is met twice: the index has only axes that the array has too."""
    whole = {axis.name for axis in cast("tuple[Axis, ...]", places.attr("whole"))}
    return set(places.args[0].names) <= whole


def _places(emitter: Emitter, step: Step) -> list[str]:
    """Where the picked entries lie in the flattened array."""
    refs, node = emitter.refs, step.node
    emitter.support.add("_positions")
    axis = cast(Axis, node.attr("axis"))
    whole, looked_up = refs.order(cast("tuple[Axis, ...]", node.attr("whole"))), refs.order(node.axes)
    at = next(i for i, one in enumerate(whole) if one.name == axis.name)
    stride = refs.size(sizes.product([one.size for one in whole[at + 1 :]]))
    base = _base(emitter, whole, at, looked_up)
    message = repr(f"{emitter.where(node)}: {_index_name(node.args[0])} along axis {axis.name}")
    index = refs.read(node.args[0], looked_up)
    used = f", {refs.read(node.args[1], looked_up)}" if len(node.args) > 1 else ""
    used = used if node.attr("checked") else ", False"
    return [f"_positions({message}, {index}, {refs.size(axis.size)}, {stride}, {base}, {emitter.out(step)}{used})"]


def _index_name(index: Node) -> str:
    while index.op in VIEWS and not index.origin.name:
        index = index.args[0]
    name = index.attr("name") if index.op == "bottom" else index.origin.name
    return f"`{name}`" if name else "an index"


def _base(emitter: Emitter, axes: tuple[Axis, ...], at: int, looked_up: tuple[Axis, ...]) -> str:
    """The part of the places that does not depend on the index: a buffer that `reshape()` fills."""
    names = [axis.name for axis in looked_up]
    terms: list[str] = []
    for i, axis in enumerate(axes):
        if i == at:
            continue
        stride = emitter.refs.size(sizes.product([one.size for one in axes[i + 1 :]]))
        behind = len(names) - names.index(axis.name) - 1
        shape = f".reshape(-1{', 1' * behind})" if behind else ""
        scale = f" * ({stride})" if " " in stride else "" if stride == "1" else f" * {stride}"
        terms.append(f"np.arange({emitter.refs.size(axis.size)}){shape}{scale}")
    expression = " + ".join(terms)
    if not expression:
        return "0"
    name = emitter.bases.setdefault((expression, ""), f"base{len(emitter.bases) + 1}")
    return f"self._{name}"


def _unslice(emitter: Emitter, step: Step) -> list[str]:
    node, out = step.node, emitter.out(step)
    axis, cut = cast(Axis, node.attr("axis")), cast(Axis, node.attr("whole"))
    where = _along(emitter, node, axis.name, emitter.refs.stretch(node, cut))
    given = emitter.refs.read(node.args[0], emitter.refs.order(node.args[0].axes))
    return [f"np.copyto({out}, 0)", f"np.copyto({out}{where}, {given})"]


def _unat(emitter: Emitter, step: Step) -> list[str]:
    node, out = step.node, emitter.out(step)
    index = emitter.refs.size(cast(Size, node.attr("index")))
    where = _along(emitter, node, cast(Axis, node.attr("axis")).name, index)
    if len(node.axes) == 1:
        where = f"[{index}, ...]"  # without the dots it is a number, not the array of one element
    given = emitter.refs.read(node.args[0], emitter.refs.order(node.args[0].axes))
    return [f"np.copyto({out}, 0)", f"np.copyto({out}{where}, {given})"]


def _along(emitter: Emitter, node: Node, name: str, index: str) -> str:
    places = [index if axis.name == name else ":" for axis in emitter.refs.order(node.axes)]
    while places[-1] == ":":
        places.pop()
    return f"[{', '.join(places)}]"


def _draw(emitter: Emitter, step: Step) -> list[str]:
    node, out = step.node, emitter.out(step)
    axes = emitter.refs.order(node.axes)
    shape = ", ".join(emitter.refs.size(axis.size) for axis in axes)
    shape = f"({shape},)" if len(axes) == 1 else f"({shape})"
    args = [emitter.refs.read(arg, axes) for arg in node.args]
    drawn = f"self._random.random_sample({shape})"
    match node.attr("distribution"):
        case "uniform":
            return [f"np.copyto({out}, {_scaled(drawn, *args)}, casting='same_kind')"]
        case "randint":
            return [f"np.copyto({out}, np.floor({_scaled(drawn, *args)}), casting='same_kind')"]
        case "bernoulli":
            return [f"np.less({drawn}, {args[0]}, out={out})"]
    normal = f"self._random.standard_normal({shape})"
    return [f"np.copyto({out}, {args[0]} + {_bracketed(args[1])} * {normal}, casting='same_kind')"]


def _scaled(drawn: str, low: str, high: str) -> str:
    if low in ("0", "0.0"):
        return drawn if high in ("1", "1.0") else f"{drawn} * {_bracketed(high)}"
    return f"{low} + {drawn} * ({high} - {_bracketed(low)})"


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text else text


def _blob(emitter: Emitter, step: Step) -> list[str]:
    """A state as it was before its update, kept for the backward."""
    node = step.node
    own = emitter.refs.local("blob", str(node.attr("name")))
    return [f"np.copyto({emitter.out(step)}, {own})"]


TEXTS: Final[dict[str, Callable[[Emitter, Step], list[str]]]] = {
    "argmax": _position,
    "argmin": _position,
    "real": _real,
    "where": _where,
    "gate": _gate,
    "erf": _erf,
    "select": _select,
    "store": _store,
    "dot": _dot,
    "pairs": _pairs,
    "spread": _spread,
    "places": _places,
    "pick": _pick,
    "scatter": _scatter,
    "put": _put,
    "unslice": _unslice,
    "unat": _unat,
    "draw": _draw,
    "blob": _blob,
}
