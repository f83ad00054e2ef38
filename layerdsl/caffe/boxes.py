"""Boxes that overlap with a better one are left out.

Written for Python 2.7 and NumPy 1.11 as well: the source of these functions goes into the emitted file when a layer
needs them. A box has left, top, right and bottom along its last axis.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def _nms(box: Any, score: Any, among: Any, threshold: Any, plus: Any, keep: Any, out: Any) -> None:
    """out[..., n] = whether box n is kept: one of `among`, and no better one that is kept covers too much of it."""
    shape = out.shape
    box = np.broadcast_to(box, shape + (4,))
    score, among = np.broadcast_to(score, shape), np.broadcast_to(among, shape)
    for place in np.ndindex(*shape[:-1]):
        kept = _kept(box[place], score[place], among[place], threshold, plus, keep)
        row = out[place]
        row[...] = False
        row[kept] = True


def _kept(box: Any, score: Any, among: Any, threshold: Any, plus: Any, keep: Any) -> Any:
    """The numbers of the boxes that are kept, the best first; of equal scores the first counts as better."""
    places = np.flatnonzero(np.logical_and(among, score == score))
    places = places[np.argsort(-score[places], kind="mergesort")]
    left, top, right, bottom = np.array(box[places].T, np.float64)
    area = (right - left + plus) * (bottom - top + plus)
    rest, kept = np.arange(len(places)), list(places[:0])
    while len(rest) and len(kept) < keep:
        best, rest = rest[0], rest[1:]
        kept.append(places[best])
        across = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest]) + plus
        down = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest]) + plus
        both = np.maximum(across, 0) * np.maximum(down, 0)
        union = area[best] + area[rest] - both
        rest = rest[np.logical_not(np.logical_and(union > 0, both / union > threshold))]
    return np.array(kept, np.intp)
