"""The process in which a class is tried: `python child.py TASK.json EVENTS.jsonl`.

It runs on the Python that the user named, which may be an old one and knows nothing of layerdsl. What it finds goes
line by line into the second file, so that it is known what was going on should the process end.
"""
# mypy: ignore-errors

from __future__ import division, print_function

import io
import json
import os
import sys
import types


def main(task_path, events_path):
    """Tries what the task says, and writes every event down."""
    with io.open(task_path, encoding="utf-8") as file:
        task = json.loads(file.read())
    events = io.open(events_path, "ab")  # noqa: SIM115 -- to the end of the process

    def tell(kind, entry):
        events.write((json.dumps({"event": kind, "entry": entry}) + "\n").encode("ascii"))
        events.flush()

    _watch(task["time_limit"])
    package = _package(task["folders"])
    tell("python", {"version": package.runs.python_version()})
    _run(package, task, tell)
    tell("end", {})


def _watch(seconds):
    """Shortly before the time is over, where it is spent is written to standard error."""
    try:
        import faulthandler
    except ImportError:  # Python 2
        return
    faulthandler.enable()
    faulthandler.dump_traceback_later(max(seconds - 1, 0.5), exit=False)


class _Package(object):
    def __init__(self, names):
        for name in names:
            setattr(self, name, __import__("layerdsl_probe." + name, fromlist=[name]))


def _package(folders):
    """This folder and that of the stand-in as one package; nothing in them hides a module of the user's."""
    package = types.ModuleType("layerdsl_probe")
    package.__path__ = [str(folder) for folder in folders]
    sys.modules["layerdsl_probe"] = package
    sys.path.pop(0)  # this folder, put there by Python
    return _Package(["runs", "bench", "properties", "broken", "loading", "standin"])


def _run(package, task, tell):
    host = _host(package, task, tell)
    if host is None:
        return
    bench = package.bench.Bench(host, _specs(task["bottoms"]), task["propagate_down"], task["tops"], task["names"],
                                task["seed"])  # fmt: skip
    bench.findings.tell = tell
    bench.by_hand, bench.const_tops = frozenset(task["by_hand"]), frozenset(task["const_tops"])
    bench.knows_formulas = bench.strict_in_place = task["knows_formulas"]
    package.properties.check(bench, task["properties"])
    tell("tops", {"tops": bench.tops})


def _specs(specs):
    import numpy as np

    return [dict(spec, values=np.load(spec["file"])) if spec.get("file") else spec for spec in specs]


def _host(package, task, tell):
    """Loads the class; what hinders that is a fault."""
    loading = package.loading
    try:
        if task["host"] == "caffe":
            import caffe

            if hasattr(caffe, "set_mode_cpu"):
                caffe.set_mode_cpu()
            module = loading.load(task)
            loading.find(module, task["layer"], caffe.Layer)
            return package.runs.OnCaffe(caffe, module.__name__, task["layer"], str(task["param_str"]),
                                        task["memories"])  # fmt: skip
        standin = package.standin
        loading.pretend(standin.caffe)
        layer_class = loading.find(loading.load(task), task["layer"], standin.Layer)
        return package.runs.OnStandin(standin, layer_class, _text(task["param_str"]), True, task["memories"])
    except loading.NotLoaded as fault:
        tell("fault", fault.entry)
    return None


def _text(text):
    return text if isinstance(text, str) else text.encode("utf-8")  # Caffe gives a `str` on Python 2 as well


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
    sys.stdout.flush()
    os._exit(0)  # threads and handlers of the user's are not waited for
