"""Functions of Python that layers call: made up while a layer is checked, unless the user allows them to be run."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from layerdsl.graph import Node, walk
from layerdsl.operators.families.extern import ALLOWED
from layerdsl.pipeline import python_module

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


@contextmanager
def calling(folder: str) -> Iterator[None]:
    """Lets functions of Python be called here; their modules lie in `folder` or on PYTHONPATH."""
    there = os.path.abspath(folder)
    sys.path.insert(0, there)
    token = ALLOWED.set(_function)
    try:
        yield
    finally:
        ALLOWED.reset(token)
        sys.path.remove(there)


def is_allowed() -> bool:
    """Whether functions of Python are called."""
    return ALLOWED.get() is not None


def _function(module: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def functions_of(layer: CompiledLayer) -> tuple[str, ...]:
    """The functions of Python that a layer calls, as `greedy of matching`."""
    graph = layer.graph
    nodes = walk(node for _, node in (*graph.outputs, *graph.updates, *graph.overrides))
    return tuple(dict.fromkeys(_words(node) for node in nodes if node.op == "extern"))


def _words(node: Node) -> str:
    return f"`{node.attr('function')}` of `{node.attr('module')}`"


def text_to_run(layer: CompiledLayer, elsewhere: bool = False) -> str:
    """The text of an emitted layer, which calls nothing from outside unless that is allowed.

    `elsewhere` says that it runs in another process, which has to be told where the modules are.
    """
    text = python_module([layer])
    if not functions_of(layer):
        return text
    if is_allowed():
        return f"{text}\n\nimport sys\nsys.path.insert(0, {sys.path[0]!r})\n" if elsewhere else text
    return text + MADE_UP


# What stands at the end of the emitted text, in place of its functions of these names: see
# `operators.families.extern.made_up`.
MADE_UP: Final = """

import zlib


def _function_of(module, name, where):
    return None


def _extern(*given):
    name, whole, most, out = given[-5], given[-3], given[-2], given[-1]
    drawn = np.random.RandomState(zlib.crc32(name.encode("ascii"))).random_sample(out.shape)
    out[...] = np.floor(drawn * max(most, 1)) if whole else drawn
"""
