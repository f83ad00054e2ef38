"""What the formatter writes is read as the same tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerdsl.source import Source, Span
from layerdsl.syntax import parse, tree
from layerdsl.syntax.limits import MAX_DIGITS
from layerdsl.syntax.printer import show
from layerdsl.syntax.words import PYTHON_WORDS

Read = Callable[[str], tree.File]
Plain = Callable[[Any], Any]

NOWHERE = Span(Source("", ""), 0, 0)

HARD_WORDS = PYTHON_WORDS | set("and or not if elif else from import def return require".split())

names = st.one_of(
    st.sampled_from("x N C layer hyper param state by index const as train none".split()),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True),
).filter(lambda word: word not in HARD_WORDS)
name = st.builds(tree.Name, names, st.just(NOWHERE))
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t'\"\\"), max_size=6
)
numbers = st.one_of(
    st.integers(0, 10**MAX_DIGITS - 1),
    st.floats(0, exclude_min=True, allow_infinity=False, allow_nan=False, allow_subnormal=False),
)
number = st.builds(tree.Number, numbers, st.just(NOWHERE))
span = st.just(NOWHERE)


def tuples(of: st.SearchStrategy[Any], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    maybe = st.none() | inner
    index = inner | st.builds(tree.Slice, maybe, maybe, maybe, span)
    positional = st.builds(tree.Argument, st.none(), inner | st.builds(tree.By, name, name, span), span)
    named = st.builds(tree.Argument, names, inner, span, span)
    arguments = st.tuples(tuples(positional, most=2), tuples(named, most=2)).map(lambda pair: pair[0] + pair[1])
    operators = st.sampled_from("+ - * / // % ** and or".split())
    compared = tuples(st.tuples(st.sampled_from("< <= > >= == !=".split()), inner), 1)
    return st.one_of(
        st.builds(tree.Sequence, tuples(inner), span),
        st.builds(tree.Unary, st.sampled_from(["-", "+", "not"]), inner, span),
        st.builds(tree.Binary, operators, inner, inner, span, span),
        st.builds(
            lambda first, others: tree.Compare(
                (first, *(right for _, right in others)), tuple(op for op, _ in others), NOWHERE
            ),
            inner,
            compared,
        ),
        st.builds(tree.Conditional, inner, inner, inner, span),
        st.builds(tree.Call, names, arguments, span, span),
        st.builds(tree.Pick, inner, tuples(st.builds(tree.Selection, name, index, span), 1), span),
        st.builds(tree.Field, inner, name, span),
    )


value = st.recursive(st.one_of(name, number, st.builds(tree.Text, words, span)), larger, max_leaves=12)


@given(value)
def test_expressions_come_back(plain: Plain, node: tree.Expr) -> None:
    file, faults = parse(Source("", f'example "":\n    x = {show(node)}\n'))
    assert faults == ()
    (example,) = file.items
    assert isinstance(example, tree.Example)
    (statement,) = example.body
    assert isinstance(statement, tree.Assign)
    assert plain(statement.value) == plain(node)


def parsed(text: str) -> tree.Expr:
    """One expression, to be put into statements."""
    (example,) = parse(Source("", f'example "":\n    {text}\n'))[0].items
    assert isinstance(example, tree.Example)
    (expected,) = example.body
    assert isinstance(expected, tree.Expect)
    return expected.condition


few = st.sampled_from([parsed(text) for text in ("x", "2", "-x**2", "a if b else c", "f(a, b=[1])", "a < b and c")])

axis = st.one_of(
    st.builds(tree.AxisDecl, names, st.booleans(), st.none(), span),
    st.builds(tree.AxisDecl, st.none(), st.just(False), few.filter(lambda v: not isinstance(v, tree.Name)), span),
    st.builds(tree.AxisDecl, names, st.just(False), few, span),
)
axes = tuples(axis)
blob_type = st.one_of(
    st.builds(tree.BlobType, st.sampled_from([None, "const"]), st.none(), axes, st.booleans(), span),
    st.builds(tree.BlobType, st.just("index"), st.none() | name, axes, st.booleans(), span),
)
blob = st.builds(tree.BlobDecl, name, blob_type, st.booleans(), span)
end = st.builds(tree.BlobDecl, name, blob_type, st.booleans(), span, st.none() | few)
hyper_type = st.one_of(
    st.builds(tree.HyperType, st.sampled_from(["float", "int", "bool"]), st.booleans(), st.none(), st.just(()), span),
    st.builds(
        tree.HyperType, st.just("list"), st.booleans(), st.sampled_from(["float", "int", "bool"]), st.just(()), span
    ),
    st.builds(tree.HyperType, st.just("word"), st.booleans(), st.none(), tuples(words, 1), span),
)
doc = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8).map(lambda text: text.strip("# "))
option = st.builds(tree.Argument, names, few, span, span)
simple = st.one_of(
    st.builds(tree.Assign, name, few, span),
    st.builds(tree.Require, few, st.none() | words, span),
    st.builds(tree.Param, st.just("param"), name, axes, few, tuples(option), doc, span),
    st.builds(tree.Param, st.just("state"), name, axes, few, st.just(()), doc, span),
    st.builds(tree.Update, name, few, span),
    st.builds(tree.Gradient, name, few, span),
)
hyper = st.builds(tree.Hyper, name, hyper_type, st.none() | few, doc, span)
include = st.builds(tree.Include, st.sampled_from([tree.Name(word, NOWHERE) for word in ("train", "test")]), span)


def choices(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    branches = tuples(st.tuples(few, tuples(inner, 1, 2)), 1, 2)
    return st.builds(tree.If, branches, tuples(inner, 0, 2), span)


statement = st.recursive(simple, choices, max_leaves=4)
described = st.none() | st.text(st.sampled_from("ab \n'\"\\"), max_size=12)
layer = st.builds(
    tree.Layer, name, tuples(end), tuples(end, 1), described, tuples(statement | hyper | include, 1), span, span
)


@given(layer)
def test_layers_come_back(plain: Plain, node: tree.Layer) -> None:
    """A docstring may lose blanks that cannot be told from indentation; once it has, it comes back too."""
    first = _again(show(node))
    again = _again(show(first))
    assert plain(again) == plain(first)
    assert plain(_undescribed(first)) == plain(_undescribed(node))


def _undescribed(node: tree.Layer) -> tuple[Any, ...]:
    return node.name, node.bottoms, node.tops, node.body


def _again(text: str) -> tree.Layer:
    file, faults = parse(Source("", text + "\n"))
    assert faults == (), text
    (found,) = file.items
    assert isinstance(found, tree.Layer)
    return found


def test_programs_come_back(read: Read, plain: Plain, programs: str) -> None:
    file = read(programs)
    text = show(file)
    again = read(text)
    assert plain(again.items) == plain(file.items)
    assert show(again) == text


def test_the_standard_format(read: Read) -> None:
    text = (
        '"About."\nfrom a import b\nfrom c import d as e,f as f\n'
        "layer  A( x:[N,*S],*ys : const[ 4 ,KH = 3]? )->(y:[ ]) :\n"
        "  'Says.'\n"
        "  hyper k:int?=none;hyper m:'a'|'b'  #  how\n"
        "  if  k==none and(m!='a') :\n    y=-(x**2)[ C=1: , D=::2 ]\n"
        "  else :\n    y=((x+1))*2\n"
        "def g( a,b = 1,c:[N] = 2 ):\n  return(a),b\n"
        "example 'it\"s':\n  A(x=[1,]) ==  1e-05\n"
    )
    assert show(read(text)) == (
        '"""About."""\n\n'
        "from a import b\n"
        "from c import d as e, f\n\n"
        "layer A(x: [N, *S], *ys: const [4, KH=3]?) -> y: []:\n"
        '    """Says."""\n'
        "    hyper k: int? = none\n"
        '    hyper m: "a" | "b"  # how\n'
        '    if k == none and m != "a":\n'
        "        y = -(x**2)[C=1:, D=::2]\n"
        "    else:\n"
        "        y = (x + 1) * 2\n\n"
        "def g(a, b=1, c: [N] = 2):\n"
        "    return a, b\n\n"
        'example "it\\"s":\n'
        "    A(x=[1]) == 1e-5\n"
    )


@pytest.mark.parametrize(
    "said",
    [
        *("one", "two\nlines", "two\n  deeper", " a\nb", "a\n\n  b\nc"),
        *('ends in "', "ends in '", 'has """ in it', "'''\"", "\\"),
    ],
)
def test_docstrings_come_back(plain: Plain, said: str) -> None:
    header = _again("layer A(x: [N]) -> y: [N]:\n    y = x")
    node = tree.Layer(header.name, header.bottoms, header.tops, said, header.body, header.header, header.span)
    assert _again(show(node)).doc == said


@pytest.mark.parametrize("text", ["++x", "--x", "-+-x", "+-x**2"])
def test_signs_may_touch(plain: Plain, text: str) -> None:
    node = parsed(text)
    assert plain(parsed(show(node))) == plain(node)
