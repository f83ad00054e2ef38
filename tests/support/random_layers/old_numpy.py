"""The emitted class on Caffe's own old Python and NumPy, in one process for all programs."""

from __future__ import annotations

import atexit
import functools
import json
import os
import pathlib
import subprocess

import numpy as np

from layerdsl.caffe import standin
from random_layers.experiment import Experiment, PropertyError, Values

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parents[2] / "tools"
EPSILON, NEAR = 1.2e-7, 1e-4
OPTIONS = {"python 3.9": (), "python 2.7": ("--python2",)}


class Server:
    """A process that runs layers."""

    def __init__(self, command: list[str]) -> None:
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | threads
        script = [str(HERE / "old_numpy_server.py"), str(pathlib.Path(standin.__file__).parent)]
        self._process = subprocess.Popen(
            [*command, *script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        atexit.register(self.stop)

    def stop(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait(10)

    def ask(self, head: dict[str, object], arrays: list[np.ndarray]) -> list[np.ndarray]:
        """The arrays that come back; `PropertyError` where the layer fails."""
        data = b"".join(np.ascontiguousarray(array, np.float64).tobytes() for array in arrays)
        self._process.stdin.write(json.dumps(head).encode() + b"\n" + data)
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise PropertyError("it fails there: " + answer["error"].strip().splitlines()[-1])
        return [self._array(shape) for shape in answer["shapes"]]

    def _array(self, shape: list[int]) -> np.ndarray:
        count = int(np.prod(shape, dtype=int))
        return np.frombuffer(self._process.stdout.read(8 * count), np.float64).reshape(shape)


@functools.cache
def server(which: str) -> Server | None:
    """The process of that Python; None where real Caffe is not to be had."""
    try:
        there = subprocess.run([TOOLS / "real-caffe"], capture_output=True, check=False).returncode == 0
    except OSError:
        there = False
    return Server([str(TOOLS / "caffe-python"), *OPTIONS[which]]) if there else None


def check_old_numpy(tried: Experiment) -> int:
    """Whether it was tried."""
    which = "python 2.7" if tried.program.seed % 4 == 0 else "python 3.9"
    found = server(which)
    if found is None:
        return 0
    tried.compare(which, run_there(found, tried, "float64"))
    return 1


def check_float32(tried: Experiment) -> int:
    """In Caffe's own type there, as far as that has digits: whether it was tried."""
    found = server("python 3.9")
    if found is None:
        return 0
    got = run_there(found, tried, "float32")
    for name, right in tried.wanted.items():
        far = _far(got[name], right)
        if far.any() and (far & ~(np.abs(got[name] - right) <= _rounding_of_float32(tried)[name])).any():
            place = tuple(int(i) for i in np.argwhere(far)[0])
            raise PropertyError(f"float32: `{name}` at {place} is {got[name][place]!r}, not {right[place]!r}")
    return 1


def _far(got: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Which entries are not near, as float32 goes; what has overflowed on the way says nothing."""
    usual = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=0.0)
    there = np.isfinite(got) & np.isfinite(wanted)
    with np.errstate(invalid="ignore"):
        return there & ~(np.abs(got - wanted) <= NEAR * np.maximum(np.abs(wanted), max(usual, 1e-3)))


@functools.lru_cache(maxsize=1)
def _rounding_of_float32(tried: Experiment) -> Values:
    return tried.moved_by(EPSILON)


def run_there(server: Server, tried: Experiment, dtype: str) -> Values:
    """What the emitted class gives there."""
    layer, values = tried.case.layer, tried.values
    groups = {"bottoms": layer.bottoms, "blobs": layer.blobs, "memories": layer.memories}
    arrays = {kind: [values[blob.name] for blob in blobs] for kind, blobs in groups.items()}
    arrays["tops"] = [tried.cotangents[top.name] for top in layer.tops]
    head = {kind: [list(array.shape) for array in found] for kind, found in arrays.items()} | {
        "python": tried.python,
        "name": layer.name,
        "param_str": tried.case.param_str,
        "phase": 0 if tried.case.train else 1,
        "memory_names": [blob.name for blob in layer.memories],
        "dtype": dtype,
    }
    back = server.ask(head, [array for found in arrays.values() for array in found])
    names = [top.name for top in layer.tops]
    names += [f"next {blob.name}" for blob in (*layer.blobs, *layer.memories)]
    names += [f"d {blob.name}" for blob in layer.bottoms] + [f"d {blob.name}" for blob in layer.blobs]
    return dict(zip(names, back, strict=True))
