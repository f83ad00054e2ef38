"""Layers that call Python: nothing is run while they are checked, unless that is allowed."""

import pathlib
import sys

import pytest

from layerdsl.cli import main

LAYER = """extern def worst(score: [N, M], most) -> index(M) [N] from somebodys_code

layer Picked(x: [B, C]) -> y: [B]:
    hyper most: int = 3
    y = 2 * x[C=worst(x, most)]

example "the smallest":
    Picked([[3, 1], [2, 5]]) == [2, 4]
"""
CODE = "ran = open({path!r}, 'w')\ndef worst(score, most):\n    assert type(most) is int\n    return score.argmin(1)\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "picked.layer").write_text(LAYER)
    (tmp_path / "somebodys_code.py").write_text(CODE.format(path=str(tmp_path / "ran")))
    yield tmp_path
    sys.modules.pop("somebodys_code", None)


def test_nothing_is_run(files, capfd):
    assert main(["check", str(files / "picked.layer"), "--deny-warnings"]) == 0
    said = capfd.readouterr().out
    assert "`worst` of `somebodys_code` was not called, its values are made up" in said
    assert 'example "the smallest"  not run' in said
    assert main(["compile", str(files / "picked.layer"), "-o", str(files / "out")]) == 0
    assert not (files / "ran").exists()
    assert "somebodys_code" not in sys.modules


def test_it_is_run_where_that_is_allowed(files, capfd):
    before = list(sys.path)
    assert main(["check", str(files / "picked.layer"), "--deny-warnings", "--extern"]) == 0
    said = capfd.readouterr().out
    assert "made up" not in said
    assert 'example "the smallest"  ok' in said
    assert (files / "ran").exists()
    assert sys.path == before


def test_a_module_that_is_not_there_is_said(files, capfd):
    pathlib.Path(files / "somebodys_code.py").unlink()
    assert main(["check", str(files / "picked.layer"), "--extern", "--deny-warnings"]) == 1
    assert "can't import `somebodys_code` for `worst`" in capfd.readouterr().err
