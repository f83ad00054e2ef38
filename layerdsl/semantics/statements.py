"""The statements of a body, one after the other; a fault in one does not hide those of the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Final

from layerdsl.graph import Node, Origin, walk
from layerdsl.operators.build import as_size, build, made_for
from layerdsl.operators.families.used import held
from layerdsl.semantics.carried import NEXT
from layerdsl.semantics.conditions import opposite, present_if, require
from layerdsl.semantics.expressions import align, choice, formula, real, settled, static_condition
from layerdsl.semantics.files import constant
from layerdsl.semantics.learned import learned
from layerdsl.semantics.loops import Loop, carry_round, loop, next_round
from layerdsl.semantics.names import check_new
from layerdsl.semantics.scan import carry, give_next, scan
from layerdsl.semantics.scope import BROKEN, Partial, Scope, Silent, suggestion
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk as all_nodes


def run(scope: Scope, body: tuple[tree.Statement, ...], allowed: tuple[type, ...] = ()) -> None:
    """Carry out every statement; faults are collected, and a name that failed is not reported again.

    `allowed` are the statements of a function, whose faults end it; the parser has told of all others.
    """
    for statement in body:
        if scope.collected.full or (allowed and not isinstance(statement, allowed)):
            continue
        try:
            STATEMENTS[type(statement)](scope, statement)
        except Fault as found:
            if allowed:
                raise
            scope.collected.tell(found.diagnostic)
            _forget(scope, statement)
        except Silent:
            _forget(scope, statement)


def _forget(scope: Scope, statement: tree.Statement) -> None:
    """What a faulty statement would have named is known to be broken, so that its users stay silent."""
    if isinstance(statement, (tree.Assign, tree.Param, tree.Carry, tree.Constant)):
        scope.values[statement.name.value] = BROKEN
    elif isinstance(statement, tree.Unpack):
        scope.values.update(dict.fromkeys([name.value for name in statement.names], BROKEN))
    elif isinstance(statement, tree.Next):
        scope.values[NEXT + statement.name.value] = BROKEN
    elif isinstance(statement, (tree.Scan, tree.For)):
        for each in statement.body:
            if not isinstance(each, tree.Next):
                _forget(scope, each)
    elif isinstance(statement, tree.If):
        for inner in (*(each for _, body in statement.branches for each in body), *statement.orelse):
            _forget(scope, inner)


def _assign(scope: Scope, statement: tree.Assign) -> None:
    name = statement.name.value
    check_new(scope, statement.name)
    scope.target = _only_layer(scope, statement.value), name
    value = formula(scope, statement.value)
    if not scope.calls and scope.inside is None:
        scope.collected.assigned[name] = statement.name.span
    scope.values[name] = named(value, name, statement.span)


def _only_layer(scope: Scope, expr: tree.Expr) -> tree.Call | None:
    """The use of a layer in a formula that has just one: it goes by the name of the value."""
    calls = [each for each in all_nodes(expr) if isinstance(each, tree.Call) and each.function in scope.layers]
    return calls[0] if len(calls) == 1 else None


def _unpack(scope: Scope, statement: tree.Unpack) -> None:
    """`a, b = f(x)`: the results of a function, or the tops of a layer."""
    for name in statement.names:
        check_new(scope, name)
    values = _several(scope, statement)
    twice = [name for i, name in enumerate(statement.names) if name.value in {n.value for n in statement.names[:i]}]
    if twice:
        raise fault("LD102", f"`{twice[0].value}` is given twice", twice[0].span, "a name is given once")
    if len(values) != len(statement.names):
        what = f"{len(values)} result{'s' * (len(values) != 1)}"
        message = f"{len(statement.names)} names for {what}"
        place = statement.names[0].span.to(statement.names[-1].span)
        raise fault("LD104", message, place, help=_places(statement.value) or "each result has a name")
    for name, value in zip(statement.names, values, strict=True):
        if not scope.calls and scope.inside is None:
            scope.collected.assigned[name.value] = name.span
        scope.values[name.value] = named(value, name.value, statement.span)


def _places(value: tree.Expr) -> str:
    """For `y, i = max(x, over=C)`."""
    name = value.function if isinstance(value, tree.Call) else ""
    places = {"max": "argmax", "min": "argmin", "sort": "argsort", "top_k": "argtop_k"}.get(name, "")
    return f"`{name}` gives the values alone, `{places}` their places" if places else ""


def _several(scope: Scope, statement: tree.Unpack) -> tuple[Node, ...]:
    from layerdsl.semantics.functions import results
    from layerdsl.semantics.inner import tops

    expr = statement.value
    if isinstance(expr, tree.Call) and expr.function in scope.functions:
        with made_for(Origin(expr.span)):
            return results(scope, expr, scope.functions[expr.function])
    if isinstance(expr, tree.Call) and expr.function in scope.layers:
        with made_for(Origin(expr.span)):
            return tuple(tops(scope, expr, scope.layers[expr.function], len(statement.names)).values())
    value = formula(scope, expr)
    if isinstance(expr, tree.Call):
        return (value,)
    remedy = "a function with `return a, b` has several, and a layer with several tops"
    raise fault("LD104", "this is one value, not several", expr.span, help=remedy)


def named(value: Node, name: str, span: Span) -> Node:
    """The node under the user's name; a node that has one already (`y = x`) keeps it."""
    if value.origin.name or value.op in ("bottom", "blob", "number", "size", "hyper"):
        return value
    return replace(value, origin=Origin(span, name, made=value.origin.place))


def _require(scope: Scope, statement: tree.Require) -> None:
    test = static_condition(scope, statement.condition, "no requirement: `require` is checked at set-up")
    span = statement.condition.span
    require(scope, test, span.on_one_line, span, statement.message or "")


def _param(scope: Scope, statement: tree.Param) -> None:
    if scope.fixed.get(statement.name.value) in ("a param", "a state"):
        remedy = "each has a name of its own, also in the branches of an `if`"
        raise fault("LD102", f"`{statement.name.value}` is declared twice", statement.name.span, help=remedy)
    check_new(scope, statement.name)
    _check_given(scope, statement)
    declared = learned(scope, statement)
    (scope.collected.blobs if declared.saved else scope.collected.memories).append(declared)
    with made_for(Origin(statement.span, declared.name)):
        value = build("blob", name=declared.name, axes=declared.axes)
    scope.values[statement.name.value] = held(value, declared.name) if statement.name.value in scope.by_hand else value
    scope.fixed[statement.name.value] = f"a {statement.kind}"


def _constant(scope: Scope, statement: tree.Constant) -> None:
    check_new(scope, statement.name)
    scope.values[statement.name.value] = constant(scope, statement)
    scope.fixed[statement.name.value] = "a constant"


def _check_given(scope: Scope, statement: tree.Param) -> None:
    """Blobs are made once: whether one is there may depend on hyper-parameters and on optional bottoms alone."""
    for node in walk(scope.given):
        if node.op == "phase":
            remedy = "nets for training and for testing share their blobs: declare it before the `if`"
            raise fault("LD309", f"a {statement.kind} can't depend on the phase", statement.span, help=remedy)
        sizes = as_size(node)
        if sizes is not None and any(symbol.kind == "axis" for symbol in sizes.symbols()):
            remedy = "declare it before the `if`"
            raise fault("LD309", f"a {statement.kind} can't depend on a size", statement.span, help=remedy)


def _update(scope: Scope, statement: tree.Update) -> None:
    name = statement.name.value
    before = scope.values.get(name)
    if before is BROKEN:
        raise Silent
    states = {blob.name: blob for blob in (*scope.collected.blobs, *scope.collected.memories) if blob.state}
    key = scope.blob_name(name)
    if key not in states or not isinstance(before, Node):
        raise _no_state(scope, statement.name, states)
    if key in scope.collected.updates:
        remedy = "choose between its next values by `where`, or by `... if ... else ...`"
        raise fault("LD509", f"state `{name}` is updated twice", statement.span, help=remedy)
    value = real(scope, statement.value)
    extra = _extra(value, before)
    if extra:
        message = f"the next value of `{name}` has axis `{extra[0]}`, the state has not"
        label = f"this has axes `{scope.listed(value)}`, the state `{states[key].written}`"
        raise fault("LD204", message, statement.value.span, label, help=_sum_over(extra))
    align(scope, statement.span, value, before)
    scope.collected.updates[key] = _guarded(scope, value, before)


def _no_state(scope: Scope, name: tree.Name, states: Iterable[str]) -> Fault:
    known = scope.fixed.get(name.value)
    remedy = suggestion(name.value, states) or f"`state {'s' if known else name.value}: [...] = 0` declares one"
    return fault("LD309", f"`{name.value}` is no state", name.span, f"this is {known}" if known else "", help=remedy)


def _extra(value: Node, like: Node) -> list[str]:
    """The axes of a value that another one has not."""
    return [axis for axis in value.names if axis not in like.names]


def _sum_over(axes: list[str]) -> str:
    over = axes[0] if len(axes) == 1 else f"[{', '.join(axes)}]"
    return f"sum over {'it' if len(axes) == 1 else 'them'}: `sum(..., over={over})`"


def _guarded(scope: Scope, value: Node, otherwise: Node) -> Node:
    for given in reversed(scope.given):
        value = build("select", given, value, otherwise)
    return value


def _gradient(scope: Scope, statement: tree.Gradient) -> None:
    name = statement.name.value
    like = _differentiable(scope, statement.name)
    overrides = scope.collected.overrides if scope.inside is None else scope.inside.overrides
    given = scope.given if scope.inside is None else scope.given[scope.inside.conditions :]
    if name in overrides and not given:
        raise fault("LD102", f"`{name}` has a gradient already", statement.span, "a name is given once")
    inner = scope.child()
    inner.in_gradient = True
    value = real(inner, statement.value)
    extra = _extra(value, like)
    if extra:
        message = f"the gradient of `{name}` has axis `{extra[0]}`, `{name}` has not"
        label = f"this has axes `{scope.listed(value)}`"
        raise fault("LD404", message, statement.value.span, label, help=_sum_over(extra))
    otherwise = overrides.get(name) or build("derived", name=name, axes=like.axes)
    for test in reversed(given):
        value = build("select", test, value, otherwise)
    overrides[name] = value


def _differentiable(scope: Scope, name: tree.Name) -> Node:
    """The bottom or parameter to which a gradient is given."""
    value, kind = scope.values.get(name.value), scope.fixed.get(name.value, "")
    if value is BROKEN:
        raise Silent
    if not isinstance(value, Node) or value.op not in ("bottom", "bottoms", "blob", "held") or not kind:
        remedy = "a gradient is given to a blob"
        raise fault("LD401", f"`{name.value}` is no bottom and no parameter", name.span, help=remedy)
    if any(word in kind for word in ("index", "const", "state")):
        remedy = "leave `const` out where it is to get one" if "const" in kind else ""
        raise fault("LD401", f"`{name.value}` is {kind} and gets no gradient", name.span, help=remedy)
    return value


def _if(scope: Scope, statement: tree.If) -> None:
    """Every branch in a scope of its own; a name given in all of them goes on as a choice made at set-up."""
    results: list[tuple[Node | None, Scope]] = []
    rest = scope.child()
    for test_expr, body in statement.branches:
        test = static_condition(rest, test_expr, "`where(condition, a, b)`")
        known = settled(rest, test)
        if known is False:
            continue
        if known:
            run(rest, body)
            break
        branch = rest.where(test, present_if(test, True))
        run(branch, body)
        results.append((test, branch))
        rest = rest.where(opposite(test), present_if(test, False))
    else:
        run(rest, statement.orelse)
    _merge(scope, [*results, (None, rest)], statement.span)


def _merge(scope: Scope, results: list[tuple[Node | None, Scope]], span: Span) -> None:
    new = [name for _, branch in results for name in branch.values if name not in scope.values]
    for name in dict.fromkeys(new):
        values = [(test, branch.values.get(name)) for test, branch in results]
        scope.values[name] = _choice(scope, name, values, span)


def _choice(
    scope: Scope, name: str, values: list[tuple[Node | None, Node | Partial | None]], span: Span
) -> Node | Partial:
    """A name by what the branches have made of it, each with its test, the last without."""
    if any(value is BROKEN for _, value in values):
        return BROKEN
    there = [(test, value) for test, value in values if isinstance(value, Node)]
    if len(there) == len(values):
        return _chosen(scope, name, there, span)
    first = next((i for i, (_, value) in enumerate(values) if isinstance(value, Node)), 0)
    if not there or values[first : first + len(there)] != there:
        return Partial(span)
    tests = [test for test, _ in there if test is not None]
    given = [opposite(test) for test, _ in values[:first] if test is not None]
    given += [reduce(partial(build, "or"), tests)] if len(tests) == len(there) else []
    return Partial(span, _chosen(scope, name, there, span), reduce(partial(build, "and"), given))


def _chosen(scope: Scope, name: str, values: Sequence[tuple[Node | None, Node]], span: Span) -> Node:
    """The value of the first test that holds; the last value where none before it does."""
    result = values[-1][1]
    for test, value in reversed(values[:-1]):
        assert test is not None
        with made_for(Origin(value.origin.span, name)):
            result = choice(scope, span, test, value, result)
    return result


def _for(scope: Scope, statement: tree.For) -> None:
    loop(scope, statement, run)


def _carry(scope: Scope, statement: tree.Carry) -> None:
    (carry_round if isinstance(scope.loop, Loop) else carry)(scope, statement)


def _next(scope: Scope, statement: tree.Next) -> None:
    (next_round if isinstance(scope.loop, Loop) else give_next)(scope, statement)


def _scan(scope: Scope, statement: tree.Scan) -> None:
    scan(scope, statement, run)


def _nothing(scope: Scope, statement: tree.Statement) -> None:
    """Hyper-parameters and `include` are read before the body."""


def _misplaced(scope: Scope, statement: tree.Statement) -> None:
    """The parser has told of what does not belong into a layer."""
    raise Silent


STATEMENTS: Final[dict[type, Callable[..., None]]] = {
    tree.Assign: _assign,
    tree.Unpack: _unpack,
    tree.Hyper: _nothing,
    tree.Require: _require,
    tree.Param: _param,
    tree.Update: _update,
    tree.Constant: _constant,
    tree.Gradient: _gradient,
    tree.If: _if,
    tree.Scan: _scan,
    tree.For: _for,
    tree.Carry: _carry,
    tree.Next: _next,
    tree.Include: _nothing,
    tree.Return: _misplaced,
    tree.Expect: _misplaced,
}
