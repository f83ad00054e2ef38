"""Fixtures for tests on real Caffe: `run_on_caffe` runs a script there, `run_on_python2` one on Python 2.7 with the
stand-in, `on_both` runs layers on real Caffe and on the stand-in and gives every blob of both."""

import json
import os
import pathlib
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from layerdsl.caffe import standin

HERE = pathlib.Path(__file__).resolve().parent
HARNESS = HERE / "harness"
TOOLS = HERE.parent.parent / "tools"


def pytest_collection_modifyitems(items):
    """All tests of this folder bear the mark `real`."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


@dataclass(frozen=True)
class Result:
    """What a script left: `arrays` is its out.npz, `json` its out.json, `folder` where it ran."""

    status: int
    stdout: str
    stderr: str
    folder: pathlib.Path
    arrays: dict
    json: object


@pytest.fixture(scope="session")
def real_caffe():
    """The folder of real Caffe. Where it can't be had, the test is skipped, but in CI it fails."""
    made = subprocess.run([TOOLS / "real-caffe"], capture_output=True, text=True, check=False)
    if made.returncode:
        why = "no real Caffe: " + " ".join(made.stderr.strip().splitlines()[-2:])
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)
    return pathlib.Path(made.stdout.strip())


@pytest.fixture(scope="session")
def run_on_caffe(real_caffe, tmp_path_factory):
    """`run(script, files={}, inputs={}, args=(), env={}, check=True, timeout=120) -> Result`.

    `script`: the text of a Python script, or a `pathlib.Path`. It runs with real Caffe in a new folder which holds
    `files` (name to text, bytes, or a path to copy; `a/b.py` makes a folder) and, as in.npz, the arrays of `inputs`.
    That folder and the harness (`import realnet`) are on its PYTHONPATH, so that emitted modules in `files` are found.
    An exit status other than 0 fails the test with what the script said, unless `check=False`.
    """
    return lambda script, files=None, **options: run_script(
        [TOOLS / "caffe-python"], script, tmp_path_factory, files=files, **options
    )


@pytest.fixture(scope="session")
def run_on_python2(real_caffe, tmp_path_factory):
    """As `run_on_caffe`, on Python 2.7 with NumPy 1.16, where `caffe` is the stand-in (and `standin` itself too)."""

    def run(script, files=None, **options):
        with_standin = {"standin.py": pathlib.Path(standin.__file__), "caffe.py": "from standin import *\n"}
        command = [TOOLS / "caffe-python", "--python2"]
        return run_script(command, script, tmp_path_factory, files=with_standin | dict(files or {}), **options)

    return run


@pytest.fixture(scope="session")
def on_both(run_on_caffe):
    """`on_both(modules, cases, arrays) -> (real, standin)`: every blob, data and diff, after every step on both.

    `modules`: name of a module to its text (hand-written or emitted). `cases` and `arrays`: see harness/steps.py; there
    is one process on real Caffe for all of them. Both results map names such as `CASE.0.bottom0.diff` to arrays.
    """

    def run(modules, cases, arrays):
        files = {"cases.json": json.dumps(cases), **module_files(modules)}
        real = run_on_caffe(HARNESS / "real_steps.py", files=files, inputs=arrays)
        return real.arrays, on_standin(modules, cases, arrays)

    return run


def module_files(modules):
    """Where modules of these (dotted) names lie, with the `__init__.py` of the packages around them."""
    packages = {str(parent): "" for name in modules for parent in pathlib.Path(name.replace(".", "/")).parents[:-1]}
    inits = {package + "/__init__.py": "" for package in packages}
    return inits | {name.replace(".", "/") + ".py": text for name, text in modules.items()}


def on_standin(modules, cases, arrays):
    steps, standin_steps = harness_modules("steps", "standin_steps")
    loaded = {name: standin.load(text, name) for name, text in modules.items()}
    return steps.run(cases, arrays, standin_steps.maker(standin, loaded.__getitem__))


def harness_modules(*names):
    """Modules of the harness, which import each other by their bare names as they do on the other Pythons."""
    sys.path.insert(0, str(HARNESS))
    try:
        return [__import__(name) for name in names]
    finally:
        sys.path.remove(str(HARNESS))


def run_script(command, script, folders, files=None, inputs=None, args=(), env=None, check=True, timeout=120):
    folder = folders.mktemp("real")
    place = {"script.py": script} if isinstance(script, str) else {}
    for name, content in (place | dict(files or {})).items():
        put(folder / name, content)
    if inputs is not None:
        np.savez(folder / "in.npz", **inputs)
    done = subprocess.run(
        [*command, "script.py" if place else script, *args],
        cwd=folder,
        env=environment(folder) | dict(env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    if check and done.returncode:
        pytest.fail(f"the script ended with status {done.returncode}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return Result(done.returncode, done.stdout, done.stderr, folder, arrays_of(folder), json_of(folder))


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pathlib.Path):
        content = content.read_bytes()
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def environment(folder):
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return os.environ | threads | {"PYTHONPATH": f"{folder}:{HARNESS}", "PYTHONDONTWRITEBYTECODE": "1"}


def arrays_of(folder):
    if not (folder / "out.npz").exists():
        return {}
    with np.load(folder / "out.npz") as arrays:
        return dict(arrays)


def json_of(folder):
    path = folder / "out.json"
    return json.loads(path.read_text()) if path.exists() else None
