"""What a user says of the bottoms of a class: `4x3x8x8`, `4x1x8x8:labels=3`, `4x2:0..1`, `pred.npy`."""

from __future__ import annotations

import math
import re
from typing import Any, Final

Spec = dict[str, Any]  # see probe/points.py

_SIZES: Final = re.compile(r"\d+(x\d+)*\Z")
_RANGE: Final = re.compile(r"([^.].*?)\.\.(.+)\Z")
_MOST = 2**24  # entries: a check of more would not end

EXPECTED: Final = "`4x3x8x8`, `4x1x8x8:labels=3`, `4x2:0..1`, `scalar` or `values.npy`"


def spec(text: str) -> Spec:
    """What is meant by a text. ValueError, with words for the user, where it is nothing of the kind.

    >>> spec("4x1:labels=3")
    {'shape': [4, 1], 'kind': 'labels', 'labels': 3}
    """
    if text.endswith(".npy"):
        return _from_file(text)
    sizes, _, kind = text.partition(":")
    if sizes != "scalar" and not _SIZES.match(sizes):
        raise ValueError(f"`{text}` is no bottom: {EXPECTED} is expected")
    shape = [] if sizes == "scalar" else [int(size) for size in sizes.split("x")]
    return {"shape": _usable(shape, text), **_kind(text, kind)}


def of_shape(sizes: tuple[int, ...]) -> Spec:
    """A bottom of numbers in this shape; ValueError as above.

    >>> of_shape((4, 3))
    {'shape': [4, 3], 'kind': 'normal'}
    """
    return {"shape": _usable([int(size) for size in sizes], str(sizes)), "kind": "normal"}


def _usable(shape: list[int], text: str) -> list[int]:
    if any(size < 1 for size in shape):
        raise ValueError(f"`{text}` has no entries: there is nothing to try a layer with")
    if math.prod(shape) > _MOST:
        raise ValueError(f"`{text}` has more than {_MOST} entries: smaller shapes show as much")
    return shape


def _kind(text: str, kind: str) -> Spec:
    word, _, counts = kind.partition("=")
    span = _RANGE.match(kind)
    if not kind:
        return {"kind": "normal"}
    if word == "labels" and (labels := _labels(counts)) is not None:
        return {"kind": "labels", **labels}
    if span is not None and (ends := _numbers(*span.groups())) is not None:
        return {"kind": "range", "low": ends[0], "high": ends[1]}
    expected = "neither `labels=K`, with others behind it as in `labels=3,255`, nor a range such as `0..1`"
    raise ValueError(f"`{text}` is no bottom: `{kind}` is {expected}")


def _labels(text: str) -> dict[str, Any] | None:
    """How many labels there are, and whole numbers that are others, as one that a loss ignores."""
    count, *more = text.split(",")
    if not count.isdigit() or not int(count) or not all(re.fullmatch(r"-?\d{1,9}", one) for one in more):
        return None
    return {"labels": int(count), **({"others": [int(one) for one in more]} if more else {})}


def _numbers(low: str, high: str) -> tuple[float, float] | None:
    try:
        ends = float(low), float(high)
    except ValueError:
        return None
    return ends if ends[0] < ends[1] and all(math.isfinite(end) for end in ends) else None


def _from_file(path: str) -> Spec:
    import numpy as np

    try:
        values = np.load(path, allow_pickle=False)
        return given(values)
    except (OSError, ValueError, TypeError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise ValueError(f"`{path}` can't be read as an array: {reason[:1].lower()}{reason[1:]}") from None


def given(values: Any) -> Spec:
    """A bottom with values of the user's own."""
    import numpy as np

    array = np.asarray(values, np.float64)
    if not array.size:
        raise ValueError("an array without entries is nothing to try a layer with")
    return {"shape": list(array.shape), "kind": "given", "values": array}
