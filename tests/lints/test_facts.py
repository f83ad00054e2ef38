"""What a condition says of a value is sound: no number of float32 for which it holds lies elsewhere."""

import numpy as np
import pytest
from findings import compiled

from layerdsl.graph import Node, walk
from layerdsl.lints.ranges.analysis import ranges
from layerdsl.lints.ranges.facts import facts
from layerdsl.lints.ranges.known import Known

CONDITIONS = [
    "x > 0", "x >= 0", "x < 1", "x <= 1", "x == 1", "x != 0", "0.1 < x", "x > -1",
    "abs(x) < 1", "abs(x) <= 0.1", "abs(x) > 0", "abs(x) >= 1", "square(x) < 1", "square(x) <= 0.1", "square(x) > 0",
    "square(x) < 1e-40",
    "-x > 0", "-x < 1", "1 - x > 0", "1 - x >= 0.1", "x - 1 > 0", "x + 1 > 0", "x - 0.1 < 0", "x + 0.1 <= 1",
    "x - 1 != 0",
    "abs(x - 1) < 0.1", "square(x - 1) <= 0.1", "abs(1 - abs(x)) < 1", "x > 0.1 and x < 1", "not (x > 0)",
    "sqrt(x) < 1",
]  # fmt: skip

EDGES = np.float32([0, 1e-45, 1e-40, 1e-38, 1e-20, 0.1, 0.25, 0.3162278, 0.5, 0.9, 1, 1.1, 2, 7, 1e10, 1e30, 3.4e38])


def numbers() -> np.ndarray:
    """Numbers near those at which conditions change, of both signs, and what is beyond."""
    near = EDGES
    for _ in range(3):
        near = np.unique(
            np.concatenate([near, np.nextafter(near, np.float32(-1)), np.nextafter(near, np.float32(9e9))])
        )
    return np.concatenate([near, -near, np.float32([np.inf, -np.inf, np.nan])])


@pytest.mark.parametrize("text", CONDITIONS)
@pytest.mark.parametrize("holds", [True, False])
def test_no_number_lies_elsewhere(text, holds):
    layer = compiled(f"layer A(x: [N]) -> y: [N]:\n    y = where({text}, x, 0)\n").layers[0]
    (choice,) = (node for _, node in layer.graph.outputs)
    plain = ranges([choice.args[0]], Known())
    bounds = [bound for node, bound in facts(choice.args[0], holds, plain.__getitem__) if node.op == "bottom"]
    x = numbers()
    with np.errstate(all="ignore"):
        there = x[evaluated(choice.args[0], x) == holds]
    assert bounds or (" and " in text and not holds)  # of `not (a and b)` neither is known
    assert not [(one, bound) for bound in bounds for one in there if float(one) not in bound]


def test_a_bound_says_something():
    layer = compiled("layer A(x: [N]) -> y: [N]:\n    y = where(abs(x) < 1, x, 0)\n").layers[0]
    test = layer.graph.outputs[0][1].args[0]
    plain = ranges([test], Known())
    (bound,) = (bound for node, bound in facts(test, True, plain.__getitem__) if node.op == "bottom")
    assert -1 < bound.low < bound.high < 1


OPERATORS = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
    "add": np.add, "sub": np.subtract, "neg": np.negative, "abs": np.abs, "square": np.square, "sqrt": np.sqrt,
    "and": np.logical_and, "not": np.logical_not, "mul": np.multiply, "pow": np.power,
}  # fmt: skip


def evaluated(test: Node, x: np.ndarray) -> np.ndarray:
    """A condition in float32."""
    found: dict[Node, np.ndarray] = {}
    for node in walk([test]):
        args = [found[arg] for arg in node.args]
        if node.op == "bottom":
            found[node] = x
        elif node.op in ("number", "size"):
            found[node] = np.float32(node.attr("value"))
        else:
            found[node] = OPERATORS[node.op](*args) if node.op in OPERATORS else args[0]
    return found[test]
