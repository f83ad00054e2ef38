"""The proposals of `detection.layer` beside the same in plain NumPy, box by box."""

import json
import pathlib

import numpy as np
import pytest

from layerdsl.caffe import standin
from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

HERE = pathlib.Path(__file__).resolve().parent
ANCHORS = np.array(json.loads((HERE / "anchors.json").read_text()), float)


@pytest.fixture(scope="module")
def proposals():
    path = HERE / "detection.layer"
    text = python_module(compile_source(Source(str(path), path.read_text())).layers)
    return standin.load(text, "detection").Proposals


def by_hand(score, delta, info, before, keep):
    """One picture: the boxes of all anchors at all places, in the order of rows, columns and anchors."""
    count, height, width = len(ANCHORS), *score.shape[1:]
    boxes, scores = [], []
    for y, x, a in np.ndindex(height, width, count):
        anchor = ANCHORS[a] + [16 * x, 16 * y, 16 * x, 16 * y]
        size = anchor[2:] - anchor[:2] + 1
        dx, dy, dw, dh = delta[4 * a : 4 * a + 4, y, x]
        centre = anchor[:2] + size / 2 + [dx, dy] * size
        half = np.exp([dw, dh]) * size / 2
        box = np.concatenate([centre - half, centre + half])  # as py-faster-rcnn has it, less no pixel
        boxes.append(np.clip(box, 0, np.tile([info[1] - 1, info[0] - 1], 2)))
        scores.append(score[count + a, y, x])
    order = [i for i in np.argsort(-np.array(scores), kind="stable") if large(boxes[i], 16 * info[2])][:before]
    kept = []
    for i in order:
        if len(kept) < keep and all(overlap(boxes[i], boxes[j]) <= 0.7 for j in kept):
            kept.append(i)
    found = np.zeros((keep, 4))
    found[: len(kept)] = [boxes[i] for i in kept]
    return found


def large(box, least):
    return min(box[2] - box[0] + 1, box[3] - box[1] + 1) >= least


def overlap(a, b):
    across = max(min(a[2], b[2]) - max(a[0], b[0]) + 1, 0)
    down = max(min(a[3], b[3]) - max(a[1], b[1]) + 1, 0)
    areas = [(box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b)]
    return across * down / (sum(areas) - across * down)


@pytest.mark.parametrize(("before", "keep"), [(6000, 20), (30, 20), (6000, 150)])
def test_proposals(proposals, before, keep):
    random = np.random.RandomState(keep)
    score, delta = random.rand(2, 18, 4, 5), 0.3 * random.randn(2, 36, 4, 5)
    info = np.array([[64, 80, 1], [60, 70, 1.5]])
    given = json.dumps({"before": before, "K": keep})
    run = standin.SingleLayer(proposals, [score, delta, info], param_str=given, dtype=np.float64)
    run.forward()
    for n in range(2):
        found = run.top[0].data[n]
        expected = by_hand(score[n], delta[n], info[n], before, keep)
        np.testing.assert_allclose(found[:, 1:], expected, atol=1e-9)
        assert (found[:, 0] == n * expected.any(axis=1)).all()
