"""Values that are computed right where they are stored: in Caffe's own memory, or behind what stands there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Union

from layerdsl.graph import Node
from layerdsl.operators.kernel import KERNELS
from layerdsl.plan.onto import can_add
from layerdsl.plan.order import Order
from layerdsl.plan.schedule import Step, is_fusable, source
from layerdsl.plan.storage import FAST_IN_PLACE, Apart, Buffer, Stretch, Target, dtype, is_onto

End = Union[Target, Buffer, Apart]  # the place of a stored value

#: They see their result flattened, so that it has to lie in order.
WHOLE: Final = frozenset({"dot", "pick", "scatter", "put"})


def absorbed(step: Step, ends: Mapping[Node, End]) -> bool:
    """Whether a store has nothing to do, as its value is computed where it is stored."""
    return step.node.op == "store" and ends.get(step.node.args[0]) == ends[step.node]


def places_of_stores(
    steps: Iterable[Step], kept: Container[Node], turned: frozenset[str], order: Order
) -> dict[Node, End]:
    """Values that can be computed right where they are stored: same axes, same conditions, and kept nowhere else.

    `turned` are the blobs whose axes lie in another order than the layer's. Nobody else reads what is added to a diff
    while it is computed.
    """
    made = {step.node: step for step in steps}
    search = _Search(made, kept, turned, order, Counter(source(arg) for node in made for arg in node.args))
    for step in made.values():
        if step.node.op in ("store", "store_each"):
            search.store(step)
    return search.ends


def whole_stacks(steps: Iterable[Step], ends: Mapping[Node, End]) -> frozenset[Node]:
    """Where all blobs of one name are read or written as a whole: for what sees all of an array, and by it."""
    nodes = [step.node for step in steps]
    seen = {source(arg) for node in nodes if not is_fusable(node) for arg in node.args}
    read = (node for node in nodes if node in seen and node.op in ("bottoms", "cotangents"))
    written = (node for node in nodes if node.op == "store_each" and isinstance(ends.get(node.args[0]), Buffer))
    return frozenset([*read, *written])


def stacked(node: Node, order: Order) -> Buffer:
    """The array for all blobs of one name, and for nothing else: of one blob alone it is the memory itself."""
    kind = "diff" if node.op == "cotangents" or dict(node.attrs).get("kind") == "bottom_diff" else "data"
    return Buffer(f"all_{node.attr('name')}_{kind}", order(node.axes), "real")


@dataclass
class _Search:
    """From every store to what is stored, and on to what that is made of in place; `ends` is what has been found."""

    steps: Mapping[Node, Step]
    kept: Container[Node]
    turned: frozenset[str]
    order: Order
    readers: Counter[Node]
    ends: dict[Node, End] = field(default_factory=dict)

    def store(self, step: Step) -> None:
        """The place of one store, and of what it stores if that can be computed there."""
        node, value = step.node, step.node.args[0]
        target = Target(node.attr("kind"), str(node.attr("name")), _stretch(node))  # type: ignore[arg-type]
        self.ends[node] = target
        straight = target.name not in self.turned and target.stretch is None
        if node.op == "store" and self._fits(target, value):
            self._end(value, step, target, straight)
        if node.op == "store_each" and not node.attr("joined") and straight and self._is_at_once(value):
            self._end(value, step, stacked(node, self.order), straight)

    def _fits(self, target: Target, value: Node) -> bool:
        """Whether what is computed there ends up as the store would leave it."""
        added = is_onto(target) and self.readers[value] == 1 and can_add(value, self.order)
        return target.kind in ("top", "bottom_diff") or added

    def _is_at_once(self, value: Node) -> bool:
        """Whether a value is made as a whole, by one call; others are made part by part, and copied in the cache."""
        return value.op in WHOLE | KERNELS.keys() or any(map(self._is_at_once, self._continued(value)))

    def _end(self, value: Node, step: Step, target: Target | Buffer, straight: bool) -> None:
        """Computes a value where a step stores it, or goes on from it."""
        made = self.steps.get(value)
        if made is None or not self._is_free(value) or (value.op in WHOLE and not straight):
            return
        if set(value.names) == set(step.node.names) and _alike(made, step):
            self.ends[value] = target
            if value.op == "join" and straight:
                self._take_apart(value, made, target)
            for arg in self._continued(value):
                self._end(arg, made, target, straight)

    def _take_apart(self, join: Node, step: Step, target: Target | Buffer) -> None:
        """What one call makes is made right where it would be joined."""
        value = join.args[0]
        made = self.steps.get(value)
        alone = value.op in KERNELS and self.readers[value] == 1 and self._is_free(value)
        if made is not None and alone and _alike(made, step):
            self.ends[value] = Apart(target, join)

    def _is_free(self, value: Node) -> bool:
        """Whether a value has no place yet, and is of the kind that blobs hold."""
        return value not in self.ends and value not in self.kept and dtype(value) == "real"

    def _continued(self, value: Node) -> Iterable[Node]:
        """The arguments that can be computed where the value is, which goes on from there and alone reads them."""
        if value.op in ("put", "patch"):
            return [value.args[0]] if self.readers[value.args[0]] == 1 else []
        sums = [arg for arg in value.args if arg.op in WHOLE | KERNELS.keys() and self.readers[arg] == 1]
        return sums[:1] if value.op in FAST_IN_PLACE else []


def _alike(made: Step, step: Step) -> bool:
    """Whether two steps run under the same conditions."""
    return (made.needs, made.given) == (step.needs, step.given)


def _stretch(store: Node) -> Stretch | None:
    """The part of a blob that is written, where it is not all of it."""
    return dict(store.attrs).get("stretch")  # type: ignore[return-value]
