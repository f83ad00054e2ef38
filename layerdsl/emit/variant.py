"""The texts of one plan; a layer has several where choices are made at set-up, and picks among them by `if`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from layerdsl.emit.frame import Frame
from layerdsl.emit.inplace import Sharing, sharing
from layerdsl.emit.lines import indented
from layerdsl.emit.phase import PhaseText
from layerdsl.emit.scalars import SizeName, scalar
from layerdsl.plan.layer import Plan, Plans, all_plans


@dataclass
class VariantText:
    """What the methods of one plan are made with, and what they ask of `reshape()`."""

    frame: Frame
    plan: Plan
    shared: Sharing
    constants: dict[tuple[str, str], str] = field(default_factory=dict)
    bases: dict[tuple[str, str], str] = field(default_factory=dict)
    phases: list[PhaseText] = field(default_factory=list)


def variant_texts(frame: Frame, plans: Plans) -> dict[int, VariantText]:
    """A `VariantText` for every plan, by the plan's identity."""
    return {id(plan): VariantText(frame, plan, sharing(plan)) for plan in all_plans(plans)}


def branches(
    plans: Plans, texts: Mapping[int, VariantText], lines: Callable[[VariantText], list[str]], name: SizeName
) -> list[str]:
    """The lines of every plan, under the conditions that choose it."""
    if isinstance(plans, Plan):
        return lines(texts[id(plans)])
    yes = branches(plans.yes, texts, lines, name)
    no = branches(plans.no, texts, lines, name)
    test = scalar(plans.test, name)
    if not yes and not no:
        return []
    if yes == no:
        return yes
    head = [f"if {test}:", *indented(yes or ["pass"])]
    if not no:
        return head
    if not isinstance(plans.no, Plan) and no[0] == f"if {scalar(plans.no.test, name)}:":
        return [*head, f"el{no[0]}", *no[1:]]
    return [*head, "else:", *indented(no)]
