"""From a text to a class that runs, for all tests that need one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from layerdsl.caffe import standin
from layerdsl.pipeline import Compilation, CompiledLayer, compile_source, python_module
from layerdsl.source import Diagnostic, Source
from layerdsl.source.consequences import first_faults


def compilation(text: str, name: str = "test.layer") -> Compilation:
    """Everything that is known of a text, its faults too."""
    return compile_source(Source(name, text))


def faults(text: str) -> tuple[Diagnostic, ...]:
    """What a user is told of a text: what only follows from another fault is left out."""
    found = compilation(text)
    return first_faults(found.diagnostics, [item.span for item in found.file.items])


def codes(text: str) -> list[str]:
    """`LD101:3`: code and line of every fault, in their order."""
    return [f"{d.code}:{d.span.line}" if d.span else d.code for d in faults(text)]


def layers(text: str) -> dict[str, CompiledLayer]:
    """The layers of a text in which there is no fault, by name."""
    found = compilation(text)
    assert found.diagnostics == (), [f"{d.code} {d.message}" for d in found.diagnostics]
    return {layer.name: layer for layer in found.layers}


def layer(text: str) -> CompiledLayer:
    """The last layer of a text."""
    return list(layers(text).values())[-1]


def emitted(text: str, name: str = "", in_parts: bool = False) -> type[Any]:
    """The class of the last layer of a text, or of the one of that name.

    New arrays are not what memory happens to hold, but full of NaN, so that it shows what is read before it is written.
    With `in_parts`, loops go round for every few elements.
    """
    found = layers(text)
    wanted = name or list(found)[-1]
    python = python_module(list(found.values()))
    if in_parts:
        python = re.sub(r"\b(262144|524288|2097152)\b", "5", python)  # how many elements a part has,
        python = re.sub(r"\b8192\b", "2", python)  # and how many of them stay together
    return poisoned(standin.load(python, "emitted"), wanted)


def poisoned(module: Any, name: str) -> type[Any]:
    """The class of that name in an emitted module, whose new arrays are full of NaN."""
    module.np = _NumPy()
    return getattr(module, name)  # type: ignore[no-any-return]


class _NumPy:
    """NumPy, but for `empty`."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def empty(shape: Any, dtype: Any = float) -> Any:
        array = np.empty(shape, dtype)
        array.fill({"f": np.nan, "b": True}.get(array.dtype.kind, -123456789))
        return array
