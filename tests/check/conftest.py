"""Layers compiled from a text, and checked as they are or with a class that is broken on purpose."""

import pathlib
import sys

import pytest

from layerdsl.check import check_file
from layerdsl.check.file import emitted_class
from layerdsl.check.layer import check_layer
from layerdsl.pipeline import compile_source
from layerdsl.source import Source

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def compiled(text):
    """The compilation of a text that has no errors."""
    result = compile_source(Source("made.layer", text))
    assert not [each for each in result.diagnostics if each.level == "error"], result.diagnostics
    return result


@pytest.fixture
def check():
    """What the check says of a text."""
    return lambda text: check_file(compiled(text))


@pytest.fixture
def check_broken():
    """What the check says of a layer whose emitted class is replaced by `breaking(emitted class)`."""

    def run(text, breaking):
        layer = compiled(text).layers[0]
        return check_layer(layer, breaking(emitted_class(layer)))

    return run
