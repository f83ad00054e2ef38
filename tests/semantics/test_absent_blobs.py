"""Axes that only a bottom has which may be left out."""

import numpy as np
import pytest
from layers import emitted

from layerdsl.caffe.standin import SingleLayer

OUTER = "layer A(b: [C], o: [N]?) -> y: [C, N]:\n    y = o * b if o != none else b\n"
GROUP = "layer A(b: [C], o: [N, *S]?) -> y: [C, *S]:\n    y = sum(o, over=N) * b if o != none else b\n"
GREATER = "layer A(b: [C], o: [N]?) -> y: [C, K=N + 1]:\n    y = sum(o) * b if o != none else b\n"
CHOSEN = "layer A(b: [C], o: [N]?) -> y: [C, K=N if o != none else 2]:\n    y = sum(o) * b if o != none else b\n"


@pytest.mark.parametrize(("text", "axis"), [(OUTER, "N"), (GROUP, "S"), (GREATER, "N")])
def test_a_top_that_needs_them_says_so(text, axis):
    made = emitted(text)
    b, o = np.ones(3), np.ones((2, 2)) if axis == "S" else np.ones(2)
    SingleLayer(made, [b, o])
    with pytest.raises(ValueError, match=rf"A .*: top `y` has axis {axis}, which only `o` has: it can't be left out"):
        SingleLayer(made, [b])


def test_a_size_may_ask_whether_they_are_there():
    made = emitted(CHOSEN)
    assert [SingleLayer(made, given).top[0].data.shape for given in ([np.ones(3), np.ones(4)], [np.ones(3)])] == [
        (3, 4),
        (3, 2),
    ]
