"""What is found in a layer that compiles: what is hardly meant (warnings), and what could not work (errors)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from layerdsl.lints.allow import misused, silenced
from layerdsl.lints.batch import batch_sized, summed_loss
from layerdsl.lints.copies import copied
from layerdsl.lints.defaults import broken_defaults
from layerdsl.lints.digits import cancelling
from layerdsl.lints.equal import same_sides
from layerdsl.lints.gradients import flat, untrained
from layerdsl.lints.hazards import hazards
from layerdsl.lints.names import made_one
from layerdsl.lints.phases import drawn_in_test, never_updated
from layerdsl.lints.places import by_place
from layerdsl.lints.sums import added_up
from layerdsl.lints.unused import unused, unused_bottoms
from layerdsl.lints.values import unused_imports, unused_values
from layerdsl.semantics.reserved import reserved_names
from layerdsl.source import Diagnostic
from layerdsl.syntax import tree

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation, CompiledLayer

#: What looks at a layer, each with the codes that it gives.
RULES: Final[tuple[tuple[str, Callable[[CompiledLayer], Iterator[Diagnostic]]], ...]] = (
    ("LD113", lambda layer: reserved_names(layer.tree)),
    ("LD202", made_one),
    ("LD212", copied),
    ("LD213", by_place),
    ("LD310", drawn_in_test),
    ("LD405", untrained),
    ("LD406", flat),
    ("LD407", summed_loss),
    ("LD505", broken_defaults),
    ("LD506", batch_sized),
    ("LD508", unused),
    ("LD510", never_updated),
    ("LD605", unused_bottoms),
    ("LD801 LD802 LD803", hazards),
    ("LD804", cancelling),
    ("LD804", same_sides),
    ("LD805", added_up),
)


def lints(layer: CompiledLayer) -> tuple[Diagnostic, ...]:
    """The findings of every rule, in the order of their places; of a layer with errors those alone."""
    found = [each for _, rule in RULES for each in rule(layer)]
    errors = [each for each in found if each.level == "error"]
    return tuple(sorted(errors or found, key=_place))


#: What looks at a whole file.
OF_FILES: Final[tuple[tuple[str, Callable[[tree.File], Iterator[Diagnostic]]], ...]] = (
    ("LD115", unused_values),
    ("LD116", unused_imports),
)

#: What can't be told where something could not be read.
OF_NAMES: Final = frozenset({"LD508", "LD605"})

#: What a comment can allow.
ALLOWED: Final = frozenset(code for codes, _ in (*RULES, *OF_FILES) for code in codes.split()) - {"LD113", "LD505"}


def findings(file: Compilation) -> tuple[Diagnostic, ...]:
    """What is found in a file and its layers and not allowed there, and allowances that are none.

    Of a file with errors its sound layers are looked at: whether a name is used can't be told.
    """
    if any(each.level == "error" for each in file.diagnostics):
        return silenced([each for layer in file.layers for each in lints(layer) if each.code not in OF_NAMES])
    found = all_findings(file)
    idle = misused(file.source, found, ALLOWED, [layer.tree.span for layer in file.layers])
    return tuple(sorted((*silenced(found), *idle), key=_place))


def _place(found: Diagnostic) -> int:
    return found.span.start if found.span else 0


def all_findings(file: Compilation) -> list[Diagnostic]:
    """What is found in a file and its layers, allowed or not."""
    of_layers = [each for layer in file.layers for each in lints(layer)]
    return [*(each for _, rule in OF_FILES for each in rule(file.file)), *of_layers]
