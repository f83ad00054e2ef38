"""The small functions that an emitted file carries when it needs them.

    >>> print(text(needed(["_fill_constant"])))
    def _fill_constant(data, value=0.0):
        data[...] = value

They are the project's own functions, tested and typed where they stand (`SOURCES`); here their source is read, cut
into pieces and freed of annotations, which Python 2.7 has not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Final

from layerdsl.caffe.filling import _to_filler
from layerdsl.emit.names import attribute
from layerdsl.emit.wiring import HyperFact, Value

SOURCES: Final = (
    "layerdsl.caffe.param_str",
    "layerdsl.caffe.filling",
    "layerdsl.caffe.shapes",
    "layerdsl.caffe.first_places",
    "layerdsl.caffe.special",
    "layerdsl.caffe.draws",
    "layerdsl.caffe.products",
    "layerdsl.caffe.boxes",
    "layerdsl.caffe.files",
    "layerdsl.caffe.joint",
    "layerdsl.caffe.labels",
    "layerdsl.caffe.matrices",
    "layerdsl.caffe.outside",
    "layerdsl.caffe.cropping",
    "layerdsl.caffe.ordering",
    "layerdsl.caffe.running",
    "layerdsl.caffe.windows",
    "layerdsl.caffe.few_windows",
    "layerdsl.caffe.window_products",
    "layerdsl.caffe.window_views",
    "layerdsl.caffe.pooling",
    "layerdsl.caffe.phases",
    "layerdsl.caffe.convolution",
    "layerdsl.caffe.watching",
    "layerdsl.caffe.unheard",
    "layerdsl.emit.netspec_call",
)

# The phase of a layer is a number in Caffe 1.0.0 and a word in some forks.
IN_TRAIN: Final = "self.phase in (0, 'TRAIN')"


@dataclass(frozen=True)
class Piece:
    """A function or constant: its `text` without end of line, the `pieces` and the `imports` whose names it uses."""

    name: str
    text: str
    pieces: tuple[str, ...]
    imports: tuple[str, ...]  # lines, as in "import ast"


@cache
def pieces() -> Mapping[str, Piece]:
    """Every piece by its name, in the order in which they can stand in a file."""
    found = [piece for module in SOURCES for piece in cut(module_source(module))]
    twice = {piece.name for piece in found if sum(piece.name == other.name for other in found) > 1}
    assert not twice, twice  # an emitted file has one name for each
    return {piece.name: piece for piece in found}


def module_source(module: str) -> str:
    """The text of a module of this project, which is not imported."""
    spec = find_spec(module)
    source: str | None = spec.loader.get_source(module) if spec and spec.loader else None  # type: ignore[attr-defined]
    assert source is not None, module
    return source


def needed(names: Iterable[str]) -> tuple[Piece, ...]:
    """These pieces and all that they use, each once, in an order in which they can stand in a file."""
    table, found, waiting = pieces(), set[str](), list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(table[name].pieces)
    return tuple(piece for piece in table.values() if piece.name in found)


def imports(chosen: Iterable[Piece]) -> tuple[str, ...]:
    """The import lines that these pieces need, each once, in alphabetical order."""
    return tuple(sorted({line for piece in chosen for line in piece.imports}))


def text(chosen: Sequence[Piece]) -> str:
    """The pieces as they stand in a file: constants in one block, two blank lines around each function."""
    constants = [piece.text for piece in chosen if not _is_function(piece)]
    functions = [piece.text for piece in chosen if _is_function(piece)]
    return "\n\n\n".join((["\n".join(constants)] if constants else []) + functions)


def _is_function(piece: Piece) -> bool:
    return "def " + piece.name in piece.text


def cut(source: str) -> Iterator[Piece]:
    """The private functions and constants of a module's text, in its order, freed of annotations."""
    tree = ast.parse(source)
    lines = {name: ast.unparse(node) for node in tree.body for name in _imported(node)}
    owners = {name: node for node in tree.body for name in _defined(node) if name.startswith("_")}
    known = set(owners) | {name for node in tree.body for name in _borrowed(node)}
    for name, node in owners.items():
        used = {each.id for each in _parts_at_run_time(node) if isinstance(each, ast.Name)} - {name}
        yield Piece(
            name,
            without_annotations(source, node),
            tuple(sorted(used & known)),
            tuple(sorted(lines[each] for each in used & set(lines))),
        )


def _imported(node: ast.stmt) -> list[str]:
    return [each.asname or each.name for each in node.names] if isinstance(node, ast.Import) else []


def _borrowed(node: ast.stmt) -> list[str]:
    """The names of pieces of another source."""
    if not isinstance(node, ast.ImportFrom) or node.module not in SOURCES:
        return []
    return [each.name for each in node.names if each.name.startswith("_")]


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _annotations(node: ast.AST) -> list[ast.expr]:
    """The annotations that a node itself carries."""
    if isinstance(node, ast.arg | ast.AnnAssign):
        return [node.annotation] if node.annotation else []
    return [node.returns] if isinstance(node, ast.FunctionDef) and node.returns else []


def _parts_at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it but annotations."""
    yield node
    ignored = _annotations(node)
    for child in ast.iter_child_nodes(node):
        if child not in ignored:
            yield from _parts_at_run_time(child)


def without_annotations(source: str, node: ast.stmt) -> str:
    """The text of a statement, its comment above it included, without `: type` and `-> type`."""
    lines = source.split("\n")
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    while lines[first - 2].startswith("#"):
        first -= 1
    starts = _line_starts(source)
    begin, end = starts[first - 1], _offset(starts, node.end_lineno, node.end_col_offset)
    cuts = sorted(
        stretch
        for part in ast.walk(node)
        for each in _annotations(part)
        for stretch in _cuts(source, starts, isinstance(part, ast.arg), each)
    )
    kept = [begin, *(edge for cut_ in cuts for edge in cut_), end]
    return "".join(source[a:b] for a, b in zip(kept[::2], kept[1::2], strict=True))


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _offset(starts: Sequence[int], line: int | None, column: int | None) -> int:
    assert line is not None
    assert column is not None
    return starts[line - 1] + column  # the sources are ASCII, so that bytes are characters


def _cuts(source: str, starts: Sequence[int], argument: bool, annotation: ast.expr) -> list[tuple[int, int]]:
    """The stretches that go with an annotation: its `:` or ` ->`, and the blanks around the `=` of an argument."""
    before = source[: _offset(starts, annotation.lineno, annotation.col_offset)].rstrip()
    start = len(before[:-2].rstrip()) if before.endswith("->") else len(before) - 1
    stop = _offset(starts, annotation.end_lineno, annotation.end_col_offset)
    if argument and source.startswith(" = ", stop):
        return [(start, stop + 1), (stop + 2, stop + 3)]
    return [(start, stop)]


# -- what a class writes of them ---------------------------------------------------------------------------------------


def conversion_text(hyper: HyperFact) -> str:
    """The conversion of a hyper-parameter as an expression: `_optional(_to_int)`, `_one_of('sum', 'mean')`."""
    if hyper.kind == "word":
        convert = f"_one_of({', '.join(map(repr, hyper.choices))})"
    elif hyper.kind == "list":
        convert = f"_list_of(_to_{hyper.element})"
    else:
        convert = f"_to_{hyper.kind}"
    return f"_optional({convert})" if hyper.optional else convert


def conversion_pieces(hyper: HyperFact) -> tuple[str, ...]:
    """The names of the pieces in `conversion_text`, and `_REQUIRED` where the default is that."""
    inner = {"word": ("_one_of",), "list": ("_list_of", f"_to_{hyper.element}")}.get(hyper.kind, (f"_to_{hyper.kind}",))
    outer = (("_optional",) if hyper.optional else ()) + (("_REQUIRED",) if hyper.required else ())
    return inner + outer


def row_text(hyper: HyperFact) -> str:
    """The row of a hyper-parameter: `('smooth', _to_float, 1.0)`."""
    default = "_REQUIRED" if hyper.required else literal(hyper.default)
    if hyper.kind == "filler" and isinstance(hyper.default, str):
        default = repr(_to_filler(hyper.default))
    return f"({hyper.name!r}, {conversion_text(hyper)}, {default})"


def literal(value: Value) -> str:
    """A default as Python text that is the same value on every Python."""
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, float) and not abs(value) < float("inf"):
        return f"float('{value}')"
    return repr(value)


def read_lines(layer: str, hypers: Sequence[HyperFact], target: str = "hyper") -> tuple[str, ...]:
    """The statement of `setup` that reads `param_str`, line by line; `hyper['smooth']` is a value then.

    hyper = _read_param_str('DiceLoss', _param_str(self), (
        ('smooth', _to_float, 1.0),
    ))
    """
    rows = [f"    {row_text(hyper)}," for hyper in hypers]
    return (f"{target} = _read_param_str({layer!r}, _param_str(self), (", *rows, "))")


def read_pieces(hypers: Sequence[HyperFact]) -> tuple[str, ...]:
    """The names of the pieces in `read_lines`."""
    inner = {name for hyper in hypers for name in conversion_pieces(hyper)}
    return ("_read_param_str", "_param_str", *sorted(inner))


def fill_text(filler: str, target: str, arguments: Sequence[tuple[str, str]] = ()) -> str:
    """The statement that fills an array: `_fill_gaussian(self.blobs[0].data, std=0.01)`.

    arguments: names of Caffe's with the Python text of their values, only those that are given.
    """
    if filler == "hyper":
        return f"_fill({target}, self.{attribute(dict(arguments)['name'][1:-1])})"
    if filler == "constant":
        return f"{target}[...] = {dict(arguments).get('value', '0')}"
    given = "".join(f", {name}={value}" for name, value in arguments)
    return f"_fill_{filler}({target}{given})"


def fill_pieces(filler: str) -> tuple[str, ...]:
    """The names of the pieces in `fill_text`."""
    return {"constant": (), "hyper": ("_fill",)}.get(filler, (f"_fill_{filler}",))
