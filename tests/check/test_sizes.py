"""The shapes and hyper-parameters that a layer is tried with."""

import numpy as np
import pytest
from conftest import compiled

from layerdsl.check.choice import chosen
from layerdsl.check.file import emitted_class, samples
from layerdsl.check.samples import Sample, sampled
from layerdsl.check.settings import bases, variants
from layerdsl.check.sizes import cases
from layerdsl.check.values import MODES, draw

ANCHORS = """layer L(x: [N, CH, H]) -> y: [N, A, H]:
    hyper anchors: list[float] = [1, 2, 3]
    v = split(x, CH=[A, K], K=5)
    y = v[K=0] * values(anchors, A)
"""


def graph(text):
    return compiled(text).layers[0].graph


def shapes(text, wanted=5):
    layer = graph(text)
    ways = (cases(layer, given, wanted, np.random.RandomState(0)) for given in bases(layer, {}))
    return [case.shape(layer.bottoms[0]) for case in next((found for found in ways if found), [])]


def test_several_unlike_shapes_with_ones_and_primes():
    found = shapes("layer L(x: [N, C, *S]) -> y: [N, C, *S]:\n    y = x\n")
    assert found == [(2, 3, 3), (1, 1), (3, 1, 2, 3), (1, 4, 1, 2), (5, 2)]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("layer L(x: [N, C]) -> y: [N]:\n    require C % 4 == 0\n    y = sum(x, over=C)\n", lambda s: s[1] % 4 == 0),
        ("layer L(x: [N, H]) -> y: [N, H // 2]:\n    y = x[H=:H // 2]\n", lambda s: s[1] >= 2),
        ("layer L(x: [N, C]) -> y: [N]:\n    y = x[C=3]\n", lambda s: s[1] >= 4),
        ("layer L(x: [N, C]) -> y: [N, C - 4]:\n    y = x[C=4:]\n", lambda s: s[1] >= 5),
        ("layer L(x: [A, N]) -> y: [A]:\n    y = sum(x, over=N) + x[N=0] * 0\n    require A == 3 * N\n",
         lambda s: s[0] == 3 * s[1]),
        ("layer L(x: [N, 7]) -> y: [N]:\n    hyper k: int\n    require k == 4\n    y = sum(x) + k * index(N)\n",
         lambda s: s[1] == 7),
    ],
)  # fmt: skip
def test_what_the_layer_demands_is_held(text, holds):
    found = shapes(text)
    assert len(found) >= 2
    assert all(holds(shape) for shape in found)


def test_a_size_that_follows_from_another_is_found():
    text = """layer L(x: [N, A, H, W], d: [B]) -> y: [N, B]:
    hyper weights: list[float] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    y = d * sum(x, over=[A, H, W]) * values(weights, B)
"""
    layer = graph(text)
    found = cases(layer, {}, 5, np.random.RandomState(0))
    assert len(found) == 5
    assert all(case.sizes["B"] == 11 for case in found)


def test_sizes_have_to_agree_only_where_the_formula_is_reached():
    text = """layer L(x: [N, C], w: [K]) -> y: [N]:
    hyper weighted: bool = WEIGHTED
    if weighted:
        y = sum(x * rename(w, K=C), over=C)
    else:
        y = sum(x, over=C)
"""
    free, bound = (graph(text.replace("WEIGHTED", word)) for word in ("false", "true"))
    random = np.random.RandomState(0)
    assert any(case.sizes["C"] != case.sizes["K"] for case in cases(free, {}, 5, random))
    assert all(case.sizes["C"] == case.sizes["K"] for case in cases(bound, {}, 5, random))


def test_nothing_is_found_where_nothing_holds():
    assert shapes("layer L(x: [N]) -> y: []:\n    require N > 3 and N < 3\n    y = sum(x)\n") == []


def test_what_has_no_default_gets_values_and_examples_come_first():
    layer = graph("layer L(x: [N]) -> y: [N]:\n    hyper k: int\n    hyper on: bool\n    y = x * k if on else x\n")
    assert next(bases(layer, {})) == {"k": 3, "on": True}
    assert next(bases(layer, {"k": 12})) == {"k": 12, "on": True}


def test_every_choice_is_made_once():
    layer = graph(
        'layer L(x: [N]) -> y: [N]:\n    hyper mode: "a" | "b" | "c" = "b"\n    hyper cap: float? = none\n'
        '    hyper on: bool = false\n    k = 1 if mode == "a" else 2\n    y = x * k\n'
        "    if on and cap != none:\n        z = cap\n    else:\n        z = 0\n    require z >= 0\n"
    )
    assert variants(layer, {}) == [{}, {"mode": "a"}, {"mode": "c"}, {"cap": 1.5}, {"on": True}]


def test_an_index_points_into_its_axis():
    layer = graph(
        "layer L(x: [N, C], i: index(C) [N], j: index [N]) -> y: [N]:\n    y = x[C=i] + where(j == i, 1, 0)\n"
    )
    (case, *_) = cases(layer, {}, 1, np.random.RandomState(0))
    for seed in range(20):
        values = draw(case, MODES[0], np.random.RandomState(seed))
        assert set(values["i"]) <= {0, 1, 2}
        assert set(values["j"]) <= {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("layer L(x: [N, C]) -> y: []:\n    require C == 37 and N == 11\n    y = mean(x)\n", {"N": 11, "C": 37}),
        (
            ANCHORS,
            {"CH": 15},
        ),
    ],
    ids=["written in a condition", "by way of the length of a list"],
)
def test_sizes_that_are_rare_are_searched_for(text, sizes):
    layer = compiled(text).layers[0].graph
    (case, *_) = cases(layer, {}, 5, np.random.RandomState(1))
    assert {name: case.sizes[name] for name in sizes} == sizes


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (
            """layer L(x: [N, C]) -> y: [N, C]:
    hyper k: int
    hyper m: int
    require k == 2 * m + 13 and C >= k
    y = x * k
""",
            lambda given: given["k"] == 2 * given["m"] + 13,
        ),
        (
            """layer L(x: [N, H]) -> y: [N, P]:
    hyper k: int = 0
    hyper stride: int? = none
    y = mean(window(x, P = H by K=k, stride=1 if stride == none else stride), over=K)
""",
            lambda given: given["k"] > 0,
        ),
    ],
    ids=["one that follows from another", "a default that no net can have"],
)
def test_hyper_parameters_that_go_together_are_searched_for(check, text, given):
    layer = compiled(text).layers[0]
    found = chosen(layer.graph, emitted_class(layer))
    assert all(given(case.given) for case in found)
    assert len({tuple(case.sizes.values()) for case in found}) > 1
    assert check(text).rows[0].verdict == "ok"


def test_sizes_and_hyper_parameters_come_from_examples(check):
    text = f"""layer L(x: [N, C, *S], label: index [N]) -> y: [N]:
    hyper by: float = 1
    require N * C == 221 and 1 < N and N < C
    y = by * sum(x, over=[C, S])

example "all":
    numbers = {[[[1, 2]] * 17] * 13}
    L(x=numbers, label={[0] * 13}, by=3) == {[153] * 13}
"""
    compilation = compiled(text)
    layer = compilation.layers[0]
    (case, _) = chosen(layer.graph, emitted_class(layer), samples(compilation)["L"])
    assert (case.shape(case.layer.bottoms[0]), dict(case.given)) == ((13, 17, 2), {"by": 3})
    assert [row.verdict for row in check(text).rows] == ["ok"]


def test_examples_are_tried_besides_the_usual_sizes(check):
    text = "layer L(x: [N]) -> y: [N]:\n    hyper by: float = 1\n    y = by * x\n\n"
    text += 'example "seven":\n    L(x=[1, 2, 3, 4, 5, 6, 7], by=2) == [2, 4, 6, 8, 10, 12, 14]\n'
    assert "7" in check(text).rows[0].shapes


@pytest.mark.parametrize(
    ("declared", "shape"),
    [("[N, C]", (2, 3, 4)), ("[N, C, H]", (2, 3)), ("[N, *S]", ())],
)
def test_shapes_that_do_not_say_the_sizes_of_all_axes_are_left_out(declared, shape):
    layer = graph(f"layer L(x: {declared}) -> y: []:\n    y = sum(x)\n")
    assert list(sampled(layer, (Sample({}, {"x": shape}),))) == []


def test_data_by_which_is_picked_are_places(check):
    text = "layer L(x: [N, C], t: const [N]) -> y: [N]:\n    y = x[C=floor(t)]\n"
    assert [row.verdict for row in check(text).rows] == ["ok"]
