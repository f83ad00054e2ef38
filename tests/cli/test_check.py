"""`layerdsl check`: what goes where, and the exit status. What is measured is tested elsewhere."""

import json
import os
import pathlib
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from layerdsl.cli import main

GOOD = "layer Twice(x: [N]) -> y: [N]:\n    y = 2 * x\n"
HOLDS = GOOD + '\nexample "two":\n    Twice(x=[1]) == 2\n'
FAILS = GOOD + '\nexample "three":\n    Twice(x=[1]) == 3\n'
BY_HAND = GOOD + "    gradient x = d(y)\n"


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*programs, options=()):
        names = [f"{letter}.layer" for letter in "abc"[: len(programs)]]
        for name, program in zip(names, programs, strict=True):
            (tmp_path / name).write_text(program)
        status = main(["check", *names, *options])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_table_goes_to_standard_output(check):
    status, out, err = check(HOLDS)
    assert (status, err) == (0, "")
    assert out.splitlines()[1].startswith("Twice")
    assert out.endswith("\n")


def test_what_fails_is_told_and_the_status_is_1(check):
    status, out, err = check(FAILS)
    assert status == 1
    assert "BROKEN" in out
    assert err.startswith('error[LD601]: example "three" does not hold\n')


def test_a_gradient_by_hand_is_a_warning(check):
    assert check(BY_HAND)[0] == 0
    assert check(BY_HAND, options=["--deny-warnings"])[0] == 1


def test_what_does_not_compile_has_failed_in_junit_and_json_too(check, tmp_path):
    options = ["--junit", "a.xml", "--json", "a.json", "missing.layer"]
    assert check("layer A(x: [N]) -> y: [N]:\n    y = z\n", GOOD, options=options)[0] == 2
    suites = {suite.get("name"): suite for suite in ElementTree.parse(tmp_path / "a.xml").getroot()}
    assert {name: suite.get("failures") for name, suite in suites.items()} == {
        "a.layer": "1",
        "b.layer": "0",
        "layerdsl": "1",
    }
    assert "`z`" in suites["a.layer"].find("testcase/failure").get("message")
    (a, *_) = [one for one in json.loads((tmp_path / "a.json").read_text())["checks"] if one["name"] == "a.layer"]
    assert (a["ok"], a["diagnostics"][0]["level"]) == (False, "error")


def test_warnings_that_are_denied_have_failed_in_junit(check, tmp_path):
    for options, failures in (([], "0"), (["--deny-warnings"], "1")):
        check(BY_HAND, options=["--junit", "a.xml", *options])
        assert ElementTree.parse(tmp_path / "a.xml").getroot()[0].get("failures") == failures


def test_a_report_may_go_to_standard_output_and_the_table_then_does_not(check):
    status, out, err = check(HOLDS, options=["--json", "-"])
    assert status == 0
    assert json.loads(out)["checks"][0]["ok"]
    assert err.splitlines()[1].startswith("Twice")


def test_a_pipe_is_written_to_and_not_replaced(check, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert check(HOLDS, options=["--json", "pipe"])[0] == 0
    assert json.loads(os.read(reader, 65536))["checks"][0]["ok"]
    os.close(reader)
    assert pipe.is_fifo()


def test_a_device_is_written_to_and_not_replaced(check, tmp_path):
    link = tmp_path / "nowhere"
    link.symlink_to("/dev/full")
    status, _, err = check(HOLDS, options=["--junit", "nowhere"])
    assert (status, err) == (2, "error[LD702]: can't write `nowhere`: no space left on device\n")
    assert link.is_symlink()
    assert pathlib.Path("/dev/full").is_char_device()


def test_an_open_file_is_added_to(tmp_path):
    """As `--json /dev/stdout > log`: what stood there before is the table."""
    (tmp_path / "a.layer").write_text(HOLDS)
    command = [sys.executable, "-m", "layerdsl", "check", "a.layer", "--json", "/dev/stdout"]
    with open(tmp_path / "log", "wb") as log:
        subprocess.run(command, cwd=tmp_path, stdout=log, check=True)
    table, brace, report = (tmp_path / "log").read_text().partition("{")
    assert "Twice" in table
    assert json.loads(brace + report)["checks"][0]["ok"]


def test_two_reports_are_not_written_to_one_place(check):
    assert check(HOLDS, options=["--json", "a", "--junit", "a"])[0] == 2


def test_a_file_of_functions_alone_is_said_to_be_one(check):
    status, out, err = check("def f(x):\n    return x\n")
    assert (status, out, err) == (0, "a.layer has no layer and no example: nothing to check\n", "")


def test_a_file_that_does_not_compile_does_not_stop_the_others(check):
    status, out, err = check("layer A(x: [N]) -> y: [N]:\n    y = z\n", GOOD, HOLDS)
    assert status == 1
    assert out.count("Twice") == 2
    assert "\n\nlayer " in out, "one table per file, with a blank line between them"
    assert err.count("error[") == 1


def test_names_and_defaults_that_cannot_work_are_not_checked(check):
    status, out, err = check("layer np(x: [N]) -> y: [N]:\n    y = x\n")
    assert (status, out) == (1, "")
    assert err.startswith("error[LD113]: `np` can't be given as a name\n")
