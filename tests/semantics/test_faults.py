"""All faults of a file in one run: none hides another, none makes up another."""

import pytest
from layers import codes, faults

from layerdsl.source.codes import CODES

MANY = """\
from losses import hubber

def f(a):
    return a + unknown_in_function

layer First(x: [N, C], label: index [N]) -> (y: [N], z: [N]):
    hyper k: int = 1.5
    hyper mode: "a" | "b" = "a"
    param w: [C] = gausian(1)
    a = x + unknown
    b = a * 2
    c = sum(x, over=D)
    e = b + c
    if x > 0:
        q = 1
    s = sqroot(x)
    t = max(x, axis=1)
    u = where(x, 1, 0)
    v = x > 0 + (x > 1)
    y = sum(x * w, over=C)
    z = e

layer Second(x: [N]) -> y: [N]:
    y = f(x) + 1

layer Third(x: [N]) -> y: [N]:
    y = x / 0
"""


def test_every_fault_of_a_file_is_told_once():
    """But for `sqroot`: it might have come with what could not be imported."""
    assert codes(MANY) == [
        "LD106:1",
        "LD503:7",
        "LD501:9",
        "LD101:10",
        "LD203:12",
        "LD304:14",
        "LD109:17",
        "LD302:18",
        "LD301:19",
        "LD101:4",
        "LD308:27",
    ]


def test_every_fault_has_a_place_a_code_and_plain_words():
    for fault in faults(MANY):
        assert fault.code in CODES
        assert fault.span is not None
        assert fault.message[0].islower() or fault.message[0] == "`"
        assert not fault.message.endswith(".")
        assert "\n" not in fault.message


# What stands in a layer's body, and the one fault in it.
ALONE = [
    # uses of a value whose own formula is at fault stay silent, through any number of steps and in any place
    ("a = q\n    b = a + 1\n    y = b", ["LD101:2"]),
    ("a = q\n    b = sum(a, over=N)\n    c = where(a > 0, b, a)\n    y = rename(c, N=M)", ["LD101:2"]),
    ("a = q\n    if a > 0:\n        b = 1\n    else:\n        b = 2\n    y = b", ["LD101:2"]),
    ("a = q\n    state s: [] = 0\n    update s = a\n    y = x", ["LD101:2"]),
    ("a = q\n    require a > 0\n    y = x", ["LD101:2"]),
    ("a = q\n    y = x\n    gradient x = a * d(y)", ["LD101:2"]),
    ("param w: [Q] = 0\n    y = x * w", ["LD201:2"]),
    ("param w: [N] = nofiller(0)\n    y = x * w", ["LD501:2"]),
    ("state s: [Q] = 0\n    update s = s + 1\n    y = x * s", ["LD201:2"]),
    ("hyper k: int = 1.5\n    y = x * k", ["LD503:2"]),
    ('hyper k: "a" | "b" = "c"\n    y = x if k == "a" else -x', ["LD503:2"]),
    ("if q > 0:\n        a = 1\n    else:\n        a = 2\n    y = x * a", ["LD101:2"]),
    ("if train:\n        a = q\n    else:\n        a = x\n    y = a", ["LD101:3"]),
    ("y = q", ["LD101:2"]),
    ("y = x +", ["LD003:2"]),
    ("a = (x\n    y = a", ["LD006:2"]),
    ("a = x.sum()\n    y = x - a", ["LD012:2"]),
    ("a b = x\n    y = b", ["LD003:2"]),
    # two faults that have nothing to do with each other are both told
    ("a = q\n    b = r\n    y = x", ["LD101:2", "LD101:3"]),
    ("a = q\n    y = x / 0", ["LD101:2", "LD308:3"]),
    ("a = q + r\n    y = a", ["LD101:2"]),
    ("a = x > 0\n    b = a + 1\n    c = b + q\n    y = c", ["LD301:3"]),
]


@pytest.mark.parametrize(("body", "wanted"), ALONE)
def test_no_fault_makes_up_another(body, wanted):
    assert codes(f"layer A(x: [N]) -> y: [N]:\n    {body}\n") == wanted


@pytest.mark.parametrize(
    "head",
    [
        "layer A(x: [N, N]) -> y: [N]:",
        "layer A(x: [*S, *T]) -> y: [N]:",
        "layer A(x: N) -> y: [N]:",
        "layer A(x) -> y: [N]:",
        "layer A(*x: [N], z: [N]) -> y: [N]:",
        "layer A(x: [N]?, z: [N]) -> y: [N]:",
        "layer A(x: [N]) -> y: [N, N]:",
    ],
)
def test_a_header_at_fault_is_all_that_is_told_of_its_layer(head):
    found = codes(f"{head}\n    a = b + q\n    y = sum(x, over=Z)\n\nlayer B(x: [N]) -> y: [N]:\n    y = x / 0\n")
    assert len(found) == 2
    assert found[0].endswith(":1")
    assert found[1] == "LD308:6"


# Formulas with one fault each: the code, and the text that is underlined.
MARKED = [
    ("x + q", "LD101", "q"),
    ("x + (x > 0)", "LD301", "x > 0"),
    ("where(x + 1, x, 0)", "LD302", "x + 1"),
    ("x > 0 and x", "LD302", "x"),
    ("not x", "LD302", "x"),
    ("sum(x, over=Q)", "LD203", "Q"),
    ("sum(x, over=[N, Q])", "LD203", "Q"),
    ("x[Q=0]", "LD203", "Q"),
    ("x[N=x]", "LD307", "x"),
    ("x[N=x > 0]", "LD307", "x > 0"),
    ("rename(x, Q=M)", "LD203", "Q"),
    ("rename(x, N=C) * v[C=0] + rename(v, N=C)", "LD207", "rename(v, N=C)"),
    ("x + rename(v, C=N)[N=0]", "LD207", "rename(v, C=N)"),
    ("dot(x, v, over=C)", "LD203", "dot(x, v, over=C)"),
    ("x / 0", "LD308", "0"),
    ("x // 0", "LD308", "0"),
    ("x % 0.0", "LD308", "0.0"),
    ("exp(x, 1)", "LD104", "1"),
    ("expp(x)", "LD103", "expp"),
    ("index(x)", "LD201", "x"),
    ("index(1)", "LD203", "1"),
    ('x + "a"', "LD305", '"a"'),
    ("x + none", "LD306", "none"),
    ("x if x > 0 else 1", "LD304", "x > 0"),
    ("argmax(v)", "LD104", "argmax(v)"),
    ("maximum(x, 0)", "LD109", "maximum"),
    ("sum(x, dim=0)", "LD109", "dim"),
    ("x[N=1:N - 1] + x", "LD202", "+"),
    ("d(y)", "LD403", "d(y)"),
    ("max(x, x, over=N)", "LD104", "over=N"),
    ("x[N=::0]", "LD206", "::0"),
    ("grad(x, x)", "LD404", "x"),
    ("x + [1, 2]", "LD303", "[1, 2]"),
    ("values(x, N)", "LD303", "x"),
]


@pytest.mark.parametrize(("formula", "code", "marked"), MARKED)
def test_what_is_underlined_is_the_smallest_that_shows_the_fault(formula, code, marked):
    (fault,) = faults(f"layer A(x: [N], v: [N, C]) -> y: [N]:\n    y = {formula}\n")
    assert (fault.code, fault.span.text) == (code, marked)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("y = sofmax(x, over=N)", "softmax"),
        ("y = sigmod(x)", "sigmoid"),
        ("y = prd + x", "pred"),
        ("y = sum(pred, over=Batch)", "batch"),
        ("y = wheer(pred > 0, 1, 0)", "where"),
        ("y = x * momentun", "momentum"),
        ("y = sum(x, ovr=N)", "over"),
    ],
)
def test_the_nearest_name_is_proposed(text, near):
    head = "layer A(x: [N], pred: [batch]) -> y: [N]:\n    hyper momentum: float = 1\n"
    assert f"`{near}`" in faults(f"{head}    {text}\n")[0].help
