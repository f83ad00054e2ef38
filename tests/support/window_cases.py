"""Windows along one, two and three axes, as emitted code is told them."""

from __future__ import annotations


def along(size, offsets, stride=1, pad=0, dilation=1, places=None):
    reach = (offsets - 1) * dilation + 1
    return size, (size + 2 * pad - reach) // stride + 1 if places is None else places, offsets, stride, pad, dilation


ONE = [
    (along(7, 3),),
    (along(7, 3, stride=2, pad=1),),
    (along(8, 2, stride=3),),
    (along(5, 1),),
    (along(6, 1, stride=2),),
    (along(1, 1),),
    (along(1, 3, pad=1),),
    (along(9, 3, dilation=2, pad=2),),
    (along(9, 2, stride=2, dilation=3, pad=1),),
    (along(4, 3, stride=2, places=2),),  # rounded up: the last one reaches beyond the axis
    (along(3, 2, pad=2),),  # windows of which nothing is there
    (along(6, 6),),
]
TWO = [
    (along(6, 3, stride=2, pad=1), along(5, 2)),
    (along(4, 4), along(5, 5)),
    (along(3, 2, stride=3), along(7, 3, dilation=2)),
    (along(5, 3, pad=1), along(4, 3, pad=1)),
]
THREE = [(along(4, 2), along(3, 3, pad=1), along(5, 2, stride=2))]
ALL = ONE + TWO + THREE


def named(windows):
    return [" ".join("-".join(map(str, one)) for one in window) for window in windows]
