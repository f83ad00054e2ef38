"""What is written and read for nets, on real Caffe and on Python 2.7: messages, prototxt, NetSpec, `param_str`."""

import importlib.util
import json
import pathlib
import re

import numpy as np
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from layerdsl.caffe.messages import file_descriptor, message_class
from layerdsl.emit import runtime
from layerdsl.emit.netspec import helper
from layerdsl.emit.prototxt import document, layer_parameter
from layerdsl.emit.wiring import HyperFact

EMIT = pathlib.Path(__file__).resolve().parent.parent / "emit"


@pytest.fixture(scope="module")
def wirings():
    spec = importlib.util.spec_from_file_location("wirings", EMIT / "wirings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ALL


# -- messages ---------------------------------------------------------------------------------------------------------

DESCRIBE = """
from caffe.proto import caffe_pb2
open("caffe.bin", "wb").write(caffe_pb2.DESCRIPTOR.serialized_pb)
"""


@pytest.fixture(scope="module")
def caffes_own(run_on_caffe):
    return FileDescriptorProto.FromString((run_on_caffe(DESCRIBE).folder / "caffe.bin").read_bytes())


def facts(file):
    """Everything that is declared: the path of each field, enum and value to all that is said of it."""
    owners = [("", file), *((message.name, message) for message in file.message_type)]
    enums = {(name, enum.name): [(v.name, v.number) for v in enum.value] for name, m in owners for enum in m.enum_type}
    fields = {
        (message.name, field.name): (
            field.number,
            field.type,
            field.type_name,
            field.label,
            field.HasField("default_value"),
            field.default_value,
            field.options.packed,
            place,
        )
        for message in file.message_type
        for place, field in enumerate(message.field)
    }
    return enums | fields


def test_every_message_has_the_fields_of_caffes_own(caffes_own):
    ours = facts(file_descriptor())
    assert ours == facts(caffes_own)
    assert len(ours) > 400
    assert [m.name for m in file_descriptor().message_type] == [m.name for m in caffes_own.message_type]


# -- the snippet ------------------------------------------------------------------------------------------------------

READ_NETS = """
import caffe, sys
from caffe.proto import caffe_pb2
from google.protobuf import text_format
net = text_format.Parse(open("snippets.prototxt").read(), caffe_pb2.NetParameter())
open("net.bin", "wb").write(net.SerializeToString())
"""


def test_caffes_messages_read_the_snippets_as_ours_do(run_on_caffe, wirings):
    result = run_on_caffe(READ_NETS, files={"snippets.prototxt": document(wirings)})
    net = message_class("NetParameter").FromString((result.folder / "net.bin").read_bytes())
    assert list(net.layer) == [layer_parameter(wiring) for wiring in wirings]


# Classes with as many tops and blobs as the wirings say, which keep what `param_str` said.
CLASSES = """
import caffe, json
SEEN = {}

def layer_class(name, tops, blobs, variadic):
    class Layer(caffe.Layer):
        def setup(self, bottom, top):
            SEEN[name] = [self.param_str, self.phase, len(bottom), len(top)]
            if not len(self.blobs):
                [self.blobs.add_blob(3) for _ in range(blobs)]
        def reshape(self, bottom, top):
            for place, scalar in enumerate(tops):
                top[place].reshape(*([] if scalar else [4]))
        def forward(self, bottom, top):
            for place, scalar in enumerate(tops):
                top[place].data[...] = place + 1
        def backward(self, top, propagate_down, bottom):
            SEEN[name] += [list(propagate_down)] + [float(top[place].diff.flat[0]) for place in range(len(tops))]
    return Layer
"""

RUN_NET = """
import caffe, json, sys
import many_classes
phase = {"TRAIN": caffe.TRAIN, "TEST": caffe.TEST}[sys.argv[1]]
net = caffe.Net(sys.argv[2], phase)
net.forward()
net.backward()
json.dump({"seen": many_classes.SEEN, "layers": list(net._layer_names), "params": {
    name: len(blobs) for name, blobs in net.params.items()}}, open("out.json", "w"))
"""


def stand_ins(wirings):
    """Modules with a class for each wiring, under the names in its `python_param`."""
    files = {"many_classes.py": CLASSES, "nets/__init__.py": ""}
    for wiring in wirings:
        name = wiring.module.replace(".", "/") + ".py"
        made = f"layer_class({wiring.layer!r}, {[end.loss for end in wiring.tops]}, {len(wiring.blobs)}, False)"
        files[name] = files.get(name, "from many_classes import layer_class\n") + f"{wiring.layer} = {made}\n"
    return files


def fed(wirings):
    """The snippets as one net: what has a gradient is learned, labels are not, and what is no loss is summed."""
    net = message_class("NetParameter")()
    for name, learned in {end.name: end.gradient for wiring in wirings for end in wiring.bottoms}.items():
        layer = net.layer.add(name=name, type="Parameter" if learned else "DummyData", top=[name])
        (layer.parameter_param.shape if learned else layer.dummy_data_param.shape.add()).dim.append(4)
    for wiring in wirings:
        layer = net.layer.add()
        layer.CopyFrom(layer_parameter(wiring))
        layer.top[:] = [f"{layer.name}_{top}" for top in layer.top]
        if not layer.loss_weight:
            weighed = net.layer.add(name=f"{layer.name}_sum", type="Reduction", bottom=layer.top, loss_weight=[1])
            weighed.top.append(weighed.name)
            weighed.include.MergeFrom(layer.include)
    return str(net)


@pytest.mark.parametrize("phase", ["TRAIN", "TEST"])
def test_a_net_of_the_snippets_runs(run_on_caffe, wirings, phase):
    files = stand_ins(wirings) | {"net.prototxt": fed(wirings)}
    found = run_on_caffe(RUN_NET, files=files, args=(phase, "net.prototxt")).json
    here = [wiring for wiring in wirings if wiring.phase in (None, phase)]
    assert set(found["seen"]) == {wiring.layer for wiring in here}
    for wiring in here:
        layer = layer_parameter(wiring)
        param_str, number, bottoms, tops, propagate_down, *diffs = found["seen"][wiring.layer]
        assert param_str == layer.python_param.param_str
        assert (number, bottoms, tops) == (("TRAIN", "TEST").index(phase), len(wiring.bottoms), len(wiring.tops))
        assert propagate_down == [end.gradient for end in wiring.bottoms]
        assert diffs == (list(layer.loss_weight) or [1])
        assert found["params"].get(layer.name, 0) == len(wiring.blobs)


# -- the NetSpec helper -----------------------------------------------------------------------------------------------

NETSPEC = """
import caffe, json
from caffe import layers as L
import helpers as H

def data():
    return L.DummyData(shape=dict(dim=[4]))

n = caffe.NetSpec()
n.pred, n.label, n.x, n.c = data(), data(), data(), data()
n.loss = H.dice_loss(n.pred, n.label, smooth=0.5, loss_weight=3)
n.y = H.inner_product(n.x, M=4, param=[dict(name="shared"), dict(lr_mult=0)], name="ip")
n.mean = H.moving_average(n.x)
n.map, n.one, n.two = H.everything(n.x, n.label, n.c, mode="sum", sizes=[5], include=dict(phase=caffe.TRAIN))
n.sum = H.sum_all(n.x, n.c, n.label)
try:
    H.dice_loss(n.pred, n.label, smoth=1)
except TypeError as error:
    said = str(error)
net = n.to_proto()
net.force_backward = True
open("net.prototxt", "w").write(str(net))
open("net.bin", "wb").write(net.SerializeToString())
import many_classes
built = caffe.Net("net.prototxt", caffe.TRAIN)
built.forward()
built.backward()
json.dump({"seen": many_classes.SEEN, "said": said}, open("out.json", "w"))
"""


def test_nets_that_are_written_with_netspec(run_on_caffe, wirings):
    result = run_on_caffe(NETSPEC, files=stand_ins(wirings) | {"helpers.py": helper(wirings, "many")})
    net = message_class("NetParameter").FromString((result.folder / "net.bin").read_bytes())
    loss, ip, mean, everything, total = (layer for layer in net.layer if layer.type == "Python")
    assert (list(loss.bottom), list(loss.top), list(loss.loss_weight)) == (["pred", "label"], ["loss"], [3])
    assert list(loss.propagate_down) == [True, False]
    assert json.loads(loss.python_param.param_str) == {"smooth": 0.5}
    assert (ip.name, list(ip.top)) == ("ip", ["y"])
    assert [(p.name, p.lr_mult, p.decay_mult) for p in ip.param] == [("shared", 1, 1), ("", 0, 0)]
    assert ip.python_param.module == "nets.layers"
    assert [rule.phase for rule in mean.include] == [0]
    assert list(everything.top) == ["map", "one", "two"]
    assert list(everything.loss_weight) == [0, 1, 1]
    assert list(total.propagate_down) == [True, True, False]
    assert result.json["said"] == "dice_loss() has no keyword `smoth`, did you mean `smooth`?"
    assert set(result.json["seen"]) == {wiring.layer for wiring in wirings}
    assert result.json["seen"]["DiceLoss"][-1] == 3


# -- param_str and fillers on older Pythons ---------------------------------------------------------------------------

HYPERS = (
    HyperFact("smooth", "float", False, False, 1.0),
    HyperFact("count", "int", True, False, None),
    HyperFact("on", "bool", False, False, True),
    HyperFact("mode", "word", False, False, "mean", ("sum", "mean")),
    HyperFact("sizes", "list", False, False, (1, 2), element="int"),
)
READ_CASES = """
import json, sys
import pieces

class Probe(object):
    pass

def read(text):
    layer = Probe()
    layer.param_str = str(text)
    try:
        return {"values": pieces.read(layer)}
    except ValueError as error:
        return {"error": str(error)}

cases = json.load(open("cases.json"))
json.dump([read(case["text"]) for case in cases], open("out.json", "w"))
"""


def pieces_module():
    pieces = runtime.needed([*runtime.read_pieces(HYPERS), *(name for name in runtime.pieces() if "_fill_" in name)])
    lines = ["def read(self):", *(f"    {line}" for line in runtime.read_lines("Probe", HYPERS)), "    return hyper"]
    return "\n".join([*runtime.imports(pieces), runtime.text(pieces), *lines, ""])


@pytest.mark.parametrize("where", ["run_on_caffe", "run_on_python2"])
def test_param_str_is_read_alike_everywhere(request, where):
    cases = json.loads((EMIT / "param_str_cases.json").read_text())
    cases = [case for case in cases if where == "run_on_caffe" or case.get("python", 2) == 2]
    files = {"pieces.py": pieces_module(), "cases.json": json.dumps(cases)}
    found = request.getfixturevalue(where)(READ_CASES, files=files).json
    defaults = {hyper.name: list(hyper.default) if hyper.kind == "list" else hyper.default for hyper in HYPERS}
    for case, result in zip(cases, found, strict=True):
        expected = {"error": case["error"]} if "error" in case else {"values": defaults | case["values"]}
        assert result == expected, case["text"]


# Filler, its arguments in Caffe's message, and the shape of the blob.
FILLED = {
    "constant": ("constant", {"value": 0.25}, (3, 2)),
    "uniform": ("uniform", {"min": -1.0, "max": 3.0}, (300, 200)),
    "gaussian": ("gaussian", {"mean": 2.0, "std": 0.5}, (300, 200)),
    "sparse": ("gaussian", {"std": 0.5, "sparse": 12}, (40, 2000)),
    "positive_unitball": ("positive_unitball", {}, (300, 10, 20)),
    "xavier": ("xavier", {}, (40, 30, 7, 7)),
    "xavier out": ("xavier", {"variance_norm": "fan_out"}, (40, 30, 7, 7)),
    "xavier average": ("xavier", {"variance_norm": "average"}, (40, 30, 7, 7)),
    "xavier of one axis": ("xavier", {"variance_norm": "fan_out"}, (50000,)),
    "msra": ("msra", {}, (40, 30, 7, 7)),
    "msra out": ("msra", {"variance_norm": "fan_out"}, (40, 30, 7, 7)),
    "msra average": ("msra", {"variance_norm": "average"}, (40, 30, 7, 7)),
    "bilinear": ("bilinear", {}, (2, 3, 4, 4)),
    "bilinear odd": ("bilinear", {}, (2, 1, 5, 5)),
}
CAFFES_FILLERS = """
import caffe, numpy
caffe.set_random_seed(1)
net = caffe.Net("net.prototxt", caffe.TRAIN)
net.forward()
numpy.savez("out.npz", **{name: blob.data for name, blob in net.blobs.items()})
"""
OUR_FILLERS = """
import numpy as np, json
import pieces
np.random.seed(1)
blobs = {}
for name, (filler, arguments, shape) in json.load(open("fillers.json")).items():
    blobs[name] = np.full(shape, np.nan, np.float32)
    getattr(pieces, "_fill_" + filler)(blobs[name], **{str(key): value for key, value in arguments.items()})
np.savez("out.npz", **{str(name): blob for name, blob in blobs.items()})
"""


@pytest.fixture(scope="module")
def filled_by_caffe(run_on_caffe):
    net = message_class("NetParameter")()
    for name, (filler, arguments, shape) in FILLED.items():
        data = net.layer.add(name=name, type="DummyData", top=[name]).dummy_data_param
        data.shape.add(dim=shape)
        upper = {key: value.upper() if isinstance(value, str) else value for key, value in arguments.items()}
        data.data_filler.add(type=filler, **upper)
    return run_on_caffe(CAFFES_FILLERS, files={"net.prototxt": str(net)}).arrays


@pytest.mark.parametrize("where", ["run_on_caffe", "run_on_python2"])
def test_fillers_fill_as_caffes_own(request, where, filled_by_caffe):
    files = {"pieces.py": pieces_module(), "fillers.json": json.dumps(FILLED)}
    ours = request.getfixturevalue(where)(OUR_FILLERS, files=files).arrays
    for name, (filler, _, shape) in FILLED.items():
        mine, caffes = ours[name], filled_by_caffe[name]
        assert mine.shape == caffes.shape == shape
        if re.match("constant|bilinear", filler):
            np.testing.assert_allclose(mine, caffes, rtol=1e-6, err_msg=name)
        else:
            assert moments(mine) == pytest.approx(moments(caffes), rel=0.03, abs=noise(caffes)), name


def moments(values):
    """Mean, spread, share of zeros; also the least and the largest where those are bounds."""
    values = values.astype(float)
    bounded = abs(values).max() < 3 * values.std()
    edges = [values.min(), values.max()] if bounded else []
    return [values.mean(), values.std(), (values == 0).mean(), *edges]


def noise(values):
    """What the means of twice so many draws may differ by: five times the spread of the difference."""
    return 5 * float(values.std()) * (2 / values.size) ** 0.5
