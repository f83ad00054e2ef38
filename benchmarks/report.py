"""The figures as Markdown tables.

`python -m benchmarks.report .benchmarks/results.json` prints them again; with the name of a page behind, they replace
what stands there under `## Figures`.
"""

import json
import statistics
import sys
from pathlib import Path

from benchmarks import pairs, workloads

HEADING = "## Figures\n\n"


def markdown(results):
    """All tables of a run."""
    parts = [
        where(results["machine"]),
        numpy_table(results),
        small_table(results["small"]) if results["small"] else "",
        caffe_table(results) if "versions" in results["caffe"] else "",
        compile_lines(results["compile"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def where(machine):
    return (
        "{processor}, {cores} cores of it, {system}; Python {python}, NumPy {numpy}, autograd {autograd}; "
        "BLAS threads: {threads}. Milliseconds, medians."
    ).format(**machine)


def numpy_table(results):
    """Emitted, by hand and autograd on the stand-in."""
    layers = {name: layer for name, layer in results["layers"].items() if set(pairs.DIRECTIONS) <= set(layer)}
    rows = [numpy_row(name, layer) for name, layer in layers.items()]
    head = [
        "layer",
        "first bottom",
        *(f"{d}: emitted" for d in pairs.DIRECTIONS),
        *("by hand", "times faster"),
        *("autograd", "times faster"),
        "largest allocation",
    ]
    means = ["geometric mean", "", "", "", "", geometric(layers, "by hand"), "", geometric(layers, "autograd"), ""]
    return table([head, *rows, means])


def numpy_row(name, layer):
    return [
        name,
        shape(name),
        *(milliseconds(layer[d]["emitted"]) for d in pairs.DIRECTIONS),
        *beside(layer, "by hand"),
        *beside(layer, "autograd"),
        f"{layer['growth']} bytes" if "growth" in layer else "",
    ]


def small_table(layers):
    """Where the blobs have a few thousand elements; microseconds, forward and backward together."""
    sizes = {workload.name: workload.sizes for workload in workloads.SMALL}
    rows = [
        [
            name,
            by_x(sizes[name]),
            *(f"{1e3 * both(layer, column):.0f}" for column in ("emitted", "by hand", "autograd")),
            f"**{total_ratio(layer, 'by hand'):.2f}**",
        ]
        for name, layer in layers.items()
    ]
    head = ["layer", "first bottom", "emitted", "by hand", "autograd", "by hand / emitted"]
    words = "Small blobs, forward and backward together, microseconds:"
    return words + "\n\n" + table([head, *rows, ["geometric mean", "", "", "", "", geometric(layers, "by hand")]])


def both(layer, column):
    """Milliseconds of forward and backward together."""
    return 1e3 * sum(statistics.median(layer[d][column]) for d in pairs.DIRECTIONS)


def caffe_table(results):
    """Emitted, by hand and Caffe's own, all inside real Caffe."""
    layers = {name: layer for name, layer in results["caffe"].items() if name != "versions"}
    own = {name: layer for name, layer in layers.items() if "Caffe" in layer["forward"]}
    head = [
        "layer",
        *(f"{d}: emitted" for d in pairs.DIRECTIONS),
        *("by hand", "times faster"),
        *("Caffe's own", "times faster"),
        "largest allocation",
    ]
    rows = [
        [
            name,
            *(milliseconds(layer[d]["emitted"]) for d in pairs.DIRECTIONS),
            *beside(layer, "by hand"),
            *(beside(layer, "Caffe") if name in own else ["", ""]),
            f"{layer['growth']} bytes",
        ]
        for name, layer in layers.items()
    ]
    means = ["geometric mean", "", "", "", geometric(layers, "by hand"), "", geometric(own, "Caffe"), ""]
    words = "Inside real Caffe {caffe}: Python {python}, NumPy {numpy}.".format(**results["caffe"]["versions"])
    return words + "\n\n" + table([head, *rows, means])


def compile_lines(measured):
    return "\n".join(
        f"`layerdsl compile`, {what}, from a cold start: {statistics.median(seconds):.2f} s."
        for what, seconds in measured.items()
    )


def beside(layer, column):
    """Forward and backward of a column, and how many times as fast the emitted one is: each, and both together."""
    both = [statistics.median(layer[d][column]) for d in pairs.DIRECTIONS]
    each = [paired_ratio(layer[d], column) for d in pairs.DIRECTIONS]
    return [
        " + ".join(f"{1e3 * seconds:.2f}" for seconds in both),
        f"{each[0]:.2f}, {each[1]:.2f}; **{total_ratio(layer, column):.2f}**",
    ]


def paired_ratio(named, column):
    """The median over the rounds of that column's time by the emitted one's of the same round."""
    return statistics.median(other / emitted for other, emitted in zip(named[column], named["emitted"], strict=True))


def total_ratio(layer, column):
    """Of forward and backward together, round by round."""
    both = {
        name: [sum(pair) for pair in zip(*(layer[d][name] for d in pairs.DIRECTIONS), strict=True)]
        for name in ("emitted", column)
    }
    return paired_ratio(both, column)


def geometric(layers, column):
    ratios = [total_ratio(layer, column) for layer in layers.values()]
    return f"**{statistics.geometric_mean(ratios):.2f}**" if ratios else ""


def milliseconds(seconds):
    return f"{1e3 * statistics.median(seconds):.2f}"


def shape(name):
    return by_x(next(workload.sizes for workload in workloads.WORKLOADS if workload.name == name))


def by_x(sizes):
    return "x".join(map(str, sizes))


def table(rows):
    """A Markdown table; the first row is its head."""
    head, *body = [[str(cell) for cell in row] for row in rows]
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *body])


def main(results, page=None):
    text = markdown(json.loads(Path(results).read_text(encoding="utf-8")))
    if page:
        before, heading, _ = Path(page).read_text(encoding="utf-8").partition(HEADING)
        Path(page).write_text(before + heading + text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
