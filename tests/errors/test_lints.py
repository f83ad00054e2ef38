"""Warnings about layers that compile: what is found, and what is left in peace."""

import pytest

from layerdsl.lints import lints
from layerdsl.pipeline import compile_source
from layerdsl.source import Source


def found(text: str) -> list[tuple[str, str]]:
    """Code and level of each finding."""
    compiled = compile_source(Source("a.layer", text))
    assert compiled.diagnostics == ()
    return [(each.code, each.level) for layer in compiled.layers for each in lints(layer)]


WARNED = {
    "a hyper-parameter": ("layer A(x: [N]) -> y: [N]:\n    hyper k: int = 1\n    y = x\n", ["LD508"]),
    "a parameter": ("layer A(x: [N, C]) -> y: [N, C]:\n    param w: [C] = 0\n    y = x\n", ["LD508"]),
    "a state": ("layer A(x: [N, C]) -> y: [N, C]:\n    state w: [C] = 0\n    y = x\n", ["LD508"]),
    "a state that stays": ("layer A(x: [N, C]) -> y: [N, C]:\n    state w: [C] = 0\n    y = x + w\n", ["LD510"]),
    "a bottom": ("layer A(x: [N], z: [N]) -> y: [N]:\n    y = x\n", ["LD605"]),
    "two of them, in order": (
        "layer A(x: [N], z: [N]) -> y: [N]:\n    hyper k: int = 1\n    y = x\n", ["LD605", "LD508"]
    ),
    "no gradient": ("layer A(x: [N]) -> n: []:\n    n = count(x > 0)\n", ["LD405"]),
    "a state of the batch": (
        "layer A(x: [N, C]) -> y: [N, C]:\n    state s: [N] = 0\n    y = x + s\n    update s = s + 1\n", ["LD506"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WARNED)
def test_warned(name):
    text, codes = WARNED[name]
    assert found(text) == [(code, "warning") for code in codes]


@pytest.mark.parametrize(
    ("declared", "condition"),
    [
        ("float = -1.0", "k >= 0"),
        ("int = 0", "k > 0"),
        ("int = 4", "k % 2 == 1"),
        ("bool = false", "k"),
        ('"a" | "b" = "a"', 'k == "b"'),
        ("float? = none", "k != none and k > 0"),
        ("float = 0.5", "0 < k < 0.5"),
    ],
)
def test_defaults_that_break_a_requirement(declared, condition):
    other = condition if declared.startswith('"') or "bool" in declared or "none" in declared else "k >= -10"
    text = f"layer A(x: [N]) -> y: [N]:\n    hyper k: {declared}\n    require {{}}\n    y = x\n"
    assert ("LD505", "error") in found(text.format(condition))
    assert ("LD505", "error") not in found(text.format(f"not ({other})" if other == condition else other))


IN_PEACE = """\
# a size
layer A(x: [N, C]) -> y: [N, k]:
    hyper k: int = 2
    param w: [k, C] = 0
    y = dot(x, w, over=C)

# an axis of a bottom
layer A(x: [N, k]) -> y: [N]:
    hyper k: int = 2
    y = sum(x, over=k)

# in a filler
layer A(x: [N, C]) -> y: [N, C]:
    hyper k: float = 2
    param w: [C] = constant(k)
    y = x * w

# in a condition
layer A(x: [N]) -> y: [N]:
    hyper k: bool = true
    if k:
        y = x
    else:
        y = 2 * x

# in a requirement of a size
layer A(x: [N]) -> y: [N]:
    hyper k: int = 5
    require N > k
    y = x

# without a default
layer A(x: [N]) -> y: [N]:
    hyper k: float
    require k > 0
    y = k * x

# updated and not read
layer A(x: [N, C]) -> y: [N, C]:
    state s: [C] = 0
    y = x
    update s = mean(x, over=N)

# given to a function
def f(a):
    return 2 * a

layer A(x: [N]) -> y: [N]:
    hyper k: float = 1.0
    y = f(k) * f(x)

# only its axes
layer A(x: [N, C], like: const [M]) -> y: [N, M]:
    y = sum(x, over=C) / M

# a metric
layer A(x: const [N]) -> n: []:
    n = count(x > 0)

# a gradient of its own
layer A(x: [N]) -> y: []:
    y = count(x > 0) / N
    gradient x = d(y)

# a blob without a batch
layer A(x: [N]) -> y: [N]:
    param w: [N] = 1
    y = x * w

# a loss
layer A(x: [N]) -> loss: []:
    loss = sum(x**2) / N
"""


@pytest.mark.parametrize("text", IN_PEACE.split("# ")[1:], ids=lambda text: text.split("\n")[0])
def test_left_in_peace(text):
    assert found(f"# {text}") == []
