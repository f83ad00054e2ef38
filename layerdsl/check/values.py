"""Values for the bottoms and blobs of a layer, away from where its formulas have none."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from layerdsl.check.case import Array, Case
from layerdsl.check.compared import compared_with
from layerdsl.check.places import inside
from layerdsl.graph import Axis, Blob, LayerGraph, Learned, Node
from layerdsl.operators.body import leaves_of, walk_deep

Range = Literal["any", "unit", "large"]
Places = Literal["rounded", "reckoned", "from one", "zeros and ones"]
# Of the bottoms, of the blobs, and what of data and states is taken for a place; or `const` data are classes.
Mode = tuple[Range, Range, Places]

# Tried in this order until all results are finite: logarithms and roots want positive values, some inverses others;
# places that are worked out of data have to lie inside.
MODES: Final[tuple[Mode, ...]] = (
    ("any", "any", "rounded"),
    ("any", "unit", "rounded"),
    ("unit", "unit", "rounded"),
    ("unit", "any", "rounded"),
    ("large", "large", "rounded"),
    ("any", "any", "reckoned"),
    ("any", "any", "from one"),
    ("unit", "unit", "reckoned"),
    ("unit", "unit", "from one"),
    ("any", "any", "zeros and ones"),
    ("unit", "unit", "zeros and ones"),
)

SHARE = 0.3  # of the entries that are compared with a number are that number
PLACES_WITHOUT_RANGE = 4  # an `index` that names no axis gets whole numbers below this, so that some are equal

# What leads from numbers to places without changing how large they are.
ROUNDING: Final = frozenset("floor round trunc real index at slice rename expand split pick".split())

# What changes little of that, or by a number or two: `where(there > 0, round(label), 0)`, `round(label) - 1`.
RECKONING: Final = ROUNDING | set(
    "where select gate maximum minimum clip add sub stop concat stack inset patch".split()
)


def draw(case: Case, mode: Mode, random: np.random.RandomState) -> dict[str, Array]:
    """A value for every bottom, parameter and state, by name, in the shape that Caffe sees."""
    layer = case.layer
    bottoms = {blob.name: _of_bottom(case, blob, mode, random) for blob in layer.bottoms}
    return {**bottoms, **{blob.name: _of_held(case, blob, mode, random) for blob in layer.held}}


def _of_bottom(case: Case, blob: Blob, mode: Mode, random: np.random.RandomState) -> Array:
    shape = case.shape(blob)
    if blob.qualifier == "index":
        return _index(case, blob, mode, random)
    return _of_const(case, blob, mode, random) if blob.qualifier == "const" else _real(shape, mode[0], random)


def _of_const(case: Case, blob: Blob, mode: Mode, random: np.random.RandomState) -> Array:
    """Data, in which the numbers stand too that it is compared with for equality."""
    picked = bool(_picked_by_data(case, blob, mode))
    if mode[2] == "zeros and ones" and not picked:
        return _whole(case.shape(blob), 2, random)
    data = _of_data(case, blob, mode, mode[0], random)
    known = compared_with(case, blob.name) if mode[2] == "rounded" and not picked else ()
    if not known:
        return data
    one_of_them = np.asarray(known)[random.randint(0, len(known), data.shape)]
    return np.where(random.random_sample(data.shape) < SHARE, one_of_them, data)


def _of_held(case: Case, blob: Learned, mode: Mode, random: np.random.RandomState) -> Array:
    if blob.state:
        return _of_data(case, blob, mode, mode[1], random)
    return _real(case.shape(blob), mode[1], random)


def _of_data(case: Case, blob: Blob | Learned, mode: Mode, wanted: Range, random: np.random.RandomState) -> Array:
    """Numbers whose floor is a place, and what they are rounded to, where something is picked by them."""
    picked = _picked_by_data(case, blob, mode)
    if not picked:
        return _real(case.shape(blob), wanted, random)
    first = 1 if mode[2] == "from one" else 0
    last = min(axis.size.evaluate(case.numbers) for axis in picked) - 0.51
    return np.asarray(first + random.uniform(0, last, case.shape(blob)))


def _picked_by_data(case: Case, blob: Blob | Learned, mode: Mode) -> tuple[Axis, ...]:
    return picked_axes(case.layer, blob.name, ROUNDING if mode[2] in ("rounded", "zeros and ones") else RECKONING)


def is_place(case: Case, blob: Blob, mode: Mode) -> bool:
    """Whether something is picked by the numbers of a bottom."""
    return blob.qualifier == "index" or (blob.qualifier == "const" and bool(_picked_by_data(case, blob, mode)))


def cotangents(case: Case, random: np.random.RandomState) -> dict[str, Array]:
    """A diff for every top: that of a loss is its weight, no less arbitrary than the others; a `const` one has none."""
    return {top.name: _diff(case.shape(top), random) * (not top.qualifier) for top in case.layer.tops}


def _diff(shape: tuple[int, ...], random: np.random.RandomState) -> Array:
    return np.asarray(random.uniform(0.5, 1.5, shape) * _signs(shape, random))


def _signs(shape: tuple[int, ...], random: np.random.RandomState) -> Array:
    return np.asarray(random.randint(0, 2, shape) * 2.0 - 1.0)


def _real(shape: tuple[int, ...], wanted: Range, random: np.random.RandomState) -> Array:
    if wanted == "any":
        return np.asarray(random.standard_normal(shape))
    low, high = (0.1, 0.9) if wanted == "unit" else (1.2, 3.0)
    return np.asarray(random.uniform(low, high, shape))


def _whole(shape: tuple[int, ...], many: int, random: np.random.RandomState) -> Array:
    return np.asarray(random.randint(0, many, shape), np.float64)


def _index(case: Case, blob: Blob, mode: Mode, random: np.random.RandomState) -> Array:
    """Numbers of places; from one, or of the first half alone, where places are worked out of several of them."""
    known = np.asarray(inside(case, blob, _places(case, blob)), np.float64)
    if mode[2] == "reckoned":
        known = known[: (len(known) + 1) // 2]
    return np.asarray(known[random.randint(0, len(known), case.shape(blob))] + (mode[2] == "from one"))


def _places(case: Case, blob: Blob) -> int:
    """How many values an index may have: as many as the axis that it names has places, or those that it picks from."""
    axes = picked_axes(case.layer, blob.name)
    sizes = [axis.size.evaluate(case.numbers) for axis in axes]
    named = [case.numbers[blob.index_of]] if blob.index_of in case.numbers else []
    return max(min([*named, *sizes] or [PLACES_WITHOUT_RANGE]), 1)


def picked_axes(layer: LayerGraph, name: str, through: frozenset[str] | None = None) -> tuple[Axis, ...]:
    """The axes along which the bottom or state of that name picks, by way of any operators, or of these."""
    outputs = [node for _, node in (*layer.outputs, *layer.updates)]
    reached: set[Node] = set()
    found: list[Axis] = []
    for node in walk_deep(outputs):
        passes = through is None or node.op in through
        if (node.op in ("bottom", "blob") and node.attr("name") == name) or (
            passes and any(a in reached for a in node.args)
        ):
            reached.add(node)
        if node.op == "scan":
            reached.update(leaf for leaf, arg in leaves_of(node).items() if arg in reached)
        if node.op == "pick" and node.args[1] in reached and isinstance(axis := node.attr("axis"), Axis):
            found.append(axis)
    return tuple(found)
