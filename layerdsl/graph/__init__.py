"""The intermediate form: sizes, axes, nodes and layers made of them."""

from layerdsl.graph.layer import (
    Blob,
    ByPlace,
    Equality,
    Extent,
    Filler,
    HyperDecl,
    LayerGraph,
    Learned,
    Requirement,
    Several,
)
from layerdsl.graph.node import Axis, Kind, Node, Origin, is_big, walk
from layerdsl.graph.program import NamedNodes, Program
from layerdsl.graph.size import Size, Symbol

__all__ = [
    "Axis",
    "Blob",
    "ByPlace",
    "Equality",
    "Extent",
    "Filler",
    "HyperDecl",
    "Kind",
    "LayerGraph",
    "Learned",
    "NamedNodes",
    "Node",
    "Origin",
    "Program",
    "Requirement",
    "Several",
    "Size",
    "Symbol",
    "is_big",
    "walk",
]
