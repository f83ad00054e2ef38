"""Comments that allow a warning: where they stand, what they say, and which are no use."""

import pathlib
import re

import pytest
from findings import codes, compiled, found

from layerdsl.lints import ALLOWED

HEAD = "layer A(x: [N, C]) -> y: [N, C]:\n"


@pytest.mark.parametrize(
    "body",
    [
        "    y = log(x)  # allow LD802: it is positive\n",
        "    y = log(x)  # allow LD801, LD802: it is positive\n".replace("LD801, ", ""),
        "    # allow LD802: it is positive\n    y = log(x)\n",
        "    # allow LD802: it is positive\n\n    # and more\n    y = log(x)\n",
        "    y = 1 + (  # allow LD802: it is positive\n        log(x)\n    )\n",
        "    y = 1 + (\n        log(x)\n    )  # allow LD802: it is positive\n",
        '    """not # allow LD801: this"""\n    y = log(x)  # allow LD802: it is positive\n',
        "    y = log(x) - exp(x)  # allow LD801, LD802: it is positive and small\n",
    ],
)
def test_allowed(body):
    assert codes(HEAD + body) == []


@pytest.mark.parametrize(
    ("body", "expected", "said"),
    [
        ("    y = log(x)  # allow LD802\n", ["LD015"], "a warning is allowed without a reason"),
        ("    y = log(x)  # allow LD802:\n", ["LD015"], "a warning is allowed without a reason"),
        ("    y = x  # allow LD802: why\n", ["LD015"], "nothing here is warned of with LD802"),
        ("    y = log(x)  # allow LD801: why\n", ["LD802", "LD015"], "nothing here is warned of with LD801"),
        ("    y = log(x)  # allow LD802, LD801: why\n", ["LD015"], "nothing here is warned of with LD801"),
        ("    y = x  # allow LD203: why\n", ["LD015"], "LD203 is an error, which nothing allows"),
        ("    y = x  # allow LD999: why\n", ["LD015"], "there is no warning LD999"),
        ("    z = 2 * x  # allow LD115: why\n    y = log(x)\n", ["LD802"], None),
    ],
)
def test_what_is_no_use(body, expected, said):
    warnings = found(HEAD + body)
    assert [each.code for each in warnings] == expected
    assert said is None or said in [each.message for each in warnings]


def test_a_header_over_several_lines():
    text = "layer A(\n    x: [N, C],\n    w: const [C]  # allow LD605: nets have it\n) -> y: [N, C]:\n    y = x\n"
    assert codes(text) == []


def test_in_a_function_it_holds_where_the_function_is_used():
    text = "def f(a):\n    return log(a)  # allow LD802: it is positive\n\n"
    assert codes(text + HEAD + "    y = f(x)\n") == []
    assert codes(text + HEAD + "    y = f(abs(x) + 1)\n") == []


def test_what_allows_is_no_description():
    text = "layer A(x: [N]) -> y: [N]:\n    hyper k: float = 1  # how much  # allow LD508: nets give it\n    y = x\n"
    assert codes(text) == []
    assert compiled(text).layers[0].graph.hypers[0].doc == "how much"


def test_the_page_of_warnings_has_them_all():
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "lints.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| \[(LD\d+)\]", page, re.MULTILINE)) == ALLOWED | {"LD015"}
