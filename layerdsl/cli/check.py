"""`layerdsl check`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from layerdsl.cli import options, streams
from layerdsl.cli.compiling import compile_all
from layerdsl.cli.outputs import stem
from layerdsl.cli.report import Style, fault_of_the_compiler, finish, has_errors


@click.command("check", short_help="Hold every gradient against the formula, and run the examples.")
@options.files
@options.set_option
@options.style_options
def check(names: tuple[str, ...], settings: Mapping[str, str], form: str, deny_warnings: bool) -> int:
    """Check the gradients of every layer numerically, in float64 and in both phases, and run the `example` blocks."""
    return run(names, settings, options.style(form, deny_warnings))


def run(names: Sequence[str], settings: Mapping[str, str], style: Style) -> int:
    """Prints a table of what was checked to standard output; gives the exit status."""
    compiled = compile_all(names, settings, stem)
    found = list(compiled.diagnostics)
    for file in compiled.files:
        if has_errors(file.diagnostics):
            continue
        try:
            from layerdsl.check import check_file

            result = check_file(file)
            streams.put(result.table())
            found.extend(result.diagnostics)
        except BrokenPipeError:
            raise
        except Exception as error:
            found.append(fault_of_the_compiler(error, file.source.name))
    return finish(found, style)
