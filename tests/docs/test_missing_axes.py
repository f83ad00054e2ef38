"""Every function on values that are the same along all of their axes: in memory these have none.

A branch brings such values, and so does the cotangent of a sum. Functions that are handed arrays have to know it.
"""

import re

import pytest
from random_layers.experiment import Experiment
from random_layers.program import Program
from random_layers.properties import PROPERTIES
from test_language import ROW, ROWS, code

SIZES = [
    dict(zip("NCHKDMTWPABQ", sizes, strict=True), S=4)
    for sizes in ((2, 4, 4, 3, 3, 2, 4, 4, 3, 2, 2, 3), (4, 4, 4, 3, 3, 4, 4, 4, 3, 2, 2, 3))
]
GROUPS = {"S": (2, 2), "T": (2, 2)}
BOTTOM = re.compile(r"(?<![*\w])(\w+): \[([^\]]+)\](?!\?)")
REFUSED = re.compile(r"requires|needs")


def programs(layer, row):
    """For each bottom of numbers in the example: the layer where a number takes its place, as another one is absent."""
    example, result = code(row[1])[0], re.fullmatch(r"`(\[.*\])`(.*)", row[2])
    axes = result[1].replace("M", "M=N") if layer is ROW else result[1]
    head, body = layer.format(axes=axes, example=example).strip().split(":\n", 1)
    for name, held in BOTTOM.findall(head.rsplit(" -> ", 1)[0]):
        if re.search(rf"\b{name}\b", example) and not re.search(r" at |\b1\b", held):
            yield from _programs(head, body, name, held, "condition" not in result[2])


def _programs(head, body, name, held, number):
    """With the value as it is, and with a sum of it, whose cotangent is the same all along."""
    bottoms, top = head.replace(f"{name}: [{held}]", f"{name}q: []", 1).split("(", 1)[1].rsplit(") -> ", 1)
    start = f"layer Row(shaped: [{held}], {bottoms}, {name}o: [{held}]?) -> "
    known = f"    {name} = {name}o + {name}q if {name}o != none else {name}q\n"
    yield f"{start}{top}:\n{known}{body}"
    if number:
        summed = body.replace("    y = ", "    value = ") + "\n    y = sum(tanh(value))"
        yield f"{start}y: []:\n{known}{summed}"


def looked(text):
    """Whether there are sizes for which the layer has values; what is wrong with these is raised."""
    others = dict.fromkeys(re.findall(r"\b[A-Z]+\b", text), 3)
    groups = {name: each for name, each in GROUPS.items() if f"*{name}" in text}
    for sizes in SIZES:
        tried = Experiment(Program(text + "\n", {**others, **sizes, **dict.fromkeys(groups, 4)}, groups, seed=3))
        try:
            tried.subject()
        except ValueError as found:
            if not REFUSED.search(str(found)):
                raise
            continue
        PROPERTIES["emitted code and reference"].look(tried)
        PROPERTIES["loops in parts"].look(tried)
        return True
    return False


# `ndim` asks a bottom, and `parts` is the whole value of tops.
CASES = [
    pytest.param(text, id=f"{code(row[1])[0]} {i}")
    for layer, row in ROWS
    if not {"ndim", "parts"} & set(code(row[0]))
    for i, text in enumerate(programs(layer, row))
]


@pytest.mark.parametrize("text", CASES)
def test_what_is_the_same_along_all_axes(text):
    assert looked(text)
