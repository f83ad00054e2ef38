"""Layers from papers and nets, written by someone who had read the reference alone: each compiles and checks clean."""

import pathlib

import pytest

from layerdsl.cli import main

HERE = pathlib.Path(__file__).resolve().parent


@pytest.mark.parametrize("path", sorted(HERE.glob("*.layer")), ids=lambda path: path.stem)
def test_layer(path, capfd):
    assert main(["check", str(path), "--deny-warnings"]) == 0, "".join(capfd.readouterr())
