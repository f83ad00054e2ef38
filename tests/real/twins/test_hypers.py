"""Hyper-parameters have the names, defaults and choices of Caffe's messages, and each of its options is there."""

import pytest
from layerdsl.pipeline import compile_source
from layerdsl.source import Source
from twins import runner

TWINS = sorted(runner.STDLIB.glob("*.layer"))

# The messages of layers whose field in LayerParameter is not named after them.
MESSAGES = {
    "arg_max": ("argmax_param",),
    "deconvolution": ("convolution_param",),
    "im2col": ("convolution_param",),
    "infogain_loss": ("infogain_loss_param", "loss_param"),
    "lstm": ("recurrent_param",),
    "rnn": ("recurrent_param",),
    "sigmoid_cross_entropy_loss": ("loss_param",),
    "softmax_with_loss": ("softmax_param", "loss_param"),
}

# What no twin has, and why: the engine is that of a GPU, `debug_info` prints.
NOWHERE = {"engine", "debug_info"}

# What one of them has not.
LEFT_OUT = {
    "infogain_loss": {"normalize"},  # Caffe's own refuses it
    "im2col": {"num_output", "bias_term", "weight_filler", "bias_filler", "group"},  # nothing is learned
}

SCRIPT = """
import json, realnet
from caffe.proto import caffe_pb2
def default(f):
    if f.label == f.LABEL_REPEATED: return []
    if f.enum_type: return f.enum_type.values_by_number[f.default_value].name
    return f.default_value if f.message_type is None else None
layer = caffe_pb2.LayerParameter.DESCRIPTOR
realnet.save_json({f.name: {g.name: [default(g), [v.name for v in g.enum_type.values] if g.enum_type else []]
                            for g in f.message_type.fields} for f in layer.fields if f.message_type})
"""


@pytest.fixture(scope="module")
def messages(run_on_caffe):
    return run_on_caffe(SCRIPT).json


def hypers_of(path):
    compiled = compile_source(Source(path.name, path.read_text(encoding="utf-8")))
    return {hyper.name: hyper for layer in compiled.layers for hyper in layer.graph.hypers}


def fields_of(twin, messages):
    wanted = MESSAGES.get(twin, (twin + "_param",))
    return {name: field for message in wanted for name, field in messages.get(message, {}).items()}


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_options_are_those_of_caffe(messages, path):
    fields, hypers = fields_of(path.stem, messages), hypers_of(path)
    assert set(hypers) <= set(fields)
    assert set(fields) - set(hypers) - NOWHERE == LEFT_OUT.get(path.stem, set())


# Defaults that Caffe's message does not tell, as the layer itself looks whether the field is there.
TOLD_BY_THE_LAYER = {
    ("arg_max", "axis"),
    ("clip", "min"),
    ("clip", "max"),
    ("batch_norm", "use_global_stats"),
    ("infogain_loss", "normalization"),
    ("softmax_with_loss", "normalization"),
    ("sigmoid_cross_entropy_loss", "normalization"),
    *((twin, name) for twin in ("convolution", "deconvolution", "im2col") for name in ("stride", "pad", "dilation")),
}

# Caffe asks for these, as 0 can't be meant.
ASKED_FOR = {"kernel_size", "pyramid_height", "shape"}


@pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem)
def test_defaults_are_those_of_caffe(messages, path):
    fields = fields_of(path.stem, messages)
    for name, hyper in hypers_of(path).items():
        default, words = fields[name]
        if hyper.choices:
            assert set(hyper.choices) <= set(words), name
        told = (path.stem, name) in TOLD_BY_THE_LAYER or name in ASKED_FOR or hyper.kind == "filler"
        if not told and not hyper.required and hyper.default is not None:
            assert same(hyper.default, default), name


def same(ours, theirs):
    """Caffe's numbers are in single precision."""
    if isinstance(ours, tuple | str | bool):
        return (list(ours) if isinstance(ours, tuple) else ours) == theirs
    return float(ours) == pytest.approx(theirs, rel=1e-6)
