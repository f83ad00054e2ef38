"""Constants from files: where they may come from, which axes they have, and what is refused."""

import os

import numpy as np
import pytest

from layerdsl.caffe import standin
from layerdsl.cli import main
from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

TIMES = 'layer L(x: [C]) -> y: [C]:\n    const c: [C] = file("three.json")\n    y = x * c\n'


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Files of many kinds, in the folder where we are."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "three.json").write_text("[1, 2, 3]")
    (tmp_path / "half.json").write_text("[0.5, 2, 3]")
    (tmp_path / "nan.json").write_text("[NaN]")
    (tmp_path / "text.json").write_text('["a"]')
    (tmp_path / "broken.json").write_text("[1,")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    np.save("matrix.npy", np.arange(6.0).reshape(2, 3))
    np.save("many.npy", np.zeros(5000))
    np.save("huge.npy", np.zeros(1 << 18))
    np.save("objects.npy", np.array([{}]), allow_pickle=True)
    os.mkdir("folder.npy")
    return tmp_path


def faults(line, body="y = x + 0 * sum(c)"):
    text = f"layer L(x: [N, C]) -> y: [N, C]:\n    {line}\n    {body}\n"
    return [(each.code, each.span.text) for each in compile_source(Source("l.layer", text)).diagnostics]


def run(text, *bottoms, name="L"):
    result = compile_source(Source("l.layer", text))
    assert not result.diagnostics
    layer = getattr(standin.load(python_module(result.layers), "l", os.path.abspath("l.py")), name)
    single = standin.SingleLayer(layer, [np.asarray(one, float) for one in bottoms])
    single.forward()
    return single.top[0].data.tolist()


@pytest.mark.parametrize("source", ["file", "embed"])
def test_a_constant_meets_others_by_its_axes(source):
    text = f'layer L(x: [N, C]) -> y: [N, C]:\n    const c: [C] = {source}("three.json")\n    y = c * x\n'
    assert run(text, [[1, 1, 2], [0, 1, 0]]) == [[1, 2, 6], [0, 2, 0]]


@pytest.mark.parametrize("source", ["file", "embed"])
def test_axes_may_lie_in_another_order(source):
    text = f'layer L(x: [C, N]) -> y: [C, N]:\n    const c: [N, C] = {source}("matrix.npy")\n    y = c + x\n'
    assert run(text, np.zeros((3, 2))) == [[0, 3], [1, 4], [2, 5]]


def test_a_file_gives_an_axis_its_size():
    text = 'layer L(x: [N]) -> y: [N, K=3]:\n    const c: [K] = embed("three.json")\n    y = x * c + K\n'
    assert run(text, [1]) == [[4, 5, 6]]


def test_whole_numbers_may_be_places():
    text = 'layer L(x: [N, C]) -> y: [N, K=3]:\n    const c: index [K] = embed("three.json")\n    y = x[C=c - 1]\n'
    assert run(text, [[5, 6, 7]]) == [[5, 6, 7]]


def test_in_a_branch():
    text = (
        'layer L(x: [C]) -> y: [C]:\n    hyper on: bool = true\n    if on:\n        const c: [C] = file("three.json")\n'
        "        y = c * x\n    else:\n        y = x\n"
    )
    assert run(text, [1, 1, 2]) == [1, 2, 6]


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ('const c: [C] = read("a.npy")', "LD104", 'read("a.npy")'),
        ('const c: [C] = file("a.npy", 3)', "LD104", 'file("a.npy", 3)'),
        ("const c: [C] = file(C)", "LD303", "C"),
        ("const c: [C] = 3", "LD104", "3"),
        ('const c: [C] = file("../a.npy")', "LD701", '"../a.npy"'),
        ('const c: [C] = file("a/../b.npy")', "LD701", '"a/../b.npy"'),
        ('const c: [C] = file("/a.npy")', "LD701", '"/a.npy"'),
        ('const c: [C] = file("c:/a.npy")', "LD701", '"c:/a.npy"'),
        ('const c: [C] = file("a\\\\b.npy")', "LD701", '"a\\\\b.npy"'),
        ('const c: [C] = file("")', "LD701", '""'),
        ('const c: [C] = file("a.pkl")', "LD701", '"a.pkl"'),
        ('const c: [C] = embed("none.npy")', "LD701", '"none.npy"'),
        ('const c: [C] = embed("folder.npy")', "LD701", '"folder.npy"'),
        ('const c: [C] = embed("nan.json")', "LD701", '"nan.json"'),
        ('const c: [C] = embed("text.json")', "LD701", '"text.json"'),
        ('const c: [C] = embed("broken.json")', "LD701", '"broken.json"'),
        ('const c: [C] = embed("deep.json")', "LD701", '"deep.json"'),
        ('const c: [C] = embed("many.npy")', "LD701", '"many.npy"'),
        ('const c: [C] = embed("huge.npy")', "LD701", '"huge.npy"'),
        ('const c: [C] = embed("objects.npy")', "LD701", '"objects.npy"'),
        ('const c: [K] = file("three.json")', "LD201", "K"),
        ('const c: [C, C] = file("matrix.npy")', "LD205", "C"),
        ('const c: [*C] = file("three.json")', "LD209", "*C"),
        ('const c: [N, C] = embed("three.json")', "LD204", "[N, C]"),
        ('const c: [K=4] = embed("three.json")', "LD202", "K=4"),
        ('const c: index [C] = embed("half.json")', "LD307", '"half.json"'),
        ('const c: const [C] = file("three.json")', "LD003", "const [C]"),
        ('const x: [C] = file("three.json")', "LD108", "x"),
    ],
)
def test_refusals(line, code, place):
    assert (code, place) in faults(line)


NAMED = (
    'layer L(x: [C]) -> y: [C]:\n    hyper table: file = "three.json"\n    const c: [C] = file(table)\n    y = x * c\n'
)


def test_a_net_names_the_file(folder):
    np.save("other.npy", np.array([5.0, 6, 7]))
    layer = standin.load(python_module(compile_source(Source("l.layer", NAMED)).layers), "l", os.path.abspath("l.py")).L
    for param_str, wanted in (("", [1, 2, 3]), ('{"table": "other.npy"}', [5, 6, 7]), ("table: other.npy", [5, 6, 7])):
        single = standin.SingleLayer(layer, [np.ones(3)], 1, param_str)
        single.forward()
        assert single.top[0].data.tolist() == wanted
    with pytest.raises(ValueError, match=r"can't read `none\.npy`"):
        standin.SingleLayer(layer, [np.ones(3)], 1, "table: none.npy")
    with pytest.raises(ValueError, match=r"`table` is 3 in param_str, but has to be the path of a file"):
        standin.SingleLayer(layer, [np.ones(3)], 1, "table: 3")


def test_where_a_net_may_name_none(folder):
    text = NAMED.replace('file = "three.json"', "file? = none").replace(
        "    const", "    if table != none:\n        const"
    )
    text = text.replace("    y = x * c", "        y = x * c\n    else:\n        y = x")
    layer = standin.load(python_module(compile_source(Source("l.layer", text)).layers), "l", os.path.abspath("l.py")).L
    for param_str, wanted in (("", [1, 1, 1]), ("table: three.json", [1, 2, 3])):
        single = standin.SingleLayer(layer, [np.ones(3)], 1, param_str)
        single.forward()
        assert single.top[0].data.tolist() == wanted


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ("hyper p: file = 3|const c: [C] = file(p)", "LD503", "3"),
        ('hyper p: file = ""|const c: [C] = file(p)', "LD503", '""'),
        ("hyper p: file?|const c: [C] = file(p)", "LD306", "p"),
        ("hyper p: file|const c: [C] = embed(p)", "LD701", "p"),
        ("hyper p: int|const c: [C] = file(p)", "LD303", "p"),
        ("hyper p: file|const c: [C] = file(p + 1)", "LD104", "file(p + 1)"),
        ("hyper p: file|c = p", "LD303", "p"),
        ("hyper p: file|c = sum(p)", "LD303", "p"),
    ],
)
def test_files_that_a_net_can_not_name(lines, code, place):
    assert (code, place) in faults("\n    ".join(lines.split("|")))


@pytest.mark.parametrize(
    ("head", "given", "param_str"),
    [
        ("", "", ""),
        ("", ', table="half.json"', ""),
        ('    hyper own: file = "half.json"\n', ", table=own", ""),
        ("    hyper own: file\n", ", table=own", "own: half.json"),
    ],
)
def test_a_layer_inside_another_is_told_the_file(folder, head, given, param_str):
    inner = NAMED.replace("layer L", "layer Inner")
    text = f"{inner}layer L(z: [D]) -> y: [D]:\n{head}    y = Inner(z{given})\n"
    result = compile_source(Source("l.layer", text))
    assert not result.diagnostics
    layer = standin.load(python_module(result.layers), "l", os.path.abspath("l.py")).L
    single = standin.SingleLayer(layer, [np.ones(3)], 1, param_str)
    single.forward()
    assert single.top[0].data.tolist() == ([0.5, 2, 3] if given else [1, 2, 3])


@pytest.mark.parametrize(("given", "code"), [("3", "LD503"), ("k", "LD503"), ('""', "LD503")])
def test_what_a_layer_inside_can_not_be_told(given, code):
    inner = NAMED.replace("layer L", "layer Inner")
    text = f"{inner}layer L(z: [D]) -> y: [D]:\n    hyper k: int = 1\n    y = Inner(z, table={given})\n"
    assert code in [each.code for each in compile_source(Source("l.layer", text)).diagnostics]


def test_a_default_is_copied_and_what_a_net_names_is_not_asked_for(folder, capfd):
    (folder / "l.layer").write_text(NAMED)
    assert main(["compile", "l.layer", "-o", "out", "--deny-warnings"]) == 0
    assert (folder / "out" / "three.json").exists()
    (folder / "l.layer").write_text(NAMED.replace(' = "three.json"', ""))
    assert main(["compile", "l.layer", "-o", "out2", "--deny-warnings"]) == 0
    assert main(["check", "l.layer", "--deny-warnings"]) == 0
    assert "table: file, the net has to give it" in (folder / "out2" / "l.prototxt").read_text()


def test_a_name_that_belongs_to_the_class(folder, capfd):
    text = 'layer L(x: [C]) -> y: [C]:\n    const _c: [C] = file("three.json")\n    y = x * _c\n'
    (folder / "l.layer").write_text(text)
    assert main(["check", "l.layer"]) == 1
    assert "LD113" in capfd.readouterr().err


def test_compile_copies_the_file(folder, capfd):
    (folder / "l.layer").write_text(TIMES)
    assert main(["compile", "l.layer", "-o", "out", "--deny-warnings"]) == 0
    assert (folder / "out" / "three.json").read_text() == "[1, 2, 3]"
    assert main(["compile", "l.layer", "-o", "proto", "--emit", "prototxt"]) == 0
    assert not (folder / "proto" / "three.json").exists()
    (folder / "three.json").unlink()
    assert main(["compile", "l.layer", "-o", "out2"]) == 0
    assert "`three.json` is not there yet" in capfd.readouterr().err
    assert (folder / "out2" / "l.py").exists()


def test_the_checker_takes_the_numbers_that_there_are(folder, capfd):
    (folder / "l.layer").write_text(TIMES)
    assert main(["check", "l.layer", "--deny-warnings"]) == 0
    assert "made up" not in capfd.readouterr().out
    (folder / "three.json").unlink()
    assert main(["check", "l.layer", "--deny-warnings"]) == 0
    assert "`three.json` is not there, its values are made up" in capfd.readouterr().out


def test_a_constant_that_nothing_uses(folder, capfd):
    (folder / "l.layer").write_text('layer L(x: [C]) -> y: [C]:\n    const c: [C] = file("three.json")\n    y = x\n')
    assert main(["check", "l.layer", "--deny-warnings"]) == 1
    assert "constant `c` is never used" in capfd.readouterr().err
