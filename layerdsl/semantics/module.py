"""A whole file: its imports, functions and layers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import NoReturn, Protocol

from layerdsl.graph import LayerGraph
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.semantics.layer import layer
from layerdsl.semantics.library import imported
from layerdsl.semantics.scope import Callable, InnerLayer, suggestion
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


def analyse(file: tree.File, library: Library) -> Module:
    """The layers of a file; every fault of the file is in `diagnostics`."""
    faults: list[Diagnostic] = []
    names = _names(file, library, (file.source.name,), faults)
    layers: list[tuple[tree.Layer, LayerGraph]] = []
    seen: set[str] = set()
    for item in file.items:
        if isinstance(item, tree.Layer) and len(faults) < MAX_FAULTS:
            graph, found = layer(item, names.functions, names.layers)
            _add(faults, found)
            _check_name(item, seen, faults)
            if graph is not None:
                layers.append((item, graph))
    examples = tuple(item for item in file.items if isinstance(item, tree.Example))
    return Module(tuple(layers), examples, _limited(faults))


def functions(file: tree.File, library: Library) -> dict[str, Callable]:
    """The functions that a file can call, besides the language's own: those that it defines or imports."""
    return _names(file, library, (file.source.name,), []).functions


def _add(faults: list[Diagnostic], found: tuple[Diagnostic, ...]) -> None:
    """What is wrong in a layer that is used by others is told once, in the fewest words."""
    places = {(one.code, one.span, one.message): i for i, one in enumerate(faults)}
    for each in found:
        place = places.get((each.code, each.span, each.message))
        if place is None:
            faults.append(each)
        elif len(each.notes) < len(faults[place].notes):
            faults[place] = each


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


@dataclass(frozen=True)
class Names:
    """What a file can call."""

    functions: dict[str, Callable] = field(default_factory=dict)
    layers: dict[str, InnerLayer] = field(default_factory=dict)


def _names(file: tree.File, library: Library, path: tuple[str, ...], faults: list[Diagnostic]) -> Names:
    """The functions and layers that a file can call: its own and the imported ones. All of its own see each other."""
    names = Names()
    for item in file.items:
        try:
            if isinstance(item, tree.Import):
                _imported(names, file, item, library, path, faults)
            elif isinstance(item, (tree.Function, tree.Extern)):
                _check_function(item, names)
                names.functions[item.name.value] = Callable(item, names.functions, names.layers)
            elif isinstance(item, tree.Layer) and not _is_second(file, item, names):
                names.layers[item.name.value] = InnerLayer(item, names.functions, names.layers)
        except Fault as found:
            faults.append(found.diagnostic)
    return names


def _is_second(file: tree.File, item: tree.Layer, names: Names) -> bool:
    """Whether the file has a layer of this name already; refuses the name of a function or of an imported layer."""
    name, known = item.name.value, names.layers.get(item.name.value)
    if name in names.functions or (known is not None and known.layer not in file.items):
        what = "a function" if name in names.functions else "an imported layer"
        raise fault("LD102", f"`{name}` is {what} already", item.name.span, help=f"`import {name} as ...` renames it")
    return known is not None


def _check_function(item: tree.Function | tree.Extern, names: Names) -> None:
    name = item.name.value
    if name in names.layers:
        raise fault("LD102", f"`{name}` is a layer already", item.name.span, "a name is given once")
    if name in names.functions:
        raise fault("LD102", f"there are two functions `{name}`", item.name.span, "a name is given once")
    if name in BUILTINS:
        raise fault("LD113", f"`{name}` is a function of the language", item.name.span, help="choose another name")


def _not_found(file: tree.File, item: tree.Import, library: Library) -> NoReturn:
    near = suggestion(item.module, set(library.modules(file)) - {PurePath(file.source.name).stem})
    raise fault(
        "LD106",
        f"there is no `{item.module}`",
        item.module_span,
        f"no `{item.module.replace('.', '/')}.layer` beside this file, and none in the standard library",
        help=near or imported(item.names[0][0].value),
    )


def _imported(
    names: Names, file: tree.File, item: tree.Import, library: Library, path: tuple[str, ...], faults: list[Diagnostic]
) -> None:
    """Adds what is imported from another file to the names of this one."""
    there, broken = library.load(item.module, file) or _not_found(file, item, library)
    if there.source.name in path:
        circle = " -> ".join([*path[path.index(there.source.name) :], there.source.name])
        raise fault("LD107", "these files import each other", item.span, circle)
    if broken:
        faults.extend(broken)
        return
    known = _names(there, library, (*path, there.source.name), faults)
    for name, here in item.names:
        if name.value in known.functions:
            names.functions[here.value] = known.functions[name.value]
        elif name.value in known.layers:
            names.layers[here.value] = known.layers[name.value]
        else:
            remedy = suggestion(name.value, [*known.functions, *known.layers])
            raise fault("LD106", f"there is no function and no layer `{name.value}` there", name.span, help=remedy)
