"""Some of the wrong layers (all of them: `make mutations`), one of each fault and each way, and the right ones."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from judging import caught_by_class, caught_by_file, changes_nothing, class_of, right_text
from making import mutants
from originals import ORIGINALS

# The eighteen kinds of fault of layers that people have written, by how often they were met.
KINDS = (
    "`propagate_down` not looked at",
    "top diff ignored",
    "shape fixed in setup or in code",
    "derivative wrong",
    "broken by a newer Python, NumPy or Caffe",
    "no backward although there is a derivative",
    "hyper-parameters fixed, ignored or misread",
    "backward of something else on purpose",
    "bottom data or top diff overwritten",
    "log(0), 0/0, overflow",
    "part of a bottom diff never written",
    "crashes in ordinary use",
    "parameter diff assigned",
    "sign",
    "wrong value forward",
    "1/N missing or differing",
    "bottom diff accumulated",
    "another random mask in backward",
)
MUTANTS = mutants()


def one_of_each_fault():
    found = {}
    for mutant in MUTANTS:
        if mutant.fault not in found and not changes_nothing(mutant):
            found[mutant.fault] = mutant
    return found.values()


def test_there_are_enough_and_of_every_kind():
    assert len(MUTANTS) >= 150
    assert set(KINDS) <= {mutant.fault for mutant in MUTANTS}
    assert len(set(KINDS)) == 18


@pytest.mark.parametrize("mutant", one_of_each_fault(), ids=lambda mutant: mutant.name)
def test_a_wrong_layer_is_caught(mutant):
    assert caught_by_file(mutant.layer, class_of(mutant.text, mutant.layer))


@pytest.mark.parametrize("name", ORIGINALS)
def test_a_right_layer_is_not_blamed(name):
    layer_class = class_of(right_text(name), name)
    assert caught_by_file(name, layer_class) == ""
    for seed in (0, 1):
        assert caught_by_class(name, layer_class, seed) == ""
