"""Constants from files: `const mean: [C, H, W] = file("mean.npy")`, or `embed(...)` to carry them along."""

from __future__ import annotations

import os
from typing import Final

import numpy as np

from layerdsl.graph import Axis, Node, Origin
from layerdsl.graph.size import whole
from layerdsl.operators.build import build, made_for
from layerdsl.operators.families.files import Numbers, read_numbers
from layerdsl.semantics.names import need_present, size
from layerdsl.semantics.scope import Scope
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree

USAGE: Final = (
    '`const mean: [C] = file("mean.npy")` reads it when the net is set up, `embed("mean.npy")` carries it along'
)
LARGEST: Final = 4096  # numbers that are carried along
MOST_BYTES: Final = 1 << 20


def constant(scope: Scope, statement: tree.Constant) -> Node:
    """The value of a constant that a file holds."""
    if statement.type.qualifier == "const" or statement.type.optional:
        remedy = "`const mean: [C] = ...`, or `const name: index [K] = ...` for whole numbers"
        raise fault("LD003", "a constant has axes, no more", statement.type.span, help=remedy)
    function, place = _source(scope, statement.source)
    place = _written(scope, place)
    hyper = scope.hypers[place.value].name if isinstance(place, tree.Name) else ""
    path = _path(place) if isinstance(place, tree.Text) else _default(scope, place)
    folder = os.path.dirname(statement.span.source.name)
    held = Numbers(_read(folder, path, place.span)) if function == "embed" else None
    axes = _axes(scope, statement, held)
    kind = "index" if statement.type.qualifier == "index" else "real"
    if held is not None and kind == "index" and not np.array_equal(held.values, np.rint(held.values)):
        raise fault("LD307", f"`{path}` holds numbers with fractions", place.span, "these have to be whole")
    with made_for(Origin(statement.span, statement.name.value)):
        known = {"path": path, "folder": folder, "numbers": held, "hyper": hyper}
        return build("file", name=statement.name.value, axes=axes, kind=kind, **known)


def _source(scope: Scope, expr: tree.Expr) -> tuple[str, tree.Text | tree.Name]:
    """`file` or `embed`, and what it is given: a path, or to `file` a hyper-parameter that has one."""
    if isinstance(expr, tree.Call) and expr.function in ("file", "embed") and len(expr.arguments) == 1:
        (argument,) = expr.arguments
        if argument.name is None and isinstance(argument.value, tree.Text):
            return expr.function, argument.value
        if argument.name is None and isinstance(argument.value, tree.Name):
            return expr.function, _hyper(scope, expr.function, argument.value)
    raise fault("LD104", "a constant comes from a file", expr.span, help=USAGE)


def _hyper(scope: Scope, function: str, name: tree.Name) -> tree.Name:
    """The hyper-parameter by which a net names a file."""
    declared = scope.hypers.get(name.value)
    known = isinstance(_written(scope, name), tree.Text)
    if not known and (declared is None or declared.kind != "file"):
        remedy = f'`hyper {name.value}: file = "mean.npy"`, or the path in quotes'
        raise fault("LD303", f"`{name.value}` is no path of a file", name.span, help=remedy)
    if function == "embed":
        remedy = f"`file({name.value})` reads it when the net is set up"
        raise fault("LD701", "what a net names can't be carried along", name.span, help=remedy)
    if not known:
        need_present(scope, name)
    return name


def _written(scope: Scope, place: tree.Text | tree.Name) -> tree.Text | tree.Name:
    """The path that the hyper-parameter of a layer in use is known to be."""
    value = scope.values.get(place.value) if scope.inside is not None and isinstance(place, tree.Name) else None
    is_path = isinstance(value, Node) and value.op == "number" and value.kind == "word"
    return tree.Text(str(value.attr("value")), place.span) if isinstance(value, Node) and is_path else place


def _default(scope: Scope, name: tree.Name) -> str:
    """The file that is read where the net names none; nothing where it has to."""
    default = scope.hypers[name.value].default
    return default if isinstance(default, str) else ""


def _path(text: tree.Text) -> str:
    """A path below the folder of the file, with `/` between its parts."""
    path = text.value
    parts = path.split("/")
    plain = all(part and part not in (".", "..") and part.isprintable() for part in parts)
    if not plain or "\\" in path or ":" in path:
        label = "no `..`, no absolute path, `/` between folders"
        raise fault("LD701", f"`{path}` is no path beside the layer", text.span, label)
    if not path.endswith((".npy", ".json", ".binaryproto")):
        message = f"`{path}` is no `.npy`, `.json` or `.binaryproto`"
        raise fault("LD701", message, text.span, help="`np.save` writes a `.npy`")
    return path


def _read(folder: str, path: str, span: Span) -> np.ndarray:
    """The numbers of a file that is to be carried along."""
    full = os.path.join(folder, path)
    try:
        if not os.path.isfile(full):
            raise FileNotFoundError(2, os.strerror(2))
        if os.path.getsize(full) > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES >> 20} MiB")
        found = read_numbers(full)
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error, span) from None
    if found.size > LARGEST:
        remedy = f'`file("{path}")` reads it beside the emitted class'
        raise fault(
            "LD701", f"`{path}` has {found.size} numbers, no more than {LARGEST} are carried along", span, help=remedy
        )
    if not np.isfinite(found).all():
        raise fault("LD701", f"`{path}` holds values that are not finite", span, help=f'`file("{path}")` takes them')
    return found


def _unreadable(path: str, error: Exception, span: Span) -> Fault:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    reason = said.splitlines()[0][:120] if said else "it can't be read"
    where = "it lies beside the `.layer` file"
    return fault("LD701", f"can't read `{path}`: {reason[:1].lower()}{reason[1:]}", span, where)


def _axes(scope: Scope, statement: tree.Constant, held: Numbers | None) -> tuple[Axis, ...]:
    declared = statement.type.axes
    for axis in declared:
        if axis.star or axis.begin is not None:
            remedy = "name each, as in `[C, H, W]`"
            if axis.star:
                remedy += f", or leave the star out, `{axis.name}`, where the file has the group as one axis"
            raise fault("LD209", "a constant has single axes", axis.span, help=remedy)
    shape: tuple[int | None, ...] = (None,) * len(declared)
    if held is not None:
        shape = held.values.shape
        if len(shape) != len(declared):
            there = f"the file has {len(shape)}: {' x '.join(map(str, shape))}"
            message = f"`{statement.name.value}` is declared with {len(declared)} axes"
            raise fault("LD204", message, statement.type.span, there)
    found = [_axis(scope, axis, length) for axis, length in zip(declared, shape, strict=True)]
    names = [axis.name for axis in found if axis is not None]
    twice = [axis for axis in declared if axis.name is not None and names.count(axis.name) > 1]
    if twice:
        raise fault("LD205", f"axis `{twice[0].name}` is declared twice", twice[-1].span)
    return tuple(axis for axis in found if axis is not None)


def _axis(scope: Scope, axis: tree.AxisDecl, length: int | None) -> Axis | None:
    """One axis, None for a size of 1; `length` is that of the file, where it is known."""
    if axis.name is None:
        assert axis.size is not None
        given = size(scope, axis.size)
        known = Axis(str(given), given)
    elif axis.name in scope.axes or (axis.size is None and length is None and axis.name not in scope.hypers):
        (known, *_) = scope.axis_named(tree.Name(axis.name, axis.span), "size")
    else:
        written = tree.Name(axis.name, axis.span) if axis.size is None else axis.size
        from_file = axis.size is None and axis.name not in scope.hypers and length is not None
        known = Axis(axis.name, whole(length or 0) if from_file else size(scope, written))
    if axis.size is not None:
        scope.require_equal(size(scope, axis.size), known.size, known.name, axis.span)
    if length is not None:
        scope.require_equal(whole(length), known.size, known.name, axis.span)
    if axis.name is None and known.size == whole(1):
        return None
    return known if axis.name in scope.axes else scope.add_axis(known)
