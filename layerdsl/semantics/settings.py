"""`--set hyper=value`: another default for a hyper-parameter."""

from __future__ import annotations

from dataclasses import replace

from layerdsl.caffe.param_str import conversion, read_value
from layerdsl.graph import HyperDecl
from layerdsl.source import fault


def with_setting(hyper: HyperDecl, text: str) -> HyperDecl:
    """The hyper-parameter with the value that the text gives as its default, read as in a `param_str`.

    A text that is not of the declared type is LD503.
    """
    convert = conversion(hyper.kind, hyper.optional, hyper.choices, hyper.element)
    try:
        return replace(hyper, default=convert(_value(hyper, text.strip())), required=False)
    except (TypeError, ValueError) as error:
        message = f"`{hyper.name}` can't be `{text}`"
        raise fault("LD503", message, hyper.span, f"it has to be {error}") from None


def _value(hyper: HyperDecl, text: str) -> object:
    """The value of a text; a list may come without its brackets, and what looks like a number may be a word."""
    if hyper.kind == "word" and text in hyper.choices:
        return text
    if hyper.kind == "list" and text[:1] not in ("[", "(") and text != "none":
        return read_value(f"[{text}]")
    return read_value(text)
