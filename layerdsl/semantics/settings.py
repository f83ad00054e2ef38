"""`--set hyper=value`: another default for a hyper-parameter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from layerdsl.graph import HyperDecl
from layerdsl.semantics.declarations import fits
from layerdsl.source import fault

WORDS: Final[dict[str, object]] = {"true": True, "false": False, "none": None}


def with_setting(hyper: HyperDecl, text: str) -> HyperDecl:
    """The hyper-parameter with the value that the text gives as its default.

    A text that is not of the declared type is LD503.
    """
    value = _list(text) if hyper.kind == "list" and text.strip() != "none" else _value(text)
    if hyper.kind == "word" and not isinstance(value, str) and value is not None:
        value = text.strip()
    if hyper.kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not fits(hyper, value):
        raise fault(
            "LD503",
            f"`{hyper.name}` can't be `{text}`",
            hyper.span,
            f"it is declared `{hyper.kind}`",
            help=_choices(hyper),
        )
    return replace(hyper, default=value, required=False)


def _choices(hyper: HyperDecl) -> str:
    return f"one of {', '.join(hyper.choices)}" if hyper.choices else ""


def _list(text: str) -> tuple[object, ...]:
    inner = text.strip().removeprefix("[").removesuffix("]").strip().removesuffix(",")
    return tuple(_value(item) for item in inner.split(",")) if inner else ()


def _value(text: str) -> object:
    text = text.strip()
    if text in WORDS:
        return WORDS[text]
    kinds: tuple[Callable[[str], object], ...] = (int, float)
    for kind in kinds:
        try:
            return kind(text)
        except ValueError:
            continue
    return text.strip("\"'")
