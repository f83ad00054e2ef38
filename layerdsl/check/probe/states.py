"""Property 10: blobs are filled once, and what a layer remembers is in them, so that it is saved and restored."""
# mypy: ignore-errors

from __future__ import division

import numpy as np

from .bench import Point, Tried, all_equal, first_other, same_bits
from .broken import Broken
from .runs import TEST, TRAIN


def check_states(bench):
    """What was put into the blobs stays there; a new instance with the blobs of an old one goes on as that one does."""
    point = bench.point()
    tried = Tried(bench, point)
    count = len(tried.run.blobs)
    if _filled_once(bench, point):
        _kept_at_setup(bench, point)
    _goes_on(bench, point)
    _taken_up(bench, point)
    words = "%d blobs, %d of them states" % (count, len(bench.states)) if count else "nothing is kept in blobs"
    bench.findings.row(words + "; restored in another instance" if count else words)


def _filled_once(bench, point):
    """Whether blobs that a snapshot has restored are not filled again by the reshapes and forwards that follow."""
    kept = True
    for phase in (TRAIN, TEST):
        tried = Tried(bench, point, phase)
        for _ in range(2):
            tried.tops(blobs=True)
        for k, array in enumerate(point.blobs):
            if k in bench.states and (phase == TRAIN or bench.knows_formulas):
                continue
            if not same_bits(tried.run.blobs[k].data, array.astype(bench.dtype)):
                blob = bench.name("blob", k)
                place = first_other(tried.run.blobs[k].data, array)
                words = "is updated in TEST" if k in bench.states else "is filled again after it was restored"
                got, kept = (None, None) if place is None else (tried.run.blobs[k].data[place], array[place])
                level = "warning" if k in bench.states else "error"
                kept = kept and k in bench.states
                bench.findings.fault("`%s` %s" % (blob, words), blob, place, got, kept, ("it is", "restored was"),
                                     bench.text(phase=phase), method="forward", level=level)  # fmt: skip
    return kept


def _kept_at_setup(bench, point):
    """Blobs that are there before `setup`, as where a prototxt holds them, are neither filled again nor doubled."""
    given = point.blobs[: len(point.blobs) - len(bench.host.memories)]
    where = "where the prototxt has `blobs` for the layer; " + bench.text()
    try:
        found = bench.run(point.bottoms, blobs=given).blobs if given else []
    except Broken as broken:
        bench.findings.broken(broken, where, level="warning")
        return
    filled = [k for k, array in enumerate(given) if not same_bits(found[k].data, array.astype(bench.dtype))]
    if len(found) > len(given) + len(bench.host.memories):
        said = "`setup` adds blobs to those that are there already"
    elif filled:
        said = "`setup` fills `%s` again, which is there already" % bench.name("blob", filled[0])
    else:
        return
    bench.findings.fault(said, where=where, level="warning", method="setup",
                         help="`if len(self.blobs) == 0:` before blobs are made and filled")  # fmt: skip


def _taken_up(bench, point):
    """What is restored into an instance in use is what it goes on from."""
    tried = Tried(bench, point)
    rounds = []
    for _ in range(2):
        tried.tops()
        rounds.append([np.array(tried.run.blobs[k].data) for k in bench.states])
    for k, first, second in zip(bench.states, rounds[0], rounds[1]):
        if not same_bits(first, second):
            blob, place = bench.name("blob", k), first_other(second, first)
            got, kept = (None, None) if place is None else (second[place], first[place])
            bench.findings.fault(
                "what is restored into `%s` of an instance in use is not what it goes on from" % blob, blob, place, got,
                kept, ("afterwards it is", "the first time it was"), bench.text(), method="forward",
            )  # fmt: skip


def _goes_on(bench, point):
    """After some forwards, a new instance with the same blobs gives the same."""
    old = Tried(bench, point, keep=False)
    for seed in (21, 22, 23):
        moved = bench.point(random=np.random.RandomState(seed))
        old.run.set_bottoms(moved.bottoms)
        old.draws.stir(seed)
        with np.errstate(all="ignore"):
            old.run.forward()
    saved = [np.array(blob.data, np.float64) for blob in old.run.blobs]
    here = Point(point.bottoms, saved)
    new = Tried(bench, here, keep=False)
    old.move(here)
    kept, got = old.tops(), new.tops()
    if not all_equal(kept, got) and not bench.drifts:
        j = [same_bits(a, b) for a, b in zip(kept, got)].index(False)
        blob, place = bench.name("top", j), first_other(kept[j], got[j])
        bench.findings.fault(
            "a new instance with the blobs of an old one gives another `%s`: something is kept outside of them" % blob,
            blob, place, None if place is None else got[j][place], None if place is None else kept[j][place],
            ("restored it is", "before it was"), bench.text(), method="forward",
        )  # fmt: skip
