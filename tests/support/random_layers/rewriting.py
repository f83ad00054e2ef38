"""The same program said otherwise: other names, other orders. Nothing of that may change a value."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from layerdsl.graph import Extent
from random_layers.experiment import Experiment, Values
from random_layers.program import Program

AXIS = re.compile(r"\b([A-Z][0-9]*)\b(?!\()")
AXES = re.compile(r"\[([^\]\[]*)\]")
BLOB = re.compile(r"\b([bcwosyz][0-9]+|label|v[0-9]+[_q]?)\b")


@dataclass(frozen=True)
class Said:
    """A program said otherwise, with the names that its axes and blobs have there."""

    program: Program
    axes: Mapping[str, str]
    blobs: Mapping[str, str]


def renamed(program: Program) -> Said:
    """Other names for all axes and blobs, which stand otherwise in the alphabet."""
    head, layer = _split(program.text)
    axes = {name: f"{chr(ord('Z') - i % 20)}{i}x" for i, name in enumerate(sorted(set(AXIS.findall(layer[1:]))))}
    blobs = {name: f"{chr(ord('z') - i % 20)}{i}q" for i, name in enumerate(sorted(set(BLOB.findall(layer))))}
    header, body = layer.split("(", 1)
    body = AXIS.sub(lambda found: axes[found[1]], body)
    body = BLOB.sub(lambda found: blobs[found[1]], body)
    text = f"{head}{header}({body}"
    known = {name: axes.get(name, name) for name in (*program.sizes, *program.groups)}
    return Said(
        replace(
            program,
            text=text,
            sizes={known[name]: size for name, size in program.sizes.items()},
            groups={known[name]: group for name, group in program.groups.items()},
            counts={blobs.get(name, name): count for name, count in program.counts.items()},
            present=tuple(blobs.get(name, name) for name in program.present),
        ),
        axes,
        blobs,
    )


def _split(text: str) -> tuple[str, str]:
    """What stands before the last layer, and that layer."""
    at = text.rindex("\nlayer ") + 1 if "\nlayer " in text else 0
    return text[:at], text[at:]


def reordered(program: Program) -> Program:
    """The definitions in another order, each behind what it needs."""
    head, layer = _split(program.text)
    header, body = layer.split(":\n", 1)
    statements = re.split(r"\n(?=    \S)", body.rstrip("\n"))
    statements = _with_their_branches(statements)
    turned = _shuffled(statements, random.Random(program.seed))
    return replace(program, text=f"{head}{header}:\n" + "\n".join(turned) + "\n")


def _with_their_branches(lines: Sequence[str]) -> list[str]:
    """An `else:` stays with its `if`."""
    found: list[str] = []
    for line in lines:
        if re.match(r" *(else|elif)\b", line):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def _shuffled(statements: Sequence[str], draw: random.Random) -> list[str]:
    """Declarations stay where they are, before the others."""
    fixed = [one for one in statements if re.match(r' *("|hyper|require|param|state|const|include)', one)]
    left = [one for one in statements if one not in fixed]
    given = {name: i for i, one in enumerate(left) for name in _given(one)}
    done: list[int] = []
    while len(done) < len(left):
        ready = [i for i in range(len(left)) if i not in done and _ready(left[i], i, given, done)]
        if not ready:
            return [*fixed, *left]
        done.append(draw.choice(ready))
    return [*fixed, *(left[i] for i in done)]


def _given(statement: str) -> list[str]:
    rows = re.findall(r"^ *(\w+(?:, \w+)*) = ", statement, re.MULTILINE)
    return [name for row in rows for name in row.split(", ")] + re.findall(r"^ *carry (\w+)", statement, re.MULTILINE)


def _ready(statement: str, own: int, given: Mapping[str, int], done: Sequence[int]) -> bool:
    needed = {given[name] for name in re.findall(r"\w+", statement) if name in given}
    return needed - {own} <= set(done)


def turned(program: Program) -> Program:
    """The axes of every bottom and top in another order; blobs with stated places stay as they are."""
    head, layer = _split(program.text)
    header, body = layer.split(":\n", 1)
    draw = random.Random(program.seed)

    def shuffled(found: re.Match[str]) -> str:
        axes = found[1].split(", ")
        if " at " in found[1] or len(axes) < 2:
            return found[0]
        draw.shuffle(axes)
        return f"[{', '.join(axes)}]"

    header = AXES.sub(shuffled, header)
    return replace(program, text=f"{head}{header}:\n{body}")


def variant(tried: Experiment, program: Program, axes: Mapping[str, str], blobs: Mapping[str, str]) -> Experiment:
    """The program said otherwise, with the values of the first, which are turned as its axes are."""
    plain = Experiment(program)
    back = {new: old for old, new in blobs.items()}
    values, cotangents = (
        _carried(tried, plain, tried.values, back, axes),
        _carried(tried, plain, tried.cotangents, back, axes),
    )
    return Experiment(program, values, cotangents)


def _carried(
    tried: Experiment, other: Experiment, values: Values, back: Mapping[str, str], axes: Mapping[str, str]
) -> dict[str, np.ndarray]:
    layers = tried.case.layer, other.case.layer
    old = {blob.name: blob for blob in (*layers[0].bottoms, *layers[0].tops, *layers[0].held)}
    new = {blob.name: blob for blob in (*layers[1].bottoms, *layers[1].tops, *layers[1].held)}
    found: dict[str, np.ndarray] = {}
    for name, blob in new.items():
        source = _original(name, back)
        if source in values:
            found[name] = np.array(values[source].transpose(_turn(tried, old[source].extents, blob.extents, axes)))
    return found


def _original(name: str, back: Mapping[str, str]) -> str:
    stem = re.split(r"[.[]", name)[0]
    return back.get(stem, stem) + name[len(stem) :]


def _turn(tried: Experiment, old: Sequence[Extent], new: Sequence[Extent], axes: Mapping[str, str]) -> list[int]:
    """Where each dimension of the new blob stands in the old one."""
    places: dict[str, list[int]] = {}
    at = 0
    for extent in old:
        name = _name(extent)
        count = len(tried.case._sizes(extent))
        places[axes.get(name, name)] = list(range(at, at + count))
        at += count
    return [place for extent in new for place in places[_name(extent)]]


def _name(extent: Extent) -> str:
    return extent.axis.name if extent.axis is not None else "1"


def back(
    tried: Experiment, other: Experiment, got: Values, axes: Mapping[str, str], blobs: Mapping[str, str]
) -> Values:
    """What the program said otherwise gives, by the names and in the order of the first."""
    layers = tried.case.layer, other.case.layer
    old = {blob.name: blob for blob in (*layers[0].bottoms, *layers[0].tops, *layers[0].held)}
    new = {blob.name: blob for blob in (*layers[1].bottoms, *layers[1].tops, *layers[1].held)}
    found: dict[str, np.ndarray] = {}
    for key in tried.wanted:
        kind, name = key[: len(key) - len(key.split(" ")[-1])], key.split(" ")[-1]
        there = _original(name, blobs)
        if kind + there in got:
            turn = _turn(tried, old[name].extents, new[there].extents, axes)
            found[key] = got[kind + there].transpose(np.argsort(turn).astype(int))
    return found
