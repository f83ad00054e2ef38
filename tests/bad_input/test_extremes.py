"""Programs that no person writes: compiled or refused, in seconds, and never a fault of the compiler."""

import time

import pytest

from layerdsl.cli import main

HEAD = "layer A(x: [N]) -> y: [N]:\n"


def lines(*statements):
    return HEAD + "".join(f"    {statement}\n" for statement in statements)


def chained(formula, count, last="y = a{}"):
    """`a1` of `a0`, `a2` of `a1` and so on."""
    steps = [formula.replace("?", f"a{i}").replace("#", str(i)) for i in range(count)]
    named = [f"a{i + 1} = {step}" for i, step in enumerate(steps)]
    return lines("a0 = x", *named, last.format(count))


def doubling(count):
    first = "def f0(a):\n    return a * a + 1\n"
    return first + "".join(f"def f{i}(a):\n    return f{i - 1}(a) + f{i - 1}(a)\n" for i in range(1, count))


LAYERS = "".join(f"layer L{i}(x: [N]) -> y: [N]:\n    y = x * {i}\n" for i in range(200))
MANY = " + ".join(f"x{i}" for i in range(100))
LONG = " * ".join(["(N + C + H)"] * 40)
CASES = f"{HEAD}    hyper k: int = 0\n    if k == 0:\n        y = x\n" + "".join(
    f"    elif k == {i}:\n        y = x * {i}\n" for i in range(1, 40)
)
GRADS = [f"a{i + 1} = sum(grad(a{i}, x) * x)" for i in range(12)]

# The program, and the codes of its errors: none where it compiles.
EXTREMES = {
    "functions that double": (f"{doubling(40)}{HEAD}    y = f39(x)\n", ["LD007"]),
    "derivatives of derivatives": (lines("a0 = sum(sin(x))", *GRADS, "y = a12 * x"), ["LD007"]),
    "a size multiplied out": (f"layer A(x: [N, C, H]) -> y: [{LONG}]:\n    y = sum(x)\n", ["LD007"]),
    "a number multiplied out": (lines("hyper C: int = 1", "hyper H: int = 2", f"y = x * ({LONG})"), ["LD007"]),
    "a long chain": (chained("? * ? + ?", 150), []),
    "a chain of choices on data": (chained("where(? > #, ? * 2, -?)", 60), []),
    "a chain of choices at set-up": (chained("? * 2 if N > # else exp(?)", 40), []),
    "many cases": (f"{CASES}    else:\n        y = -x\n", []),
    "many hyper-parameters": (lines(*(f"hyper x{i}: float = 1" for i in range(100)), f"y = x * ({MANY})"), []),
    "many axes": (f"layer A(x: [{', '.join(f'A{i}' for i in range(30))}]) -> y: []:\n    y = sum(x)\n", []),
    "many bottoms": (f"layer A({', '.join(f'x{i}: [N]' for i in range(100))}) -> y: [N]:\n    y = {MANY}\n", []),
    "many layers": (LAYERS, []),
    "choices inside choices": (lines(f"y = {'where(x > 0, ' * 60}x{', 0)' * 60}"), []),
    "powers of powers": (lines("y = x * 9**9**9**9"), []),
    "squares of squares": (lines(f"y = x{'**2' * 60}"), []),
    "a product beyond all floats": (lines(f"y = x * {' * '.join(['1e300'] * 10)}"), []),
    "a whole number of 5000 digits": (lines(f"y = x * {'9' * 5000}"), ["LD013"]),
    "a default of 5000 digits": (lines(f"hyper k: int = {'9' * 5000}", "y = x * k"), ["LD013"]),
    "a place beyond all memory": (lines(f"y = x[N={'9' * 100}]"), ["LD013"]),
    "a number beyond all floats": (lines("y = x * 1e400"), ["LD013"]),
    "zero by arithmetic": (lines("y = x / (N - N)"), ["LD308"]),
    "zero by a function": ("def f(a):\n    return a - a\n" + lines("y = x / f(3)"), ["LD308"]),
    "a size divided by nothing": ("layer A(x: [N]) -> y: [N // (N - N)]:\n    y = x\n", ["LD308"]),
    "a size below zero": ("layer A(x: [N]) -> y: [N - 5]:\n    y = x[N=5:]\n", []),
    "quotes and braces": (lines('"""\\"\\"\\" %s {x} \\N{BULLET} \\x00 \'\'\' """', "y = x"), None),
    "words with quotes": (lines('hyper m: "a\'b\\\\" | \'c"d\' = "a\'b\\\\"', "y = x if m == 'c\"d' else -x"), None),
    "nothing but a comment in a body": (f"{HEAD}    # y = x\n", ["LD005"]),
    "a top without axes of any kind": ("layer A() -> y: []:\n    y = 1\n", []),
    "no top": ("layer A(x: [N]) -> ():\n    y = x\n", []),
}  # fmt: skip


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes(name, tmp_path, monkeypatch, capsys):
    program, wanted = EXTREMES[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.layer").write_text(program)
    began = time.perf_counter()
    status = main(["compile", "a.layer", "-o", "out", "--format", "concise"])
    assert time.perf_counter() - began < 30
    said = capsys.readouterr().err
    codes = [line.split()[1] for line in said.splitlines() if line.startswith("a.layer:") and " warning" not in line]
    assert "LD901" not in said
    assert "Traceback" not in said
    if status == 0:
        for path in (tmp_path / "out").glob("*.py"):
            compile(path.read_text(), str(path), "exec")
    else:
        assert status == 1
        assert not (tmp_path / "out").exists()
    if wanted is not None:
        assert (status, codes if status else []) == (1 if wanted else 0, wanted)
