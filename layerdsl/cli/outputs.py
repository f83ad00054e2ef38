"""What `layerdsl compile` writes: which texts, under which names, for which module."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from layerdsl.source import Diagnostic, Source

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation, CompiledLayer

# What can be emitted, and how its file is named after the module.
ENDINGS: Final = {"python": ".py", "prototxt": ".prototxt", "netspec": "_netspec.py"}

# Every emitted file imports these: a file of that name would import itself.
_IMPORTED: Final = frozenset({"caffe", "numpy"})


def stem(source: Source) -> str:
    """`losses/dice.layer` is `dice`; a text without a file is `layers`."""
    base = os.path.basename(source.name)
    return "layers" if base == "<stdin>" else base.removesuffix(".layer")


def texts(layers: Sequence[CompiledLayer], module: str, kinds: Iterable[str]) -> Iterator[tuple[str, str]]:
    """For each of `kinds`, the ending of its file name and its text."""
    from layerdsl import pipeline

    makers = {
        "python": lambda: pipeline.python_module(layers),
        "prototxt": lambda: pipeline.prototxt(layers, module),
        "netspec": lambda: pipeline.netspec(layers, module),
    }
    return ((ENDINGS[kind], makers[kind]()) for kind in kinds)


def named_twice(files: Sequence[Compilation]) -> Iterator[Diagnostic]:
    """LD604 for every layer whose name an earlier file of the same bundle has given already."""
    first: dict[str, str] = {}
    for file in files:
        for layer in file.layers:
            owner = first.setdefault(layer.name, file.source.name)
            if owner != file.source.name:
                yield _twice(file, layer.name, owner)


def _twice(file: Compilation, name: str, owner: str) -> Diagnostic:
    from layerdsl.syntax.tree import Layer

    spans = [item.name.span for item in file.file.items if isinstance(item, Layer) and item.name.value == name]
    return Diagnostic(
        "LD604",
        f"`{name}` is in both `{owner}` and `{file.source.name}`, and one module has room for one of them",
        spans[0] if spans else None,
        f"`{owner}` has a layer of this name",
        help="rename one of them, or leave one file out of the bundle",
    )


def in_one_place(stems: Mapping[str, str]) -> str:
    """The two files that would be written to one place, in words; nothing where there are none.

    stems: by the name of each file the path of what is written for it, without an ending.
    """
    first: dict[str, str] = {}
    for name, path in stems.items():
        other = first.setdefault(os.path.normpath(path), name)
        if other != name:
            return f"what becomes of `{other}` and `{name}` would be written to one place, `{path}.py`"
    return ""


def unfitting(module: str, stems: Iterable[str]) -> Iterator[Diagnostic]:
    """LD606 where what is written to the paths `stems` could not be imported as `module`."""
    last = module.rpartition(".")[2]
    if not all(part.strip() for part in module.split(".")):
        yield Diagnostic("LD606", f"`{module}` is no name of a module", help="write it as in `rpn.anchors`")
        return
    for path in stems:
        name = os.path.basename(path)
        if name != last:
            message = f"Caffe can't import `{module}` from `{path}.py`: for it a module has the name of its file"
            yield Diagnostic("LD606", message, help=f"give the file that name, as `--bundle {last}.py` does")


def unusable(module: str) -> Diagnostic | None:
    """LD606 where Caffe could not import the file of `module`; a warning where it would hide a module of Python's."""
    advice = "rename the file, or give the module a name of its own: `--bundle NAME.py`"
    if re.search(r"[^\w .-]", module):
        return Diagnostic("LD606", "a module's name is made of letters, digits, `_` and `-`", help=advice)
    if "." in module:
        package, _, rest = module.partition(".")
        message = f"Caffe can't import `{module}.py`: for it `{module}` is `{rest}` in a package `{package}`"
        return Diagnostic("LD606", message, help=advice)
    if module in _IMPORTED:
        return Diagnostic("LD606", f"a file `{module}.py` would hide the `{module}` that it imports", help=advice)
    if module in sys.stdlib_module_names:
        message = f"a file `{module}.py` on PYTHONPATH hides Python's own `{module}`"
        return Diagnostic("LD606", message, help=advice, level="warning")
    return None
