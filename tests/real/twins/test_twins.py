"""Every twin equals Caffe's C++ layer, in every case of `cases/`."""

import pytest
from twins import runner
from twins.case import BOUND

CASES = [(path, case) for path in runner.files() for case in runner.cases_of(path)]


@pytest.mark.parametrize(("path", "case"), [pytest.param(*pair, id=pair[1].title) for pair in CASES])
def test_equal_to_caffes_own_layer(found, path, case):
    result = found(path, case.title)
    assert not result.error, result.error
    assert result.rows
    apart = [row for row in result.rows if not row[-1] <= case.bound]
    assert not apart, "\n".join("%s, pass %d, %s: %g" % tuple(row) for row in apart)


@pytest.mark.parametrize(("path", "case"), [pytest.param(*pair, id=pair[1].title) for pair in CASES])
def test_a_wider_bound_is_used(found, path, case):
    """A bound that is not needed is not kept."""
    if case.bound > BOUND:
        assert found(path, case.title).worst > BOUND


def test_titles_differ():
    titles = [case.title for _, case in CASES]
    assert len(set(titles)) == len(titles)
