"""The conventions and rewrites that `docs/backward.md` lists, each run."""

import numpy as np
import pytest
from test_language import PROJECT, code, tables

from layerdsl.caffe import standin
from layerdsl.passes.stable import STABLE
from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

BACKWARD = (PROJECT / "docs" / "backward.md").read_text(encoding="utf-8")
KINKS = tables(BACKWARD, "kinks")
REWRITES = tables(BACKWARD, "rewrites")


def numbers(cell):
    return np.array([float(number) for number in cell.split(",")]) if cell else None


def fitting(formula, bottoms, *tops):
    """The layer with this formula whose top has the first of these axes that fit."""
    for axes in tops:
        result = compile_source(Source("row.layer", f"layer Row({bottoms}) -> y: {axes}:\n    y = {formula}\n"))
        if not any(found.level == "error" for found in result.diagnostics):
            return result.layers[0]
    raise AssertionError(result.diagnostics)


@pytest.mark.parametrize("row", KINKS, ids=lambda row: f"{code(row[0])[0]} at {row[1]}")
def test_kink(row):
    formula, x, z, to_x, to_z = code(row[0])[0], *map(numbers, row[1:5])
    arrays = [each for each in (x, z) if each is not None]
    bottoms = "x: [N], z: [N]" if len(arrays) == 2 else "x: [N]"
    layer = standin.load(python_module([fitting(formula, bottoms, "[]", "[N]")]), "row").Row
    run = standin.SingleLayer(layer, arrays)
    run.forward()
    run.backward([True] * len(arrays), [np.ones_like(run.top[0].data)])
    for number, wanted in enumerate([to_x, to_z][: len(arrays)]):
        assert np.array_equal(run.bottom[number].diff, wanted)


def test_every_rewrite_is_listed():
    assert list(dict.fromkeys(code(row[0])[0] for row in REWRITES)) == [rule.__name__ for rule in STABLE]


@pytest.mark.parametrize("row", REWRITES, ids=lambda row: code(row[1])[0])
def test_rewrite(row):
    """Both forms come out as the same formulas, forward and backward."""
    written, worked_out = (fitting(code(cell)[0], "x: [N, C]", "[N]", "[N, C]") for cell in row[1:3])
    assert written.formulas() == worked_out.formulas()
