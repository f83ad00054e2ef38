"""All wrong layers: every fault, put into every right layer where it has a place."""

import ast
import zlib
from collections.abc import Iterator
from functools import cache

from faults import (
    Emitted,
    Mutant,
    always_asked,
    at_nodes,
    call_instead,
    hyper_of_one,
    number_times,
    other_axis,
    other_count,
    swapped,
    top_diff_of_one,
    with_held,
    without_count,
    without_statement,
)
from originals import ORIGINALS
from wrapped import OF_DRAWS, OF_STATES, PER_BOTTOM, PER_LAYER, PER_PARAMETER

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

MOST = 2  # of one fault by changed nodes, in one layer and method
ONE_IN = 3  # layers that get a way to be wrong which every layer could be

# What is changed in the tree: fault, methods, and what makes the texts.
CHANGES = (
    ("sign", ("backward",), lambda e, m: at_nodes(e, m, call_instead("subtract", "add"))),
    ("sign", ("backward",), lambda e, m: at_nodes(e, m, call_instead("add", "subtract"))),
    ("derivative wrong", ("backward",), lambda e, m: at_nodes(e, m, number_times(2))),
    ("derivative wrong", ("backward",), lambda e, m: at_nodes(e, m, call_instead("multiply", "add"))),
    ("derivative wrong", ("backward",), lambda e, m: at_nodes(e, m, call_instead("divide", "multiply"))),
    ("swapped operands", ("forward", "backward"), lambda e, m: at_nodes(e, m, swapped("subtract"))),
    ("swapped operands", ("forward", "backward"), lambda e, m: at_nodes(e, m, swapped("divide"))),
    ("1/N missing or differing", ("forward", "backward"), lambda e, m: at_nodes(e, m, without_count)),
    ("1/N missing or differing", ("forward", "backward"), lambda e, m: at_nodes(e, m, other_count)),
    ("wrong axis", ("forward", "backward"), lambda e, m: at_nodes(e, m, other_axis)),
    ("`propagate_down` not looked at", ("backward",), lambda e, m: at_nodes(e, m, always_asked)),
    ("top diff ignored", ("backward",), lambda e, m: with_held(at_nodes(e, m, top_diff_of_one))),
    ("hyper-parameters fixed, ignored or misread", ("forward", "backward"),
     lambda e, m: with_held(at_nodes(e, m, hyper_of_one))),
    ("wrong value forward", ("forward",), lambda e, m: at_nodes(e, m, call_instead("add", "subtract"))),
    ("wrong value forward", ("forward",), lambda e, m: at_nodes(e, m, number_times(1.5))),
    ("wrong value forward", ("forward",), lambda e, m: at_nodes(e, m, call_instead("maximum", "minimum"))),
    ("log(0), 0/0, overflow", ("forward",), lambda e, m: at_nodes(e, m, call_instead("maximum", "fmin"))),
    ("forgotten term", ("forward", "backward"), without_statement),
)  # fmt: skip


@cache
def compiled(name):
    """The compiled layer of that name."""
    (layer,) = compile_source(Source(f"{name}.layer", ORIGINALS[name])).layers
    return layer


@cache
def emitted(name):
    """Its emitted text, as a tree."""
    return Emitted(name, ast.parse(python_module([compiled(name)])))


def mutants() -> list[Mutant]:
    """All of them, each text once."""
    found: dict[str, Mutant] = {}
    for name in ORIGINALS:
        right = ast.unparse(emitted(name).tree)
        for mutant in (*_changed(name), *_wrapped(name)):
            if mutant.text != right:
                found.setdefault(mutant.text, mutant)
    return list(found.values())


def _changed(name: str) -> Iterator[Mutant]:
    for fault, methods, make in CHANGES:
        for method in methods:
            texts = list(make(emitted(name), method))
            step = max(len(texts) // MOST, 1)
            for where, text in texts[::step][:MOST]:
                yield Mutant(fault, name, where, text, changed=True)


def _wrapped(name: str) -> Iterator[Mutant]:
    layer = compiled(name).graph
    right = emitted(name)
    bottoms = [i for i, blob in enumerate(layer.bottoms) if not blob.qualifier]
    parameters = [k for k, blob in enumerate(layer.blobs) if not blob.state]
    tables = [(table, {"i": i}) for i in bottoms for table in (PER_BOTTOM,)]
    tables += [(PER_PARAMETER, {"k": k}) for k in parameters] + [(PER_LAYER, {})]
    tables += [(OF_DRAWS, {})] * (name == "Dropout") + [(OF_STATES, {})] * (name == "Centre")
    for table, numbers in tables:
        for fault, ways in table.items():
            for where, body in ways.items():
                if _has_a_place(name, fault, where):
                    yield Mutant(fault, name, f"{where} {numbers or ''}".strip(), _around(right, body, numbers))


def _around(right: Emitted, body: str, numbers: dict[str, int]) -> str:
    """The emitted text with its class as `Right`, and one of its own name derived from it."""
    text = ast.unparse(right.tree).replace(f"class {right.name}(", "class Right(")
    text = text.replace(f"\n_print_unheard_errors({right.name})", "\n_print_unheard_errors(Right)")
    filled = body.replace("{{", "\0").replace("}}", "\1")
    for letter, number in numbers.items():
        filled = filled.replace(f"{{{letter}}}", str(number))
    return f"{text}\n\nclass {right.name}(Right):\n{filled.replace(chr(0), '{').replace(chr(1), '}')}"


def _has_a_place(name: str, fault: str, where: str) -> bool:
    """Ways to be wrong go round the layers, so that each is in some of them, and no two layers have the same."""
    return name in ("Dropout", "Centre") or zlib.crc32(f"{name} {fault} {where}".encode()) % ONE_IN == 0
