"""`python tests/mutations/run.py`: runs both checks on every wrong layer, and writes the table into docs/check.md.

`--seeds N` instead runs the right layers, on so many seeds, and tells who is blamed. `--list` prints every survivor.
"""

import argparse
import collections
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from judging import caught_by_class, class_of, judged  # noqa: E402
from making import mutants  # noqa: E402
from originals import ORIGINALS  # noqa: E402

PAGE = HERE.parent.parent / "docs" / "check.md"
BEGIN, END = "<!-- mutations:begin -->\n", "<!-- mutations:end -->\n"


def table(verdicts) -> str:
    """A line for each fault: how many wrong layers, and how many each check has caught."""
    faults = collections.defaultdict(list)
    for verdict in verdicts:
        faults[verdict.mutant.fault].append(verdict)
    lines = ["| fault | wrong layers | caught by `check FILE.layer` | by `check --class` |", "| --- | --- | --- | --- |"]
    lines += [_line(fault, faults[fault]) for fault in sorted(faults, key=lambda one: one.strip("`").lower())]
    lines.append(_line("all", verdicts))
    return "\n".join(lines) + "\n"


def _line(fault, verdicts) -> str:
    by_file = sum(bool(one.by_file) for one in verdicts)
    by_class = sum(bool(one.by_class) for one in verdicts)
    return f"| {fault} | {len(verdicts)} | {by_file} | {by_class} |"


def main(arguments) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=0)
    options.add_argument("--list", action="store_true")
    options.add_argument("--only", default="", help="those whose name has this in it")
    options.add_argument("--every", type=int, default=1, help="every so many")
    options.add_argument("--write", action="store_true", help="write the table into docs/check.md")
    given = options.parse_args(arguments)
    return _seeds(given.seeds) if given.seeds else _mutants(given)


def _mutants(given) -> int:
    start = time.time()
    verdicts = [judged(mutant) for mutant in mutants()[:: given.every] if given.only in mutant.name]
    text = table(verdicts)
    print(text)
    print(f"{len(verdicts)} wrong layers in {time.time() - start:.0f} s")
    left = [one for one in verdicts if not one.by_file]
    for one in left:
        print("not caught:", one.mutant.name)
    if given.list:
        for one in verdicts:
            if one.by_file and not one.by_class:
                print("by the file alone:", one.mutant.name, "--", one.by_file[:90])
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(page[: page.index(BEGIN) + len(BEGIN)] + text + page[page.index(END) :], encoding="utf-8")
    return int(bool(left))


def _seeds(count) -> int:
    from judging import _right

    blamed = 0
    for seed in range(count):
        for name in ORIGINALS:
            found = caught_by_class(name, class_of(_right(name), name), seed)
            blamed += bool(found)
            if found:
                print(f"blamed: {name}, seed {seed}: {found}")
    print(f"{count} seeds of {len(ORIGINALS)} right layers, {blamed} blamed")
    return int(bool(blamed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
