"""From the outcomes of a layer to the rows of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from layerdsl.check.case import AnyBlob, text_of_shape
from layerdsl.check.concrete import base
from layerdsl.check.finding import Tally
from layerdsl.check.outcome import Outcome
from layerdsl.check.table import COMPLEX_STEP, DIFFERENCES, Row
from layerdsl.graph import LayerGraph


def rows(layer: LayerGraph, names: Sequence[str], outcomes: Sequence[Outcome]) -> tuple[Row, ...]:
    """A row for every gradient; one in all where there is none."""
    wrong = _wrong(names, outcomes)
    if not names:
        verdict = "WRONG" if wrong else "ok"
        return (Row(layer.name, "nothing", _phases(outcomes), _shapes(layer, outcomes, ""), 0, None, verdict),)
    return tuple(_row(layer, name, outcomes, wrong) for name in names)


def second_rows(layer: LayerGraph, outcomes: Sequence[Outcome]) -> tuple[Row, ...]:
    """A row for everything by which some gradient can be derived once more."""
    names = list(dict.fromkeys(name for outcome in outcomes for name in outcome.tallies))
    found = (_row(layer, name, outcomes, _wrong(names, outcomes)) for name in names)
    return tuple(replace(row, what=f"{row.what}, second order") for row in found)


def _wrong(names: Sequence[str], outcomes: Sequence[Outcome]) -> frozenset[str]:
    """The gradients that are wrong; all of them where a top or a state is."""
    blobs = {
        base(each.blob) for outcome in outcomes for each in outcome.findings if each.kind not in ("by hand", "infinite")
    }
    return frozenset(blobs if blobs <= set(names) else {*blobs, *names})


def _row(layer: LayerGraph, name: str, outcomes: Sequence[Outcome], wrong: frozenset[str]) -> Row:
    measured = [outcome for outcome in outcomes if name in outcome.tallies]
    tally = sum((outcome.tallies[name] for outcome in measured), Tally())
    infinite = any(each.kind == "infinite" and each.blob == name for outcome in outcomes for each in outcome.findings)
    verdict = "WRONG" if name in wrong else "infinite in places" if infinite else _verdict(tally)
    error = tally.worst if tally.measured and isfinite(tally.worst) else None
    shapes = _shapes(layer, measured, name)
    return Row(layer.name, name, _phases(measured), shapes, tally.measured, error, verdict, _how(tally))


def _how(tally: Tally) -> str:
    """By what the entries were measured."""
    ways = {COMPLEX_STEP: tally.exact, DIFFERENCES: tally.measured - tally.exact}
    return ", ".join(way for way, entries in ways.items() if entries)


def _verdict(tally: Tally) -> str:
    if tally.finding is not None:
        return "given by hand"
    if not tally.measured:
        return "not measurable"
    return f"ok, {tally.kinks} on kinks" if tally.kinks else "ok"


def _phases(outcomes: Sequence[Outcome]) -> str:
    return ", ".join(dict.fromkeys(outcome.case.phase for outcome in outcomes))


def _shapes(layer: LayerGraph, outcomes: Sequence[Outcome], name: str) -> tuple[str, ...]:
    blobs: tuple[AnyBlob, ...] = (*layer.bottoms, *layer.blobs)
    shown = [blob for blob in blobs if blob.name == name] or blobs[:1]
    shapes = [text_of_shape(o.case.shape(one)) for o in outcomes for blob in shown for one in o.case.each(blob)]
    return tuple(dict.fromkeys(shapes))
