"""What a run found, as the tables of docs/twins.md."""

import statistics
from pathlib import Path

from twins.case import type_of

ROOT = Path(__file__).resolve().parent.parent.parent
STDLIB = ROOT / "stdlib" / "caffe"
DIRECTIONS = ("forward", "backward")

# Caffe's types that compute nothing from their bottoms, or that are no formula, and why each has no twin.
WITHOUT = {
    "Data": "reads pictures from a database",
    "DummyData": "has no bottom: it fills its tops with constants or draws",
    "Filter": "the shape of its tops depends on data",
    "HDF5Data": "reads files",
    "HDF5Output": "writes a file",
    "ImageData": "reads files",
    "Input": "is the place where a program puts data",
    "MemoryData": "hands on an array that a program has set",
    "Parameter": "is a learned blob and nothing else; `param` is that of a layer",
    "Python": "is what every layer of the language becomes",
    "WindowData": "reads files",
}

# What Caffe takes as worth a goal: twins that cost more.
WORTH = 1e-3


def lines(path):
    """How many lines a program has, without texts, comments, examples and empty lines."""
    count, quoted, example = 0, False, False
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        text = line.strip()
        example = text.startswith("example ") if line[:1].strip() else example
        counted = bool(text) and not quoted and not text.startswith(("#", '"""')) and not example
        count += counted
        quoted ^= text.count('"""') % 2
    return count


def twin_files():
    """The file of each type that has a twin."""
    return {type_of(path.stem): path for path in STDLIB.glob("*.layer")}


def first_table(types, differences, timings):
    """A row for each of Caffe's types."""
    files = twin_files()
    head = ["Caffe's type", "lines", "cases", "worst difference", "timed at", "C++, ms", "emitted, ms", "times as fast"]
    rows = [_row(name, files, differences, timings) for name in sorted(types) if name in files]
    words = [["Caffe's type", "why there is no twin"]]
    words += [[f"`{name}`", WITHOUT.get(name, "not there yet")] for name in sorted(types) if name not in files]
    return markdown([head, *rows]) + "\n\n" + markdown(words)


def _row(name, files, differences, timings):
    path = files[name]
    found = differences.get(path.stem)
    link = f"[`{name}`](../stdlib/caffe/{path.name})"
    tested = ["", "not tested"] if found is None else [found["cases"], _worst(found)]
    timed = [line for line in timings if line["case"].startswith(path.stem + ": ") and "forward" in line]
    return [link, lines(path), *tested, *(_speed(timed[0]) if timed else [""] * 4)]


def _worst(found):
    failed = f", {len(found['failed'])} cases differ" if found["failed"] else ""
    return (f"{found['worst']:.0e}" if found["worst"] else "0") + failed


def _speed(line):
    return [_by_x(line["shapes"][0]), _both(line, "theirs"), _both(line, "ours"), f"{ratio(line):.2f}"]


def _both(line, side):
    return " + ".join(f"{1e3 * median(line[direction][side]):.2f}" for direction in DIRECTIONS if line[direction][side])


def bounds_table(differences):
    """The cases that have a bound of their own."""
    rows = [
        [f"`{twin}`: {case}", f"{one['bound']:g}", f"{one['worst']:.1e}", one["why"]]
        for twin, found in sorted(differences.items())
        for case, one in sorted(found["bounds"].items())
    ]
    return markdown([["case", "bound", "worst difference", "why"], *rows]) if rows else "No case needs one."


def speed_table(timings):
    """Every case that was timed: `timings` by the number of threads."""
    single = {line["case"]: line for line in timings[1]}
    double = {line["case"]: line for line in timings.get(2, [])}
    head = ["case", "first bottom", "C++, ms", "emitted, ms", "times as fast", "on two threads", "memory"]
    rows = [
        [
            f"{type_of(name.split(': ')[0])}, {name.split(': ')[1]}",
            *_speed(line),
            f"{ratio(double[name]):.2f}" if "forward" in double.get(name, {}) else "",
            _memory(line),
        ]
        for name, line in single.items()
        if "forward" in line
    ]
    return markdown([head, *rows])


def _memory(line):
    ours, theirs = line["memory"]["ours"], line["memory"]["theirs"]
    return f"{ours / theirs:.2f}" if min(ours, theirs) > 4e6 else ""


def summary(timings):
    """How the goals are met, in words."""
    said = []
    for threads, found in sorted(timings.items()):
        worth = [line for line in found if "forward" in line and cost(line, "theirs") > WORTH]
        mean = statistics.geometric_mean([ratio(line) for line in worth])
        slow = [line for line in worth if ratio(line) < 1 / 3]
        count = f"{threads} thread{'s' * (threads > 1)}"
        said.append(
            f"On {count}: {len(worth)} cases cost Caffe more than a millisecond; over them the emitted code is "
            f"**{mean:.2f}** times as fast (geometric mean). Slower than three times: "
            + (", ".join(line["case"].replace(": ", " (") + ")" for line in slow) or "none")
            + "."
        )
    return "\n\n".join(said)


def cost(line, side):
    """Seconds of forward and backward."""
    return sum(median(line[direction][side]) for direction in DIRECTIONS)


def ratio(line):
    """How many times as fast the emitted code is, forward and backward together: the median over the rounds."""
    rounds = zip(*(line[d][side] for side in ("theirs", "ours") for d in DIRECTIONS if line[d]["theirs"]))
    width = sum(bool(line[direction]["theirs"]) for direction in DIRECTIONS)
    return statistics.median(sum(one[:width]) / sum(one[width:]) for one in rounds)


def median(seconds):
    return statistics.median(seconds) if seconds else 0.0


def _by_x(shape):
    return "x".join(map(str, shape)) or "one number"


def markdown(rows):
    """A Markdown table; the first row is its head."""
    head, *body = [[str(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body])
