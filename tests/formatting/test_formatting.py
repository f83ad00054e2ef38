"""The standard form: the same tokens and comments, whatever the blanks were, and nothing left to do the second time."""

from __future__ import annotations

import pathlib
import random
import re

import pytest

from layerdsl.formatting import formatted
from layerdsl.formatting.lines import CodeLine, comment, lines_of
from layerdsl.source import Source
from layerdsl.syntax import parse
from layerdsl.syntax.printer import show

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
FILES = sorted(
    path
    for folder in ("stdlib", "examples", "tests/layers", "tests/syntax", "tests/graph")
    for path in PROJECT.glob(f"{folder}/**/*.layer")
)
of_each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def source_of(path: pathlib.Path) -> Source:
    return Source(path.name, path.read_text(encoding="utf-8"))


def form(text: str) -> str:
    return formatted(Source("", text))


def words(text: str) -> list[str]:
    """All tokens and comments, in their order."""
    found: list[str] = []
    for line in lines_of(Source("", text)):
        if isinstance(line, CodeLine):
            for token, gap in zip(line.tokens, line.gaps, strict=True):
                found += [
                    re.sub(r"\s+", " ", token.text),
                    *(comment(part) for part in gap.split("\n") if comment(part)),
                ]
        else:
            found.append(line.text)
    return found


@of_each_file
def test_files_of_the_project_are_in_the_standard_form(path: pathlib.Path) -> None:
    assert form(source_of(path).text) == source_of(path).text


@of_each_file
def test_what_the_printer_writes_is_in_the_standard_form(path: pathlib.Path) -> None:
    printed = show(parse(source_of(path))[0])
    assert form(printed) == printed


def disturbed(text: str, seed: int) -> str:
    """The same program with other blanks between its tokens, other indentation, other empty lines."""
    choose = random.Random(seed)
    width = choose.choice((1, 2, 3, 8))
    lines = []
    for line in lines_of(Source("", text)):
        lines += [""] * choose.choice((0, 0, 1, 3))
        margin = " " * (line.column // 4 * width)
        if not isinstance(line, CodeLine):
            lines.append(margin + line.text.replace("# ", choose.choice(("#", "# ")), 1))
        elif line.first.kind == "DOC" or any("\n" in gap for gap in line.gaps):
            return text
        else:
            parts = [margin, line.first.text]
            for gap, token in zip(line.gaps, line.tokens[1:], strict=False):
                parts += [gap + " " * choose.choice((0, 0, 2)), token.text]
            lines.append("".join(parts) + ("  " + line.gaps[-1].strip() if line.gaps[-1].strip() else ""))
    return "\n".join(lines) + choose.choice(("", "\n", "\n\n"))


@of_each_file
@pytest.mark.parametrize("seed", range(3))
def test_blanks_do_not_matter_and_once_is_enough(path: pathlib.Path, seed: int) -> None:
    text = re.sub(r'^ *"""(.|\n)*?"""\n', "", source_of(path).text, flags=re.MULTILINE)
    other = disturbed(text, seed)
    once = form(other)
    assert words(once) == words(other)
    assert form(once) == once
    assert show(parse(Source("", once))[0]) == show(parse(Source("", text))[0])


CASES = {
    "operators, signs and stars": (
        "layer A(*xs:[*S],b:const[N]?)->*ys:[*S]:\n  y=-x**-2+( +a-b )*-1//2%3\n",
        "layer A(*xs: [*S], b: const [N]?) -> *ys: [*S]:\n    y = -x**-2 + (+a - b) * -1 // 2 % 3\n",
    ),
    "types of blobs are no selections": (
        "layer A(x:index(C)[N,1],y:index[N])->z:const[N]:\n  z=index(N)[N=1]+f(x)[C=1]\n",
        "layer A(x: index(C) [N, 1], y: index [N]) -> z: const [N]:\n    z = index(N)[N=1] + f(x)[C=1]\n",
    ),
    "equals signs": (
        "layer A(x:[N])->y:[N]:\n  param w:[F,K = k]=xavier(),lr_mult = 2\n  y=f(x,P=H by K=3,over =[N])\n",
        (
            "layer A(x: [N]) -> y: [N]:\n    param w: [F, K=k] = xavier(), lr_mult=2\n"
            "    y = f(x, P = H by K=3, over=[N])\n"
        ),
    ),
    "words that are names": (
        "layer A(at:[N])->by:[N]:\n  next=at*by-index (N)\n  state=at [ N=1 : ]\n",
        "layer A(at: [N]) -> by: [N]:\n    next = at * by - index(N)\n    state = at[N=1:]\n",
    ),
    "where an axis begins": (
        "layer A(x:[*A,C at -1,*B at(axis+1)])->y:[*A]:\n  y=x\n",
        "layer A(x: [*A, C at -1, *B at (axis + 1)]) -> y: [*A]:\n    y = x\n",
    ),
    "comments go with their block": (
        (
            "# of A\nlayer A(x: [N]) -> y: [N]:\n  if train:\n    y = x\n    # inside\n  # outside\n"
            "  else:\n    y = 2\n# of B\nlayer B(x: [N]) -> y: [N]:\n  y = x #last\n"
        ),
        (
            "# of A\nlayer A(x: [N]) -> y: [N]:\n    if train:\n        y = x\n        # inside\n    # outside\n"
            "    else:\n        y = 2\n\n# of B\nlayer B(x: [N]) -> y: [N]:\n    y = x  # last\n"
        ),
    ),
    "lines broken in brackets": (
        "layer A(x: [N],\n        z: [N]) -> y: [N]:\n  y = f( x,  # one\n         z,\n      # two\n    2)\n",
        "layer A(x: [N],\n        z: [N]) -> y: [N]:\n    y = f(x,   # one\n          z,\n      # two\n      2)\n",
    ),
    "a docstring moves along": (
        'layer A(x: [N]) -> y: [N]:\n  """One.\n\n  Two:\n      three\n  """\n  y = x\n',
        'layer A(x: [N]) -> y: [N]:\n    """One.\n\n    Two:\n        three\n    """\n    y = x\n',
    ),
    "comments in one column": (
        "layer A(x: [N]) -> y: [N]:\n    a = x      # one\n    bb = a+1   # two\n",
        "layer A(x: [N]) -> y: [N]:\n    a = x      # one\n    bb = a + 1  # two\n",
    ),
    "tabs": ("layer A(x: [N]) -> y: [N]:\n\ty = x\n", "layer A(x: [N]) -> y: [N]:\n    y = x\n"),
    "nothing but a comment behind": (
        "layer A(x: [N]) -> y: [N]:\n  y = x\n\n\n  # in it\n# at the end",
        "layer A(x: [N]) -> y: [N]:\n    y = x\n\n    # in it\n\n# at the end\n",
    ),
    "statements on one line": (
        "layer A(x: [N]) -> y: [N]:\n    a=x;b = f(a,k = 2);y=b\n",
        "layer A(x: [N]) -> y: [N]:\n    a = x; b = f(a, k=2); y = b\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_form(before: str, after: str) -> None:
    assert form(before) == after
    assert form(after) == after
