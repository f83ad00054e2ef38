"""Sizes that repeat in the methods of a layer are worked out once, where every net can work them out."""

import re

import pytest
from layers import compilation

from layerdsl.pipeline import python_module

PYRAMID = """layer A(x: [N, C, H, W]) -> y: [N, C, P, Q]:
    kh = (H + 3) // 4 + 1
    kw = (W + 5) // 6 + 1
    y = max(window(x, P = H by KH=kh, Q = W by KW=kw, stride=[kh, kw]), over=[KH, KW])
"""


def module(text):
    return python_module(compilation(text).layers)


def method(text, name):
    return re.search(rf"    def {name}\(.*?(?=\n    def |\n\n\n|\Z)", text, re.DOTALL).group()


@pytest.mark.parametrize("name", ["reshape", "forward", "backward"])
def test_no_long_size_stands_there_often(name):
    written = re.findall(r"\([^()]*\([^()]* // [^()]*\)[^()]*\)", method(module(PYRAMID), name))
    assert all(written.count(one) < 4 for one in written)


def test_they_have_names():
    assert re.search(r"\n +(kh|size) = .*//", method(module(PYRAMID), "reshape"))


def test_what_only_some_nets_have_is_not_worked_out_for_all():
    text = """layer A(x: [N, H]) -> y: [N]:
    hyper k: int? = none
    if k != none:
        y = sum(max(window(x, P = H by K=(k + 3) // 4 + k), over=K), over=P)
    else:
        y = sum(x, over=H)
"""
    found = module(text)
    lines = [line for line in method(found, "reshape").splitlines() if re.match(r"        \w+ = .*self\.k\b", line)]
    assert lines == []
