"""What `--fix` takes out, what it leaves, and that no value changes."""

import re

import pytest
from findings import codes, compiled

from layerdsl.lints.fix import mended
from layerdsl.pipeline import compile_source, python_module

HEAD = "layer A(x: [N, C]) -> y: [N, C]:\n"

MENDED = {
    "a value": ("    t = x\n    y = x\n", "    y = x\n"),
    "values one after the other": ("    t = x\n    u = t\n    v = t + u\n    y = x\n", "    y = x\n"),
    "its lines and its comment": ("    t = (x +\n        1)  # more\n    y = x\n", "    y = x\n"),
    "in a branch": (
        "    if train:\n        t = x\n        y = x\n    else:\n        y = 2 * x\n",
        "    if train:\n        y = x\n    else:\n        y = 2 * x\n",
    ),
    "the last line": ("    y = x\n    t = x", "    y = x\n"),
    "an allowance": ("    y = x  # allow LD802: no\n", "    y = x\n"),
    "an allowance of its own line": ("    # allow LD802: no\n    y = x\n", "    y = x\n"),
    "one code of two": ("    y = log(x)  # allow LD801, LD802: why\n", "    y = log(x)  # allow LD802: why\n"),
}

LEFT = {
    "beside others": "    t = x; y = x\n",
    "alone in its block": "    if train:\n        t = x\n    y = x\n",
    "a hyper-parameter": "    hyper k: int = 1\n    y = x\n",
    "a parameter": "    param w: [C] = 1\n    y = x\n",
    "an allowance without reason": "    y = log(x)  # allow LD802\n",
}


def fixed(text: str) -> str:
    return mended(compiled(text), compile_source)


@pytest.mark.parametrize("name", MENDED)
def test_mended(name):
    before, after = MENDED[name]
    assert fixed(HEAD + before) == HEAD + after
    assert emitted(HEAD + before) == emitted(HEAD + after)


@pytest.mark.parametrize("name", LEFT)
def test_left(name):
    assert codes(HEAD + LEFT[name]) != []
    assert fixed(HEAD + LEFT[name]) == HEAD + LEFT[name]


def test_imports():
    text = "from losses import huber, pinball as cost\nfrom boxes import iou\n\n" + HEAD + "    y = huber(x)\n"
    assert fixed(text) == "from losses import huber\n\n" + HEAD + "    y = huber(x)\n"


def test_a_layer_within_is_left_since_it_has_blobs():
    inner = "layer B(x: [N, C]) -> y: [N, C]:\n    param w: [C] = 1\n    y = w * x\n\n"
    text = inner + HEAD + "    t = B(x)\n    y = x\n"
    assert codes(text) == ["LD115"]
    assert fixed(text) == text


def test_a_function_that_requires_something_is_left():
    text = (
        "def f(a, k):\n    require k > 0\n    return k * a\n\n"
        + HEAD
        + "    hyper k: float = 1\n    t = f(x, k)\n    y = x\n"
    )
    assert fixed(text) == text


def emitted(text: str) -> str:
    """The class without its comments, which name lines."""
    return re.sub(r"#.*", "", python_module(compiled(text).layers))
