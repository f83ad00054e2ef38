"""Names, axes, types: from the tree of a file to the graphs of its layers."""

from layerdsl.semantics.module import Loader, Module, module

__all__ = ["Loader", "Module", "module"]
