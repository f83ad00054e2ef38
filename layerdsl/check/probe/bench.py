"""The bench on which a class is tried: its bottoms, how many tops it has, which of its blobs are states."""
# mypy: ignore-errors

from __future__ import division

import numpy as np

from .broken import Broken, Shapeless
from .draws import Attributes, Draws
from .findings import Findings
from .points import bottom_values, label_count, larger_batches, other_shapes, resized, smallest
from .runs import TEST, TRAIN, Settings

SEED = 20171
MOST_TOPS = 8
MARK = 0.8125  # what stands in a diff that is not to be touched


class Point(object):
    """Values for all bottoms and blobs."""

    def __init__(self, bottoms, blobs):
        self.bottoms, self.blobs = bottoms, blobs

    def array(self, name):
        """The values of ("bottom", 0) or ("blob", 1)."""
        return (self.bottoms if name[0] == "bottom" else self.blobs)[name[1]]

    def with_array(self, name, array):
        """The point with other values there."""
        kind, number = name
        lists = {"bottom": list(self.bottoms), "blob": list(self.blobs)}
        lists[kind][number] = array
        return Point(lists["bottom"], lists["blob"])


class Bench(object):
    """What is known of a class, and instances of it at points.

    host: makes runs; specs: a dictionary for each bottom (points.py); names: what blobs are called, by kind; wanted: of
    each bottom whether it has a gradient; tops: how many there are, or None to find out.
    """

    def __init__(self, host, specs, wanted=None, tops=None, names=None, seed=0):
        self.host, self.specs, self.names = host, specs, names or {}
        self.dtype = np.float32 if host.real else np.float64
        self.wanted = list(wanted) if wanted is not None else [not label_count(spec) for spec in specs]
        self.random = np.random.RandomState(seed)
        self.findings = Findings()
        self.tops, self.modes = tops, ("any", "unit", "large")
        self.states, self.drifts, self.random_layer = [], False, False
        self.cotangent = "any"
        self.seeded, self.rough = True, False  # rough: the layer keeps float32 even where its blobs have more
        self.strict_in_place = self.knows_formulas = False
        self.draws_backward = False  # then the numbers drawn in backward are the same ones every time
        self.awkward, self.operations, self.by_hand = "error", 0, frozenset()
        self.const_tops = frozenset()  # no gradient goes through them
        self.unwritten = []  # the bottoms whose diffs a backward leaves as they are

    @property
    def eps(self):
        """The rounding of the numbers that the layer reckons with."""
        return float(np.finfo(np.float32 if self.rough else self.dtype).eps)

    def name(self, kind, number):
        """`pred`, or `bottom[0]`."""
        names = self.names.get(kind, ())
        return names[number] if number < len(names) else "%s[%d]" % ("blobs" if kind == "blob" else kind, number)

    def smallest(self):
        """The shapes with few entries."""
        return smallest(self.shapes())

    def larger(self):
        """Shapes with more than a thousand entries, where those that were asked for have less."""
        return larger_batches(self.shapes())

    def own_rounding(self, point, diffs):
        """How far results move when every value on the way to them is rounded, by name; nothing where it is unknown."""
        return {}

    def given(self):
        """Words for bottoms whose values were given: with other sizes they are cut or repeated."""
        names = ["`%s`" % self.name("bottom", i) for i, spec in enumerate(self.specs) if spec["kind"] == "given"]
        return "; the values that were given for %s are cut or repeated" % " and ".join(names) if names else ""

    def shapes(self):
        """The shapes of the bottoms as they were asked for."""
        return [tuple(spec["shape"]) for spec in self.specs]

    def others(self):
        """Other sizes to try: words and shapes."""
        return other_shapes(self.shapes())

    def text(self, shapes=None, phase=TRAIN):
        """`in TRAIN with bottom[0] 2x3`."""
        each = ["`%s` %s" % (self.name("bottom", i), "x".join(map(str, s)) or "scalar")
                for i, s in enumerate(shapes or self.shapes())]  # fmt: skip
        return "in %s with %s" % ("TEST" if phase == TEST else "TRAIN", ", ".join(each) or "no bottoms")

    def run(self, arrays, phase=TRAIN, wanted=None, in_place=(), dtype=None, blobs=()):
        """A new instance, whose fillers and draws are the same every time."""
        before = np.random.get_state()
        if self.seeded:
            np.random.seed(SEED)
        try:
            asked = self.wanted if wanted is None else wanted
            return self.host.run(arrays, Settings(self.tops, phase, asked, in_place, dtype or self.dtype, blobs))
        finally:
            np.random.set_state(before)

    def learn(self):
        """Finds out how many tops there are, which blobs are states, and whether the layer draws or drifts."""
        arrays = [bottom_values(spec, self.modes[0], self.random) for spec in self.specs]
        if self.tops is None:
            self.tops = self._count_tops(arrays)
        for phase in (TRAIN, TEST):
            tried = Tried(self, self._filled(arrays, phase), phase, keep=False)
            outside = tried.draws.take()
            try:
                self._learn_from(tried)
            finally:
                tried.draws.put(outside)
            self._learn_of_states(tried.point, phase)

    def _learn_of_states(self, filled, phase):
        """States that do not change while all blobs are as they were filled, as with weights of 0; nor does what is
        kept elsewhere.

        What is back at its filler's values has been filled again, and is none."""
        random = np.random.RandomState(SEED)
        noise = [0.3 * np.abs(random.standard_normal(array.shape)) for array in filled.blobs]
        blobs = [array + more for array, more in zip(filled.blobs, noise)]
        try:
            tried = Tried(self, Point(filled.bottoms, blobs), phase)
            before = [np.array(blob.data) for blob in tried.run.blobs]
            first = tried.tops(blobs=True)
            changed = _changed(before, tried.run.blobs) & _changed(filled.blobs, tried.run.blobs)
            again = tried.tops(blobs=True)
        except Broken:  # it may hold what can't be any number
            return
        self.states = sorted(set(self.states) | changed)
        self.drifts = self.drifts or not all_equal(first, again)
        self.random_layer = self.random_layer and not self.drifts

    def _learn_from(self, tried):
        before = [np.array(blob.data) for blob in tried.run.blobs]
        tried.draws.put(tried.drawn)
        first = tried.tops(restore=False, blobs=True)
        self.states = sorted(set(self.states) | _changed(before, tried.run.blobs))
        tried.draws.stir(SEED + 1)
        other = tried.tops(restore=False, blobs=True)
        tried.draws.put(tried.drawn)
        again = tried.tops(restore=False, blobs=True)
        self.rough = self.rough or _is_rough(tried)
        self.drifts = self.drifts or not all_equal(first, again)
        # Of a layer that drifts, nobody can tell whether it draws.
        self.random_layer = not self.drifts and (self.random_layer or not all_equal(again, other))

    def _filled(self, arrays, phase):
        run = self.run(arrays, phase)
        return Point(arrays, [np.array(blob.data, np.float64) for blob in run.blobs])

    def _count_tops(self, arrays):
        first = None
        for number in (1, 2, 3, 4, 5, 6, 7, MOST_TOPS, 0):
            self.tops = number
            try:
                run = self.run(arrays)
                shaped(run.top)
                run.forward()
                return number
            except Broken as broken:
                first = first or broken
        self.tops = None
        raise first

    def point(self, shapes=None, random=None, phase=TRAIN):
        """A point at which all tops are finite, if there is one in one of the ranges."""
        random = random or self.random
        specs = [resized(s, shape) for s, shape in zip(self.specs, shapes)] if shapes else self.specs
        best, most = None, -1.0
        for mode in self.modes:
            for _ in range(3):
                point = self._point(specs, mode, random, phase)
                share = _finite_share(Tried(self, point, phase).tops())
                if share > most:
                    best, most = point, share
                if share == 1:
                    return point
        return best

    def _point(self, specs, mode, random, phase):
        arrays = [bottom_values(spec, mode, random).astype(self.dtype).astype(np.float64) for spec in specs]
        blobs = [np.array(blob.data, np.float64) for blob in self.run(arrays, phase).blobs]
        for i, blob in enumerate(blobs):
            noise = (
                np.abs(random.standard_normal(blob.shape)) if i in self.states else random.standard_normal(blob.shape)
            )
            blobs[i] = (blob + 0.3 * noise).astype(self.dtype).astype(np.float64)
        return Point(arrays, blobs)

    def blobs_fit(self, tried, point):
        """Whether the blobs of an instance have the shapes that a new one gives them at this point."""
        return [tuple(blob.shape) for blob in tried.run.blobs] == [array.shape for array in point.blobs]

    def cotangents(self, tops, random=None):
        """A diff for every top: arbitrary ones, or 1 where the layer does not look at them anyway."""
        random = random or self.random
        if self.cotangent == "ones":
            return [np.ones(np.shape(top)) for top in tops]
        signs = [random.randint(0, 2, np.shape(top)) * 2.0 - 1.0 for top in tops]
        diffs = [random.uniform(0.5, 1.5, np.shape(top)) * sign for top, sign in zip(tops, signs)]
        return [np.asarray(diff).astype(self.dtype).astype(np.float64) for diff in diffs]

    def differentiated(self, tried):
        """The blobs that should have a gradient: bottoms that are wanted, and parameters."""
        bottoms = [("bottom", i) for i, wanted in enumerate(self.wanted) if wanted and i not in self.unwritten]
        return bottoms + [("blob", i) for i in range(len(tried.run.blobs)) if i not in self.states]


class Tried(object):
    """An instance at a point. Every forward begins with the same blobs and the same random numbers."""

    def __init__(self, bench, point, phase=TRAIN, wanted=None, in_place=(), dtype=None, keep=True):
        self.bench, self.phase = bench, phase
        self.wanted = bench.wanted if wanted is None else list(wanted)
        self.run = bench.run(point.bottoms, phase, self.wanted, in_place, dtype)
        self.in_place = dict(in_place)
        self.point = point
        self._fill_blobs()
        self.draws = Draws(self.run.layer)
        self.draw_otherwise(0)
        self.attributes = Attributes(self.run.layer) if keep and bench.drifts else None

    def draw_otherwise(self, number):
        """From now on other random numbers in every forward; 0 are those of the beginning."""
        outside = self.draws.take()
        self.draws.stir(SEED + 31 * number)
        self.drawn = self.draws.take()
        self.draws.put(outside)

    def _fill_blobs(self):
        if len(self.run.blobs) == len(self.point.blobs):
            for blob, array in zip(self.run.blobs, self.point.blobs):
                blob.data[...] = array

    def move(self, point):
        """Other values; other shapes too, of which the layer hears in the next forward.

        What it keeps in attributes is begun with anew: it fits the shapes that it has heard of.
        """
        resized = [np.shape(one) for one in point.bottoms] != [np.shape(one) for one in self.point.bottoms]
        self.point = point
        self.run.set_bottoms(point.bottoms)
        self._fill_blobs()
        if self.attributes is not None and resized:
            self.attributes.put(self.run.layer)
            self.run.reshape()
            self.attributes = Attributes(self.run.layer)

    def tops(self, restore=True, blobs=False):
        """Runs forward and gives copies of the tops."""
        if restore or blobs:
            self._fill_blobs()
        for i in self.in_place.values():
            self.run.bottom[i].data[...] = self.point.bottoms[i]
        outside = self.draws.take()
        if restore:
            self.draws.put(self.drawn)
            if self.attributes is not None:
                self.attributes.put(self.run.layer)
        shaped(self.run.top)
        Broken.caught("reshape", poison, self._own_tops())
        try:
            with np.errstate(all="ignore"):
                self.run.forward()
        finally:
            if restore:
                self.draws.put(outside)
        return Broken.caught("reshape", self._copies)

    def _own_tops(self):
        return (self.run.top[j].data for j in range(len(self.run.top)) if j not in self.in_place)

    def _copies(self):
        return [np.array(self.run.top[j].data, copy=True) for j in range(len(self.run.top))]

    def backward(self, cotangents, wanted=None, mark=np.nan):
        """Runs backward, with `mark` in the diffs of the bottoms that are wanted before."""
        asked = self.wanted if wanted is None else list(wanted)
        for j, diff in enumerate(cotangents):
            self.run.top[j].diff[...] = diff
        for i, one in enumerate(asked):
            if i not in self.in_place.values():
                self.run.bottom[i].diff[...] = mark if one else MARK
        outside = self.draws.take()
        if self.bench.draws_backward:
            self.draws.put(self.drawn)
        try:
            with np.errstate(all="ignore"):
                self.run.backward(wanted)
        finally:
            if self.bench.draws_backward:
                self.draws.put(outside)

    def gradients(self, cotangents, wanted=None, mark=np.nan):
        """Forward and backward from parameter diffs of zero: copies of the diffs, by ("bottom", 0) or ("blob", 1)."""
        self.tops()
        return self.only_backward(cotangents, wanted, mark)

    def only_backward(self, cotangents, wanted=None, mark=np.nan):
        """The same without a forward before."""
        for blob in self.run.blobs:
            blob.diff[...] = 0
        self.backward(cotangents, wanted, mark)
        found = {("bottom", i): np.array(self.run.bottom[i].diff) for i in range(len(self.run.bottom))}
        found.update({("blob", i): np.array(self.run.blobs[i].diff) for i in range(len(self.run.blobs))})
        return found


def poison(arrays):
    """NaN in all that is to be written."""
    for array in arrays:
        array[...] = np.nan


def all_equal(first, second):
    """Whether two lists of arrays are the same to the bit."""
    pairs = list(zip(first, second))
    return len(first) == len(second) and all(same_bits(a, b) for a, b in pairs)


def same_bits(a, b):
    """Whether two arrays are the same to the bit; NaN is NaN, 0 is -0."""
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.all((a == b) | (np.isnan(a) & np.isnan(b))))


def near(a, b, eps, room=64.0):
    """Whether two arrays are the same but for rounding, also that of what has cancelled out."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        return False
    usual = np.max(np.abs(b[np.isfinite(b)])) if np.isfinite(b).any() else 0.0
    with np.errstate(invalid="ignore"):
        return bool(np.all((np.abs(a - b) <= room * eps * (usual + 1e2)) | (a == b) | (np.isnan(a) & np.isnan(b))))


def first_place(where):
    """The index of the first true entry."""
    places = np.argwhere(where)
    return tuple(int(i) for i in places[0]) if len(places) else None


def first_other(a, b):
    """The index of the first entry that is another one."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return None
    return first_place(~((a == b) | (np.isnan(a) & np.isnan(b))))


def _changed(before, blobs):
    return {i for i, old in enumerate(before) if i < len(blobs) and not same_bits(old, blobs[i].data)}


def _is_rough(tried):
    """Whether the tops move in steps of float32 when the bottoms that have a gradient move by less."""
    totals = []
    moved = [(i, array) for i, array in enumerate(tried.point.bottoms) if tried.wanted[i]]
    directions = [(i, np.cos(np.arange(array.size)).reshape(array.shape)) for i, array in moved]
    for step in range(6):
        for i, direction in directions:
            tried.run.bottom[i].data[...] = tried.point.bottoms[i] + 1e-9 * step * direction
        tried.draws.put(tried.drawn)
        tops = tried.tops(restore=False, blobs=True)
        totals.append([float(np.sum(np.asarray(top, np.float64))) for top in tops])
        size = sum(float(np.sum(np.abs(top))) for top in tops)
    for i, array in moved:
        tried.run.bottom[i].data[...] = array
    with np.errstate(all="ignore"):
        bends = np.abs(np.diff(np.array(totals), 2, axis=0))
    return bool(
        np.isfinite(size) and bends.size and np.nanmax(bends) > 1e-12 * size and np.median(bends) > 1e-13 * size
    )


def shaped(tops):
    """Shapeless where a top was never reshaped, which has no axes and counts 0: a look at its memory ends Caffe."""
    for j in range(len(tops)):
        if not tops[j].count and not len(tops[j].shape):
            raise Shapeless(j)


def _finite_share(tops):
    counts = [float(np.mean(np.isfinite(top))) if np.size(top) else 1.0 for top in tops]
    return float(np.mean(counts)) if counts else 1.0
