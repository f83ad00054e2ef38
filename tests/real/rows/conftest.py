"""The layers of rows.layer, compiled once."""

import pathlib

import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source


@pytest.fixture(scope="package")
def module():
    """The text of the emitted module."""
    path = pathlib.Path(__file__).with_name("rows.layer")
    compilation = compile_source(Source(path.name, path.read_text()))
    assert not compilation.diagnostics
    return python_module(compilation.layers)
