"""Sums of products: by rows, as matrices, and the distances and differences of all pairs of rows."""

from __future__ import annotations

from layerdsl.emit.array import reshaped
from layerdsl.emit.emitter import Emitter
from layerdsl.emit.reductions import reduction
from layerdsl.graph import Axis, Node
from layerdsl.graph import size as sizes
from layerdsl.graph.attributes import over_of
from layerdsl.plan.product import copies, groups, is_of_rows, layout, lying
from layerdsl.plan.schedule import Step, is_product, space
from layerdsl.plan.storage import by_rows, flat_dot, is_onto


def dot(emitter: Emitter, step: Step) -> list[str]:
    """A sum of products: of matrices, of all there is, along rows, or of anything else by a temporary."""
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
    return [first, reduction("np.add.reduce", product, emitter, step)]


def _rows_dot(emitter: Emitter, step: Step) -> list[str]:
    """The products of the rows by BLAS, then the sum of what it gives over the other axes."""
    node = step.node
    a, b = emitter.operand(step, 0), emitter.operand(step, 1)
    whole = emitter.refs.order(space(node))
    rest = whole[:-1]
    alone = {axis.name for axis in rest} == set(node.names)
    rows = emitter.out(step) if alone else emitter.scratch(step, 0, rest)
    lines = [f"np.matmul({a}[..., None, :], {b}[..., None], out={rows}[..., None, None])"]
    over = set(over_of(node))
    places = [str(i) for i, axis in enumerate(rest) if axis.name in over]
    if not alone:
        axis = "None" if not node.axes else places[0] if len(places) == 1 else f"({', '.join(places)})"
        lines.append(f"np.add.reduce({rows}, axis={axis}, out={emitter.out(step)})")
    return lines


def _flat_dot(emitter: Emitter, step: Step) -> list[str]:
    a, b = (f"{emitter.operand(step, i)}{_ravel(step, i)}" for i in range(2))
    if step.adds_up:
        return [f"{emitter.refs.totals[step.node]} += float(np.dot({a}, {b}))"]
    return [f"np.dot({a}, {b}, out={emitter.out(step)})"]


def _ravel(step: Step, i: int) -> str:
    return "" if len(step.node.args[i].axes) == 1 else ".reshape(-1)"


def _product(emitter: Emitter, step: Step) -> list[str]:
    """A product of matrices by BLAS: the arrays seen as matrices, copied first where they do not lie as such."""
    refs, node = emitter.refs, step.node
    g = groups(node, refs.order)
    wanted = copies(node, refs.order)
    lines: list[str] = []
    copied = [i for i, axes in enumerate(wanted) if axes is not None]
    names = {i: refs.plain(refs.scratch(node)[k]) for k, i in enumerate(copied)}
    a = _matrix(emitter, node.args[0], names.get(0), g.batch, g.rows, g.summed, lines)
    b = _matrix(emitter, node.args[1], names.get(1), g.batch, g.summed, g.columns, lines)
    first, second, target = _oriented(emitter, node, a, b, names.get(2) or emitter.out(step), 2 in names)
    if is_onto(refs.place(node)):
        emitter.support.add("_add_product")
        return [*lines, f"_add_product({first}, {second}, {refs.plain(refs.scratch(node)[-1])}, {target})"]
    if is_of_rows(node, refs.order):
        emitter.support.add("_rows_times_rows")
        lines.append(f"_rows_times_rows({first}, {_turn(second, ())}, {refs.plain(refs.scratch(node)[0])}, {target})")
    else:
        lines.append(f"{'np.matmul' if g.batch else 'np.dot'}({first}, {second}, out={target})")
    if 2 in names:
        held = [axis.name for axis in (*g.batch, *g.rows, *g.columns)]
        order = ", ".join(str(held.index(axis.name)) for axis in refs.order(node.axes))
        lines.append(f"np.copyto({emitter.out(step)}, {names[2]}.transpose({order}))")
    return lines


def _oriented(emitter: Emitter, node: Node, a: str, b: str, out: str, copied: bool) -> tuple[str, str, str]:
    """The factors in the order in which their product lies as its place does, and that as a matrix.

    The place of one that is copied is made for it; in others columns may come before rows.
    """
    g = groups(node, emitter.refs.order)
    if copied or layout(emitter.refs.order(node.axes), g.batch, g.rows, g.columns) == "straight":
        return a, b, _shaped(emitter, out, g.batch, g.rows, g.columns, node.axes)
    return _turn(b, g.batch), _turn(a, g.batch), _shaped(emitter, out, g.batch, g.columns, g.rows, node.axes)


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
    turn = ".swapaxes(1, 2)" if batch else ".T"
    return text[: -len(turn)] if text.endswith(turn) else f"{text}{turn}"


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
    return reshaped(text, ", ".join(emitter.refs.size(count) for count in counts))


def pairs(emitter: Emitter, step: Step) -> list[str]:
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


def spread(emitter: Emitter, step: Step) -> list[str]:
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
