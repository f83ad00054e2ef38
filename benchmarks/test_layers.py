"""Each of the ten layers, emitted, beside the same by hand, by autograd at run time, and Caffe's own."""

import pytest

from benchmarks import allocations, on_stand_in, pairs, workloads


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


def test_speed_when_small(workload, emitted, rounds, results):
    small = next(small for small in workloads.SMALL if small.name == workload.name)
    columns = on_stand_in.columns(small, emitted)
    results["small"][small.name] = pairs.interleaved(columns, 10 * rounds)


def test_allocates_nothing(columns, workload, results):
    column = columns["emitted"]
    path = column.single.layer.forward.__code__.co_filename
    growth = allocations.of_both(column, path)
    results["layers"].setdefault(workload.name, {})["growth"] = growth.bytes
    assert growth.bytes <= allocations.ALLOWED_BYTES, f"line {growth.line}"


def test_inside_caffe(workload, inside_caffe, results):
    measured = inside_caffe(workload.name)
    layer = measured["layers"][workload.name]
    results["caffe"]["versions"] = measured["versions"]
    results["caffe"][workload.name] = {**layer["seconds"], "growth": layer["growth"]}
    assert max(layer["differs"].values()) < pairs.TOLERANCE
    assert layer["growth"] <= allocations.ALLOWED_BYTES
