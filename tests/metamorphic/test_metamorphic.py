"""What has to hold between two runs of a layer, whatever it computes: in the top's diffs and in the batch.

Each layer of the standard library, of the examples and of tests/layers is run by the stand-in in double precision.
"""

import contextlib
import pathlib
import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from batches import batch, depends_on_order, half, outputs, places, rules, shuffled, together
from layers import layer
from running import run

from layerdsl.caffe import standin
from layerdsl.check.case import Case
from layerdsl.check.concrete import base
from layerdsl.check.meaning import Meaning
from layerdsl.check.settings import bases, variants
from layerdsl.check.sizes import cases, longer
from layerdsl.check.subject import Subject
from layerdsl.check.trial import suitable_mode, trial
from layerdsl.check.values import MODES
from layerdsl.operators.body import walk_deep
from layerdsl.pipeline import compile_source, python_module
from layerdsl.syntax import read_source

PROJECT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted(
    path for folder in ("stdlib/caffe", "examples", "tests/layers") for path in (PROJECT / folder).rglob("*.layer")
)
LAYERS = [
    (path, name)
    for path in FILES
    for name in re.findall(r"^layer (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
]
LEFT_OUT = ("SetLoss", "Reranked")  # they call functions of Python, which nothing here may execute
ALL = pytest.mark.parametrize(
    ("path", "name"),
    [each for each in LAYERS if each[1] not in LEFT_OUT],
    ids=[f"{path.stem}-{name}" for path, name in LAYERS if name not in LEFT_OUT],
)
TRIES = 8


@dataclass(frozen=True)
class Point:
    """A layer with sizes, values and diffs of its tops; `axis` is that of its samples."""

    made: type
    case: Case
    axis: object
    values: dict
    diffs: dict
    mode: tuple

    def tops(self):
        """The value of every top."""
        return Subject(self.made, self.case, self.values).forward()

    def gradients(self, diffs=None):
        """The diff of every bottom and learned blob, for these diffs of the tops."""
        return Subject(self.made, self.case, self.values).gradients(self.diffs if diffs is None else diffs)


@cache
def compiled(path):
    """The layers of a file by name."""
    return {layer.name: layer for layer in compile_source(read_source(str(path), path.read_bytes())).layers}


@cache
def point(path, name):
    """Where a layer is tried: with at least two samples if it has any."""
    graph = compiled(path)[name].graph
    made = getattr(standin.load(python_module([compiled(path)[name]]), path.stem, str(path)), name)
    random = np.random.RandomState(7)
    for given in (one for first in bases(graph, {}) for one in variants(graph, first)):
        for case in cases(graph, given, TRIES, random):
            axis = batch(case.layer)
            if axis and case.sizes[axis.name] < 2:
                continue
            with contextlib.suppress(ValueError):  # the layer refuses what it requires otherwise
                mode = suitable_mode(case, made, random) or MODES[0]
                at = trial(case, Meaning(graph), made, mode, random)
                return Point(made, case, axis, at.values, at.cotangents, mode)
    raise LookupError(name)


# -- in the diffs of the tops ------------------------------------------------------------------------------------------


@ALL
def test_twice_the_diff_gives_twice_the_gradient(path, name):
    """To the last bit, as 2 is a power of 2: so does a doubled `loss_weight`."""
    at = point(path, name)
    once, twice = at.gradients(), at.gradients({top: 2 * diff for top, diff in at.diffs.items()})
    for blob, diff in once.items():
        np.testing.assert_array_equal(twice[blob], 2 * diff, err_msg=blob)


@ALL
def test_no_diff_gives_no_gradient(path, name):
    at = point(path, name)
    for blob, diff in at.gradients({top: 0 * diff for top, diff in at.diffs.items()}).items():
        assert not diff.any(), blob


@ALL
def test_the_gradients_of_the_tops_add_up(path, name):
    at = point(path, name)
    alone = [
        at.gradients({top: diff * (top == one) for top, diff in at.diffs.items()})
        for one, diff in at.diffs.items()
        if diff.any()
    ]
    if len(alone) < 2:
        return
    for blob, diff in at.gradients().items():
        assert_near(sum(one[blob] for one in alone), diff, blob)


# -- in the batch ------------------------------------------------------------------------------------------------------


@ALL
def test_the_order_of_the_samples_does_not_matter(path, name):
    """Where no operator asks for their places, the results follow the samples, and so do their gradients."""
    at = point(path, name)
    if at.axis is None or depends_on_order(at.case.layer):
        return
    order = np.random.RandomState(3).permutation(at.case.sizes[at.axis.name])
    order = order if (order != np.sort(order)).any() else order[::-1]
    moved = replace(
        at, values=shuffled(at.case, at.axis, at.values, order), diffs=shuffled(at.case, at.axis, at.diffs, order)
    )
    for before, after in ((at.tops(), moved.tops()), (at.gradients(), moved.gradients())):
        for blob, value in shuffled(at.case, at.axis, before, order).items():
            assert_near(after[blob], value, blob)


@ALL
def test_two_batches_behind_each_other(path, name):
    """Of what is worked out sample by sample, the two results behind each other; of means over them, the mean."""
    at = point(path, name)
    both = longer(at.case, {at.axis.name: 2}) if at.axis else None
    kinds = rules(at.case.layer, at.case.numbers) if both else {}
    if not kinds or None in kinds.values():
        return
    whole, halves = behind_each_other(at, both, kinds)
    tops, gradients = ([getattr(one, what)() for one in halves] for what in ("tops", "gradients"))
    for top, value in whole.tops().items():
        assert_near(together(both, at.axis, top, [one[top] for one in tops], kinds[base(top)]), value, top)
    for blob, value in whole.gradients().items():
        kind = "each" if places(both, at.axis, blob) else "sum"
        assert_near(together(both, at.axis, blob, [one[blob] for one in gradients], kind), value, blob)


def behind_each_other(at, both, kinds):
    """A batch, and its two halves with the diffs that they get as parts of it: half of that of a mean."""
    more = trial(both, Meaning(both.whole), at.made, at.mode, np.random.RandomState(11))
    whole = replace(at, case=both, values=more.values, diffs=more.cotangents)
    shares = {top: diff * (0.5 if kinds[base(top)] in ("mean", "shared") else 1.0) for top, diff in whole.diffs.items()}
    halves = [
        replace(at, values=half(both, at.axis, more.values, i), diffs=half(both, at.axis, shares, i)) for i in (0, 1)
    ]
    return whole, halves


def assert_near(found, wanted, blob):
    """Equal but for the order in which sums were added up."""
    size = np.max(np.abs(wanted), initial=1e-30, where=np.isfinite(wanted))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11 * size, err_msg=blob)


# -- what the layers are tried for -------------------------------------------------------------------------------------


def test_the_layers_left_out_call_functions_of_python():
    for path, name in LAYERS:
        if name in LEFT_OUT:
            assert any(node.op == "extern" for node in walk_deep(outputs(compiled(path)[name].graph)))


def test_most_layers_are_tried_with_their_batch():
    """Else what these tests hold would be little."""
    points = [point(path, name) for path, name in LAYERS if name not in LEFT_OUT]
    batched = [at for at in points if at.axis]
    assert len(batched) > 0.75 * len(points)
    assert sum(not depends_on_order(at.case.layer) for at in batched) > 0.75 * len(batched)
    assert sum(None not in rules(at.case.layer, at.case.numbers).values() for at in batched) > 0.6 * len(batched)


ON_ORDER = [
    "x * index(N)",
    "x[N=::-1]",
    "x * argmax(x, over=N)",
    "cumsum(x, over=N)",
    "x * uniform(0, 1, each=N)",
]


@pytest.mark.parametrize("formula", ON_ORDER)
def test_what_asks_for_places_depends_on_the_order(formula):
    text = f"layer A(x: [N, C]) -> y: [N, C]:\n    y = {formula}\n"
    assert depends_on_order(layer(text).graph)
    x = np.array([[1.0, -2], [3, 4], [-5, 7]])
    order = [1, 2, 0]
    assert (run(text, x=x[order]).value("y") != run(text, x=x).value("y")[order]).any()


RULES = [
    ("[N, C]", "x * 2 + sum(x, over=C)", "each"),
    ("[C]", "mean(x, over=N)", "mean"),
    ("[]", "sum(x**2) / (2 * N)", "mean"),
    ("[]", "1 - mean(x) / 3", "mean"),
    ("[]", "sum(x)", "sum"),
    ("[]", "1 + sum(x)", None),
    ("[]", "sum(x) / sum(x**2)", None),
    ("[C]", "max(x, over=N)", None),
    ("[N, C]", "x - mean(x, over=N)", None),
    ("[N, C]", "x / N", None),
    ("[C]", "index(C)", "shared"),
    ("[C]", "mean(x, over=N)**2", None),
]


@pytest.mark.parametrize(("top", "formula", "rule"), RULES, ids=[row[1] for row in RULES])
def test_rules(top, formula, rule):
    found = layer(f"layer A(x: [N, C]) -> y: {top}:\n    y = {formula}\n").graph
    assert rules(found, {"N": 3, "C": 4}) == {"y": rule}
