"""The handwritten digits of examples/digits on real Caffe."""

import importlib.util

import pytest


@pytest.fixture(scope="module")
def example(project):
    """The module examples/digits/run.py."""
    spec = importlib.util.spec_from_file_location("digits_example", project / "examples" / "digits" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(real_caffe, example, tmp_path_factory):
    """The digits and the emitted layers."""
    folder = tmp_path_factory.mktemp("digits")
    example.prepare(folder)
    return folder


@pytest.fixture(scope="module")
def compared(example, folder):
    return example.train("compare", folder)


def test_the_loss_follows_caffes_own_layers_for_200_iterations(example, compared):
    assert len(compared["layers"]["losses"]) == 200
    assert example.agrees(compared)
    assert not example.agrees({**compared, "layers": compared["rounded"], "rounded": compared["layers"]})


def test_training_gets_somewhere(compared):
    losses = compared["layers"]["losses"]
    assert losses[0] > 2
    assert sum(losses[-20:]) / 20 < 0.1


def test_the_net_with_layers_from_formulas_names_more_than_95_percent_of_the_held_back_digits(compared):
    assert compared["layers"]["accuracy"] > 0.95


def test_blank_square_in_training_helps_with_occluded_digits(example, folder):
    walked = example.train("walk", folder, 1, 300)
    [without], [with_] = walked["without"], walked["with"]
    assert with_["occluded"] > without["occluded"] + 0.2
    assert without["whole"] > 0.95


def test_the_table_is_compared_within_rounding(example):
    runs = [{"whole": 0.98, "occluded": 0.42}, {"whole": 0.99, "occluded": 0.40}]
    table = example.table({"without": runs, "with": runs})
    assert "| without BlankSquare | 98.5 % ± 0.7 | 41.0 % ± 1.4 |" in table
    assert example.same(table, table.replace("98.5", "98.7"))
    assert not example.same(table, table.replace("98.5", "97.5"))
    assert not example.same(table, table.replace("without", "with"))


def test_the_table_is_written_between_its_marks(example, tmp_path, monkeypatch, capsys):
    readme = tmp_path / "README.md"
    monkeypatch.setattr(example, "README", readme)
    readme.write_text("before\n<!-- digits:begin -->\nold 1.0\n<!-- digits:end -->\nafter\n")
    assert not example.settle("new 2.0\n", write=False)
    assert "README.md has another table" in capsys.readouterr().err
    assert example.settle("new 2.0\n", write=True)
    assert readme.read_text() == "before\n<!-- digits:begin -->\nnew 2.0\n<!-- digits:end -->\nafter\n"
    assert example.settle("new 2.2\n", write=False)
    readme.write_text("no marks\n")
    assert not example.settle("new 2.0\n", write=True)
