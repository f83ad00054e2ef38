"""Runs files of cases on real Caffe, and gives what was found by the title of the case."""

import json
import os
import pathlib
import runpy
import subprocess
import tempfile
import traceback
from dataclasses import dataclass

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source
from layerdsl.source.render import full

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
STDLIB = ROOT / "stdlib" / "caffe"
CAFFE = ROOT / "tools" / "caffe-python"


@dataclass(frozen=True)
class Found:
    """What differed: `rows` of phase, pass, array and difference; `error` where it could not be run."""

    error: str
    rows: list

    @property
    def worst(self):
        return max((row[-1] for row in self.rows), default=0.0)


def files():
    """All files of cases."""
    return sorted((HERE / "cases").glob("*.py"))


def cases_of(path):
    """The cases in a file."""
    return runpy.run_path(str(path))["CASES"]


def run(path, cases, folder):
    """Everything found in the cases of this file; the emitted modules go to `folder`."""
    errors = {twin: emit(twin, folder) for twin in {case.twin for case in cases}}
    found = {case.title: Found(errors[case.twin], []) for case in cases if errors[case.twin]}
    left = [case.title for case in cases if case.title not in found]
    while left:
        lines, said = process(path, left, folder)
        done = {line["case"]: Found(line["error"], line["rows"]) for line in lines if "rows" in line}
        begun = [line["case"] for line in lines]
        fell = [title for title in begun[-1:] if title not in done] or ([] if done else left[:1])
        found.update(done)
        found.update({title: Found("the process ended\n" + said, []) for title in fell})
        left = [title for title in left if title not in found]
    return found


def process(path, titles, folder):
    """One process of real Caffe: the lines that it wrote, and the end of what it said."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [CAFFE, HERE / "on_caffe.py", path, *titles],
            cwd=place,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        written = pathlib.Path(place) / "found.jsonl"
        lines = written.read_text().splitlines() if written.exists() else []
    return [json.loads(line) for line in lines], (done.stdout + done.stderr)[-2000:]


def environment(*folders, threads=1):
    """One thread, and what the scripts import: the emitted modules, this package, and the harness."""
    count = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), "PYTHONDONTWRITEBYTECODE": "1"}
    path = [*folders, HERE.parent, HERE.parent / "harness"]
    return os.environ | count | {"PYTHONPATH": ":".join(map(str, path))}


def emit(twin, folder):
    """The module of a twin into the folder; gives what is wrong with it, in words, or nothing."""
    path = STDLIB / (twin + ".layer")
    try:
        compiled = compile_source(Source(path.name, path.read_text(encoding="utf-8")))
        if not compiled.diagnostics:
            (pathlib.Path(folder) / (twin + ".py")).write_text(python_module(compiled.layers), encoding="utf-8")
        return full(compiled.diagnostics)
    except Exception:
        return traceback.format_exc()
