"""The command `layerdsl`: its subcommands, and what becomes of whatever goes wrong in them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from layerdsl import __version__
from layerdsl.cli import streams
from layerdsl.cli.check import check
from layerdsl.cli.compile import compile_files
from layerdsl.cli.explain import explain
from layerdsl.cli.format import format_files
from layerdsl.cli.lint import lint
from layerdsl.cli.report import Style, fault_of_the_compiler, finish
from layerdsl.cli.show import show

INTERRUPTED = 130  # what a shell gives for a program ended by an interrupt
BROKEN_PIPE = 141  # and for one whose reader has gone


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="layerdsl", message="%(prog)s %(version)s")
def layerdsl() -> None:
    """From the forward formulas of a .layer file to a caffe.Layer class and the prototxt that wires it."""


for _command in (compile_files, show, check, lint, format_files, explain):
    layerdsl.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line with `arguments` (default: those of the process) and gives the exit status.

    0: clean, 1: errors found, 2: wrong use, or a file that can't be read or written. No exception gets out.
    """
    try:
        status = _run(arguments)
        streams.flush()
    except BrokenPipeError:
        streams.silence()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _run(arguments: Sequence[str] | None) -> int:
    """The exit status of a subcommand, which is what its function returns."""
    try:
        # Not click's own `main`: it ends the process at a broken pipe, and prints a line end at an interrupt.
        with layerdsl.make_context("layerdsl", list(sys.argv[1:] if arguments is None else arguments)) as context:
            return int(layerdsl.invoke(context))
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as wrong:
        return _wrong_use(wrong)
    except BrokenPipeError:
        raise
    except Exception as error:
        return finish([fault_of_the_compiler(error)], Style())


def _wrong_use(wrong: click.ClickException) -> int:
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    if isinstance(wrong, click.exceptions.NoArgsIsHelpError):
        streams.complain(wrong.format_message() + "\n")
        return 2
    command = context.command_path if context else "layerdsl"
    text = wrong.format_message()
    streams.complain(
        f"error: {text[:1].lower()}{text[1:].rstrip('.')}\n   = help: `{command} --help` says what there is\n"
    )
    return 2
