"""What the loop of a scan has, and what moved out of it."""

import re
import tracemalloc

import numpy as np
import pytest
from layers import compilation
from running import start

from layerdsl.pipeline import python_module

LSTM = """layer A(x: [T, N, D], cont: const [T, N]) -> h: [T, N, K]:
    param wx: [G=4 * 8, D] = xavier()
    param wh: [G, J=8] = xavier()
    param b: [G] = constant(0)
    sums = split(dot(x, wx, over=D) + b, G=[Q, K], Q=4)
    turned = split(wh, G=[Q, K], Q=4)
    scan T:
        carry h: [N, K=8] = 0
        carry c: [N, K] = 0
        gates = sums + dot(cont * rename(h, K=J), turned, over=J)
        open = sigmoid(gates[Q=:3])
        cell = open[Q=1] * cont * c + open[Q=0] * tanh(gates[Q=3])
        next c = cell
        next h = open[Q=2] * tanh(cell)
"""

LAYERS = {
    "a fading sum": "layer A(x: [T, N]) -> y: [T, N]:\n    scan T:\n        carry h: [N] = 0\n"
    "        next h = 0.5 * h + x\n    y = h\n",
    "an elman net": "layer A(x: [T, N, D]) -> y: [T, N, K]:\n    param w: [K=6, D] = xavier()\n"
    "    param u: [K, J=6] = xavier()\n    param b: [K] = 0\n    scan T:\n        carry h: [N, K] = 0\n"
    "        next h = tanh(dot(x, w, over=D) + dot(rename(h, K=J), u, over=J) + b)\n    y = h\n",
    "an lstm": LSTM,
}


def loops(text):
    """The calls of NumPy in every loop over steps, forward first."""
    module = python_module(compilation(text).layers)
    found = re.findall(r"\n( +)for t in range\(.*\):\n((?:\1    .*\n)+)", module)
    return [re.findall(r"np\.\w+|_tanh|_rows_times_rows", body) for _, body in found]


def test_the_loops_have_what_depends_on_the_step_before_alone():
    assert loops(LAYERS["a fading sum"]) == [["np.multiply", "np.add"], ["np.add", "np.multiply"]]
    forward, backward = loops(LAYERS["an elman net"])
    assert [one for one in forward if one != "np.copyto"] == ["_rows_times_rows", "np.add", "_tanh"]
    assert backward == ["np.add", "np.multiply", "np.dot"]


def test_the_backward_of_an_lstm_is_nine_calls_a_step():
    forward, backward = loops(LSTM)
    assert sorted(backward) == sorted(["np.add"] * 2 + ["np.multiply"] * 7 + ["np.dot"])
    assert [forward.count(one) for one in ("_rows_times_rows", "np.dot")] == [1, 0]


@pytest.mark.parametrize("name", LAYERS)
def test_nothing_is_allocated_in_the_loop(name):
    shape = {"x": (200, 16, 24)} if name != "a fading sum" else {"x": (200, 512)}
    arrays = {blob: np.ones(size, np.float32) for blob, size in shape.items()}
    if "cont" in LAYERS[name]:
        arrays["cont"] = np.ones((200, 16), np.float32)
    ran = start(LAYERS[name], dtype=np.float32, **arrays)
    ran.forward().backward()
    tracemalloc.start()
    try:
        ran.net.layer.forward(ran.net.bottom, ran.net.top)
        ran.net.layer.backward(ran.net.top, [True] * len(ran.net.bottom), ran.net.bottom)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000
