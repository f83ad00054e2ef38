"""What Caffe asks of a layer beyond right numbers: which diffs are written, which added to, what is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from layerdsl.check.case import Array
from layerdsl.check.concrete import base
from layerdsl.check.finding import Finding
from layerdsl.check.subject import Subject
from layerdsl.check.trial import Trial
from layerdsl.gradient.by_hand import by_hand

NOTHING = 1e-9  # a gradient below this is taken for rounding
MARK = 0.8125  # what stands in a diff that is not to be touched


def faults(trial: Trial) -> Iterator[Finding]:
    """Everything that the layer does and should not, or does not and should."""
    subject = trial.subject()
    subject.forward()
    for rule in RULES:
        yield from rule(trial, subject)


def _all_written(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """Whatever the layer is to write is NaN before."""
    right = trial.meaning.tops(trial.case, trial.world())
    for name, value in subject.forward().items():
        if np.isnan(value).any() and not np.isnan(right[name]).any():
            yield _finding(trial, name, f"the forward leaves a part of top `{name}` unwritten", np.isnan(value))
    gradients = subject.gradients(trial.cotangents)
    for bottom in trial.case.layer.bottoms:
        unset = np.isnan(gradients[bottom.name])
        if unset.any() and not _is_nan_anyway(trial, bottom.name):
            said = f"the diff of `{bottom.name}` is left unwritten in part, or is not a number"
            yield _finding(trial, bottom.name, said, unset)


def _is_nan_anyway(trial: Trial, name: str) -> bool:
    right = trial.meaning.gradients(trial.case, trial.world()).get(name)
    return right is not None and bool(np.isnan(right).any())


def _no_gradient_is_zero(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """`force_backward: true` asks for the diff of labels too."""
    gradients = subject.gradients(trial.cotangents)
    derived = trial.case.names(name for name, _ in trial.meaning.program.bottom_diffs)
    for bottom in trial.case.layer.bottoms:
        if bottom.name not in derived and gradients[bottom.name].any():
            said = f"`{bottom.name}` has no gradient, but is given one that is not 0"
            yield _finding(trial, bottom.name, said, gradients[bottom.name] != 0)


def _asked_alone(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """What is asked for does not depend on what else is; what is not asked for stays as it is."""
    everything = subject.gradients(trial.cotangents)
    names = [bottom.name for bottom in trial.case.layer.bottoms]
    for chosen in [[], *([name] for name in names)]:
        subject.forward()
        for name in names:
            subject.diff(name)[...] = MARK
        subject.backward(trial.cotangents, {name: name in chosen for name in names})
        for name in names:
            diff = subject.diff(name)
            if name in chosen and not _equal(diff, everything[name]):
                said = f"the diff of `{name}` is another one when only `propagate_down[{names.index(name)}]` is true"
                yield _finding(trial, name, said, ~np.isclose(diff, everything[name], equal_nan=True))
            elif name not in chosen and (diff != MARK).any():
                said = f"the diff of `{name}` is written although `propagate_down[{names.index(name)}]` is false"
                yield _finding(trial, name, said, diff != MARK)


def _parameters_are_added_to(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """The solver clears the diffs of parameters, once for all batches of a step (`iter_size`)."""
    names = [blob.name for blob in trial.case.layer.blobs if not blob.state]
    once = subject.gradients(trial.cotangents)
    for name in names:
        before = MARK * (1 + np.arange(once[name].size).reshape(once[name].shape) % 3)
        subject.forward()
        subject.diff(name)[...] = before
        subject.backward(trial.cotangents)
        subject.forward()
        subject.backward(trial.cotangents)
        after = subject.diff(name)
        if not np.allclose(after, before + 2 * once[name], rtol=1e-9, atol=1e-9, equal_nan=True):
            assigned = once[name].any() and _equal(after, once[name])
            words = "is assigned" if assigned else "is not what is added to it"
            said = f"the diff of parameter `{name}` {words} in the backward: it has to be added to, for `iter_size`"
            yield _finding(trial, name, said, ~np.isclose(after, before + 2 * once[name]))


def _scaled_by_tops(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """All diffs are as many times as large as those of the tops."""
    once = subject.gradients(trial.cotangents)
    thrice = subject.gradients({name: 3 * diff for name, diff in trial.cotangents.items()})
    given = by_hand(trial.case.layer)
    for name, diff in once.items():
        if base(name) not in given and np.max(np.abs(diff), initial=0) > NOTHING and _equal(diff, thrice[name]):
            tops = " and ".join(f"`{top}`" for top in trial.cotangents)
            said = f"the diff of `{name}` does not depend on the diff of top {tops}: `loss_weight` would do nothing"
            yield _finding(trial, name, said, diff != 0)


def _leaves_alone(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """Data of bottoms and parameters, and what belongs to the tops, is not the backward's to change."""
    layer = trial.case.layer
    read = [*(blob.name for blob in layer.bottoms), *(blob.name for blob in layer.blobs if not blob.state)]
    subject.gradients(trial.cotangents)
    for name in read:
        if not _equal(subject.data(name), trial.values[name]):
            said = f"the data of `{name}` is overwritten"
            yield _finding(trial, name, said, subject.data(name) != trial.values[name])
    for top, diff in trial.cotangents.items():
        if not _equal(subject.diff(top), diff):
            yield _finding(trial, top, f"the diff of top `{top}` is overwritten", subject.diff(top) != diff)


def _in_place(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """A top in the place of the bottom of its number (Caffe allows no other) is the same one, with the same gradients,
    unless the layer refuses it."""
    case = trial.case
    everything = subject.gradients(trial.cotangents)
    tops = subject.forward()
    for number, (bottom, top) in enumerate(zip(case.layer.bottoms, case.layer.tops, strict=False)):
        there = _accepted_in_place(trial, number) if case.shape(bottom) == case.shape(top) else None
        if there is None:
            continue
        words = f"with top `{top.name}` in the place of `{bottom.name}`"
        for name, value in there.forward().items():
            if not _equal(value, tops[name]):
                yield _finding(trial, name, f"{words}, `{name}` is another one", ~np.isclose(value, tops[name]))
        for name, diff in there.gradients(trial.cotangents).items():
            if not _equal(diff, everything[name]):
                said = f"{words}, the diff of `{name}` is another one"
                yield _finding(trial, name, said, ~np.isclose(diff, everything[name]))


def _accepted_in_place(trial: Trial, number: int) -> Subject | None:
    try:
        there = Subject(trial.layer_class, trial.case, trial.values, {number: number})
        there.forward()
    except ValueError as error:
        if not str(error).startswith(trial.case.layer.name):
            raise
        return None
    return there


def _equal(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))


def _finding(trial: Trial, blob: str, said: str, where: NDArray[np.bool_]) -> Finding:
    places = np.argwhere(where)
    return Finding("manners", trial.case, blob, said, tuple(int(i) for i in places[0]) if len(places) else ())


RULES: Final[tuple[Callable[[Trial, Subject], Iterator[Finding]], ...]] = (
    _scaled_by_tops,
    _parameters_are_added_to,
    _asked_alone,
    _no_gradient_is_zero,
    _leaves_alone,
    _all_written,
    _in_place,
)
