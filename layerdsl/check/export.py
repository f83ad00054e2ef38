"""What a check has found, for other programs: JSON, and the XML that JUnit has made common."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from layerdsl import __version__
from layerdsl.check.classes import ClassResult
from layerdsl.check.file import CheckResult
from layerdsl.check.table import Row
from layerdsl.source import Diagnostic
from layerdsl.source.render import render


@dataclass(frozen=True)
class Line:
    """A line of any of the tables: of what, which one, its figure and verdict, and how it was checked."""

    subject: str
    name: str
    how: str
    figure: float | None
    verdict: str


@dataclass(frozen=True)
class Report:
    """The lines of one file or class, what was said of it, and for a message the subject and name of its line."""

    title: str
    lines: tuple[Line, ...]
    diagnostics: tuple[Diagnostic, ...]
    shown_in: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def errors(self, line: Line) -> list[Diagnostic]:
        """The errors that belong to a line."""
        return [each for each in self._errors if self.shown_in.get(each.message) == (line.subject, line.name)]

    @property
    def elsewhere(self) -> list[Diagnostic]:
        """The errors that belong to no line that failed."""
        failed = {(line.subject, line.name) for line in self.lines if _state(line) == "failed"}
        return [each for each in self._errors if self.shown_in.get(each.message) not in failed]

    @property
    def _errors(self) -> list[Diagnostic]:
        return [each for each in self.diagnostics if each.level == "error"]


def of_file(name: str, result: CheckResult, diagnostics: Sequence[Diagnostic]) -> Report:
    """The report of a `.layer` file."""
    gradients = [
        Line(row.layer, f"gradient of {row.what}", _measured(row),
             row.error, row.verdict)
        for row in result.rows
    ]  # fmt: skip
    examples = [Line("example", row.title, "run", None, row.verdict) for row in result.examples]
    kept = [Line(layer, row.property, row.how, row.figure, row.verdict) for layer, row in result.properties]
    return Report(name, (*gradients, *kept, *examples), tuple(diagnostics), result.shown_in)


def _measured(row: Row) -> str:
    return ", ".join(filter(None, (row.how, f"{row.entries} entries", row.phases, " ".join(row.shapes))))


def of_class(result: ClassResult) -> Report:
    """The report of a class."""
    subject = result.title.rpartition(":")[2]
    lines = tuple(Line(subject, row.property, row.how, row.figure, row.verdict) for row in result.rows)
    shown_in = {message: (subject, name) for message, name in result.shown_in.items()}
    return Report(result.title, lines, result.diagnostics, shown_in)


def completed(reports: Sequence[Report], found: Iterable[Diagnostic]) -> list[Report]:
    """The reports with what was said of their files besides, and one for each file of which there is none."""
    told = {each for report in reports for each in report.diagnostics}
    rest: dict[str, list[Diagnostic]] = {report.title: [] for report in reports}
    for each in found:
        if each not in told:
            rest.setdefault(each.span.source.name if each.span else "layerdsl", []).append(each)
    known = {report.title: report for report in reports}
    empty = {title: Report(title, (), ()) for title in rest}
    return [
        replace(report, diagnostics=(*report.diagnostics, *rest[title])) for title, report in {**empty, **known}.items()
    ]


def as_json(reports: Iterable[Report]) -> str:
    """An object with `layerdsl` (the version) and `checks`, one for each file or class."""
    checks = [
        {
            "name": report.title,
            "ok": not any(each.level == "error" for each in report.diagnostics),
            "properties": [_line(line) for line in report.lines],
            "diagnostics": _told(report),
        }
        for report in reports
    ]
    return json.dumps({"layerdsl": __version__, "checks": checks}, indent=2, ensure_ascii=False) + "\n"


def _told(report: Report) -> list[dict[str, Any]]:
    """Every diagnostic as `--output-format json` writes it, with the line of the table that it belongs to."""
    told = json.loads(render(report.diagnostics, "json", False)) if report.diagnostics else []
    lines = (report.shown_in.get(each.message) for each in report.diagnostics)
    return [{**one, **(dict(zip(("of", "property"), line)) if line else {})} for one, line in zip(told, lines)]  # noqa: B905


def _line(line: Line) -> dict[str, Any]:
    figure = line.figure if line.figure is not None and math.isfinite(line.figure) else None
    return {"of": line.subject, "property": line.name, "checked_by": line.how, "worst": figure, "verdict": line.verdict}


def as_junit(reports: Iterable[Report]) -> str:
    """`testsuites` with a suite for each file or class and a case for each line; a case of its own has what belongs to
    no line."""
    suites = "".join(_suite(report) for report in reports)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="layerdsl check">\n{suites}</testsuites>\n'


def _suite(report: Report) -> str:
    cases = [_case(line, report.errors(line)) for line in report.lines]
    left = report.elsewhere
    if left:
        cases.append(_case(Line(report.title, "nothing else is wrong", "", None, "WRONG"), left))
    failures = sum(_state(line) == "failed" for line in report.lines) + bool(left)
    skipped = sum(_state(line) == "skipped" for line in report.lines)
    head = f'tests="{len(cases)}" failures="{failures}" skipped="{skipped}" errors="0"'
    return f"  <testsuite name={_quoted(report.title)} {head}>\n{''.join(cases)}  </testsuite>\n"


def _case(line: Line, errors: Sequence[Diagnostic]) -> str:
    begin = f"    <testcase classname={_quoted(line.subject)} name={_quoted(line.name)}"
    state = _state(line)
    if state == "failed":
        message = errors[0].message if errors else line.verdict
        text = render(errors, "full", False) if errors else line.how
        return f"{begin}><failure message={_quoted(message)}>{escape(_printable(text))}</failure></testcase>\n"
    return f"{begin}><skipped message={_quoted(line.verdict)}/></testcase>\n" if state == "skipped" else f"{begin}/>\n"


def _state(line: Line) -> str:
    if line.verdict in ("WRONG", "BROKEN", "FAILED"):
        return "failed"
    return "skipped" if line.verdict.startswith("not ") else "passed"


def _quoted(text: str) -> str:
    return quoteattr(_printable(text))


def _printable(text: str) -> str:
    """XML has no control characters, not even escaped."""
    return "".join(letter if letter >= " " or letter in "\n\t" else "\ufffd" for letter in text)
