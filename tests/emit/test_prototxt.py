"""The prototxt snippet of a layer. (tests/real hands it to Caffe's own parser.)"""

import json
from dataclasses import replace

import pytest
from google.protobuf import text_format

from layerdsl.caffe.messages import new
from layerdsl.emit.prototxt import document, layer_parameter, param_str, snippet
from layerdsl.emit.wiring import BlobFact, EndFact

DICE = """\
# DiceLoss: Soft Dice loss, one minus the mean overlap of the batch.
layer {
  name: "dice_loss"
  type: "Python"
  bottom: "pred"  # [N, *S]
  bottom: "label"  # const [N, *S], gets no gradient
  top: "loss"  # []
  # the weight of the loss in the objective
  loss_weight: 1.0
  # for each bottom whether it gets a gradient
  propagate_down: true
  propagate_down: false
  # param_str holds:
  #   smooth: float = 1.0, smooth >= 0 (keeps empty masks apart)
  python_param {
    module: "losses"
    layer: "DiceLoss"
    param_str: "{\\"smooth\\": 1.0}"
  }
}
"""

INNER_PRODUCT = """\
# InnerProduct
layer {
  name: "inner_product"
  type: "Python"
  bottom: "x"  # [N, *K]
  top: "y"  # [N, M]
  # weight [M, *K] = xavier()
  param { lr_mult: 1.0 decay_mult: 1.0 }
  # bias [M] = constant(0) (one for each output)
  param { lr_mult: 2.0 decay_mult: 0.0 }
  # param_str holds:
  #   M: int, the net has to give it
  python_param {
    module: "nets.layers"
    layer: "InnerProduct"
    param_str: "{\\"M\\": null}"
  }
}
"""


def parsed(text):
    return text_format.Parse(text, new("NetParameter"))


def test_a_loss(wirings):
    assert snippet(wirings["DiceLoss"]) == DICE


def test_learned_blobs_and_what_a_net_has_to_give(wirings):
    assert snippet(wirings["InnerProduct"]) == INNER_PRODUCT


@pytest.mark.parametrize("name", ["DiceLoss", "InnerProduct", "MovingAverage", "Everything", "SumAll"])
def test_what_is_printed_reads_back_as_the_message(wirings, name):
    net = parsed(snippet(wirings[name]))
    assert list(net.layer) == [layer_parameter(wirings[name])]


def test_snippets_of_several_layers_are_one_net(wirings):
    net = parsed(document(wirings.values()))
    assert list(net.layer) == [layer_parameter(wiring) for wiring in wirings.values()]


def test_every_hyper_parameter_is_in_param_str_in_its_order(wirings):
    found = json.loads(layer_parameter(wirings["Everything"]).python_param.param_str)
    expected = {"rate": 1e-5, "count": None, "on": True, "mode": "mean", "sizes": [1, 2], "limit": float("inf")}
    assert list(found.items()) == list(expected.items())
    assert param_str(wirings["SumAll"]) == ""
    assert not layer_parameter(wirings["SumAll"]).python_param.HasField("param_str")


def test_one_loss_weight_for_each_top_and_none_without_a_loss(wirings):
    assert list(layer_parameter(wirings["Everything"]).loss_weight) == [0, 1, 1]
    assert not layer_parameter(wirings["InnerProduct"]).loss_weight


def test_one_propagate_down_for_each_bottom_and_none_where_all_have_a_gradient(wirings):
    assert list(layer_parameter(wirings["Everything"]).propagate_down) == [True, False, True]
    assert not layer_parameter(wirings["InnerProduct"]).propagate_down


def test_a_state_is_left_alone_by_the_solver(wirings):
    found = layer_parameter(wirings["MovingAverage"])
    assert [(each.lr_mult, each.decay_mult) for each in found.param] == [(0, 0)]
    assert found.param[0].HasField("lr_mult")
    assert "# mean [C] = 0, a state: the solver leaves it alone" in snippet(wirings["MovingAverage"])


def test_a_phase(wirings):
    assert [rule.phase for rule in layer_parameter(wirings["MovingAverage"]).include] == [0]
    assert [rule.phase for rule in layer_parameter(wirings["Everything"]).include] == [1]
    assert not layer_parameter(wirings["DiceLoss"]).include


def test_ends_that_may_be_several_or_none(wirings):
    text = snippet(wirings["SumAll"])
    assert 'bottom: "first"  # [*S], any number of these' in text
    assert 'bottom: "mask"  # const [*S], may be left out, gets no gradient' in text
    assert "# one for each bottom that is there" in text


@pytest.mark.parametrize("text", ['"', "\\", "}", "# }\n}", "\r}", "\x00}", "\x0b}\x0c}", "\u2028}\x85}", "é", "a\n}"])
def test_no_words_of_the_user_get_out_of_their_comment(wirings, text):
    wiring = wirings["Everything"]
    odd = replace(
        wiring,
        doc=text,
        hypers=tuple(replace(hyper, doc=text, requires=(text,)) for hyper in wiring.hypers),
        blobs=(BlobFact("w", text, text, 1.0, 1.0, False, text), *wiring.blobs),
        tops=(EndFact("y", text, True), *wiring.tops),
    )
    assert list(parsed(snippet(odd)).layer) == [layer_parameter(odd)]
    assert len(layer_parameter(odd).param) == 2
