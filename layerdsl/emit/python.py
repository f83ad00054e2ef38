"""The Python module with the classes of several layers: one file, that needs NumPy and Caffe and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from layerdsl.emit.layer import ClassText, class_text
from layerdsl.emit.runtime import imports, needed, text
from layerdsl.plan.layer import Plans, any_plan

# The function that every class calls in `setup()`, for who looks for a NaN.
WATCH: Final = "_stop_at_nan"

# What is called with all classes, for who runs the `caffe` program.
PRINT: Final = "_print_unheard_errors"


def module_text(plans: Sequence[tuple[Plans, str]]) -> str:
    """The text of the module; each plan comes with the name of its `.layer` file."""
    classes = [class_text(plan, file) for plan, file in plans]
    files = ", ".join(dict.fromkeys(file for _, file in plans))
    written = "\n\n".join(one.text for one in classes)
    whole = "\n".join([_head(files, classes), _support(classes), written, _tail(plans)])
    return whole if whole.isascii() else "# -*- coding: utf-8 -*-\n" + whole  # which Python 2 wants to be told


def _tail(plans: Sequence[tuple[Plans, str]]) -> str:
    """What no reader of the formulas looks for stands behind the classes."""
    names = ", ".join(any_plan(plan).program.layer.name for plan, _ in plans)
    return f"\n{text(needed([WATCH, PRINT]))}\n\n\n{PRINT}({names})\n"


def _head(files: str, classes: Sequence[ClassText]) -> str:
    chosen = needed([*_names(classes), WATCH, PRINT])
    lines = sorted(set(imports(chosen)) - {"import numpy as np"})
    standard = "".join(f"{line}\n" for line in lines)
    return (
        f'"""Layers for Caffe, made by layerdsl from {files}: plain NumPy that runs without it."""\n\n'
        f"from __future__ import division\n\n{standard}{chr(10) if standard else ''}"
        "import caffe\nimport numpy as np\n"
    )


def _names(classes: Sequence[ClassText]) -> list[str]:
    return sorted({name for one in classes for name in one.support})


def _support(classes: Sequence[ClassText]) -> str:
    return "\n" + text(needed(_names(classes))) + "\n\n"
