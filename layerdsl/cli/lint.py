"""`layerdsl lint`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from layerdsl.cli import options, streams
from layerdsl.cli.changes import difference, write_back
from layerdsl.cli.compiling import compile_all
from layerdsl.cli.files import STDIN_SHOWN
from layerdsl.cli.outputs import stem
from layerdsl.cli.report import Style, fault_of_the_compiler, finish, has_errors
from layerdsl.source import Diagnostic, Source

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation


@click.command("lint", short_help="Say what is hardly meant in .layer files, and mend what can be mended.")
@options.files
@click.option("--fix", is_flag=True, help="Mend what changes no value, print the difference, and say what is left.")
@click.option("--diff", is_flag=True, help="Print what --fix would change; write nothing.")
@options.set_option
@options.style_options
def lint(
    names: tuple[str, ...], fix: bool, diff: bool, settings: Mapping[str, str], form: str, deny_warnings: bool
) -> int:
    """Look at .layer files as `compile` and `check` do, and write nothing but what --fix mends.

    A file with an error stays as it is. With --fix, what `-` reads from standard input goes mended to standard output.
    """
    return run(names, fix, diff, settings, options.style(form, deny_warnings))


def run(names: Sequence[str], fix: bool, diff: bool, settings: Mapping[str, str], style: Style) -> int:
    """Prints what is found; gives the exit status, with `diff` 1 also where a file would change."""
    compiled = compile_all(names, settings, stem)
    if not (fix or diff):
        return finish(compiled.diagnostics, style)
    found = list(compiled.diagnostics)
    changed: dict[Source, str] = {}
    for file in compiled.files:
        text = _mended(file, settings, found)
        if text is not None and text != file.source.text:
            changed[file.source] = text
    if diff:
        streams.put("".join(difference(source, text, "mended") for source, text in changed.items()))
        return finish(found, style) or int(bool(changed))
    found = [*_left(found, changed, settings), *_written([file.source for file in compiled.files], changed)]
    return finish(found, style)


def _mended(file: Compilation, settings: Mapping[str, str], found: list[Diagnostic]) -> str | None:
    """The text of a file without what can be mended; None where it has an error."""
    from layerdsl.lints.fix import mended
    from layerdsl.pipeline import compile_source

    if has_errors(each for each in found if each.span is None or each.span.source == file.source):
        return None
    try:
        return mended(file, lambda source: compile_source(source, settings, stem(source)))
    except Exception as error:
        found.append(fault_of_the_compiler(error, file.source.name))
        return None


def _left(found: list[Diagnostic], changed: Mapping[Source, str], settings: Mapping[str, str]) -> list[Diagnostic]:
    """What is found once files have been changed."""
    from layerdsl.lints import findings
    from layerdsl.pipeline import compile_source

    left = [each for each in found if each.span is None or each.span.source not in changed]
    for source, text in changed.items():
        left += findings(compile_source(Source(source.name, text), settings, stem(source)))
    return left


def _written(sources: Sequence[Source], changed: Mapping[Source, str]) -> tuple[Diagnostic, ...]:
    """Writes what has changed and prints how; what came from standard input goes to standard output as a whole."""
    for source in sources:
        text = changed.get(source, source.text)
        if source.name == STDIN_SHOWN:
            streams.put(text)
        elif source in changed:
            streams.put(difference(source, text, "mended"))
    return write_back(changed)
