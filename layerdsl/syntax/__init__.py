"""From text to tree and back."""

from layerdsl.syntax.parser import parse
from layerdsl.syntax.printer import show
from layerdsl.syntax.reading import read_source

__all__ = ["parse", "read_source", "show"]
