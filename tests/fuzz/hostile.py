"""Hostile input: files of the project, broken in random places, for whatever reads something of the user's.

`python tests/fuzz/hostile.py --inputs N [--first SEED]` tells what went wrong, with the input cut down to a few
lines. An input is its seed: the same number is the same input everywhere.
"""

import argparse
import pathlib
import random
import sys
import time
from dataclasses import dataclass

from layerdsl.caffe import param_str, prototxt
from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Fault, Source
from layerdsl.syntax import parse, read_source

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
SECONDS = {"compile": 10.0}  # of the processor's time, for one input: it may be a large layer
USUAL = 1.0
LONGEST = 4000

LAYERS = sorted((*PROJECT.glob("tests/layers/*.layer"), *PROJECT.glob("stdlib/**/*.layer")))
NETS = sorted(PROJECT.glob("examples/**/*.prototxt"))
PARAMS = (
    "{'a': 1, \"b\": [2, 3.5], c: true}",
    "a: 1, b: (1, 2), c: 'x\\n'",
    '{"smooth": 1e-3, "mode": "mean", "axis": -1}',
)
PIECES = (
    "( ) [ ] { } : , -> * ** / // % + - = == < >= \" ' # \\ \t \n \r \0 \x1b é ∂ 0 1 -1 1e999 9999999999999999999 "
    "nan None true N C *S where sum over= example layer hyper param state update const index( optional float: if else "
    "for in return import gradient d( ( ( ( scan carry next extern at by as"
).split(" ")


@dataclass(frozen=True)
class Failure:
    """What went wrong with which input."""

    target: str
    seed: int
    what: str
    data: bytes


def compiled(data: bytes) -> None:
    """The whole of `compile` but for the writing."""
    source = read_source("hostile.layer", data)
    if isinstance(source, Source):
        done = compile_source(source)
        if not any(each.level == "error" for each in done.diagnostics):
            python_module(done.layers)


def parsed(data: bytes) -> None:
    """The parser alone, on text that no reader has looked at."""
    parse(Source("hostile.layer", data.decode("latin-1")))


def net_read(data: bytes) -> None:
    """The reader of prototxt."""
    prototxt.parse(Source("hostile.prototxt", data.decode("utf-8", "replace")))


def param_str_read(data: bytes) -> None:
    """The reader of `param_str`, which goes into every emitted file."""
    hypers = [("a", float, 1.0), ("b", tuple, ()), ("smooth", float, 1.0)]
    param_str.read("Hostile", data.decode("latin-1"), hypers)


# Target, texts to begin with, and what may be raised.
TARGETS = {
    "compile": (compiled, LAYERS, (Fault,)),
    "parser": (parsed, LAYERS, (Fault,)),
    "prototxt": (net_read, NETS, (Fault,)),
    "param_str": (param_str_read, PARAMS, (ValueError,)),
}
SHARES = ("compile", "parser", "parser", "prototxt", "param_str", "param_str", "param_str", "param_str")


def hostile(seed: int) -> tuple[str, bytes]:
    """The input of a seed: for which target, and what."""
    choose = random.Random(seed)
    target = SHARES[seed % len(SHARES)]
    begins = TARGETS[target][1]
    data = _begin(choose, begins)
    for _ in range(choose.choice((1, 1, 2, 3, 5, 10, 40))):
        data = _broken(data, choose, begins)[:LONGEST]
    return target, data


def _begin(choose: random.Random, begins) -> bytes:
    chosen = choose.choice(begins)
    return chosen.read_bytes() if isinstance(chosen, pathlib.Path) else chosen.encode()


def _broken(data: bytes, choose: random.Random, begins) -> bytes:
    """One more break: something is missing, doubled, swapped, put in, or comes from another file."""
    a, b = sorted(choose.randrange(len(data) + 1) for _ in range(2))
    piece = choose.choice(PIECES).encode()
    way = choose.randrange(7)
    if way == 0:
        return data[:a] + data[min(b, a + 30) :]
    if way == 1:
        return data[:a] + piece + data[a:]
    if way == 2:
        return data[:a] + piece * choose.choice((2, 50, 400)) + data[a:]
    if way == 3:
        return data[:b] + data[a : min(b, a + 200)] + data[b:]
    if way == 4:
        return data[:a] + bytes([choose.randrange(256)]) + data[a + 1 :]
    if way == 5:
        words = data.split(b" ")
        i, j = (choose.randrange(len(words)) for _ in range(2))
        words[i], words[j] = words[j], words[i]
        return b" ".join(words)
    return data[:a] + _begin(choose, begins)[a : a + 300] + data[a:]


def tried(target: str, data: bytes) -> str:
    """What goes wrong; empty where nothing does."""
    function, _, allowed = TARGETS[target]
    start = time.process_time()
    try:
        function(data)
    except allowed:
        pass
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:100]}"
    spent = time.process_time() - start
    return f"{spent:.1f} seconds" if spent > SECONDS.get(target, USUAL) else ""


def smaller(target: str, data: bytes, what: str) -> bytes:
    """The input with as many lines left out as can be, so that the same still goes wrong."""
    kind = what.split(":")[0]
    lines = data.split(b"\n")
    i = 0
    while i < len(lines) and len(lines) > 1:
        fewer = lines[:i] + lines[i + 1 :]
        if "seconds" not in what and tried(target, b"\n".join(fewer)).split(":")[0] == kind:
            lines = fewer
        else:
            i += 1
    return b"\n".join(lines)


def failures(first: int, count: int) -> list[Failure]:
    """What goes wrong with these inputs, one of each kind."""
    found: dict[tuple[str, str], Failure] = {}
    for seed in range(first, first + count):
        target, data = hostile(seed)
        what = tried(target, data)
        if what and (target, what[:40]) not in found:
            found[(target, what[:40])] = Failure(target, seed, what, smaller(target, data, what))
    return list(found.values())


def main(arguments) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--inputs", type=int, default=10_000)
    options.add_argument("--first", type=int, default=0)
    given = options.parse_args(arguments)
    found = failures(given.first, given.inputs)
    for each in found:
        print(f"{each.target}, seed {each.seed}: {each.what}\n{each.data!r}\n")
    print(f"{given.inputs} inputs from {given.first}: {len(found)} ways to go wrong")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
