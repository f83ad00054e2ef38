"""Functions of Python that layers call: made up while a layer is checked, unless the user allows them to be run."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from layerdsl.graph import Node, walk
from layerdsl.operators.body import walk_deep
from layerdsl.operators.families.extern import ALLOWED
from layerdsl.pipeline import python_module
from layerdsl.syntax.tree import Extern

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation, CompiledLayer


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


def idle_names(compilation: Compilation) -> set[str]:
    """The layers and functions of a file that an example can't run, as they call Python and that is not allowed."""
    if is_allowed():
        return set()
    own = {item.name.value for item in compilation.file.items if isinstance(item, Extern)}
    return own | {layer.name for layer in compilation.layers if _functions_of(layer)}


def notes_on(compilation: Compilation) -> tuple[str, ...]:
    """What was made up while the layers of a file were checked."""
    layers = compilation.layers
    called = [] if is_allowed() else [one for layer in layers for one in _functions_of(layer)]
    notes = [f"{one} was not called, its values are made up: `--extern` calls it" for one in called]
    notes += [f"`{one}` is not there, its values are made up" for layer in layers for one in _missing_files(layer)]
    return tuple(dict.fromkeys(notes))


def _functions_of(layer: CompiledLayer) -> tuple[str, ...]:
    """The functions of Python that a layer calls, as `greedy of matching`."""
    return tuple(dict.fromkeys(_words(node) for node in walk_deep(_outputs(layer)) if node.op == "extern"))


def _words(node: Node) -> str:
    return f"`{node.attr('function')}` of `{node.attr('module')}`"


def text_to_run(layer: CompiledLayer, elsewhere: bool = False) -> str:
    """The text of an emitted layer that calls nothing from outside unless that is allowed, and finds its files.

    `elsewhere` says that it runs in another process, which has to be told where the modules are.
    """
    text = python_module([layer])
    folder = _reads(layer)
    if folder:
        text += FILES.replace("FOLDER", repr(folder))
    if not _functions_of(layer):
        return text
    if is_allowed():
        return f"{text}\n\nimport sys\nsys.path.insert(0, {sys.path[0]!r})\n" if elsewhere else text
    return text + MADE_UP


def _missing_files(layer: CompiledLayer) -> list[str]:
    """The files of a layer that are not beside its own."""
    return [path for path, folder, _ in layer.files if not os.path.isfile(os.path.join(folder, path))]


def _reads(layer: CompiledLayer) -> str:
    """The folder in which a layer finds its constants; empty where it has none."""
    nodes = [node for node in walk(_outputs(layer)) if node.op == "file" and node.attr("numbers") is None]
    return next((os.path.abspath(str(node.attr("folder"))) for node in nodes), "")


def _outputs(layer: CompiledLayer) -> list[Node]:
    return [node for _, node in (*layer.graph.outputs, *layer.graph.updates, *layer.graph.overrides)]


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

# A file is found beside the `.layer` file, and serves shapes of all sizes: see `operators.families.files`.
FILES: Final = """

import zlib


def _from_net(where, name, path, whole, out):
    _from_file(where, name, path, whole, out)


def _from_file(where, name, path, whole, out):
    full = os.path.join(FOLDER, *path.split("/"))
    if os.path.isfile(full):
        _fit(where, name, path, np.resize(_numbers(where, path, full), out.shape), whole, out)
        return
    drawn = np.random.RandomState(zlib.crc32(path.encode("utf-8"))).random_sample(out.shape)
    out[...] = np.floor(drawn * 2) if whole else drawn
"""
