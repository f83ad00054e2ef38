"""Caffe's fillers: the table, and the functions that emitted files carry."""

import inspect

import numpy as np
import pytest

from layerdsl.caffe import filling
from layerdsl.caffe.fillers import FILLERS, expected_axes, expected_value
from layerdsl.caffe.messages import message_class
from layerdsl.emit import runtime


@pytest.fixture(autouse=True)
def _same_draws():
    np.random.seed(7)


def filled(filler, shape, **arguments):
    """A blob of Caffe's, filled by the statement that a class would have."""
    names = {"np": np, "blob": np.full(shape, np.nan, np.float32)}
    pieces = runtime.needed(runtime.fill_pieces(filler))
    statement = runtime.fill_text(filler, "blob", [(name, repr(value)) for name, value in arguments.items()])
    exec(runtime.text(pieces) + "\n" + statement, names)
    assert names["blob"].dtype == np.float32
    return names["blob"].astype(float)


def test_the_table_names_all_seven_with_the_defaults_of_caffes_message():
    fields = message_class("FillerParameter").DESCRIPTOR.fields_by_name
    assert set(FILLERS) == {"constant", "uniform", "gaussian", "positive_unitball", "xavier", "msra", "bilinear"}
    for facts in FILLERS.values():
        for argument in facts.arguments:
            field = fields[argument.name]
            default = (
                field.enum_type.values[field.default_value].name.lower() if field.enum_type else field.default_value
            )
            assert argument.default == default, (facts.name, argument.name)
    assert set(fields) - {"type"} == {each.name for facts in FILLERS.values() for each in facts.arguments}


@pytest.mark.parametrize("name", FILLERS)
def test_the_functions_take_what_the_table_says(name):
    parameters = list(inspect.signature(getattr(filling, f"_fill_{name}")).parameters.values())[1:]
    assert [(p.name, p.default) for p in parameters] == [(a.name, a.default) for a in FILLERS[name].arguments]


def test_constant():
    assert (filled("constant", (2, 3), value=0.25) == 0.25).all()
    assert (filled("constant", ()) == 0).all()
    assert runtime.fill_pieces("constant") == ()


def test_uniform():
    values = filled("uniform", (50, 40), min=-2.0, max=6.0)
    assert -2 <= values.min() < -1.9
    assert 5.9 < values.max() <= 6
    assert abs(values.mean() - 2) < 0.2


def test_gaussian():
    values = filled("gaussian", (100, 50), mean=3.0, std=0.5)
    assert abs(values.mean() - 3) < 0.05
    assert abs(values.std() - 0.5) < 0.05


def test_sparse_gaussian_keeps_that_many_weights_for_each_output():
    values = filled("gaussian", (20, 500), sparse=5)
    assert abs((values != 0).mean() - 5 / 20) < 0.03
    assert abs(values[values != 0].std() - 1) < 0.1
    assert not filled("gaussian", (20, 5), sparse=0).any()


@pytest.mark.parametrize("shape", [(4, 3, 2), (5,), (3, 1)])
def test_positive_unitball_sums_to_one(shape):
    values = filled("positive_unitball", shape)
    assert values.shape == shape
    assert (values >= 0).all()
    np.testing.assert_allclose(values.reshape(shape[0], -1).sum(1), 1, rtol=1e-6)


# Blobs of (num, channels, ...): Caffe divides the count by num for fan_in, by channels for fan_out.
FANS = [
    ((30, 20, 3, 3), "fan_in", 180),
    ((30, 20, 3, 3), "fan_out", 270),
    ((30, 20, 3, 3), "average", 225),
    ((400, 10), "fan_in", 10),
    ((400, 10), "fan_out", 400),
    ((5000,), "fan_in", 1),
    ((5000,), "fan_out", 5000),
]


@pytest.mark.parametrize(("shape", "norm", "fan"), FANS)
def test_xavier_and_msra_count_connections_as_caffe_does(shape, norm, fan):
    scale = (3 / fan) ** 0.5
    xavier = filled("xavier", shape, variance_norm=norm)
    assert 0.98 * scale < abs(xavier).max() <= scale * (1 + 1e-6)
    msra = filled("msra", shape, variance_norm=norm)
    assert abs(msra.std() / (2 / fan) ** 0.5 - 1) < 0.05


@pytest.mark.parametrize("filler", ["xavier", "msra"])
def test_fan_in_is_the_default(filler):
    np.random.seed(3)
    default = filled(filler, (6, 5))
    np.random.seed(3)
    assert (default == filled(filler, (6, 5), variance_norm="fan_in")).all()


def test_bilinear_weights():
    np.testing.assert_allclose(
        filled("bilinear", (2, 1, 4, 4))[1, 0], np.outer([0.25, 0.75, 0.75, 0.25], [0.25, 0.75, 0.75, 0.25])
    )
    np.testing.assert_allclose(filled("bilinear", (1, 1, 3, 3))[0, 0, 1], [0.5, 1, 0.5])


@pytest.mark.parametrize("shape", [(3, 3), (1, 1, 3, 4), (1, 1, 1, 3, 3)])
def test_bilinear_needs_square_filters(shape):
    with pytest.raises(ValueError, match="4 axes, the last two equal, not"):
        filled("bilinear", shape)


def test_what_a_class_writes():
    given = [("std", "0.01"), ("sparse", "self.sparse")]
    assert (
        runtime.fill_text("gaussian", "blob.data", given) == "_fill_gaussian(blob.data, std=0.01, sparse=self.sparse)"
    )
    assert runtime.fill_text("bilinear", "blob.data") == "_fill_bilinear(blob.data)"
    assert runtime.fill_text("constant", "blob.data", [("value", "2")]) == "blob.data[...] = 2"
    assert [piece.name for piece in runtime.needed(["_fill_msra"])] == ["_fill_msra", "_fan", "_outputs"]
    assert runtime.imports(runtime.needed(["_fill_msra"])) == ("import numpy as np",)


# filler, argument, value, what is expected
VALUES = [
    ("constant", "value", 1, ""),
    ("constant", "value", True, "a number"),
    ("constant", "value", "1", "a number"),
    ("gaussian", "std", 0.0, ""),
    ("gaussian", "std", -0.5, "at least 0"),
    ("gaussian", "std", float("nan"), "at least 0"),
    ("gaussian", "sparse", -1, ""),
    ("gaussian", "sparse", 2.5, "a whole number"),
    ("gaussian", "sparse", -2, "at least -1"),
    ("msra", "variance_norm", "fan_out", ""),
    ("msra", "variance_norm", "FAN", "one of `fan_in`, `fan_out`, `average`"),
    ("msra", "variance_norm", 1, "one of `fan_in`, `fan_out`, `average`"),
]


@pytest.mark.parametrize(("filler", "name", "value", "expected"), VALUES)
def test_values_of_arguments(filler, name, value, expected):
    argument = FILLERS[filler].argument(name)
    assert argument is not None
    assert expected_value(argument, value) == expected


def test_axes():
    assert [expected_axes(FILLERS["bilinear"], n) for n in (3, 4, 5)] == ["exactly 4 axes", "", "exactly 4 axes"]
    assert [expected_axes(FILLERS["xavier"], n) for n in (0, 1, 5)] == ["at least 1 axis", "", ""]
    assert expected_axes(FILLERS["constant"], 0) == ""
    assert FILLERS["constant"].argument("std") is None
