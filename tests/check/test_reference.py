"""The meaning of the operators, by hand where it is not obvious; and that every table knows all of them."""

from dataclasses import replace

import numpy as np
import pytest

from layerdsl.emit.operators import REDUCERS, TEXTS, UFUNCS
from layerdsl.graph import Axis
from layerdsl.graph.size import axis, whole
from layerdsl.operators.build import build, number
from layerdsl.operators.derivatives import DERIVATIVES, WITHOUT_DERIVATIVE
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.reference import ADDING, REFERENCE, evaluate
from layerdsl.operators.types import LEAVES, TYPES
from layerdsl.operators.world import Named, World
from layerdsl.passes.lower import LOWERINGS
from layerdsl.plan.cost import VIEWS

N, C, H = (Axis(name, axis(name)) for name in "NCH")
WORLD = World(
    sizes={"N": 2, "C": 3, "H": 4, "k": 2, "len(weights)": 3},
    hypers={"k": 2, "weights": (1.0, 2.0, 4.0), "mode": "sum", "cap": None},
    blobs={
        "x": Named(("N", "C"), np.array([[1.0, 5.0, 5.0], [-2.0, 0.0, 3.0]])),
        "h": Named(("H",), np.array([1.0, 2.0, 3.0, 4.0])),
        "label": Named(("N",), np.array([2.0, 0.0])),
    },
    cotangents={"y": Named(("C", "N"), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))},
)
X = build("bottom", name="x", axes=(N, C), kind="real")
LINE = build("bottom", name="h", axes=(H,), kind="real")
LABEL = build("bottom", name="label", axes=(N,), kind="index")


def value(node):
    (found,) = evaluate([node], WORLD)
    return found.over(node.names).tolist()


def test_every_table_knows_every_operator():
    known = frozenset(TYPES) - {"places", "of_shape", "derived"} | frozenset(KERNELS)
    assert known == REFERENCE, "offsets in memory, what `reshape()` has computed, what is derived later"
    assert frozenset(DERIVATIVES) | WITHOUT_DERIVATIVE == frozenset(TYPES)
    assert not set(KERNELS) & set(TYPES)
    emitted = set(UFUNCS) | set(REDUCERS) | set(TEXTS) | set(LOWERINGS) | set(VIEWS) | set(LEAVES)
    assert set(TYPES) - emitted == {"grad"}, "`grad` is worked out before"


@pytest.mark.parametrize(
    ("node", "wanted"),
    [
        (build("sum", X, over=("C",)), [11, 1]),
        (build("argmax", X, over=("C",)), [1, 2]),
        (build("max", X, over=("N", "C")), 5),
        (build("norm", build("sub", LINE, LINE), over=("H",)), 0),
        (build("var", LINE, over=("H",)), 1.25),
        (build("count", build("gt", X, number(0.0)), over=("N",)), [1, 1, 2]),
        (build("pick", X, LABEL, axis=C), [5, -2]),
        (build("scatter", LABEL, LABEL, axis=C, axes=(N, C)), [[0, 0, 2], [0, 0, 0]]),
        (build("scatter", number(1.0), LABEL, axis=C, axes=(C,)), [1, 0, 1]),
        (build("put", X, LABEL, LABEL, axis=C), [[1, 5, 7], [-2, 0, 3]]),
        (build("at", X, axis=C, index=whole(1)), [5, 0]),
        (build("unat", LABEL, axis=C, index=whole(1), axes=(N, C)), [[0, 2, 0], [0, 0, 0]]),
        (build("slice", LINE, axis=Axis("H", whole(2)), whole=H, start=whole(1), step=2), [2, 4]),
        (
            build("unslice", build("slice", LINE, axis=Axis("H", whole(2)), whole=H, start=whole(1), step=2),
                  axis=H, whole=Axis("H", whole(2)), start=whole(1), step=2),
            [0, 2, 0, 4],
        ),
        (build("rename", LABEL, axes=(("N", Axis("M", axis("N"))),)), [2, 0]),
        (build("expand", LABEL, axes=(C, N)), [[2, 0], [2, 0], [2, 0]]),
        (build("dot", X, X, over=("C",)), [51, 13]),
        (build("pairs", X, LABEL, over=("C",)), [1 + 9 + 9, 4 + 9]),
        (build("spread", X, X, LABEL, over=("C",)), [-1 + 15 + 15, 4 + 9]),
        (build("cotangent", name="y", axes=(N, C)), [[1, 3, 5], [2, 4, 6]]),
        (build("coord", axis=C), [0, 1, 2]),
        (build("list", name="weights", axis=C, kind="real"), [1, 2, 4]),
        (build("size", size=axis("C") * axis("H") + whole(1)), 13),
        (build("isnone", name="cap"), True),
        (build("eq", build("hyper", name="mode", kind="word"), build("number", value="sum", kind="word")), True),
        (build("mod", build("neg", LINE), number(3.0)), [2, 1, 0, 2]),
        (build("round", build("div", LINE, number(2.0))), [0, 1, 2, 2]),
        (build("gate", build("gt", LABEL, number(1.0)), build("div", number(1.0), LABEL)), [0.5, 0]),
    ],
    ids=lambda value: getattr(value, "op", ""),
)  # fmt: skip
def test_what_an_operator_means(node, wanted):
    assert np.allclose(value(node), wanted)


def test_only_the_branch_that_is_taken_is_evaluated():
    absent = build("add", build("hyper", name="cap", kind="real"), number(1.0))
    chosen = build("select", build("isnone", name="cap"), number(7.0), absent)
    assert value(chosen) == 7


def test_a_derivative_in_a_formula_is_a_slope():
    slope = build("grad", build("sum", build("mul", X, build("square", X)), over=("N", "C")), X)
    assert np.allclose(value(slope), 3 * np.square(value(X)), rtol=1e-8)


def test_deep_formulas_need_no_recursion():
    node = X
    for _ in range(5000):
        node = build("add", node, number(1.0))
    assert value(node)[0][0] == 5001


def test_what_is_rounded_may_ask_for_the_size_of_the_terms_of_a_sum():
    asked = {}

    def rounded(node, data, terms):
        asked[node.op] = terms().tolist()
        return data

    evaluate([build("sum", build("neg", X), over=("N", "C")), build("exp", LINE)], replace(WORLD, rounded=rounded))
    assert asked["sum"] == 16.0
    assert asked["neg"] == [[1.0, 5.0, 5.0], [2.0, 0.0, 3.0]]
    assert asked["exp"] == np.exp([1.0, 2.0, 3.0, 4.0]).tolist()


def test_operators_that_add_up_are_operators():
    assert set(REFERENCE) | set(KERNELS) >= ADDING
