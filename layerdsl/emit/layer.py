"""The class of one layer."""

from __future__ import annotations

from dataclasses import dataclass

from layerdsl.emit.frame import Frame, docstring
from layerdsl.emit.inplace import setup_lines
from layerdsl.emit.lines import indented
from layerdsl.emit.memory import reshape_method
from layerdsl.emit.methods import phase_method
from layerdsl.emit.names import TAKEN
from layerdsl.emit.setup import setup_method
from layerdsl.emit.shortened import shortened
from layerdsl.emit.sizes import measure_method, size_names_of
from layerdsl.emit.variant import variant_texts
from layerdsl.graph.writing import written_as
from layerdsl.plan.layer import Plan, Plans, all_plans, any_plan
from layerdsl.plan.storage import steps_of


@dataclass(frozen=True)
class ClassText:
    """The text of a class and the names of the support functions that it calls."""

    text: str
    support: frozenset[str]


def class_text(plans: Plans, file: str) -> ClassText:
    """The class of a layer; `file` is the name of the `.layer` file, for comments and messages."""
    layer = any_plan(plans).program.layer
    frame = Frame(layer, file)
    frame.short = shortened(layer, {*TAKEN, *size_names_of(frame).values()})
    texts = variant_texts(frame, plans)
    with written_as(frame.short.all):
        forward = phase_method(frame, plans, texts, "forward")
        backward = phase_method(frame, plans, texts, "backward")
        reshape = reshape_method(frame, plans, texts)
    in_place = setup_lines(frame.place(), layer, [text.shared for text in texts.values()])
    with written_as(frame.short.kept):
        setup = setup_method(frame, in_place, any(_draws(plan) for plan in all_plans(plans)))
    methods = [setup, measure_method(frame), reshape, forward, backward]
    body = "\n\n".join("\n".join(indented(method)) for method in methods)
    frame.support |= {"_entry"} if "_entry(" in body else set()
    frame.support |= {name for name in ("_erf_of", "_erfc_of") if f"{name}(" in body}  # scalars are plain expressions
    if "_over(" in body:
        frame.support.add("_over")
    doc = docstring(layer.doc or f"{layer.name}, from {file}.")
    return ClassText(f"class {layer.name}(caffe.Layer):\n{doc}\n\n{body}\n", frozenset(frame.support))


def _draws(plan: Plan) -> bool:
    steps = (step for phase in (plan.forward, plan.backward) for item in phase.items for step in steps_of(item))
    return any(step.node.op == "draw" for step in steps)
