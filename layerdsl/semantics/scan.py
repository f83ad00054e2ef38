"""`scan T:`: the formulas of one step, read in a scope where every value along `T` is its slice of this step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from layerdsl.graph import Axis, Node, Origin
from layerdsl.graph.size import whole
from layerdsl.operators.build import as_real, build, expand, made_for
from layerdsl.operators.recurrence import CONSTANT, Carry, order_of, recurrence
from layerdsl.semantics.carried import NEXT, check_next, next_value
from layerdsl.semantics.expressions import align, formula, need_number
from layerdsl.semantics.learned import carried_axes
from layerdsl.semantics.names import check_new
from layerdsl.semantics.scope import BROKEN, Partial, Scope, Silent
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree

Run = Callable[[Scope, "tuple[tree.Statement, ...]"], None]


@dataclass
class Steps:
    """What a scan gathers while its body is read."""

    axis: Axis
    outer: Scope
    carried: dict[str, tuple[Node, Node]] = field(default_factory=dict)  # leaf and first value
    declared: dict[str, Span] = field(default_factory=dict)
    of_rounds: bool = False  # the steps are the rounds of a `for`


def scan(scope: Scope, statement: tree.Scan, run: Run) -> None:
    """Read the body of a scan; its names have the axis behind it."""
    axis = _axis(scope, statement)
    inner = scope.child()
    leaves: dict[Node, Node] = {}
    inner.values.update(_seen(scope.values, axis, leaves))
    inner.scan, inner.loop = (steps := Steps(axis, scope)), None
    faults = len(scope.collected.faults)
    run(inner, statement.body)
    nexts = {name: next_value(inner, name, steps.declared[name]) for name in steps.carried}
    if not steps.carried and len(scope.collected.faults) == faults:
        remedy = "`carry h: [N, K] = 0` declares what a step hands to the next; without it, no scan is needed"
        raise fault("LD114", "nothing is carried in this scan", statement.header, help=remedy)
    given: dict[str, object] = {
        name: inner.values[name] for name in inner.values if name not in scope.values and not name.startswith(NEXT)
    }
    given |= nexts
    if any(value is None or value is BROKEN for value in nexts.values()):
        scope.values.update(dict.fromkeys(given, BROKEN))
        return
    _leave(scope, statement, steps, given, leaves)


def _axis(scope: Scope, statement: tree.Scan) -> Axis:
    axes = scope.axis_named(statement.axis)
    if len(axes) != 1 or axes[0].star:
        remedy = "declare the axis apart from the group: `[T, *S]`"
        raise fault(
            "LD203",
            f"`{statement.axis.value}` is a group of axes",
            statement.axis.span,
            "a scan goes along one axis",
            help=remedy,
        )
    return axes[0]


def _seen(
    values: Mapping[str, Node | Partial], axis: Axis, leaves: dict[Node, Node]
) -> Iterator[tuple[str, Node | Partial]]:
    """What a step sees of the values before the scan."""
    for name, value in values.items():
        if isinstance(value, Node):
            yield name, _inside(value, axis, leaves)
        else:
            yield name, value if value.value is None else replace(value, value=_inside(value.value, axis, leaves))


def _inside(value: Node, axis: Axis, leaves: dict[Node, Node]) -> Node:
    """What a step sees of a value: its slice, or all of it where it has not the axis."""
    stepping = axis.name in value.names
    if value.static or value is BROKEN or value.kind == "word" or (value.op in CONSTANT and not stepping):
        return value
    axes = tuple(one for one in value.axes if one.name != axis.name)
    with made_for(value.origin):
        leaf = build("step" if stepping else "inner", index=len(leaves), axes=axes, kind=value.kind)
    leaves[leaf] = value
    return leaf


def carry(scope: Scope, statement: tree.Carry) -> None:
    """`carry h: [N, K] = 0`."""
    steps, name = _steps(scope, statement.span), statement.name.value
    check_new(scope, statement.name)
    kind = statement.type
    if kind is None:
        _carry_as_it_is(scope, statement, steps)
        return
    if kind.qualifier == "const" or kind.optional or kind.index_of is not None:
        remedy = "`carry h: [N, K] = 0`, or `carry k: index [N] = 0` for whole numbers"
        raise fault("LD114", "what is carried has axes alone", kind.span, help=remedy)
    axes = carried_axes(steps.outer, kind.axes)
    scope.axes.update({axis.name: (axis,) for axis in axes})
    if steps.axis.name in {axis.name for axis in axes}:
        raise fault("LD204", f"a carried value has no axis `{steps.axis.name}`", kind.span, "it belongs to one step")
    first = formula(steps.outer, statement.first)
    carried = "bool" if first.kind == "bool" else "index" if kind.qualifier == "index" else "real"
    first = fitting(scope, first, axes, carried, name, statement.first.span)
    with made_for(Origin(statement.span, name)):
        leaf = build("carried", index=len(steps.carried), name=name, axes=axes, kind=carried)
    steps.carried[name] = leaf, first
    steps.declared[name] = statement.span
    scope.values[name] = leaf


def _carry_as_it_is(scope: Scope, statement: tree.Carry, steps: Steps) -> None:
    """`carry y = x` in a `for`: with the axes that the value has."""
    name = statement.name.value
    if not steps.of_rounds:
        remedy = f"`carry {name}: [...] = ...`"
        raise fault("LD114", f"`{name}` needs its axes", statement.name.span, "what does a step hand on?", help=remedy)
    first = formula(steps.outer, statement.first)
    kind = "bool" if first.kind == "bool" else "index" if first.kind == "index" and not first.static else "real"
    first = as_real(first) if kind == "real" else first
    with made_for(Origin(statement.span, name)):
        leaf = build("carried", index=len(steps.carried), name=name, axes=first.axes, kind=kind)
    steps.carried[name], steps.declared[name] = (leaf, first), statement.span
    scope.values[name] = leaf


def repeat(scope: Scope, statement: tree.For, axis: Axis, number: Node, run: Run) -> None:
    """`for i in range(n):` where the net gives `n`: a scan whose steps are the rounds, and of which the last counts."""
    inner = scope.child()
    leaves: dict[Node, Node] = {}
    inner.values.update(_seen(scope.values, axis, leaves))
    inner.values[statement.name.value] = _inside(number, axis, leaves)
    inner.scan, inner.loop = (steps := Steps(axis, scope, of_rounds=True)), None
    run(inner, statement.body)
    nexts = {name: next_value(inner, name, steps.declared[name]) for name in steps.carried}
    if any(value is None or value is BROKEN for value in nexts.values()):
        scope.values.update(dict.fromkeys(nexts, BROKEN))
        return
    values = [value for value in nexts.values() if value is not None]
    carries = [Carry(leaf, first, value) for (leaf, first), value in zip(steps.carried.values(), values, strict=True)]
    _check(scope, order_of(values, ()), steps, leaves, statement)
    for name, outer in zip(nexts, recurrence(axis, False, carries, tuple(values), leaves), strict=True):
        last = axis.size - whole(1)
        value = build("at", outer, axis=axis, index=last) if axis.name in outer.names else outer
        scope.values[name] = replace(value, origin=Origin(statement.header, name)) if not value.static else value


def give_next(scope: Scope, statement: tree.Next) -> None:
    """`next h = ...`."""
    steps, name = _steps(scope, statement.span), statement.name.value
    check_next(scope, statement, steps.carried, f"`carry {name}: [...] = 0` declares it")
    leaf, _ = steps.carried[name]
    value = formula(scope, statement.value)
    value = fitting(scope, value, leaf.axes, leaf.kind, name, statement.value.span)
    if not value.origin.name and not value.static and value.op not in ("step", "inner", "carried"):
        value = replace(value, origin=Origin(statement.span, name))
    scope.values[NEXT + name] = value


def _steps(scope: Scope, span: Span) -> Steps:
    if not isinstance(scope.scan, Steps):
        raise Silent  # the parser has told of it
    return scope.scan


def fitting(scope: Scope, value: Node, axes: tuple[Axis, ...], kind: str, name: str, span: Span) -> Node:
    """A value with the axes and of the kind of what is carried."""
    if kind == "bool" and value.kind != "bool":
        raise fault("LD302", f"`{name}` carries a condition", span, "this is a number", help="compare it: `... > 0`")
    if kind != "bool":
        need_number(value, span)
    if kind == "index" and value.kind != "index":
        remedy = "`round(...)` makes whole numbers; without `index` numbers are carried"
        raise fault("LD302", f"`{name}` carries whole numbers", span, "this is a number", help=remedy)
    extra = [axis for axis in value.names if axis not in {one.name for one in axes}]
    if extra:
        message = f"the carried value `{name}` has no axis `{extra[0]}`"
        raise fault(
            "LD204",
            message,
            span,
            f"this has axes `{scope.listed(value)}`",
            help=f"declare it: `carry {name}: [..., {extra[0]}] = ...`",
        )
    align(scope, span, value, build("step", index=0, axes=axes, kind="real"))
    return expand(as_real(value) if kind == "real" else value, axes)


def _leave(
    scope: Scope, statement: tree.Scan, steps: Steps, given: dict[str, object], leaves: dict[Node, Node]
) -> None:
    """Give the layer what all steps have given, with the axis."""
    axis = steps.axis
    carries = [Carry(leaf, first, given[name]) for name, (leaf, first) in steps.carried.items()]  # type: ignore[arg-type]
    wanted = {name: value for name, value in given.items() if isinstance(value, Node) and value is not BROKEN}
    order = order_of([*(carry.next for carry in carries), *wanted.values()], ())
    _check(scope, order, steps, leaves, statement)
    found = recurrence(axis, statement.backwards, carries, tuple(wanted.values()), leaves)
    scope.values.update({name: value for name, value in given.items() if value is BROKEN})
    scope.values.update({name: Partial(value.span) for name, value in given.items() if isinstance(value, Partial)})
    for (name, value), outer in zip(wanted.items(), found, strict=True):
        whole = outer if outer.static or axis.name in outer.names else expand(outer, (axis, *outer.axes))
        if not whole.origin.name and not whole.static:
            whole = replace(whole, origin=Origin(value.origin.span or statement.span, name))
        scope.values[name] = whole


def _check(
    scope: Scope, order: list[Node], steps: Steps, leaves: dict[Node, Node], statement: tree.Scan | tree.For
) -> None:
    """Sequences are as long as the axis; what is drawn does not depend on what is carried."""
    moving = {leaf for leaf, _ in steps.carried.values()}
    for node in order:
        if any(arg in moving for arg in node.args):
            moving.add(node)
            if node.op == "draw":
                raise _drawn(node, statement)
        if node.op == "step" and node in leaves:
            length = next(one.size for one in leaves[node].axes if one.name == steps.axis.name)
            scope.require_equal(length, steps.axis.size, steps.axis.name, statement.header)


def _drawn(node: Node, statement: tree.Scan | tree.For) -> Fault:
    remedy = "draw from fixed limits and compute with that: `uniform(0, 1) < p`, `mean + std * normal(0, 1)`"
    return fault("LD309", "a draw depends on what is carried", node.origin.span or statement.header, help=remedy)
