"""Every stage as text that is short enough to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from layerdsl.emit.scalars import scalar
from layerdsl.graph import Axis, Node, Size, walk
from layerdsl.graph.attributes import axis_of, index_of
from layerdsl.operators.body import body_of, carried_names, leaves_of, parts_of
from layerdsl.plan.layer import Phase, Plan, Plans
from layerdsl.plan.schedule import Loop, Step
from layerdsl.plan.storage import Apart, Buffer, Bundle, Part, Piece, Place, Slot, Target, Turn

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer


def _graph(layer: CompiledLayer) -> str:
    graph = layer.graph
    return listing([*graph.outputs, *((f"update {name}", node) for name, node in graph.updates)])


def _backward(layer: CompiledLayer) -> str:
    program = layer.derived
    return listing([(f"{name}_diff", node) for name, node in (*program.bottom_diffs, *program.blob_diffs)])


def _optimised(layer: CompiledLayer) -> str:
    program = layer.program
    forward = [*program.tops, *((f"update {name}", node) for name, node in program.updates)]
    backward = [(f"{name}_diff", node) for name, node in (*program.bottom_diffs, *program.blob_diffs)]
    return listing([*forward, *backward])


def listing(outputs: Iterable[tuple[str, Node]]) -> str:
    """One node per line: number, axes, operator, arguments."""
    outputs = list(outputs)
    numbers: dict[Node, str] = {}
    lines: list[str] = []
    for node in walk(node for _, node in outputs):
        if node.op == "scan":
            lines += _scan_lines(node, numbers, str(len(lines) + 1))
        elif node.op == "number":
            numbers[node] = str(node.attr("value"))
        elif node.op in ("bottom", "blob", "hyper"):
            numbers[node] = str(node.attr("name"))
        elif node.op == "cotangent":
            numbers[node] = f"d({node.attr('name')})"
        elif node.op == "size":
            numbers[node] = str(node.attr("size"))
        else:
            numbers[node] = f"%{len(lines) + 1}"
            lines.append(_line(node, numbers))
    return "\n".join([*lines, *(f"{name} = {numbers[node]}" for name, node in outputs)]) + "\n"


def _scan_lines(scan: Node, numbers: dict[Node, str], number: str) -> list[str]:
    """A scan with the nodes of its body below it."""
    numbers[scan] = f"%{number}"
    body, leaves = body_of(scan), leaves_of(scan)
    firsts = ", ".join(numbers[arg] for arg in parts_of(scan)[0])
    direction = " backwards" if scan.attr("backwards") else ""
    lines = [f"%{number}: scan {axis_of(scan).name}{direction} from ({firsts}):"]
    names = carried_names(scan)
    for node in walk((*body.nexts, *body.outputs)):
        if node in leaves:
            numbers[node] = names[index_of(node)] if node.op == "carried" else numbers[leaves[node]]
            numbers[node] += f"[{axis_of(scan).name}]" * (node.op == "step")
        elif node.op == "number":
            numbers[node] = str(node.attr("value"))
        elif node.op == "scan":
            lines += [f"  {line}" for line in _scan_lines(node, numbers, f"{number}.{len(lines)}")]
        else:
            numbers[node] = f"%{number}.{len(lines)}"
            lines.append("  " + _line(node, numbers))
    lines += [f"  next {name} = {numbers[node]}" for name, node in zip(names, body.nexts, strict=True)]
    return [*lines, f"  left: {', '.join(numbers[node] for node in body.outputs)}"]


def _line(node: Node, numbers: dict[Node, str]) -> str:
    shown = [numbers[arg] for arg in node.args]
    shown += [f"{name}={_attr(value)}" for name, value in node.attrs if name not in ("axes", "kind", "number", "whole")]
    name = f"  # {node.origin.name}" if node.origin.name else ""
    kind = "" if node.kind == "real" else f" {node.kind}"
    return f"{numbers[node]}:{kind} [{', '.join(node.names)}] = {node.op}({', '.join(shown)}){name}"


def _attr(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_attr, value))}]"
    return value.name if isinstance(value, Axis) else str(value) if isinstance(value, (Size, str)) else repr(value)


def _plan(layer: CompiledLayer) -> str:
    return _plans(layer.plans)


def _plans(plans: Plans) -> str:
    if isinstance(plans, Plan):
        return _one_plan(plans)
    test = scalar(plans.test, lambda symbol: symbol.name)
    parts = [f"if {test}:\n{_plans(plans.yes)}", f"else:\n{_plans(plans.no)}"]
    return "".join(parts)


def _one_plan(plan: Plan) -> str:
    kept = ", ".join(buffer.name for _, buffer in plan.kept) or "nothing"
    return "\n".join([f"kept: {kept}", "forward:", *_phase(plan.forward), "backward:", *_phase(plan.backward)]) + "\n"


def _phase(phase: Phase) -> list[str]:
    lines: list[str] = []
    for item in phase.items:
        if isinstance(item, Loop):
            lines.append(f"  loop over {', '.join(axis.name for axis in item.axes)}:")
            lines += [f"    {_step(phase, step)}" for step in item.steps]
        else:
            lines.append(f"  {_step(phase, item)}")
    return lines


def _place(place: Place) -> str:
    """Where a value lies: `top y`, `part t1`, or the name of the array."""
    match place:
        case Target():
            return f"{place.kind} {place.name}"
        case Part():
            return f"part {place.name}"
        case Buffer() | Bundle():
            return place.name
        case Slot():
            return f"a step of {place.sequence.name}"
        case Turn():
            return place.buffer.name
        case Piece() | Apart():
            return f"in {_place(place.place)}"


def _step(phase: Phase, step: Step) -> str:
    where = _place(phase.storage.places[step.node])
    added = f" added up over {', '.join(step.adds_up)}" if step.adds_up else ""
    needs = f" for {', '.join(sorted(step.needs))}" if step.needs is not None else ""
    return f"{where}: [{', '.join(step.node.names)}] = {step.node.op}{added}{needs}"


def _tree(layer: CompiledLayer) -> str:
    from layerdsl.syntax.printer import show

    return show(layer.tree)


def _python(layer: CompiledLayer) -> str:
    from layerdsl.emit.python import module_text

    return module_text([(layer.plans, layer.file)])


def _prototxt(layer: CompiledLayer) -> str:
    from layerdsl.emit.prototxt import document

    return document([layer.wiring])


STAGES: Final[dict[str, Callable[[CompiledLayer], str]]] = {
    "tree": _tree,
    "graph": _graph,
    "backward": _backward,
    "optimised": _optimised,
    "plan": _plan,
    "python": _python,
    "prototxt": _prototxt,
}


def formulas(layer: CompiledLayer) -> str:
    """The derived backward as formulas, next to the forward."""
    from layerdsl.operators.formula import formula_lines

    program = layer.derived
    forward = [*program.tops, *((f"update {name}", node) for name, node in program.updates)]
    lines = [f"{layer.name}: forward", *(f"    {line}" for line in formula_lines(forward))]
    lines.append(f"{layer.name}: backward")
    diffs = [(f"d({name})", node) for name, node in (*program.bottom_diffs, *program.blob_diffs)]
    lines += [f"    {line}" for line in formula_lines(diffs, after=forward)]
    return "\n".join(lines) + "\n"
