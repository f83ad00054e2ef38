"""From what was found to what the user reads."""

from __future__ import annotations

from typing import Final

from layerdsl.check.case import Case, text_of_shape
from layerdsl.check.finding import Finding
from layerdsl.source import Diagnostic, Span

REPORT = "this is a fault of the compiler, please report it with the file"


def diagnostic(finding: Finding, place: Span | None) -> Diagnostic:
    """The diagnostic of a finding; `place` is the formula to blame, where it is known."""
    layer = finding.case.layer
    span = place or layer.span
    message = MESSAGES[finding.kind].format(layer=layer.name, blob=finding.blob, said=finding.said)
    label = {"slope": "its derivative is wrong", "by hand": "this is not the derivative", "infinite": INFINITE}.get(
        finding.kind, ""
    )
    notes = tuple(note for note in (_values(finding), finding.hint, _circumstances(finding.case)) if note)
    if finding.kind == "by hand":
        advice = f"without `gradient {finding.blob} = ...` it is derived; keep it where something else is meant"
        return Diagnostic("LD603", message, span, label, notes, advice, "warning")
    if finding.kind == "infinite":
        advice = "keep it from there by a small number that is added, or by `where`, if a net can come to such values"
        return Diagnostic("LD603", message, span, label, notes, advice, "warning")
    return Diagnostic("LD603", message, span, label, notes, REPORT)


INFINITE: Final = "its slope is infinite here"
MESSAGES: Final = {
    "slope": "the gradient of `{blob}` in `{layer}` is not the slope of the formula",
    "by hand": "the gradient of `{blob}` in `{layer}` is given by hand and differs from the derivative",
    "infinite": "the gradient of `{blob}` in `{layer}` is no number where the slope of a formula is infinite",
    "forward": "the emitted forward of `{layer}` gives another `{blob}` than its formulas",
    "backward": "the emitted backward of `{layer}` gives another gradient of `{blob}` than the derived one",
    "second": "the second derivative of `{layer}` with `{blob}` is not the slope of its gradients",
    "manners": "`{layer}`: {said}",
}

WORDS: Final = {
    "slope": ("the backward gives", "the slope is"),
    "by hand": ("by hand it is", "the slope is"),
    "infinite": ("the backward gives", "measured is"),
    "second": ("derived", "the slope is"),
    "forward": ("emitted", "by the formula"),
    "backward": ("emitted", "derived"),
}


def _values(finding: Finding) -> str:
    where = entry_text(finding.blob, finding.place)
    if finding.kind == "manners":
        return f"seen at `{where}`" if finding.place else ""
    mine, right = WORDS[finding.kind]
    return f"at `{where}` {mine} {number_text(finding.got)}, {right} {number_text(finding.wanted)}"


def entry_text(blob: str, place: tuple[int, ...]) -> str:
    """`pred[0, 2]`."""
    return f"{blob}[{', '.join(map(str, place))}]" if place else blob


def number_text(value: float) -> str:
    """Six digits, as examples are compared."""
    return f"{value + 0.0:.6g}"  # `0` of a negative 0 as well


def _circumstances(case: Case) -> str:
    shapes = ", ".join(f"`{blob.name}` {text_of_shape(case.shape(blob))}" for blob in case.layer.bottoms)
    given = "".join(f", `{name}` {_value_text(value)}" for name, value in case.given.items())
    return f"in {case.phase.upper()} with {shapes}{given}"


def _value_text(value: object) -> str:
    words = [word for word, meant in (("true", True), ("false", False), ("none", None)) if value is meant]
    return words[0] if words else str(value)
