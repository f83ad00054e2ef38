"""The NetSpec helper: a Python module with a function for each layer, for nets that are written with caffe.NetSpec.

    n.loss = dice_loss(n.pred, n.label, smooth=0.5)

Each function checks its bottoms and keywords and returns `L.Python(...)`. The text runs on Python 2.7 and 3.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from layerdsl.emit.describe import how_many, hyper_line, one_line, snake_case
from layerdsl.emit.runtime import conversion_pieces, imports, literal, needed, row_text, text
from layerdsl.emit.wiring import BlobFact, EndFact, HyperFact, RequireFact, Wiring

# Names that a function can't have: words of Python 2 or 3, and what the module itself imports.
_TAKEN: Final = frozenset({*keyword.kwlist, "print", "exec", "json", "numbers", "difflib"})


def helper(wirings: Sequence[Wiring], module: str) -> str:
    """The text of the helper for these layers, whose classes are in `module`."""
    names = function_names([wiring.layer for wiring in wirings])
    chosen = needed(["_python_layer", *(p for w in wirings for h in w.hypers for p in conversion_pieces(h))])
    functions = [_function(name, wiring) for name, wiring in zip(names, wirings, strict=True)]
    head = [_docstring_of_module(wirings, module, names), *_import_lines(wirings, imports(chosen))]
    whole = "\n\n\n".join(["\n".join(head), text(chosen), *functions]) + "\n"
    return whole if whole.isascii() else "# -*- coding: utf-8 -*-\n" + whole


def function_names(layers: Iterable[str]) -> list[str]:
    """The name of each layer's function: in snake case, or the layer's own where that is taken.

    >>> function_names(["DiceLoss", "Dice_Loss", "Lambda"])
    ['dice_loss', 'Dice_Loss', 'Lambda']
    """
    names: list[str] = []
    for layer in layers:
        name = snake_case(layer)
        names.append(layer if name in _TAKEN or name in names else name)
    return names


def _docstring_of_module(wirings: Sequence[Wiring], module: str, names: Sequence[str]) -> str:
    example = _example(wirings[0], names[0]) if wirings else ""
    return f'"""The layers of `{module}` for nets that are written with caffe.NetSpec.\n\n    {example}\n"""'


def _example(wiring: Wiring, name: str) -> str:
    tops = ", ".join(f"n.{end.name}" for end in wiring.tops)
    arguments = [f"n.{end.name}" for end in wiring.bottoms]
    arguments += [f"{h.name}={'...' if h.required else literal(h.default)}" for h in _shown(wiring.hypers)]
    return f"{tops} = {name}({', '.join(arguments)})"


def _shown(hypers: Sequence[HyperFact]) -> list[HyperFact]:
    """The hyper-parameters that an example shows: all that have to be given, else the first."""
    return [hyper for hyper in hypers if hyper.required] or list(hypers[:1])


def _import_lines(wirings: Sequence[Wiring], needed_lines: Sequence[str]) -> list[str]:
    phases = sorted({wiring.phase for wiring in wirings if wiring.phase})
    return ["", *needed_lines, "", f"from caffe import {', '.join(phases + ['layers as L'])}"]


def _function(name: str, wiring: Wiring) -> str:
    facts = [f"        {line}" for line in _facts(wiring)]
    return "\n".join(
        [
            f"def {name}(*bottoms, **keywords):",
            *_docstring(wiring),
            "    facts = dict(",
            *facts,
            "    )",
            f"    return L.Python(*bottoms, **_python_layer({name!r}, bottoms, keywords, facts))",
        ]
    )


def _facts(wiring: Wiring) -> Iterator[str]:
    """The arguments of `dict(...)`, each in lines of its own; what is empty is left out."""
    yield f"module={wiring.module!r},"
    yield f"layer={wiring.layer!r},"
    yield f"bottoms={tuple(map(_marked, wiring.bottoms))!r},"
    yield f"tops={tuple(map(_marked, wiring.tops))!r},"
    under = [end for end in (*wiring.bottoms, *wiring.tops) if end.under]
    if under:
        yield from ["under=dict(", *(f"    {end.name}=lambda hyper: {end.code}," for end in under), "),"]
    yield from _table("hypers", map(row_text, wiring.hypers))
    yield from _table("requires", map(_require_row, wiring.requires))
    yield from _table("blobs", map(_blob_row, wiring.blobs))
    if any(end.loss for end in wiring.tops):
        yield f"loss_weight={tuple(float(end.loss) for end in wiring.tops)!r},"
    if not all(end.gradient for end in wiring.bottoms):
        yield f"propagate_down={tuple(end.gradient for end in wiring.bottoms)!r},"
    if wiring.phase:
        yield f"include=dict(phase={wiring.phase}),"


def _table(name: str, rows: Iterable[str]) -> list[str]:
    inner = [f"    {row}," for row in rows]
    return [f"{name}=(", *inner, "),"] if inner else []


def _blob_row(blob: BlobFact) -> str:
    under = f", lambda hyper, has: {blob.code}" if blob.under else ""
    return f"({blob.name!r}, dict(lr_mult={literal(blob.lr_mult)}, decay_mult={literal(blob.decay_mult)}){under})"


def _require_row(fact: RequireFact) -> str:
    return f"({fact.said!r}, lambda hyper: {fact.failed}, {fact.hypers!r})"


def _marked(end: EndFact) -> str:
    mark = f" if {end.under}" if end.under else "?" * end.optional
    return ("*" if end.variadic else "") + end.name + mark


def _docstring(wiring: Wiring) -> list[str]:
    """What the function's docstring says, as lines of the function."""
    title = one_line(wiring.doc) or f"The layer {wiring.layer}."
    lines = [
        *_section("bottoms", map(_end_line, wiring.bottoms)),
        *_section("tops", map(_end_line, wiring.tops)),
        *_section("keywords", (hyper_line(hyper, literal) for hyper in wiring.hypers)),
        *_section("param, for each", (_blob_line(blob) for blob in wiring.blobs)),
    ]
    return [f'    """{_quoted(title)}', "", *(f"    {_quoted(line)}" for line in lines), '    """']


def _section(title: str, lines: Iterable[str]) -> list[str]:
    inner = [f"    {line}" for line in lines]
    return [f"{title}:", *inner] if inner else []


def _end_line(end: EndFact) -> str:
    return f"{end.name} {one_line(end.shape)}{how_many(end)}"


def _blob_line(blob: BlobFact) -> str:
    doc = f" ({one_line(blob.doc)})" if blob.doc.strip() else ""
    under = f", where {blob.under}" if blob.under else ""
    return f"{blob.name} {one_line(blob.shape)} = {one_line(blob.filler)}{doc}{under}"


def _quoted(line: str) -> str:
    """A line as it can stand in a docstring."""
    return line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
