"""A whole file: its imports, functions and layers."""

from __future__ import annotations

from collections.abc import Callable as Function
from dataclasses import dataclass

from layerdsl.graph import LayerGraph
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.semantics.layer import layer
from layerdsl.semantics.scope import Callable, suggestion
from layerdsl.source import Diagnostic, Fault, fault
from layerdsl.syntax import tree

Parsed = tuple[tree.File, tuple[Diagnostic, ...]]
Loader = Function[[str, tree.File], "Parsed | None"]  # (module, importing file) -> the file parsed, if there is one


@dataclass(frozen=True)
class Module:
    """What a file defines."""

    layers: tuple[tuple[tree.Layer, LayerGraph], ...]
    examples: tuple[tree.Example, ...]
    diagnostics: tuple[Diagnostic, ...]


def module(file: tree.File, load: Loader) -> Module:
    """The layers of a file; every fault of the file is in `diagnostics`."""
    faults: list[Diagnostic] = []
    functions = _functions(file, load, (file.source.name,), faults)
    layers: list[tuple[tree.Layer, LayerGraph]] = []
    seen: set[str] = set()
    for item in file.items:
        if isinstance(item, tree.Layer):
            graph, found = layer(item, functions)
            faults.extend(found)
            _check_name(item, seen, faults)
            if graph is not None:
                layers.append((item, graph))
    examples = tuple(item for item in file.items if isinstance(item, tree.Example))
    return Module(tuple(layers), examples, tuple(faults))


def _check_name(item: tree.Layer, seen: set[str], faults: list[Diagnostic]) -> None:
    name = item.name.value
    if name in seen:
        faults.append(Diagnostic("LD102", f"there are two layers `{name}`", item.name.span, "a name is given once"))
    seen.add(name)


def _functions(file: tree.File, load: Loader, path: tuple[str, ...], faults: list[Diagnostic]) -> dict[str, Callable]:
    """The functions that a file can call: its own and the imported ones. All of its own see each other."""
    functions: dict[str, Callable] = {}
    for item in file.items:
        try:
            if isinstance(item, tree.Import):
                functions.update(_imported(file, item, load, path, faults))
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
    file: tree.File, item: tree.Import, load: Loader, path: tuple[str, ...], faults: list[Diagnostic]
) -> dict[str, Callable]:
    loaded = load(item.module, file)
    if loaded is None:
        raise fault(
            "LD106",
            f"there is no `{item.module}`",
            item.module_span,
            f"no `{item.module.replace('.', '/')}.layer` beside this file, and none in the standard library",
        )
    there, broken = loaded
    if there.source.name in path:
        circle = " -> ".join([*path[path.index(there.source.name) :], there.source.name])
        raise fault("LD107", "these files import each other", item.span, circle)
    if broken:
        faults.extend(broken)
        return {}
    known = _functions(there, load, (*path, there.source.name), faults)
    return {here.value: _one(there, known, name, here) for name, here in item.names}


def _one(there: tree.File, known: dict[str, Callable], name: tree.Name, here: tree.Name) -> Callable:
    if name.value in known:
        return known[name.value]
    layers = [item.name.value for item in there.items if isinstance(item, tree.Layer)]
    if name.value in layers:
        raise fault("LD106", f"`{name.value}` is a layer, only functions can be imported", name.span)
    raise fault("LD106", f"there is no function `{name.value}` there", name.span, help=suggestion(name.value, known))
