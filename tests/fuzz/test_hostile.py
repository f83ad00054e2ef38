"""A thousand hostile inputs; any number of them: `make fuzz INPUTS=1000000`."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from hostile import failures, hostile, tried, warm_up

# What has gone wrong once: target and input.
ONCE = [
    ("parser", b"layer E(a: [N]) -> y: [N]:\n    scan T:\n   =     carry row: [N] = 0"),
    ("parser", b'example "as Caffe reads it":\n    h, c = lstm(x)\n'),
    ("param_str", b"a: " + b"9" * 400),
    ("compile", b"layer A(x: [N]) -> y: [N]:\n    y = x - argmax(N)\n"),
]


@pytest.mark.parametrize(("target", "data"), ONCE)
def test_what_went_wrong_once_does_not_again(target, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    warm_up()
    assert tried(target, data) == ""


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_nothing_goes_wrong(first):
    assert failures(first, 250) == []


def test_an_input_is_its_seed():
    assert hostile(77) == hostile(77)
    assert len({hostile(seed)[1] for seed in range(200)}) > 150
