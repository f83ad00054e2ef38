"""The check of any `caffe.Layer` class, which is run to that end: in a process of its own, with a limit of time."""

from __future__ import annotations

import ast
import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, Final

from layerdsl.check import process
from layerdsl.check.bottoms import Spec, given, of_shape, spec
from layerdsl.check.process import Ended
from layerdsl.check.properties import PropertyRow, notes_of, properties_text, rows_of
from layerdsl.source import Diagnostic, Fault, Source, Span
from layerdsl.source.diagnostic import Level

PROPERTIES: Final = (
    "gradient", "top diffs", "propagate_down", "diffs written", "inputs untouched", "repeatable", "other sizes",
    "float32", "awkward inputs", "state",
)  # fmt: skip
SECONDS = 120.0


@dataclass(frozen=True)
class ClassCheck:
    """A class and how it is to be tried.

    target: `path/to/file.py:Class`, or `package.module:Class` for what Python can import.
    bottoms: of each one a text as on the command line (`4x1x8x8:labels=3`), a tuple of sizes (`(4, 1, 8, 8)`), or an
    array or list with values of your own.
    param_str: as in the prototxt. propagate_down: which bottoms have a gradient (default: all but labels).
    tops: how many there are (default: found out). python: a Python that has Caffe, to run on it in place of the
    stand-in. seconds: how long it may take in all. properties: those to try. names: what bottoms and tops are called.
    by_hand: names of those whose gradient is not meant to be the derivative. memories: attributes of an instance that
    are states although they are no blobs; their names come behind those of the blobs. knows_formulas: whether it is
    emitted from formulas, which tell by themselves what is only a doubt here. const_tops: the numbers of tops through
    which no gradient goes.
    """

    target: str
    bottoms: Sequence[Any]
    param_str: str = ""
    propagate_down: Sequence[bool] | None = None
    tops: int | None = None
    python: str | None = None
    seconds: float = SECONDS
    seed: int = 0
    properties: Sequence[str] = PROPERTIES
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    path: Sequence[str] = ()
    by_hand: Sequence[str] = ()
    memories: Sequence[str] = ()
    knows_formulas: bool = False
    const_tops: Sequence[int] = ()


@dataclass(frozen=True)
class ClassResult:
    """What was checked, a row for each property, and what is wrong; `shown_in` names the row of a message."""

    title: str
    rows: tuple[PropertyRow, ...]
    diagnostics: tuple[Diagnostic, ...]
    shown_in: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return not any(each.level == "error" for each in self.diagnostics)

    def table(self) -> str:
        """The rows as text."""
        return properties_text(self.rows)


def check_class(target: str, bottoms: Sequence[Any], **options: Any) -> ClassResult:
    """Runs a `caffe.Layer` class and tells what it does wrong; the options are the fields of `ClassCheck`.

        check_class("my_layers.py:DiceLossLayer", ["4x3x8x8", "4x1x8x8:labels=3"]).ok

    The class's own module is imported and run, in a process of its own. `Fault` where there is no such file or Python,
    ValueError where a bottom is not said as expected.
    """
    return checked(ClassCheck(target, bottoms, **options))


def checked(check: ClassCheck) -> ClassResult:
    """The result of a check."""
    module, _, layer = check.target.rpartition(":")
    if not module or not layer.isidentifier():
        raise ValueError(f"`{check.target}` names no class: `my_layers.py:DiceLossLayer` is expected")
    source = _source(module)
    specs = [_spec(each) for each in check.bottoms]
    if check.propagate_down is not None and len(check.propagate_down) != len(specs):
        flags, bottoms = len(check.propagate_down), len(specs)
        raise ValueError(
            f"propagate_down has {flags} value{'s' * (flags != 1)} for {bottoms} bottom{'s' * (bottoms != 1)}"
        )
    try:
        ended = process.run(_task(check, module, layer, source, specs), check.python, check.seconds)
    except OSError as error:
        text = (error.strerror or "it can't be started").lower()
        raise Fault(Diagnostic("LD701", f"can't run `{check.python}`: {text}")) from None
    return _result(check, layer, source, ended)


def _source(module: str) -> Source | None:
    """The text of the file; None for the name of a module."""
    if not module.endswith(".py"):
        return None
    try:
        return Source(module, pathlib.Path(module).read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it can't be opened"
        raise Fault(Diagnostic("LD701", f"can't read `{module}`: {reason[:1].lower()}{reason[1:]}")) from None


def _spec(bottom: Any) -> Spec:
    if isinstance(bottom, str):
        return spec(bottom)
    is_shape = isinstance(bottom, tuple) and all(isinstance(size, Integral) for size in bottom)
    return of_shape(bottom) if is_shape else given(bottom)


def _task(check: ClassCheck, module: str, layer: str, source: Source | None, specs: list[Spec]) -> dict[str, Any]:
    path = [os.path.dirname(os.path.abspath(module))] if source else []
    return {
        "file": module if source else "",
        "module": os.path.basename(module).removesuffix(".py") if source else module,
        "path": [*path, *(check.path or (() if source else (os.getcwd(),)))],
        "layer": layer,
        "param_str": check.param_str,
        "bottoms": specs,
        "tops": check.tops,
        "propagate_down": None if check.propagate_down is None else [bool(one) for one in check.propagate_down],
        "names": {kind: list(names) for kind, names in check.names.items()},
        "seed": check.seed,
        "by_hand": list(check.by_hand),
        "memories": list(check.memories),
        "knows_formulas": check.knows_formulas,
        "const_tops": list(check.const_tops),
        "properties": list(check.properties),
        "host": "caffe" if check.python else "standin",
    }


def _result(check: ClassCheck, layer: str, source: Source | None, ended: Ended) -> ClassResult:
    faults = _told_once([*ended.of("fault"), *_of_the_end(check, ended, source)])
    methods = _Methods.of(source, layer)
    diagnostics = tuple(_diagnostic(fault, layer, methods) for fault in faults)
    rows = rows_of(ended.of("row"))
    if not rows or ended.why:
        doing = next((entry["property"] for entry in reversed(ended.of("doing"))), "set-up")
        rows = (*rows, PropertyRow(doing, "it breaks off here", None, "WRONG"))
    shown_in = {each.message: str(fault["property"]) for each, fault in zip(diagnostics, faults, strict=True)}
    return ClassResult(check.target, rows, diagnostics, shown_in)


def _told_once(faults: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What shows in several properties is told in the first of them."""
    found: dict[object, dict[str, Any]] = {}
    for fault in faults:
        found.setdefault((fault["said"], fault["where"]), fault)
    return list(found.values())


def _of_the_end(check: ClassCheck, ended: Ended, source: Source | None) -> list[dict[str, Any]]:
    """The fault of a process that did not come to its end."""
    if not ended.why:
        return []
    line, method = ended.last_place(source.name if source else "")
    doing = next((entry["property"] for entry in reversed(ended.of("doing"))), "")
    if not ended.of("python"):
        why = f"within {check.seconds:g} seconds" if ended.why == "time" else f"({ended.why})"
        return [_fault(f"{check.python or 'Python'} did not get as far as to try it {why}", _last_words(ended))]
    if ended.why == "time":
        said = f"it did not come to an end within {check.seconds:g} seconds" + (f", in `{method}`" if method else "")
        return [
            _fault(said, f"while `{doing}` was tried", line, "a loop may not end; `--time-limit` gives it more time")
        ]
    said = f"the process that ran it has ended ({ended.why})"
    return [_fault(said, f"while `{doing}` was tried", line, _last_words(ended))]


def _last_words(ended: Ended) -> str:
    """What Caffe ended it with, else the last line that is no part of a list of calls."""
    lines = [line.strip() for line in ended.stderr.splitlines() if not line.startswith(("***", "  "))]
    said = [line for line in lines if line]
    checks = [line[line.index("Check failed") :] for line in said if "Check failed" in line]
    return f"it said last: {(checks or said)[-1][:140]}" if said else ""


def _fault(said: str, where: str = "", line: int = 0, help: str = "") -> dict[str, Any]:
    empty: dict[str, Any] = {
        "property": "set-up",
        "blob": "",
        "place": None,
        "got": None,
        "wanted": None,
        "words": [],
        "hint": "",
    }
    return {
        **empty,
        "said": said,
        "where": where,
        "line": line,
        "help": help,
        "hint": "",
        "level": "error",
        "method": "",
        "path": "",
    }


def _diagnostic(fault: Mapping[str, Any], layer: str, methods: _Methods) -> Diagnostic:
    code = "LD608" if fault["property"] == "set-up" else "LD607"
    span = methods.span(int(fault["line"]), str(fault["method"]), str(fault["path"]))
    level: Level = "warning" if fault["level"] == "warning" else "error"
    return Diagnostic(code, f"`{layer}`: {fault['said']}", span, "", notes_of(fault), str(fault["help"]), level)


@dataclass(frozen=True)
class _Methods:
    """Where the methods of a class stand in its file."""

    source: Source | None
    lines: Mapping[str, int]

    @staticmethod
    def of(source: Source | None, layer: str) -> _Methods:
        """Read off the text, which is not run for it; of another Python's text nothing is known."""
        try:
            tree = ast.parse(source.text if source else "")
        except (SyntaxError, ValueError):
            return _Methods(source, {})
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        lines = {"": classes[layer].lineno} if layer in classes else {}
        for one in reversed(_with_bases(layer, classes)):
            lines |= {node.name: node.lineno for node in one.body if isinstance(node, ast.FunctionDef)}
        return _Methods(source, lines)

    def span(self, line: int, method: str, path: str = "") -> Span | None:
        """The line itself, in the file `path`, else where the method begins, else the class."""
        if line and path and not _is_file(self.source, path):
            return _line_of(_other_file(path), line)
        return _line_of(self.source, line or self.lines.get(method) or self.lines.get("", 0))


def _is_file(source: Source | None, path: str) -> bool:
    return source is not None and os.path.realpath(source.name) == os.path.realpath(path)


def _other_file(path: str) -> Source | None:
    """The file of a class from which the one that is checked is derived, named as seen from here."""
    near = os.path.relpath(path)
    try:
        return _source(path if near.startswith(os.pardir) else near)
    except Fault:  # it was made while the class ran
        return None


def _line_of(source: Source | None, number: int) -> Span | None:
    if source is None or not 0 < number <= len(source.line_starts):
        return None
    text = source.line(number)
    start = source.line_starts[number - 1] + len(text) - len(text.lstrip())
    return Span(source, start, start + len(text.strip()))


def _with_bases(name: str, classes: Mapping[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """The class and those of the same file that it is derived from, the nearest first."""
    found: list[ast.ClassDef] = []
    waiting = [name]
    while waiting:
        one = classes.get(waiting.pop(0))
        if one is not None and one not in found:
            found.append(one)
            waiting += [base.id for base in one.bases if isinstance(base, ast.Name)]
    return found
