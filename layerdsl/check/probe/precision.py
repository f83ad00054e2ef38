"""Properties 8 and 9: single precision, and inputs at which formulas break down."""
# mypy: ignore-errors

from __future__ import division

import ast
import inspect
import textwrap

import numpy as np

from .bench import Point, Tried, first_place
from .broken import Broken

SINGLE = float(np.finfo(np.float32).eps)
MEASURED = 8  # times what a result moves when every value on the way is rounded: in fact it is less than 3
LOST = 1e-3  # a formula that loses more than this is told of it
UNIMPORTANT = 1e-4  # below this a result is next to nothing anyway, as are diffs where a loss is satisfied
LARGEST = 1e37  # of a result that single precision can hold with room


def check_single(bench):
    """Results in float32 are near those in float64, by a bound from how many operations there are."""
    point = bench.point()
    double, single = Tried(bench, point), Tried(bench, point, dtype=np.float32)
    tops, narrow = double.tops(), single.tops()
    diffs = [diff.astype(np.float32).astype(np.float64) for diff in bench.cotangents(tops)]
    exact, rounded = double.gradients(diffs), single.gradients(diffs)
    operations = bench.operations or count_operations(type(single.run.layer))
    names = [("top", j) for j in range(len(tops))] + bench.differentiated(double)
    exact.update({("top", j): top for j, top in enumerate(tops)})
    rounded.update({("top", j): top for j, top in enumerate(narrow)})
    own = bench.own_rounding(point, diffs)
    known = [name for name in names if name in own and _is_known(own[name], exact[name])]
    moved = {name: MEASURED * _largest(own[name]) for name in known}
    if len(moved) < len(names):
        by_inputs = _moved(bench, point, diffs)
        for name in names:
            moved.setdefault(name, operations * _largest(by_inputs.get(name, 0.0)))
    worst = max([0.0] + [_rounding(bench, n, exact[n], rounded[n], moved[n], operations, point) for n in names])
    bench.findings.row("float64 beside float32, %d operations" % operations, worst)


def _is_known(moved, exact):
    """Whether it is known how far every entry moves that is a number."""
    return bool(np.all(np.isfinite(moved) | ~np.isfinite(exact)))


def _moved(bench, point, diffs):
    """How far results move when inputs move by the rounding of float32: what no float32 layer can do better."""
    random = np.random.RandomState(5)
    found = {}
    base = None
    for _ in range(3):
        nudged = Point(
            [_nudged(a, random) if wanted or not _is_whole(a) else a for a, wanted in zip(point.bottoms, bench.wanted)],
            [_nudged(array, random) for array in point.blobs],
        )
        for where in (point, nudged) if base is None else (nudged,):
            tried = Tried(bench, where)
            results = {("top", j): np.asarray(top) for j, top in enumerate(tried.tops())}
            results.update(tried.gradients(diffs))
            if base is None:
                base = results
            else:
                for name, value in results.items():
                    off = np.abs(value - base[name]) if value.shape == base[name].shape else 0.0
                    found[name] = np.maximum(found.get(name, 0.0), off)
    return found


def _is_whole(array):
    """Labels and places, which rounding leaves as they are."""
    return bool(np.all(array == np.round(array)))


def _nudged(array, random):
    return array * (1 + 4 * SINGLE * random.uniform(-1, 1, array.shape))


def _rounding(bench, name, exact, rounded, moved, operations, point):
    """The largest error relative to the largest value; what lies above the bound is told, to which `moved` is added."""
    exact, rounded = np.asarray(exact, np.float64), np.asarray(rounded, np.float64)
    if exact.shape != rounded.shape or not exact.size:
        return 0.0
    entries = max([array.size for array in point.bottoms] or [1])
    usual = np.max(np.abs(exact[np.isfinite(exact)])) if np.isfinite(exact).any() else 0.0
    bound = SINGLE * (operations + 4 * np.sqrt(entries)) * usual + moved + 1e-30
    with np.errstate(invalid="ignore"):
        off = np.where(np.isfinite(exact) & (np.abs(exact) < LARGEST), np.abs(rounded - exact), 0.0)
    jumps = off > 0.05 * usual  # a comparison that falls otherwise is no rounding
    wrong = ~(off <= bound) & ~(jumps & (np.mean(jumps) < 0.05))
    if wrong.any():
        blob, place = bench.name(*name), first_place(wrong)
        bench.findings.fault(
            "in float32 %s is further from float64 than rounding explains" % _of(name, blob), blob, place,
            rounded[place], exact[place], ("in float32 it is", "in float64"), bench.text(),
            method="forward" if name[0] == "top" else "backward",
        )  # fmt: skip
    error = float(np.nanmax(off) / usual) if usual else 0.0
    if bench.knows_formulas and not wrong.any() and error > LOST and usual > UNIMPORTANT and not jumps.any():
        bench.findings.fault(
            "in float32 %s has %s, as its formula takes from each other what is nearly equal"
            % (_of(name, bench.name(*name)), _digits(error)), bench.name(*name), first_place(off == np.nanmax(off)),
            rounded[off == np.nanmax(off)][0], exact[off == np.nanmax(off)][0], ("in float32 it is", "in float64"),
            bench.text(), level="warning", help="what is large and equal on both sides is best left out of it",
        )  # fmt: skip
    return error


def _digits(error):
    """`2 right digits of 7`."""
    count = max(int(-np.log10(error)), 0)
    return "%s right digit%s of 7" % (count or "no", "" if count == 1 else "s")


def _largest(moved):
    finite = np.asarray(moved)[np.isfinite(moved)]
    return float(np.max(finite)) if finite.size else 0.0


def _of(name, blob):
    return "`%s`" % blob if name[0] == "top" else "the diff of `%s`" % blob


def count_operations(layer_class):
    """How many operations forward and backward write down; loops count once, which is why errors of sums have a term
    of their own in the bound."""
    count = 0
    for method in (layer_class.forward, layer_class.backward):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(method, "__wrapped__", method))))
        except Exception:
            return 100
        kinds = (ast.BinOp, ast.AugAssign, ast.Call, ast.UnaryOp)
        count += sum(isinstance(node, kinds) for node in ast.walk(tree))
    return max(count, 8)


INPUTS = "zeros, ones, values of 30, 100, 1e4 and 1e-30, denormal ones"

# What bottoms are filled with; `%s` of the spec's own kind where it has one.
AWKWARD = (
    ("zeros", lambda shape, random: np.zeros(shape)),
    ("ones", lambda shape, random: np.ones(shape)),
    ("values of 30", lambda shape, random: random.uniform(20, 40, shape) * (random.randint(0, 2, shape) * 2 - 1)),
    ("values of 100", lambda shape, random: random.uniform(50, 150, shape) * (random.randint(0, 2, shape) * 2 - 1)),
    ("values of 1e4", lambda shape, random: random.uniform(0.5e4, 1e4, shape) * (random.randint(0, 2, shape) * 2 - 1)),
    ("values of 1e-30", lambda shape, random: random.standard_normal(shape) * 1e-30),
    ("denormal ones", lambda shape, random: random.standard_normal(shape) * 1e-42),
)


def check_awkward(bench):
    """No NaN and no infinity where arithmetic of a much wider range has a value."""
    if np.finfo(np.longdouble).maxexp <= np.finfo(np.float64).maxexp:
        return bench.findings.row("not tried: this machine has no wider numbers", verdict="not tried")
    undefined, seen = [], []
    for words, make in AWKWARD:
        arrays = _filled(bench, make)
        if arrays is not None:
            try:
                undefined += [words] if _awkward(bench, words, arrays, seen) else []
            except Broken as broken:
                bench.findings.broken(broken, "for %s" % words, level="warning")
    _tell(bench, seen)
    bench.findings.row(INPUTS + ("; no value at: " + ", ".join(undefined) if undefined else ""))
    return None


def _filled(bench, make):
    random = np.random.RandomState(11)
    arrays, any_free = [], False
    for spec, home in zip(bench.specs, bench.point().bottoms):
        if spec["kind"] == "normal":
            arrays.append(np.asarray(make(tuple(spec["shape"]), random), np.float64))
            any_free = True
        else:
            arrays.append(_ends(spec, home, make))
    return arrays if any_free or bench.specs else None


def _ends(spec, home, make):
    """Values of a kind of their own stay in their range: the low end for zeros, the high end for large values."""
    if spec["kind"] != "range":
        return home
    value = float(np.max(np.asarray(make((1,), np.random.RandomState(0)))))
    return np.full(home.shape, min(max(value, spec["low"]), spec["high"]))


def _awkward(bench, words, arrays, seen):
    """Whether the wide arithmetic has no value either; faults are added to `seen`."""
    blobs = bench.point().blobs
    dtypes = (np.float32, np.longdouble) if "1e4" not in words else (np.float64, np.longdouble)
    found = []
    for dtype in dtypes:
        try:
            tried = Tried(bench, Point(arrays, blobs), dtype=dtype)
        except Broken:
            if dtype is not np.longdouble:
                raise
            tried = Tried(bench, Point(arrays, blobs), dtype=np.float64)  # some code knows no wider numbers
        tops = tried.tops()
        results = tried.gradients([np.ones(top.shape) for top in tops])
        names = [("top", j) for j in range(len(tops))] + bench.differentiated(tried)
        results.update({("top", j): top for j, top in enumerate(tops)})
        found.append(results)
    narrow, wide = found
    undefined = False
    for name in names:
        undefined = _compared(bench, name, narrow[name], wide[name], words, seen) or undefined
    return undefined


def _compared(bench, name, narrow, wide, words, seen):
    if narrow.shape != wide.shape:
        return False
    with np.errstate(invalid="ignore", over="ignore"):
        has_value = np.isfinite(wide) & (np.abs(wide) < LARGEST)
    wrong = ~np.isfinite(narrow) & has_value
    if wrong.any():
        place = first_place(wrong)
        seen.append((name, "error", _word(narrow[place]), words, place, narrow[place], wide[place]))
    elif np.isnan(wide).any() and not bench.knows_formulas:
        seen.append((name, "warning", "not a number", words, first_place(np.isnan(wide)), None, None))
    return not has_value.all()


def _tell(bench, seen):
    """One fault for each blob, with all the inputs at which it shows."""
    for name in sorted({one[0] for one in seen}, key=[one[0] for one in seen].index):
        for level in ("error", "warning"):
            here = [one for one in seen if one[:2] == (name, level)]
            if here and (level == "error" or not any(one[1] == "error" for one in seen)):
                _tell_one(bench, name, level, here)


def _tell_one(bench, name, level, here):
    blob = bench.name(*name)
    what = "`%s`" % blob if name[0] == "top" else "the diff of `%s`" % blob
    _, _, word, words, place, narrow, wide = here[0]
    inputs = [one[3] for one in here]
    listed = ", ".join(inputs[:-1]) + " and " + inputs[-1] if len(inputs) > 1 else inputs[0]
    advice = ("keep logarithms, roots and quotients from 0, and exponentials from large numbers" if level == "error"
              else "0 / 0, or the logarithm or root of a negative number")  # fmt: skip
    bench.findings.fault(
        "%s is %s for %s" % (what, word, listed), blob, place, narrow, wide,
        ("for %s it is" % words, "with numbers of a wider range"), method="forward" if name[0] == "top" else "backward",
        level=bench.awkward if level == "error" else level, help=advice,
    )  # fmt: skip


def _word(value):
    return "not a number" if np.isnan(value) else "infinite"
