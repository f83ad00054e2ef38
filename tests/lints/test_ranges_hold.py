"""Intervals are sound: whatever a layer is given, every value of every formula lies where it is said to lie.

Values come from the reference evaluator, for bottoms of ordinary size, of zeros, of large numbers and of whole ones.
"""

import pathlib
import zlib

import numpy as np
import pytest

from layerdsl.check.case import Case
from layerdsl.check.settings import bases, variants
from layerdsl.check.sizes import cases
from layerdsl.check.values import _places
from layerdsl.graph import Node, walk
from layerdsl.lints.ranges.analysis import ranges
from layerdsl.lints.ranges.declared import known_of
from layerdsl.lints.ranges.interval import Range
from layerdsl.lints.ranges.rules import RULES, UNKNOWN
from layerdsl.operators import families  # noqa: F401 - it registers the kernels
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.reference import _settle
from layerdsl.operators.types import TYPES
from layerdsl.operators.world import Named, World
from layerdsl.pipeline import CompiledLayer, compile_source
from layerdsl.source import Source

PROJECT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted(path for folder in ("stdlib", "tests/layers", "tests/lints", "benchmarks", "examples")
               for path in (PROJECT / folder).rglob("*.layer"))  # fmt: skip

#: What numbers of bottoms and parameters look like.
KINDS = {
    "ordinary": lambda shape, random: random.standard_normal(shape),
    "zeros": lambda shape, random: np.zeros(shape),
    "large": lambda shape, random: random.standard_normal(shape) * 1000,
    "whole": lambda shape, random: random.randint(-2, 3, shape).astype(float),
    "unit": lambda shape, random: random.uniform(0, 1, shape),
}

#: What a layer needs that its defaults do not have.
GIVEN = {"Pooling": {"kernel_size": 2}}
MANY = 300  # values, of which the reference needs seconds


def test_every_operator_has_a_rule_or_is_said_to_have_none():
    assert set(RULES) | UNKNOWN == set(TYPES) | set(KERNELS)
    assert not set(RULES) & UNKNOWN


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_values_lie_in_their_ranges(path):
    compiled = compile_source(Source(str(path), path.read_text(encoding="utf-8")))
    for layer in compiled.layers:
        few = 1 if len(list(walk(layer.derived.forward))) > MANY else None
        tried = [(case, kind) for case in some_cases(layer)[:few] for kind in list(KINDS)[:few]]
        seen = sum(looked_at(layer, case, kind) for case, kind in tried)
        assert seen > 0 or not layer.graph.outputs


def some_cases(layer: CompiledLayer) -> list[Case]:
    """Two sizes for the first choices of hyper-parameters and one for each of two others."""
    random = np.random.RandomState(zlib.crc32(layer.name.encode()))
    for required in bases(layer.graph, {}):
        base = {**required, **GIVEN.get(layer.name, {})}
        first = cases(layer.graph, base, 2, random)
        others = variants(layer.graph, base)[1:3]
        if first:
            return [*first, *(case for given in others for case in cases(layer.graph, given, 1, random))]
    return []


def looked_at(layer: CompiledLayer, case: Case, kind: str) -> int:
    """How many values of the formulas, as written and as derived, were found where they are said to lie."""
    count = 0
    graph, derived = layer.graph, layer.derived
    written = [node for _, node in (*graph.outputs, *graph.updates)]
    random = np.random.RandomState(zlib.crc32(f"{layer.name} {kind}".encode()))
    for updates, nodes in ((graph.updates, written), (derived.updates, derived.forward)):
        known = known_of(graph, updates)
        expected = ranges(nodes, known)
        values = evaluated(nodes, case, filled(case, kind, known.states, random), random)
        count += len(values)
        assert not [said(node, expected[node], x) for node, x in values.items() if not lies(x.data, expected[node])]
    return count


def filled(case: Case, kind: str, states: dict[str, Range], random) -> dict[str, np.ndarray]:
    make = KINDS[kind]
    result = {}
    for blob in case.layer.bottoms:
        shape = case.shape(blob)
        whole = blob.qualifier == "index"
        result[blob.name] = random.randint(0, _places(case, blob), shape) * 1.0 if whole else make(shape, random)
    for blob in case.layer.held:
        value = make(case.shape(blob), random)
        result[blob.name] = within(value, states[blob.name]) if blob.state else value
    return result


def within(value: np.ndarray, where: Range) -> np.ndarray:
    """Numbers that lie in a range."""
    moved = np.clip(value, max(where.low, -1e6), min(where.high, 1e6))
    return moved if where.zero else np.where(moved == 0, max(min(0.5, where.high), where.low), moved)


def evaluated(nodes, case: Case, blobs, random) -> dict[Node, Named]:
    def draw(node, shape):
        return random.standard_normal(shape) if node.attr("distribution") == "normal" else random.uniform(0, 1, shape)

    plain = case.world(blobs)
    world = World(plain.sizes, plain.hypers, plain.train, plain.blobs, draw=draw, rounded=single, groups=plain.groups)
    values: dict[Node, Named] = {}
    with np.errstate(all="ignore"):
        for node in nodes:
            try:
                _settle(node, world, values)
            except (np.linalg.LinAlgError, AssertionError, KeyError, LookupError, ValueError, IndexError):
                continue  # sizes that the layer refuses, or a matrix that has no inverse
    there = set(walk(nodes))
    return {node: value for node, value in values.items() if node in there and node.kind != "word"}


def single(node: Node, data: np.ndarray, _) -> np.ndarray:
    return data.astype(np.float32).astype(np.float64)


def lies(data: np.ndarray, where: Range) -> bool:
    data = np.asarray(data, np.float64).ravel()
    if data.size == 0:
        return True
    numbers = data[~np.isnan(data)]
    slack = np.where(np.isinf(numbers), 0, 1e-6 * np.abs(numbers))
    return bool(
        (where.nan or numbers.size == data.size)
        and (where.infinite or not np.isinf(numbers).any())
        and (where.zero or not (numbers == 0).any())
        and ((numbers + slack >= where.low) & (numbers - slack <= where.high)).all()
    )


def said(node: Node, where: Range, value: Named) -> str:
    line = node.origin.span.line if node.origin.span else "?"
    args = ", ".join(arg.op for arg in node.args)
    return f"{node.op}({args}) of line {line}: {np.ravel(value.data)[:4]} not in {where}"
