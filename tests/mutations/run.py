"""`python tests/mutations/run.py`: runs both checks on every wrong layer, and writes the table into docs/check.md.

`--seeds N` instead checks right layers, on so many seeds, and tells who is blamed. `--list` prints every verdict.
"""

import argparse
import collections
import multiprocessing
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from judging import changes_nothing, judged  # noqa: E402
from making import mutants  # noqa: E402
from rightly import blame, right_files, seeds_table, tries_of  # noqa: E402

PAGE = HERE.parent.parent / "docs" / "check.md"
BEGIN, END = "<!-- mutations:begin -->\n", "<!-- mutations:end -->\n"


def table(verdicts) -> str:
    """A line for each fault: how many wrong layers, and how many each check has caught."""
    faults = collections.defaultdict(list)
    for verdict in verdicts:
        faults[verdict.mutant.fault].append(verdict)
    lines = [
        "| fault | wrong layers | caught by `check FILE.layer` | by `check --class` |",
        "| --- | --- | --- | --- |",
    ]
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
    options.add_argument("--first", type=int, default=0, help="the first of the seeds")
    options.add_argument("--jobs", type=int, default=2, help="processes")
    options.add_argument("--list", action="store_true")
    options.add_argument("--only", default="", help="those whose name has this in it")
    options.add_argument("--every", type=int, default=1, help="every so many")
    options.add_argument("--write", action="store_true", help="the table goes into docs/check.md")
    given = options.parse_args(arguments)
    return _seeds(given.first, given.seeds, given.jobs) if given.seeds else _mutants(given)


def _mutants(given) -> int:
    start = time.time()
    chosen = [mutant for mutant in mutants()[:: given.every] if given.only in mutant.name]
    verdicts = []
    with multiprocessing.get_context("fork").Pool(given.jobs) as pool:
        for verdict in filter(None, pool.imap(_verdict, chosen)):
            verdicts.append(verdict)
            if not verdict.by_file:
                print("not caught:", verdict.mutant.name, flush=True)
            elif given.list:
                print(f"{verdict.mutant.name}: {verdict.by_file[:70]}: {verdict.by_class or '-'}", flush=True)
    text = table(verdicts)
    print(text)
    caught = sum(bool(one.by_file) for one in verdicts)
    print(f"{caught} of {len(verdicts)} wrong layers are caught, in {time.time() - start:.0f} s")
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(page[: page.index(BEGIN) + len(BEGIN)] + text + page[page.index(END) :], encoding="utf-8")
    return int(not all(one.by_file for one in verdicts))


def _verdict(mutant):
    return None if changes_nothing(mutant) else judged(mutant)


def _seeds(first, count, jobs) -> int:
    """With each seed some of the right layers: the originals by both checks, the files of the project by one."""
    start, seeds, files = time.time(), range(first, first + count), right_files()
    tries = [one for seed in seeds for one in tries_of(seed, files)]
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        blamed = []
        for number, lines in enumerate(pool.imap(blame, tries), 1):
            blamed += lines
            for line in lines:
                print(line, flush=True)
            if number % 500 == 0:
                print(f"{number} of {len(tries)} checks, {time.time() - start:.0f} s", flush=True)
    print(seeds_table(seeds, tries, blamed), end="")
    print(f"{len(blamed)} blamed, in {time.time() - start:.0f} s")
    return int(bool(blamed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
