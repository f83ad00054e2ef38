"""The command `layerdsl`: its subcommands, and what becomes of whatever goes wrong in them."""

from __future__ import annotations

from collections.abc import Sequence

import click

from layerdsl import __version__
from layerdsl.cli import streams
from layerdsl.cli.check import check
from layerdsl.cli.compile import compile_files
from layerdsl.cli.explain import explain
from layerdsl.cli.report import fault_of_the_compiler
from layerdsl.cli.show import show
from layerdsl.source.render import render

INTERRUPTED = 130  # what a shell gives for a program ended by an interrupt
BROKEN_PIPE = 141  # and for one whose reader has gone


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="layerdsl", message="%(prog)s %(version)s")
def layerdsl() -> None:
    """From the forward formulas of a .layer file to a caffe.Layer class and the prototxt that wires it."""


for _command in (compile_files, show, check, explain):
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
    try:
        # A subcommand returns its exit status; `--help` and `--version` end in an `Exit` that click turns into one.
        status = layerdsl.main(None if arguments is None else list(arguments), "layerdsl", standalone_mode=False)
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as wrong:
        return _wrong_use(wrong)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        streams.complain(render([fault_of_the_compiler(error)]))
        return 1
    return status if isinstance(status, int) else 0


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
