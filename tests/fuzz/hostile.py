"""Hostile input for whatever reads something of the user's.

`python tests/fuzz/hostile.py --inputs N [--first SEED]` tells what went wrong, with the input cut down to a few
lines. Wrong is an exception that is no diagnosis, a fault that the compiler calls its own, more than a second of the
processor's time, more than 500 MB of memory, a file written outside the output folder, and any code that is run.
"""

import argparse
import contextlib
import io
import os
import pathlib
import resource
import sys
import tempfile
import time
from dataclasses import dataclass

from guard import watched
from inputs import LAYERS, NETS, PARAMS, PROJECT, made

from layerdsl.caffe import param_str, prototxt
from layerdsl.cli import main as command
from layerdsl.source import Fault, Source
from layerdsl.syntax import parse

SECONDS = 1.0  # of the processor's time, for one input
MEGABYTES = 500  # of the whole process
OUTPUT = "out"


@dataclass(frozen=True)
class Failure:
    """What went wrong with which input."""

    target: str
    seed: int
    what: str
    data: bytes


def compiled(data: bytes) -> None:
    """`layerdsl compile`, from the bytes of a file to the files written, in the folder where the process stands."""
    pathlib.Path("hostile.layer").write_bytes(data)
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = command(["compile", "hostile.layer", "-o", OUTPUT])
    text = said.buffer.getvalue().decode("utf-8", "replace")
    if status not in (0, 1, 2) or "LD901" in text:
        raise AssertionError(f"status {status}: {text[:200]}")


def parsed(data: bytes) -> None:
    """The parser alone, on text that no reader has looked at."""
    parse(Source("hostile.layer", data.decode("latin-1")))


def net_read(data: bytes) -> None:
    """The reader of prototxt."""
    prototxt.parse(Source("hostile.prototxt", data.decode("utf-8", "replace")))


HYPERS = (
    ("a", param_str.conversion("float", optional=False), 1.0),
    ("b", param_str.conversion("list", optional=True, element="int"), ()),
    ("c", param_str.conversion("bool", optional=False), True),
    ("smooth", param_str.conversion("float", optional=True), 1.0),
    ("mode", param_str.conversion("word", optional=False, choices=("sum", "mean")), "sum"),
    ("axis", param_str.conversion("int", optional=False), 1),
    ("fill", param_str.conversion("filler", optional=False), "xavier"),
)


def param_str_read(data: bytes) -> None:
    """The reader of `param_str`, which goes into every emitted file."""
    param_str.read("Hostile", data.decode("latin-1"), HYPERS)


# Target, texts to begin with, and what may be raised.
TARGETS = {
    "compile": (compiled, LAYERS, ()),
    "parser": (parsed, LAYERS, (Fault,)),
    "prototxt": (net_read, NETS, (Fault,)),
    "param_str": (param_str_read, PARAMS, (ValueError,)),
}
SHARES = ("compile", "compile", "parser", "parser", "parser", "prototxt", "param_str", "param_str")


def hostile(seed: int) -> tuple[str, bytes]:
    """The input of a seed: for which target, and what."""
    target = SHARES[seed % len(SHARES)]
    return target, made(seed, TARGETS[target][1])


def tried(target: str, data: bytes) -> str:
    """What goes wrong; empty where nothing does."""
    function, _, allowed = TARGETS[target]
    before = _megabytes()
    start = time.process_time()
    with watched((os.getcwd(),), (str(PROJECT / "layerdsl"), str(PROJECT / "tests"))) as deeds:
        try:
            function(data)
        except allowed:
            pass
        except BaseException as error:
            return f"{type(error).__name__}: {str(error)[:200]}"
    return (deeds and deeds[0]) or _too_much(time.process_time() - start, before)


def _too_much(seconds: float, before: float) -> str:
    if seconds > SECONDS:
        return f"{seconds:.1f} seconds"
    after = _megabytes()
    return f"{after:.0f} MB" if after > max(before, MEGABYTES) else ""


def _megabytes() -> float:
    """The most memory that the process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def smaller(target: str, data: bytes, what: str) -> bytes:
    """The input with as many lines left out as can be, so that the same still goes wrong."""
    if what.endswith((" seconds", " MB")):
        return data
    kind = what.split(":")[0]
    lines = data.split(b"\n")
    i = 0
    while i < len(lines) and len(lines) > 1:
        fewer = lines[:i] + lines[i + 1 :]
        if tried(target, b"\n".join(fewer)).split(":")[0] == kind:
            lines = fewer
        else:
            i += 1
    return b"\n".join(lines)


def failures(first: int, count: int) -> list[Failure]:
    """What goes wrong with these inputs, one of each kind."""
    found: dict[tuple[str, str], Failure] = {}
    with _somewhere_else():
        warm_up()
        for seed in range(first, first + count):
            target, data = hostile(seed)
            what = tried(target, data)
            if what and (target, what[:40]) not in found:
                found[(target, what[:40])] = Failure(target, seed, what, smaller(target, data, what))
    return list(found.values())


def warm_up() -> None:
    """Loads what is loaded late, which opens libraries and takes its time."""
    for function, begins, allowed in TARGETS.values():
        with contextlib.suppress(*allowed):
            function(made(0, begins))


@contextlib.contextmanager
def _somewhere_else():
    """A folder of its own, in which alone something may be written."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


def main(arguments) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=10_000)
    options.add_argument("--first", type=int, default=0)
    given = options.parse_args(arguments)
    start = time.monotonic()
    found = failures(given.first, given.inputs)
    for each in found:
        print(f"{each.target}, seed {each.seed}: {each.what}\n{each.data!r}\n")
    spent = time.monotonic() - start
    print(
        f"{given.inputs} inputs from {given.first} in {spent:.0f} s, {_megabytes():.0f} MB at most: "
        f"{len(found)} ways to go wrong"
    )
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
