"""Prototxt that can't be read: what is said, and where."""

import pytest

from layerdsl.caffe.prototxt import parse
from layerdsl.source import Fault, Source
from layerdsl.source.codes import CODES


def fault(text, message="NetParameter"):
    with pytest.raises(Fault) as raised:
        parse(Source("net.prototxt", text), message)
    return raised.value.diagnostic


def test_a_net_and_a_solver():
    assert parse(Source("n", 'layer { name: "a" }')).layer[0].name == "a"
    assert parse(Source("s", "base_lr: 0.5\r\nmax_iter: 3\r\n"), "SolverParameter").max_iter == 3
    assert parse(Source("n", "")).ByteSize() == 0


# text, code, message, the marked place (line, column, text), help
FAULTS = [
    (
        'layer {\n  name: "a"\n  botom: "x"\n}',
        "LD101",
        "`LayerParameter` has no field `botom`",
        (3, 3, "botom"),
        "did you mean `bottom`?",
    ),
    ("net: 'x'", "LD101", "`NetParameter` has no field `net`", (1, 1, "net"), ""),
    (
        "layer { include { phase: TRIAN } }",
        "LD101",
        "`TRIAN` is no value of `Phase`",
        (1, 26, "TRIAN"),
        "did you mean `TRAIN`?",
    ),
    (
        "layer { pooling_param { pool: MXA } }",
        "LD101",
        "`MXA` is no value of `PoolingParameter.PoolMethod`",
        (1, 31, "MXA"),
        "did you mean `MAX`?",
    ),
    ('name: "a"\nname: "b"', "LD102", "`name` is given twice in a `NetParameter`", (2, 7, '"b"'), ""),
    ('layer { name: "a"', "LD003", "`}` is missing here", (1, 15, '"a"'), ""),
    ("layer: 3", "LD003", "`{` is missing here", (1, 8, "3"), ""),
    ("}", "LD003", "the name of a field is expected here", (1, 1, "}"), ""),
    ("\x00\x01", "LD003", "the name of a field is expected here", (1, 1, "\x00"), ""),
    ('name: "a\n', "LD006", "a string whose quote does not close", (1, 7, '"a'), ""),
    ("layer { top: x }", "LD503", "a text in quotes is expected here", (1, 14, "x"), ""),
    ("force_backward: maybe", "LD503", "`true` or `false` is expected here", (1, 17, "maybe"), ""),
    ("layer { loss_weight: high }", "LD503", "no float that this field could hold", (1, 22, "high"), ""),
    ("input_dim: 99999999999", "LD503", "`99999999999` is out of the range of this field", (1, 12, "99999999999"), ""),
]


@pytest.mark.parametrize(("text", "code", "message", "place", "help_"), FAULTS, ids=lambda value: str(value)[:40])
def test_faults(text, code, message, place, help_):
    found = fault(text)
    assert (found.code, found.message, found.help) == (code, message, help_)
    assert (found.span.line, found.span.column, found.span.text) == place


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "x {" * 10_000, "layer {" * 10_000, '"' * 9_999, "[x.y]: 3", "a" * 101]
)
def test_odd_texts_are_diagnostics_with_short_messages(text):
    found = fault(text)
    assert found.code in CODES
    assert len(found.message) < 200
