"""From diagnostics to what is printed and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from layerdsl import __version__
from layerdsl.cli import streams
from layerdsl.source import Diagnostic, Fault
from layerdsl.source.render import render

_MACHINE: Final = frozenset({"LD701", "LD702"})  # no fault of a program: exit status 2


@dataclass(frozen=True)
class Style:
    """How diagnostics are shown and which of them count: the options that several commands share."""

    form: str = "full"
    deny_warnings: bool = False


def finish(diagnostics: Iterable[Diagnostic], style: Style) -> int:
    """Prints the diagnostics, each once, and gives the exit status."""
    counted = counted_as(diagnostics, style)
    streams.complain(render(counted, style.form, streams.colorful()))
    return status(counted)


def counted_as(diagnostics: Iterable[Diagnostic], style: Style) -> tuple[Diagnostic, ...]:
    """The diagnostics without repetitions (an imported file is seen by all that import it), warnings made errors."""
    once = dict.fromkeys(diagnostics)
    return tuple(replace(each, level="error") for each in once) if style.deny_warnings else tuple(once)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether anything forbids to go on."""
    return any(each.level == "error" for each in diagnostics)


def status(diagnostics: Sequence[Diagnostic]) -> int:
    """0: no errors, 1: errors in a program, 2: a file that can't be read or written."""
    errors = [each.code for each in diagnostics if each.level == "error"]
    return 2 if _MACHINE.intersection(errors) else int(bool(errors))


def fault_of_the_compiler(error: BaseException, name: str = "") -> Diagnostic:
    """What the user sees of an exception that nobody foresaw; a `Fault` is what it carries."""
    if isinstance(error, Fault):
        return error.diagnostic
    import platform
    import traceback  # only where something has gone wrong

    if os.environ.get("LAYERDSL_DEBUG") == "traceback":
        streams.complain("".join(traceback.format_exception(error)))
    subject = f" on `{name}`" if name else ""
    text = str(error).split("\n")[0]
    seen = f"{type(error).__name__}{f': {text}' if text else ''}{_origin(error)}"
    versions = f"layerdsl {__version__}, Python {platform.python_version()} on {sys.platform}"
    wanted = "please report it with these two lines and the file; `LAYERDSL_DEBUG=traceback` shows more"
    return Diagnostic("LD901", f"layerdsl itself failed{subject}", notes=(seen, versions), help=wanted)


def _origin(error: BaseException) -> str:
    """Where in the compiler an exception was raised: ` (passes/lower.py:71)`."""
    import pathlib
    import traceback

    package = pathlib.Path(__file__).resolve().parent.parent
    frames = [(pathlib.Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(path, line) for path, line in frames if package in path.parents]
    return f" ({ours[-1][0].relative_to(package).as_posix()}:{ours[-1][1]})" if ours else ""
