"""From text to tree; `layerdsl.syntax.printer` leads back."""

from layerdsl.syntax.parser import parse
from layerdsl.syntax.reading import read_source

__all__ = ["parse", "read_source"]
