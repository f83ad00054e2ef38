"""Properties 6 and 7: the same again gives the same; other sizes, the other phase, and two instances at once."""
# mypy: ignore-errors

from __future__ import division

import random

import numpy as np

from .bench import SEED, Tried, all_equal, first_other, near
from .broken import Broken
from .runs import TEST, TRAIN, Settings


def check_again(bench):
    """Two passes give the same bits; a layer that draws does so anew in each forward, and not in the backward."""
    point = bench.point()
    tried = Tried(bench, point)
    tops = tried.tops()
    diffs = bench.cotangents(tops)
    first = tried.gradients(diffs)
    second = tried.only_backward(diffs)
    _same_gradients(bench, tried, first, second, "a second backward after one forward gives another diff of `%s`")
    again = tried.tops()
    for j, (top, other) in enumerate(zip(tops, again)):
        _same_top(bench, j, top, other, "a second forward on the same values gives another `%s`")
    _same_gradients(bench, tried, first, tried.gradients(diffs), "a second pass gives another diff of `%s`")
    if bench.drifts:
        _drifts(bench)
    _stale(bench, tried, point)
    _seeds_all(bench, point)
    words = "bit-equal tops and diffs, also after other values"
    if bench.random_layer:
        words += "; draws anew in each forward"
    bench.findings.row(words, 0.0)


def _same_top(bench, j, top, other, said, where=""):
    if not all_equal([top], [other]):
        blob, place = bench.name("top", j), first_other(other, top)
        bench.findings.fault(said % blob, blob, place, None if place is None else other[place],
                             None if place is None else top[place], ("it is", "before it was"),
                             where or bench.text(), method="forward")  # fmt: skip


def _same_gradients(bench, tried, first, second, said, where=""):
    """Whether some differ, which is told."""
    differ = False
    for name in bench.differentiated(tried):
        if not all_equal([first[name]], [second[name]]):
            differ = True
            blob, place = bench.name(*name), first_other(second[name], first[name])
            bench.findings.fault(said % blob, blob, place, None if place is None else second[name][place],
                                 None if place is None else first[name][place], ("it is", "before it was"),
                                 where or bench.text(), method="backward")  # fmt: skip
    return differ


def _seeds_all(bench, point):
    """Whether set-up puts random numbers that all layers draw from where it wants them."""
    outside, ends = (np.random.get_state(), random.getstate()), []
    try:
        for seed in (SEED + 3, SEED + 4):
            np.random.seed(seed)
            random.seed(seed)
            bench.host.run(point.bottoms, Settings(bench.tops, TRAIN, bench.wanted, (), bench.dtype))
            ends.append({"np.random": np.random.get_state()[1].tolist(), "random": random.getstate()})
    finally:
        np.random.set_state(outside[0])
        random.setstate(outside[1])
    for name in sorted(ends[0]):
        if ends[0][name] == ends[1][name]:
            bench.findings.fault(
                "`setup` seeds `%s`, from which all other layers draw, too" % name, level="warning", method="setup",
                where=bench.text(), help="`self.random = np.random.RandomState(...)` is its own",
            )  # fmt: skip


def _drifts(bench):
    point = bench.point()
    tried = Tried(bench, point, keep=False)
    tried.draws.put(tried.drawn)
    before = _numbers(tried.run.layer)
    tried.tops()
    middle = _numbers(tried.run.layer)
    tried.tops()
    after = _numbers(tried.run.layer)
    names = ["`self.%s`" % name for name in after if name in middle and after[name] != middle[name]]
    names = names or ["`self.%s`" % name for name in middle if before.get(name) != middle[name]]
    bench.findings.fault(
        "what a forward gives depends on the forwards before, and that is in no blob%s"
        % (": it may be kept in " + ", ".join(sorted(names)[:3]) if names else ""),
        method="forward", where=bench.text(), help="what is in `self.blobs` is saved with the net and restored",
        level="error" if bench.specs else "warning",  # a source of data goes on by itself
    )  # fmt: skip


def _numbers(layer):
    found = {}
    for name, value in vars(layer).items():
        if isinstance(value, (int, float)):
            found[name] = value
        elif isinstance(value, np.ndarray) and value.size < 100000:
            found[name] = value.tobytes()
    return found


def _stale(bench, tried, point):
    """An instance that has run on other values gives what a new one gives."""
    other = bench.point(random=np.random.RandomState(7))
    fresh = Tried(bench, other)
    tops = fresh.tops()
    diffs = bench.cotangents(tops)
    wanted = fresh.gradients(diffs)
    tried.move(other)
    got = tried.tops()
    for j, (top, new) in enumerate(zip(tops, got)):
        _same_top(bench, j, top, new, "`%s` is another one than that of a new instance, after a pass on other values")
    said = "the diff of `%s` is another one than that of a new instance, after a pass on other values"
    _same_gradients(bench, tried, wanted, tried.only_backward(diffs), said)
    tried.move(point)


def learn_of_backward(bench):
    """Draws in backward show as other diffs for other random numbers. They are told, and then held still: else they
    would show in all that follows. So would diffs that are not written at all."""
    tried = Tried(bench, bench.point())
    diffs = bench.cotangents(tried.tops())
    marked = [tried.gradients(diffs, mark=mark) for mark in (7.25, -3.5)]
    bench.unwritten = [i for i, wanted in enumerate(bench.wanted) if wanted and _left_as_it_was(marked, ("bottom", i))]
    if not bench.drifts:
        bench.findings.property = "repeatable"
        bench.draws_backward = _draws(bench, tried, diffs)


def _left_as_it_was(marked, name):
    return all(bool(np.all(diffs[name] == mark)) for diffs, mark in zip(marked, (7.25, -3.5)))


def _draws(bench, tried, diffs):
    """Whether the backward draws."""
    tried.tops()
    states = tried.draws.take()
    found = []
    try:
        for seed in (SEED + 5, SEED + 6):
            tried.draws.stir(seed)
            found.append(tried.only_backward(diffs))
    finally:
        tried.draws.put(states)
    said = "the backward draws random numbers of its own: the diff of `%s` is not that of the forward's draw"
    return _same_gradients(bench, tried, found[0], found[1], said)


def check_once_drawn(bench):
    """A layer whose numbers differ between instances, but never between forwards, has drawn them in its set-up."""
    if bench.random_layer:
        return
    point = bench.point()
    found = []
    for seed in (1, 2):
        before = np.random.get_state()
        np.random.seed(seed)
        try:
            bench.seeded = False
            tried = Tried(bench, point)
            found.append((tried.tops(), tried.gradients(bench.cotangents(tried.point.bottoms and tried.tops(),
                                                                         np.random.RandomState(3)))))  # fmt: skip
        finally:
            bench.seeded = True
            np.random.set_state(before)
    if not all_equal(found[0][0], found[1][0]):
        bench.findings.fault(
            "random numbers are drawn once, at set-up: every forward has the same ones", level="warning",
            where=bench.text(), method="forward",
            help="`forward` draws, and keeps what the backward needs",
        )  # fmt: skip


def check_other_sizes(bench):
    """Other sizes in an instance that is there already give what a new one gives, and instances do not meet."""
    held, refused, worst = [], [], 0.0
    for words, shapes in bench.others():
        outcome = _other_size(bench, words, shapes)
        (held if outcome else refused).append(words)
    _other_phase(bench)
    _interleaved(bench)
    how = ", ".join(held + ["both phases", "two at once"])
    how += "; refused: " + ", ".join(refused) if refused else ""
    bench.findings.row(how, worst)


def _other_size(bench, words, shapes):
    """Whether the layer takes these sizes; faults are told."""
    where = "%s, %s" % (words, bench.text(shapes))
    try:
        point = bench.point(shapes)
        fresh = Tried(bench, point)
        tops = fresh.tops()
        diffs = bench.cotangents(tops)
        wanted = fresh.gradients(diffs)
    except Broken as broken:
        if not broken.refusal:
            # Some need their image, and should say so; values that were given may speak of samples that are gone.
            level = "warning" if words.startswith("image") or bench.given() else "error"
            bench.findings.broken(broken, where + bench.given(), level)
        return False
    _unsized(bench, tops, where)
    try:
        _resize(bench, point, tops, diffs, wanted, where)
    except Broken as broken:
        bench.findings.fault(
            "an instance that has run on other sizes %s" % broken.said.split(" ", 1)[1], where=where,
            help=broken.help or "`reshape` is called before every forward: sizes are read there, not in `setup`",
            line=broken.line, method=broken.stage, path=broken.path,
        )  # fmt: skip
    return True


def _unsized(bench, tops, where):
    """What was never given to the tops shows as NaN in all of them."""
    for j, top in enumerate(tops):
        if np.size(top) and np.isnan(top).all() and not bench.knows_formulas:
            blob = bench.name("top", j)
            bench.findings.fault("`%s` is not a number" % blob, blob, where=where, method="forward")


def _resize(bench, point, tops, diffs, wanted, where):
    home = bench.point()
    tried = Tried(bench, home)
    base = tried.tops()
    tried.gradients(bench.cotangents(base))
    if bench.blobs_fit(tried, point):
        tried.move(point)
    else:
        return
    got = tried.tops()
    for j, (top, new) in enumerate(zip(tops, got)):
        if top.shape != new.shape:
            blob = bench.name("top", j)
            bench.findings.fault(
                "`%s` keeps the shape %s where a new instance gives %s" % (blob, _shape(new), _shape(top)), blob,
                where=where, method="reshape", help="`top[%d].reshape(...)` belongs into `reshape`" % j,
            )  # fmt: skip
            return
        _close(bench, "top", j, new, top, "an instance that has run on other sizes gives another `%s`", where)
    found = tried.gradients(diffs)
    said = "an instance that has run on other sizes gives another diff of `%s`"
    for name in bench.differentiated(tried):
        _close(bench, name[0], name[1], found[name], wanted[name], said, where)
    tried.move(home)
    for j, (top, new) in enumerate(zip(base, tried.tops())):
        _close(bench, "top", j, new, top, "back on the first sizes `%s` is another one", where)


def _close(bench, kind, number, got, wanted, said, where):
    if near(got, wanted, bench.eps):
        return
    blob, place = bench.name(kind, number), first_other(got, wanted)
    bench.findings.fault(said % blob, blob, place, None if place is None else got[place],
                         None if place is None else wanted[place], ("it gives", "a new one"), where,
                         method="forward" if kind == "top" else "backward")  # fmt: skip


def _shape(array):
    return "x".join([str(size) for size in np.shape(array)]) or "scalar"


def _other_phase(bench):
    where = bench.text(phase=TEST)
    try:
        tried = Tried(bench, bench.point(phase=TEST), TEST)
        tops = tried.tops()
        tried.gradients(bench.cotangents(tops))
        if bench.random_layer and not bench.knows_formulas and not all_equal(tops, _stirred(tried)):
            bench.findings.fault("random numbers are drawn in TEST", where=where, level="warning", method="forward")
    except Broken as broken:
        bench.findings.broken(broken, where)


def _stirred(tried):
    states = tried.draws.take()
    tried.draws.stir(SEED + 9)
    try:
        return tried.tops(restore=False, blobs=True)
    finally:
        tried.draws.put(states)


def _interleaved(bench):
    """Forward of one, forward of the other, backward of the first: as if each were alone."""
    others = bench.others()
    for phase in (TRAIN, TEST):
        first = Tried(bench, bench.point())
        alone = first.tops()
        diffs = bench.cotangents(alone)
        wanted = first.gradients(diffs)
        first.tops()
        try:
            shapes = others[0][1] if others else None
            second = Tried(bench, bench.point(shapes, phase=phase), phase)
            second.gradients(bench.cotangents(second.tops()))
        except Broken:
            return
        said = "with another instance between forward and backward, the diff of `%s` is another one"
        _same_gradients(bench, first, wanted, first.only_backward(diffs), said)
        for j, (top, new) in enumerate(zip(alone, first.tops())):
            _same_top(bench, j, top, new, "with another instance beside it, `%s` is another one")
