"""Property 1: every diff of bottoms and parameters is the slope of the forward."""
# mypy: ignore-errors

from __future__ import division

import numpy as np

from .bench import Point, Tried
from .broken import Broken
from .pattern import ratio_text, spread
from .runs import TEST, TRAIN
from .slopes import Scheme, judge, slope

EXHAUSTIVE, SAMPLED = 64, 24  # entries of one blob; of more, so many are drawn
DIRECTIONS = 3
OTHER_DRAWS = 6
FACTORS, FAR_OUT = (10, 100), 16  # how much larger some values are, and at how many entries of a blob
FLAT = 1e-6
MOST_KINKS = 24  # that are taken out of a direction before it is given up


class Tally(object):
    """What came of one blob: how many entries and directions were measured, how many lie on kinks, the worst error."""

    def __init__(self):
        self.entries = self.all = self.directions = self.kinks = 0
        self.worst = 0.0
        self.wrong = False
        self.shapes = []

    def text(self):
        """`differences at 48 of 768 entries, 3 directions through all`."""
        if self.wrong:
            return "differences, as far as the first wrong entry"
        if not self.entries and not self.directions:
            return "no entry could be measured, %d on kinks" % self.kinks
        some = "all %d" % self.all if self.entries + self.kinks >= self.all else "%d of %d" % (self.entries, self.all)
        words = "differences at %s entries" % some
        words += ", %d directions" % self.directions if self.directions else ""
        words += ", %d shapes" % len(self.shapes) if len(self.shapes) > 1 else ""
        return words + (", %d on kinks" % self.kinks if self.kinks else "")


def check_gradients(bench, few=False):
    """A row for every bottom that is wanted and every parameter."""
    tallies, order = {}, []
    for shapes, phase, thorough in _places(bench, few):
        try:
            _measure_all(bench, shapes, phase, thorough, tallies, order)
        except Broken as broken:
            if shapes is not None:
                continue  # told among the other sizes
            bench.findings.broken(broken, bench.text(shapes, phase))
            break
    if bench.random_layer and not few:
        _other_draws(bench, tallies)
    if not few:
        drawn = bench.random.get_state()
        _far_out(bench, [name for name in order if not tallies[name].wrong])
        bench.random.set_state(drawn)
    for name in order:
        tally = tallies[name]
        bench.findings.row(tally.text(), tally.worst if tally.entries or tally.directions else None, _what(bench, name),
                           None if tally.entries or tally.directions else "not measurable")  # fmt: skip
    for name in sorted(bench.by_hand):
        bench.findings.row("it is given by hand", None, "gradient of `%s`" % name, "given by hand")
    for i in bench.unwritten:
        name = ("bottom", i)
        unwritten(bench, i, _what(bench, name))
        bench.findings.row("the backward leaves its diff as it is", None, _what(bench, name))
    if not order and not bench.unwritten and not bench.by_hand:
        bench.findings.row("nothing has a gradient")


def unwritten(bench, i, what=None):
    """Tells that a backward does not write the diff of a bottom."""
    blob = bench.name("bottom", i)
    flags = ",".join(["0" if k == i or not wanted else "1" for k, wanted in enumerate(bench.wanted)])
    bench.findings.fault(
        "the diff of `%s` is not written at all" % blob, blob, method="backward", where=bench.text(), what=what,
        help="`bottom[%d].diff[...] = ...`, if only 0; `--propagate-down %s` if it has no gradient" % (i, flags),
    )  # fmt: skip


def _other_draws(bench, tallies):
    """What a draw has made zero shows nothing: directions are tried for other draws too."""
    for draw in range(1, OTHER_DRAWS + 1):
        at = _At(bench, bench.point(), TRAIN, draw)
        for name in at.names:
            if name in tallies and not tallies[name].wrong:
                _directions(at, name, tallies[name], False)


def _far_out(bench, names):
    """A few entries at values ten and a hundred times as large, beyond thresholds that no drawn value is beyond.

    Where the forward does not move, nothing is said: a logarithm that is kept from 0 has a slope there on purpose."""
    if bench.eps > 1e-10 or not any(spec["kind"] == "normal" for spec in bench.specs):
        return
    told = set()
    for factor in FACTORS:
        point = bench.point()
        arrays = [
            array * factor if spec["kind"] == "normal" else array for spec, array in zip(bench.specs, point.bottoms)
        ]
        try:
            at = _At(bench, Point(arrays, point.blobs), TRAIN)
        except Broken:  # what it refuses is told elsewhere
            return
        if all(np.isfinite(top).all() for top in at.base):
            told.update([name for name in names if name not in told and _wrong_far_out(at, name, factor)])


def _wrong_far_out(at, name, factor):
    gradient = at.gradients[name]
    finite = np.abs(gradient[np.isfinite(gradient)])
    usual = 1e-3 * float(np.max(finite)) if finite.size else 0.0
    for place in _places_of(gradient, False, at.bench.random)[:FAR_OUT]:
        got = float(gradient[place])
        verdict, _, value = _entry(at, name, place, got, usual) if np.isfinite(got) else ("kink", 0.0, 0.0)
        if verdict == "wrong" and abs(value) > FLAT * abs(got):
            blob = at.bench.name(*name)
            at.bench.findings.fault(
                "for values %d times as large the gradient of `%s` is not the slope of the forward" % (factor, blob),
                blob, place, got, value, ("the backward gives", "the slope is"), at.bench.text(), method="backward",
                what=_what(at.bench, name), level="warning",
                help="a branch for large values may be wrong; `--bottom` gives a range, as in `4x3:-50..50`",
            )  # fmt: skip
            return True
    return False


def _places(bench, few):
    """Shapes (None: as given), phase, and whether all entries are tried."""
    found = [(None, TRAIN, True), (None, TEST, False)]
    found += [(shapes, TEST, False) for _, shapes in bench.others()[:1]]
    many = [(shapes, TRAIN, True) for shapes in bench.smallest()]
    many += [(shapes, TRAIN, False) for shapes in bench.larger()]
    return found if few else found + [(shapes, TRAIN, False) for _, shapes in bench.others()[:2]] + many


def _what(bench, name):
    return "gradient of `%s`" % bench.name(*name)


def _measure_all(bench, shapes, phase, thorough, tallies, order):
    waiting = None
    for attempt in range(3):
        point = bench.point(shapes, phase=phase)
        at = _At(bench, point, phase)
        if waiting is None:
            waiting = {name: _places_of(point.array(name), thorough, bench.random) for name in at.names}
        for name in at.names:
            if name not in tallies:
                tallies[name] = Tally()
                order.append(name)
            tally = tallies[name]
            if attempt == 0:
                tally.all += point.array(name).size
                tally.shapes.append(point.array(name).shape)
            if not tally.wrong:
                waiting[name] = _measure(at, name, waiting[name], tally)
                if attempt == 0 and point.array(name).size > len(waiting[name]):
                    _directions(at, name, tally, thorough)
        if not any(waiting.values()):
            return
    for name, left in waiting.items():
        tallies[name].kinks += 0 if tallies[name].wrong else len(left)


def _places_of(array, thorough, random):
    if array.size <= EXHAUSTIVE:
        return list(np.ndindex(*array.shape))
    flat = np.sort(random.permutation(array.size)[: SAMPLED if thorough else 6])
    return [tuple(int(i) for i in np.unravel_index(int(one), array.shape)) for one in flat]


class _At(object):
    """An instance at a point, with its gradients and cotangents."""

    def __init__(self, bench, point, phase, draw=0):
        self.bench, self.point, self.phase = bench, point, phase
        self.tried = Tried(bench, point, phase)
        self.tried.draw_otherwise(draw)
        self.names = [n for n in bench.differentiated(self.tried) if bench.name(*n) not in bench.by_hand]
        self.base = self.tried.tops()
        diffs = enumerate(bench.cotangents(self.base))
        self.cotangents = [0 * diff if j in bench.const_tops else diff for j, diff in diffs]
        self.gradients = self.tried.gradients(self.cotangents)
        self.size = sum(float(np.abs(top * c).sum()) for top, c in zip(self.base, self.cotangents))
        self.scheme = Scheme(bench.eps > 1e-10)
        self.moving = 0.0  # how large the entries of the tops are that have moved

    def objective(self, name, direction):
        """The tops times their diffs as a function of a step in this direction, without what it is at 0."""
        start = self.point.array(name)
        self.moving = 0.0

        def moved(step):
            self.tried.point = self.point.with_array(name, start + step * direction)
            if name[0] == "bottom":
                self.tried.run.bottom[name[1]].data[...] = self.tried.point.array(name)
            tops = self.tried.tops()
            size = sum(float(np.sum(np.abs(b * c)[t != b])) for t, b, c in zip(tops, self.base, self.cotangents))
            self.moving = max(self.moving, size if np.isfinite(size) else 0.0)
            return sum(float(np.sum((np.asarray(t, np.float64) - b) * c))
                       for t, b, c in zip(tops, self.base, self.cotangents))  # fmt: skip

        return moved

    def back(self, name):
        """Puts the values back."""
        self.tried.point = self.point
        if name[0] == "bottom":
            self.tried.run.bottom[name[1]].data[...] = self.point.array(name)

    def scale(self, got, usual, entries):
        """What errors of a slope are relative to, where so many entries may be added up: what rounds in a sum of
        float32 shows in slopes of what it is made of."""
        sums = max(2.0, entries**0.5 / 8)

        def of(value):
            noise = 1e-5 * self.size if self.scheme.noise == 0 else 1e-3 * sums * self.moving
            return max([abs(got), abs(value) if np.isfinite(value) else 0.0, usual, noise, 1e-6])

        return of


def _measure(at, name, places, tally):
    """The places that lie on kinks here."""
    gradient = at.gradients[name]
    finite = gradient[np.isfinite(gradient)]
    usual = 1e-3 * float(np.max(np.abs(finite))) if finite.size else 0.0
    left = []
    for place in places:
        got = float(gradient[place])
        verdict, error, value = _entry(at, name, place, got, usual)
        if verdict == "kink":
            left.append(place)
            continue
        tally.entries += 1
        tally.worst = max(tally.worst, error)
        if verdict == "wrong":
            _blame(at, name, place, got, value, tally)
            return []
    return left


def _entry(at, name, place, got, usual):
    if not np.isfinite(got):
        return ("kink" if not np.isfinite(slope(_along(at, name, place), 1e-4)[0]) else "wrong", float("inf"),
                slope(_along(at, name, place), 1e-4)[0])  # fmt: skip
    try:
        return judge(_along(at, name, place), got, at.scale(got, usual, at.point.array(name).size), at.scheme)
    finally:
        at.back(name)


def _along(at, name, place):
    direction = np.zeros(at.point.array(name).shape)
    direction[place] = 1.0
    return at.objective(name, direction)


def _directions(at, name, tally, thorough):
    """Random directions through all entries: what is wrong in few of many shows too, and is searched for."""
    shape = at.point.array(name).shape
    for _ in range(DIRECTIONS if thorough else 1):
        direction = at.bench.random.standard_normal(shape)
        found = _search(at, name, direction, np.ones(shape, bool), tally, [0])
        at.back(name)
        tally.directions += 1
        if found:
            return


def _search(at, name, direction, mask, tally, kinks):
    """Whether an entry under the mask is wrong: halves it as long as the slope along it is another one."""
    verdict, error, value = _slope_along(at, name, direction * mask)
    if verdict == "right":
        tally.worst = max(tally.worst, error)
        return False
    places = np.flatnonzero(mask)
    if len(places) == 1:
        place = tuple(int(i) for i in np.unravel_index(int(places[0]), mask.shape))
        got = float(at.gradients[name][place])
        verdict, error, value = _entry(at, name, place, got, 0.0)
        if verdict == "wrong":
            tally.worst = max(tally.worst, error)
            _blame(at, name, place, got, value, tally)
        kinks[0] += verdict == "kink"
        return verdict == "wrong"
    for half in (places[: len(places) // 2], places[len(places) // 2 :]):
        part = np.zeros(mask.shape, bool)
        part.reshape(-1)[half] = True
        if kinks[0] < MOST_KINKS and _search(at, name, direction, part, tally, kinks):
            return True
    return False


def _slope_along(at, name, direction):
    gradient = np.asarray(at.gradients[name], np.float64)
    used = direction != 0
    with np.errstate(all="ignore"):
        got = float(np.sum(gradient[used] * direction[used]))
        usual = float(np.sum(np.abs(gradient[used] * direction[used])))
    if not np.isfinite(got):
        return "wrong", float("inf"), 0.0
    function = at.objective(name, direction)
    return judge(function, got, at.scale(got, usual, gradient.size), at.scheme)


def _blame(at, name, place, got, value, tally):
    tally.wrong = True
    blob = at.bench.name(*name)
    at.bench.findings.fault(
        "the gradient of `%s` is not the slope of the forward" % blob, blob, place, got, value,
        ("the backward gives", "the slope is"), at.bench.text([b.shape for b in at.point.bottoms], at.phase),
        hint=_ratio(at, name), method="backward", what=_what(at.bench, name),
    )  # fmt: skip


def _ratio(at, name):
    """What is to be seen where every entry is wrong by the same factor."""
    places = spread(at.point.array(name).shape)
    true = np.array([slope(_along(at, name, place), at.scheme.steps[0])[0] for place in places])
    at.back(name)
    mine = np.array([float(at.gradients[name][place]) for place in places])
    if not true.any() and not _moves(at, name):
        return "the forward does not move with it at all: argmax, a comparison or rounding has no slope"
    return ratio_text(mine, true, 1e-2 if at.scheme.noise else 1e-5)


def _moves(at, name):
    """Whether the tops move when all entries do, by much more than differences do."""
    direction = at.bench.random.standard_normal(at.point.array(name).shape)
    moved = at.objective(name, direction)(1e-3)
    at.back(name)
    return moved != 0
