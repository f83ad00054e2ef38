"""Properties 2 to 5: the diffs of tops, `propagate_down`, what is written and added to, and what is left alone."""
# mypy: ignore-errors

from __future__ import division

import itertools

import numpy as np

from .bench import MARK, Tried, first_other, first_place, near, same_bits
from .broken import Broken
from .gradient import unwritten
from .runs import TEST, TRAIN

WEIGHTS = (0.0, 1.0, 3.5)
MOST_SUBSETS = 128


def check_top_diffs(bench):
    """All diffs are as many times as large as those of the tops, for each top alone and for all together."""
    tried = Tried(bench, bench.point())
    tops = tried.tops()
    every = bench.differentiated(tried)
    names = [name for name in every if bench.name(*name) not in bench.by_hand]
    if not names or not tops:
        return bench.findings.row("every gradient is given by hand" if every and tops else "nothing has a gradient")
    diffs = bench.cotangents(tops)
    once = tried.gradients(diffs)
    worst = 0.0
    for weight in WEIGHTS:
        scaled = tried.gradients([weight * diff for diff in diffs])
        worst = max([worst] + [_scaled(bench, name, once[name], scaled[name], weight) for name in names])
    if len(tops) > 1:
        worst = max([worst] + _apart(bench, tried, names, tops))
    apart = ", each of %d tops alone" % len(tops) if len(tops) > 1 else ""
    bench.findings.row("loss_weight 0, 1 and 3.5%s" % apart, worst)
    return None


def _scaled(bench, name, once, scaled, weight):
    """How far the diffs are from `weight` times those for 1; the fault is told."""
    wanted = weight * np.asarray(once, np.float64)
    room = 10 * bench.eps
    if near(scaled, wanted, room):
        return _error(scaled, wanted)
    blob, place = bench.name(*name), first_other(scaled, wanted)
    if near(scaled, once, room) and weight != 1:
        bench.cotangent = "ones"
        said = "the diff of `%s` does not depend on the diff of the tops: `loss_weight` would do nothing" % blob
    else:
        said = "the diff of `%s` is not %g times as large for a `loss_weight` of %g" % (blob, weight, weight)
    words = ("with a `loss_weight` of %g it is" % weight, "it should be")
    bench.findings.fault(said, blob, place, np.asarray(scaled)[place] if place is not None else None,
                         wanted[place] if place is not None else None, words,
                         bench.text(), method="backward", help="multiply by `top[0].diff`")  # fmt: skip
    return _error(scaled, wanted)


def _error(a, b):
    usual = np.nanmax(np.abs(b)) if np.size(b) and np.isfinite(b).any() else 0.0
    with np.errstate(all="ignore"):
        worst = np.nanmax(np.abs(np.asarray(a, np.float64) - b)) if np.size(b) and np.isfinite(b).any() else 0.0
    return float(worst / usual) if usual else float(worst)


def _apart(bench, tried, names, tops):
    """Several tops: the diffs for all together are the sum of those for each."""
    diffs = bench.cotangents(tops)
    together = tried.gradients(diffs)
    alone = [tried.gradients([diff if k == j else 0 * diff for k, diff in enumerate(diffs)]) for j in range(len(tops))]
    errors = []
    for name in names:
        total = sum(np.asarray(each[name], np.float64) for each in alone)
        size = sum(np.abs(np.asarray(each[name], np.float64)) for each in alone)
        with np.errstate(invalid="ignore"):
            off = np.abs(together[name] - total) > 1e4 * bench.eps * (np.max(size) if size.size else 0.0)
        errors.append(_error(together[name], total))
        if off.any():
            place = first_place(off)
            blob = bench.name(*name)
            bench.findings.fault(
                "the diff of `%s` for all tops is not the sum of those for each top alone" % blob, blob, place,
                together[name][place], total[place], ("for all it is", "the sum is"), bench.text(), method="backward",
            )  # fmt: skip
    return errors


def check_propagate_down(bench):
    """What is not wanted is not touched, what is wanted is the same as with all."""
    possible = [i for i, wanted in enumerate(bench.wanted) if wanted]
    chosen = list(itertools.islice(_few_and_most(possible), MOST_SUBSETS))
    worst = max(_subsets(bench, chosen, phase) for phase in (TRAIN, TEST))
    number = 2 ** len(possible)
    words = "every one" if len(chosen) == number else "%d" % len(chosen)
    bench.findings.row("%s of %d subsets" % (words, number) if possible else "nothing is wanted", worst)


def _few_and_most(possible):
    """All subsets: none and all, one and all but one, and so on."""
    for n in range(len(possible) // 2 + 1):
        for few in itertools.combinations(possible, n):
            yield few
            if 2 * n < len(possible):
                yield tuple(i for i in possible if i not in few)


def _subsets(bench, chosen, phase):
    """The largest difference between what is given alone and with all."""
    point = bench.point(phase=phase)
    all_of = Tried(bench, point, phase)
    diffs = bench.cotangents(all_of.tops())
    everything = all_of.gradients(diffs)
    worst = 0.0
    for subset in chosen:
        asked = [i in subset for i in range(len(bench.wanted))]
        tried = Tried(bench, point, phase, wanted=asked) if bench.host.real else all_of
        try:
            found = tried.gradients(diffs, asked)
        except Broken as broken:
            bench.findings.broken(broken, "with `propagate_down` " + _flags(asked))
            continue
        for i, one in enumerate(asked):
            worst = max(worst, _asked(bench, i, one, asked, found[("bottom", i)], everything[("bottom", i)]))
        for name in bench.differentiated(tried):
            if name[0] == "blob" and not near(found[name], everything[name], bench.eps):
                _told(bench, name, asked, found[name], everything[name])
    return worst


def _asked(bench, i, one, asked, diff, full):
    blob = bench.name("bottom", i)
    if one and not near(diff, full, bench.eps):
        _told(bench, ("bottom", i), asked, diff, full)
        return _error(diff, full)
    if not one and (diff != MARK).any():
        place = first_place(diff != MARK)
        bench.findings.fault(
            "the diff of `%s` is written although `propagate_down[%d]` is false" % (blob, i), blob, place,
            where="with `propagate_down` " + _flags(asked), method="backward",
            help="`if propagate_down[%d]:` before it" % i,
        )  # fmt: skip
    return 0.0


def _flags(asked):
    """`true, false`."""
    return ", ".join(["true" if one else "false" for one in asked])


def _told(bench, name, asked, diff, full):
    blob, place = bench.name(*name), first_other(diff, full)
    bench.findings.fault(
        "the diff of `%s` is another one when `propagate_down` is %s" % (blob, _flags(asked)), blob, place,
        diff[place] if place is not None else None, full[place] if place is not None else None,
        ("it is", "with all it is"), bench.text(), method="backward",
    )  # fmt: skip


def check_writing(bench):
    """Tops and bottom diffs are written in full, parameter diffs are added to."""
    tried = Tried(bench, bench.point())
    tops = tried.tops()
    _tops_written(bench, tried, tops)
    diffs = bench.cotangents(tops)
    found = [tried.gradients(diffs, mark=mark) for mark in (7.25, -3.5)]
    for i, wanted in enumerate(bench.wanted):
        if i in bench.unwritten:
            unwritten(bench, i)
        elif wanted:
            _diff_written(bench, i, *[each[("bottom", i)] for each in found])
    worst = 0.0
    for k in range(len(tried.run.blobs)):
        if k not in bench.states:
            worst = max(worst, _added_to(bench, tried, k, diffs))
    params = len(tried.run.blobs) - len(bench.states)
    bench.findings.row("other values before%s" % (", two passes on %d parameters" % params if params else ""), worst)


def _tops_written(bench, tried, tops):
    for j, top in enumerate(tops):
        tried.run.top[j].data[...] = 7.25
        with np.errstate(all="ignore"):
            tried._fill_blobs()
            tried.draws.put(tried.drawn)
            tried.run.forward()
        again = np.array(tried.run.top[j].data)
        blob = bench.name("top", j)
        if (np.isnan(top) & (again == 7.25)).any():
            place = first_place(np.isnan(top) & (again == 7.25))
            bench.findings.fault("the forward leaves a part of `%s` unwritten" % blob, blob, place, method="forward",
                                 where=bench.text())  # fmt: skip
        elif np.isnan(top).any() and not np.isnan(again).any():
            bench.findings.fault("the forward adds to what stands in `%s` before" % blob, blob,
                                 first_place(np.isnan(top)), method="forward", where=bench.text())  # fmt: skip


def _diff_written(bench, i, first, second):
    blob = bench.name("bottom", i)
    if same_bits(first, second):
        return
    left = (first == 7.25) & (second == -3.5)
    if left.any() and not ((first != second) & ~left).any():
        bench.findings.fault(
            "the diff of `%s` is left unwritten in part" % blob, blob, first_place(left), method="backward",
            where=bench.text(), help="`bottom[%d].diff[...] = 0` comes first where parts are written" % i,
        )  # fmt: skip
    else:
        bench.findings.fault(
            "the diff of `%s` depends on what stood there before: it is to be written, not added to" % blob, blob,
            first_place(first != second), method="backward", where=bench.text(),
        )  # fmt: skip


def _added_to(bench, tried, k, diffs):
    once = np.asarray(tried.gradients(diffs)[("blob", k)], np.float64)
    before = MARK * (1 + np.arange(once.size).reshape(once.shape) % 3)
    for number in range(2):
        tried.tops()
        if number == 0:
            tried.run.blobs[k].diff[...] = before
        tried.backward(diffs)
    after = np.array(tried.run.blobs[k].diff, np.float64)
    wanted = before + 2 * once
    if near(after, wanted, bench.eps):
        return _error(after, wanted)
    blob, place = bench.name("blob", k), first_other(after, wanted)
    words = "is assigned" if once.any() and near(after, once, bench.eps) else "is not what is added to it"
    bench.findings.fault(
        "the diff of parameter `%s` %s in the backward: it has to be added to, for `iter_size`" % (blob, words), blob,
        place, after[place], wanted[place], ("after two passes it is", "it should be"), bench.text(), method="backward",
        help="`self.blobs[%d].diff[...] += ...`" % k,
    )  # fmt: skip
    return _error(after, wanted)


def check_left_alone(bench):
    """Bottoms, tops' diffs and parameters are read alone; in place the result is the same, or it is refused."""
    point = bench.point()
    tried = Tried(bench, point)
    tops = tried.tops()
    _unchanged(bench, tried, "forward")
    diffs = bench.cotangents(tops)
    tried.gradients(diffs)
    _unchanged(bench, tried, "backward")
    for j, (diff, top) in enumerate(zip(diffs, tops)):
        _same(bench, "diff", "top", j, tried.run.top[j].diff, diff, "backward")
        _same(bench, "data", "top", j, tried.run.top[j].data, top, "backward")
    places = [i for i in range(min(len(tops), len(point.bottoms))) if tops[i].shape == point.bottoms[i].shape]
    words = [_in_place(bench, point, i, tops, diffs, tried) for i in places]
    bench.findings.row("compared to the bit%s" % (", in place " + ", ".join(sorted(set(words))) if words else ""), None)


def _unchanged(bench, tried, method):
    for i, array in enumerate(tried.point.bottoms):
        _same(bench, "data", "bottom", i, tried.run.bottom[i].data, array, method)
    for k, array in enumerate(tried.point.blobs):
        if k not in bench.states:
            _same(bench, "data", "blob", k, tried.run.blobs[k].data, array, method)


def _same(bench, what, kind, number, got, wanted, method):
    if same_bits(got, np.asarray(wanted).astype(bench.dtype)):
        return
    blob, place = bench.name(kind, number), first_other(got, wanted)
    bench.findings.fault("the %s of `%s` is overwritten in %s" % (what, blob, method), blob, place, method=method,
                         where=bench.text())  # fmt: skip


def _in_place(bench, point, i, tops, diffs, alone):
    """Compares with a top in the place of the bottom of its number (Caffe allows no other)."""
    try:
        there = Tried(bench, point, in_place={i: i})
        values = there.tops()
        found = there.gradients(diffs)
    except Broken as broken:
        if not broken.refusal:
            bench.findings.broken(broken, "in place", level="warning")
        return "refused"
    everything = alone.gradients(diffs)
    words = "with top `%s` in the place of `%s`, " % (bench.name("top", i), bench.name("bottom", i))
    level = "error" if bench.strict_in_place else "warning"
    same = True
    for j, value in enumerate(values):
        if not near(value, tops[j], bench.eps):
            same = False
            bench.findings.fault(words + "`%s` is another one" % bench.name("top", j), level=level, method="forward")
    for name in bench.differentiated(there):
        if not near(found[name], everything[name], bench.eps):
            same = False
            said = words + "the diff of `%s` is another one" % bench.name(*name)
            advice = "a layer that can't be used in place says so in `setup`"
            bench.findings.fault(said, level=level, method="backward", help=advice)
    return "the same" if same else "another"
