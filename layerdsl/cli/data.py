"""The files that hold constants of layers: they go along with the emitted classes, which read them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from layerdsl.source import Diagnostic, Span

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation

Copies = dict[str, bytes]


def copies(files: Sequence[Compilation], folder_of: Callable[[Compilation], str]) -> tuple[Copies, list[Diagnostic]]:
    """What has to lie in other folders by the path it gets there, and a warning for each file that is not there."""
    found: Copies = {}
    missing: dict[str, Diagnostic] = {}
    for file in files:
        for path, folder, span in dict.fromkeys(one for layer in file.layers for one in layer.files):
            here, there = os.path.join(folder, path), os.path.join(folder_of(file), path)
            if not os.path.isfile(here):
                missing[path] = _missing(path, span)
            elif os.path.realpath(here) != os.path.realpath(there):
                with open(here, "rb") as content:
                    found[there] = content.read()
    return found, list(missing.values())


def _missing(path: str, span: Span | None) -> Diagnostic:
    message = f"`{path}` is not there yet"
    remedy = "the net can't be set up before it lies beside the emitted class"
    return Diagnostic("LD701", message, span, "it is looked for beside the `.layer` file", help=remedy, level="warning")
