"""Names that a layer can't give, as the emitted module or its class has them for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from layerdsl.source import Diagnostic
from layerdsl.syntax import tree
from layerdsl.syntax.walk import walk

# What stands at the top of an emitted module, and what Python has there already, in any of its versions: a class of
# this name would take its place for all layers of the module.
MODULE: Final = frozenset(
    """
    ast caffe contextlib division json math np numpy random sys
    abs all any apply ascii basestring bin bool buffer bytearray bytes callable chr classmethod cmp coerce
    compile complex copyright credits delattr dict dir divmod enumerate eval execfile exit file filter float
    format frozenset getattr globals hasattr hash help hex id input int intern isinstance issubclass iter len
    license list locals long map max memoryview min next object oct open ord pow property quit range raw_input
    reduce reload repr reversed round set setattr slice sorted staticmethod str sum super tuple type unichr
    unicode vars xrange zip
    ArithmeticError AssertionError AttributeError BaseException BufferError DeprecationWarning EOFError Ellipsis
    EnvironmentError Exception FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning
    IndentationError IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError NotImplemented
    NotImplementedError OSError OverflowError PendingDeprecationWarning ReferenceError RuntimeError
    RuntimeWarning StandardError StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError
    TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError
    UnicodeWarning UserWarning ValueError Warning ZeroDivisionError
    """.split()
)

# Words of Python that the language's own grammar takes as names where they have no meaning to it.
WORDS: Final = frozenset({"as"})


def reserved_names(layer: tree.Layer) -> Iterator[Diagnostic]:
    """LD113 for every name of a layer that would hide something of the emitted module or class."""
    given = [layer.name, *(each.name for each in walk((*layer.bottoms, *layer.tops, *layer.body)) if _gives(each))]
    axes = [each for each in walk((*layer.bottoms, *layer.tops, *layer.body)) if isinstance(each, tree.AxisDecl)]
    names = [*((name.value, name.span) for name in given), *((axis.name, axis.span) for axis in axes if axis.name)]
    for name, span in names:
        why = _why(name, of_layer=span == layer.name.span)
        if why:
            yield Diagnostic("LD113", f"`{name}` can't be given as a name", span, why, help="choose another name")


def _gives(node: object) -> bool:
    return isinstance(node, (tree.BlobDecl, tree.Hyper, tree.Param, tree.Constant, tree.Assign))


def _why(name: str, *, of_layer: bool) -> str:
    if name in WORDS:
        return "this is a word of Python"
    if name.startswith("_"):
        return "names that begin with `_` belong to the emitted class"
    return "the emitted module uses this name itself" if of_layer and name in MODULE else ""
