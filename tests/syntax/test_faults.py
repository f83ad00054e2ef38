"""Each fault of the syntax: its code, its place, and a message that names the remedy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from layerdsl.source import Diagnostic, Source
from layerdsl.source.codes import CODES
from layerdsl.syntax import parse
from layerdsl.syntax.words import BEGINNINGS, INSIDE, PYTHON_WORDS, WRONG_OPERATORS

Faults = Callable[[str], tuple[Diagnostic, ...]]

HEADER = "layer A(x: [N, C]) -> y: [N, C]:\n"


def only(found: tuple[Diagnostic, ...]) -> Diagnostic:
    (fault,) = found
    assert fault.span is not None
    assert fault.code in CODES
    assert fault.message[0] == "`" or fault.message[0].islower() or fault.message.startswith("NumPy")
    assert not fault.message.endswith(".")
    assert not fault.help.endswith(".")
    return fault


# What stands behind `y = ` in a layer: code, the text that is marked, and how often it occurs before the mark.
VALUES = [
    # NumPy, Caffe and Python
    ("x[:, 0]", "LD012", ":", "`x[C=0]`"),
    ("x[None, :]", "LD012", "None", "broadcast"),
    ("x[0]", "LD012", "0", "`x[C=0]`"),
    ("split(x, [G=2, K])", "LD003", "=", "behind the list: `[G, ...], G=2`"),
    ("f(x)[0]", "LD012", "0", "`x[C=0]`"),
    ("x[C=1][0]", "LD012", "0", "`x[C=0]`"),
    ("x[i]", "LD012", "i", "`x[C=0]`"),
    ("x[i, j]", "LD012", "i", "`x[C=0]`"),
    ("x[z > 0]", "LD012", "z", "`where(condition, x, 0)`"),
    ("x[..., 0]", "LD012", "...", "stay whole"),
    ("x.shape[0]", "LD012", ".shape", "is its size"),
    ("x.shape", "LD012", "x.shape", "is its size"),
    ("x.T", "LD012", "x.T", "`rename(x, N=M)` gives an axis another name"),
    ("x.t()", "LD012", ".t", "`rename(x, N=M, M=N)` swaps two"),
    ("x.transpose(0, 1)", "LD012", ".transpose", "`rename(x, N=M, M=N)` swaps two"),
    ("x.item()", "LD012", ".item", "write the value alone"),
    ("x.backward()", "LD012", ".backward", "the backward is derived"),
    ("F.relu(x)", "LD012", "F.relu", "`relu(...)`"),
    ("torch.nn.functional.relu(x)", "LD012", "functional.relu", "`relu(...)`"),
    ("np.matmul(x, x)", "LD012", "np.matmul", "`dot(a, b, over=K)`"),
    ("x.data", "LD012", "x.data", "write the name alone"),
    ("x.diff", "LD012", "x.diff", "`d(y)`"),
    ("x.foo", "LD012", "x.foo", "where it is called"),
    ("x.sum()", "LD012", ".sum", "`sum(x)`"),
    ("(x + 1).sum()", "LD012", ".sum", "`sum(x)`"),
    ("np.exp(x)", "LD012", "np.exp", "`exp(...)`"),
    ("np.pi", "LD012", "np.pi", "`pi`"),
    ("self.w", "LD012", "self.w", "`w` alone"),
    ("self.f(x)", "LD012", ".f", "`def`"),
    ("bottom[0].data", "LD012", "0", "the layer's first line"),
    ("top[0].diff", "LD012", "0", "the layer's first line"),
    ("a = b", "LD012", "=", "a line of its own"),
    ("where(x = 1 = 2, 0)", "LD012", "= 2", "`==`"),
    ("a ? b : c", "LD012", "?", "`where(a, b, c)`"),
    ("a | b", "LD012", "|", "`or`"),
    ('f"abc"', "LD012", 'f"abc"', "plain quotes"),
    ("True", "LD012", "True", "`true`"),
    ("False and x", "LD012", "False", "`false`"),
    ("f(None)", "LD012", "None", "`none`"),
    ("(a, b)", "LD012", ",", "`[a, b]`"),
    ("()", "LD012", ")", "`[a, b]`"),
    ("f(*xs)", "LD012", "*", "`sum(x, over=[C, S])`"),
    ("f(a, **xs)", "LD012", "**", "`sum(x, over=[C, S])`"),
    ("[q for q in x]", "LD012", "for", "stands in a call"),
    ("a \\", "LD012", "\\", "a bracket is open"),
    # what is missing
    ("x if a", "LD003", "", "`a if condition else b`"),
    ("x +", "LD003", "", ""),
    ("not", "LD003", "", ""),
    ("2 x", "LD003", "x", ""),
    ("if x", "LD003", "if", ""),
    ("x[]", "LD012", "]", "`x[C=0]`"),
    ("x[C=]", "LD003", "]", ""),
    ("x[C=1 2]", "LD003", "2", ""),
    ("f(a 2)", "LD003", "2", ""),
    ("f(,)", "LD003", ",", ""),
    ("f(a=1, 2)", "LD003", "2", "stand last"),
    ("[1, , 2]", "LD003", ", 2", ""),
    # characters
    ("x × 2", "LD002", "×", "`*`"),
    ("x − 2", "LD002", "−", "`-`"),
    ("x ≤ 2", "LD002", "≤", "`<=`"),
    ("“a”", "LD002", "“", '`"`'),
    ("x\N{NO-BREAK SPACE}+ 1", "LD002", "\N{NO-BREAK SPACE}", "plain space"),
    ("x\N{ZERO WIDTH SPACE}", "LD002", "\N{ZERO WIDTH SPACE}", "nothing"),
    ("x$", "LD002", "$", ""),
    ("x\a", "LD002", "\a", ""),
    (r'"a\qb"', "LD002", r"\q", "`\\\\`"),
    # names
    ("α + 1", "LD008", "α", "`alpha`"),
    ("Ω", "LD008", "Ω", "`Omega`"),
    ("x²", "LD008", "x²", "`x**2`"),
    ("señal + x", "LD008", "señal", "`senal`"),
    ("größe", "LD008", "größe", "plain letters"),
    ("日本", "LD008", "日本", "plain letters"),
    # numbers
    ("1.2.3", "LD013", "1.2.3", "look like"),
    ("3abc", "LD013", "3abc", "look like"),
    ("1e", "LD013", "1e", "look like"),
    ("0x10", "LD013", "0x10", "decimal"),
    ("1_000", "LD013", "1_000", "`1000`"),
    ("007", "LD013", "007", "`7`"),
    ("3.5f", "LD013", "3.5f", "`3.5`"),
    ("1e999", "LD013", "1e999", "`inf`"),
    ("1e-999", "LD013", "1e-999", "`0`"),
    ("9" * 19, "LD013", "9" * 19, "a float"),
    # brackets and quotes
    ("(x", "LD006", "(", "`)`"),
    ("f(x, [1, 2)", "LD006", ")", ""),
    ("x)", "LD006", ")", "take it away"),
    ("x + [1, 2", "LD006", "[", "`]`"),
    ('"abc', "LD006", '"', '`"`'),
    ("'abc", "LD006", "'", "`'`"),
    ('f("""abc""")', "LD011", '"""', "quotes"),
    ('"""abc', "LD006", '"""', '`"""`'),
    # depth
    ("(" * 64 + "x" + ")" * 64, "", "", ""),
    ("(" * 65 + "x" + ")" * 65, "LD007", "", "names of their own"),
    ("x" + " + x" * 199, "", "", ""),
    ("- " * 201 + "x", "LD007", "", "names of their own"),
]


@pytest.mark.parametrize(("text", "code", "marked", "remedy"), VALUES)
def test_value(faults: Faults, text: str, code: str, marked: str, remedy: str) -> None:
    """`marked` is the beginning of what the span shows; an empty one stands for the end of the line."""
    found = faults(f"{HEADER}    y = {text}\n    z = y\n")
    if not code:
        assert found == ()
        return
    fault = only(found)
    assert fault.code == code
    assert fault.span is not None
    assert remedy in fault.help
    if code == "LD007":
        return
    column = 9 + (text.index(marked) if marked else len(text))
    if marked == ")" and text.count(")") > 1:
        column = 9 + text.rindex(")")
    assert (fault.span.line, fault.span.column) == (2, column)
    assert marked.startswith(fault.span.text)
    assert fault.span.text or not marked


@pytest.mark.parametrize("operator", WRONG_OPERATORS)
def test_operator_of_python(faults: Faults, operator: str) -> None:
    fault = only(faults(f"{HEADER}    y = x {operator} 2\n"))
    assert fault.span is not None
    assert (fault.code, fault.span.text, fault.span.column) == ("LD012", operator, 11)
    assert fault.help


@pytest.mark.parametrize("word", BEGINNINGS)
def test_statement_of_python(faults: Faults, word: str) -> None:
    """In a layer and outside."""
    for text, line in ((f"{HEADER}    {word} x\n    y = x\n", 2), (f"{word} x\n", 1)):
        fault = only(faults(text))
        assert fault.span is not None
        assert (fault.code, fault.span.text, fault.span.line) == ("LD012", word, line)
        assert fault.help == BEGINNINGS[word][1]


@pytest.mark.parametrize("word", INSIDE)
def test_expression_of_python(faults: Faults, word: str) -> None:
    fault = only(faults(f"{HEADER}    y = x {word} x\n"))
    assert fault.span is not None
    assert (fault.code, fault.span.text, fault.span.column) == ("LD012", word, 11)


@pytest.mark.parametrize("word", sorted(PYTHON_WORDS - {"True", "False", "None"}))
@pytest.mark.parametrize("text", ["    {} = 3\n", "    hyper {}: int\n", "    param {}: [M] = xavier()\n"])
def test_word_of_python_as_a_name(faults: Faults, word: str, text: str) -> None:
    fault = only(faults(HEADER + text.format(word)))
    assert fault.span is not None
    assert (fault.code, fault.span.text) == ("LD113", word)
    assert f"`{word}_`" in fault.help


# Lines of a layer: code, the place and text that is marked, and a part of the remedy.
LINES = [
    ("x += 1", "LD012", "+=", "a name of its own"),
    ("import numpy as np", "LD012", "import", "without"),
    ("from losses import huber", "LD011", "from", "left margin"),
    ("def f(x):", "LD011", "def", "left margin"),
    ("layer B(x: [N]) -> y: [N]:", "LD011", "layer", "left margin"),
    ('example "a":', "LD011", "example", "left margin"),
    ("self.x = 3", "LD012", "self.x", "`state`"),
    ("x[C=0] = 1", "LD012", "x[C=0]", "`where(condition, a, b)`"),
    ("x.a = 1", "LD012", "x.a", "`where(condition, a, b)`"),
    ("f(x) = 3", "LD012", "f(x)", "`where(condition, a, b)`"),
    ("3 = x", "LD003", "3", "`name = value`"),
    ("a = b = c", "LD012", "= c", "a line of its own"),
    ("a, b = 1, 2", "LD012", ", 2", "two lines"),
    ("a, 3 = f(x)", "LD003", "3 =", ""),
    ("for i 1:", "LD003", "1:", "range(3)"),
    ("z = [x for i in range(3)]", "LD012", "for i", "in a call"),
    ("// the loss", "LD012", "//", "begins with `#`"),
    ("z = x // the loss", "LD012", "// the loss", "begins with `#`"),
    ("z = sum(x over=C)", "LD003", "over=C)", "write `, over=`"),
    ("z = sum(x, over: C)", "LD012", ": C)", "write `over=...`"),
    ("z = sum(x, over=*S)", "LD012", "*S)", "without its star"),
    ("z = sum(x, over=[N, *S])", "LD012", "*S])", "without its star"),
    ("try:", "LD012", "try", "`require smooth >= 0`"),
    ("backward x = d(y)", "LD003", "backward", "did you mean `gradient`?"),
    ('require C > 1, f"C is {C}"', "LD012", "f", "plain quotes"),
    ("a: float = 3", "LD012", ":", "`hyper a: float = 1.0`"),
    ("x == 3", "LD011", "x == 3", "`x = ...`"),
    ("f(x)", "LD011", "f(x)", "`y = ...`"),
    ("print(x)", "LD012", "print", "take the line away"),
    ("return x", "LD012", "return", "`y = ...`"),
    ("require x = 3", "LD012", "=", "`==`"),
    ("require where(x[C=0] = 3, 1, 2)", "LD012", "= 3", "`==`"),
    ("if x = 3:", "LD012", "=", "`==`"),
    ("require x, 3", "LD003", "3", ""),
    ("require", "LD003", "", ""),
    ("else:", "LD011", "else", "`if`"),
    ("elif x:", "LD011", "elif", "`if`"),
    ("hyper z", "LD003", "", "`hyper smooth: float = 1.0`"),
    ("hyper z = 3", "LD003", "=", "`hyper smooth: float = 1.0`"),
    ('hyper z: str = "a"', "LD003", "str", '`"sum" | "mean"`'),
    ("hyper z: number", "LD003", "number", "`float`"),
    ("hyper z: list", "LD003", "list", "`list[int]`"),
    ("hyper z: list[str]", "LD003", "str", '`"sum" | "mean"`'),
    ("hyper z: set[int]", "LD003", "set", "`float`"),
    ("hyper z: int[3]", "LD003", "3", ""),
    ("hyper z: int =", "LD003", "", ""),
    ("hiper z: int = 3", "LD003", "hiper", "`hyper`"),
    ("parm w: [M] = xavier()", "LD003", "parm", "`param`"),
    ("param w", "LD003", "", "`param weight: [M, C] = xavier()`"),
    ("param w: [M]", "LD003", "", "`param weight: [M, C] = xavier()`"),
    ("param w: M = xavier()", "LD003", "M", ""),
    ("state s: [C]", "LD003", "", "`state count: [C] = 0`"),
    ("update s", "LD003", "", "`update count = count + 1`"),
    ("gradient x", "LD003", "", "`gradient x = d(y)`"),
    ("include phase", "LD003", "phase", "`include test`"),
    ("hyper a: int = 1 hyper b: int", "LD003", "hyper b", ""),
    ("z = 3; w = 4 5", "LD003", "5", ""),
    ('z = 1; """doc"""', "LD011", '"""doc"""', "a docstring has"),
]


@pytest.mark.parametrize(("text", "code", "marked", "remedy"), LINES)
def test_line(faults: Faults, text: str, code: str, marked: str, remedy: str) -> None:
    fault = only(faults(f"{HEADER}    y = x\n    {text}\n    z = y\n"))
    assert fault.span is not None
    column = 5 + (text.rindex(marked) if marked else len(text))
    assert (fault.code, fault.span.line, fault.span.column) == (code, 3, column)
    assert marked.startswith(fault.span.text)
    assert remedy in fault.help


# First lines of a file, each with a block below: code, column, and a part of the remedy.
HEADERS = [
    ("layer A(x: [N]) -> y: [N]", "LD003", 26, ""),
    ("layer A(x: [N]):", "LD003", 16, "-> y: [N, C]:`"),
    ("layer A(x) -> y: [N]:", "LD003", 10, "(x: [N, C])"),
    ("layer A x: [N] -> y: [N]:", "LD003", 9, "(x: [N, C])"),
    ("layer (x: [N]) -> y: [N]:", "LD003", 7, ""),
    ("layer A(x: [N]) -> [N]:", "LD003", 20, "`-> y: [N, C]`"),
    ("layer A(x: float) -> y: [N]:", "LD003", 12, "`[N, C]`"),
    ("layer A(x: const index [N]) -> y: [N]:", "LD003", 18, "leave `const` out: `index [N]`"),
    ("layer A(x: index const [N]) -> y: [N]:", "LD003", 18, "leave `const` out: `index [N]`"),
    ("layer A(x: [N]) -> y: [N]: y = x", "LD003", 28, "new line"),
    ("layer A(class: [N]) -> y: [N]:", "LD113", 9, "`class_`"),
    ("layer class(x: [N]) -> y: [N]:", "LD113", 7, "`class_`"),
    ("layer A(x: [N] -> y: [N]:", "LD003", 16, ""),
    ("layer A(x: [N)) -> y: [N]:", "LD006", 14, ""),
    ("Layer A(x: [N]) -> y: [N]:", "LD003", 1, "`layer`"),
    ("layr A(x: [N]) -> y: [N]:", "LD003", 1, "`layer`"),
    ("class A(caffe.Layer):", "LD012", 1, "`layer Name("),
    ("def forward(self, bottom, top):", "LD012", 1, "`layer Name("),
    ("def f(x) -> y:", "LD003", 10, "`return`"),
    ("def f(x: float):", "LD003", 10, "`[N, C]`"),
    ("def f(x=1, y):", "LD003", 12, "stand last"),
    ("def f(x)", "LD003", 9, ""),
    ("def f(x): return x", "LD003", 11, "new line"),
    ("import caffe", "LD012", 1, "`from losses import huber`"),
    ("from a import *", "LD012", 15, "name it"),
    ("from a", "LD003", 7, "`from losses import huber`"),
    ("from a import", "LD003", 14, ""),
    ("example:", "LD003", 8, "what it shows"),
    ("example title:", "LD003", 9, ""),
    ("x = 3", "LD011", 1, "indent it"),
    ("hyper x: int = 3", "LD011", 1, "indent it"),
    ("if x:", "LD011", 1, "indent it"),
    ("y", "LD003", 1, ""),
    ("3", "LD003", 1, ""),
    (")", "LD006", 1, ""),
]


@pytest.mark.parametrize(("text", "code", "column", "remedy"), HEADERS)
def test_header(faults: Faults, text: str, code: str, column: int, remedy: str) -> None:
    below = "x == 1" if text.startswith("example") else "return x" if text.startswith("def f(x)") else "y = x"
    fault = only(faults(f"{text}\n    {below}\n\n{HEADER}    y = x\n"))
    assert fault.span is not None
    assert (fault.code, fault.span.line, fault.span.column) == (code, 1, column)
    assert remedy in fault.help


# Whole files: code, line, column and the text that is marked.
FILES = [
    ("", "LD009", 1, 1, ""),
    ("# nothing but this\n\n", "LD009", 1, 1, ""),
    ('"""A docstring."""\n', "LD009", 1, 1, ""),
    ("from losses import huber\n", "LD009", 1, 1, ""),
    (HEADER, "LD005", 1, 32, ":"),
    (HEADER + "# later\n" + HEADER + "    y = x\n", "LD005", 1, 32, ":"),
    (HEADER + "    if train:\n    y = x\n", "LD005", 2, 13, ":"),
    (HEADER + "    if train:\n    else:\n        y = x\n", "LD005", 2, 13, ":"),
    (HEADER + "    if a:\n        y = x\n    else:\n", "LD005", 4, 9, ":"),
    (HEADER + "    if a\n        y = x\n", "LD003", 2, 9, ""),
    (HEADER + "    if a: y = x\n", "LD003", 2, 11, "y"),
    (HEADER + "    if a:\n        y = x\n    else if b:\n        y = 2\n", "LD003", 4, 10, "if"),
    (HEADER + "    y = x\n        z = y\n", "LD004", 3, 9, "z"),
    (HEADER + "        y = x\n    z = y\n", "LD004", 3, 5, "z"),
    (HEADER + "    if a:\n            y = 1\n        y = 2\n    z = y\n", "LD004", 4, 9, "y"),
    ("    " + HEADER + "        y = x\n", "LD004", 1, 5, "layer"),
    (HEADER + "    y = x\n\tz = y\n", "LD010", 3, 1, "\t"),
    (HEADER + "\ty = x\n    z = y\n", "LD010", 3, 1, "    "),
    (HEADER + "  \ty = x\n", "LD010", 2, 1, "  \t"),
    (HEADER + '    y = x\n    """late"""\n', "LD011", 3, 5, '"""late"""'),
    (HEADER + '    y = x\n\n"""late"""\n', "LD011", 4, 1, '"""late"""'),
    (HEADER + '    """never\n    ended\n    y = x\n', "LD006", 2, 5, '"""'),
    (HEADER + "    if a:\n        hyper k: int\n    y = x\n", "LD011", 3, 9, "hyper"),
    (HEADER + "    if a:\n        include test\n    y = x\n", "LD011", 3, 9, "include"),
    ("def f(x):\n    y = x\n", "LD014", 1, 1, "def f(x):"),
    ("def f(x):\n    return x\n    y = x\n    return y\n", "LD011", 2, 5, "return"),
    ("def f(x):\n    if a:\n        return x\n    return 1\n", "LD011", 3, 9, "return"),
    ("def f(x):\n    hyper k: int\n    return x\n", "LD011", 2, 5, "hyper"),
    ("def f(x):\n    param w: [M] = xavier()\n    return x\n", "LD011", 2, 5, "param"),
    ("def f(x):\n    state w: [M] = 0\n    return x\n", "LD011", 2, 5, "state"),
    ("def f(x):\n    update w = 0\n    return x\n", "LD011", 2, 5, "update"),
    ("def f(x):\n    gradient x = 0\n    return x\n", "LD011", 2, 5, "gradient"),
    ("def f(x):\n    x == 3\n    return x\n", "LD011", 2, 5, "x == 3"),
    ('example "a":\n    if x:\n        y == 1\n', "LD011", 2, 5, "if"),
    ('example "a":\n    return 3\n', "LD011", 2, 5, "return"),
    (HEADER + "    y = sum(x, over=C\n    z = y\n", "LD006", 2, 12, "("),
    (HEADER + "    y = sum(x, over=C\nlayer B(x: [N]) -> y: [N]:\n    y = x\n", "LD006", 2, 12, "("),
    (HEADER + "    y = sum(x,\n    hyper k: int = 3\n", "LD006", 2, 12, "("),
    (HEADER + "    y = sum(x,\n    z = f(x)\n    w = z\n", "LD006", 2, 12, "("),
    (HEADER + "    y = f(\n        a b\n    )\n    z = y\n", "LD003", 3, 11, "b"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "marked"), FILES)
def test_file(faults: Faults, text: str, code: str, line: int, column: int, marked: str) -> None:
    fault = only(faults(text))
    assert fault.span is not None
    assert (fault.code, fault.span.line, fault.span.column) == (code, line, column)
    assert marked == fault.span.text


def test_long_names_are_shown_short(faults: Faults) -> None:
    fault = only(faults(f"{HEADER}    y = {'a' * 100_000}\n"))
    assert fault.code == "LD008"
    assert len(fault.message) < 100
    assert only(faults(f"{HEADER}    y = {'a' * 81}\n")).code == "LD008"
    assert faults(f"{HEADER}    y = {'a' * 80}\n") == ()


def test_a_strange_name_is_told_once(faults: Faults) -> None:
    assert len(faults(f"{HEADER}    α = x\n    y = α + α\n    β = y\n")) == 2


def test_messages_stay_short(faults: Faults) -> None:
    long = "x" * 5000
    texts = [f"y = 1 {long}", f'y = 1 "{long}"', f"y = 1{long}", f"{long} z", f"require a, {long}", f"{long}: 3"]
    for text in texts:
        for fault in faults(f"{HEADER}    {text}\n"):
            assert max(map(len, (fault.message, fault.help, fault.label))) < 160, text


def test_control_characters_are_not_shown(faults: Faults) -> None:
    for letter in "\x00\x07\x1b\x7f\u200b\u202e\ud800":
        (fault,) = faults(f"{HEADER}    y = x {letter}\n")
        assert fault.code == "LD002"
        assert letter not in fault.message
        assert f"U+{ord(letter):04X}" in fault.message


# One run finds all faults, and keeps what could be read --------------------------------------------------------------


def test_all_faults_in_one_run() -> None:
    text = (
        "import numpy\n"
        "layer A(x: [N]) -> y: [N]:\n"
        "    hyper k = 3\n"
        "    y = x[0]\n"
        "    if x = 3:\n"
        "        z = 1 1\n"
        "    else:\n"
        "        z = 2 2\n"
        "    w = α\n"
        "layer B(x: float) -> y: [N]:\n"
        "    y = 1 1\n"
        "layer C(x: [N]) -> y: [N]\n"
        "    y = 1 1\n"
        "    z = 3\n"
    )
    file, found = parse(Source("", text))
    places = [(fault.code, fault.span.line) for fault in found if fault.span]
    assert places == [
        ("LD012", 1), ("LD003", 3), ("LD012", 4), ("LD012", 5), ("LD008", 9), ("LD003", 10), ("LD003", 12),
        ("LD003", 13),
    ]  # fmt: skip
    assert [item.span.line for item in file.items] == [2, 12]


def test_a_header_that_is_broken_takes_its_block_with_it() -> None:
    text = "class A(caffe.Layer):\n    def f(self):\n        self.x = [\n          1]\n" + HEADER + "    y = x\n"
    file, found = parse(Source("", text))
    assert [fault.code for fault in found] == ["LD012"]
    assert len(file.items) == 1


def test_reading_stops_after_many_faults() -> None:
    _, found = parse(Source("", "x = 3\n" * 5000))
    assert len(found) == 100
    assert "reading stopped here" in found[-1].notes[0]


def test_faults_come_in_the_order_of_their_places() -> None:
    _, found = parse(Source("", HEADER + "    return 1\n    β = 1 1\n    y = x x\n    z = α\n"))
    starts = [fault.span.start for fault in found if fault.span]
    assert len(starts) == 5
    assert starts == sorted(starts)
