"""`layerdsl compile` from a cold start: a new process each time."""

import re
import subprocess

import pytest

from benchmarks import workloads
from benchmarks.on_stand_in import LAYERDSL


def hundred_layers():
    """The ten of the benchmark, ten times over under other names."""
    sources = [workloads.source(workload).read_text(encoding="utf-8") for workload in workloads.WORKLOADS]
    return "\n\n".join(
        re.sub(r"^layer (\w+)", rf"layer \g<1>{copy}", text, flags=re.MULTILINE)
        for copy in range(10)
        for text in sources
    )


@pytest.mark.parametrize("what", ["one layer", "100 layers"])
def test_cold_start(what, benchmark, results, tmp_path):
    path = tmp_path / "measured.layer"
    one = workloads.LAYERS / "softmax_loss.layer"
    path.write_text(one.read_text(encoding="utf-8") if what == "one layer" else hundred_layers(), encoding="utf-8")
    command = [LAYERDSL, "compile", path, "-o", tmp_path / "out"]
    benchmark.group = "compile"
    benchmark.pedantic(lambda: subprocess.run(command, check=True), rounds=5, warmup_rounds=1)
    results["compile"][what] = benchmark.stats.stats.data
