"""Does a layer do what it says? Gradients are measured, and the examples of a file are run."""

from layerdsl.check.file import CheckResult, check_file

__all__ = ["CheckResult", "check_file"]
