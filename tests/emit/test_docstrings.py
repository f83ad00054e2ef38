"""The examples in docstrings hold."""

import doctest
import importlib

import pytest

MODULES = [
    *("layerdsl.caffe." + name for name in ("fillers", "filling", "messages", "param_str", "prototxt")),
    "layerdsl.syntax.texts",
    *("layerdsl.emit." + name for name in ("netspec", "prototxt", "runtime")),
]


@pytest.mark.parametrize("module", MODULES)
def test_examples(module):
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0
