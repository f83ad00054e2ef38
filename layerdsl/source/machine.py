"""Diagnostics for other programs: JSON, the workflow commands of GitHub, SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from layerdsl import __version__
from layerdsl.source.codes import CODES
from layerdsl.source.diagnostic import Diagnostic
from layerdsl.source.excerpt import end_place
from layerdsl.source.text import Span
from layerdsl.source.visible import shorten, visible, visible_lines

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def json_list(diagnostics: Sequence[Diagnostic]) -> str:
    """A list of objects with the fields of `Diagnostic`; lines and columns from 1, the end is exclusive."""
    return _dumped([_as_object(each) for each in diagnostics])


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands, which GitHub shows beside the line: `::error file=...,line=...::message`."""
    return "".join(map(_command, diagnostics))


def sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """One run of the static analysis results interchange format, version 2.1.0."""
    codes = sorted({each.code for each in diagnostics})
    rules = [{"id": code, "shortDescription": {"text": CODES[code]}} for code in codes]
    driver = {"name": "layerdsl", "version": __version__, "rules": rules}
    results = [_result(each, codes.index(each.code)) for each in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _dumped(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _as_object(each: Diagnostic) -> dict[str, Any]:
    return {
        "code": each.code,
        "level": each.level,
        "message": _clean(each.message),
        "file": None if each.span is None else _clean(each.span.source.name),
        **_places(each.span),
        "label": _clean(each.label),
        "notes": [_clean(note) for note in each.notes],
        "help": _clean(each.help),
    }


def _places(span: Span | None) -> dict[str, int | None]:
    if span is None:
        return dict.fromkeys(("line", "column", "end_line", "end_column"))
    end_line, end_column = end_place(span)
    return {"line": span.line, "column": span.column, "end_line": end_line, "end_column": end_column}


def _clean(text: str) -> str:
    return visible_lines(shorten(text))


def _whole(each: Diagnostic) -> str:
    """Everything a diagnostic says, a line for each part."""
    remarks = [*(f"note: {note}" for note in each.notes), *([f"help: {each.help}"] if each.help else [])]
    first = f"{each.message}: {each.label}" if each.label else each.message
    return "\n".join(map(_clean, [first, *remarks]))


def _command(each: Diagnostic) -> str:
    fields = {} if each.span is None else _command_place(each.span)
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in {**fields, "title": each.code}.items())
    return f"::{each.level} {properties}::{_data(_whole(each))}\n"


def _command_place(span: Span) -> dict[str, str | int]:
    end_line, end_column = end_place(span)
    fields: dict[str, str | int] = {"file": visible(span.source.name), "line": span.line, "endLine": end_line}
    # GitHub takes columns only where the place is within one line.
    return fields | ({"col": span.column, "endColumn": end_column} if span.line == end_line else {})


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _result(each: Diagnostic, rule: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": each.code,
        "ruleIndex": rule,
        "level": each.level,
        "message": {"text": _whole(each)},
    }
    return found if each.span is None else {**found, "locations": [_location(each.span)]}


def _location(span: Span) -> dict[str, Any]:
    end_line, end_column = end_place(span)
    region = {"startLine": span.line, "startColumn": span.column, "endLine": end_line, "endColumn": end_column}
    address = quote(span.source.name.encode("utf-8", "surrogateescape"), safe="/")
    return {"physicalLocation": {"artifactLocation": {"uri": address}, "region": region}}


MACHINE: Final[Mapping[str, Callable[[Sequence[Diagnostic]], str]]] = {
    "json": json_list,
    "github": github,
    "sarif": sarif,
}
