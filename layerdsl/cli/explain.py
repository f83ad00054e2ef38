"""`layerdsl explain`."""

from __future__ import annotations

import re
from typing import Final

import click

from layerdsl.cli import streams
from layerdsl.source.codes import CODES
from layerdsl.source.nearest import nearest

# What the tests of the pages need to know of a block is nothing to a reader: "```layer file=dice.layer".
_FENCE: Final = re.compile(r"^(```\w+) .*$", re.MULTILINE)


@click.command("explain", short_help="Explain the code of a diagnostic.")
@click.argument("code", required=False)
def explain(code: str | None) -> int:
    """Print what CODE means, with a program that fails and one that is mended; without CODE, list all codes."""
    streams.put(contents() if code is None else page(_known(code)))
    return 0


def page(code: str) -> str:
    """The page of a code, as Markdown."""
    from layerdsl import resources

    text = (resources.folder("docs/errors") / f"{code}.md").read_text(encoding="utf-8")
    return _FENCE.sub(r"\1", text)


def contents() -> str:
    """Every code with its title, one on a line."""
    return "".join(f"{code}  {title}\n" for code, title in CODES.items())


def _known(given: str) -> str:
    code = given.upper()
    if code in CODES:
        return code
    near = nearest(code, CODES)
    raise click.UsageError(f"there is no code `{given}`" + (f", did you mean `{near}`?" if near else ""))
