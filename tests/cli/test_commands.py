"""`show`, `explain`, and how the command as a whole behaves when something goes wrong."""

import io
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from layerdsl import __version__, cli, pipeline
from layerdsl.source.codes import CODES

here = pathlib.Path


@pytest.fixture
def two(tmp_path):
    (tmp_path / "two.layer").write_text("layer One\nlayer Two\n")
    return "two.layer"


def test_show_prints_a_stage_of_every_layer_or_of_one(layerdsl, two):
    assert layerdsl("show", two).out == "graph of One\n\ngraph of Two\n"
    assert layerdsl("show", two, "Two", "--stage", "plan").out == "plan of Two\n"
    assert layerdsl("show", two, "Two", "--backward").out == "formulas of Two\n"
    assert layerdsl("show", two, "--stage", "paln").status == 2


def test_show_names_the_layer_that_was_meant(layerdsl, two):
    done = layerdsl("show", two, "Tow")
    assert (done.status, done.out) == (1, "")
    assert done.err == "error[LD112]: no layer `Tow` in `two.layer`\n   = help: did you mean `Two`?\n"
    assert "it has `One`, `Two`" in layerdsl("show", two, "Dice").err


def test_explain(layerdsl, monkeypatch, tmp_path):
    (tmp_path / "LD203.md").write_text("# LD203\n\n```layer file=a.layer\nx\n```\n")
    monkeypatch.setattr("layerdsl.resources.folder", lambda name: tmp_path if name == "docs/errors" else None)
    done = layerdsl("explain", "ld203")
    assert (done.status, done.out) == (0, "# LD203\n\n```layer\nx\n```\n")
    done = layerdsl("explain", "LD2033")
    assert done.status == 2
    assert done.err.startswith("error: there is no code `LD2033`, did you mean `LD203`?\n")


def test_explain_lists_all_codes(layerdsl):
    assert layerdsl("explain").out.splitlines() == [f"{code}  {title}" for code, title in CODES.items()]


def test_version_and_help(layerdsl):
    assert layerdsl("--version").out == f"layerdsl {__version__}\n"
    done = layerdsl("--help")
    assert done.status == 0
    assert all(command in done.out for command in ("compile", "show", "check", "explain"))


@pytest.mark.parametrize("words", [[], ["compile"], ["compil"], ["compile", "--no"], ["show"], ["compile", "--format"]])
def test_wrong_use(layerdsl, words):
    done = layerdsl(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


def test_wrong_use_is_told_in_the_form_of_a_diagnostic(layerdsl):
    assert layerdsl("compile").err == (
        "error: missing argument 'FILES...'\n   = help: `layerdsl compile --help` says what there is\n"
    )


def test_a_fault_of_the_compiler_asks_for_a_report(layerdsl, monkeypatch, tmp_path):
    (tmp_path / "a.layer").write_text("layer A(x: [N]) -> y: [N]:\n    y = x  # crash\n")
    done = layerdsl("compile", "a.layer")
    assert done.status == 1
    first, *rest = done.err.splitlines()
    assert first == "error[LD901]: layerdsl itself failed on `a.layer`"
    assert f"layerdsl {__version__}, Python " in done.err
    assert "please report it" in rest[-1]
    assert "Traceback" not in done.err
    monkeypatch.setenv("LAYERDSL_DEBUG", "traceback")
    assert "Traceback" in layerdsl("compile", "a.layer").err


def test_a_fault_of_the_compiler_behind_a_fault_of_syntax_is_not_told(layerdsl, tmp_path):
    (tmp_path / "a.layer").write_text("layer A(x: [N]) -> y: [N]:\n    y = (x  # crash\n")
    done = layerdsl("compile", "a.layer")
    assert done.status == 1
    assert done.err.startswith("error[LD006]: `(` is never closed\n")
    assert "LD901" not in done.err


@pytest.mark.parametrize("kind", [RecursionError, MemoryError, RuntimeError, AssertionError])
def test_nothing_gets_out_of_emission_either(layerdsl, monkeypatch, two, kind):
    def fail(*_):
        raise kind("inside")

    monkeypatch.setattr(pipeline, "prototxt", fail)
    done = layerdsl("compile", two)
    assert done.status == 1
    assert f"{kind.__name__}: inside" in done.err
    assert sorted(os.listdir()) == ["two.layer"]


def test_an_interrupt_ends_without_a_word(layerdsl, monkeypatch, two):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "compile_source", interrupted)
    done = layerdsl("compile", two)
    assert (done.status, done.out, done.err) == (130, "", "")


def test_colour_is_for_terminals_whose_user_wants_it(monkeypatch):
    from layerdsl.cli import streams

    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert streams.colorful()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not streams.colorful()
    monkeypatch.setenv("NO_COLOR", "")
    assert streams.colorful()
    monkeypatch.setenv("TERM", "dumb")
    assert not streams.colorful()


def process(*words, **more):
    return subprocess.run([sys.executable, "-m", "layerdsl", *words], capture_output=True, timeout=60, **more)


def test_a_reader_who_goes_is_no_fault():
    script = f"'{sys.executable}' -m layerdsl explain | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout in ("141\n", "0\n")  # 0 where the text was in the pipe before its reader went
    assert done.stderr == ""


def test_a_full_disk_behind_standard_output():
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "layerdsl", "explain"], stdout=full, stderr=subprocess.PIPE, timeout=60
        )
    assert done.stderr == b"error[LD702]: can't write to standard output: no space left on device\n"
    assert done.returncode == 2


def test_closed_streams():
    for closed in ("1", "2"):
        script = f"'{sys.executable}' -m layerdsl explain {closed}>&-"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
        assert "Traceback" not in done.stderr
        assert done.returncode == (2 if closed == "1" else 0)


def test_an_encoding_without_the_letters_of_the_user():
    environment = dict(os.environ, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    done = process("compile", "Maß.layer", env=environment)
    assert done.returncode == 2
    assert b"can't read `Ma\\xdf.layer`" in done.stderr


def test_an_interrupt_from_outside():
    """Where the tests run behind a shell's `&`, interrupts are ignored, and so would their children."""
    with subprocess.Popen(
        [sys.executable, "-m", "layerdsl", "compile", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:  # fmt: skip
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == cli.app.INTERRUPTED
        assert running.stderr is not None
        assert running.stderr.read() == b""


def test_streams_that_collect_text_take_it_as_those_of_a_notebook_do(monkeypatch, tmp_path):
    """They have no bytes below them."""
    (tmp_path / "a.layer").write_text("layer A(x: [N]) -> y: [N]:\n    y = x + é\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    collected = io.StringIO()
    monkeypatch.setattr(sys, "stderr", collected)
    monkeypatch.setattr(sys, "stdout", collected)
    assert cli.main(["compile", "a.layer", "-o", "-"]) == 1
    assert "é" in collected.getvalue()
