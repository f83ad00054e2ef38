"""`layerdsl format`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from layerdsl.cli import options, streams
from layerdsl.cli.changes import difference, write_back
from layerdsl.cli.files import STDIN_SHOWN, read_sources
from layerdsl.cli.report import Style, fault_of_the_compiler, finish, has_errors
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.source import Source


@click.command("format", short_help="Bring .layer files into the standard form.")
@options.files
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file is not in the standard form.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@options.style_options
def format_files(names: tuple[str, ...], check: bool, diff: bool, form: str, deny_warnings: bool) -> int:
    """Bring .layer files into the standard form: indentation, empty lines and blanks; nothing else changes.

    A file that can't be read without an error stays as it is. `-` reads standard input and writes standard output.
    """
    return run(names, check, diff, options.style(form, deny_warnings))


def run(names: Sequence[str], check: bool, diff: bool, style: Style) -> int:
    """Formats the files; gives the exit status, with `check` or `diff` 1 also where a file would change."""
    sources, found = read_sources(names)
    formed = [(source, *_formed(source)) for source in sources]
    found = (*found, *(each for _, _, faults in formed for each in faults))
    texts = {source: text for source, text, _ in formed if text is not None}
    changed = {source: text for source, text in texts.items() if text != source.text}
    if diff:
        streams.put("".join(difference(source, text, "formatted") for source, text in changed.items()))
    elif check:
        streams.complain("".join(f"{source.name} is not in the standard form\n" for source in changed))
    else:
        found = (*found, *_written(texts, changed))
    status = finish(found, style)
    return status or int(bool(changed) and (check or diff))


def _formed(source: Source) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of a source in standard form, or what is wrong with it."""
    from layerdsl.formatting import formatted
    from layerdsl.syntax import parse

    try:
        faults = parse(source)[1]
        return (None, faults) if has_errors(faults) else (formatted(source), ())
    except Exception as error:
        return None, (fault_of_the_compiler(error, source.name),)


def _written(texts: dict[Source, str], changed: dict[Source, str]) -> tuple[Diagnostic, ...]:
    """Writes what has changed, and to standard output what came from standard input."""
    streams.put("".join(text for source, text in texts.items() if source.name == STDIN_SHOWN))
    return write_back(changed)
