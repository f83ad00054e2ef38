"""Random programs: emitted code against what the formulas say, derived backwards against measured slopes.

`EXAMPLES=2000 pytest tests/semantics/test_random_programs.py` tries more than `make test` does.
"""

import os
from itertools import pairwise

import numpy as np
from hypothesis import HealthCheck, given, note, settings
from layers import compilation, emitted
from meaning import values, world
from programs import programs

from layerdsl.caffe.standin import TEST, TRAIN, SingleLayer

EXAMPLES = int(os.environ.get("EXAMPLES", "100"))


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programs())
def test_random_programs_do_what_they_say(drawn):
    check(drawn)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programs(families=True))
def test_random_programs_of_all_families_do_what_they_say(drawn):
    check(drawn)


def check(drawn):
    note(drawn.text)
    compiled = compilation(drawn.text)
    errors = [f"{found.code} {found.message}" for found in compiled.diagnostics if found.level == "error"]
    assert not errors, "the generator makes programs without faults"
    graph = compiled.layers[-1].graph
    where = world(graph, drawn.sizes, train=drawn.train, seed=drawn.seed)
    wanted = values(graph.outputs, where)
    if not all(np.isfinite(value.data).all() and np.abs(value.data).max(initial=0) < 1e6 for value in wanted.values()):
        return
    net = started(graph, drawn, where)
    net.forward()
    for i, blob in enumerate(graph.tops):
        names = [axis.name for axis in blob.axes]
        found, expected = net.top[i].data, wanted[blob.name].over(names)
        np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=1e-9, atol=1e-9)
    check_backward(net, graph, np.random.RandomState(drawn.seed))
    check_parts(net, started(graph, drawn, where, in_parts=True), graph)


def started(graph, drawn, where, in_parts=False):
    """The layer with the values of the world in its bottoms and parameters."""
    bottoms = [ungrouped(where.blobs[blob.name]) for blob in graph.bottoms]
    phase = TRAIN if drawn.train else TEST
    made = emitted(drawn.text, in_parts=in_parts)
    net = SingleLayer(made, bottoms, len(graph.tops), "", phase, dtype=np.float64, poison=True)
    for i, blob in enumerate(graph.blobs):
        net.blobs[i].data[...] = where.blobs[blob.name].data
    for i in range(len(graph.tops)):
        net.top[i].diff[...] = where.cotangents[graph.tops[i].name].data.reshape(net.top[i].diff.shape)
    return net


def ungrouped(value):
    """The data with the group *S as two axes, where its size allows it."""
    shape = [
        [2, n // 2] if name == "S" and n % 2 == 0 else [n]
        for name, n in zip(value.names, value.data.shape, strict=True)
    ]
    return value.data.reshape([n for sizes in shape for n in sizes])


def check_parts(whole, parts, graph):
    """However loops are cut, the values are the same."""
    for net in (whole, parts):
        for i in range(len(graph.blobs)):
            net.blobs[i].diff[...] = 0
        net.forward()
        net.backward()
    for i in range(len(graph.tops)):
        np.testing.assert_allclose(parts.top[i].data, whole.top[i].data, rtol=1e-9, atol=1e-12)
    for i in range(len(graph.bottoms)):
        np.testing.assert_allclose(parts.bottom[i].diff, whole.bottom[i].diff, rtol=1e-8, atol=1e-11)
    for i in range(len(graph.blobs)):
        np.testing.assert_allclose(parts.blobs[i].diff, whole.blobs[i].diff, rtol=1e-8, atol=1e-11)


def check_backward(net, graph, random):
    """The backward agrees with differences along random directions; where those jump, there is a kink."""
    for i in range(len(graph.blobs)):
        net.blobs[i].diff[...] = 0
    net.backward()
    blobs = [net.bottom[i] for i, blob in enumerate(graph.bottoms) if not blob.qualifier]
    blobs += [net.blobs[i] for i in range(len(graph.blobs))]
    diffs = [blob.diff.copy() for blob in blobs]
    assert all(np.isfinite(diff).all() for diff in diffs)
    for _ in range(3):
        directions = [random.uniform(-1, 1, diff.shape) for diff in diffs]
        derived = sum(float(np.sum(diff * direction)) for diff, direction in zip(diffs, directions, strict=True))
        measured, spread = slope(net, blobs, directions)
        if spread < 1e-7 * (1 + abs(measured)):
            assert abs(derived - measured) < 1e-5 * (1 + abs(measured)), (derived, measured)


def slope(net, blobs, directions):
    """How fast the tops weighted by their diffs change along the directions, and how sure that is."""
    start = [blob.data.copy() for blob in blobs]

    def total(step):
        for blob, data, direction in zip(blobs, start, directions, strict=True):
            blob.data[...] = data + step * direction
        net.forward()
        return sum(float(np.sum(net.top[i].data * net.top[i].diff)) for i in range(len(net.top)))

    found = [(total(h) - total(-h)) / (2 * h) for h in (4e-4, 2e-4, 1e-4)]
    finer = [(4 * b - a) / 3 for a, b in pairwise(found)]
    for blob, data in zip(blobs, start, strict=True):
        blob.data[...] = data
    return finer[1], abs(finer[1] - finer[0])
