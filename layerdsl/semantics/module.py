"""A whole file: its imports, functions and layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from layerdsl.graph import LayerGraph
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.semantics.layer import layer
from layerdsl.semantics.scope import Callable, suggestion
from layerdsl.source import Diagnostic, Fault, fault
from layerdsl.syntax import tree
from layerdsl.syntax.limits import MAX_FAULTS

Parsed = tuple[tree.File, tuple[Diagnostic, ...]]


class Library(Protocol):
    """Where imported files come from."""

    def load(self, module: str, importing: tree.File) -> Parsed | None:
        """The file that a name means, parsed; None where there is none."""

    def modules(self, importing: tree.File) -> tuple[str, ...]:
        """The names that there are."""


@dataclass(frozen=True)
class Module:
    """What a file defines."""

    layers: tuple[tuple[tree.Layer, LayerGraph], ...]
    examples: tuple[tree.Example, ...]
    diagnostics: tuple[Diagnostic, ...]


def module(file: tree.File, library: Library) -> Module:
    """The layers of a file; every fault of the file is in `diagnostics`."""
    faults: list[Diagnostic] = []
    functions = _functions(file, library, (file.source.name,), faults)
    layers: list[tuple[tree.Layer, LayerGraph]] = []
    seen: set[str] = set()
    for item in file.items:
        if isinstance(item, tree.Layer) and len(faults) < MAX_FAULTS:
            graph, found = layer(item, functions)
            faults.extend(each for each in found if each not in faults)
            _check_name(item, seen, faults)
            if graph is not None:
                layers.append((item, graph))
    examples = tuple(item for item in file.items if isinstance(item, tree.Example))
    return Module(tuple(layers), examples, _limited(faults))


def _limited(faults: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """No more faults than anybody reads at once."""
    if len(faults) < MAX_FAULTS:
        return tuple(faults)
    last = faults[MAX_FAULTS - 1]
    note = f"the search stopped here, after {MAX_FAULTS} faults"
    return (*faults[: MAX_FAULTS - 1], replace(last, notes=(*last.notes, note)))


def _check_name(item: tree.Layer, seen: set[str], faults: list[Diagnostic]) -> None:
    name = item.name.value
    if name in seen:
        faults.append(Diagnostic("LD102", f"there are two layers `{name}`", item.name.span, "a name is given once"))
    seen.add(name)


def _functions(
    file: tree.File, library: Library, path: tuple[str, ...], faults: list[Diagnostic]
) -> dict[str, Callable]:
    """The functions that a file can call: its own and the imported ones. All of its own see each other."""
    functions: dict[str, Callable] = {}
    for item in file.items:
        try:
            if isinstance(item, tree.Import):
                functions.update(_imported(file, item, library, path, faults))
            elif isinstance(item, tree.Function):
                _check_function(item, functions)
                functions[item.name.value] = Callable(item, functions)
        except Fault as found:
            faults.append(found.diagnostic)
    return functions


def _check_function(item: tree.Function, functions: dict[str, Callable]) -> None:
    name = item.name.value
    if name in functions:
        raise fault("LD102", f"there are two functions `{name}`", item.name.span, "a name is given once")
    if name in BUILTINS:
        raise fault("LD113", f"`{name}` is a function of the language", item.name.span, help="choose another name")


def _imported(
    file: tree.File, item: tree.Import, library: Library, path: tuple[str, ...], faults: list[Diagnostic]
) -> dict[str, Callable]:
    loaded = library.load(item.module, file)
    if loaded is None:
        raise fault(
            "LD106",
            f"there is no `{item.module}`",
            item.module_span,
            f"no `{item.module.replace('.', '/')}.layer` beside this file, and none in the standard library",
            help=suggestion(item.module, set(library.modules(file)) - {PurePath(file.source.name).stem}),
        )
    there, broken = loaded
    if there.source.name in path:
        circle = " -> ".join([*path[path.index(there.source.name) :], there.source.name])
        raise fault("LD107", "these files import each other", item.span, circle)
    if broken:
        faults.extend(broken)
        return {}
    known = _functions(there, library, (*path, there.source.name), faults)
    return {here.value: _one(there, known, name, here) for name, here in item.names}


def _one(there: tree.File, known: dict[str, Callable], name: tree.Name, here: tree.Name) -> Callable:
    if name.value in known:
        return known[name.value]
    layers = [item.name.value for item in there.items if isinstance(item, tree.Layer)]
    if name.value in layers:
        raise fault("LD106", f"`{name.value}` is a layer, only functions can be imported", name.span)
    raise fault("LD106", f"there is no function `{name.value}` there", name.span, help=suggestion(name.value, known))
