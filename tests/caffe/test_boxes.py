"""Which boxes are kept: against a loop over all pairs, and at ties, without boxes, with scores that are no numbers."""

import numpy as np
import pytest

from layerdsl.caffe.boxes import _nms


def kept(box, score, among=True, threshold=0.5, plus=0, keep=float("inf")):
    box, score = np.asarray(box, np.float32), np.asarray(score, np.float32)
    out = np.ones(score.shape, bool)
    with np.errstate(all="ignore"):
        _nms(box, score, among, threshold, plus, keep, out)
    return out


def overlap(a, b, plus):
    across = max(min(a[2], b[2]) - max(a[0], b[0]) + plus, 0)
    down = max(min(a[3], b[3]) - max(a[1], b[1]) + plus, 0)
    areas = sum((box[2] - box[0] + plus) * (box[3] - box[1] + plus) for box in (a, b))
    return across * down / (areas - across * down)


def by_pairs(box, score, threshold, plus, keep):
    found = []
    for n in sorted(range(len(score)), key=lambda n: -score[n]):
        if len(found) < keep and all(overlap(box[n], box[m], plus) <= threshold for m in found):
            found.append(n)
    return [n in found for n in range(len(score))]


def boxes(random, *shape):
    corner = random.randint(0, 20, (*shape, 2))
    return np.concatenate([corner, corner + random.randint(1, 12, (*shape, 2))], axis=-1)


@pytest.mark.parametrize("plus", [0, 1])
@pytest.mark.parametrize("threshold", [0, 0.3, 0.7, 1])
@pytest.mark.parametrize("keep", [0, 1, 5, float("inf")])
def test_against_all_pairs(plus, threshold, keep):
    random = np.random.RandomState(0)
    box, score = boxes(random, 40), random.randint(0, 30, 40)
    assert kept(box, score, threshold=threshold, plus=plus, keep=keep).tolist() == by_pairs(
        box, score, threshold, plus, keep
    )


def test_of_equal_boxes_the_first_of_the_best_is_kept():
    assert kept([[0, 0, 2, 2]] * 3, [1, 2, 2]).tolist() == [False, True, False]


def test_an_overlap_as_large_as_the_threshold_is_none():
    assert kept([[0, 0, 2, 1], [0, 0, 1, 1]], [2, 1], threshold=0.5).tolist() == [True, True]
    assert kept([[0, 0, 2, 1], [0, 0, 1, 1]], [2, 1], threshold=0.49).tolist() == [True, False]


def test_boxes_without_area_cover_nothing():
    assert kept([[1, 1, 1, 1]] * 2, [1, 1], threshold=0).tolist() == [True, True]


def test_only_some_are_asked_and_cover_others():
    box = [[0, 0, 2, 2]] * 3
    assert kept(box, [3, 2, 1], among=np.array([False, True, True])).tolist() == [False, True, False]


def test_what_is_no_number():
    box = [[0, 0, 2, 2], [0, 0, 2, 2], [np.nan, 0, 1, 1]]
    assert kept(box, [np.nan, 1, 0]).tolist() == [False, True, True]
    assert kept(box[:2], [-np.inf, np.inf]).tolist() == [False, True]


def test_leading_axes_that_the_boxes_or_the_scores_lack():
    random = np.random.RandomState(1)
    box, score = boxes(random, 6), random.rand(2, 3, 6)
    expected = [[by_pairs(box, one, 0.5, 0, 9) for one in each] for each in score.astype(np.float32)]
    assert kept(box, score).tolist() == expected
    assert kept(box[None, None], score).tolist() == expected


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_no_boxes(shape):
    assert kept(np.zeros((*shape, 4)), np.zeros(shape)).shape == shape


def test_the_result_may_be_a_view():
    box, score = [[0, 0, 2, 2], [0, 0, 2, 2]], np.array([[1, 2], [2, 1], [1, 1]], np.float32)
    out = np.empty((2, 3), bool).T
    _nms(np.asarray(box), score, True, 0.5, 0, 9, out)
    assert out.tolist() == [[False, True], [True, False], [True, False]]
