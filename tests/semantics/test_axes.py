"""Axes have names, and names do the broadcasting."""

from itertools import permutations

import numpy as np
import pytest
from layers import codes
from running import run, start

R = np.random.RandomState(11)
X = R.uniform(-1, 1, (2, 3, 4))


def y(formula, bottoms, top, **given):
    return run(f"layer A({bottoms}) -> y: {top}:\n    y = {formula}\n", **given).value("y")


def test_operands_are_aligned_by_name():
    found = y(
        "x + w * v", "x: [N, C, H], w: [H, N], v: [C]", "[N, C, H]", x=X, w=R.rand(4, 2) * 0 + 2, v=np.arange(3.0)
    )
    np.testing.assert_allclose(found, X + 2 * np.arange(3.0)[:, None])


@pytest.mark.parametrize("order", list(permutations("NCH")))
@pytest.mark.parametrize("top", ["N, C, H", "H, N, C", "C, H, N"])
def test_the_order_in_which_axes_are_declared_is_that_of_memory_alone(order, top):
    """The same formula with its bottom's axes in another order gives the same, turned; so does its gradient."""
    formula = "softmax(x * w, over=C) * norm(x, over=[N, H]) + max(x, over=H)"
    w, diff = np.arange(12.0).reshape(3, 4) / 6, R.uniform(-1, 1, (2, 3, 4))
    names = top.split(", ")

    def turned(array, wanted, held="NCH"):
        return np.transpose(array, [held.index(name) for name in wanted])

    def result(bottom_order, top_order):
        text = (
            f"layer A(x: [{', '.join(bottom_order)}], w: [C, H]) -> y: [{', '.join(top_order)}]:\n    y = {formula}\n"
        )
        return run(text, {"y": turned(diff, top_order)}, x=turned(X, bottom_order), w=w)

    plain, other = result("NCH", "NCH"), result(order, names)
    np.testing.assert_allclose(other.value("y"), turned(plain.value("y"), names), rtol=1e-12)
    np.testing.assert_allclose(other.diff("x"), turned(plain.diff("x"), order), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(other.diff("w"), plain.diff("w"), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5), (2, 3, 2, 2, 2)])
def test_a_group_takes_any_number_of_axes(shape):
    x = R.uniform(-1, 1, shape)
    ran = run("layer A(x: [N, C, *S]) -> (y: [N, C, *S], z: [C]):\n    y = x * S\n    z = sum(x, over=[N, S])\n", x=x)
    np.testing.assert_allclose(ran.value("y"), x * np.prod(shape[2:]))
    np.testing.assert_allclose(ran.value("z"), x.sum(axis=(0, *range(2, len(shape)))))
    np.testing.assert_allclose(ran.diff("x"), np.full(shape, np.prod(shape[2:]) + 1))


@pytest.mark.parametrize("declared", ["[*S, C]", "[N, *S, C]", "[*S]", "[N, *S]"])
def test_a_group_may_stand_anywhere(declared):
    found = y("x - mean(x)", f"x: {declared}", declared, x=X)
    np.testing.assert_allclose(found, X - X.mean())


def test_the_group_of_two_bottoms_is_the_same():
    text = "layer A(a: [N, *S], b: [*S, K]) -> y: [N, K]:\n    y = dot(a, b, over=S)\n"
    a, b = R.rand(2, 3, 4), R.rand(3, 4, 5)
    np.testing.assert_allclose(run(text, a=a, b=b).value("y"), np.tensordot(a, b, 2))
    with pytest.raises(ValueError, match=r"A.*S.*12|A.*S.*3x4"):
        start(text, a=a, b=R.rand(4, 4, 5))


def test_a_literal_1_is_an_axis_of_the_blob_and_nothing_to_the_formula():
    ran = run("layer A(x: [N, 1, H, 1]) -> y: [1, H, N]:\n    y = x * N\n", x=R.rand(2, 1, 3, 1))
    np.testing.assert_allclose(ran.value("y"), 2 * ran.value("x")[:, 0, :, 0].T[None])
    assert ran.diff("x").shape == (2, 1, 3, 1)


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 1), (3, 2, 1, 1)])
def test_axes_of_size_1_that_nobody_declared_may_stand_behind(shape):
    ran = run("layer A(x: [N, C]) -> y: [N]:\n    y = sum(x**2, over=C)\n", x=np.arange(6.0).reshape(shape))
    assert ran.value("y").tolist() == [1, 13, 41]
    np.testing.assert_allclose(ran.diff("x").ravel(), 2 * np.arange(6.0))


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 1, 1, 1)])
def test_labels_in_all_the_shapes_that_caffe_has_for_them(shape):
    text = "layer A(x: [N, C], label: index(C) [N]) -> y: [N]:\n    y = x[C=label]\n"
    ran = run(text, x=np.arange(6.0).reshape(3, 2), label=np.reshape([1, 0, 1], shape))
    assert ran.value("y").tolist() == [1, 2, 5]
    text = "layer A(x: [N, C, *S], label: index(C) [N, 1, *S]) -> y: [N, *S]:\n    y = x[C=label]\n"
    assert run(text, x=np.arange(6.0).reshape(3, 2), label=np.reshape([1, 0, 1], shape)).value("y").tolist() == [
        1,
        2,
        5,
    ]


def test_an_axis_name_is_its_size():
    found = y("x * 0 + N * 100 + C * 10 + H + C // 2 - N % 2", "x: [N, C, H]", "[N, C, H]", x=X)
    assert (found == 200 + 30 + 4 + 1 - 0).all()


def test_axes_of_known_size():
    text = "layer A(box: [N, 4], m: [R=2, C]) -> y: [N, 2]:\n    y = box[4=2:4] * 0 + sum(m) + C\n"
    assert codes(text) == ["LD012:2"] or codes(text)  # a number is no name of an axis
    text = "layer A(box: [N, K=4], m: [R=2, C]) -> y: [N, K=4]:\n    y = box + sum(m, over=C)[R=1]\n"
    ran = run(text, box=np.zeros((3, 4)), m=[[1.0, 2, 3], [4, 5, 6]])
    assert (ran.value("y") == 15).all()
    with pytest.raises(ValueError, match=r"box.*shape.*5"):
        start(text, box=np.zeros((3, 5)), m=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="`m`"):
        start(text, box=np.zeros((3, 4)), m=np.zeros((3, 3)))


def test_computed_tops():
    text = """
layer A(x: [N, H, W]) -> (y: [N, H // 2, (W + 1) // 2], z: [W - 1, N, H]):
    y = x[H=1::2][W=::2]
    z = x[W=1:] - x[W=:-1] + 0 * rename(x, H=G, W=V)[G=0][V=0]
"""
    for h, w in ((4, 5), (5, 4), (6, 2)):
        x = R.rand(2, h, w)
        ran = run(text, x=x)
        np.testing.assert_allclose(ran.value("y"), x[:, 1::2, ::2])
        np.testing.assert_allclose(ran.value("z"), np.moveaxis(x[:, :, 1:] - x[:, :, :-1], 2, 0))


def test_a_computed_top_that_does_not_fit_is_refused_by_name():
    text = "layer A(x: [N, H]) -> y: [N, H // 2]:\n    y = x[H=::2]\n"
    assert run(text, x=np.ones((1, 4))).value("y").shape == (1, 2)
    with pytest.raises(ValueError, match=r"A.*axis H.*2.*3"):
        start(text, x=np.ones((1, 5)))


@pytest.mark.parametrize(
    ("cut", "place"),
    [
        ("[H=1:]", np.s_[:, 1:]),
        ("[H=:2]", np.s_[:, :2]),
        ("[H=:-1]", np.s_[:, :-1]),
        ("[H=-2:]", np.s_[:, -2:]),
        ("[H=1:3]", np.s_[:, 1:3]),
        ("[H=::2]", np.s_[:, ::2]),
        ("[H=1::2]", np.s_[:, 1::2]),
        ("[H=2::3]", np.s_[:, 2::3]),
        ("[H=:4:2]", np.s_[:, :4:2]),
        ("[H=1:4:2]", np.s_[:, 1:4:2]),
        ("[H=H // 2:]", np.s_[:, 2:]),
        ("[H=N:H - 1]", np.s_[:, 2:4]),
    ],
)
def test_slices(cut, place):
    x, diff = np.arange(10.0).reshape(2, 5), None
    text = f"layer A(x: [N, H]) -> y: [N, K=1]:\n    y = sum(x{cut}, over=H) * N\n".replace(", K=1", "")
    ran = run(text, {"y": [1, 10]}, x=x)
    np.testing.assert_allclose(ran.value("y"), 2 * x[place].sum(1))
    diff = np.zeros((2, 5))
    diff[place] = np.array([[2], [20]])
    np.testing.assert_allclose(ran.diff("x"), diff)


def test_a_slice_as_a_top():
    ran = run("layer A(x: [N, H]) -> y: [N, H - 2]:\n    y = x[H=2:] - x[H=:-2]\n", x=[[1.0, 2, 4, 8, 16]])
    assert ran.value("y").tolist() == [[3, 6, 12]]
    assert ran.diff("x").tolist() == [[-1, -1, 0, 1, 1]]


def test_places_along_an_axis():
    ran = run(
        "layer A(x: [N, C]) -> y: [N]:\n    y = x[C=0] + 10 * x[C=-1] + 100 * x[C=C // 2]\n", x=[[1.0, 2, 3], [4, 5, 6]]
    )
    assert ran.value("y").tolist() == [231, 564]


def test_several_selections_at_once_and_in_a_row():
    x = np.arange(24.0).reshape(2, 3, 4)
    one = y("x[C=1, H=2:] * 1", "x: [N, C, H]", "[N, H - 2]", x=x)
    two = y("x[C=1][H=2:] * 1", "x: [N, C, H]", "[N, H - 2]", x=x)
    np.testing.assert_allclose(one, x[:, 1, 2:])
    np.testing.assert_allclose(two, x[:, 1, 2:])


def test_picking_by_an_index_with_axes_of_its_own():
    x = np.arange(12.0).reshape(3, 4)
    text = "layer A(x: [N, C], i: index(C) [K]) -> y: [N, K]:\n    y = x[C=i]\n"
    np.testing.assert_allclose(run(text, x=x, i=[3, 0]).value("y"), x[:, [3, 0]])
    text = "layer A(x: [N, C], i: index(N) [K], j: index(C) [K]) -> y: [K]:\n    y = x[N=i][C=j]\n"
    np.testing.assert_allclose(run(text, x=x, i=[2, 0], j=[1, 3]).value("y"), [x[2, 1], x[0, 3]])


def test_an_index_out_of_its_range_is_named_when_it_is_used():
    text = "layer A(x: [N, C], i: index(C) [N]) -> y: [N]:\n    y = x[C=i]\n"
    for bad in (4, -1):
        with pytest.raises(ValueError, match=rf"A.*test.layer.*`i`.*{bad}.*0 to 3"):
            run(text, x=np.zeros((2, 4)), i=[0, bad])


def test_an_index_out_of_its_range_is_nothing_where_it_is_discarded():
    text = "layer A(x: [N, C], i: index(C) [N]) -> y: [N]:\n    y = where(i != 255, x[C=i], -1)\n"
    ran = run(text, x=[[1.0, 2], [3, 4]], i=[255, 1])
    assert ran.value("y").tolist() == [-1, 4]
    assert ran.diff("x").tolist() == [[0, 0], [0, 1]]


def test_renaming_makes_pairs():
    x = R.rand(3, 2)
    found = y("sum((x - rename(x, N=M))**2, over=D)", "x: [N, D]", "[N, M=N]", x=x)
    np.testing.assert_allclose(found, ((x[:, None] - x[None]) ** 2).sum(2), atol=1e-15)


def test_axes_exchange_their_names():
    x = R.rand(3, 3)
    np.testing.assert_allclose(y("x - rename(x, N=M, M=N)", "x: [N, M]", "[N, M]", x=x), x - x.T)


def test_contractions_over_several_axes_and_with_shared_ones():
    a, b = R.rand(2, 3, 4), R.rand(3, 4, 5)
    bottoms = "a: [N, C, H], b: [C, H, F]"
    np.testing.assert_allclose(y("dot(a, b, over=[C, H])", bottoms, "[N, F]", a=a, b=b), np.tensordot(a, b, 2))
    np.testing.assert_allclose(y("dot(a, b)", bottoms, "[F, N]", a=a, b=b), np.tensordot(a, b, 2).T)
    np.testing.assert_allclose(y("dot(a, b, over=H)", bottoms, "[N, C, F]", a=a, b=b), np.einsum("nch,chf->ncf", a, b))
    np.testing.assert_allclose(y("dot(a, b, over=H)", bottoms, "[F, C, N]", a=a, b=b), np.einsum("nch,chf->fcn", a, b))


def test_coordinates():
    found = y("x * 0 + index(H) * 10 + index(C)", "x: [N, C, H]", "[N, C, H]", x=X)
    np.testing.assert_allclose(found, np.broadcast_to(np.arange(4) * 10 + np.arange(3)[:, None], (2, 3, 4)))


def test_sizes_that_are_proved_and_sizes_that_are_checked():
    proved = "layer A(x: [N, H]) -> y: [N, H - 1]:\n    y = x[H=1:] + x[H=:-1]\n"
    assert codes(proved) == []
    assert codes("layer A(x: [N, H]) -> y: [N, H - 1]:\n    y = x[H=1:] + x[H=:-2]\n") == ["LD202:2"]
    assert codes("layer A(x: [N, H]) -> y: [N, H]:\n    y = x[H=1:]\n") == ["LD202:1"]
    checked = "layer A(x: [N, H], w: [N, K]) -> y: [N]:\n    y = sum(rename(x[H=::2], H=K) + w, over=K)\n"
    assert run(checked, x=np.ones((2, 5)), w=np.ones((2, 3))).value("y").tolist() == [6, 6]
    with pytest.raises(ValueError, match=r"A.*axis K.*3.*2|A.*axis K.*2.*3"):
        start(checked, x=np.ones((2, 5)), w=np.ones((2, 2)))


def test_a_wrong_shape_names_layer_blob_axis_and_both_sizes():
    text = "layer A(x: [N, C], w: [C, N]) -> y: [N, C]:\n    y = x * w\n"
    with pytest.raises(ValueError, match=r"A.*test\.layer:1.*axis C has size 5 in .*`w`.*3 in .*`x`"):
        start(text, x=np.zeros((2, 3)), w=np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"A.*`x`.*\(2, 3, 4\).*\[N, C\]"):
        start(text, x=np.zeros((2, 3, 4)), w=np.zeros((3, 2)))


def test_the_batch_may_change_between_two_forwards():
    ran = start(
        "layer A(x: [N, C, *S]) -> y: [N, C]:\n    y = max(softmax(x, over=C), over=S)\n", x=np.zeros((2, 3, 4))
    )
    for shape in ((2, 3, 4), (5, 3, 2, 2), (1, 3), (7, 3, 9), (2, 3, 4)):
        x = R.rand(*shape)
        ran.net.forward([x])
        soft = np.exp(x) / np.exp(x).sum(1, keepdims=True)
        np.testing.assert_allclose(ran.value("y"), soft.reshape(*shape[:2], -1).max(2))
        ran.backward()
        assert ran.diff("x").shape == shape
