"""The process in which a class of the user's runs: what it wrote down, and how it ended."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from layerdsl.caffe import standin

PROBE: Final = pathlib.Path(__file__).resolve().parent / "probe"
_FRAME: Final = re.compile(r'File "([^"]+)", line (\d+) in (\w+)')


@dataclass(frozen=True)
class Ended:
    """What came of a process: its events in their order, what it said to standard error, and why it ended.

    why: "" where it came to its end, "time" where it ran too long, else how it died, as in "signal SIGSEGV".
    """

    events: tuple[tuple[str, dict[str, Any]], ...]
    stderr: str
    why: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind."""
        return [entry for name, entry in self.events if name == kind]

    def last_place(self, file: str) -> tuple[int, str]:
        """Line and function of the user's file where the process was when its time was over; (0, "") if unknown."""
        for path, line, function in _FRAME.findall(self.stderr):
            if os.path.basename(path) == os.path.basename(file):
                return int(line), function
        return 0, ""


def run(task: Mapping[str, Any], python: str | None, seconds: float) -> Ended:
    """Runs the task on `python` (default: ours); OSError where that can't be started."""
    with tempfile.TemporaryDirectory(prefix="layerdsl-") as folder:
        place = pathlib.Path(folder)
        events = place / "events.jsonl"
        bottoms = [_without_values(one, place / f"bottom{i}.npy") for i, one in enumerate(task["bottoms"])]
        folders = [str(PROBE), str(pathlib.Path(standin.__file__).resolve().parent)]
        whole = {**task, "bottoms": bottoms, "folders": folders, "time_limit": seconds}
        (place / "task.json").write_text(json.dumps(whole), encoding="utf-8")
        command = [python or sys.executable, str(PROBE / "child.py"), str(place / "task.json"), str(events)]
        stderr, why = _run(command, seconds, place)
        found = _events(events)
        return Ended(found, stderr, why or ("" if _came_to_its_end(found) else "exit status 0"))


def _came_to_its_end(events: Sequence[tuple[str, dict[str, Any]]]) -> bool:
    """Whether all was tried: a class, or a program in Python's place, can end the process as if nothing were wrong."""
    return any(name == "end" for name, _ in events)


def _without_values(spec: Mapping[str, Any], path: pathlib.Path) -> dict[str, Any]:
    """Values go by way of a file."""
    if "values" not in spec:
        return dict(spec)
    np.save(path, spec["values"])
    return {**{key: value for key, value in spec.items() if key != "values"}, "file": str(path)}


def _run(command: Sequence[str], seconds: float, place: pathlib.Path) -> tuple[str, str]:
    """What was said to standard error, and why the process ended."""
    # Files, not pipes: processes that a layer may have started keep a pipe open, and nobody would come to an end.
    with open(place / "stderr", "w+b") as said, open(place / "stdout", "w+b") as printed:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=printed, stderr=said, env=_environment(), start_new_session=True
        )
        try:
            code = process.wait(seconds)
            why = _why(code)
        except subprocess.TimeoutExpired:
            why = "time"
        finally:
            _end(process)
        said.seek(0)
        return said.read()[-20000:].decode("utf-8", "replace"), why


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it has started, which are a session of their own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (OSError, AttributeError):
        process.kill()
    process.wait()


def _environment() -> dict[str, str]:
    """No bytecode beside the user's files; one thread, as for small shapes more of them cost time."""
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GLOG_minloglevel": "2"}
    return {**single, **os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def _why(code: int) -> str:
    if code == 0:
        return ""
    if code > 0:
        return f"exit status {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _events(path: pathlib.Path) -> tuple[tuple[str, dict[str, Any]], ...]:
    """What was written down; a last line that was cut off is left out."""
    if not path.exists():
        return ()
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            break
        found.append((str(entry["event"]), entry["entry"]))
    return tuple(found)
