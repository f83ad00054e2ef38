"""A layer used inside another: its tops, and the gradients that it gives its bottoms by hand.

`use` stands for all tops, over the bottoms and parameters that get a gradient by hand; `top` picks one of them. Inside,
such a bottom is `held`: nothing is derived through it, as its cotangent is what the formula says. A `top` of a plain
value only says in which order its axes were declared.

The formulas of the gradients are closed: what they read of the forward are further arguments, for which they have
`inner` leaves. So a `use` is rewritten as any other node is, and can stand in the steps of a scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from layerdsl.graph import Axis, Node, walk
from layerdsl.graph.attributes import index_of
from layerdsl.operators.body import replaced
from layerdsl.operators.build import build, expand, number
from layerdsl.operators.kernel import Call, Kernel, Rule, register
from layerdsl.operators.types import Attrs, Typed
from layerdsl.operators.world import Named, World

#: The index of a `top` that picks nothing.
ALONE: Final = -1


def held(value: Node, key: str) -> Node:
    """A bottom or parameter of a layer in use, as its formulas see it where it has a gradient by hand."""
    return build("held", value, key=key)


def use(tops: tuple[Node, ...], names: tuple[str, ...], given: Mapping[str, tuple[Node, Node]]) -> tuple[Node, ...]:
    """The tops of a layer, where `given` has for each key the value that is held and the formula of its gradient.

    `names` are those of the tops' cotangents in the formulas.
    """
    if not given:
        return tops
    values, formulas = zip(*given.values(), strict=True)
    closed = _Closed(list(given), [*tops, *values], len(tops))
    formulas = tuple(closed(formula) for formula in formulas)
    node = build("use", *closed.args, tops=names, keys=tuple(given), formulas=formulas)
    return tuple(build("top", node, index=i, axes=top.axes, kind=top.kind) for i, top in enumerate(tops))


@dataclass
class _Closed:
    """Formulas with leaves in place of what they read; `args` are those of the `use`, of which some may be new."""

    keys: list[str]
    args: list[Node]
    count: int  # of the tops, behind which the held values are

    def __call__(self, formula: Node) -> Node:
        open_ones = {node for node in walk([formula]) if node.op == "cotangent" or self._is_held(node)}
        for node in walk([formula]):
            if not open_ones.isdisjoint(node.args):
                open_ones.add(node)
        new = {node: self._leaf(node) for node in self._read(formula, open_ones)}
        return replaced([formula], new)[0]

    def _is_held(self, node: Node) -> bool:
        return node.op == "held" and node.attr("key") in self.keys

    def _read(self, formula: Node, open_ones: set[Node]) -> list[Node]:
        """The held values, and the largest parts that depend on nothing that arrives."""
        edge = [formula]
        edge += [arg for node in walk([formula]) if node in open_ones and not self._is_held(node) for arg in node.args]
        closed = [node for node in edge if node not in open_ones and not node.static]
        return list(dict.fromkeys([*closed, *filter(self._is_held, edge)]))

    def _leaf(self, node: Node) -> Node:
        if self._is_held(node):
            place = self.count + self.keys.index(str(node.attr("key")))
        else:
            place = self.args.index(node) if node in self.args else len(self.args)
            self.args += [node] if place == len(self.args) else []
        return build("inner", index=place, axes=node.axes, kind=node.kind)


def in_order(value: Node, axes: tuple[Axis, ...]) -> Node:
    """The value with its axes in the order in which a top declares them."""
    return build("top", value, index=ALONE, axes=axes, kind=value.kind)


def given_by_hand(node: Node) -> list[tuple[Node, Node]]:
    """The values that get a gradient by hand at a node, each with its formula."""
    if node.op != "use":
        return []
    formulas, first = cast("tuple[Node, ...]", node.attr("formulas")), _tops_of(node)
    return list(zip(node.args[first : first + len(formulas)], formulas, strict=True))


def _tops_of(node: Node) -> int:
    """How many of the arguments of a `use` are its tops, behind which the held values stand."""
    return len(cast("tuple[str, ...]", node.attr("tops")))


def as_value(node: Node) -> Node | None:
    """What is left of a layer in use once everything has been derived."""
    if node.op == "held":
        return node.args[0]
    if node.op == "top":
        source = node.args[0]
        return source.args[index_of(node)] if source.op == "use" else source
    return None


def without_order(node: Node) -> Node | None:
    """A `top` of a plain value is of no more use once the layers are read."""
    return node.args[0] if node.op == "top" and node.attr("index") == ALONE else None


# -- meaning and derivative --------------------------------------------------------------------------------------------


def _bundle(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return (), "real"


def _first(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return args[0].axes, args[0].kind


def _declared(args: tuple[Node, ...], attrs: Attrs) -> Typed:
    return attrs["axes"], attrs["kind"]


def _no_call(node: Node) -> Call:
    raise AssertionError(f"{node.op} is no call")


@dataclass(frozen=True)
class _Tops(Named):
    """The values of all tops."""

    values: tuple[Named, ...] = ()


def _use(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    return _Tops(args[0].names, args[0].data, args)


def _top(world: World, node: Node, args: tuple[Named, ...]) -> Named:
    (source,) = args
    return source.values[index_of(node)] if isinstance(source, _Tops) else source


def _cotangent(argnum: int) -> Rule:
    def rule(g: Node, node: Node) -> Node:
        count, by_hand = _tops_of(node), len(given_by_hand(node))
        if argnum >= count + by_hand:
            return expand(number(0.0), node.args[argnum].axes)
        arrived = _arrived(g, node)
        return arrived[argnum] if argnum < count else _by_formula(node, argnum - count, arrived)

    return rule


def _arrived(g: Node, node: Node) -> list[Node]:
    """The cotangent of each top, 0 where none has arrived."""
    parts = dict(zip(cast("tuple[int, ...]", g.attr("indices")), g.args, strict=True))
    return [parts.get(i) or expand(number(0.0), top.axes) for i, top in enumerate(node.args[: _tops_of(node)])]


def _by_formula(node: Node, which: int, arrived: list[Node]) -> Node:
    """The formula with what has arrived, and with the values that it reads."""
    names = cast("tuple[str, ...]", node.attr("tops"))
    seeds = dict(zip(names, arrived, strict=True))
    formula = cast("tuple[Node, ...]", node.attr("formulas"))[which]
    leaves = {leaf: node.args[index_of(leaf)] for leaf in walk([formula]) if leaf.op == "inner"}
    leaves |= {
        leaf: seeds[name] for leaf in walk([formula]) if leaf.op == "cotangent" and (name := _name(leaf)) in seeds
    }
    return expand(replaced([formula], leaves)[0], node.args[len(names) + which].axes)


def _name(leaf: Node) -> str:
    return str(leaf.attr("name"))


def _to_bundle(g: Node, node: Node) -> Node:
    return build("bundle", g, indices=(node.attr("index"),)) if node.args[0].op == "use" else g


register("held", Kernel(type=_first, reference=lambda world, node, args: args[0], call=_no_call))
register("use", Kernel(type=_bundle, reference=_use, call=_no_call, derivative=_cotangent))
register("top", Kernel(type=_declared, reference=_top, call=_no_call, derivative=(_to_bundle,)))
