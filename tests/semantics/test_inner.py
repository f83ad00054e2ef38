"""A layer used inside another computes what its formulas say on the values that it is given."""

import numpy as np
import pytest
from layers import codes, emitted, faults, layer
from running import run, slopes, start

from layerdsl.caffe.standin import SingleLayer

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])

PRODUCT = """
layer Product(x: [N, *K], side: [N]?) -> y: [N, M]:
    hyper M: int
    hyper bias: bool = true
    hyper scale: float? = none
    hyper act: "none" | "tanh" = "none"
    require M > 0
    param weight: [M, K] = xavier()
    z = dot(x, weight, over=K)
    if bias:
        param b: [M] = constant(0.5), lr_mult=2
        s = z + b
    else:
        s = z
    t = s if side == none else s * side
    u = t if scale == none else t * scale
    y = tanh(u) if act == "tanh" else u
"""

CENTRED = (
    """
layer Centred(x: [N, C, *S]) -> (y: [N, C, *S], centre: const [C]):
    hyper momentum: float = 0.5
    state mean: [C] = 0
    centre = mean(x, over=[N, S]) if train else mean
    if train:
        update mean = momentum * mean + (1 - momentum) * centre
    y = x - centre
""".replace("state mean", "state seen")
    .replace("else mean\n", "else seen\n")
    .replace("update mean = momentum * mean", "update seen = momentum * seen")
)


def names(text):
    return [blob.name for blob in layer(text).graph.blobs]


def test_parameters_are_named_after_the_value_or_the_layer():
    text = f"""{PRODUCT}
layer A(x: [N, D]) -> y: [N, K]:
    hyper K: int = 2
    h = tanh(Product(x, M=4))
    y = Product(h, M=K) + Product(h, M=K, bias=false) + Product(h, M=K)
"""
    found = ["h.weight", "h.b", "product.weight", "product.b", "product2.weight", "product3.weight", "product3.b"]
    assert names(text) == found
    assert [blob.lr_mult for blob in layer(text).graph.blobs] == [1, 2, 1, 2, 1, 1, 2]


def test_the_formulas_of_the_layer_on_the_values_given():
    text = f'{PRODUCT}\nlayer A(x: [N, D]) -> y: [N, M]:\n    y = Product(2 * x, M=2, scale=3, act="tanh")\n'
    weight, b = np.array([[0.1, 0.2, 0.3], [-0.3, 0.1, 0.2]]), np.array([0.1, -0.2])
    ran = run(text, x=X, **{"y.weight": weight, "y.b": b})
    wanted = np.tanh(3 * (2 * X @ weight.T + b))
    np.testing.assert_allclose(ran.value("y"), wanted)
    for name in ("x", "y.weight", "y.b"):
        np.testing.assert_allclose(ran.diff(name), slopes(ran, name), rtol=1e-6, atol=1e-9)


def test_optional_bottoms_by_name_and_left_out():
    side = np.array([2.0, -1.0])
    text = f"{PRODUCT}\nlayer A(x: [N, D], side: [N]) -> y: [N, M]:\n    y = Product(x, M=1, bias=false{{}})\n"
    weight = np.ones((1, 3))
    plain = run(text.format(""), x=X, side=side, **{"y.weight": weight}).value("y")
    np.testing.assert_allclose(plain, X.sum(1, keepdims=True))
    sided = run(text.format(", side=side"), x=X, side=side, **{"y.weight": weight}).value("y")
    np.testing.assert_allclose(sided, X.sum(1, keepdims=True) * side[:, None])


@pytest.mark.parametrize(("declared", "shape"), [("[M, K]", (2, 6)), ("[M, *K]", (2, 2, 3))])
def test_a_group_takes_several_axes_and_the_parameter_has_them_as_one_or_one_by_one(declared, shape):
    product = PRODUCT.replace("param weight: [M, K]", f"param weight: {declared}")
    text = f"{product}\nlayer A(x: [N, C, H]) -> y: [N, M]:\n    y = Product(x, M=2, bias=false)\n"
    x, weight = np.arange(12.0).reshape(2, 2, 3), np.arange(12.0).reshape(shape) / 7
    wanted = np.einsum("nch,mch->nm", x, weight.reshape(2, 2, 3))
    np.testing.assert_allclose(run(text, x=x, **{"y.weight": weight}).value("y"), wanted)


def test_hyper_parameters_of_the_outer_layer_are_handed_on():
    text = f"""{PRODUCT}
layer A(x: [N, D]) -> y: [N, M]:
    hyper M: int = 2
    hyper by: float? = none
    hyper act: "none" | "tanh" = "tanh"
    y = Product(x, M=M, bias=false, scale=by, act=act)
"""
    weight = np.full((2, 3), 0.1)
    wanted = X @ weight.T
    np.testing.assert_allclose(run(text, x=X, **{"y.weight": weight}).value("y"), np.tanh(wanted))
    ran = run(text, x=X, param_str="by: 2, act: none", **{"y.weight": weight})
    np.testing.assert_allclose(ran.value("y"), 2 * wanted)
    with pytest.raises(ValueError, match="requires M > 0, M is 0"):
        start(text, x=X, param_str="M: 0")


def test_a_requirement_is_told_of_in_the_words_of_the_outer_layer():
    text = f"{PRODUCT}\nlayer A(x: [N, D]) -> y: [N, K]:\n    hyper K: int = 2\n    y = Product(x, M=K)\n"
    with pytest.raises(ValueError, match="requires K > 0, K is -1"):
        start(text, x=X, param_str="K: -1")
    (found,) = faults(f"{PRODUCT}\nlayer A(x: [N, D]) -> y: [N, M]:\n    y = Product(x, M=0)\n")
    assert (found.code, found.label) == ("LD505", "`M > 0` does not hold")
    assert "`Product` is used in line 20" in found.notes[0]


def test_states_are_updated_and_phases_decide():
    text = f"{CENTRED}\nlayer A(x: [N, D]) -> (y: [N, D], c: [D]):\n    y, c = Centred(x * 2, momentum=0.25)\n"
    ran = run(text, x=X)
    np.testing.assert_allclose(ran.value("y"), 2 * X - 2 * X.mean(0))
    np.testing.assert_allclose(ran.value("centred.seen"), 0.75 * 2 * X.mean(0))
    assert not ran.diff("x").any()
    seen = np.array([1.0, 2.0, 3.0])
    tested = run(text, phase=1, x=X, **{"centred.seen": seen})
    np.testing.assert_allclose(tested.value("y"), 2 * X - seen)
    np.testing.assert_allclose(tested.value("centred.seen"), seen)
    np.testing.assert_allclose(tested.diff("x"), np.full(X.shape, 2))


REVERSED = """
layer Reversed(x: [*S]) -> y: [*S]:
    hyper by: float = 1
    y = 1 * x
    gradient x = -by * d(y)
"""


def test_a_gradient_by_hand_holds_for_the_value_that_is_given():
    text = f"{REVERSED}\nlayer A(x: [N, D]) -> y: [N, D]:\n    y = Reversed(x**2, by=3) * x\n"
    ran = run(text, x=X, diffs={"y": X + 1})
    np.testing.assert_allclose(ran.value("y"), X**3)
    np.testing.assert_allclose(ran.diff("x"), (X + 1) * (X**2 - 3 * 2 * X**2))


def test_a_gradient_by_hand_that_is_not_linear_sees_all_that_arrives():
    inner = (
        "layer Limited(x: [N]) -> (y: [N], z: [N]):\n    y = 2 * x\n    z = x + 1\n"
        "    gradient x = clip(d(y) - d(z), -1, 1) * x\n"
    )
    text = f"{inner}\nlayer A(x: [N]) -> y: [N]:\n    a, b = Limited(3 * x)\n    y = a * a + a + 5 * b\n"
    x = np.array([0.1, -0.05, 2.0])
    ran = run(text, x=x)
    arriving = (2 * 6 * x + 1) - 5
    np.testing.assert_allclose(ran.diff("x"), 3 * np.clip(arriving, -1, 1) * 3 * x)


def test_a_gradient_by_hand_of_a_parameter():
    inner = (
        "layer Scaled(x: [N, C]) -> y: [N, C]:\n    param s: [C] = constant(1)\n    y = s * x\n    gradient s = 7 * s\n"
    )
    text = f"{inner}\nlayer A(x: [N, D]) -> y: [N, D]:\n    y = Scaled(x)\n"
    ran = run(text, x=X, **{"y.s": [1, 2, 3]})
    np.testing.assert_allclose(ran.diff("y.s"), [7, 14, 21])
    np.testing.assert_allclose(ran.diff("x"), np.broadcast_to([1.0, 2.0, 3.0], X.shape))


def test_the_derivative_of_a_derivative_by_hand():
    inner = "layer Cubed(x: [N]) -> y: [N]:\n    y = x**3\n    gradient x = 2 * x * d(y)\n"
    text = f"{inner}\nlayer A(x: [N]) -> y: [N]:\n    y = grad(sum(Cubed(x)), x) * x\n"
    x = np.array([1.0, 2.0])
    ran = run(text, x=x)
    np.testing.assert_allclose(ran.value("y"), 2 * x**2)
    np.testing.assert_allclose(ran.diff("x"), 4 * x)


def test_new_axes_of_tops_are_those_of_the_same_length():
    text = f"""{PRODUCT}
layer A(x: [N, D]) -> (y: [N, D], z: [N, M, M2], m: []):
    h = Product(x, M=D)
    y = x + h
    a = Product(x, M=5)
    z = a * Product(a, M=4)
    m = sum(Product(a, M=4)[N=0] * index(M2))
"""
    graph = layer(text).graph
    assert [[axis.name for axis in top.axes] for top in graph.tops] == [["N", "D"], ["N", "M", "M2"], []]


def test_a_group_is_the_same_in_any_order():
    inner = "layer Less(x: [*A], by: [*A]) -> y: [*A]:\n    y = x - by\n"
    text = f"{inner}\nlayer A(a: [N, D], b: [D, N]) -> y: [N, D]:\n    y = Less(a, b)\n"
    np.testing.assert_allclose(run(text, a=X, b=2 * X.T).value("y"), -X)


def test_a_stated_place_is_counted_in_the_value():
    inner = (
        "layer SoftmaxAt(x: [*A, C at axis, *B]) -> y: [*A, C, *B]:\n    hyper axis: int = 1\n"
        "    y = softmax(x, over=C)\n"
    )
    text = f"{inner}\nlayer A(x: [N, D, *S]) -> y: [N, D, *S]:\n    y = SoftmaxAt(x, axis={{}})\n"
    x = np.arange(12.0).reshape(2, 3, 2) / 5
    for axis in (0, 1):
        exps = np.exp(x)
        np.testing.assert_allclose(run(text.format(axis), x=x).value("y"), exps / exps.sum(axis, keepdims=True))
    assert codes(text.format("-1")) == ["LD204:6"]
    assert codes(text.format("3")) == ["LD204:6"]


def test_a_layer_in_a_function_and_a_list_that_is_written_out():
    inner = (
        "layer Mixed(x: [N, C]) -> y: [N]:\n    hyper w: list[float] = [1, 2]\n    y = sum(x * values(w, C), over=C)\n"
    )
    text = (
        f"{inner}\ndef f(x):\n    return Mixed(x, w=[1, 0, -1]) + 1\n\n"
        f"layer A(x: [N, D]) -> y: [N]:\n    require D == 3\n    y = f(x) * f(x)\n"
    )
    np.testing.assert_allclose(run(text, x=X).value("y"), (X[:, 0] - X[:, 2] + 1) ** 2)


def test_a_comparison_with_what_is_absent_holds_for_every_place():
    inner = "layer Counted(x: [N, C]) -> y: []:\n    hyper ignore: float? = none\n    y = count(x != ignore)\n"
    text = f"{inner}\nlayer A(x: [N, D]) -> y: []:\n    y = Counted(x{{}})\n"
    assert run(text.format(""), x=X).value("y") == 6
    assert run(text.format(", ignore=4"), x=X).value("y") == 5


def test_what_a_parameter_starts_from_is_said_where_it_is_used():
    text = (
        f"{PRODUCT}\nlayer A(x: [N, D]) -> y: [N, M]:\n    hyper c: float = 0.25\n"
        f"    y = Product(x, M=2, weight=constant(c), b=3)\n"
    )
    ran = start(text, x=X)
    np.testing.assert_allclose(ran.value("y.weight"), np.full((2, 3), 0.25))
    np.testing.assert_allclose(ran.value("y.b"), [3, 3])


USE = [
    ("y = Product(x)", "LD104", "lacks its hyper-parameter `M`"),
    ("y = Product(M=2)", "LD104", "lacks its bottom `x`"),
    ("y = Product(x, x, x, M=2)", "LD104", "has 2 bottoms"),
    ("y = Product(x, M=2, M=3)", "LD104", "given twice"),
    ("y = Product(x, m=2)", "LD104", "nothing named `m`"),
    ("y = Product(x, M=2.5)", "LD503", "`M` is declared as int"),
    ("y = Product(x, M=sum(x))", "LD304", "known at set-up"),
    ('y = Product(x, M=2, act="relu")', "LD503", "`act` is declared as a word"),
    ("y = Product(x, M=2, bias=1)", "LD503", "`bias` is declared as bool"),
    ("y = Product(x, M=none)", "LD503", "`M` is declared as int"),
    ("y = Product(1, M=2)", "LD204", "is declared"),
    ("y = Product(x, M=2).z", "LD104", "has no top `z`"),
    ("a, b = Product(x, M=2)\n    y = a", "LD104", "2 names for 1 result"),
    ("y = sum(x).y", "LD112", "no layer"),
    ("if train:\n        y = Product(x, M=2)\n    else:\n        y = sum(x)", "LD309", "one phase alone"),
    ("y = Proudct(x, M=2)", "LD103", "unknown function"),
    ("y = Outer(x)", "LD110", "uses itself"),
    ("y = Tests(x)", "LD309", "for `test` alone"),
    ("y = Pair(x)", "LD104", "has 2 tops"),
    ("y = Each(x, x[D=1:])\n    z = 1", "LD202", "axis `D` has size"),
    ("y = Each(x, sum(x, over=D))", "LD204", "argument `x` is declared `[N, D]`"),
    ("y = Mirror(x, 2 * x)", "LD104", "`Mirror` has 2 tops `ys` here, as many as bottoms"),
    ("y, z, w = Mirror(x, 2 * x)", "LD104", "`Mirror` has 2 tops `ys` here, as many as bottoms"),
    ("y, z, w = Cut(x, at=[1])", "LD104", "these points make 2 tops, here are 3 names"),
]
OTHERS = """
layer Tests(x: [N, D]) -> y: [N, D]:
    include test
    y = x

layer Pair(x: [N, D]) -> (a: [N, D], b: [N, D]):
    a = x
    b = x

layer Each(*x: [N, D]) -> y: [N, D]:
    y = sum(x, over=x)

layer Mirror(*xs: [N, D]) -> *ys: [N, D]:
    ys = -xs

layer Cut(x: [N, D]) -> *ys: [N, D]:
    hyper at: list[int] = []
    ys = parts(x, over=D, at=at)

layer Outer(x: [N, D]) -> y: [N, D]:
    """


@pytest.mark.parametrize(("body", "code", "words"), USE, ids=[body for body, _, _ in USE])
def test_misuse(body, code, words):
    found = faults(f"{PRODUCT}{OTHERS}{body}\n")
    assert [each.code for each in found] == [code], [each.message for each in found]
    assert words in found[0].message


def test_a_fault_inside_is_told_with_the_place_of_use_and_once():
    inner = "layer Inner(x: [N, C]) -> y: [N]:\n    hyper place: int = 0\n    y = x[C=place]\n"
    (found,) = faults(f"{inner}\nlayer A(x: [N, 3]) -> y: [N]:\n    y = Inner(x, place=4)\n")
    assert (found.code, found.span.line, found.notes) == ("LD206", 3, ("`Inner` is used in line 6 of test.layer",))
    broken = "layer B(x: [N, C]) -> y: [N, C]:\n    y = x * w\n"
    (found,) = faults(f"{broken}\nlayer A(x: [N, D]) -> y: [N, D]:\n    y = B(x)\n")
    assert (found.code, found.notes) == ("LD101", ())


SEVERAL = """
layer Sums(*xs: [N, C]) -> (y: [N, C], n: const []):
    y = sum(xs * (1 + index(xs)), over=xs)
    n = len(xs)

layer Mirror(*xs: [N, C]) -> *ys: [N, C]:
    ys = -xs
    gradient xs = 2 * d(ys)

layer Joined(*xs: [N, C]) -> y: [N, C]:
    y = concat(xs, over=C)

layer Weighted(*xs: [N, C]) -> y: [N, C]:
    hyper w: list[float] = [5]
    y = sum(values(w, xs) * xs, over=xs)

layer Pieces(x: [N, C]) -> *ys: [N, C]:
    hyper at: list[int] = []
    ys = parts(x, over=C, at=at)
    gradient x = 3 * d(ys)

"""


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("y, n = Sums(x, x**2, 2 * x)", X + 2 * X**2 + 6 * X),
        ("y = Sums(x).y * Sums(x, x).n", 2 * X),
        ("a, b = Mirror(x, x**2)\n    y = a * b", X**3),
        ("y = Mirror(x)", -X),
        ("y = Joined(x, x[D=:1])[D=:3]", X),
        ("y = sum(Joined(x, rename(x, D=E)), over=D) * x", 2 * X.sum(1, keepdims=True) * X),
        ("y = Weighted(x)", 5 * X),
        ("y = Weighted(x, x**2, w=[2, 3])", 2 * X + 3 * X**2),
        ("a, b, c = Pieces(x)\n    y = sum(a * b * c, over=D) * x", X.prod(1, keepdims=True) * X),
        (
            "a, b = Pieces(x, at=[1])\n    y = sum(a, over=D) * sum(b, over=D) * x",
            X[:, :1] * X[:, 1:].sum(1, keepdims=True) * X,
        ),
        ("y = Pieces(x)", X),
    ],
)
def test_any_number_of_blobs_inside(body, wanted):
    np.testing.assert_allclose(run(f"{SEVERAL}layer A(x: [N, D]) -> y: [N, D]:\n    {body}\n", x=X).value("y"), wanted)


def test_gradients_by_hand_of_any_number_of_tops():
    text = f"{SEVERAL}layer A(x: [N, D]) -> y: [N, D]:\n    a, b = Mirror(x, x**2)\n    y = 3 * a + 5 * b\n"
    np.testing.assert_allclose(run(text, x=X, diffs={"y": 1}).diff("x"), 2 * (3 + 5 * 2 * X))
    cut = "a, b = Pieces(x, at=[2])\n    y = 2 * sum(a, over=D) + sum(b, over=D)"
    text = f"{SEVERAL}layer A(x: [N, D]) -> y: [N]:\n    {cut}\n"
    np.testing.assert_allclose(run(text, x=X, diffs={"y": 1}).diff("x"), np.broadcast_to([6, 6, 3], X.shape))


ALONE = """
layer A(x: [N, C]) -> *ys: [N, C]:
    ys = x
    gradient x = sum(d(ys) * (1 + index(ys)), over=ys) / len(ys)
"""


def test_what_arrives_at_any_number_of_tops_is_one_value():
    net = SingleLayer(emitted(ALONE), [X], 3, dtype=np.float64)
    net.forward()
    net.backward(top_diffs=[X, 2 * X, 5 * X])
    np.testing.assert_allclose(net.bottom[0].diff, (X + 4 * X + 15 * X) / 3)
    (found,) = faults("layer A(x: [N]) -> *ys: [N]:\n    gradient x = sum(d(ys), over=ys)\n    ys = x\n")
    assert (found.code, found.message) == ("LD101", "top `ys` has no value yet")


MAPS = """
layer Maps(x: [N, C, *S]) -> y: [N, F, *S]:
    hyper F: int = 7
    param w: [F, C] = msra()
    y = dot(x, w, over=C)

layer Uses(x: [N, C, H, W], gate: [W, N]) -> loss: []:
    h = Maps(x)
    z = Maps({formula}, F=5)
    loss = mean(z**2)
"""


@pytest.mark.parametrize(
    "formula",
    [
        "h",
        "relu(h)",
        "2 * h + 1",
        "min(h, 6)",
        "where(h > 0, h, 0.1 * h)",
        "gate * h",
        "mean(h, over=W)",
        "softmax(h, over=H)",
        "h[H=0]",
        "h[W=::2]",
        "pad(relu(h), H=1)",
        "split(relu(h), W=[U, V], V=1)",
        "x[C=0] * h",
        "cumsum(h, over=H) - max(h, over=[H, W])",
        "rename(relu(h), H=P)",
    ],
)
def test_what_is_made_of_a_top_entry_by_entry_has_its_order(formula):
    made = start(MAPS.replace("{formula}", formula), x=np.zeros((2, 3, 4, 5)), gate=np.zeros((5, 2)))
    assert tuple(made["z.w"].shape) == (5, 7)


def test_two_orders_are_none_and_the_layer_says():
    text = """
layer First(x: [A, *B]) -> y: [A]:
    y = sum(x, over=B)

layer Uses(x: [N, C], turned: [C, N]) -> (y: [N], z: [C], u: [N]):
    y = First(relu(x))
    z = First(exp(turned))
    u = First(x + turned)
"""
    found = run(text, x=np.ones((2, 3)), turned=np.zeros((3, 2)))
    assert [found.value(name).shape for name in "yzu"] == [(2,), (3,), (2,)]


def test_an_order_is_found_through_a_graph_deeper_than_calls_can_be():
    lines = "".join(f"    h{i + 1} = relu(h{i})\n" for i in range(1500))
    text = MAPS[: MAPS.index("layer Uses")] + f"layer Uses(x: [N, C, H]) -> loss: []:\n    h0 = Maps(x)\n{lines}"
    found = faults(text + "    z = Maps(h1500, F=5)\n    loss = mean(z**2)\n")
    assert [each.code for each in found] == []
