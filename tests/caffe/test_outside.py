"""Calls of functions of Python: what they get, what they may return, and what is said where they fail."""

import sys

import numpy as np
import pytest

from layerdsl.caffe.outside import _extern, _function_of

X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """`written(code)`: a module `matching` with this code on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "matching", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(code):
        (tmp_path / "matching.py").write_text(code)

    yield write
    sys.modules.pop("matching", None)


def called(*args, kinds=("real",), whole=0, shape=(2,)):
    out = np.full(shape, 7, np.float32)
    _extern(*args, "Layer (a.layer:3)", "matching", "f", kinds, whole, 2, out)
    return out


def refusal(*args, **given):
    with pytest.raises(ValueError, match=r"^Layer \(a\.layer:3\): ") as caught:
        called(*args, **given)
    return str(caught.value)


def test_arrays_are_copies(written):
    written("def f(x):\n    x[...] = 0\n    return x[:, 0] + 1\n")
    x = X.copy()
    assert called(x).tolist() == [1, 1]
    assert (x == X).all()


def test_what_an_argument_is_handed_over_as(written):
    written("seen = []\ndef f(*given):\n    seen.extend(given)\n    return [0, 0]\n")
    number = np.float32(0.5).reshape(())
    called(X.T, X > 2, X, number, 3, "word", kinds=("real", "bool", "whole", "number", "", ""))
    seen = sys.modules["matching"].seen
    assert [getattr(one, "dtype", type(one)) for one in seen] == [np.float32, bool, np.intp, float, int, str]
    assert seen[0].flags.c_contiguous
    assert seen[0].tolist() == X.T.tolist()


def test_a_number_for_a_result_without_axes(written):
    written("def f(x):\n    return x.sum()\n")
    assert called(X, shape=()) == 15


@pytest.mark.parametrize("returned", ["[1, 2]", "(True, False)", "__import__('numpy').array([1, 2], 'u1')"])
def test_results_that_are_numbers(written, returned):
    written(f"def f(x):\n    return {returned}\n")
    called(X, whole=1)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(x):\n    return [1]\n", "has to return an array of shape (2,), not (1,)"),
        ("def f(x):\n    return None\n", "has to return numbers, not object"),
        ("def f(x):\n    return ['a', 'b']\n", "has to return numbers, not "),
        ("def f(x):\n    return [0.5, 1]\n", "has to return whole numbers"),
        ("def f(x):\n    return [float('nan'), 1]\n", "has to return whole numbers"),
        ("def f(x):\n    return 1 / 0\n", "failed: ZeroDivisionError: division by zero, in "),
        ("def f():\n    pass\n", "failed: TypeError: f() takes 0 positional arguments but 1 was given"),
        ("f = 3\n", "there is no function `f` in `matching`"),
        ("g = 3\n", "there is no function `f` in `matching`"),
        ("import nowhere_to_be_found\n", "No module named 'nowhere_to_be_found', in "),
        ("raise SystemError('no')\n", "can't import `matching` for `f`"),
        ("def f(:\n", "SyntaxError: invalid syntax (matching.py, line 1)"),
    ],
)
def test_refusals(written, code, said):
    written(code)
    assert said in refusal(X, whole=1)


def test_a_module_that_is_not_there():
    with pytest.raises(ValueError, match=r"beside this file and on PYTHONPATH.*No module named 'is_not_there'"):
        _function_of("is_not_there", "f", "Layer (a.layer:3)")
