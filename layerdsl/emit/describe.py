"""How a layer and its parts are called in what is emitted for nets: names, types and conditions in one line each."""

from __future__ import annotations

import json
from collections.abc import Callable

from layerdsl.emit.wiring import EndFact, HyperFact, Value
from layerdsl.syntax.texts import snake_case as snake_case


def one_line(text: str) -> str:
    """A text that can stand in a comment or docstring: its first line, without control characters."""
    first = text.strip().split("\n")[0]
    return " ".join("".join(letter if letter.isprintable() else " " for letter in first).split())


def how_many(end: EndFact) -> str:
    """What stands behind the shape of a bottom or top that is not always there just once."""
    if end.under:
        return f", where {end.under}"
    return ", any number of these" if end.variadic else ", may be left out" if end.optional else ""


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
