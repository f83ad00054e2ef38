"""Writes docs/stdlib.md: every function of the standard library with what it takes, from its `.layer` files.

python tools/stdlib_page.py
"""

import pathlib

from layerdsl.source import Source
from layerdsl.syntax import parse, tree
from layerdsl.syntax.printer import show

PROJECT = pathlib.Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "stdlib.md"

HEAD = """\
# The standard library

Functions written in the language itself, in [`stdlib`](../stdlib): `from losses import smooth_l1`. Each is a few lines
that can be read and copied. An argument with axes is matched to them in their order: `[N, C, *S]` takes the first axis
as `N`, the second as `C` and all others as `S`, whatever they are called where the function is used. Where the classes
lie elsewhere, a formula says more than a function: `-log_softmax(score, over=C)[C=label]`. An argument without axes may
be anything; a default stands behind `=`.

This page is made from the files by `python tools/stdlib_page.py`.
"""


def page() -> str:
    """The text of the page."""
    return "\n".join([HEAD, *map(_section, sorted((PROJECT / "stdlib").glob("*.layer")))])


def _section(path: pathlib.Path) -> str:
    file, _ = parse(Source(path.name, path.read_text(encoding="utf-8")))
    rows = [_row(item) for item in file.items if isinstance(item, tree.Function)]
    lines = [f"## {path.stem}", "", (file.doc or "").split("\n\n")[0].replace("\n", " "), ""]
    return "\n".join([*lines, "| function | |", "| --- | --- |", *rows]) + "\n"


def _row(function: tree.Function) -> str:
    header = show(function).split("\n")[0].removeprefix("def ").removesuffix(":")
    said = " ".join((function.doc or "").split("\n\n")[0].split())
    return f"| `{header}` | {said} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
