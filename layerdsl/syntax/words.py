"""Words and operators of Python (and of C) that the language does not have."""

from __future__ import annotations

from typing import Final

#: Words that no name may be: the emitted class is Python, of the second and of the third version.
PYTHON_WORDS: Final = frozenset(
    "False None True assert async await break class continue del except exec finally for global in is lambda nonlocal "
    "pass print raise try while with yield".split()
)

#: What stands in the language for an operator of Python or C: a message, and what to write.
WRONG_OPERATORS: Final[dict[str, tuple[str, str]]] = {
    "&&": ("`&&` is not an operator", "write `and`"),
    "||": ("`||` is not an operator", "write `or`"),
    "&": ("`&` is not an operator", "conditions are joined by `and`"),
    "!": ("`!` is not an operator", "write `not`"),
    "~": ("`~` is not an operator", "write `not`"),
    "^": ("`^` is not an operator", "a power is written `**`"),
    "@": ("`@` is not an operator", "a matrix product names the axis it sums: `dot(a, b, over=K)`"),
    "===": ("`===` is not an operator", "write `==`"),
    "<>": ("`<>` is not an operator", "write `!=`"),
    "=<": ("`=<` is not an operator", "write `<=`"),
    "=>": ("`=>` is not an operator", "write `>=`"),
    "<<": ("`<<` is not an operator", "write `* 2**n`"),
    ">>": ("`>>` is not an operator", "write `// 2**n`"),
    "++": ("`++` is not an operator", "write `+ 1`, and give the result a name of its own"),
    "...": (
        "`...` is not a value",
        "a selection names its axis, as in `x[C=0]`; the axes that it leaves out stay whole",
    ),
    "{": ("braces are not part of the language", "a list is written `[1, 2]`"),
    "}": ("braces are not part of the language", "a list is written `[1, 2]`"),
    **{
        operator: (f"`{operator}` changes a value in place", "a name is given once: give the result a name of its own")
        for operator in ("+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "&=", "|=", "^=", "<<=", ">>=")
    },
    ":=": ("`:=` is not an operator", "give the value a name on a line of its own"),
}
