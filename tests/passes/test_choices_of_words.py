"""Choices of the set-up: the outermost is made first, and a word that is not the one asked for uses none up."""

from layerdsl.passes import variants
from layerdsl.passes.specialise import Choice
from layerdsl.pipeline import compile_source
from layerdsl.source import Source

WORDS = """
layer Words(x: [N, C]) -> y: [N, C]:
    hyper op: "a" | "b" | "c" | "d" = "a"
    hyper twice: bool = false
    if op == "a":
        y = exp(x)
    elif op == "b":
        y = log(x)
    elif op == "c":
        y = sqrt(x)
    else:
        y = 2 * x if twice else x
"""


def programs(text):
    (layer,) = compile_source(Source("l.layer", text)).layers
    return list(leaves(variants(layer.derived)))


def leaves(variant):
    if isinstance(variant, Choice):
        yield from leaves(variant.yes)
        yield from leaves(variant.no)
    else:
        yield variant


def test_a_program_for_each_word_and_for_the_choices_within():
    found = programs(WORDS)
    assert len(found) == 5
    assert all(node.op != "select" for program in found for node in (*program.forward, *program.backward))


def test_other_choices_are_told_apart_two_deep():
    lines = [f"    hyper {name}: bool = false" for name in "abc"]
    lines += ["    t = exp(x) if a else x", "    u = sqrt(t) if b else t", "    y = log(u) if c else u"]
    assert len(programs("layer L(x: [N]) -> y: [N]:\n" + "\n".join(lines) + "\n")) == 4


def test_what_another_choice_puts_into_its_place_is_nothing_here():
    text = (
        "layer L(x: [N]) -> y: []:\n    hyper first: bool = true\n    y = x[N=0] if first else sum(x[N=1:]) + sum(x)\n"
    )
    first, other = programs(text)
    assert not [node for node in first.backward if node.op == "add"]
    assert {node.op for _, node in other.bottom_diffs} & {"add", "patch"}
