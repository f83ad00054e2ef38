"""Whatever stands in a file: a diagnostic, never a traceback or a fault of the compiler, and never wrong code."""

import json
import os
import pathlib
import random
import shutil
import sys

import literate
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GOOD = """\
layer DiceLoss(pred: [N, *S], label: const [N, *S]) -> loss: []:
    \"\"\"Soft Dice loss.\"\"\"
    hyper smooth: float = 1.0  # keeps empty masks apart from 0 / 0
    require smooth >= 0
    overlap = sum(pred * label, over=S)
    loss = 1 - mean((2 * overlap + smooth) / (sum(pred**2 + label**2, over=S) + smooth), over=N)
"""


@pytest.fixture
def compiled(tmp_path):
    """Compiles bytes or a text; gives the exit status, the codes found, and everything that was printed."""

    def run(program, *options):
        data = program.encode() if isinstance(program, str) else program
        (tmp_path / "a.layer").write_bytes(data)
        words = ["layerdsl", "compile", "a.layer", "-o", "out", "--format", "json", *options]
        status, printed = literate.run_command(" ".join(words), tmp_path)
        written = sorted(path.name for path in (tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else []
        codes = [entry["code"] for entry in json.loads(printed) if entry["level"] == "error"]
        assert "LD901" not in codes, printed
        assert "Traceback" not in printed
        assert status == (1 if codes else 0)
        assert len(written) == (0 if codes else 3), "files are written where there are no errors, and only there"
        return codes

    return run


EVERY_BAD = {
    "empty": (b"", ["LD009"]),
    "blank": (b"\n \n\t\n", ["LD009"]),
    "zeros": (bytes(1000), ["LD001"]),
    "binary": (bytes(range(256)) * 50, ["LD001"]),
    "latin-1": ("layer Größe(x: [N]) -> y: [N]:\n    y = x\n".encode("latin-1"), ["LD001"]),
    "utf-16": (GOOD.encode("utf-16"), ["LD001"]),
    "parentheses": (f"layer A(x: [N]) -> y: [N]:\n    y = {'(' * 10_000}x{')' * 10_000}\n", ["LD007"]),
    "open parentheses": (f"layer A(x: [N]) -> y: [N]:\n    y = {'(' * 10_000}\n", ["LD007"]),
    "brackets": (f"layer A(x: {'[' * 10_000}N) -> y: [N]:\n    y = x\n", None),
    "long name": (f"layer A(x: [N]) -> y: [N]:\n    y = {'n' * 100_000}\n", None),
    "long layer": (f"layer {'A' * 100_000}(x: [N]) -> y: [N]:\n    y = x\n", ["LD008"]),
    "long sum": (f"layer A(x: [N]) -> y: [N]:\n    y = x{' + x' * 20_000}\n", None),
    "long minus": (f"layer A(x: [N]) -> y: [N]:\n    y = {'-' * 20_000}x\n", None),
    "long power": (f"layer A(x: [N]) -> y: [N]:\n    y = x{'**x' * 20_000}\n", None),
    "long not": (f"layer A(x: [N]) -> y: [N]:\n    y = where({'not ' * 20_000}x > 0, 1, 0)\n", None),
    "many names": ("layer A(x: [N]) -> y: [N]:\n" + "".join(f"    a{i} = b{i}\n" for i in range(2000)), None),
    "deep blocks": ("layer A(x: [N]) -> y: [N]:\n" + "".join(f"{'    ' * i}if train:\n" for i in range(1, 1000)), None),
    "unicode": ("layer A(größe: [N]) -> y: [N]:\n    y = größe\n", ["LD008"]),
    "look-alike": ("layer A(x: [N]) -> y: [N]:\n    y = х\n", None),  # a Cyrillic х
    "hidden direction": ("layer A(x: [N]) -> y: [N]:\n    y = x \u202e+ 1\n", ["LD002"]),
    "division": ("layer A(x: [N]) -> y: [N]:\n    y = x / 0\n", ["LD308"]),
    "division by 0.0": ("layer A(x: [N]) -> y: [N]:\n    y = x / 0.0\n", ["LD308"]),
    "modulo": ("layer A(x: [N]) -> y: [N]:\n    y = x % 0\n", ["LD308"]),
    "size by zero": ("layer A(x: [N]) -> y: [N // 0]:\n    y = x\n", ["LD308"]),
    "import of itself": ("from a import f\ndef f(x):\n    return x\n", ["LD107"]),
    "import from outside": ("from ....etc.passwd import f\n", None),
    "code in a string": ("layer A(x: [N]) -> y: [N]:\n    y = \"__import__('os')\"\n", None),
    "only quotes": ('"""', None),
    "only colons": (":::::\n" * 100, None),
}


@pytest.mark.parametrize("name", EVERY_BAD)
def test_bad_files(compiled, name):
    program, wanted = EVERY_BAD[name]
    codes = compiled(program)
    assert codes
    assert wanted is None or codes == wanted


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("    ", "\t"),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n", "   \n"),
        lambda text: "\n\n\f# Größe, 漢字 and \u202e\n" + text + "\n\n\n",
    ],
    ids=["windows", "macintosh", "byte-order mark", "tabs", "no last line end", "blanks at ends", "comments"],
)
def test_other_ways_to_write_a_file_change_nothing(compiled, tmp_path, change):
    assert compiled(GOOD) == []
    plain = (tmp_path / "out" / "a.prototxt").read_text()
    assert compiled(change(GOOD)) == []
    assert (tmp_path / "out" / "a.prototxt").read_text() == plain


PYTHON = sorted({*__import__("keyword").kwlist, "print", "exec", "self", "None", "True"})
CAFFE = (
    "blobs phase data diff param_str param_str_ setup reshape forward backward bottom top propagate_down np numpy "
    "caffe math layer type shape name"
).split()
BUILTIN = "sum max abs len range float int list str object super isinstance zip".split()
EMITTED = (
    "_shapes _sizes _measure _match _settings _t1 t1 sizes shapes dtype passes n s loss y_diff d_x ValueError".split()
)
NAMES = [*PYTHON, *CAFFE, *BUILTIN, *EMITTED, "__init__", "__class__", "__dict__", "_", "__", "out", "e", "i"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_python_and_caffe(compiled, tmp_path, name):
    """As the name of anything: refused, or a layer that does what it says."""
    programs = [
        f"layer A({name}: [N]) -> y: [N]:\n    y = 2 * {name}\n",
        f"layer A(x: [N]) -> {name}: [N]:\n    {name} = 2 * x\n",
        f"layer A(x: [N]) -> y: [N]:\n    hyper {name}: float = 1.0\n    y = {name} * x\n",
        f"layer A(x: [N, C]) -> y: [N, C]:\n    param {name}: [C] = constant(1)\n    y = {name} * x\n",
        f"layer A(x: [N]) -> y: [N]:\n    {name} = 2 * x\n    y = {name} * {name}\n",
        f"layer A(x: [N, {name}]) -> y: [N]:\n    y = sum(x, over={name})\n",
        f"layer {name}(x: [N]) -> y: [N]:\n    y = 2 * x\n",
    ]
    for program in programs:
        if not compiled(program):
            for file in (tmp_path / "out").glob("*.py"):
                compile(file.read_text(), str(file), "exec")
            status, printed = literate.run_command("layerdsl check a.layer", tmp_path)
            assert status == 0, program + printed
        shutil.rmtree(tmp_path / "out", ignore_errors=True)


def test_a_circle_of_imports(tmp_path):
    for here, there in ("ab", "bc", "ca"):
        (tmp_path / f"{here}.layer").write_text(f"from {there} import {there}\ndef {here}(x):\n    return {there}(x)\n")
    status, printed = literate.run_command("layerdsl compile a.layer", tmp_path)
    assert status == 1
    assert "error[LD107]" in printed
    assert "LD901" not in printed, printed


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read and write everything")
def test_a_file_and_a_folder_without_permission(tmp_path):
    (tmp_path / "a.layer").write_text(GOOD)
    (tmp_path / "secret.layer").write_text(GOOD)
    (tmp_path / "secret.layer").chmod(0)
    (tmp_path / "closed").mkdir(mode=0o500)
    status, printed = literate.run_command("layerdsl compile secret.layer", tmp_path)
    assert (status, "LD701" in printed, "permission denied" in printed) == (2, True, True)
    status, printed = literate.run_command("layerdsl compile a.layer -o closed", tmp_path)
    assert (status, "LD702" in printed, "permission denied" in printed) == (2, True, True)


def test_nothing_of_a_file_is_executed(compiled, tmp_path):
    """Every place where text could reach an `eval`, an `exec` or an import by mistake."""
    trap = tmp_path / "trap"
    code = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    (tmp_path / "evil.py").write_text(f"import pathlib\npathlib.Path({str(trap)!r}).touch()\n")
    quoted = json.dumps(code)
    for program in (
        f"layer A(x: [N]) -> y: [N]:\n    y = {code}\n",
        f'layer A(x: [N]) -> y: [N]:\n    hyper mode: {quoted} | "b" = {quoted}\n    y = x\n',
        f"layer A(x: [N]) -> y: [N]:\n    hyper k: float = {quoted}\n    y = x * k\n",
        f"layer A(x: [N]) -> y: [N]:\n    require N > 0, {quoted}\n    y = x\n",
        f'layer A(x: [N]) -> y: [N]:\n    """{{{code}}} % ({code})"""\n    y = x\n',
        f"layer A(x: [N]) -> y: [N]:  # {code}\n    y = x\n",
        f"layer A(x: [N]) -> y: [N]:\n    hyper k: float = 1.0  # '''{code}'''\n    y = x * k\n",
        "from evil import f\nlayer A(x: [N]) -> y: [N]:\n    y = f(x)\n",
        "import evil\n",
    ):
        (tmp_path / "a.layer").write_text(program)
        literate.run_command("layerdsl compile a.layer -o out", tmp_path)
        literate.run_command(f"layerdsl compile a.layer -o out --set {json.dumps('k=' + code)}", tmp_path)
        for file in (tmp_path / "out").glob("*_netspec.py"):
            compile(file.read_text(), str(file), "exec")
        assert not trap.exists()


PIECES = st.sampled_from(
    "layer def hyper param state update require if else elif train test none true inf over= [ ] ( ) : , = == < -> + - "
    "* ** // / % ? \n \t 0 1 2.5 1e5 x y N C *S pred label loss sum max where softmax index const rename d grad window "
    "example return from import \" ' # \\ é \u202e \x00 @ . $ { } ; | & ! ~ axis=1 .shape self for in lambda".split(" ")
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_broken_programs_break_nothing(tmp_path, data):
    """A good program with pieces put in, left out and exchanged."""
    words = list(GOOD.replace("\n", " \n ").split(" "))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        words[place : place + data.draw(st.integers(0, 3))] = data.draw(st.lists(PIECES, max_size=3))
    check(tmp_path, " ".join(words).replace(" \n ", "\n").encode())


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(lambda pieces: " ".join(pieces).encode())))
def test_noise_breaks_nothing(tmp_path, data):
    check(tmp_path, data)


def test_real_programs_with_bytes_changed_break_nothing(tmp_path):
    programs = sorted({*literate.PROJECT.glob("examples/**/*.layer"), *literate.PROJECT.glob("stdlib/**/*.layer")})
    dice = random.Random(20)
    for _ in range(100):
        data = bytearray(dice.choice(programs).read_bytes())
        for _ in range(dice.randint(1, 5)):
            place = dice.randrange(len(data))
            data[place : place + dice.randint(0, 8)] = bytes(
                dice.choices(b"()[]:=*+-/,.\n\t #ANx01\"'\x80\xff", k=dice.randint(0, 4))
            )
        check(tmp_path, bytes(data))


def check(folder: pathlib.Path, data: bytes) -> None:
    (folder / "a.layer").write_bytes(data)
    status, printed = literate.run_command("layerdsl compile a.layer -o out", folder)
    assert status in (0, 1), printed
    assert "LD901" not in printed, (data, printed)
