"""Windows times values that have positions, in emitted layers: against windows laid out and einsum."""

import itertools

import numpy as np
import pytest

from layerdsl.caffe import window_products
from layerdsl.caffe.window_products import _fold_dot, _window_dot

SIZES = {"N": 2, "C": 3, "M": 4}


def along(size, offsets, stride=1, pad=0, dilation=1):
    reach = (offsets - 1) * dilation + 1
    return size, (size + 2 * pad - reach) // stride + 1, offsets, stride, pad, dilation


ALL = [
    (along(7, 3),),
    (along(7, 3, stride=2, pad=1),),
    (along(9, 3, dilation=2, pad=2),),
    (along(9, 2, stride=2, dilation=3, pad=1),),
    (along(1, 1),),
    (along(1, 3, pad=1),),
    (along(3, 2, pad=2),),  # windows of which nothing is there
    (along(6, 6),),
    ((4, 3, 3, 2, 1, 1),),  # rounded up: the last one reaches beyond the axis
    (along(5, 3, pad=1), along(4, 3, pad=1)),
    (along(6, 3, stride=2, pad=1), along(5, 2)),
    (along(1, 1), along(7, 3, dilation=2)),
    (along(5, 5, dilation=2, pad=4), along(1, 3, pad=1)),
    (along(4, 2), along(3, 3, pad=1), along(5, 2, stride=2)),
    (along(1, 1), along(1, 1), along(5, 3, pad=1)),
]

# The axes of x, of the factor and of the result: `p` and `k` stand for all positions and offsets, `1` for the first.
FORMS = {
    "correlation": ("NC", "NCp", "Nkp"),
    "local attention": ("NC", "Nkp", "NCp"),
    "all alike": ("NC", "Nkp", "NCkp"),
    "with filters": ("NC", "NMkp", "NMCp"),
    "of rows": ("NC", "NC1", "Nkp"),
    "of some offsets": ("NC", "NKp", "NCp"),
    "some offsets are kept": ("NC", "NCkp", "NKp"),
    "over positions": ("NC", "Nkp", "NC1k"),
    "to a number": ("NC", "NCkp", ""),
    "shared by the batch": ("C", "NCp", "Nkp"),
}


def names(form, windows):
    """The axes of a form: letters of own axes, `p0`, `k0` and so on of windows."""
    count = len(windows)
    groups = {
        "p": [f"p{i}" for i in range(count)],
        "k": [f"k{i}" for i in range(count)],
        "1": ["p0"],
        "K": ["k0"],
    }
    return list(itertools.chain.from_iterable(groups.get(letter, [letter]) for letter in form))


def laid_out(x, windows):
    """x [..., axes] as [..., positions, offsets]."""
    places, offsets = tuple(one[1] for one in windows), tuple(one[2] for one in windows)
    lead = x.shape[: x.ndim - len(windows)]
    out = np.zeros((*lead, *places, *offsets))
    for position in np.ndindex(*places):
        for offset in np.ndindex(*offsets):
            there = tuple(p * one[3] + k * one[5] - one[4] for p, k, one in zip(position, offset, windows, strict=True))
            if all(0 <= at < one[0] for at, one in zip(there, windows, strict=True)):
                out[(..., *position, *offset)] = x[(..., *there)]
    return out


def contracted(a, a_names, b, b_names, wanted):
    number = {name: i for i, name in enumerate(dict.fromkeys([*a_names, *b_names]))}
    return np.einsum(a, [number[n] for n in a_names], b, [number[n] for n in b_names], [number[n] for n in wanted])


class Case:
    """One form with some windows: the axes ahead are those of `order`, those behind them are in `behind`."""

    def __init__(self, form, windows, ahead="NMC", behind=""):
        self.windows, self.ahead, self.behind = windows, ahead, behind
        x, a, out = FORMS[form]
        used = {*x, *a, *out}
        self.ahead = [name for name in ahead if name in used and name not in behind]
        self.behind = [name for name in behind if name in used]
        count = range(len(windows))
        self.sizes = dict(SIZES)
        for i, one in enumerate(windows):
            self.sizes |= {f"x{i}": one[0], f"p{i}": one[1], f"k{i}": one[2]}
        self.x = [*x, *(f"x{i}" for i in count)]
        self.laid = [*x, *(f"p{i}" for i in count), *(f"k{i}" for i in count)]
        self.a, self.out = names(a, windows), names(out, windows)

    def some(self, which, seed):
        return np.random.RandomState(seed).randint(-4, 5, [self.sizes[n] for n in which]).astype(np.float32)

    def lined_up(self, value, held, seen):
        """As emitted code hands it on: [offsets,] ahead, axes or positions, behind; what is lacking has size 1."""
        count = range(len(self.windows))
        kind = [f"x{i}" for i in count] if seen else [f"p{i}" for i in count]
        wanted = [*([] if seen else [f"k{i}" for i in count]), *self.ahead, *kind, *self.behind]
        turned = value.transpose([held.index(n) for n in wanted if n in held])
        index = tuple(slice(None) if n in held else np.newaxis for n in wanted)
        while index and index[0] is np.newaxis:
            index = index[1:]
        return turned[index or ...]

    def run(self, function, first, second, out, seen):
        own = [tuple(self.sizes[n] for n in side) for side in (self.ahead, self.behind)]
        args = [self.lined_up(*first, seen == 0), self.lined_up(*second, False)]
        every = np.prod([*own[0], *own[1], *(one[1] for one in self.windows)])
        function(*args, self.windows, *own, np.full(int(every), np.nan, np.float32), self.lined_up(*out, seen == 2))
        return out[0]


@pytest.fixture(params=["whole", "in parts"], autouse=True)
def parts(request, monkeypatch):
    """Products of which few are seen at once."""
    if request.param == "in parts":
        plain = window_products._blocks_of_positions
        monkeypatch.setattr(
            window_products, "_blocks_of_positions", lambda shape, cuts, limit: plain(shape, cuts, min(limit, 7))
        )


@pytest.mark.parametrize("behind", ["", "M", "CM"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("windows", ALL, ids=str)
def test_products_and_both_derivatives(windows, form, behind):
    case = Case(form, windows, behind=behind)
    x, a, g = case.some(case.x, 0), case.some(case.a, 1), case.some(case.out, 2)
    found = case.run(_window_dot, (x, case.x), (a, case.a), (np.full_like(g, 9), case.out), 0)
    laid = laid_out(x, windows)
    assert np.array_equal(found, contracted(laid, case.laid, a, case.a, case.out))

    to_a = case.run(_window_dot, (x, case.x), (g, case.out), (np.full_like(a, 9), case.a), 0)
    lost = [n for n in case.a if n not in {*case.laid, *case.out}]
    assert not lost
    assert np.array_equal(to_a, contracted(laid, case.laid, g, case.out, case.a))

    to_x = case.run(_fold_dot, (g, case.out), (a, case.a), (np.full_like(x, 9), case.x), 2)
    moved = np.random.RandomState(3).randint(-4, 5, x.shape).astype(np.float32)
    slope = contracted(laid_out(moved, windows), case.laid, a, case.a, case.out)
    assert np.sum(slope * g) == np.sum(moved.astype(float) * to_x)


def test_a_number_for_all_positions_is_one_everywhere():
    windows = (along(6, 3, pad=1),)
    x, out = np.arange(12, dtype=np.float32).reshape(2, 6), np.empty((3, 2, 6), np.float32)
    _window_dot(x, 2.0, windows, (2,), (), np.empty(12, np.float32), out)
    assert np.array_equal(out, 2 * np.moveaxis(laid_out(x, windows), -1, 0))
    back = np.empty((2, 6), np.float32)
    _fold_dot(1.0, 2.0, windows, (2,), (), np.empty(12, np.float32), back)
    assert np.array_equal(back, np.tile([4, 6, 6, 6, 6, 4], (2, 1)))


def test_nothing_large_is_allocated():
    import tracemalloc

    windows = (along(64, 5, pad=2), along(64, 5, pad=2))
    a, b = (np.ones((1, 32, 64, 64), np.float32) for _ in range(2))
    out, room = np.empty((5, 5, 1, 1, 64, 64), np.float32), np.empty(32 * 64 * 64, np.float32)
    for function, args, made in [
        (_window_dot, (a, b), out),
        (_window_dot, (a, out), np.empty_like(a)),
        (_fold_dot, (out, b), np.empty_like(a)),
    ]:
        tracemalloc.start()
        function(*args, windows, (1, 32), (), room, made)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 120_000, peak
