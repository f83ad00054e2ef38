"""Where imported `.layer` files are found: beside the importing file, or in the standard library."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from layerdsl.resources import folder
from layerdsl.source import Diagnostic
from layerdsl.syntax import parse, read_source
from layerdsl.syntax import tree as syntax

Parsed = tuple[syntax.File, tuple[Diagnostic, ...]]


def load(module: str, importing: syntax.File) -> Parsed | None:
    """The file that `from module import ...` means, parsed; None where there is none.

    A file beside the importing one comes before the standard library. Parts of the name are folders.
    """
    parts = module.split(".")
    beside = Path(importing.source.name).parent.joinpath(*parts).with_suffix(".layer")
    for path in (beside, folder("stdlib").joinpath(*parts).with_suffix(".layer")):
        if path.is_file():
            return _parsed(str(path), path.stat().st_mtime_ns)
    return None


@cache
def _parsed(path: str, version: int) -> Parsed | None:
    try:
        data = Path(path).read_bytes()
    except OSError:
        return None
    source = read_source(path, data)
    if isinstance(source, Diagnostic):
        return syntax.File(_empty(path), None, ()), (source,)
    return parse(source)


def _empty(path: str) -> syntax.Source:
    return syntax.Source(path, "")
