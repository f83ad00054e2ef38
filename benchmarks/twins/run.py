"""Runs what docs/twins.md is made of: the cases of tests/real/twins, and the timings."""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "real"))

from twins import runner  # noqa: E402
from twins.case import BOUND  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


def emitted(folder):
    """All twins in this folder; what is wrong with those that can't be emitted, by name."""
    names = sorted(path.stem for path in runner.STDLIB.glob("*.layer"))
    errors = {name: runner.emit(name, folder) for name in names}
    return {name: error for name, error in errors.items() if error}


def differences(folder):
    """For each twin how many cases there are, its worst difference, the widest bound, and the cases that failed."""
    found = {}
    for path in runner.files():
        cases = runner.cases_of(path)
        results = runner.run(path, cases, folder)
        for case in cases:
            _count(found.setdefault(case.twin, {"cases": 0, "worst": 0.0, "bounds": {}, "failed": []}), case, results)
    return found


def _count(entry, case, results):
    result = results[case.title]
    entry["cases"] += 1
    if result.error or not result.worst <= case.bound:
        entry["failed"].append(case.name)
        return
    entry["worst"] = max(entry["worst"], result.worst)
    if case.bound > BOUND:
        entry["bounds"][case.name] = {"bound": case.bound, "worst": result.worst, "why": case.why}


def timings(folder, threads, rounds, *words):
    """The lines of inside_caffe.py, one for each case, on this many threads."""
    path = pathlib.Path(folder) / ("timings%d.jsonl" % threads)
    command = [runner.CAFFE, HERE / "inside_caffe.py", path, str(rounds), *words]
    environment = runner.environment(folder, threads=threads)
    for _ in range(10):  # a process that Caffe ended is followed by one for the cases that are left
        if not subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
            break
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in lines if "forward" in line or "error" in line]


def types():
    """Caffe's registry."""
    return asked("list(caffe.layer_type_list())")


def versions():
    """Those that run the twins."""
    return asked("dict(caffe=caffe.__version__, python=sys.version.split()[0], numpy=numpy.__version__)")


def asked(expression):
    """The value of an expression on real Caffe."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "ask.py"
        script.write_text("import json, sys, caffe, numpy\nprint(json.dumps(%s))\n" % expression)
        done = subprocess.run([runner.CAFFE, script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
