"""Each of the ten layers, emitted, beside the same by hand, by autograd at run time, and Caffe's own."""

import pytest

from benchmarks import allocations, pairs

# NumPy converts types through small buffers of its own, within a call; an array of a blob's size is far above.
ALLOWED_BYTES = 4096


def test_all_agree(columns):
    assert max(pairs.disagreement(columns).values()) < pairs.TOLERANCE


@pytest.mark.parametrize("direction", pairs.DIRECTIONS)
def test_speed(columns, workload, direction, benchmark, rounds, results, no_garbage_collection):
    others = {name: column for name, column in columns.items() if name != "emitted"}
    watches = {name: pairs.Stopwatch() for name in others}

    def run_others():
        for name, column in others.items():
            watches[name](getattr(column, direction))

    benchmark.group = workload.name
    emitted = getattr(columns["emitted"], direction)
    benchmark.pedantic(emitted, setup=run_others, rounds=rounds, warmup_rounds=pairs.WARM_UP)
    seconds = {name: watch.seconds[-rounds:] for name, watch in watches.items()}
    results["layers"].setdefault(workload.name, {})[direction] = {"emitted": benchmark.stats.stats.data, **seconds}


def test_allocates_nothing(columns, workload, results):
    column = columns["emitted"]
    path = column.single.layer.forward.__code__.co_filename
    growth = max(
        (allocations.largest(getattr(column, direction), path) for direction in pairs.DIRECTIONS),
        key=lambda growth: growth.bytes,
    )
    results["layers"].setdefault(workload.name, {})["growth"] = growth.bytes
    assert growth.bytes <= ALLOWED_BYTES, f"line {growth.line}"


def test_inside_caffe(workload, inside_caffe, results):
    measured = inside_caffe(workload.name)
    results["caffe"]["versions"] = measured["versions"]
    results["caffe"][workload.name] = measured["layers"][workload.name]["seconds"]
    assert max(measured["layers"][workload.name]["differs"].values()) < pairs.TOLERANCE
