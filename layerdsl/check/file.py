"""The check of a whole file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from layerdsl.caffe.standin import load
from layerdsl.check.examples import Program, functions_called, run_example, samples_of
from layerdsl.check.functions import functions_of
from layerdsl.check.layer import LayerResult, check_layer
from layerdsl.check.outside import idle_names, notes_on, text_to_run
from layerdsl.check.properties import PropertyRow, properties_text
from layerdsl.check.report import REPORT
from layerdsl.check.samples import Samples
from layerdsl.check.table import ExampleRow, Row, examples_text, table_text
from layerdsl.source import Diagnostic
from layerdsl.syntax.tree import Example

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation, CompiledLayer


@dataclass(frozen=True)
class CheckResult:
    """What was checked, row by row, and what is wrong."""

    rows: tuple[Row, ...]
    examples: tuple[ExampleRow, ...]
    diagnostics: tuple[Diagnostic, ...]
    properties: tuple[tuple[str, PropertyRow], ...] = ()  # with the name of the layer
    made_up: tuple[str, ...] = ()  # what is said of values that come from outside
    shown_in: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # subject and name of the line of a message

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return not any(each.level == "error" for each in self.diagnostics)

    def table(self, properties: bool = False) -> str:
        """The rows as text, a line each; empty where there is nothing to check. With `properties`, those too."""
        names = dict.fromkeys(name for name, _ in self.properties) if properties else ()
        kept = [
            f"{name}\n{properties_text([row for layer, row in self.properties if layer == name])}" for name in names
        ]
        parts = (table_text(self.rows), "".join(f"{note}\n" for note in self.made_up), *kept)
        return "\n".join(text for text in (*parts, examples_text(self.examples)) if text)


def check_file(compilation: Compilation, second: bool = False) -> CheckResult:
    """Measures the gradients of every layer of a file (with `second` their derivatives too), and runs its examples."""
    program, examples = _program(compilation), _examples(compilation)
    shown = samples_of(examples, program)
    results = [_checked(each, program.layers[each.name][1](), shown[each.name], second) for each in compilation.layers]
    idle = idle_names(compilation)
    ran = [None if functions_called(one) & idle else run_example(one, program) for one in examples]
    rows = tuple(row for result in results for row in result.rows)
    titles = tuple(ExampleRow(each.title, _verdict(some)) for each, some in zip(examples, ran, strict=True))
    found = [each for result in results for each in result.diagnostics] + [each for some in ran for each in some or ()]
    properties = tuple(
        (each.name, row) for each, one in zip(compilation.layers, results, strict=True) for row in one.properties
    )
    shown_in = {message: line for result in results for message, line in result.shown_in.items()}
    shown_in |= {
        one.message: ("example", each.title) for each, some in zip(examples, ran, strict=True) for one in some or ()
    }
    return CheckResult(rows, titles, tuple(found), properties, notes_on(compilation), shown_in)


def samples(compilation: Compilation) -> dict[str, Samples]:
    """What the examples of a file show of its layers."""
    return samples_of(_examples(compilation), _program(compilation))


def _program(compilation: Compilation) -> Program:
    classes = {layer.name: emitted_class(layer) for layer in compilation.layers}
    layers = {layer.name: (layer.graph, partial(classes.__getitem__, layer.name)) for layer in compilation.layers}
    return Program(layers, functions_of(compilation.file))


def _examples(compilation: Compilation) -> tuple[Example, ...]:
    return tuple(item for item in compilation.file.items if isinstance(item, Example))


def _verdict(found: tuple[Diagnostic, ...] | None) -> str:
    return "not run" if found is None else "BROKEN" if found else "ok"


def _checked(layer: CompiledLayer, layer_class: type[Any], shown: Samples, second: bool) -> LayerResult:
    """The result of a layer; where its emitted code breaks down, the others are checked all the same."""
    try:
        return check_layer(layer, layer_class, shown, second)
    except Exception as error:
        if os.environ.get("LAYERDSL_DEBUG") == "traceback":
            raise
        said = f"{type(error).__name__}: {error}"
        message = f"the class that is emitted for `{layer.name}` fails"
        fault = Diagnostic("LD901", message, layer.graph.span, notes=(said,), help=REPORT)
        return LayerResult((Row(layer.name, "", "", (), 0, None, "FAILED"),), (fault,))


def emitted_class(layer: CompiledLayer) -> type[Any]:
    """The class that is emitted for a layer, with the stand-in as its Caffe."""
    found: type[Any] = getattr(load(text_to_run(layer), f"{layer.module}.{layer.name}"), layer.name)
    return found
