"""Graph to graph: formulas made stable before they are differentiated, small and in NumPy's words after."""

from layerdsl.passes.specialise import Choice, Variant
from layerdsl.passes.stages import optimise, simplify, stabilise, variants

__all__ = ["Choice", "Variant", "optimise", "simplify", "stabilise", "variants"]
