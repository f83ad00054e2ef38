"""`.layer` files checked from Python."""

import pytest

from layerdsl.check import check_layers
from layerdsl.source import Fault

LAYER = "layer Scaled(x: [N]) -> y: [N]:\n    hyper by: float = 2\n    y = by * x\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="a.layer"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_a_file_is_checked_by_its_path(written):
    result = check_layers(written(LAYER))
    assert result.ok
    assert [(row.layer, row.what, row.verdict) for row in result.rows] == [("Scaled", "x", "ok")]
    assert "loss_weight" in result.table(properties=True)


def test_defaults_and_seed_can_be_given(written):
    path = written(f'{LAYER}\nexample "three":\n    Scaled(x=[1]) == 3\n')
    assert not check_layers(path).ok
    assert check_layers(path, settings={"by": "3"}, seed=4).ok
    (unknown,) = check_layers(path, settings={"bye": "3"}).diagnostics
    assert unknown.code == "LD504"


def test_what_does_not_compile_has_no_rows(written):
    result = check_layers(written("layer A(x: [N]) -> y: [N]:\n    y = z\n"))
    assert (result.ok, result.rows) == (False, ())
    assert "`z`" in result.diagnostics[0].message


def test_warnings_of_the_compiler_are_told_too(written):
    result = check_layers(written(LAYER.replace("by * x", "x")))
    assert result.ok
    assert [each.code for each in result.diagnostics] == ["LD508"]


@pytest.mark.parametrize("text", [None, b"\xff\xfe"])
def test_what_can_not_be_read_is_a_fault(tmp_path, text):
    if text is not None:
        (tmp_path / "a.layer").write_bytes(text)
    with pytest.raises(Fault):
        check_layers(tmp_path / "a.layer")
