"""Changed texts of files: the difference for people and for `patch`, and back to where they came from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from layerdsl.cli.files import STDIN_SHOWN, write_all
from layerdsl.source import Diagnostic, Fault, Source


def difference(source: Source, text: str, what: str) -> str:
    """The unified difference between a source and its new text, which is `what`: formatted, mended."""
    before, after = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    return "".join(_ended(difflib.unified_diff(before, after, source.name, f"{source.name} ({what})")))


def _ended(lines: Iterable[str]) -> Iterable[str]:
    """Lines of a difference; the last of a file may lack its end."""
    return (line if line.endswith("\n") else f"{line}\n\\ no line end\n" for line in lines)


def write_back(changed: Mapping[Source, str]) -> tuple[Diagnostic, ...]:
    """Writes files anew, all or none; LD702 where that can't be. What came from standard input has no file."""
    try:
        write_all({source.name: text for source, text in changed.items() if source.name != STDIN_SHOWN})
    except Fault as fault:
        return (fault.diagnostic,)
    return ()
