"""The emitted classes of a file, tried on the real Caffe of a Python that the user names."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from layerdsl.check.case import Case
from layerdsl.check.choice import chosen
from layerdsl.check.classes import ClassCheck, ClassResult, checked
from layerdsl.check.concrete import base
from layerdsl.check.file import CheckResult, emitted_class, samples
from layerdsl.check.outside import text_to_run
from layerdsl.check.samples import Samples
from layerdsl.check.seeds import current, seeded
from layerdsl.check.trial import taken_mode
from layerdsl.check.values import MODES, draw
from layerdsl.emit.ends import memory_name
from layerdsl.gradient.by_hand import by_hand
from layerdsl.source import Diagnostic

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation, CompiledLayer

MODULE = "layerdsl_emitted"


def on_caffe(compilation: Compilation, result: CheckResult, python: str, seconds: float) -> CheckResult:
    """The result with the properties as they are on real Caffe in place of those on the stand-in."""
    shown = samples(compilation)
    found = [(layer, _checked(layer, shown[layer.name], python, seconds)) for layer in compilation.layers]
    properties = tuple((layer.name, row) for layer, one in found for row in one.rows)
    diagnostics = tuple(_in_the_file(each, layer) for layer, one in found for each in one.diagnostics)
    shown_in = {message: (layer.name, name) for layer, one in found for message, name in one.shown_in.items()}
    return replace(
        result,
        properties=properties,
        diagnostics=(*result.diagnostics, *diagnostics),
        shown_in={**result.shown_in, **shown_in},
    )


def _checked(layer: CompiledLayer, shown: Samples, python: str, seconds: float) -> ClassResult:
    tried = chosen(layer.graph, emitted_class(layer), shown)
    if not tried:
        return ClassResult(layer.name, (), ())
    with tempfile.TemporaryDirectory(prefix="layerdsl-") as folder:
        path = pathlib.Path(folder) / f"{MODULE}.py"
        path.write_text(text_to_run(layer, elsewhere=True), encoding="utf-8")
        return _run(tried, layer, path, python, seconds)


def _run(tried: Sequence[Case], layer: CompiledLayer, path: pathlib.Path, python: str, seconds: float) -> ClassResult:
    """The first case that has values, at values of a layer of its kind."""
    case = tried[0]
    random = seeded(layer.name)
    mode = taken_mode(case, emitted_class(layer), random) or MODES[0]
    values = draw(case, mode, random)
    derived = {name for name, _ in (*_program(case), *case.layer.overrides)}
    names = {"bottom": [b.name for b in case.layer.bottoms], "top": [t.name for t in case.layer.tops]}
    blobs = [blob.name for blob in case.layer.held]
    return checked(
        ClassCheck(
            f"{path}:{layer.name}",
            [values[blob.name] for blob in case.layer.bottoms],
            case.param_str,
            [base(blob.name) in derived for blob in case.layer.bottoms],
            len(case.layer.tops),
            python,
            seconds,
            current(),
            names={**names, "blob": blobs},
            knows_formulas=True,
            const_tops=[j for j, top in enumerate(case.layer.tops) if top.qualifier == "const"],
            memories=[memory_name(blob.name) for blob in case.layer.memories],
            by_hand=[blob.name for blob in case.inputs if base(blob.name) in by_hand(layer.graph)],
        )
    )


def _program(case: Case) -> tuple[tuple[str, object], ...]:
    from layerdsl.check.meaning import Meaning

    return Meaning(case.whole).program.bottom_diffs


def _in_the_file(each: Diagnostic, layer: CompiledLayer) -> Diagnostic:
    """The same, said of the `.layer` file instead of the emitted one."""
    where = f"line {each.span.line} of the emitted file" if each.span else ""
    return replace(each, span=layer.graph.span, notes=(*each.notes, *filter(None, (where, "on real Caffe"))))
