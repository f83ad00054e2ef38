"""Programs and the trees they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from layerdsl.syntax import tree
from layerdsl.syntax.printer import show

Read = Callable[[str], tree.File]
Value = Callable[[str], tree.Expr]


def layer(file: tree.File) -> tree.Layer:
    (item,) = file.items
    assert isinstance(item, tree.Layer)
    return item


def test_programs_of_the_design(read: Read, programs: str) -> None:
    items = read(programs).items
    layers = [item.name.value for item in items if isinstance(item, tree.Layer)]
    assert layers == [
        "Identity", "EuclideanLoss", "DiceLoss", "PReLU", "InnerProduct", "SoftmaxLoss", "BlankSquare", "BatchNorm",
        "BatchHardTriplet", "Convolution", "GradientReversal", "GradientPenalty",
    ]  # fmt: skip
    assert [type(item) for item in items[12:]] == [tree.Import, tree.Function, tree.Example]


def body(statements: str) -> str:
    return "layer A(x: [N]) -> y: [N]:\n" + "".join(f"    {line}\n" for line in statements.split("\n"))


# Expressions: as it is written, and with all brackets.
EXPRESSIONS = {
    "a + b - c": "((a + b) - c)",
    "a - b * c": "(a - (b * c))",
    "a / b // c % d": "(((a / b) // c) % d)",
    "-x**2": "(-(x ** 2))",
    "2**-x": "(2 ** (-x))",
    "2**3**4": "(2 ** (3 ** 4))",
    "-x * y": "((-x) * y)",
    "- - x": "(-(-x))",
    "+x": "(+x)",
    "not a == b": "(not (a == b))",
    "not not a": "(not (not a))",
    "a or b and not c": "(a or (b and (not c)))",
    "a < b <= c != d": "(a < b <= c != d)",
    "(a < b) < c": "((a < b) < c)",
    "a if b else c if d else e": "(a if b else (c if d else e))",
    "a or b if c and d else e": "((a or b) if (c and d) else e)",
    "x[C=0]**2": "(x[C=0] ** 2)",
    "-log(x)[C=label]": "(-log(x)[C=label])",
    "x[C=a, H=1:, W=::2, D=:n - 1, E=:]": "x[C=a, H=1:, W=::2, D=:(n - 1), E=:]",
    "x[C=1:2:3][H=0]": "x[C=1:2:3][H=0]",
    "f()": "f()",
    "f(a, b=c, d=[1, 2],)": "f(a, b=c, d=[1, 2])",
    "window(x, H by KH, stride=2)": "window(x, H by KH, stride=2)",
    "window(x, H by KH=3, W by KW=k + 1)": "window(x, H by KH=3, W by KW=k + 1)",
    "window(x, P=H by KH=3, Q = W by KW, pad=1)": "window(x, P = H by KH=3, Q = W by KW, pad=1)",
    "[[1, 0], [0, 1]]": "[[1, 0], [0, 1]]",
    "[]": "[]",
    "(x)": "x",
    "(\n        a +\n\n  # in between\n b)": "(a + b)",
    "'it''s' == \"a\\\"b\"": None,
    "index(H)": "index(H)",
    "state + param * layer": "(state + (param * layer))",
    "by(by by by)": "by(by by by)",
}


def bracketed(node: Any) -> str:
    """An expression with brackets around every operator."""
    if isinstance(node, tree.Binary):
        return f"({bracketed(node.left)} {node.op} {bracketed(node.right)})"
    if isinstance(node, tree.Unary):
        return f"({node.op}{' ' * node.op.isalpha()}{bracketed(node.operand)})"
    if isinstance(node, tree.Compare):
        first, *others = map(bracketed, node.operands)
        return f"({first}{''.join(f' {op} {other}' for op, other in zip(node.ops, others, strict=True))})"
    if isinstance(node, tree.Conditional):
        return f"({bracketed(node.then)} if {bracketed(node.condition)} else {bracketed(node.orelse)})"
    if isinstance(node, tree.Pick):
        return f"{bracketed(node.value)}[{', '.join(map(bracketed, node.selections))}]"
    if isinstance(node, tree.Selection):
        return f"{node.axis.value}={bracketed(node.index)}"
    if isinstance(node, tree.Slice):
        parts = ["" if part is None else bracketed(part) for part in (node.start, node.stop, node.step)]
        return ":".join(parts if node.step else parts[:2])
    return show(node)


@pytest.mark.parametrize(("text", "brackets"), [(text, b) for text, b in EXPRESSIONS.items() if b is not None])
def test_expression(value: Value, text: str, brackets: str) -> None:
    assert bracketed(value(text)) == brackets


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("0", 0), ("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("1e-5", 1e-5), ("1E+3", 1000.0), ("2.5e3", 2500.0)],
)
def test_number(value: Value, text: str, number: float) -> None:
    node = value(text)
    assert isinstance(node, tree.Number)
    assert (node.value, type(node.value)) == (number, type(number))


def test_texts(value: Value) -> None:
    node = value(r"""f("a\"b\\", 'it\'s', "\n\t")""")
    assert isinstance(node, tree.Call)
    assert [a.value.value for a in node.arguments if isinstance(a.value, tree.Text)] == ['a"b\\', "it's", "\n\t"]


def test_blobs(read: Read) -> None:
    found = layer(
        read(
            "layer A(*xs: [N, *S], label: index(C) [N, 1], id: index [N], w: const [2 * K, KH=k + 1]?,) -> "
            "(y: [N, H // 2], *zs: []):\n    y = 1\n"
        )
    )
    assert [show(blob) for blob in found.bottoms] == [
        "*xs: [N, *S]",
        "label: index(C) [N, 1]",
        "id: index [N]",
        "w: const [2 * K, KH=k + 1]?",
    ]
    assert [show(blob) for blob in found.tops] == ["y: [N, H // 2]", "*zs: []"]
    kind = found.bottoms[3].type
    assert kind is not None
    assert (kind.qualifier, kind.optional, kind.axes[0].name, kind.axes[1].name) == ("const", True, None, "KH")


def test_several_tops_with_and_without_brackets(read: Read, plain: Callable[[Any], Any]) -> None:
    bare, bracketed = "a: [N], b: [N, C]", "(a: [N], b: [N, C])"
    first, second = (layer(read(f"layer A() -> {tops}:\n    a = 1\n")) for tops in (bare, bracketed))
    assert plain(first.tops) == plain(second.tops)
    assert first.bottoms == ()


def test_hypers(read: Read) -> None:
    lines = [
        "hyper a: float = 1e-5",
        "hyper b: int",
        "hyper c: bool = true",
        "hyper d: int? = none",
        "hyper e: list[int] = [1, 2]",
        "hyper f: list[float]?",
        'hyper g: "sum" | "mean" = "mean"',
        'hyper h: "one"?',
    ]
    found = layer(read(body("\n".join(lines)))).body
    assert [show(statement) for statement in found] == lines


def test_comment_behind_a_declaration_is_its_doc(read: Read) -> None:
    text = body(
        "hyper a: int; hyper b: int = 3  ## of the window\n"
        "# not this one\n"
        "param w: [M] = xavier(  # nor this\n  ), lr_mult=2 # weights\n"
        "state s: [] = 0\n"
        "y = x  # nor that"
    )
    a, b, w, s, _ = layer(read(text)).body
    assert [found.doc for found in (a, b, w, s)] == ["", "of the window", "weights", ""]  # type: ignore[union-attr]


def test_statements(read: Read) -> None:
    lines = [
        "require cond and not other",
        'require a < b, "a has to be less"',
        "param w: [M, *K] = xavier(), lr_mult=2, decay_mult=0",
        "state s: [C] = 0",
        "update s = 0.9 * s + 0.1 * x",
        "gradient x = -strength * d(y)",
        "include train",
    ]
    found = layer(read(body("\n".join(lines)))).body
    assert [show(statement) for statement in found] == lines
    assert [type(statement).__name__ for statement in found[2:4]] == ["Param", "Param"]


def test_branches(read: Read) -> None:
    text = body(
        "if train:\n    y = 1\nelif a:\n    if b:\n        y = 2\n    else:\n        y = 3\nelse:\n    y = 4\nz = 5"
    )
    choice, after = layer(read(text)).body
    assert isinstance(choice, tree.If)
    assert isinstance(after, tree.Assign)
    assert [show(condition) for condition, _ in choice.branches] == ["train", "a"]
    assert [show(statement) for statement in choice.orelse] == ["y = 4"]
    (inner,) = choice.branches[1][1]
    assert isinstance(inner, tree.If)


def test_function(read: Read) -> None:
    (found,) = read("def f(a: [*A, 4], b, *cs: [N], d=1, e: [] = 2):\n    'doc'\n    return a, b,\n").items
    assert isinstance(found, tree.Function)
    assert [argument.name.value for argument in found.arguments] == ["a", "b", "cs", "d", "e"]
    assert [None if default is None else show(default) for default in found.defaults] == [None, None, None, "1", "2"]
    assert [argument.type is None for argument in found.arguments] == [False, True, False, True, False]
    assert found.doc == "doc"
    (result,) = found.body
    assert isinstance(result, tree.Return)
    assert len(result.values) == 2


def test_imports(read: Read) -> None:
    first, second = read("from losses import huber\nfrom a.b import (c as d, e,)\n" + body("y = x")).items[:2]
    assert isinstance(first, tree.Import)
    assert isinstance(second, tree.Import)
    assert (first.module, second.module) == ("losses", "a.b")
    assert [(there.value, here.value) for there, here in second.names] == [("c", "d"), ("e", "e")]


def test_example(read: Read) -> None:
    (found,) = read('example "a title":\n    r = A(x=[1])\n    r.y == [1]\n    r == [1]\n').items
    assert isinstance(found, tree.Example)
    assert found.title == "a title"
    assert [type(statement) for statement in found.body] == [tree.Assign, tree.Expect, tree.Expect]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('"one line"', "one line"),
        ('"""  Spaces around.  """', "Spaces around."),
        ('"""First.\n\n        Deeper.\n    Last.\n    """', "First.\n\n    Deeper.\nLast."),
        ("'''Says \"hi\".'''", 'Says "hi".'),
        (r'"""A $\beta$."""', r"A $\beta$."),
    ],
)
def test_docstring(read: Read, written: str, said: str) -> None:
    assert layer(read(f"layer A(x: [N]) -> y: [N]:\n    {written}\n    y = x\n")).doc == said


def test_docstring_of_a_file(read: Read) -> None:
    assert read('"""All about it."""\n' + body("y = x")).doc == "All about it."
    assert read(body("y = x")).doc is None


def test_words_of_the_language_as_names(read: Read) -> None:
    header = "layer layer(param: [N], index: index [N]) -> state: [N]:\n"
    found = layer(read(header + "    hyper hyper: int\n    update = param\n    by = 1\n    state = by + update\n"))
    assert [blob.name.value for blob in found.bottoms] == ["param", "index"]
    assert [type(statement).__name__ for statement in found.body] == ["Hyper", "Assign", "Assign", "Assign"]


@pytest.mark.parametrize(
    "text",
    [
        "layer A(x: [N]) -> y: [N]:\n\ty = x\n\n\tif a:\n\t\tz = 1\n",
        "layer A(x: [N]) -> y: [N]:\n    y = x",
        "\n\n  \n# comment\nlayer A(x: [N]) -> y: [N]: # here\n\n  # there\n y = x ;\n# end",
        "layer A(\n    x: [N],\n    z: [N],\n) -> y: [N]:\n    y = sum(\n  x,\nover=N,\n)\n",
        "layer A(x: [N]) -> y: [N]:\r\n    y = x\r\n",
    ],
    ids=["tabs", "no last line end", "comments", "brackets", "windows"],
)
def test_layout(read: Read, text: str) -> None:
    assert layer(read(text)).name.value == "A"
