"""Where imported `.layer` files are found: beside the importing file, or in the standard library."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from layerdsl.resources import folder
from layerdsl.source import Diagnostic, Source
from layerdsl.syntax import parse, read_source
from layerdsl.syntax import tree as syntax

Parsed = tuple[syntax.File, tuple[Diagnostic, ...]]


def load(module: str, importing: syntax.File) -> Parsed | None:
    """The file that `from module import ...` means, parsed; None where there is none.

    A file beside the importing one comes before the standard library. Parts of the name are folders.
    """
    for root in _roots(importing):
        path = root.joinpath(*module.split(".")).with_suffix(".layer")
        if path.is_file():
            return _parsed(str(path), path.stat().st_mtime_ns)
    return None


def modules(importing: syntax.File) -> tuple[str, ...]:
    """What could be imported, but for what lies in folders: to tell who misspelt a name what was meant."""
    found = (path.stem for root in _roots(importing) if root.is_dir() for path in root.glob("*.layer"))
    return tuple(dict.fromkeys(sorted(found)))


def _roots(importing: syntax.File) -> tuple[Path, ...]:
    return Path(importing.source.name).parent, Path(str(folder("stdlib")))


@cache
def _parsed(path: str, version: int) -> Parsed | None:
    try:
        data = Path(path).read_bytes()
    except OSError:
        return None
    source = read_source(path, data)
    if isinstance(source, Diagnostic):
        return syntax.File(Source(path, ""), None, ()), (source,)
    return parse(source)
