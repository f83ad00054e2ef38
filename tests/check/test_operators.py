"""Every function and operator through the whole compiler: its forward, its derivative, its NumPy."""

import pytest
from formulas import sources


@pytest.mark.parametrize("text", sources().values(), ids=sources().keys())
def test_the_emitted_layer_is_right(check, text):
    result = check(text)
    assert result.diagnostics == ()
    assert all(row.verdict == "ok" or row.verdict.endswith("on kinks") for row in result.rows)
    assert all(row.error is None or row.error < 1e-6 for row in result.rows)
