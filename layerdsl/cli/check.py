"""`layerdsl check`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from layerdsl.cli import options, streams
from layerdsl.cli.compiling import compile_all
from layerdsl.cli.files import write_all
from layerdsl.cli.outputs import stem
from layerdsl.cli.report import Style, counted_as, fault_of_the_compiler, finish, has_errors
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.check.classes import ClassResult
    from layerdsl.check.export import Report
    from layerdsl.pipeline import Compilation


MOST_TOPS = 100
STDOUT = "-"
OPTIONS = ("second", "seed", "python", "seconds")  # of the check of a file


def _flags(_context: click.Context, _option: click.Parameter, given: str | None) -> tuple[bool, ...] | None:
    if given is None:
        return None
    words = {"1": True, "0": False, "true": True, "false": False}
    parts = [part.strip().lower() for part in given.split(",")]
    if not all(part in words for part in parts):
        raise click.BadParameter(f"`{given}` is not of the form `1,0`: for each bottom whether it gets a gradient")
    return tuple(words[part] for part in parts)


def _tops(_context: click.Context, _option: click.Parameter, given: str | None) -> tuple[bool, ...] | None:
    """Of each top whether it gives a gradient back: so many do, or those that have a 1."""
    if given is None:
        return None
    if given.isdigit() and int(given) <= MOST_TOPS:
        return (True,) * int(given)
    if "," in given and all(part in ("0", "1") for part in given.split(",")):
        return tuple(part == "1" for part in given.split(","))
    raise click.BadParameter(
        f"`{given}` is neither how many tops there are nor of the form `1,0`: which give a gradient"
    )


@click.command("check", short_help="Hold every gradient against the formula, and run the examples.")
@click.argument("names", metavar="FILES...", nargs=-1)
@click.option("--class", "target", metavar="FILE.py:CLASS", help="Try a hand-written caffe.Layer class, which is run.")
@click.option("--bottom", "bottoms", metavar="SHAPE[:KIND]", multiple=True,
              help="A bottom of the class: 4x3x8x8, 4x1x8x8:labels=3, 4x2:0..1, scalar, or values.npy.")  # fmt: skip
@click.option("--param-str", metavar="TEXT", default="", help="The class's param_str.")
@click.option("--propagate-down", metavar="1,0,...", callback=_flags,
              help="Which bottoms have a gradient. Default: all but labels.")  # fmt: skip
@click.option("--tops", metavar="N", callback=_tops,
              help="How many tops, or as 1,0 which of them give a gradient back. Default: found out, all.")  # fmt: skip
@click.option("--caffe", "python", metavar="PYTHON", help="A Python that has Caffe: the check runs there.")
@click.option("--time-limit", "seconds", metavar="SECONDS", type=click.FloatRange(0, min_open=True), default=120.0,
              show_default=True, help="For the class, or each layer on Caffe.")  # fmt: skip
@click.option("--seed", metavar="N", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True,
              help="Other points, and other entries of large blobs.")  # fmt: skip
@click.option("--extern", "outside", is_flag=True, help="Call the Python functions that `extern` names, else made up.")
@click.option("--second-order", "second", is_flag=True, help="Check the derivatives of the gradients, too.")
@click.option("--properties", is_flag=True, help="Print a line for each property that is tried, too.")
@click.option("--json", "json_path", metavar="FILE", help="Write all of it to FILE as JSON, to standard output with -.")
@click.option("--junit", "junit_path", metavar="FILE", help="Write all of it to FILE as JUnit's XML, likewise.")
@options.set_option
@options.style_options
def check(names: tuple[str, ...], settings: Mapping[str, str], form: str, deny_warnings: bool, **given: Any) -> int:
    """Check the gradients of every layer numerically, in float64 and in both phases, and run the `example` blocks.

    With --class, any caffe.Layer class is tried, on bottoms of the shapes that --bottom gives.
    """
    style = options.style(form, deny_warnings)
    if given["json_path"] and given["json_path"] == given["junit_path"]:
        raise click.UsageError("`--json` and `--junit` would be written to one place")
    if given["target"] is not None:
        _refuse({"set": settings, "extern": given["outside"]}, "`.layer` files")
        return _run_class(names, given, style)
    if not names:
        raise click.UsageError("Missing argument 'FILES...'.")
    of_classes = {"bottom": "bottoms", "param-str": "param_str", "propagate-down": "propagate_down", "tops": "tops"}
    _refuse({option: given[name] for option, name in of_classes.items()}, "`--class`")
    return run(names, settings, style, given)


def _refuse(options: Mapping[str, object], other: str) -> None:
    """Usage errors for what was given but goes with something else."""
    for option, value in options.items():
        if value:
            raise click.UsageError(f"`--{option}` goes with {other}")


def run(names: Sequence[str], settings: Mapping[str, str], style: Style, given: Mapping[str, Any] | None = None) -> int:
    """Prints a table of what was checked to standard output; gives the exit status."""
    wanted = given or {}
    compiled = compile_all(names, settings, stem)
    found = list(compiled.diagnostics)
    broken = {each.span.source.name for each in found if each.span and has_errors([each])}
    sound = [file for file in compiled.files if file.source.name not in broken]
    reports: list[Report] = []
    for number, file in enumerate(sound):
        found.extend(_checked(file, number > 0, wanted, reports))
    found.extend(_exported(reports, found, wanted, style))
    return finish(found, style)


def _checked(file: Compilation, apart: bool, given: Mapping[str, Any], reports: list[Report]) -> tuple[Diagnostic, ...]:
    """Checks one file and prints its table, `apart` from the one before."""
    try:
        from layerdsl.check.by_path import checked
        from layerdsl.check.outside import calling

        with calling(os.path.dirname(file.source.name)) if given.get("outside") else nullcontext():
            result = checked(file, **{name: given[name] for name in OPTIONS if name in given})
        table = result.table(bool(given.get("properties") or given.get("python")))
        nothing = f"{file.source.name} has no layer and no example: nothing to check\n"
        _show("\n" * apart + (table or nothing), given)
        if given.get("json_path") or given.get("junit_path"):
            from layerdsl.check.export import of_file

            reports.append(of_file(file.source.name, result, result.diagnostics))
        return result.diagnostics
    except BrokenPipeError:
        raise
    except Exception as error:
        return (fault_of_the_compiler(error, file.source.name),)


def _run_class(names: Sequence[str], given: Mapping[str, Any], style: Style) -> int:
    """Tries a class and prints the table of its properties."""
    if names:
        raise click.UsageError(f"`--class` stands alone, without `{names[0]}`")
    if given["second"]:
        raise click.UsageError("`--second-order` goes with `.layer` files: a class has no second derivative")
    result = _class_result(given)
    if isinstance(result, Diagnostic):
        return finish([result], style)
    from layerdsl.check.export import of_class

    _show(result.table(), given)
    return finish([*result.diagnostics, *_exported([of_class(result)], (), given, style)], style)


def _show(table: str, given: Mapping[str, Any]) -> None:
    """Prints a table: beside standard output where that is for another program."""
    taken = STDOUT in (given.get("json_path"), given.get("junit_path"))
    (streams.complain if taken else streams.put)(table)


def _class_result(given: Mapping[str, Any]) -> ClassResult | Diagnostic:
    from layerdsl.check.classes import ClassCheck, checked

    names = ("target", "bottoms", "param_str", "propagate_down", "python", "seconds", "seed")
    tops = given["tops"]
    const = [j for j, one in enumerate(tops or ()) if not one]
    count = None if tops is None else len(tops)
    try:
        return checked(ClassCheck(**{name: given[name] for name in names}, tops=count, const_tops=const))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except Exception as error:
        return fault_of_the_compiler(error, given["target"])


def _exported(
    reports: Sequence[Report], found: Iterable[Diagnostic], given: Mapping[str, Any], style: Style
) -> tuple[Diagnostic, ...]:
    """Writes what `--json` and `--junit` ask for, with all that was found; what hinders that is a diagnostic."""
    if not given.get("json_path") and not given.get("junit_path"):
        return ()
    from layerdsl.check.export import as_json, as_junit, completed

    reports = [
        replace(report, diagnostics=counted_as(report.diagnostics, style)) for report in completed(reports, found)
    ]
    texts = {given.get("json_path"): as_json, given.get("junit_path"): as_junit}
    written = {path: text(reports) for path, text in texts.items() if path}
    try:
        write_all({path: text for path, text in written.items() if path != STDOUT})
        if STDOUT in written:
            streams.put(written[STDOUT])
    except BrokenPipeError:
        raise
    except Exception as error:
        return (fault_of_the_compiler(error),)
    return ()
