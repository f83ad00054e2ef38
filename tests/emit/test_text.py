"""What emitted files look like: text that every Python since 2.7 reads, and small classes to the letter."""

import ast
from pathlib import Path

import pytest
from golden import assert_golden
from layers import layers

from layerdsl.pipeline import python_module

HERE = Path(__file__).parent
PROGRAMS = layers((HERE.parent / "graph" / "programs.layer").read_text(encoding="utf-8"))
SHOWN = "EuclideanLoss DiceLoss PReLU InnerProduct SoftmaxLoss BlankSquare GradientReversal Selections".split()


@pytest.mark.parametrize("name", SHOWN)
def test_the_classes_of_small_layers(name):
    """The functions that a file carries have tests of their own."""
    text = python_module([PROGRAMS[name]])
    assert_golden(HERE / "golden" / f"{name}.py", text[text.index("class ") : text.index("\n\ndef _stop_at_nan")])


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_file_holds_what_it_needs_and_no_more(name):
    """Every function that is defined is used; NumPy, caffe and what Python itself has are imported."""
    tree = ast.parse(python_module([PROGRAMS[name]]))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert defined <= used
    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    of_python = {"ast", "re", "numbers", "contextlib", "difflib", "math", "os", "sys", "linecache", "traceback"}
    assert {"caffe", "numpy"} <= imported <= {"caffe", "numpy"} | of_python


# What Python 2.7 can't read, or reads as something else.
NEW = (
    ast.JoinedStr,
    ast.AnnAssign,
    ast.MatMult,
    ast.Nonlocal,
    ast.NamedExpr,
    ast.AsyncFunctionDef,
    ast.Await,
    ast.YieldFrom,
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_text_is_python_2_as_well(name):
    text = python_module([PROGRAMS[name]])
    text.encode("ascii")
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, NEW)
        if isinstance(node, ast.arguments):
            assert not node.kwonlyargs
            assert not node.posonlyargs
            assert not any(arg.annotation for arg in [*node.args, *filter(None, [node.vararg, node.kwarg])])
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            assert not any(isinstance(item, ast.Starred) for item in node.elts)
        if isinstance(node, ast.Call):
            stars = [i for i, arg in enumerate(node.args) if isinstance(arg, ast.Starred)]
            assert stars in ([], [len(node.args) - 1])
        if isinstance(node, ast.ClassDef):
            assert node.bases


@pytest.mark.parametrize("name", PROGRAMS)
def test_lines_say_where_they_come_from(name):
    """A comment with the line of the formula above what computes it, in the backward with the blob it is for."""
    text = python_module([PROGRAMS[name]])
    source = PROGRAMS[name].graph.span.source
    comments = [line.strip() for line in text.splitlines() if line.strip().startswith("# test.layer:")]
    assert comments
    for comment in comments:
        number, formula = comment.removeprefix("# test.layer:").split("  ", 1)
        assert formula == source.line(int(number)).strip()


def test_division_of_whole_numbers_is_that_of_python_3():
    """In Python 2, `1 / 2` is 0 unless the file says otherwise."""
    text = python_module([PROGRAMS["BatchNorm"]])
    assert "from __future__ import division" in text or " / " not in text.split("class ", 1)[1].replace("1.0 / ", "")
