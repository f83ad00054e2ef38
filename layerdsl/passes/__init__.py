"""Graph to graph: formulas made stable before they are differentiated, small and in NumPy's words after."""

from layerdsl.gradient.layer import expand_grad
from layerdsl.graph import Node, Program
from layerdsl.operators.rewrite import Rewriter
from layerdsl.passes.lower import lower, minus_into_small_factor
from layerdsl.passes.outwards import outwards
from layerdsl.passes.places import with_places
from layerdsl.passes.products import regrouped
from layerdsl.passes.simplify import SIMPLER
from layerdsl.passes.specialise import Choice, Variant, specialised
from layerdsl.passes.stable import STABLE
from layerdsl.passes.used import told_where_used


def stabilise(outputs: tuple[Node, ...]) -> tuple[Node, ...]:
    """The forward before it is differentiated; `grad(...)` in a formula is worked out on the way."""
    return Rewriter([*STABLE, expand_grad])(outputs)


def simplify(program: Program) -> Program:
    """The same program, said with less."""
    return program.with_nodes(Rewriter([*SIMPLER, outwards])((*program.forward, *program.backward)))


def variants(program: Program) -> Variant:
    """The programs for the outcomes of the choices made at set-up, each in NumPy's operators."""
    return _optimised(specialised(program))


def _optimised(variant: Variant) -> Variant:
    if isinstance(variant, Program):
        return optimise(variant)
    return Choice(variant.test, _optimised(variant.yes), _optimised(variant.no))


def optimise(program: Program) -> Program:
    """The same program in operators that NumPy has, equal values computed once."""
    lowered = program.with_nodes(Rewriter([*SIMPLER, outwards, lower])((*program.forward, *program.backward)))
    lowered = lowered.with_nodes(regrouped((*lowered.forward, *lowered.backward)))
    lowered = lowered.with_nodes(Rewriter([*SIMPLER, outwards, lower])((*lowered.forward, *lowered.backward)))
    rule = told_where_used(lowered.forward)
    lowered = lowered.with_nodes(Rewriter([minus_into_small_factor, rule])((*lowered.forward, *lowered.backward)))
    return lowered.with_nodes(Rewriter([with_places(lowered.forward)])((*lowered.forward, *lowered.backward)))


__all__ = ["Choice", "Variant", "optimise", "simplify", "stabilise", "variants"]
