"""What is to be seen in several wrong entries of a gradient: all of the wrong sign, or off by one factor."""
# mypy: ignore-errors

from __future__ import division

import numpy as np

SHOWN = 8


def spread(shape):
    """The places of some entries, from the first to the last: neighbours may share what makes them wrong."""
    count = int(np.prod(shape))
    flat = np.unique(np.linspace(0, count - 1, min(count, SHOWN)).astype(int))
    return [tuple(int(i) for i in np.unravel_index(int(one), shape)) for one in flat]


def ratio_text(got, wanted, tolerance=1e-5):
    """`every entry has the wrong sign`, `every entry is 2 times its slope`, or nothing."""
    used = np.abs(wanted) > 1e-9
    if used.sum() < 2:
        return ""
    ratios = got[used] / wanted[used]
    factor = float(ratios[0])
    if abs(factor - 1) < tolerance or not np.allclose(ratios, factor, rtol=tolerance, atol=1e-9):
        return ""
    if abs(factor + 1) < tolerance:
        return "every entry has the wrong sign"
    return "every entry is %.6g times its slope" % factor if factor else "every entry is 0"
