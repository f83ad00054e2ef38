"""The NetSpec helper, with a stand-in for `caffe.layers` that remembers. (tests/real uses Caffe's own.)"""

import json
import re
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
from layers import emitted, layer

from layerdsl.caffe.standin import SingleLayer
from layerdsl.emit import runtime
from layerdsl.emit.describe import snake_case
from layerdsl.emit.netspec import function_names, helper
from layerdsl.emit.prototxt import layer_parameter, snippet
from layerdsl.emit.wiring import HyperFact


@pytest.fixture
def load(monkeypatch):
    """The module that a helper's text makes; `L.Python(...)` gives back what it gets."""
    layers = types.SimpleNamespace(Python=lambda *bottoms, **keywords: (bottoms, keywords))
    caffe = types.ModuleType("caffe")
    vars(caffe).update(layers=layers, TRAIN=0, TEST=1)
    monkeypatch.setitem(sys.modules, "caffe", caffe)

    def loaded(wirings, module="many"):
        made = types.ModuleType("helper")
        exec(helper(wirings, module), vars(made))
        return made

    return loaded


@pytest.fixture
def made(load, wirings):
    return load(list(wirings.values()))


def test_a_loss_with_its_defaults(made):
    bottoms, keywords = made.dice_loss("pred", "label")
    assert bottoms == ("pred", "label")
    assert keywords == {
        "module": "losses",
        "layer": "DiceLoss",
        "param_str": '{"smooth": 1.0}',
        "ntop": 1,
        "loss_weight": [1.0],
        "propagate_down": [True, False],
    }


def test_hyper_parameters_are_converted(made):
    _, keywords = made.everything("a", "b", "c", rate=1, count=4.0, on=False, mode="sum", sizes=[3])
    found = json.loads(keywords["param_str"])
    assert list(found) == ["rate", "count", "on", "mode", "sizes", "limit"]
    assert found == {"rate": 1, "count": 4, "on": False, "mode": "sum", "sizes": [3], "limit": float("inf")}
    assert '"rate": 1.0, "count": 4,' in keywords["param_str"]


@pytest.mark.parametrize("name", ["DiceLoss", "MovingAverage", "Everything"])
def test_without_keywords_it_is_the_snippet(made, wirings, name):
    wiring = wirings[name]
    bottoms, keywords = getattr(made, snake_case(name))(*[end.name for end in wiring.bottoms])
    layer = layer_parameter(wiring)
    assert list(bottoms) == list(layer.bottom)
    assert keywords["param_str"] == layer.python_param.param_str
    assert keywords["ntop"] == len(layer.top)
    assert keywords.get("loss_weight", []) == list(layer.loss_weight)
    assert keywords.get("propagate_down", []) == list(layer.propagate_down)
    declared = [(pytest.approx(spec.lr_mult), spec.decay_mult) for spec in layer.param]
    assert [(spec["lr_mult"], spec["decay_mult"]) for spec in keywords.get("param", [])] == declared
    included = [keywords["include"]["phase"]] if "include" in keywords else []
    assert included == [rule.phase for rule in layer.include]


def test_param_changes_what_it_names(made):
    _, keywords = made.inner_product("x", M=3, param=[{"lr_mult": 0}, {"name": "shared"}])
    assert keywords["param"] == [
        {"lr_mult": 0, "decay_mult": 1.0},
        {"lr_mult": 2.0, "decay_mult": 0.0, "name": "shared"},
    ]
    _, keywords = made.moving_average("x", param={"name": "m"})
    assert keywords["param"] == [{"lr_mult": 0.0, "decay_mult": 0.0, "name": "m"}]


def test_what_every_layer_of_caffe_takes_is_handed_on(made):
    _, keywords = made.dice_loss("p", "l", name="d", loss_weight=3, propagate_down=[False, False], include={"phase": 1})
    assert (keywords["name"], keywords["loss_weight"], keywords["include"]) == ("d", 3, {"phase": 1})
    assert keywords["propagate_down"] == [False, False]
    assert made.moving_average("x", in_place=True)[1]["in_place"] is True


def test_any_number_of_bottoms(made):
    assert made.sum_all("a")[1]["propagate_down"] == [True]
    assert made.sum_all("a", "m")[1]["propagate_down"] == [True, False]
    assert made.sum_all("a", "b", "m")[1]["propagate_down"] == [True, True, False]


# the call, the type of the error, its whole message
FAULTS = [
    (lambda m: m.dice_loss("p"), TypeError, "dice_loss() takes 2 bottoms (pred, label), not 1"),
    (lambda m: m.dice_loss("p", "l", "x"), TypeError, "dice_loss() takes 2 bottoms (pred, label), not 3"),
    (lambda m: m.sum_all(), TypeError, "sum_all() takes at least 1 bottom (*first, mask?), not 0"),
    (lambda m: m.everything("a", "b", "c", ntop=2), TypeError, "everything() takes 3 tops (map, one, two), not 2"),
    (
        lambda m: m.dice_loss("p", "l", smoth=1),
        TypeError,
        "dice_loss() has no keyword `smoth`, did you mean `smooth`?",
    ),
    (
        lambda m: m.dice_loss("p", "l", smooth="a"),
        TypeError,
        "dice_loss(): `smooth` is 'a', but has to be a number",
    ),
    (
        lambda m: m.dice_loss("p", "l", smooth=True),
        TypeError,
        "dice_loss(): `smooth` is True, but has to be a number",
    ),
    (
        lambda m: m.everything("a", "b", "c", mode="max"),
        ValueError,
        "everything(): `mode` is 'max', but has to be one of 'sum', 'mean'",
    ),
    (
        lambda m: m.everything("a", "b", "c", count=1.5),
        TypeError,
        "everything(): `count` is 1.5, but has to be a whole number, or none",
    ),
    (
        lambda m: m.everything("a", "b", "c", sizes=["a"]),
        TypeError,
        "everything(): `sizes` is ['a'], but has to be a list in which each is a whole number",
    ),
    (
        lambda m: m.everything("a", "b", "c", loss_weight=1),
        TypeError,
        "everything() needs a `loss_weight` for each top (map, one, two), not 1",
    ),
    (
        lambda m: m.dice_loss("p", "l", loss_weight=[1, 2]),
        TypeError,
        "dice_loss() needs a `loss_weight` for each top (loss), not 2",
    ),
    (
        lambda m: m.dice_loss("p", "l", propagate_down=[True]),
        TypeError,
        "dice_loss() needs a `propagate_down` for each bottom (pred, label), not 1",
    ),
    (lambda m: m.inner_product("x"), TypeError, "inner_product() needs the keyword `M`"),
    (
        lambda m: m.inner_product("x", M=1, param=[{}]),
        TypeError,
        "inner_product() needs a `param` for each blob (weight, bias), not 1",
    ),
    (lambda m: m.dice_loss("p", "l", param=[{}]), TypeError, "dice_loss() needs a `param` for each blob (none), not 1"),
]


@pytest.mark.parametrize(("call", "kind", "message"), FAULTS, ids=[message for _, _, message in FAULTS])
def test_faults(made, call, kind, message):
    with pytest.raises(kind) as raised:
        call(made)
    assert str(raised.value) == message


def test_caffe_takes_no_weights_at_all_as_well(made):
    _, keywords = made.everything("a", "b", "c", loss_weight=[], propagate_down=[])
    assert not {"loss_weight", "propagate_down"} & set(keywords)


DEMANDING = """
layer Demanding(x: [N, C]) -> y: [N, C]:
    hyper delta: float = 1
    hyper lo: float? = none
    hyper type: int = 3
    hyper mode: "sum" | "mean" = "sum"
    require delta > 0
    require delta < 100, "delta has to be small"
    require type % 2 == 1
    require C >= type
    require log(delta) < 4
    if lo != none:
        require lo < delta
    y = x * delta
"""

# keywords that do not meet what is required, and what is said
UNMET = [
    ({"delta": -1}, "demanding(): requires delta > 0, delta is -1.0"),
    ({"delta": float("nan")}, "demanding(): requires delta > 0, delta is nan"),
    ({"delta": 200}, "demanding(): delta has to be small, delta is 200.0"),
    ({"type": 4}, "demanding(): requires type % 2 == 1, type is 4"),
    ({"lo": 2}, "demanding(): requires lo < delta, lo is 2.0, delta is 1.0"),
]


@pytest.fixture
def demanding(load):
    return load([layer(DEMANDING).wiring]).demanding


@pytest.mark.parametrize(("keywords", "message"), UNMET)
def test_what_is_required_of_hyper_parameters_is_demanded(demanding, keywords, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        demanding("x", **keywords)


def test_what_meets_the_requirements_is_handed_on(demanding):
    """What only the class can tell, as `C >= type`, is left to it; so is what needs more than Python itself."""
    for keywords in ({}, {"lo": 0.5}, {"delta": 99, "lo": 98, "type": 7}):
        assert demanding("x", **keywords)[1]["layer"] == "Demanding"


def test_a_hyper_parameter_may_have_the_name_of_an_option(load, wirings):
    odd = replace(wirings["DiceLoss"], hypers=(HyperFact("phase", "float", False, False, 0.5),))
    assert load([odd]).dice_loss("p", "l", phase=0.25)[1]["param_str"] == '{"phase": 0.25}'


def test_names_of_functions():
    assert function_names(["PReLU", "BatchHardTriplet", "L2Normalize", "Print"]) == [
        "prelu",
        "batch_hard_triplet",
        "l2_normalize",
        "Print",
    ]
    assert len(set(function_names(["DiceLoss", "Dice_Loss", "diceLoss"]))) == 3


@pytest.mark.parametrize("text", ['"""', "\\", 'a"', "\\N{x}", "é", '"""\nimport os', "'''"])
def test_no_words_of_the_user_get_out_of_their_docstring(load, wirings, text):
    odd = replace(
        wirings["Everything"],
        doc=text,
        blobs=tuple(replace(b, doc=text, filler=text) for b in wirings["Everything"].blobs),
    )
    first = load([odd]).everything.__doc__.split("\n")[0]
    assert first.strip() == text.split("\n")[0]


def test_only_what_is_needed_is_there(wirings):
    text = helper([wirings["DiceLoss"]], "losses")
    assert "_to_float" in text
    assert not any(name in text for name in ("_to_int", "_list_of", "_optional", "_param_str", "import re", "TRAIN"))
    assert all(line.isascii() for line in text.split("\n"))


def test_a_layer_without_anything(load, wirings):
    bare = replace(wirings["DiceLoss"], bottoms=(), hypers=(), doc="")
    assert load([bare]).dice_loss() == ((), {"module": "losses", "layer": "DiceLoss", "ntop": 1, "loss_weight": [1.0]})


def test_no_layers_make_an_empty_helper(load):
    assert load([]).__doc__.startswith("The layers of `many`")


def test_pieces_of_the_helper_are_in_order():
    names = [piece.name for piece in runtime.needed(["_python_layer"])]
    assert names.index("_REQUIRED") < names.index("_keyword")


BRANCHES = """
layer Branches(x: [N, C], scale: [C]?) -> (y: [N, C], energy: [N]?):
    hyper shared: bool = true
    hyper start: filler = gaussian(std=0.5)
    param first: [C] = start
    if scale != none:
        y = scale * x + first
    elif shared:
        param weight: [] = start, lr_mult=3
        y = weight * x + first
    else:
        param weights: [C] = constant(2), lr_mult=4
        y = weights * x + first
    energy = sum(y**2, over=C)
"""


@pytest.mark.parametrize(
    ("bottoms", "given", "tops", "lr_mults"),
    [
        (["x", "scale"], {}, 2, [1]),
        (["x"], {}, 1, [1, 3]),
        (["x"], {"shared": False, "start": "xavier()"}, 2, [1, 4]),
        (["x"], {"start": {"type": "uniform", "min": 2, "max": 3}}, 1, [1, 3]),
        (["x"], {"start": "bilinear()", "shared": False}, 1, None),
    ],
)
def test_there_is_a_param_for_each_blob_that_the_class_makes(load, bottoms, given, tops, lr_mults):
    compiled = layer(BRANCHES)
    keywords = load([compiled.wiring]).branches(*bottoms, ntop=tops, **given)[1]
    shapes = {"x": (2, 3), "scale": (3,)}

    def start():
        arrays = [np.zeros(shapes[name]) for name in bottoms]
        return SingleLayer(emitted(BRANCHES), arrays, param_str=keywords["param_str"], tops=tops)

    if lr_mults is None:
        with pytest.raises(ValueError, match="bilinear filler needs a blob of 4 axes"):
            start()
    else:
        assert [spec["lr_mult"] for spec in keywords["param"]] == lr_mults
        assert len(start().blobs) == len(lr_mults)


def test_a_param_that_is_not_there_by_default_stands_in_a_comment():
    text = snippet(layer(BRANCHES).wiring)
    assert "\n  param { lr_mult: 1.0 decay_mult: 1.0 }\n" in text
    said = "weight [] = start, where scale == none and shared"
    assert f"\n  # {said}\n  # param {{ lr_mult: 3.0 decay_mult: 1.0 }}\n" in text
