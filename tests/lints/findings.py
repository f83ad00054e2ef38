"""What is found in a program, for the tests of warnings."""

from layerdsl.lints import findings
from layerdsl.pipeline import Compilation, compile_source
from layerdsl.source import Diagnostic, Source


def compiled(text: str) -> Compilation:
    """A program without errors."""
    found = compile_source(Source("a.layer", text))
    assert found.diagnostics == ()
    return found


def found(text: str) -> tuple[Diagnostic, ...]:
    """All warnings of a program."""
    return findings(compiled(text))


def codes(text: str) -> list[str]:
    """Their codes, in order."""
    return [each.code for each in found(text)]


def formula(*lines: str, axes: str = "N, C") -> str:
    """A layer with the bottoms `x`, `y`, a mask, a label and a parameter, whose last line gives the top `z`."""
    bottoms = f"x: [{axes}], y: [{axes}], mask: const [{axes}], label: index(C) [N]"
    used = "0 * (x + mean(y) + mean(mask) + count(label == 0) / N + mean(w))"
    body = "".join(f"    {line}\n" for line in (*lines[:-1], f"z = {lines[-1]} + {used}"))
    return f"layer A({bottoms}) -> z: [N, C]:\n    param w: [C] = 1\n{body}"
