"""What an emitted layer does with shapes, labels and masks.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them.
"""
# ruff: noqa: UP031, B905, C419, C404, RUF007 - what is emitted runs on Python 2.7

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np


@contextlib.contextmanager
def _settings() -> Any:
    """NumPy as it is fastest here, and silent: what is not finite shows in the result.

    Along an axis shorter than its buffer, NumPy copies what it broadcasts through it; so the buffer is made small.
    """
    size = np.setbufsize(512)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        np.setbufsize(size)


def _over(a: float, b: float) -> float:
    """a / b; where b is 0, infinite or not a number, as in arrays."""
    return a / b if b else a * float("inf")


def _match(layer: str, blob: str, shape: Any, axes: Any, sizes: Any) -> None:
    """Read the sizes of the named axes off a blob's shape, and hold them against those that are known.

    axes: a name, a number that has to be met, or `*S` for a group. Axes of size 1 may be missing or stand behind.
    """
    found = _aligned(list(shape), axes)
    if found is None:
        declared = ", ".join([str(axis) for axis in axes])
        raise ValueError("%s: %s has shape %s, declared is [%s]" % (layer, blob, tuple(shape), declared))
    _hold(layer, blob, axes, found, sizes)


def _hold(layer: str, blob: str, axes: Any, found: Any, sizes: Any) -> None:
    """Note the sizes that were found for the axes of a blob, or hold them against those that are known."""
    for axis, size in zip(axes, found):
        if isinstance(axis, str):
            known, where = sizes.setdefault(axis, (size, blob))
            if _bare(known) != _bare(size):
                axis = axis.lstrip("*")
                raise ValueError(
                    "%s: axis %s has size %s in %s, but %s in %s"
                    % (layer, axis, _text(size), blob, _text(known), where)
                )


def _match_at(layer: str, blob: str, shape: Any, axes: Any, begins: Any, sizes: Any) -> None:
    """As `_match`, with the positions at which some of the axes stand: None, a position, or `(n,)` for n further on."""
    found = _placed(list(shape), axes, begins, sizes) or _as_known(shape, axes, sizes)
    if found is None:
        stated = [" at +%s" % begin if isinstance(begin, tuple) else " at %s" % begin for begin in begins]
        declared = [str(axis) + (at if begin is not None else "") for axis, at, begin in zip(axes, stated, begins)]
        plain = [begin for begin in begins if begin is not None and not isinstance(begin, tuple)]
        falls = len({begin < 0 for begin in plain}) == 1 and plain != sorted(plain)
        why = ", whose positions do not rise" if falls else ""
        what = (layer, blob, tuple(shape), ", ".join(declared), why)
        raise ValueError("%s: %s has shape %s, declared is [%s]%s" % what)
    _hold(layer, blob, axes, found, sizes)


def _as_known(shape: Any, axes: Any, sizes: Any) -> Any:
    """The sizes that all axes are known to have, where the shape is these but for axes of size 1; else None."""
    known = [axis if isinstance(axis, int) else sizes.get(axis, (None,))[0] for axis in axes]
    if None in known:
        return None
    wanted = [one for size in known for one in (size if isinstance(size, tuple) else (size,))]
    return known if _bare(tuple(shape)) == _bare(tuple(wanted)) else None


def _match_joined(
    layer: str, first: int, blob: str, shapes: Any, axes: Any, begins: Any, joined: str, sizes: Any
) -> Any:
    """Where each of several blobs lies in what they are joined along one axis; on all other axes they agree."""
    parts, end = [], 0
    for i, shape in enumerate(shapes):
        own = dict([(axis, size) for axis, size in sizes.items() if axis != joined])
        what = "bottom[%d] `%s`" % (first + i, blob)
        if begins is None:
            _match(layer, what, shape, axes, own)
        else:
            _match_at(layer, what, shape, axes, begins, own)
        start, end = end, end + own.pop(joined)[0]
        parts.append(slice(start, end))
        sizes.update(own)
    _hold(layer, "all of `%s` together" % blob, [joined], [end], sizes)
    return parts


def _pieces(layer: str, blob: str, axis: str, size: int, count: int, points: Any) -> Any:
    """The parts into which an axis is cut for several tops: at the points given, or all of one length."""
    if not points:
        if size % count:
            raise ValueError("%s: axis %s of size %d can't be cut into %d equal parts" % (layer, axis, size, count))
        points = [i * (size // count) for i in range(1, count)]
    edges = [0] + list(points) + [size]
    if len(points) != count - 1:
        raise ValueError("%s: %d tops `%s` need %d points, not %d" % (layer, count, blob, count - 1, len(points)))
    if min([b - a for a, b in zip(edges, edges[1:])]) < 1:
        raise ValueError("%s: axis %s of size %d can't be cut at %s" % (layer, axis, size, list(points)))
    return [slice(a, b) for a, b in zip(edges, edges[1:])]


def _listed(layer: str, dims: Any, total: int, like: Any) -> Any:
    """The sizes of a group from a list, as Caffe's Reshape reads it: 0 is the size of the axis of this place in `like`,
    and one -1 is what is left of so many elements."""
    shape = [like[i] if dim == 0 and i < len(like) else dim for i, dim in enumerate(dims)]
    known = _product([size for size in shape if size != -1])
    if shape.count(-1) == 1 and known > 0 and total % known == 0:
        shape[shape.index(-1)] = total // known
    if min(shape + [1]) < 1 or _product(shape) != total:
        raise ValueError("%s: %d elements of shape %s don't fit into %s" % (layer, total, tuple(like), list(dims)))
    return tuple(shape)


def _placed(shape: Any, axes: Any, begins: Any, sizes: Any) -> Any:
    """The part of the shape that belongs to each axis, or None where they do not fit."""
    edges, last = [(0, 0)], 0
    for i, begin in enumerate(begins):
        if begin is not None:
            last = _edge(begin, last, len(shape), len(edges) > 1)
            edges.append((i, last))
    edges.append((len(axes), len(shape)))
    found: Any = []
    for k in range(len(edges) - 1):
        (i, a), (j, b) = edges[k : k + 2]
        part = _in_stretch(shape[a:b], axes[i:j], sizes) if a <= b <= len(shape) else None
        if part is None:
            return None
        found += part
    return found


def _edge(begin: Any, last: int, rank: int, behind: bool) -> int:
    """A position counted from the first axis: what is negative counts from the end, and so does 0 behind another."""
    if isinstance(begin, tuple):
        return rank if begin[0] < 0 else last + int(begin[0])
    return int(begin + rank if begin < 0 or (begin == 0 and behind) else begin)


def _in_stretch(shape: Any, axes: Any, sizes: Any) -> Any:
    """The sizes of the axes between two stated positions; of the groups, one that is not known takes what is left."""
    groups = [str(axis).startswith("*") for axis in axes]
    lengths = [(len(sizes[axis][0]) if axis in sizes else None) if group else 1 for axis, group in zip(axes, groups)]
    rest = len(shape) - sum([length for length in lengths if length is not None])
    found: Any = []
    for axis, length in zip(axes, lengths):
        part = shape[: rest if length is None else length] if length is not None or rest > 0 else []
        shape = shape[len(part) :]
        found.append(tuple(part) if str(axis).startswith("*") else part[0] if part else None)
    fits = not shape and all([isinstance(a, str) or a == size for a, size in zip(axes, found)])
    return found if fits and None not in found else None


def _aligned(shape: Any, axes: Any) -> Any:
    """The part of the shape that belongs to each axis, or None where they do not fit."""
    for wanted in (axes, [axis for axis in axes if axis != 1]):
        found = _split_shape(shape, wanted)
        if found is not None:
            rest = iter(found)
            return [1 if axis == 1 and len(wanted) < len(axes) else next(rest) for axis in axes]
    return None


def _split_shape(shape: Any, axes: Any) -> Any:
    stars = [i for i, axis in enumerate(axes) if str(axis).startswith("*")]
    fixed = len(axes) - len(stars)
    shape = shape + [1] * (fixed - len(shape))
    while not stars and len(shape) > fixed and shape[-1] == 1:
        shape = shape[:-1]
    if stars:
        end = stars[0] + len(shape) - fixed
        shape = shape[: stars[0]] + [tuple(shape[stars[0] : end])] + shape[end:]
    fits = len(shape) == len(axes) and all([isinstance(a, str) or a == size for a, size in zip(axes, shape)])
    return shape if fits else None


def _bare(size: Any) -> Any:
    """The size of an axis; of a group without axes of size 1, which Caffe's old blobs carry."""
    return tuple([one for one in size if one != 1]) if isinstance(size, tuple) else size


def _text(size: Any) -> str:
    return "x".join([str(one) for one in size]) or "none" if isinstance(size, tuple) else str(size)


def _values_of(*named: Any) -> str:
    """What a message shows of the values behind it: `, pad is 1`; nothing of one that the net does not give."""
    return "".join([", %s is %s" % (name, _text(value)) for name, value in named if value is not None])


def _open_group(layer: str, group: str, sizes: Any) -> None:
    """Note the axes of a group one by one, as three of which the first may lack and have size 1, and their number."""
    if "*" + group in sizes:
        found, blob = sizes["*" + group]
        if len(found) > 3:
            what = "windows run along at most three axes"
            raise ValueError("%s: %s, but %s has %s in %s" % (layer, what, group, _text(found), blob))
        for i, size in enumerate(((1, 1, 1) + tuple(found))[-3:]):
            sizes["%s.%d" % (group, i)] = (size, blob)
        sizes[group + ".n"] = (len(found), blob)


def _entry(numbers: Any, place: int) -> int:
    """One of the numbers for the axes of a group, which one that is counted from the last; a single one is for all.

    1 where there are none: `reshape()` refuses that, if there are any axes.
    """
    return int(numbers[place % len(numbers)]) if numbers else 1


def _product(shape: Any) -> int:
    """How many elements a group of axes holds."""
    count = 1
    for size in shape:
        count *= size
    return count


def _add_blob(blobs: Any, layer: str, what: str, *shape: int) -> None:
    """A new blob; one with an empty axis, or of more than 2 ** 31 - 1 entries, ends Caffe's process without a word."""
    if min(shape + (1,)) < 1 or _product(shape) >= 2**31:
        raise ValueError("%s: %s would have shape %s" % (layer, what, shape))
    blobs.add_blob(*shape)


def _parts(sizes: Any, inner: int, added: Any = ()) -> Any:
    """Slices that cut the axes of these sizes into parts that fit the cache: of about 1 MB, or 2 MB with whole axes.

    inner: how many elements there are for each place of these axes. Rows of less than 8,192 elements cost more than the
    cache gains, so with whole axes that many stay together along the last axis. added: the axes, by number, over which
    is added up; of them 32 places stay together if that leaves such rows, so that a sum is met once for so many terms.
    """
    room = (524288 if inner > 1 else 262144) // max(inner, 1)
    least = 8192 if inner > 1 else 1
    terms, together = {}, 1
    for i in reversed(added):
        terms[i] = max(min(sizes[i], 32 // together), 1)
        together *= terms[i]
    whole = added if together * min(tuple(sizes[-1:]) + (8192,)) <= room else ()
    room //= together if whole else 1
    steps: list[int] = []
    for i, size in reversed(list(enumerate(sizes))):
        if i in whole:
            steps.insert(0, terms[i])
            continue
        count = -(-size // min(size, max(room, least))) if size else 1
        steps.insert(0, -(-size // count) or 1)
        room = max(room // size, 1) if size and steps[0] == size else 1
        least = 1
    parts: Any = [()]
    for size, step in zip(sizes, steps):
        parts = [part + (slice(a, min(a + step, size)),) for part in parts for a in range(0, size, step)]
    return parts


def _cut(buffer: Any, *shape: Any) -> Any:
    """The first elements of a flat buffer as an array of this shape; a slice stands for its length."""
    lengths = [one.stop - one.start if isinstance(one, slice) else one for one in shape]
    return buffer[: _product(lengths)].reshape(lengths)


def _bits(mask: Any, bits: Any) -> Any:
    """The mask as integers, 1 where it holds and 0 elsewhere: a branch per element would cost ten times as much."""
    np.copyto(bits, mask)
    return bits


def _where(bits: Any, a: Any, b: Any, out: Any) -> None:
    """out = a where `bits` is 1, b where it is 0."""
    kind = bits.dtype
    a = np.asarray(a, out.dtype).view(kind)
    b = np.asarray(b, out.dtype).view(kind)
    out = out.view(kind)
    np.bitwise_xor(a, b, out=out)
    np.multiply(out, bits, out=out)
    np.bitwise_xor(out, b, out=out)


def _mask(bits: Any, a: Any, out: Any) -> None:
    """out = a where `bits` is 1, else 0, also where a is not finite."""
    kind = bits.dtype
    np.multiply(np.asarray(a, out.dtype).view(kind), bits, out=out.view(kind))


def _put_together(ufunc: Any, values: Any, out: Any) -> None:
    """out = all the arrays put together, one after the other; there is one at least."""
    if len(values) == 1:
        np.copyto(out, values[0])
    else:
        ufunc(values[0], values[1], out=out)
    for value in values[2:]:
        ufunc(out, value, out=out)


# NumPy before 1.22 compares row with row ten times slower in a reduction than by a call for each row.
_SLOW_EXTREMES = tuple([int(part) for part in np.__version__.split(".")[:2]]) < (1, 22)


def _extreme(pair: Any, x: Any, axis: Any, out: Any, spare: Any = None) -> None:
    """The largest or smallest; pair: `np.maximum` or `np.minimum`. Of nothing, the lowest number or the highest.

    spare: room of the result's shape, for one axis that is not the last.
    """
    if x.size == 0:
        limits = np.iinfo(out.dtype) if out.dtype.kind == "i" else np.finfo(np.float32)
        out.fill(limits.min if pair is np.maximum else limits.max)
        return
    if spare is None or not _SLOW_EXTREMES or x.shape[axis] < 2 or out.size < 2048:
        pair.reduce(x, axis=axis, out=out)
        return
    rows = np.rollaxis(x, axis)
    count = len(rows)
    last, other = (out, spare) if count % 2 == 0 else (spare, out)
    pair(rows[0], rows[1], out=last)
    for i in range(2, count):
        pair(last, rows[i], out=other)
        last, other = other, last


def _place(extreme: Any, x: Any, axis: int, out: Any) -> None:
    """The place of the largest or smallest along an axis; extreme: `np.argmax` or `np.argmin`. Of nothing, -1."""
    if x.size:
        extreme(x, axis=axis, out=out)
    else:
        out.fill(-1)


def _pairs(a: Any, b: Any, a64: Any, b64: Any, a2: Any, b2: Any, both: Any, ab: Any, out: Any) -> None:
    """out[i, j] = the squared distance of a[i] and b[j], as |a|^2 + |b|^2 - 2 a.b in double precision.

    What rounding leaves of equal rows, below 1e-13 of their lengths, counts as 0.
    """
    np.copyto(a64, a)
    np.matmul(a64[:, None, :], a64[:, :, None], out=a2[:, None, None])
    if b is a:
        b64, b2 = a64, a2
    else:
        np.copyto(b64, b)
        np.matmul(b64[:, None, :], b64[:, :, None], out=b2[:, None, None])
    np.add(a2[:, None], b2, out=both)
    np.dot(a64, b64.T, out=ab)
    np.multiply(ab, -2, out=ab)
    np.add(ab, both, out=ab)
    np.multiply(both, 1e-13, out=both)
    np.greater(ab, both, out=both)
    np.multiply(ab, both, out=out, casting="same_kind")


def _spread(w: Any, a: Any, b: Any, axis: int, w64: Any, a64: Any, b64: Any, total: Any, out64: Any, out: Any) -> None:
    """out = the sum over j (axis 1) or i (axis 0) of w[i, j] * (a[i] - b[j]), in double precision."""
    np.copyto(w64, w)
    np.copyto(a64, a)
    np.copyto(b64, b)
    np.add.reduce(w64, axis=axis, out=total)
    if axis:
        np.dot(w64, b64, out=out64)
        np.multiply(a64, total[:, None], out=a64)
        np.subtract(a64, out64, out=out64)
    else:
        np.dot(w64.T, a64, out=out64)
        np.multiply(b64, total[:, None], out=b64)
        np.subtract(out64, b64, out=out64)
    np.copyto(out, out64)


def _positions(place: str, index: Any, size: int, stride: int, base: Any, out: Any, used: Any = None) -> None:
    """Where the entries lie in the flattened array that `index` picks from along an axis of this size and stride.

    used: where the picked values matter; elsewhere an index may lie outside, as labels to be ignored do.
    """
    np.copyto(out, index, casting="unsafe")
    if used is not None and used is not False:
        np.multiply(out, used, out=out)
    if used is not False and out.size and (out.min() < 0 or out.max() >= size):
        wrong = (index + np.zeros(out.shape))[(out < 0) | (out >= size)][0]
        raise ValueError("%s holds %g, the axis has places 0 to %d" % (place, wrong, size - 1))
    if used is not None:
        np.copyto(out, index, casting="unsafe")
        np.clip(out, 0, size - 1, out=out)
    np.multiply(out, stride, out=out)
    np.add(out, base, out=out)
