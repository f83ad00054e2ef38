"""The standard form of a `.layer` file: nothing but blanks, line ends and indentation changes."""

from layerdsl.formatting.form import formatted

__all__ = ["formatted"]
