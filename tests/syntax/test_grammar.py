"""The tables are those of the grammar, and the machine reads what Lark reads by it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lark import Lark
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer as LarkLexer
from lark.lexer import Token

from layerdsl.resources import folder
from layerdsl.source import Source
from layerdsl.syntax import generate, parse, tables
from layerdsl.syntax.build import EXPRESSIONS, NODES
from layerdsl.syntax.lexer import Lexer
from layerdsl.syntax.machine import RULES
from layerdsl.syntax.words import FREE_WORDS


def test_tables_are_those_of_the_grammar() -> None:
    written = Path(tables.__file__).read_text(encoding="utf-8")
    assert generate.text() == written, "run: python layerdsl/syntax/generate.py"


def test_every_rule_has_its_function_and_every_function_its_rule() -> None:
    assert {action for _, _, action, _ in RULES} - {"=", "[]"} == EXPRESSIONS.keys() | NODES.keys()


def test_free_words_are_those_of_the_rule_for_names() -> None:
    rule = next(rule for rule in generate.grammar().rules if rule.origin.name == "name")
    names = {r.expansion[0].name for r in generate.grammar().rules if r.origin == rule.origin}
    assert names == FREE_WORDS | {"NAME"}


def test_reading_a_file_imports_neither_lark_nor_numpy() -> None:
    code = "import sys, layerdsl.syntax; print(sorted({'lark', 'numpy', 'autograd', 'click'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


class OurTokens(LarkLexer):
    """Hands the tokens of our lexer, and the blocks of well indented texts, to Lark's own parser."""

    def __init__(self, _: object) -> None:
        pass

    def lex(self, text: str) -> Iterator[Token]:  # type: ignore[override]
        lexer = Lexer(Source("", text))
        levels = [0]
        while (line := lexer.next_line()) is not None:
            while len(line.indentation) < levels[-1]:
                levels.pop()
                yield Token("_DEDENT", "")
            if len(line.indentation) > levels[-1]:
                levels.append(len(line.indentation))
                yield Token("_INDENT", "")
            yield from (Token(token.kind, token.text) for token in lexer.tokens())
        yield from [Token("_DEDENT", "")] * (len(levels) - 1)


@pytest.fixture(scope="module")
def lark() -> Lark:
    text = (folder("grammar") / "layer.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer=OurTokens, maybe_placeholders=True, strict=False)


HEADER = "layer A(x: [N]) -> y: [N]:\n"

GOOD = [
    HEADER + "    y = -x**2\n",
    HEADER + '    """doc"""\n    hyper a: "b" | "c"? = none; hyper d: list[int]\n    y = x[C=::2, H=1:]\n',
    "from a.b import (c as d, e)\n" + HEADER + "    y = x\n",
]
BAD = [
    HEADER + "    y = x[0]\n",
    HEADER + "    y = \n",
    HEADER + "    hyper a = 3\n",
    HEADER + "    y = f(x y)\n",
    HEADER + "    else:\n        y = x\n",
    "layer A(x: [N]) -> [N]:\n    y = x\n",
    "x = 3\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_lark_reads_what_the_machine_reads(lark: Lark, text: str) -> None:
    lark.parse(text)
    assert parse(Source("", text))[1] == ()


def test_lark_reads_the_programs(lark: Lark, programs: str) -> None:
    assert len(lark.parse(programs).children) == 16  # a docstring, or its absence, and fifteen items


@pytest.mark.parametrize("text", BAD)
def test_lark_stops_where_the_machine_stops(lark: Lark, text: str) -> None:
    with pytest.raises(UnexpectedToken):
        lark.parse(text)
    assert parse(Source("", text))[1]
