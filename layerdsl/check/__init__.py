"""Does a layer do what it says? Gradients are measured, and the examples of a file are run."""

from layerdsl.check.by_path import check_layers
from layerdsl.check.classes import ClassCheck, ClassResult, check_class
from layerdsl.check.file import CheckResult, check_file
from layerdsl.check.old_tests import test_gradient_for_python_layer

__all__ = [
    "CheckResult",
    "ClassCheck",
    "ClassResult",
    "check_class",
    "check_file",
    "check_layers",
    "test_gradient_for_python_layer",
]
