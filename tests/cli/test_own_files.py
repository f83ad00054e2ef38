"""`compile` knows its own files again, also of older versions; constants go along with the class that reads them."""

import pathlib

import pytest

from layerdsl.cli import main
from layerdsl.emit.heads import emitted

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = sorted([*PROJECT.glob("stdlib/losses/*.layer"), *PROJECT.glob("tests/layers/*.layer")])

# The first lines of what the first version wrote.
OLDER = {
    "dice.py": '"""Layers for Caffe, made by layerdsl from dice.layer: plain NumPy that runs without it."""\n\nimport',
    "dice_netspec.py": (
        '# -*- coding: utf-8 -*-\n"""The layers of `dice` for nets that are written with caffe.NetSpec.\n\n    n.loss'
    ),
    "dice.prototxt": '# Dice: – of masks\nlayer {\n  name: "dice"\n  type: "Python"\n  bottom: "x"  # [N, *S]\n',
}
BY_HAND = {
    "dice.py": '"""Written before layerdsl came."""\nimport caffe\n',
    "dice_netspec.py": "from caffe import layers as L\n",
    "dice.prototxt": '# Dice\nlayer {\n  name: "dice"\n  type: "Python"\n  bottom: "x"\n  top: "y"\n',
    "dice.txt": OLDER["dice.py"],
}


@pytest.mark.parametrize("name", OLDER)
def test_files_of_older_versions_are_known(name):
    assert emitted(name, OLDER[name])


@pytest.mark.parametrize("name", BY_HAND)
def test_files_by_hand_are_known(name):
    assert not emitted(name, BY_HAND[name])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_what_compile_writes_is_known(program, tmp_path):
    main(["compile", str(program), "-o", str(tmp_path)])
    for path in tmp_path.iterdir():
        if path.suffix in (".py", ".prototxt"):
            text = path.read_text(encoding="utf-8")
            assert not text or emitted(str(path), text), path


CENTRED = """layer Centred(x: [N, K]) -> y: [N, K]:
    const mean: [K] = file("mean.json")
    y = x - mean
"""


@pytest.fixture
def centred(tmp_path, monkeypatch, capsys):
    """`centred(*words)` compiles a layer with constants to `out` and gives the exit status and what it said."""
    monkeypatch.chdir(tmp_path)
    pathlib.Path("centred.layer").write_text(CENTRED)
    pathlib.Path("mean.json").write_text("[1, 2]\n")

    def run(*words):
        status = main(["compile", "centred.layer", "-o", "out", *words])
        return status, capsys.readouterr().err

    return run


def test_constants_are_copied_again_beside_the_class_that_reads_them(centred):
    assert centred() == (0, "")
    pathlib.Path("mean.json").write_text("[3, 4]\n")
    assert centred() == (0, "")
    assert pathlib.Path("out/mean.json").read_text() == "[3, 4]\n"


def test_constants_of_others_are_not_written_over(centred):
    pathlib.Path("out").mkdir()
    pathlib.Path("out/mean.json").write_text("[5, 6]\n")
    status, said = centred()
    assert status == 2
    assert "`out/mean.json` is there already, and layerdsl has not written it" in said
    assert not pathlib.Path("out/centred.py").exists()
    assert centred("--force") == (0, "")
