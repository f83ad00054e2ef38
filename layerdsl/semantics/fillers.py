"""What a parameter or state starts from: a number, or one of Caffe's fillers."""

from __future__ import annotations

from layerdsl.caffe.fillers import FILLERS, FillerFacts, expected_axes, expected_value
from layerdsl.caffe.filling import _to_filler
from layerdsl.graph import Filler, Node
from layerdsl.operators.build import build, number
from layerdsl.semantics.expressions import formula
from layerdsl.semantics.names import need_present
from layerdsl.semantics.scope import Scope, listed, suggestion
from layerdsl.source import fault
from layerdsl.syntax import elsewhere, tree

Arguments = dict[str, tuple[Node, tree.Expr]]


def filler(scope: Scope, expr: tree.Expr, axes: int | None) -> Filler:
    """The filler of a blob with so many axes, None for not known yet; a plain number is the constant one."""
    if isinstance(expr, tree.Name) and scope.inside is not None and expr.value in scope.inside.fillers:
        outer, given = scope.inside.fillers[expr.value]
        return filler(outer, given, axes)
    if isinstance(expr, tree.Call):
        return _of_caffe(scope, expr, axes)
    return (_named(scope, expr) if isinstance(expr, tree.Name) else None) or _constant(scope, expr)


def _named(scope: Scope, expr: tree.Name) -> Filler | None:
    """The filler that a hyper-parameter is; None where the name is that of a number."""
    known = scope.values.get(expr.value)
    if isinstance(known, Node) and known.op == "number" and known.kind == "word":
        return _of_text(str(known.attr("value")))
    if expr.value in scope.hypers and scope.hypers[expr.value].kind == "filler":
        return _of_net(scope, expr)
    if expr.value in FILLERS and known is None and expr.value not in scope.axes:
        remedy = f"write `{expr.value}()`"
        raise fault("LD501", f"the filler `{expr.value}` needs its brackets", expr.span, help=remedy)
    return None


def _of_caffe(scope: Scope, expr: tree.Call, axes: int | None) -> Filler:
    """One of Caffe's fillers, with its arguments."""
    facts = FILLERS.get(expr.function)
    if facts is None:
        remedy = (
            elsewhere.FILLERS.get(expr.function) or suggestion(expr.function, FILLERS) or f"Caffe has {listed(FILLERS)}"
        )
        raise fault("LD501", f"unknown filler `{expr.function}`", expr.function_span, help=remedy)
    arguments = _arguments(scope, expr, facts)
    for name, (value, place) in arguments.items():
        _check_value(facts, name, value, place)
    _check_range(arguments)
    needed = "" if axes is None else expected_axes(facts, axes)
    if needed:
        raise fault("LD507", f"filler `{facts.name}` fills blobs of {needed}", expr.span, f"this one has {axes}")
    return Filler(facts.name, tuple((name, value) for name, (value, _) in arguments.items()), expr.span.on_one_line)


def _of_net(scope: Scope, expr: tree.Name) -> Filler:
    """The filler that the net gives."""
    need_present(scope, expr)
    name = scope.hypers[expr.value].name
    return Filler("hyper", (("name", build("number", value=name, kind="word")),), expr.span.on_one_line)


def _of_text(written: str) -> Filler:
    """The default of a hyper-parameter, in a layer used inside another."""
    name, arguments = _to_filler(written)
    return Filler(name, tuple((key, _literal(value)) for key, value in arguments.items()), written)


def _literal(value: float | str) -> Node:
    return build("number", value=value, kind="word") if isinstance(value, str) else number(value)


def written_filler(scope: Scope, expr: tree.Expr) -> str:
    """The default of a hyper-parameter that is a filler, as `param_str` has it: `gaussian(std=0.01)`."""
    found = filler(scope, expr, axes=4)
    for _, value in found.arguments:
        if value.op != "number":
            raise fault("LD503", "a default has to be written out", expr.span)
    arguments = ", ".join(f"{name}={value.attr('value')}" for name, value in found.arguments)
    return f"{found.name}({arguments})"


def _constant(scope: Scope, expr: tree.Expr) -> Filler:
    value = formula(scope, expr)
    if not value.static or value.kind not in ("real", "index"):
        remedy = "`constant(0)`, `xavier()`, `msra()`"
        raise fault("LD501", "a blob starts from a number or a filler", expr.span, help=remedy)
    return Filler("constant", (("value", value),), expr.span.on_one_line)


def _arguments(scope: Scope, expr: tree.Call, facts: FillerFacts) -> Arguments:
    """The arguments by name, each with its place."""
    names = [argument.name for argument in facts.arguments]
    found: Arguments = {}
    for position, given in enumerate(expr.arguments):
        name = given.name or (names[position] if position < len(names) else "")
        if name not in names:
            wrong = f"has no argument `{name}`" if name else f"takes {len(names)} argument{'s' * (len(names) != 1)}"
            remedy = suggestion(name, names) or f"it takes {listed(names)}"
            raise fault("LD502", f"filler `{facts.name}` {wrong}", given.span, help=remedy)
        if name in found:
            raise fault("LD502", f"`{name}` is given twice", given.span)
        found[name] = (formula(scope, given.value), given.value)
    return found


def _check_value(facts: FillerFacts, name: str, value: Node, place: tree.Expr) -> None:
    """What is written out has to be a value that Caffe takes; what a net decides, of the right type."""
    argument = facts.argument(name)
    assert argument is not None
    if not value.static:
        remedy = "it may be made of numbers, hyper-parameters and sizes"
        raise fault("LD502", "a filler's argument can't depend on data", place.span, help=remedy)
    written = value.op == "number"
    wanted = expected_value(argument, value.attr("value")) if written else _expected_kind(argument.kind, value.kind)
    if wanted:
        raise fault("LD502", f"`{name}` of filler `{facts.name}` has to be {wanted}", place.span)


def _expected_kind(wanted: str, kind: str) -> str:
    kinds = {"word": ("word", "a word"), "int": ("index", "a whole number"), "float": ("real index", "a number")}
    fitting, said = kinds[wanted]
    return "" if kind in fitting.split() else said


def _check_range(arguments: Arguments) -> None:
    """A range that is written out has to go upwards: Caffe ends the process where it does not."""
    if not {"min", "max"} <= set(arguments):
        return
    (low, _), (high, place) = arguments["min"], arguments["max"]
    if low.op == high.op == "number" and low.attr("value") > high.attr("value"):  # type: ignore[operator]
        raise fault("LD502", f"`max` is below `min`, which is {low.attr('value')}", place.span)
