"""What stands in the name of a file can't become code."""

from layerdsl.cli import main
from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

TEXT = "layer Twice(x: [N]) -> y: [N]:\n    y = 2 * x\n"
TRAP = 'x"""\nraise SystemExit("run")\n#.layer'


def test_a_name_with_code_in_it_is_refused(tmp_path, capsys):
    (tmp_path / TRAP).write_text(TEXT)
    assert main(["compile", str(tmp_path / TRAP), "-o", str(tmp_path / "out")]) == 1
    assert "LD606" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_module_with_code_in_it_is_refused(tmp_path, capsys):
    (tmp_path / "twice.layer").write_text(TEXT)
    arguments = ["compile", str(tmp_path / "twice.layer"), "--module", 'a"\nb', "-o", str(tmp_path / "out")]
    assert main(arguments) == 1
    assert "LD606" in capsys.readouterr().err


def test_the_emitted_text_names_the_file_without_its_code():
    compilation = compile_source(Source(TRAP, TEXT))
    lines = python_module(compilation.layers).splitlines()
    assert not [line for line in lines if line.startswith("raise")]
    compile("\n".join(lines), "emitted", "exec")
