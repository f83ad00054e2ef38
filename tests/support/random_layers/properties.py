"""What has to hold for every program: a table of checks, each of which says how often it had something to look at."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from layerdsl.operators.families.extern import ALLOWED
from layerdsl.source import Source, Span
from layerdsl.syntax import parse
from layerdsl.syntax.printer import show
from random_layers.experiment import Experiment, PropertyError
from random_layers.loading import cut
from random_layers.old_numpy import check_float32, check_old_numpy
from random_layers.passes import check_passes
from random_layers.program import Program
from random_layers.rewriting import back, renamed, reordered, turned, variant
from random_layers.slopes import check_slopes

WIDE = 64  # an axis that is longer has sums of several blocks, and loops of parts that are not tiny


def check_values(tried: Experiment) -> int:
    """The emitted class against the reference: tops, next states, gradients."""
    tried.compare("values", tried.given_by_class)
    return int(all(np.isfinite(value).all() for value in tried.wanted.values()))


def check_parts(tried: Experiment) -> int:
    """However loops are cut into parts, and windows into rooms, the values are the same."""
    wide = max(tried.program.sizes.values(), default=1) > WIDE
    with cut(tried.layer_class, tried.python, *((300, 64) if wide else (5, 2))) as names:
        if names:
            tried.compare("in parts", tried.got(tried.subject()))
    return int(bool(names))


def check_printing(tried: Experiment) -> int:
    """What is printed is read as the same tree, and is printed as it is."""
    tree, text = tried.compilation.file, show(tried.compilation.file)
    again, faults = parse(Source("test.layer", text))
    if faults or plain(again.items) != plain(tree.items):
        raise PropertyError(f"printing: the tree is another one\n{text}")
    if show(again) != text:
        raise PropertyError(f"printing: printed again it is another text\n{text}")
    return 1


def plain(node: Any) -> Any:
    """A tree without its spans."""
    if isinstance(node, tuple):
        return tuple(map(plain, node))
    if not is_dataclass(node):
        return (type(node).__name__, node)
    kept = (getattr(node, each.name) for each in fields(node))
    return (type(node).__name__, *(plain(value) for value in kept if not isinstance(value, Span | Source)))


def check_formatting(tried: Experiment) -> int:
    """What is formatted is read as the same tree, and is formatted as it is."""
    try:
        from layerdsl.formatting import formatted
    except ImportError:
        return 0
    text = _untidy(tried.program.text, tried.program.seed)
    once = formatted(Source("test.layer", text))
    again, _ = parse(Source("test.layer", once))
    if plain(again.items) != plain(tried.compilation.file.items):
        raise PropertyError(f"formatting: the tree is another one\n{once}")
    if formatted(Source("test.layer", once)) != once:
        raise PropertyError(f"formatting: formatted again it is another text\n{once}")
    return 1


def _untidy(text: str, seed: int) -> str:
    """The text with blanks and comments where nobody would have them."""
    text = re.sub(r" ([-+*/]) ", [r"\1", r"  \1 ", r" \1 "][seed % 3], text)
    return re.sub(r"(?m)^(    v[0-9]+ = .*)$", r"\1  # why" if seed % 2 else r"\1", text)


DRAWN = re.compile(r"\b(uniform|normal|bernoulli|randint)\(")
BY_PLACE = re.compile(r"^(def|layer) .*: \[(?!\*\w+\])", re.MULTILINE)


def check_order(tried: Experiment) -> int:
    """The order of the definitions, and of the axes in the blobs."""
    own = tried.program.text.rindex("layer ")
    if DRAWN.search(tried.program.text, own) or BY_PLACE.search(tried.program.text, 0, own):
        return 0  # draws go by the order of axes in memory, and so do the axes of arguments
    return _otherwise(tried, "other order", turned(reordered(tried.program)), {}, {})


def check_names(tried: Experiment) -> int:
    """The names of axes and blobs."""
    said = renamed(tried.program)
    return _otherwise(tried, "other names", said.program, said.axes, said.blobs)


def _otherwise(tried: Experiment, what: str, program: Program, axes: dict[str, str], blobs: dict[str, str]) -> int:
    try:
        other = variant(tried, program, axes, blobs)
        got = back(tried, other, other.given_by_class, axes, blobs)
    except PropertyError as found:
        raise PropertyError(f"{what}: {found}\n{program.text}") from found
    try:
        tried.compare(what, got)
    except PropertyError as found:
        raise PropertyError(f"{found}\n{program.text}") from found
    return 1


@dataclass(frozen=True)
class Property:
    """A check, and for which programs it is made: every `each`-th one, as the seed says."""

    check: Callable[[Experiment], int]
    each: int = 1

    def look(self, tried: Experiment) -> int:
        """How often there was something to look at; functions of NumPy are called as those of Python that they are."""
        token = ALLOWED.set(lambda module, name: getattr(importlib.import_module(module), name))
        try:
            return self.check(tried)
        finally:
            ALLOWED.reset(token)


PROPERTIES: dict[str, Property] = {
    "emitted code and reference": Property(check_values),
    "loops in parts": Property(check_parts),
    "derivative and differences": Property(check_slopes),
    "Caffe's old NumPy": Property(check_old_numpy),
    "float32 there": Property(check_float32, 4),
    "every pass alone": Property(check_passes),
    "printing and reading": Property(check_printing),
    "formatting": Property(check_formatting),
    "other order": Property(check_order, 5),
    "other names": Property(check_names, 5),
}


def check(program: Program) -> Iterator[tuple[str, int]]:
    """Checks a program, and tells of each property how often it had something to look at."""
    tried = Experiment(program)
    for i, (name, each) in enumerate(PROPERTIES.items()):
        if (program.seed + i) % each.each == 0:
            yield name, each.look(tried)


def failure(program: Program) -> str:
    """What is wrong; empty where nothing is."""
    try:
        for _ in check(replace(program)):
            pass
    except Exception as found:
        return f"{type(found).__name__}: {found}"
    return ""
