"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from layerdsl.cli.report import Style
from layerdsl.source.render import FORMATS

Command = TypeVar("Command", bound=Callable[..., Any])


def files(command: Command) -> Command:
    """`FILES...`, at least one, `-` for standard input."""
    return click.argument("names", metavar="FILES...", nargs=-1, required=True)(command)


def set_option(command: Command) -> Command:
    """`--set hyper=value`, any number of times, as a dictionary `settings`."""
    option = click.option(
        "--set", "settings", metavar="HYPER=VALUE", multiple=True, callback=_pairs,
        help="Change the default of a hyper-parameter.",
    )  # fmt: skip
    return option(command)


def style_options(command: Command) -> Command:
    """`--format` and `--deny-warnings`, as `form` and `deny_warnings`."""
    form = click.option(
        "--format", "form", type=click.Choice(list(FORMATS)), default="full", show_default=True,
        help="How diagnostics are written to standard error.",
    )  # fmt: skip
    deny = click.option("--deny-warnings", is_flag=True, help="Treat warnings as errors.")
    return form(deny(command))


def style(form: str, deny_warnings: bool) -> Style:
    """The two options of `style_options` as one value."""
    return Style(form, deny_warnings)


def _pairs(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise click.BadParameter(f"`{text}` is not of the form `hyper=value`")
        if pairs.get(name, value) != value:
            raise click.BadParameter(f"`{name}` is given twice")
        pairs[name] = value
    return pairs
