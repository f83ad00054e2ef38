"""The files that hold constants of layers: they go along with the emitted classes, which read them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layerdsl.source import Diagnostic, Span

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation


@dataclass(frozen=True)
class Copy:
    """What a file of constants holds, and the path of the class that reads it."""

    content: bytes
    reader: str


def copies(
    files: Sequence[Compilation], class_of: Callable[[Compilation], str]
) -> tuple[dict[str, Copy], list[Diagnostic]]:
    """What has to lie in other folders by the path it gets there, and a warning for each file that is not there.

    class_of: the path of the emitted class, beside which the constants are looked for.
    """
    found: dict[str, Copy] = {}
    missing: dict[str, Diagnostic] = {}
    for file in files:
        reader = class_of(file)
        for path, folder, span in dict.fromkeys(one for layer in file.layers for one in layer.files):
            here, there = os.path.join(folder, path), os.path.join(os.path.dirname(reader), path)
            if not os.path.isfile(here):
                missing[path] = _missing(path, span)
            elif os.path.realpath(here) != os.path.realpath(there):
                with open(here, "rb") as content:
                    found[there] = Copy(content.read(), reader)
    return found, list(missing.values())


def _missing(path: str, span: Span | None) -> Diagnostic:
    message = f"`{path}` is not there yet"
    remedy = "the net can't be set up before it lies beside the emitted class"
    return Diagnostic("LD701", message, span, "it is looked for beside the `.layer` file", help=remedy, level="warning")
