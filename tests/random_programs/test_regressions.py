"""Every program that has once gone wrong, as small as it could be made."""

import pathlib

import pytest
from random_layers.program import read
from random_layers.properties import failure

PROGRAMS = sorted((pathlib.Path(__file__).resolve().parent / "regressions").glob("*.layer"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_what_went_wrong_once_does_not_again(path):
    assert failure(read(path.read_text(encoding="utf-8"))) == ""
