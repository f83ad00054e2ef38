"""Names, axes, types: from the tree of a file to the graphs of its layers."""

from layerdsl.semantics.module import Library, Module, analyse

__all__ = ["Library", "Module", "analyse"]
