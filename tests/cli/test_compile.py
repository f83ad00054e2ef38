"""`layerdsl compile`: what is written where, and that nothing is where something is wrong."""

import json
import os
import pathlib
import stat
import sys

import pytest

here = pathlib.Path
EMITTED = '"""Layers for Caffe, made by layerdsl from a.layer: plain NumPy that runs without it."""\n'


def write(name, text):
    path = here(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name


def files():
    return sorted(str(path) for path in here().rglob("*") if path.is_file())


def test_three_files_beside_the_source(layerdsl):
    done = layerdsl("compile", write("losses/dice.layer", "layer Dice\n"))
    assert (done.status, done.out, done.err) == (0, "", "")
    assert files() == [f"losses/dice{end}" for end in (".layer", ".prototxt", ".py", "_netspec.py")]
    assert here("losses/dice.py").read_text() == "class Dice: \n"
    assert here("losses/dice.prototxt").read_text() == "layer Dice of dice and dice\n"


def test_a_folder_is_made_where_it_is_missing(layerdsl):
    assert layerdsl("compile", write("dice.layer", "layer Dice\n"), "-o", "a/b", "--emit", "python").status == 0
    assert files() == ["a/b/dice.py", "dice.layer"]


def test_emit_chooses(layerdsl):
    write("dice.layer", "layer Dice\n")
    assert layerdsl("compile", "dice.layer", "--emit", "prototxt, netspec").status == 0
    assert files() == ["dice.layer", "dice.prototxt", "dice_netspec.py"]
    done = layerdsl("compile", "dice.layer", "--emit", "java")
    assert done.status == 2
    assert "`java` is none of python, prototxt, netspec" in done.err


def test_standard_output_gets_one_text_bare_and_several_with_names(layerdsl):
    write("dice.layer", "layer Dice\n")
    assert layerdsl("compile", "dice.layer", "-o", "-", "--emit", "python").out == "class Dice: \n"
    done = layerdsl("compile", "dice.layer", "-o", "-", "--emit", "python,prototxt")
    assert done.out == (
        "# ==> dice.py <==\nclass Dice: \n\n# ==> dice.prototxt <==\nlayer Dice of dice and dice\n"
    )  # fmt: skip
    assert files() == ["dice.layer"]


def test_standard_input(layerdsl):
    done = layerdsl("compile", "-", "--emit", "prototxt", stdin=b"layer Dice\n")
    assert (done.status, done.out) == (0, "layer Dice of layers and layers\n")
    assert layerdsl("compile", "-", "-o", "out", "--module", "nets.layers", stdin=b"layer Dice\n").status == 0
    assert "out/layers.py" in files()


def test_a_bundle_is_one_module(layerdsl):
    write("a.layer", "layer A\n")
    write("b.layer", "layer B\n")
    assert layerdsl("compile", "a.layer", "b.layer", "--bundle", "both.py", "-o", "out").status == 0
    assert files() == ["a.layer", "b.layer", "out/both.prototxt", "out/both.py", "out/both_netspec.py"]
    assert here("out/both.py").read_text() == "class A: \nclass B: \n"
    assert here("out/both.prototxt").read_text() == "layer A of both and both\nlayer B of both and both\n"


def test_a_bundle_without_folder_goes_where_it_says(layerdsl):
    assert layerdsl("compile", write("in/a.layer", "layer A\n"), "--bundle", "out/both.py").status == 0
    assert "out/both.prototxt" in files()
    assert here("out/both.prototxt").read_text() == "layer A of both and both\n"
    assert layerdsl("compile", "in/a.layer", "--bundle", "both").status == 2


def test_two_layers_of_one_name_do_not_fit_in_a_bundle(layerdsl):
    write("a.layer", "layer A\n")
    write("b.layer", "layer A\n")
    done = layerdsl("compile", "a.layer", "b.layer", "--bundle", "both.py")
    assert done.status == 1
    assert "error[LD604]: `A` is in both `a.layer` and `b.layer`" in done.err
    assert files() == ["a.layer", "b.layer"]


def test_the_module_may_have_another_name(layerdsl):
    assert layerdsl("compile", write("anchors.layer", "layer A\n"), "--module", "rpn.anchors").status == 0
    assert here("anchors.prototxt").read_text() == "layer A of rpn.anchors and rpn.anchors\n"


MISFITS = [
    (["a.layer", "-o", "rpn"], "rpn.anchors", "Caffe can't import `rpn.anchors` from `rpn/a.py`"),
    (["a.layer", "b.layer"], "a", "Caffe can't import `a` from `b.py`"),
    (["a.layer", "--bundle", "both.py"], "nets.a", "Caffe can't import `nets.a` from `both.py`"),
    (["a.layer"], "nets..a", "`nets..a` is no name of a module"),
    (["a.layer"], ".a", "`.a` is no name of a module"),
    (["a.layer"], "", "`` is no name of a module"),
    (["a.layer"], "a b", "Caffe can't import `a b` from `a.py`"),
]


@pytest.mark.parametrize(("words", "module", "message"), MISFITS, ids=[module for _, module, _ in MISFITS])
def test_a_module_has_the_name_of_its_file(layerdsl, words, module, message):
    write("a.layer", "layer A\n")
    write("b.layer", "layer B\n")
    done = layerdsl("compile", *words, f"--module={module}")
    assert (done.status, files()) == (1, ["a.layer", "b.layer"])
    assert f"error[LD606]: {message}" in done.err


def test_where_the_class_lies_is_not_known_without_it(layerdsl):
    write("a.layer", "layer A\n")
    assert layerdsl("compile", "a.layer", "--emit", "prototxt", "--module", "nets.b").status == 0
    assert here("a.prototxt").read_text() == "layer A of nets.b and nets.b\n"
    assert layerdsl("compile", "a.layer", "-o", "-", "--module", "nets.b").status == 0
    assert layerdsl("compile", "a.layer", "--emit", "prototxt", "--module", "nets..b").status == 1


@pytest.mark.parametrize("name", ["numpy", "caffe", "dice.v2"])
def test_a_module_that_caffe_could_not_import_is_refused(layerdsl, name):
    done = layerdsl("compile", write(f"{name}.layer", "layer A\n"))
    assert done.status == 1
    assert "LD606" in done.err
    assert files() == [f"{name}.layer"]
    assert layerdsl("compile", f"{name}.layer", "--bundle", "good.py").status == 0


def test_hiding_a_module_of_python_is_a_warning(layerdsl):
    done = layerdsl("compile", write("random.layer", "layer A\n"))
    assert (done.status, "warning[LD606]" in done.err) == (0, True)
    assert layerdsl("compile", "random.layer", "--deny-warnings").status == 1


def test_two_files_for_one_place_are_wrong_use(layerdsl):
    write("a/x.layer", "layer A\n")
    write("b/x.layer", "layer B\n")
    done = layerdsl("compile", "a/x.layer", "b/x.layer", "-o", "out")
    assert done.status == 2
    assert "what becomes of `a/x.layer` and `b/x.layer` would be written to one place, `out/x.py`" in done.err
    assert layerdsl("compile", "a/x.layer", "b/x.layer").status == 0


def test_a_file_named_twice_is_compiled_once(layerdsl):
    assert layerdsl("compile", write("a.layer", "layer A\n"), "a.layer", "--bundle", "b.py").status == 0
    assert layerdsl("compile", "a.layer", "./a.layer").status == 0


def test_set_changes_defaults(layerdsl):
    write("a.layer", "layer A\n")
    assert layerdsl("compile", "a.layer", "--set", "x=1", "--set", "mode=a=b", "-o", "-", "--emit", "python").out == (
        "class A: {'x': '1', 'mode': 'a=b'}\n"
    )
    assert layerdsl("compile", "a.layer", "--set", "x").status == 2
    assert layerdsl("compile", "a.layer", "--set", "x=1", "--set", "x=2").status == 2


def test_nothing_is_written_where_one_file_has_errors(layerdsl):
    write("good.layer", "layer Good\n")
    done = layerdsl("compile", "good.layer", write("bad.layer", "layer Bad error\n"))
    assert done.status == 1
    assert done.err.startswith("error[LD101]: unknown name `error`\n  --> bad.layer:1:11\n")
    assert files() == ["bad.layer", "good.layer"]


def test_warnings_pass_and_can_be_denied(layerdsl):
    write("a.layer", "layer A warning\n")
    done = layerdsl("compile", "a.layer", "--format", "concise", "--deny-warnings")
    assert (done.status, done.err) == (1, "a.layer:1:9: LD101 unknown name `warning`\n")
    assert files() == ["a.layer"]
    done = layerdsl("compile", "a.layer")
    assert done.status == 0
    assert done.err.startswith("warning[LD101]")
    assert "a.py" in files()


def test_all_files_are_reported_in_one_run(layerdsl):
    write("a.layer", "layer A error warning\n")
    write("b.layer", "layer B error\n")
    done = layerdsl("compile", "none.layer", "a.layer", "b.layer", "--format", "json")
    assert [(entry["code"], entry["file"]) for entry in json.loads(done.err)] == [
        ("LD701", None), ("LD101", "a.layer"), ("LD101", "a.layer"), ("LD101", "b.layer"),
    ]  # fmt: skip
    assert done.status == 2


def test_unreadable_files(layerdsl):
    write("dice.layer", "layer Dice\n")
    done = layerdsl("compile", "dcie.layer")
    assert done.status == 2
    assert done.err == (
        "error[LD701]: can't read `dcie.layer`: no such file or directory\n   = help: did you mean `dice.layer`?\n"
    )
    here("folder.layer").mkdir()
    assert "can't read `folder.layer`: is a directory" in layerdsl("compile", "folder.layer").err
    assert layerdsl("compile", "a\0b.layer").status == 2
    assert "larger than 16 MiB" in layerdsl("compile", "/dev/zero").err


def test_a_place_that_cannot_be_written_leaves_nothing_behind(layerdsl):
    write("a.layer", "layer A\n")
    here("out/a.prototxt").mkdir(parents=True)
    done = layerdsl("compile", "a.layer", "-o", "out")
    assert done.status == 2
    assert done.err == "error[LD702]: can't write `out/a.prototxt`: is a directory\n"
    assert files() == ["a.layer"]
    assert "can't write `a.layer/a.py`: not a directory" in layerdsl("compile", "a.layer", "-o", "a.layer").err
    assert files() == ["a.layer"]


def test_a_full_disk_leaves_the_old_file_as_it_was(layerdsl, monkeypatch):
    write("a.layer", "layer A\n")
    write("a.py", EMITTED)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    done = layerdsl("compile", "a.layer")
    assert (done.status, done.err) == (2, "error[LD702]: can't write `a.py`: no space left on device\n")
    assert files() == ["a.layer", "a.py"]
    assert here("a.py").read_text() == EMITTED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither links nor modes of this kind")
def test_links_and_modes_are_kept(layerdsl):
    write("a.layer", "layer A\n")
    write("real/a.py", EMITTED)
    here("real/a.py").chmod(0o640)
    here("a.py").symlink_to("real/a.py")
    assert layerdsl("compile", "a.layer", "--emit", "python").status == 0
    assert here("a.py").is_symlink()
    assert here("real/a.py").read_text() == "class A: \n"
    assert stat.S_IMODE(here("real/a.py").stat().st_mode) == 0o640


def test_the_same_input_gives_the_same_bytes(layerdsl):
    write("a.layer", "layer A\n")
    texts = []
    for _ in range(2):
        layerdsl("compile", "a.layer", "-o", "out")
        texts.append([path.read_bytes() for path in sorted(here("out").iterdir())])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("name", ["dice.py", "dice.prototxt", "dice_netspec.py"])
def test_a_file_that_is_not_ours_is_not_written_over(layerdsl, name):
    write("dice.layer", "layer Dice\n")
    write(name, "by hand\n")
    done = layerdsl("compile", "dice.layer")
    assert done.status == 2
    assert done.err == (
        f"error[LD702]: `{name}` is there already, and layerdsl has not written it\n"
        "   = help: `-o DIR` writes to another folder, `--force` writes over it\n"
    )
    assert files() == sorted(["dice.layer", name])
    assert here(name).read_text() == "by hand\n"


def test_each_file_in_the_way_is_named(layerdsl):
    for name in ("out/dice.py", "out/dice.prototxt"):
        write(name, "by hand\n")
    done = layerdsl("compile", write("dice.layer", "layer Dice\n"), "-o", "out")
    assert [line for line in done.err.splitlines() if line.startswith("error")] == [
        "error[LD702]: `out/dice.py` is there already, and layerdsl has not written it",
        "error[LD702]: `out/dice.prototxt` is there already, and layerdsl has not written it",
    ]


def test_what_is_in_the_way_is_written_over_when_told_so(layerdsl):
    write("dice.layer", "layer Dice\n")
    write("dice.py", "by hand\n")
    assert layerdsl("compile", "dice.layer", "--force").status == 0
    assert here("dice.py").read_text() == "class Dice: \n"


def test_where_it_is_not_written_nothing_is_in_the_way(layerdsl):
    write("dice.layer", "layer Dice\n")
    write("dice.prototxt", "by hand\n")
    assert layerdsl("compile", "dice.layer", "--emit", "python").status == 0
    assert layerdsl("compile", "dice.layer", "-o", "-").status == 0
    write("dice.py", "")
    assert layerdsl("compile", "dice.layer", "--emit", "python").status == 0, "an empty file holds nothing to lose"
