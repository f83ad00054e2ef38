"""Words and operators for the messages: those of Python and C that the language does not have, and where its own stand.

What a keyword is, the grammar says.
"""

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

#: Python's constants, and how they are written.
CONSTANTS: Final = {"True": "true", "False": "false", "None": "none"}

#: Letters that Python puts before a text.
STRING_PREFIXES: Final = frozenset({"f", "r", "b", "u", "fr", "rf", "br", "rb"})

#: Terminals that are names wherever they do not begin a statement or a type.
FREE_WORDS: Final = frozenset(
    (
        "LAYER EXAMPLE HYPER PARAM STATE UPDATE GRADIENT INCLUDE CONST INDEX BY AS AT SCAN BACKWARDS CARRY NEXT EXTERN"
    ).split()
)

#: Words that begin a line in front of a name or text.
WORDS_BEFORE_NAMES: Final = (
    "layer", "def", "from", "example", "hyper", "require", "param", "state", "update", "gradient", "include", "return",
    "if", "elif", "else", "scan", "for", "carry", "next", "const", "extern",
)  # fmt: skip

#: What stands only at the left margin, by its first terminal.
OUTER_WORDS: Final = {
    "LAYER": "a layer",
    "DEF": "a function",
    "FROM": "an import",
    "EXAMPLE": "an example",
    "EXTERN": "a function of Python",
}

_LOOP: Final = ("nothing loops over data", "a formula works on whole blobs: write `sum(x, over=N)` in place of a loop")
_HANDLERS: Final = ("faults are not handled in a layer", "say what has to hold: `require smooth >= 0`")
_SCOPES: Final = ("names are known in their own layer alone", "hand a value to a function as an argument")
_IDLE: Final = ("a line that does nothing is not needed", "take it away")

#: What stands in the language for a statement of Python: a message, and what to write.
BEGINNINGS: Final[dict[str, tuple[str, str]]] = {
    "while": _LOOP,
    "break": _LOOP,
    "continue": _LOOP,
    "class": ("a layer is not a class", "write `layer Name(x: [N, C]) -> y: [N, C]:`"),
    "import": (
        "modules of Python are not imported",
        "NumPy's functions are there without; `from losses import huber` reads another `.layer` file",
    ),
    "with": ("a layer opens nothing", "files are read by a data layer; `stop_gradient(x)` lets no gradient through"),
    "try": _HANDLERS,
    "except": _HANDLERS,
    "finally": _HANDLERS,
    "raise": ("faults are not raised by hand", 'say what has to hold: `require smooth >= 0, "message"`'),
    "assert": ("`assert` is written `require`", 'write `require smooth >= 0, "message"`'),
    "global": _SCOPES,
    "nonlocal": _SCOPES,
    "pass": _IDLE,
    "del": ("values are not deleted", "take the line away: the compiler frees what is no longer needed"),
    "print": ("a layer prints nothing", "take the line away; an `example` block shows what a layer gives"),
    "exec": ("a layer runs no other code", "take the line away"),
    "yield": ("a function gives its values by `return`", "write `return value`"),
    "lambda": ("functions have names", "write `def name(x):` at the left margin"),
    "async": ("a layer runs in one piece", "write `def name(x):`"),
    "await": ("a layer runs in one piece", "take the word away"),
}

#: The same for words within an expression.
INSIDE: Final[dict[str, tuple[str, str]]] = {
    "is": ("`is` is not an operator", "write `==`"),
    "for": (
        "a list is not made by `for`",
        "`for` stands in a call: `sum(f(x, i) for i in range(3))`, `stack(f(x, i) for i in range(3), over=K)`",
    ),
    "in": ("`in` is not an operator", "compare with each: `x == 1 or x == 2`"),
    "lambda": BEGINNINGS["lambda"],
    "print": BEGINNINGS["print"],
    "exec": BEGINNINGS["exec"],
    "yield": BEGINNINGS["yield"],
    "await": BEGINNINGS["await"],
}

#: Help for what is left out most, by the line's first terminal and one that is missing.
HINTS: Final[dict[tuple[str, str], str]] = {
    ("HYPER", "COLON"): "write its type: `hyper smooth: float = 1.0`",
    ("PARAM", "COLON"): "write its axes and its filler: `param weight: [M, C] = xavier()`",
    ("PARAM", "ASSIGN"): "write its filler: `param weight: [M, C] = xavier()`",
    ("STATE", "COLON"): "write its axes and its first value: `state count: [C] = 0`",
    ("STATE", "ASSIGN"): "write its first value: `state count: [C] = 0`",
    ("LAYER", "ARROW"): "write its tops: `layer Name(x: [N, C]) -> y: [N, C]:`",
    ("LAYER", "LPAR"): "write its bottoms: `layer Name(x: [N, C]) -> y: [N, C]:`",
    ("LAYER", "COLON"): "write the axes of each blob: `layer Name(x: [N, C]) -> y: [N, C]:`",
    ("UPDATE", "ASSIGN"): "write the new value: `update count = count + 1`",
    ("SCAN", "COLON"): "write `scan T:` or `scan T backwards:`",
    ("FOR", "IN"): "write `for i in range(3):`, or the name of a list hyper-parameter",
    ("CARRY", "COLON"): "write its axes and its value before the first step: `carry h: [N, K] = 0`",
    ("CARRY", "ASSIGN"): "write its value before the first step: `carry h: [N, K] = 0`",
    ("NEXT", "ASSIGN"): "write the value for the next step: `next h = ...`",
    ("GRADIENT", "ASSIGN"): "write the gradient: `gradient x = d(y)`",
    ("EXTERN", "DEF"): "write `extern def name(x: [N, C]) -> [N] from module`",
    ("EXTERN", "ARROW"): "write the axes of the result: `extern def name(x: [N, C]) -> [N] from module`",
    ("EXTERN", "FROM"): "write the Python module: `extern def name(x: [N, C]) -> [N] from module`",
    ("CONST", "COLON"): 'write its axes and its file: `const mean: [C] = file("mean.npy")`',
    ("CONST", "ASSIGN"): 'write its file: `const mean: [C] = file("mean.npy")`',
    ("FROM", "IMPORT"): "write `from losses import huber`",
    ("EXAMPLE", "TEXT"): 'write what it shows: `example "a perfect overlap costs nothing":`',
}
