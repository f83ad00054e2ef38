"""What may stand in a scan, and what a user is told of what may not."""

import pytest
from layers import codes, compilation, layer

HEAD = "layer A(x: [T, N, *S]) -> y: [T, N, *S]:\n"

WRONG = {
    "a group": ("scan S:\n carry h: [T, N] = 0\n next h = h\ny = x", ["LD203:2"]),
    "no such axis": ("scan Q:\n carry h: [N] = 0\n next h = h\ny = x", ["LD201:2"]),
    "nothing carried": ("scan T:\n h = x * 2\ny = h", ["LD114:2"]),
    "no next value": ("scan T:\n carry h: [N] = 0\n k = h + 1\ny = x * k", ["LD114:3"]),
    "two next values": ("scan T:\n carry h: [N] = 0\n next h = h\n next h = h + 1\ny = x * h", ["LD114:5"]),
    "a next value in one branch": (
        "scan T:\n carry h: [N] = 0\n if train:\n  next h = h + 1\ny = x * h",
        ["LD114:3"],
    ),
    "not carried": ("scan T:\n carry h: [N] = 0\n next g = h\n next h = h\ny = x * h", ["LD114:4"]),
    "const": ("scan T:\n carry h: const [N] = 0\n next h = h\ny = x * h", ["LD114:3"]),
    "an axis too many": ("scan T:\n carry h: [N] = 0\n next h = x\ny = x * h", ["LD204:4"]),
    "a first value with an axis too many": ("scan T:\n carry h: [] = x[T=0]\n next h = h\ny = x * h", ["LD204:3"]),
    "the axis itself": ("scan T:\n carry h: [T] = 0\n next h = h\ny = x * h", ["LD204:3"]),
    "a condition for a number": ("scan T:\n carry h: [N] = 0\n next h = h > 1\ny = x * h", ["LD301:4"]),
    "a number for a condition": ("scan T:\n carry h: [N] = true\n next h = 2\ny = x * float(h)", ["LD302:4"]),
    "a number for an index": ("scan T:\n carry h: index [N] = 0\n next h = h * 0.5\ny = x * h", ["LD302:4"]),
    "a draw by what is carried": (
        "scan T:\n carry h: [N] = 0.5\n next h = float(bernoulli(h))\ny = x * h",
        ["LD309:4"],
    ),
    "over the axis": ("scan T:\n carry h: [N] = 0\n next h = sum(x, over=[T, S])\ny = x * h", ["LD203:4"]),
    "the place along the axis": ("scan T:\n carry h: [N] = 0\n next h = h + index(T)\ny = x * h", ["LD203:4"]),
    "the axis of the scan around": (
        "scan T:\n carry h: [N] = 0\n scan T:\n  carry k: [N] = 0\n  next k = k\n next h = h\ny = x",
        ["LD203:4"],
    ),
    "an axis of the scan around": (
        "scan T:\n carry h: [N] = 0\n scan N:\n  carry k: [] = 0\n  next k = sum(x, over=T)\n next h = k\ny = x",
        ["LD203:6"],
    ),
    "for what the inner one carries": (
        "scan T:\n carry h: [N] = 0\n scan N:\n  carry k: [] = 0\n  next h = k\n next h = h\ny = x",
        ["LD114:6", "LD114:5"],
    ),
    "a parameter inside": ("scan T:\n carry h: [N] = 0\n param w: [N] = 0\n next h = h\ny = x * h", ["LD011:4"]),
    "carry outside": ("carry h: [N] = 0\ny = x", ["LD011:2"]),
    "next outside": ("next h = 2\ny = x", ["LD011:2"]),
    "another length": ("z = x[T=1:]\nscan T:\n carry h: [N, *S] = 0\n next h = h + z\ny = h", ["LD202:3"]),
    "one fault alone": ("scan T:\n carry h: [N, *S] = 0\n next h = h + foo\n k = h\ny = k", ["LD101:4"]),
    "saved neither way": ("state s: [N] = 0, saved=no\ny = x * s", ["LD503:2"]),
    "no option of states": ("state s: [N] = 0, lr_mult=2\ny = x * s", ["LD502:2"]),
    "not saved, drawn": ("state s: [N] = gaussian(), saved=false\ny = x * s", ["LD309:2"]),
}


def written(body):
    lines = body.split("\n")
    return HEAD + "\n".join("    " + "    " * (len(line) - len(line.lstrip())) + line.lstrip() for line in lines) + "\n"


@pytest.mark.parametrize(("body", "expected"), WRONG.values(), ids=WRONG.keys())
def test_what_is_refused(body, expected):
    assert codes(written(body)) == expected


def test_a_scan_within_a_scan_by_way_of_a_function():
    text = "def f(x: [T, N]):\n    scan N:\n        carry k: [T] = 0\n        next k = x\n    return k\n\n"
    body = "scan T:\n carry h: [N, K] = 0\n next h = f(h)\ny = x"
    text += "layer A(x: [T, N, K]) -> y: [T, N, K]:\n" + written(body).removeprefix(HEAD)
    assert codes(text) == []


def test_words_of_a_scan_are_names_elsewhere():
    text = HEAD + "    scan = 2\n    carry = scan + 1\n    next = carry\n    backwards = next\n    y = x * backwards\n"
    assert compilation(text).diagnostics == ()


def test_names_of_the_block_have_the_axis_behind_it():
    graph = layer(written("scan T:\n carry h: [N] = 0\n k = 2 * h\n next h = k + 1\ny = x + k + h")).graph
    ((_, y),) = graph.outputs
    assert set(y.args[0].args[1].names) == set(y.args[1].names) == {"T", "N"}
