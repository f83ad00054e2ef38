"""What is refused of matrices and of suppression, and where."""

import pytest

from layerdsl.pipeline import compile_source
from layerdsl.source import Source

HEAD = (
    "layer L(x: [N, C], q: [B, C, D=C], r: [B, E=3, F=4], b: const [N, 4], s: [N], g: [N, C, *S]) -> y: [N]:\n"
    "    y = s + sum(x) + sum(q) + sum(r) + sum(b) + sum(g)\n"
)

SAID = {
    "det(q, C)": ("LD104", "det(q, C)", "lacks its argument `columns`"),
    "det(q, C, C)": ("LD207", "C", "two axes"),
    "det(q, C, N)": ("LD203", "N", "not among the axes"),
    "det(q, C, 3)": ("LD203", "3", "takes the names of axes"),
    "det(q, C, Z)": ("LD201", "Z", "no axis `Z`"),
    "det(g, C, S)": ("LD206", "S", "group of axes"),
    "det(r, E, F)": ("LD202", "det(r, E, F)", "square matrices"),
    "det(q > 0, C, D)": ("LD301", "q > 0", "a number is needed"),
    "solve(q, s, C, D)": ("LD203", "s", "lacks the axis `C`"),
    "solve(q, q, C, D)": ("LD207", "q", "has axis `D` already"),
    "solve(q, x, C, D, E)": ("LD104", "E", "takes 4 values in a row"),
    "inverse(a=q, rows=C, cols=D)": ("LD104", "cols", "has no argument `cols`"),
    "nms(x, s)": ("LD203", "x", "one axis of four"),
    "nms(b, x)": ("LD104", "nms(b, x)", "works along one axis"),
    "nms(b, x, over=C)": ("LD203", "b", "the boxes lack axis `C`"),
    "nms(b, s, threshold=s)": ("LD304", "s", "depends on data"),
    "nms(b, s, keep=s)": ("LD304", "s", "depends on data"),
    "nms(b, s, among=s)": ("LD302", "s", "a condition is needed"),
    "nms(b, s, 0.5)": ("LD104", "0.5", "takes 2 values in a row"),
    "nms(b, s, iou=0.5)": ("LD104", "iou", "has no argument `iou`"),
}


@pytest.mark.parametrize("formula", SAID)
def test_refusal(formula):
    code, place, words = SAID[formula]
    found = compile_source(Source("l.layer", f"{HEAD}    z = {formula}\n")).diagnostics
    first = next(each for each in found if each.level == "error")
    assert (first.code, first.span.text) == (code, place)
    assert words in first.message


@pytest.mark.parametrize("name", ["inv", "eigh", "slogdet", "eye", "lstsq", "bmm", "non_max_suppression", "load"])
def test_names_from_elsewhere_lead_here(name):
    (found,) = compile_source(Source("l.layer", f"{HEAD}    z = {name}(x)\n")).diagnostics
    assert found.code == "LD109"
