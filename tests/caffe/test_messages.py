"""Caffe's messages without Caffe. (tests/real holds every field against Caffe's own.)"""

import subprocess
import sys

import pytest
from google.protobuf import descriptor_pool, text_format

from layerdsl.caffe.messages import file_descriptor, message_class, new

NET = """
name: "two"  # a net as people write them
input: "data" input_shape { dim: 1 dim: 3 dim: 4 dim: 4 }
layer {
  name: "conv" type: "Convolution" bottom: "data" top: "conv"
  param { lr_mult: 1 } param { lr_mult: 2 decay_mult: 0 }
  convolution_param { num_output: 2 kernel_size: 3 pad: 1 weight_filler { type: "msra" variance_norm: AVERAGE } }
}
layer {
  name: "pool" type: "Pooling" bottom: "conv" top: "pool"
  pooling_param { pool: AVE kernel_size: 2 stride: 2 engine: CAFFE } include { phase: TRAIN stage: "a" not_stage: "b" }
}
layers { name: "old" type: INNER_PRODUCT bottom: "pool" top: "ip" blobs_lr: 1 inner_product_param { num_output: 2 } }
"""


def test_a_net_is_read_and_printed_without_loss():
    net = text_format.Parse(NET, new("NetParameter"))
    assert net.layer[0].convolution_param.kernel_size == [3]
    assert net.layer[0].convolution_param.weight_filler.variance_norm == 2
    assert net.layers[0].type == 14
    assert text_format.Parse(text_format.MessageToString(net), new("NetParameter")) == net
    assert message_class("NetParameter").FromString(net.SerializeToString()) == net


def test_defaults():
    solver = new("SolverParameter", base_lr=0.01)
    assert (solver.type, solver.momentum2, solver.solver_mode) == ("SGD", pytest.approx(0.999), 1)
    assert new("ParamSpec").lr_mult == 1
    assert new("LayerParameter").lrn_param.local_size == 5
    assert not new("BatchNormParameter").HasField("use_global_stats")


def test_repeated_scalars_are_packed_where_caffe_packs_them():
    assert new("BlobShape", dim=[1, 2, 3]).SerializeToString() == b"\x0a\x03\x01\x02\x03"
    assert new("NetParameter", input_dim=[1, 2]).SerializeToString() == b"\x20\x01\x20\x02"


def test_required_fields():
    clip = new("ClipParameter", min=0.0)
    assert not clip.IsInitialized()
    clip.max = 1.0
    assert clip.IsInitialized()


def test_numbers_and_names_are_given_once():
    for message in file_descriptor().message_type:
        assert len({field.number for field in message.field}) == len(message.field), message.name
        assert len({field.name for field in message.field}) == len(message.field), message.name


def test_an_unknown_message_is_a_key_error():
    with pytest.raises(KeyError):
        new("NoSuchParameter")


def test_the_pool_is_not_the_one_that_caffe_pb2_uses():
    new("NetParameter")
    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("caffe.NetParameter")


def test_importing_costs_no_protobuf():
    code = "import sys, layerdsl.caffe.messages, layerdsl.emit.prototxt; sys.exit('google.protobuf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
