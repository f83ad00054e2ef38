"""How an emitted layer convolves in large steps: places of a picture that lie a step apart are neighbours.

A phase is what of a picture lies a step apart; there are as many as a step has places. Among phases windows step by
one place, so few windows see a place, and what comes out is laid out once for each of them: for a deconvolution of 16
places in steps of 8, 4 times few numbers, where windows of the picture have 256 offsets. The weights are turned to fit.

`along`: see `layerdsl.caffe.windows`, with windows that are not dilated. Shapes: phases [group, channels, steps,
grid], laid out [group, shifts, filters, grid], turned weights [group, shifts, filters, channels, steps]; steps, shifts
and grid have an entry for each axis with windows.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: B905 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.windows import _count, _meeting, _room, _sizes


def _grid(along: Any) -> Any:
    """How many places a phase has, as far as windows see."""
    return tuple([one[1] + (one[2] - 1) * one[5] // one[3] for one in along])


def _shifts(along: Any) -> Any:
    """How many windows see a place."""
    return tuple([(one[2] - 1) // one[3] + 1 for one in along])


def _is_by_phase(along: Any, filters: int, channels: int) -> bool:
    """Whether this takes fewer numbers than windows of the picture laid out, and few more products."""
    if max(_sizes(along, 5) + (1,)) > 1:
        return False
    grid, shifts, steps = _count(_grid(along)), _count(_shifts(along)), _count(_sizes(along, 3))
    places, offsets = _count(_sizes(along, 1)), _count(_sizes(along, 2))
    numbers = shifts * filters * grid + channels * steps * grid + shifts * filters * channels * steps
    return numbers <= channels * offsets * places and 4 * shifts * steps * grid <= 5 * offsets * places


def _phase_rooms(along: Any, group: int, filters: int, channels: int, room: Any) -> Any:
    """Room for what comes out, filled with 0, and for the weights; nothing where windows are laid out instead."""
    if not _is_by_phase(along, filters, channels):
        return None, None
    laid = (group,) + _shifts(along) + (filters,) + _grid(along)
    turned = (group,) + _shifts(along) + (filters, channels) + _sizes(along, 3)
    first = _room(room, *laid)
    first[...] = 0
    return first, _room(room.reshape(-1)[first.size :], *turned)


def _seen(along: Any, shift: Any) -> Any:
    """The offsets of a window that lie in the phases at this shift, and their phases."""
    first = [at * one[3] for at, one in zip(shift, along)]
    last = [min(start + one[3], one[2]) for start, one in zip(first, along)]
    here = [slice(a, b) for a, b in zip(first, last)]
    return (Ellipsis,) + tuple(here), (Ellipsis,) + tuple([slice(0, b - a) for a, b in zip(first, last)])


def _turn(weights: Any, along: Any, turned: Any) -> None:
    """Weights [group, filters, channels and offsets] by the phases that they are for."""
    weights = _with_offsets(weights, along, turned)
    turned[...] = 0
    for shift in np.ndindex(*_shifts(along)):
        here, there = _seen(along, shift)
        np.copyto(turned[(slice(None),) + shift][there], weights[here])


def _turn_back(turned: Any, along: Any, weights: Any) -> None:
    """The adjoint of `_turn`, added to what stands there."""
    weights = _with_offsets(weights, along, turned)
    for shift in np.ndindex(*_shifts(along)):
        here, there = _seen(along, shift)
        np.add(weights[here], turned[(slice(None),) + shift][there], out=weights[here])


def _with_offsets(weights: Any, along: Any, turned: Any) -> Any:
    return weights.reshape(weights.shape[:2] + turned.shape[2 + len(along) : 3 + len(along)] + _sizes(along, 2))


def _shifted(along: Any, shift: Any) -> Any:
    """Where the positions lie that see the places of the grid as their window's place at this shift."""
    return (Ellipsis,) + tuple([slice(at, at + one[1]) for at, one in zip(shift, along)])


def _spread_shifts(y: Any, along: Any, laid: Any) -> None:
    """What comes out, [group, filters, positions], once for each shift; around it `laid` is 0."""
    for shift in np.ndindex(*_shifts(along)):
        np.copyto(laid[(slice(None),) + shift][_shifted(along, shift)], y)


def _gather_shifts(laid: Any, along: Any, out: Any) -> None:
    """The adjoint of `_spread_shifts`."""
    shifts = list(np.ndindex(*_shifts(along)))
    np.copyto(out, laid[(slice(None),) + shifts[0]][_shifted(along, shifts[0])])
    for shift in shifts[1:]:
        np.add(out, laid[(slice(None),) + shift][_shifted(along, shift)], out=out)


def _meetings(along: Any) -> Any:
    """Each phase as an index of the phases, and what places of a picture that is."""
    for index in np.ndindex(*_sizes(along, 3)):
        # a phase is what one place of a window sees, were there as many windows as it has places
        sized = zip(index, _grid(along), along)
        pairs = [_meeting((one[0], n, 1, one[3], one[4] - k, 1), 0) for k, n, one in sized]
        there, here = [(slice(None),) + tuple(part) for part in zip(*pairs)]
        yield (slice(None),) + index, there, here


def _into_phases(picture: Any, outside: Any, along: Any, room: Any) -> Any:
    """The phases of a picture [channels, places], with what lies outside around them."""
    phases = _room(room, len(picture), *(_sizes(along, 3) + _grid(along)))
    phases[...] = outside
    for index, there, here in _meetings(along):
        np.copyto(phases[index][there], picture[here])
    return phases


def _out_of_phases(phases: Any, along: Any, out: Any) -> None:
    """The adjoint of `_into_phases`."""
    out[...] = 0
    for index, there, here in _meetings(along):
        np.copyto(out[here], phases[index][there])


def _matrices(phases: Any, turned: Any, laid: Any, along: Any) -> Any:
    """For each group its phases [channels and steps, grid], turned weights, and what is laid out [rows, grid]."""
    group, rows = len(turned), _count(turned.shape[1 : 2 + len(along)])
    phases = phases.reshape(group, -1, _count(_grid(along)))
    return list(zip(phases, turned.reshape(group, rows, -1), laid.reshape(group, rows, -1)))


def _conv_by_phase(phases: Any, turned: Any, along: Any, laid: Any, out: Any) -> None:
    """out [group, filters, positions] = the sums of the windows of a picture times the weights."""
    for picture, weights, came in _matrices(phases, turned, laid, along):
        np.dot(weights, picture, out=came)
    _gather_shifts(laid, along, out)


def _conv_back_by_phase(y: Any, turned: Any, along: Any, laid: Any, room: Any, out: Any) -> None:
    """The adjoint of `_conv_by_phase` in its picture [channels, places]."""
    _spread_shifts(y, along, laid)
    phases = _room(room, len(out), *(_sizes(along, 3) + _grid(along)))
    for picture, weights, came in _matrices(phases, turned, laid, along):
        np.dot(weights.T, came, out=picture)
    _out_of_phases(phases, along, out)


def _conv_weights_by_phase(phases: Any, y: Any, along: Any, laid: Any, turned: Any, total: Any) -> None:
    """The adjoint of `_conv_by_phase` in its weights [group, filters, channels and offsets], added to `total`."""
    _spread_shifts(y, along, laid)
    for picture, weights, came in _matrices(phases, turned, laid, along):
        np.dot(came, picture.T, out=weights)
    _turn_back(turned, along, total)
