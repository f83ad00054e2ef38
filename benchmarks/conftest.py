"""One thread, the measured columns as fixtures, and the tables after the last test."""

import os
import pathlib
import sys

# Before NumPy is imported: its BLAS reads them once.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import gc  # noqa: E402
import json  # noqa: E402
import subprocess  # noqa: E402

import pytest  # noqa: E402

from benchmarks import machine, on_stand_in, pairs, report, workloads  # noqa: E402

RESULTS = pytest.StashKey()
TOOLS = ROOT / "tools"


def pytest_addoption(parser):
    parser.addoption("--rounds", type=int, default=pairs.ROUNDS, help="rounds of every pair")
    parser.addoption("--results", default=".benchmarks/results.json", help="where the figures go")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.option.benchmark_columns = ["median", "iqr", "rounds"]
    config.stash[RESULTS] = {"layers": {}, "small": {}, "caffe": {}, "compile": {}}


def pytest_generate_tests(metafunc):
    if "columns" in metafunc.fixturenames:
        named = {workload.name: workload for workload in workloads.WORKLOADS}
        metafunc.parametrize("columns", named.values(), ids=named.keys(), indirect=True, scope="module")


@pytest.fixture(scope="session")
def rounds(request):
    return request.config.getoption("--rounds")


@pytest.fixture(scope="session")
def results(request):
    """What the report is made of; the tests write into it."""
    return request.config.stash[RESULTS]


@pytest.fixture(scope="session")
def emitted(tmp_path_factory):
    """The folder of the ten emitted modules."""
    folder = tmp_path_factory.mktemp("emitted")
    on_stand_in.compile_layers(folder)
    return folder


@pytest.fixture(scope="module")
def columns(request, emitted):
    """The layers of one workload on the stand-in, by the name of their column, after one forward and backward."""
    made = on_stand_in.columns(request.param, emitted)
    for column in made.values():
        column.forward()
        column.backward()
    return made


@pytest.fixture(scope="module")
def workload(columns):
    return columns["emitted"].workload


@pytest.fixture
def no_garbage_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def inside_caffe(emitted, rounds, tmp_path_factory):
    """`measure(workload)`: the pairs on real Caffe, as inside_caffe.py gives them."""
    if subprocess.run([TOOLS / "real-caffe"], capture_output=True, check=False).returncode:
        pytest.skip("no real Caffe: `tools/real-caffe` says why")
    out = tmp_path_factory.mktemp("caffe") / "out.json"
    script = pathlib.Path(__file__).with_name("inside_caffe.py")

    def measure(name):
        subprocess.run([TOOLS / "caffe-python", script, emitted, out, str(rounds), name], check=True)
        return json.loads(out.read_text())

    return measure


def pytest_terminal_summary(terminalreporter, config):
    results = config.stash[RESULTS]
    if results["layers"]:
        results["machine"] = machine.describe()
        path = pathlib.Path(config.getoption("--results"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results))
        terminalreporter.write_line("\n" + report.markdown(results))
        terminalreporter.write_line(f"written to {path}")
