"""What a layer does with its batch, read off its formulas: sample by sample, a mean or sum over all, or something else.

The batch is the first axis of the first bottom. A top is

    each     worked out for every sample by itself,
    mean     a mean over samples of something that is: two batches of one size give the mean of theirs,
    sum      likewise a sum,
    shared   the same whatever the samples are,

or None, where the samples meet in another way.
"""

import numpy as np

from layerdsl.graph import Axis, Size
from layerdsl.operators.body import walk_deep
from layerdsl.operators.types import ELEMENTWISE

# What depends on the order of the places along an axis, or says places along it.
ORDERED = frozenset(
    "coord slice unslice at unat list draw argmax argmin pick scatter concat split join joined flip inset patch crop "
    "uncrop rows window fold scan result argsort rank cumsum cumprod cummax cummin file extern roll nms".split()
)


def batch(layer):
    """The axis along which the samples lie, if there is one."""
    first = next((blob.extents[0].axis for blob in layer.bottoms if blob.extents), None)
    own = first is not None and not first.star and str(first.size) == first.name
    return first if own else None


def outputs(layer):
    """The values of tops and states."""
    return [node for _, node in (*layer.outputs, *layer.updates, *layer.overrides)]


def depends_on_order(layer):
    """The operators of a layer for which the samples do have places."""
    axis = batch(layer)
    names = {node.op for node in walk_deep(outputs(layer)) if _is_about(node, axis) and node.op in ORDERED}
    labels = {"index" for blob in layer.bottoms if blob.index_of == axis.name}
    odd = {
        str(one)
        for node in walk_deep(outputs(layer))
        for one in node.axes
        if _meets(one, axis) and one.size != axis.size
    }
    return names | labels | odd


def _is_about(node, axis):
    """Whether the attributes of a node name the batch, under whatever name."""
    same = {one.name for one in (*node.axes, *(one for arg in node.args for one in arg.axes)) if _meets(one, axis)}
    return any(_mentions(value, axis, same | {axis.name}) for _, value in node.attrs)


def _mentions(value, axis, names):
    if isinstance(value, Axis):
        return _meets(value, axis)
    if isinstance(value, (tuple, list, frozenset)):
        return any(_mentions(one, axis, names) for one in value)
    return isinstance(value, str) and value in names


def _meets(one, axis):
    return any(symbol.name == axis.name for symbol in one.size.symbols())


def rules(layer, numbers):
    """The rule of every top; `numbers` are sizes that the layer may have."""
    return Reading(batch(layer), numbers).of(layer)


class Reading:
    """From the leaves of the formulas to the tops."""

    def __init__(self, axis, numbers):
        self.axis, self.numbers, self.found = axis, numbers, {}

    def of(self, layer):
        for node in walk_deep(outputs(layer)):
            self.found[node] = self.rule(node)
        return {name: self.found[node] for name, node in layer.outputs}

    def rule(self, node):
        """`each`, `mean`, `sum`, `shared`, None, and `size` of a number that grows with the batch."""
        if node.op == "draw" or any(_meets(one, self.axis) and one.name != self.axis.name for one in node.axes):
            return None
        if node.op == "size":
            return self.of_size(node.attr("size"))
        if not node.args:
            return self.of_leaf(node)
        kinds = [self.found[arg] for arg in node.args]
        if None in kinds:
            return None
        if node.op in ("sum", "mean", "dot", "count") and self.axis.name in node.attr("over"):
            return self.of_sum(node.op, kinds)
        if node.op in ELEMENTWISE | {"select", "expand", "stop"}:
            return self.of_elements(node, kinds)
        if _is_about(node, self.axis) or {"mean", "sum", "size"} & set(kinds):
            return None
        return "each" if "each" in kinds else "shared"

    def of_size(self, size):
        assert isinstance(size, Size)
        if self.axis.name not in {symbol.name for symbol in size.symbols()}:
            return "shared"
        doubled = {**self.numbers, self.axis.name: 2 * self.numbers[self.axis.name]}
        small, large = size.evaluate(self.numbers), size.evaluate(doubled)
        return "size" if large == 2 * small else None

    def of_leaf(self, node):
        if node.op in ("bottom", "bottoms", "number", "hyper", "phase", "blob", "isnone", "absent"):
            return "each" if self.axis.name in node.names else "shared"
        return None if _is_about(node, self.axis) else "shared"

    def of_sum(self, op, kinds):
        return {"mean": "mean"}.get(op, "sum") if set(kinds) <= {"each", "shared"} and "each" in kinds else None

    def of_elements(self, node, kinds):
        met = set(kinds) - {"shared"}
        if node.op == "expand" and met <= {"each"}:
            return "each" if self.axis.name in node.names else "shared"
        if len(met) <= 1:
            (kind,) = met or {"shared"}
            return kind if kind in ("each", "shared") or self.is_linear(node, kinds) else None
        if node.op in ("mul", "div") and met == {"sum", "size"}:
            return "mean" if (node.op, kinds[1]) == ("div", "size") else None
        return None

    def is_linear(self, node, kinds):
        """Whether a sum, a mean or a size goes through as it is: nothing is added to a sum or a size but another."""
        if node.op in ("neg", "real", "expand", "stop"):
            return True
        if node.op == "select":
            return "shared" not in kinds[1:] and kinds[0] == "shared"
        if node.op in ("add", "sub"):
            return "shared" not in kinds or set(kinds) == {"mean", "shared"}
        return node.op in ("mul", "div") and kinds.count("shared") == 1 and (node.op == "mul" or kinds[1] == "shared")


# -- arrays of a blob by its samples -----------------------------------------------------------------------------------


def places(case, axis, name):
    """Which axes of the array of a blob are the batch, under whatever name."""
    blob = next(one for one in (*case.inputs, *case.layer.tops) if one.name == name)
    found, place = [], 0
    for extent in blob.extents:
        one = extent.axis
        if one is not None and not one.star and one.size == axis.size:
            found.append(place)
        place += len(case.groups[one.name]) if one is not None and one.name in case.groups else 1
    return found


def shuffled(case, axis, arrays, order):
    """All arrays with their samples in another order."""
    found = dict(arrays)
    for name in arrays:
        for place in places(case, axis, name):
            found[name] = np.take(found[name], order, place)
    return found


def half(case, axis, arrays, which):
    """The first or the second half of the samples; what has none is whole."""
    found = dict(arrays)
    for name in arrays:
        for place in places(case, axis, name):
            found[name] = np.split(found[name], 2, place)[which]
    return found


def together(case, axis, name, parts, kind):
    """The result of two batches from those of each: `kind` is a rule."""
    if kind == "each":
        found = places(case, axis, name)
        return np.concatenate(parts, found[0]) if found else parts[0]
    return {"mean": (parts[0] + parts[1]) / 2, "sum": parts[0] + parts[1], "shared": parts[0]}[kind]
