"""The command with the real compiler behind it, in processes of its own."""

import os
import pathlib
import subprocess
import sys

import pytest

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = sorted([*PROJECT.glob("stdlib/**/*.layer"), *PROJECT.glob("examples/**/*.layer")])
STAGES = ("tree", "graph", "backward", "optimised", "plan", "python", "prototxt")


EVERY = """
import pathlib, sys
from layerdsl.cli import main
folder, *programs = sys.argv[1:]
sys.exit(max(main(["compile", p, "-o", f"{folder}/{pathlib.Path(p).parent.name}"]) for p in programs))
"""


def test_the_same_bytes_whatever_the_seed_of_hashes(tmp_path):
    written = []
    for seed in "1234":
        command = [sys.executable, "-c", EVERY, str(tmp_path / seed), *map(str, PROGRAMS)]
        subprocess.run(command, env=dict(os.environ, PYTHONHASHSEED=seed), check=True, timeout=300)
        files = (tmp_path / seed).rglob("*.*")
        written.append({path.relative_to(tmp_path / seed): path.read_bytes() for path in files})
    assert len(written[0]) == 3 * len(PROGRAMS)
    for path, text in written[0].items():
        assert all(other[path] == text for other in written[1:]), path
        if path.suffix == ".py":
            compile(text.decode(), str(path), "exec")


@pytest.mark.parametrize("stage", [*(f"--stage={stage}" for stage in STAGES), "--backward"])
def test_every_stage_of_the_examples_can_be_shown(stage, capsys):
    from layerdsl.cli import main

    for program in PROGRAMS:
        assert main(["show", str(program), stage]) == 0
        text = capsys.readouterr().out
        assert text == text.strip("\n") + "\n" * bool(text), "a file of functions alone has nothing to show"
        assert all(line == line.rstrip() for line in text.splitlines()), "no line ends in blanks"


def test_a_fault_in_each_of_many_layers(tmp_path, capsys):
    from layerdsl.cli import main

    text = "".join(f"layer A{i}(x: [N]) -> y: [N]:\n    y = z{i}\n\n" for i in range(50))
    (tmp_path / "many.layer").write_text(text)
    assert main(["compile", str(tmp_path / "many.layer"), "--format", "concise"]) == 1
    assert capsys.readouterr().err.count("LD101") == 50
