"""Five hundred random programs; any number of them: `make fuzz PROGRAMS=20000`."""

import inspect
import os
import re
from collections import Counter
from functools import cached_property

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from random_layers import arrays, blocks, elements
from random_layers import drawn as drawn_programs
from random_layers.drawn import programs
from random_layers.experiment import Experiment
from random_layers.old_numpy import server
from random_layers.program import read
from random_layers.properties import PROPERTIES, WIDE, check

from layerdsl.semantics.builtins import BUILTINS

EXAMPLES = int(os.environ.get("EXAMPLES", "500"))
PARTS = 5  # two workers share them


@pytest.mark.parametrize("part", range(PARTS))
def test_random_programs_do_what_they_say(part):
    @settings(max_examples=EXAMPLES // PARTS, suppress_health_check=list(HealthCheck), print_blob=False)
    @given(programs())
    def tried(program):
        note(program.written())
        for _ in check(program):
            pass

    tried()


def drawn(count, first=1):
    """So many programs; which ones depends on what else is loaded, as hypothesis looks there for constants."""
    found = []

    @seed(first)
    @settings(max_examples=count, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(programs())
    def draw(program):
        found.append(program)

    draw()
    return found


class Many(list):
    """Programs, and more of them for what is rare."""

    @cached_property
    def others(self):
        return drawn(4000, first=2)

    def have(self, said):
        """Whether the text of any has this in it."""
        return any(re.search(said, each.text) for more in (lambda: self, lambda: self.others) for each in more())


@pytest.fixture(scope="module")
def many():
    return Many(drawn(1500))


def test_every_function_of_the_language_can_be_drawn(many):
    """All stand in a formula, and most in one of these programs."""
    written = " ".join(inspect.getsource(module) for module in (arrays, blocks, drawn_programs, elements))
    assert [name for name in BUILTINS if not re.search(rf"\b{name}\b", written)] == []
    called = Counter(name for program in many for name in re.findall(r"(\w+)\(", program.text))
    assert sum(bool(called[name]) for name in BUILTINS) > 0.85 * len(BUILTINS)


@pytest.mark.parametrize(
    "said",
    [
        "hyper", "param", "state", "update", "gradient", "scan", "backwards", "for", "carry", "if", "elif", "else",
        "train", "test", "none", "and", "or", "not", "index", "const", "at", "def", "layer", "from",
        "saved", "by", "len", "extern", "embed", "numpy", "parts", "crop",
    ],
)  # fmt: skip
def test_every_kind_of_statement_is_drawn(many, said):
    assert many.have(rf"\b{said}\b")


@pytest.mark.parametrize(
    "said",
    [
        r"\*\w+: \[",
        r"\]\?",
        r"\] if ",
        r"\*S",
        r"\[\*S, C at",
        r"\b1\b\]",
        " // ",
        " % ",
        r"\*\*",
        " == ",
        r"\[N=",
        "::-1",
        "-> ",
    ],
)
def test_every_kind_of_axis_and_operator_is_drawn(many, said):
    assert many.have(said)


def test_axes_of_size_1_and_long_ones_are_drawn(many):
    sizes = Counter(size for program in many for size in program.sizes.values())
    assert min(sizes[1], sizes[2], sizes[3]) > 150
    assert sum(count for size, count in sizes.items() if size > WIDE) > 20


def test_a_program_comes_back_from_its_text(many):
    assert all(read(program.written()) == program for program in many[:50])


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_property_has_something_to_look_at(many, name):
    there = server("python 3.9") is not None or name not in ("Caffe's old NumPy", "float32 there")
    assert not there or any(PROPERTIES[name].look(Experiment(program)) for program in many[200:])
