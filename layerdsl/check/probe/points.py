"""Values for the bottoms of a class, by what was said of them.

A bottom is said by a dictionary: `shape`, and `kind`:

    normal           numbers of both signs (others where the tops are not finite with these)
    labels           whole numbers from 0 to `labels` - 1, and `others`
    range            numbers from `low` to `high`
    given            `values` and others near by
"""
# mypy: ignore-errors

from __future__ import division

import numpy as np


def label_count(spec):
    """How many labels there are; 0 where it holds none."""
    return spec["labels"] if spec["kind"] == "labels" else 0


def bottom_values(spec, mode, random):
    """New values in this shape; `mode` is the range of what has none of its own."""
    shape = tuple(spec["shape"])
    if spec["kind"] == "labels":
        known = np.array(list(range(spec["labels"])) + spec.get("others", []), np.float64)
        return known[random.randint(0, len(known), shape)]
    if spec["kind"] == "range":
        return random.uniform(spec["low"], spec["high"], shape)
    if spec["kind"] == "given":
        return np.array(spec["values"], np.float64).reshape(shape)
    if mode == "any":
        return np.asarray(random.standard_normal(shape))
    low, high = (0.1, 0.9) if mode == "unit" else (1.2, 3.0)
    return np.asarray(random.uniform(low, high, shape))


def resized(spec, shape):
    """The same for another shape; values that were given are cut, or repeated."""
    if tuple(spec["shape"]) == tuple(shape):
        return spec
    found = dict(spec, shape=list(shape))
    if spec["kind"] == "given":
        values = np.array(spec["values"], np.float64).reshape(spec["shape"])
        for axis, size in enumerate(shape):
            values = np.take(values, np.arange(size) % max(values.shape[axis], 1), axis=axis)
        found["values"] = values
    return found


def other_shapes(shapes):
    """Other sizes to try: name and shapes. The first axis of all bottoms that share its size is the batch; axes behind
    the second are the image, of the bottoms that share theirs."""
    batch = shapes[0][0] if shapes and shapes[0] else None
    found = []
    if batch is not None:
        others = [("batch %d" % size, size) for size in (1, batch + 1, batch - 1)]
        found += [(name, _with_batch(shapes, batch, size)) for name, size in others if size >= 1 and size != batch]
    if any(len(shape) > 2 for shape in shapes):
        found += [_with_image(shapes, change) for change in (_larger, _smaller, lambda size: 1)]
    unlike = [(name, each) for name, each in found if list(each) != list(shapes)]
    return [one for k, one in enumerate(unlike) if one[1] not in [other[1] for other in unlike[:k]]]


def smallest(shapes):
    """The shapes with a batch of one and an image of 2x2: what is divided by how many there are is large there."""
    batch = shapes[0][0] if shapes and shapes[0] else None
    found = _with_batch(shapes, batch, 1) if batch else list(shapes)
    if any(len(shape) > 2 for shape in found):
        found = _with_image(found, lambda size: min(size, 2))[1]
    return [found] if [tuple(shape) for shape in shapes] != found else []


MANY, MOST = 1100, 20000  # entries


def larger_batches(shapes):
    """The shapes with a batch so large that one of the bottoms has more than a thousand entries, if they have less."""
    sizes = [int(np.prod(shape)) for shape in shapes if shape]
    if not sizes or not shapes[0] or max(sizes) >= MANY or not max(sizes):
        return []
    batch = shapes[0][0]
    times = -(-MANY // max(sizes))
    found = _with_batch(shapes, batch, batch * times)
    return [found] if max(int(np.prod(shape)) for shape in found) < MOST else []


def _with_batch(shapes, batch, size):
    return [(size,) + tuple(shape[1:]) if shape and shape[0] == batch else tuple(shape) for shape in shapes]


def _with_image(shapes, change):
    image = next(tuple(shape[2:]) for shape in shapes if len(shape) > 2)
    changed = tuple([change(size) for size in image])
    return "image %s" % "x".join(map(str, changed)), [
        tuple(shape[: -len(image)]) + changed if _has_image(shape, image) else tuple(shape) for shape in shapes
    ]


def _has_image(shape, image):
    """Whether the last axes are those of the image, behind a batch: labels often have no axis of channels."""
    return len(shape) > len(image) and tuple(shape[-len(image) :]) == image and len(shape) > 2


def _larger(size):
    return size + 1


def _smaller(size):
    return max(size - 1, 1)
