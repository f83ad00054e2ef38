"""What an emitted layer does where an index says to which place a value belongs: taken from there, or added up there.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: UP031, B905 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np


def _gather(
    x: Any, index: Any, along: int, over: int, places: Any, outside: Any, spare: Any, result: Any, out: Any
) -> None:
    """out[..., i] = x[..., index[..., i]]; 0 where the index lies outside.

    along: how many of the last axes of `x` the index counts through, as one. over: how many of the last axes of `out`
    and `index` are in place of them. places, outside: room for whole numbers and conditions of the shape of `out`;
    spare, result: for `x` and `out`, where these do not lie in order.
    """
    if not out.size:
        return
    lead = out.shape[: out.ndim - over]
    sizes = spare.shape[spare.ndim - along :]
    flat, steps, size = _row(x, len(lead), sizes, spare)
    places, outside, result = [room.reshape(out.shape) for room in (places, outside, result)]
    np.copyto(places, index, casting="unsafe")
    lost = _move_inside(places, size, outside)
    _to_offsets(places, steps, lead)
    target = out if out.flags.c_contiguous and out.dtype == flat.dtype else result
    np.take(flat, places, out=target, mode="clip")
    if lost:
        np.copyto(target, 0, where=outside)
    if target is not out:
        np.copyto(out, target)


def _with_axes(x: Any, count: int) -> Any:
    """An array or number with at least so many axes, those that it lacks in front and of size 1."""
    x = np.asarray(x)
    return x[(None,) * (count - x.ndim)]


def _cut_off(room: Any, shape: Any) -> Any:
    """The first part of a room, of this shape."""
    return room.reshape(-1)[: int(np.prod(shape))].reshape(shape)


def _row(x: Any, lead: int, sizes: Any, spare: Any) -> Any:
    """The memory of an array in a row, the steps in it along each leading axis and along the last, how many these are.

    sizes: of the last axes, which count as one. spare: room of the array's shape, used where it does not lie in order.
    """
    x = _with_axes(x, lead + len(sizes))
    steps = [step // x.itemsize for step in x.strides]
    turned = x.transpose(sorted(range(x.ndim), key=lambda i: -steps[i]))
    joined = [steps[i] == steps[i + 1] * x.shape[i + 1] for i in range(lead, x.ndim - 1)]
    if not (turned.flags.c_contiguous and all(joined) and x.shape[lead:] == sizes and x.dtype == spare.dtype):
        room = _cut_off(spare, x.shape[:lead] + sizes)
        np.copyto(room, x)
        x = turned = room
        steps = [step // x.itemsize for step in x.strides]
    moves = [0 if x.shape[i] == 1 else steps[i] for i in range(lead)]
    return turned.reshape(-1), moves + [steps[-1]], int(np.prod(sizes))


def _move_inside(places: Any, size: int, outside: Any) -> bool:
    """Whether any place lies outside an axis of this size; those are noted, and made 0."""
    if places.min() >= 0 and places.max() < size:
        return False
    np.greater_equal(places.view(np.uintp), np.uintp(size), out=outside)  # what is negative is large then
    np.copyto(places, 0, where=outside)
    return True


def _count_up(numbers: Any) -> None:
    """0, 1, 2, ... in place."""
    numbers[:1] = 0
    done = 1
    while done < len(numbers):
        part = numbers[done : 2 * done]
        np.add(numbers[: len(part)], done, out=part)
        done *= 2


def _to_offsets(places: Any, steps: Any, lead: Any) -> None:
    """From places along an axis to offsets in memory: steps along the leading axes and along that one."""
    if steps[-1] != 1:
        np.multiply(places, steps[-1], out=places)
    for axis, step in enumerate(steps[:-1]):
        for a in range(0, lead[axis] if step else 0, 256):
            part = places[(slice(None),) * axis + (slice(a, a + 256),)]
            moves = np.arange(a * step, (a + part.shape[axis]) * step, step)
            np.add(part, moves.reshape((-1,) + (1,) * (places.ndim - axis - 1)), out=part)


def _rows(x: Any, index: Any, used: Any, where: str, name: str, over: int, labels: Any, room: Any, out: Any) -> None:
    """out[..., i] = x[..., index[i]], for an index that has none of the leading axes.

    used: where the values matter; elsewhere an index may lie outside. where, name: for the message if one does. over:
    how many axes the index has. labels: room for it in whole numbers; room: for some of the values.
    """
    index, used = [_with_axes(one, over) for one in (index, used)]
    index, used = [one.reshape(one.shape[one.ndim - over :]) for one in (index, used)]
    np.copyto(labels, index, casting="unsafe")
    size = x.shape[-1]
    if labels.size and (labels.min() < 0 or labels.max() >= size):
        wrong = ((labels < 0) | (labels >= size)) & used
        if wrong.any():
            found = (index + np.zeros(wrong.shape))[wrong][0]
            raise ValueError("%s: %s holds %g, the axis has places 0 to %d" % (where, name, found, size - 1))
        np.clip(labels, 0, size - 1, out=labels)
    if out.size:
        _take_rows(x, labels, room, out)


def _take_rows(x: Any, labels: Any, room: Any, out: Any) -> None:
    """In one go where both arrays lie in one order; else by way of the room, or row after row."""
    turn = sorted(range(x.ndim), key=lambda i: -x.strides[i])
    last, lead = turn.index(x.ndim - 1), [i for i in turn if i < x.ndim - 1]
    source = x.transpose(turn)
    target = out.transpose(lead[:last] + list(range(x.ndim - 1, out.ndim)) + lead[last:])
    ordered = source.flags.c_contiguous and x.shape[:-1] == out.shape[: x.ndim - 1]
    if ordered and target.flags.c_contiguous and source.dtype == target.dtype:
        np.take(source, labels, axis=last, out=target, mode="clip")
    elif ordered and source.dtype == room.dtype:
        _take_parts(source, labels, last, room, target)
    else:
        for place, label in zip(np.ndindex(*labels.shape), labels.reshape(-1)):
            np.copyto(out[(Ellipsis,) + place], x[..., label])


def _take_parts(source: Any, labels: Any, axis: int, room: Any, target: Any) -> None:
    """From an axis of `source` to where the axes of `labels` stand in `target`, as much at a time as the room holds."""
    before = (slice(None),) * axis
    some = room.size * len(labels) // target.size
    if some:
        for a in range(0, len(labels), some):
            part = labels[a : a + some]
            goal = target[before + (slice(a, a + some),)]
            taken = np.take(source, part, axis=axis, out=room[: goal.size].reshape(goal.shape), mode="clip")
            np.copyto(goal, taken)
    else:
        for a, some_labels in enumerate(labels):
            if labels.ndim > 1:
                _take_parts(source, some_labels, axis, room, target[before + (a,)])
            else:
                np.copyto(target[before + (a,)], source[before + (some_labels,)])


def _put_back(g: Any, index: Any, along: int, over: int, places: Any, values: Any, result: Any, out: Any) -> None:
    """out[..., index[..., i]] = g[..., i] and 0 elsewhere; no place is named twice, and none lies outside.

    along, over: how many of the last axes of `out`, and of `g` and `index`, that are. places: room for whole numbers of
    the shape of `index`; values, result: for `g` and `out`, used where these do not lie in order.
    """
    if not out.size:
        return
    lead = out.shape[: out.ndim - along]
    flat, steps, _ = _row(out, len(lead), result.shape[result.ndim - along :], result)
    flat[...] = 0
    g, places = np.asarray(g), places.reshape(lead + places.shape[places.ndim - over :])
    np.copyto(places, index, casting="unsafe")
    _to_offsets(places, steps, lead)
    if not (g.flags.c_contiguous and g.shape == places.shape):
        room = values.reshape(places.shape)
        np.copyto(room, g)
        g = room
    flat[places] = g
    if not np.may_share_memory(flat, out):
        np.copyto(out, result.reshape(out.shape))


def _add_by(
    g: Any,
    index: Any,
    where: str,
    name: str,
    over: int,
    onto: bool,
    labels: Any,
    values: Any,
    sums: Any,
    part: Any,
    total: Any,
    hot: Any,
    weights: Any,
    bins: Any,
    out: Any,
) -> None:
    """out[..., k] = the sum of g[..., i] over all i with index[..., i] == k.

    over: how many of the last axes of `g` and `index` are summed. where, name: for the message if an index lies outside
    where `g` is not 0; without a name such an index is passed over. onto: whether the sums are added to what stands in
    `out`. labels, values, sums: room for `index` in whole numbers, for `g` along all axes and for `out`; part, total:
    for what belongs to one row of labels, once in double precision; hot, weights, bins: for 65,536 numbers, 16,384
    double ones and 16,384 whole ones.
    """
    lead, size = out.ndim - 1, out.shape[-1]
    g, index = [_with_axes(one, lead + over) for one in (g, index)]
    index = np.broadcast_to(index, index.shape[:lead] + values.shape[values.ndim - over :])
    if name:
        _check_labels("%s: %s" % (where, name), index, g, size)
    if not (out.size and index.size):
        out[...] = out if onto else 0
        return
    own = [i for i in range(lead) if index.shape[i] > 1]
    turn = own + [i for i in range(lead) if i not in own] + list(range(lead, lead + over))
    labels = _copied(labels, index.transpose(turn)).reshape(-1, int(np.prod(index.shape[lead:])))
    rows, count = out.size // size // len(labels), labels.shape[1]
    if len(labels) == 1 and _by_rows(g, labels[0], index.shape[lead:], onto, values, sums, out):
        return
    shape = [out.shape[i] for i in turn[:lead]]
    np.copyto(values.reshape(shape + list(index.shape[lead:])), g.transpose(turn))
    values, found = values.reshape(len(labels), rows, count), sums.reshape(len(labels), rows, size)
    part, total = part.reshape(rows, size), total.reshape(rows, size)
    if rows == 1 and 8 * count < len(labels) and labels.min() >= 0 and labels.max() < size:
        _by_steps(values, labels, found, hot, bins)
    elif rows == 1 or size > 64 or not _by_products(values, labels, found, part, total, hot):
        _by_counting(values, labels, found, total, weights, bins)
    _put_sums(sums.reshape(shape + [size]), onto, out.transpose(turn[:lead] + [lead]))


def _put_sums(sums: Any, onto: bool, out: Any) -> None:
    """To `out`, or added to what stands there."""
    if onto:
        np.add(out, sums, out=out)
    else:
        np.copyto(out, sums)


def _copied(room: Any, x: Any) -> Any:
    """The values in the room, in their order."""
    room = _cut_off(room, x.shape)
    np.copyto(room, x, casting="unsafe")
    return room


def _check_labels(place: str, index: Any, g: Any, size: int) -> None:
    """An index may lie outside only where it brings 0."""
    if index.size and (index.min() < 0 or index.max() >= size):
        wrong = ((index < 0) | (index >= size)) & (g != 0)
        if wrong.any():
            found = (index + np.zeros(wrong.shape))[wrong][0]
            raise ValueError("%s holds %g, the axis has places 0 to %d" % (place, found, size - 1))


def _by_rows(g: Any, labels: Any, rest: Any, onto: bool, room: Any, sums: Any, out: Any) -> bool:
    """As `_add_by`, for labels that all leading places share: by whole rows, where these are long; False elsewhere."""
    lead, count, size = out.ndim - 1, len(labels), out.shape[-1]
    g, rows = g.transpose(list(range(lead, g.ndim)) + list(range(lead))), np.rollaxis(out, lead)
    length = out.size // size
    otherwise = length * min(4 + (3000.0 + 2 * size) / count, 0.06 * size + 0.5 if size <= 64 else 1e9)
    whole = g.flags.c_contiguous and g.shape == tuple(rest) + rows.shape[1:]
    if whole and 100 + 1.4 * length < otherwise:
        g = g.reshape((count,) + rows.shape[1:])
        straight = rows.flags.c_contiguous
        total = rows if straight else sums.reshape(rows.shape)
        _add_rows(g, labels, onto and straight, room.reshape(g.shape), total)
        if not straight:
            _put_sums(total, onto, rows)
        return True
    if 1000 + 0.5 * length < otherwise:
        _row_by_row(g, labels.reshape(rest), onto, rows)
        return True
    return False


def _row_by_row(g: Any, labels: Any, onto: bool, rows: Any) -> None:
    """As `_add_rows`, for rows that do not lie in order."""
    if not onto:
        rows[...] = 0
    for place in np.ndindex(*labels.shape[:-1]):
        for label, values in zip(labels[place], g[place]):
            if 0 <= label < len(rows):
                row = rows[label]
                np.add(row, values, row)


def _add_rows(g: Any, labels: Any, onto: bool, room: Any, rows: Any) -> None:
    """rows[k] = the sum of g[i] over labels[i] == k, for labels with whole rows; with `onto` it is added.

    In rounds: each takes one row for each label, so that no two go to one place. What a few labels have in abundance is
    then summed for each of them. room: for `g`.
    """
    order = np.argsort(labels, kind="mergesort")
    order = order[(labels[order] >= 0) & (labels[order] < len(rows))]
    found = labels[order]
    begins = np.flatnonzero(np.append(True, found[1:] != found[:-1])[: len(found)])
    lengths = np.diff(np.append(begins, len(found)))
    if not onto:
        rows[...] = 0
    first = not onto
    while len(begins) > 8:
        for some in np.array_split(begins, 1 if first or 2 * len(begins) <= len(room) else 2):
            count = len(some)
            new = np.take(g, order[some], axis=0, out=room[:count], mode="clip")
            if not first:
                there = np.take(rows, found[some], axis=0, out=room[count : 2 * count], mode="clip")
                np.add(new, there, out=new)
            rows[found[some]] = new
        begins, lengths, first = begins[lengths > 1] + 1, lengths[lengths > 1] - 1, False
    for begin, length in zip(begins, lengths):
        part = np.take(g, order[begin : begin + length], axis=0, out=room[:length], mode="clip")
        rows[found[begin]] += np.add.reduce(part, axis=0)


def _by_steps(values: Any, labels: Any, sums: Any, room: Any, bins: Any) -> None:
    """As `_by_counting` for many short rows of one value each: no two of a step have the same place."""
    flat, size = sums.reshape(-1), sums.shape[2]
    sums.fill(0)
    for a in range(0, len(labels), len(bins)):
        part = labels[a : a + len(bins)]
        places, found = bins[: len(part)], room[: len(part)]
        for i in range(labels.shape[1]):
            _count_up(places)
            np.add(places, a, out=places)
            np.multiply(places, size, out=places)
            np.add(part[:, i], places, out=places)
            np.take(flat, places, out=found, mode="clip")
            np.add(found, values[a : a + len(bins), 0, i], out=found)
            flat[places] = found


def _by_products(values: Any, labels: Any, sums: Any, part: Any, total: Any, hot: Any) -> bool:
    """sums[p, r, k] = the sum of values[p, r, i] over labels[p, i] == k, as products with a matrix of 0 and 1.

    False where something is not finite, which times 0 would reach all sums.
    """
    size, count = sums.shape[2], labels.shape[1]
    classes, step = np.arange(size)[:, None], min(len(hot) // size, 1024)  # more would be added in single precision
    for p in range(len(labels)):
        total.fill(0)
        for a in range(0, count, step):
            some = labels[p, a : a + step]
            matrix = hot[: len(some) * size].reshape(size, -1)
            np.equal(classes, some, out=matrix)
            np.matmul(values[p, :, a : a + step], matrix.T, out=part)
            np.add(total, part, out=total)
        np.copyto(sums[p], total)
    return bool(np.isfinite(np.add.reduce(sums, axis=None)))


def _by_counting(values: Any, labels: Any, sums: Any, total: Any, weights: Any, bins: Any) -> None:
    """As `_by_products`, by counting with weights; with one count more for what lies outside."""
    size, count = sums.shape[2], labels.shape[1]
    some = min(max(960 // (size + 1), 1), max(len(bins) // count, 1))  # rows at a time
    starts = np.arange(some)[:, None] * (size + 1)
    for p in range(0, len(labels), some):
        total.fill(0)
        for a in range(0, count, len(bins)):
            part = labels[p : p + some, a : a + len(bins)]
            numbers = bins[: part.size].reshape(part.shape)
            np.minimum(part.view(np.uintp), np.uintp(size), out=numbers.view(np.uintp))  # negative is large
            np.add(numbers, starts[: len(part)], out=numbers)
            for r in range(sums.shape[1]):
                weight = _copied(weights[: part.size], values[p : p + some, r, a : a + len(bins)])
                found = np.bincount(numbers.reshape(-1), weight.reshape(-1), (size + 1) * len(part))
                found = found.reshape(len(part), size + 1)[:, :size]
                if len(part) == 1:
                    np.add(total[r], found[0], out=total[r])
                    found = total[r]
                sums[p : p + some, r] = found
