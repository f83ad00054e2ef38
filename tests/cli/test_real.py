"""The command with the real compiler behind it, in processes of its own."""

import os
import pathlib
import subprocess
import sys

import pytest

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = sorted([*PROJECT.glob("stdlib/**/*.layer"), *PROJECT.glob("examples/**/*.layer")])
STAGES = ("tree", "graph", "backward", "optimised", "plan", "python", "prototxt")


def layerdsl(*words, seed="0", folder=PROJECT):
    environment = dict(os.environ, PYTHONHASHSEED=seed)
    command = [sys.executable, "-m", "layerdsl", *map(str, words)]
    return subprocess.run(command, capture_output=True, env=environment, cwd=folder, timeout=300, check=False)


def test_the_same_bytes_whatever_the_seed_of_hashes(tmp_path):
    for seed in ("1", "2"):
        for program in PROGRAMS:
            done = layerdsl("compile", program, "-o", tmp_path / seed / program.parent.name, seed=seed)
            assert done.returncode == 0, done.stderr.decode()
    first, second = (
        {path.relative_to(tmp_path / seed): path.read_bytes() for path in (tmp_path / seed).rglob("*.*")}
        for seed in ("1", "2")
    )
    assert len(first) == 3 * len(PROGRAMS)
    assert first == second


@pytest.mark.parametrize("stage", [*(f"--stage={stage}" for stage in STAGES), "--backward"])
def test_every_stage_of_the_examples_can_be_shown(stage, capsys):
    from layerdsl.cli import main

    for program in PROGRAMS:
        assert main(["show", str(program), stage]) == 0
        text = capsys.readouterr().out
        assert text == text.strip("\n") + "\n" * bool(text), "a file of functions alone has nothing to show"
        assert all(line == line.rstrip() for line in text.splitlines()), "no line ends in blanks"


def test_a_file_with_many_layers_and_one_fault_in_each(tmp_path):
    text = "".join(f"layer A{i}(x: [N]) -> y: [N]:\n    y = z{i}\n\n" for i in range(50))
    (tmp_path / "many.layer").write_text(text)
    done = layerdsl("compile", "many.layer", "--format", "concise", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count(b"LD101") == 50


def test_emitted_python_can_be_read(tmp_path):
    for program in PROGRAMS:
        assert layerdsl("compile", program, "-o", tmp_path, "--emit", "python,netspec").returncode == 0
    for path in tmp_path.glob("*.py"):
        compile(path.read_text(encoding="utf-8"), str(path), "exec")
