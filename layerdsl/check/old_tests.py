"""`test_gradient_for_python_layer`, as it circulates for Python layers, so that tests which call it run on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from layerdsl.check.classes import ClassCheck, checked


def test_gradient_for_python_layer(
    input_names_and_values: Sequence[tuple[str, Any]],
    output_names: Sequence[str],
    py_module: str,
    py_layer: str,
    param_str: str | None = None,  # noqa: PT028 -- it is no test
    propagate_down: Sequence[bool] | None = None,  # noqa: PT028
) -> bool:
    """True where all is well; AssertionError, with the table and what is wrong, where a gradient is not the slope.

    input_names_and_values: name and array of each bottom; the slopes are measured at these values.
    output_names: of the tops. py_module, py_layer: as in `python_param`; the module is looked for where Python's
    `sys.path` says. param_str: as in `python_param`. propagate_down: for each bottom whether it gets a gradient, by
    default all do.
    """
    names = [name for name, _ in input_names_and_values]
    asked = [True] * len(names) if propagate_down is None else list(propagate_down)
    check = ClassCheck(
        f"{py_module}:{py_layer}",
        [values for _, values in input_names_and_values],
        param_str or "",
        asked,
        len(output_names),
        properties=("gradient", "top diffs"),
        names={"bottom": names, "top": list(output_names)},
        path=[path or "." for path in sys.path],
    )
    result = checked(check)
    if not result.ok:
        said = "\n".join("\n    ".join([each.message, *each.notes]) for each in result.diagnostics)
        raise AssertionError(f"{said}\n{result.table()}")
    return True


# A test that imports it by this name is not to have it collected as one.
test_gradient_for_python_layer.__test__ = False  # type: ignore[attr-defined]
