"""`layerdsl check --class` on real Caffe, and what runs the class on Python 2.7."""

import pathlib
import sys
from dataclasses import replace

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "check"))

from hand_written import BROKEN, RELU, RIGHT

from layerdsl.check import check_class, classes, process
from layerdsl.check.classes import ClassCheck
from layerdsl.cli import main

CAFFE = str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "caffe-python")

# Left out: what float32 alone can't tell.
SHOWS = [fault for fault in BROKEN if fault not in ("overflow", "a counter")]


@pytest.fixture
def written(real_caffe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / "my_layers.py").write_text(text)


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_class_is_right_on_caffe(written, name):
    text, bottoms, param_str = RIGHT[name]
    written(text)
    result = check_class(f"my_layers.py:{name}", bottoms, param_str=param_str, python=CAFFE)
    assert [each.message for each in result.diagnostics if each.level == "error"] == []
    verdicts = {row.property: row.verdict for row in result.rows}
    assert verdicts["float32"] == verdicts["awkward inputs"] == "not tried"
    assert {row.verdict for row in result.rows} <= {"ok", "not tried", "doubtful"}


def test_what_a_prototxt_holds_is_there_before_setup(written):
    text, bottoms, _ = RIGHT["Scale"]
    written(text.replace("            self.blobs[0].data", "        self.blobs[0].data"))
    (found,) = check_class("my_layers.py:Scale", bottoms, python=CAFFE, properties=("state",)).diagnostics
    assert found.message == "`Scale`: `setup` fills `blobs[0]` again, which is there already"


@pytest.mark.parametrize("fault", SHOWS)
def test_a_broken_class_is_told_of_on_caffe(written, fault):
    right, wrong, _ = BROKEN[fault]
    written(RELU.replace(right, wrong))
    assert not check_class("my_layers.py:ReLU", ["4x3x5x6"], python=CAFFE).ok


def test_where_caffe_ends_the_process_it_is_told(written):
    written(RELU.replace("top[0].reshape(*bottom[0].shape)", "top[0].reshape(-1)"))
    (found,) = check_class("my_layers.py:ReLU", ["4x3"], python=CAFFE).diagnostics
    assert "the process that ran it has ended (signal SIGABRT)" in found.message
    assert "Check failed" in found.help


def test_a_layer_file_is_tried_on_caffe(written, capsys):
    pathlib.Path("a.layer").write_text(
        "layer Scaled(x: [N, C], label: const [N, C]) -> y: [N, C]:\n"
        "    param w: [C] = constant(2)\n    y = (x - label) * w\n"
    )
    assert main(["check", "a.layer", "--caffe", CAFFE]) == 0
    printed = capsys.readouterr()
    assert "gradient of `w`" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    "text",
    [
        "layer L(*xs: [N]) -> y: [N]:\n    y = prod(xs, over=xs)\n",
        "layer L(x: [N]) -> y: [N]:\n    y = x**3\n    gradient x = x**2 * d(y)\n",
        (
            "layer L(score: const [N, C], label: index(C) [N]) -> hits: const []:\n"
            "    hits = mean(float(argmax(score, over=C) == label))\n"
        ),
        (
            "layer L(x: [N, C], label: index(C) [N]) -> (loss: [], hits: const [], p: const [N, C]):\n"
            "    p = softmax(x, over=C)\n    loss = -mean((1 - p[C=label])**2 * log(p[C=label]))\n"
            "    hits = mean(float(argmax(x, over=C) == label))\n"
        ),
        (
            "layer L(x: [T, N]) -> y: [T, N]:\n    state kept: [N] = 0, saved=false\n    param w: [] = constant(0)\n"
            "    y = w * x + kept\n    update kept = y[T=-1]\n"
        ),
        (
            "layer L(x: [N]) -> y: [N]:\n    hyper by: float\n    require by == 7.5\n    y = by * x\n\n"
            'example "e":\n    L(x=[1], by=7.5) == 7.5\n'
        ),
    ],
    ids=["any number of bottoms", "by hand", "no gradient", "a mean in float32", "kept outside of blobs", "by example"],
)
def test_right_layer_files_are_not_blamed_on_caffe(written, capsys, text):
    pathlib.Path("a.layer").write_text(text)
    assert main(["check", "a.layer", "--caffe", CAFFE]) == 0
    printed = capsys.readouterr()
    assert "repeatable" in printed.out
    assert "error" not in printed.err
    assert "real Caffe" not in printed.err


@pytest.mark.parametrize("name", RIGHT)
def test_the_process_runs_on_python_2(written, tmp_path, name):
    """On the stand-in there: a Caffe for Python 2 is not to be had here."""
    text, bottoms, param_str = RIGHT[name]
    written(text)
    python = tmp_path / "python2"
    python.write_text(f'#!/bin/sh\nexec "{CAFFE}" --python2 "$@"\n')
    python.chmod(0o755)
    check = ClassCheck(f"my_layers.py:{name}", bottoms, param_str, python=str(python))
    source = classes._source("my_layers.py")
    task = classes._task(replace(check, python=None), "my_layers.py", name, source, [classes._spec(b) for b in bottoms])
    ended = process.run(task, str(python), 120)
    assert ended.why == "", ended.stderr
    assert ended.of("python")[0]["version"].startswith("Python 2.7")
    assert [each["said"] for each in ended.of("fault") if each["level"] == "error"] == []
    assert len(ended.of("row")) >= 10
