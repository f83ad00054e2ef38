"""How `param_str` is read: the function that emitted files carry, as it stands here and as it is emitted."""

import ast
import builtins
import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerdsl.caffe import param_str
from layerdsl.emit import runtime
from layerdsl.emit.wiring import HyperFact

HYPERS = (
    HyperFact("smooth", "float", False, False, 1.0),
    HyperFact("count", "int", True, False, None),
    HyperFact("on", "bool", False, False, True),
    HyperFact("mode", "word", False, False, "mean", ("sum", "mean")),
    HyperFact("sizes", "list", False, False, (1, 2), element="int"),
)
DEFAULTS = {hyper.name: hyper.default for hyper in HYPERS}
CASES = json.loads((pathlib.Path(__file__).parent / "param_str_cases.json").read_text())


def rows(hypers=HYPERS):
    """The rows as `read` takes them."""
    return [
        (
            h.name,
            param_str.conversion(h.kind, h.optional, h.choices, h.element),
            param_str._REQUIRED if h.required else h.default,
        )
        for h in hypers
    ]


def emitted(hypers=HYPERS):
    """The reading function of an emitted file: its text is executed here."""
    pieces = runtime.needed(runtime.read_pieces(hypers))
    lines = ["def read(self):", *(f"    {line}" for line in runtime.read_lines("Probe", hypers)), "    return hyper"]
    names = {}
    exec("\n".join([*runtime.imports(pieces), runtime.text(pieces), *lines]), names)
    return lambda text: names["read"](type("Probe", (), {"param_str": text})())


READERS = {"as it stands": lambda text: param_str.read("Probe", text, rows()), "as emitted": emitted()}


@pytest.fixture(params=READERS)
def read(request):
    return READERS[request.param]


def listed(values):
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


@pytest.mark.parametrize("case", [case for case in CASES if "values" in case], ids=lambda case: case["text"])
def test_values(read, case):
    found = listed(read(case["text"]))
    assert found == listed(DEFAULTS) | case["values"]
    kinds = {name: type(value) for name, value in found.items() if value is not None}
    expected = {"smooth": float, "count": int, "on": bool, "mode": str, "sizes": list}
    assert kinds == {name: expected[name] for name in kinds}


@pytest.mark.parametrize("case", [case for case in CASES if "error" in case], ids=lambda case: case["text"])
def test_errors(read, case):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole message is compared
        read(case["text"])
    assert str(raised.value) == case["error"]
    assert raised.value.__context__ is None


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "smooth": st.floats(allow_nan=False, allow_infinity=False),
        "count": st.none() | st.integers(),
        "on": st.booleans(),
        "mode": st.sampled_from(["sum", "mean"]),
        "sizes": st.lists(st.integers()),
    },
)


def yaml_like(values):
    """As people write it: a line for each, words without quotes."""
    lines = [f"{name}: {value if isinstance(value, str) else json.dumps(value)}" for name, value in values.items()]
    return "\n".join(lines)


@given(VALUES, st.sampled_from([json.dumps, repr, yaml_like, lambda values: repr(values)[1:-1]]))
def test_what_is_written_is_read_back(values, write):
    assert listed(param_str.read("Probe", write(values), rows())) == listed(DEFAULTS) | values


@given(st.text())
def test_any_text_is_read_or_a_value_error(text):
    try:
        found = param_str.read("Probe", text, rows())
    except ValueError as error:
        found = str(error)
    assert found[:7] == "Probe: " if isinstance(found, str) else set(found) == set(DEFAULTS)


@pytest.mark.parametrize("unit", ["[", "(", "{", "-", "a:", "'", "a: 1", "a: [", "'a", "\\"])
def test_long_texts_are_refused_at_once(unit):
    with pytest.raises(ValueError, match="Probe: "):
        param_str.read("Probe", unit * 100_000, rows())


@pytest.mark.parametrize("unit", [" ", ",", "#", "# a: 1\n"])
def test_long_gaps_are_read_at_once(unit):
    assert param_str.read("Probe", unit * 100_000, rows()) == DEFAULTS


def test_a_required_one_has_to_be_there():
    required = (HyperFact("M", "int", False, True, None),)
    for read in (lambda text: param_str.read("Probe", text, rows(required)), emitted(required)):
        assert read("M: 10") == {"M": 10}
        with pytest.raises(ValueError, match=r"^Probe: hyper-parameter `M` is missing in param_str$"):
            read("")
        with pytest.raises(
            ValueError, match=r"^Probe: hyper-parameter `M` is None in param_str, but has to be a whole"
        ):
            read('{"M": null}')


def test_older_forks_call_it_by_another_name():
    class Old:
        param_str_ = "a: 1"

    class Both:
        param_str, param_str_ = "a: 2", "a: 1"

    assert [param_str._param_str(each()) for each in (Old, Both, object)] == ["a: 1", "a: 2", ""]


def test_only_what_is_needed_is_emitted():
    names = {piece.name for piece in runtime.needed(runtime.read_pieces(HYPERS[:1]))}
    assert "_to_float" in names
    assert not names & {"_to_int", "_to_bool", "_one_of", "_list_of", "_optional", "_fan", "_python_layer"}


def test_pieces_have_no_annotations_and_are_complete():
    for piece in runtime.pieces().values():
        tree = ast.parse(piece.text)
        annotated = [n for n in ast.walk(tree) if getattr(n, "annotation", None) or getattr(n, "returns", None)]
        assert not annotated, piece.name
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        stored |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ExceptHandler)}
        imported = {line.split()[-1] for line in piece.imports}
        loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        assert loaded <= stored | imported | set(piece.pieces) | set(dir(builtins)) | {"__file__"}, piece.name


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.5", 0.5), ("3", 3), ("true", True), ("[1, 2]", (1, 2)), ("'a b'", "a b"), ("mean", "mean"), ("null", None)],
)
def test_one_value(text, value):
    assert param_str.read_value(text) == value
    assert type(param_str.read_value(text)) is type(value)
