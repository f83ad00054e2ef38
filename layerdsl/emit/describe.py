"""How a layer and its parts are called in what is emitted for nets: names, types and conditions in one line each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final

from layerdsl.emit.wiring import HyperFact, Value

# Words of the field that are one word although they have capitals inside.
_ONE_WORD: Final = re.compile(r"[A-Z]?ReLU|TanH|IoU")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """The name that an instance of a layer has by default, and the function that makes one.

    >>> snake_case("SoftmaxLoss"), snake_case("PReLU"), snake_case("IoULoss"), snake_case("L2Normalize")
    ('softmax_loss', 'prelu', 'iou_loss', 'l2_normalize')
    """
    return _WORD_START.sub("_", _ONE_WORD.sub(lambda word: word.group().capitalize(), name)).lower()


def one_line(text: str) -> str:
    """A text that can stand in a comment or docstring: its first line, without control characters."""
    first = text.strip().split("\n")[0]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in first).split())


def hyper_type(hyper: HyperFact) -> str:
    """The type as written: `float`, `int?`, `list[int]`, `"sum" | "mean"`."""
    if hyper.kind == "word":
        written = " | ".join(map(json.dumps, hyper.choices))
    elif hyper.kind == "list":
        written = f"list[{hyper.element}]"
    else:
        written = hyper.kind
    return written + ("?" if hyper.optional else "")


def hyper_line(hyper: HyperFact, spell: Callable[[Value], str] = json.dumps) -> str:
    """A hyper-parameter in full: `smooth: float = 1.0, smooth >= 0 (keeps empty masks apart)`.

    spell: how the default is written, as JSON unless told.
    """
    default = ", the net has to give it" if hyper.required else f" = {spell(hyper.default)}"
    conditions = "".join(f", {one_line(condition)}" for condition in hyper.requires)
    doc = f" ({one_line(hyper.doc)})" if hyper.doc.strip() else ""
    return f"{hyper.name}: {hyper_type(hyper)}{default}{conditions}{doc}"
