"""Right layers, tried with many seeds: nobody is to be blamed."""

import collections
import pathlib
from functools import cache

from judging import caught_by_class, caught_by_file, class_of, right_text
from originals import ORIGINALS

from layerdsl.check import check_file
from layerdsl.check.seeds import seed as seeded
from layerdsl.pipeline import compile_source
from layerdsl.source import Source

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("stdlib", "tests/layers", "examples")
BY_CLASS = 3  # originals that a seed tries by `check --class`; by `check FILE` it is one, and one of the files
NAMES = tuple(ORIGINALS)
OF_FILE, OF_CLASS, FILES = "originals, `check FILE.layer`", "originals, `check --class`", "files of the project"


def right_files() -> tuple[str, ...]:
    """The `.layer` files of the library, the tests and the examples."""
    return tuple(str(path.relative_to(ROOT)) for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.layer")))


def tries_of(seed: int, files: tuple[str, ...]) -> list[tuple[str, str, int]]:
    """What is tried with a seed: by which check, which one; they go round."""
    places = [(seed * BY_CLASS + i) % len(NAMES) for i in range(BY_CLASS)]
    by_class = [(OF_CLASS, NAMES[place], seed) for place in places]
    return [(OF_FILE, NAMES[seed % len(NAMES)], seed), *by_class, (FILES, files[seed % len(files)], seed)]


def blame(one: tuple[str, str, int]) -> list[str]:
    """What is said of right layers, if anything."""
    check, name, seed = one
    return [f"blamed: {check}: {name}, seed {seed}: {said}" for said in CHECKS[check](name, seed)]


def _by_class(name: str, seed: int) -> list[str]:
    said = caught_by_class(name, _right(name), seed)
    return [said] if said else []


def _by_file(name: str, seed: int) -> list[str]:
    with seeded(seed):
        said = caught_by_file(name, _right(name))
    return [said] if said else []


@cache
def _right(name: str):
    return class_of(right_text(name), name)


def _whole_file(name: str, seed: int) -> list[str]:
    with seeded(seed):
        result = check_file(_compiled(name))
    return [each.message for each in result.diagnostics]


@cache
def _compiled(name: str):
    return compile_source(Source(str(ROOT / name), (ROOT / name).read_text(encoding="utf-8")))


CHECKS = {OF_FILE: _by_file, OF_CLASS: _by_class, FILES: _whole_file}


def seeds_table(seeds: range, tries: list[tuple[str, str, int]], blamed: list[str]) -> str:
    """A line for each check: how many layers or files, how many seeds, how often one of them was tried and blamed."""
    names, often = collections.defaultdict(set), collections.Counter()
    for check, name, _ in tries:
        names[check].add(name)
        often[check] += 1
    lines = ["| right layers | how many | seeds | checks | blamed |", "| --- | --- | --- | --- | --- |"]
    for check in CHECKS:
        found = sum(line.startswith(f"blamed: {check}:") for line in blamed)
        lines.append(f"| {check} | {len(names[check])} | {len(seeds)} | {often[check]} | {found} |")
    return "\n".join(lines) + "\n"
