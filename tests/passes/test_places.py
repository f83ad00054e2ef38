"""Places of picked entries: shared by forward and backward, but not where a mask has made them no places."""

import numpy as np
import pytest
from running import run, slopes

HEAD = "layer A(x: [N, C], z: [], label: index(C) [N]) -> y: [N]:\n    param w: [C] = constant(0.5)\n"
X = np.random.RandomState(6).uniform(-1, 1, (3, 4))

BODIES = [
    "y = where(z > 0, w, x)[C=label]",
    "y = where(z > 0, x, w)[C=label]",
    "y = where(label < 2, x[C=label], 0) + where(label >= 2, w[C=label], 0)",
    "y = where(label < 2, x[C=label], x[C=label]**2) * w[C=label]",
    "y = where(label != 1, -log_softmax(x, over=C)[C=label], 0) + w[C=label]",
    "y = where(label != 1 and z > 0, (x * w)[C=label], 0) - where(label == 1, softmax(x, over=C)[C=label], 0)",
    "p = softmax(x, over=C)[C=label]\n    y = where(label != 1, -(1 - p)**2 * log(p), w[C=label])",
    "y = where(z > 0, where(label > 0, x[C=label], 0), w[C=label])",
    "y = sum(where(index(C) == label, x, w), over=C) + where(label > 1, x[C=label], 0)",
]


@pytest.mark.parametrize("z", [1.0, -1.0])
@pytest.mark.parametrize("body", BODIES)
def test_every_mask_has_its_own(body, z):
    ran = run(f"{HEAD}    {body}\n", {"y": [1, 2, 4]}, x=X, z=z, label=[1, 3, 0], w=[0.5, 1, 2, 3])
    for name in ("x", "w"):
        derived = ran.diff(name)
        np.testing.assert_allclose(derived, slopes(ran, name, {"y": np.array([1, 2, 4])}), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(
    "loss",
    [
        "sum(where(valid, -log_softmax(x, over=C)[C=label], 0))",
        "sum(where(valid, (1 - p[C=label])**2 * -log(p[C=label]), 0))",
        "sum(where(valid, max(0, 1 - x[C=label])**2, 0)) / max(count(valid), 1)",
        "sum(where(valid, x[C=label], 0)) + sum(where(not valid, 1, x[C=label]**2))",
    ],
)
def test_labels_that_are_ignored_are_no_places_in_the_backward_either(loss):
    head = "layer A(x: [N, C], label: index(C) [N]) -> loss: []:\n    valid = label != 255\n"
    text = f"{head}    loss = {loss.replace('p[', 'softmax(x, over=C)[')}\n"
    ran = run(text, x=X, label=[1, 255, 3])
    derived = ran.diff("x")
    np.testing.assert_allclose(derived, slopes(ran, "x"), rtol=1e-7, atol=1e-8)
    assert (derived[1] == 0).all()
