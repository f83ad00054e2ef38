"""The stages one after the other: from a text to everything that is known of its layers.

The emitters are imported where they are asked for: most commands need one of them, or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePath

from layerdsl import libraries, show
from layerdsl.emit.facts import wiring
from layerdsl.emit.wiring import Wiring
from layerdsl.gradient.layer import differentiate
from layerdsl.graph import HyperDecl, LayerGraph, Program
from layerdsl.graph import walk as walk_nodes
from layerdsl.passes import optimise, simplify, stabilise, variants
from layerdsl.plan.layer import Plans, planned
from layerdsl.semantics import analyse
from layerdsl.semantics.settings import with_setting
from layerdsl.source import Diagnostic, Fault, Source, Span
from layerdsl.source.consequences import first_faults
from layerdsl.source.nearest import nearest
from layerdsl.syntax import parse
from layerdsl.syntax import tree as syntax
from layerdsl.syntax.walk import walk


@dataclass(frozen=True)
class CompiledLayer:
    """One layer at every stage; a stage is made when it is first asked for."""

    tree: syntax.Layer
    graph: LayerGraph
    file: str  # the name of the `.layer` file, without folders
    module: str

    @property
    def name(self) -> str:
        """The name of the layer."""
        return self.graph.name

    @cached_property
    def derived(self) -> Program:
        """The forward made stable, and its backward."""
        graph = self.graph
        nodes = stabilise(tuple(node for _, node in (*graph.outputs, *graph.updates, *graph.overrides)))
        outputs, by_hand = nodes[: len(nodes) - len(graph.overrides)], nodes[len(nodes) - len(graph.overrides) :]
        overrides = zip((name for name, _ in graph.overrides), by_hand, strict=True)
        return simplify(differentiate(replace(graph, overrides=tuple(overrides)), outputs))

    @cached_property
    def program(self) -> Program:
        """The same in NumPy's operators, choices of the set-up still in it."""
        return optimise(self.derived)

    @cached_property
    def plans(self) -> Plans:
        """Steps, loops and buffers, for each outcome of the choices made at set-up."""
        return planned(variants(self.derived))

    @cached_property
    def wiring(self) -> Wiring:
        """What Caffe has to be told."""
        return wiring(self.derived, self.module)

    @property
    def files(self) -> tuple[tuple[str, str, Span | None], ...]:
        """The files that the class reads when it is set up: path, folder of the source, place in it."""
        nodes = walk_nodes(node for _, node in (*self.graph.outputs, *self.graph.updates, *self.graph.overrides))
        found = [node for node in nodes if node.op == "file" and node.attr("numbers") is None and node.attr("path")]
        return tuple((str(node.attr("path")), str(node.attr("folder")), node.origin.span) for node in found)

    def stage(self, name: str) -> str:
        """A stage as text: tree, graph, backward, optimised, plan, python or prototxt."""
        return show.STAGES[name](self)

    def formulas(self) -> str:
        """The derived backward as formulas, next to the forward."""
        return show.formulas(self)


@dataclass(frozen=True)
class Compilation:
    """A file with all of its layers; where `diagnostics` has errors, `layers` lacks those that have them."""

    source: Source
    file: syntax.File
    layers: tuple[CompiledLayer, ...]
    diagnostics: tuple[Diagnostic, ...]


def compile_source(source: Source, settings: Mapping[str, str] | None = None, module: str | None = None) -> Compilation:
    """Compile a text.

    `settings` give hyper-parameters other defaults; `module` is the Python module in which the classes will stand,
    by default named after the file.
    """
    file, faults = parse(source)
    analysed = analyse(file, libraries)
    found = [*faults, *analysed.diagnostics]
    name = _printable(PurePath(source.name).name)
    target = module or re.sub(r"\W", "_", PurePath(name).stem) or "layers"
    graphs = [(tree, _with_settings(graph, settings or {}, found)) for tree, graph in analysed.layers]
    layers = tuple(CompiledLayer(tree, graph, name, target) for tree, graph in graphs)
    return Compilation(source, file, layers, first_faults(found, [item.span for item in file.items]))


def _printable(name: str) -> str:
    """The name of a file as it may stand in a comment, a docstring and a message with `%`."""
    return re.sub(r"[^\w .+-]", "_", name)


def _with_settings(graph: LayerGraph, settings: Mapping[str, str], faults: list[Diagnostic]) -> LayerGraph:
    def changed(hyper: HyperDecl) -> HyperDecl:
        try:
            return with_setting(hyper, settings[hyper.name]) if hyper.name in settings else hyper
        except Fault as found:
            faults.append(found.diagnostic)
            return hyper

    return replace(graph, hypers=tuple(changed(hyper) for hyper in graph.hypers))


def unknown_settings(files: Sequence[Compilation], settings: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """LD504 for every setting of which no layer of these files has the hyper-parameter."""
    known = {each.name.value for file in files for each in walk(file.file.items) if isinstance(each, syntax.Hyper)}
    where = f"`{files[0].source.name}`" if len(files) == 1 else "these files"
    return tuple(
        Diagnostic("LD504", f"no layer of {where} has a hyper-parameter `{name}`", help=_known(name, known))
        for name in settings
        if files and name not in known
    )


def _known(name: str, known: set[str]) -> str:
    near = nearest(name, sorted(known))
    there = ", ".join(f"`{each}`" for each in sorted(known)[:10])
    return f"did you mean `{near}`?" if near else f"there are {there}" if known else "there are none"


def python_module(layers: Sequence[CompiledLayer]) -> str:
    """The text of a Python module with the classes of these layers."""
    from layerdsl.emit.python import module_text

    return module_text([(layer.plans, layer.file) for layer in layers])


def prototxt(layers: Sequence[CompiledLayer], module: str | None = None) -> str:
    """The prototxt snippets of these layers."""
    from layerdsl.emit.prototxt import document

    return document([_in_module(layer, module) for layer in layers])


def netspec(layers: Sequence[CompiledLayer], module: str | None = None) -> str:
    """The text of the NetSpec helper for these layers."""
    from layerdsl.emit.netspec import helper

    return helper([_in_module(layer, module) for layer in layers], module or (layers[0].module if layers else "layers"))


def _in_module(layer: CompiledLayer, module: str | None) -> Wiring:
    return replace(layer.wiring, module=module or layer.module)
