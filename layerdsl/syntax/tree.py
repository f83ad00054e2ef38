"""The syntax tree: frozen values, a span on every one of them, nothing resolved yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from layerdsl.source import Source, Span

# Expressions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """`3`, `0.5`, `1e-5`; an `int` where it is written without point and exponent."""

    value: int | float
    span: Span


@dataclass(frozen=True)
class Text:
    """A word in quotes, as in `mode == "sum"`."""

    value: str
    span: Span


@dataclass(frozen=True)
class Name:
    """A name, or one of the constants `true`, `false`, `none`, `inf`, `nan`, `pi` and the phases `train`, `test`."""

    value: str
    span: Span


@dataclass(frozen=True)
class Sequence:
    """`[a, b, c]`: a list of axes after `over=`, a list hyper-parameter, the entries of a blob in an example."""

    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Unary:
    """`-x`, `+x`, `not x`."""

    op: str
    operand: Expr
    span: Span


@dataclass(frozen=True)
class Binary:
    """`a + b` and its kin: `+ - * / // % ** and or`; `op_span` is the place of the operator itself."""

    op: str
    left: Expr
    right: Expr
    op_span: Span
    span: Span


@dataclass(frozen=True)
class Compare:
    """`a <= b < c`: one operand more than operators (`< <= > >= == !=`)."""

    operands: tuple[Expr, ...]
    ops: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Conditional:
    """`a if condition else b`."""

    condition: Expr
    then: Expr
    orelse: Expr
    span: Span


@dataclass(frozen=True)
class Argument:
    """One argument of a call; `name` is None for a positional one."""

    name: str | None
    value: Expr
    span: Span
    name_span: Span | None = None


@dataclass(frozen=True)
class By:
    """`H by KH` or `H by KH=3` (an axis seen through windows whose own axis is KH)."""

    axis: Name
    window: Name
    span: Span
    size: Expr | None = None


@dataclass(frozen=True)
class Each:
    """`value for name in source`: an argument that is as many as the range or list has entries."""

    value: Expr
    name: Name
    source: Expr
    span: Span


@dataclass(frozen=True)
class Call:
    """`sum(x, over=C)`; `function_span` is the place of the function's name."""

    function: str
    arguments: tuple[Argument, ...]
    function_span: Span
    span: Span


@dataclass(frozen=True)
class Slice:
    """`start:stop:step` inside brackets; each part may be missing."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None
    span: Span


@dataclass(frozen=True)
class Selection:
    """`C=label` or `H=1:` inside the brackets of a pick."""

    axis: Name
    index: Expr | Slice
    span: Span


@dataclass(frozen=True)
class Pick:
    """`x[C=label, H=1:]`."""

    value: Expr
    selections: tuple[Selection, ...]
    span: Span


@dataclass(frozen=True)
class Field:
    """`value.name`: a top of a layer that is used in an example."""

    value: Expr
    name: Name
    span: Span


Expr = Union[
    Number, Text, Name, Sequence, Unary, Binary, Compare, Conditional, Call, Pick, Field, By, Each
]  # fmt: skip

# Declarations -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AxisDecl:
    """One axis in brackets.

    `N` has a name; `*S` a name and `star`, `*S=shape` also sizes from a list; `KH=k` a name and a size; `4` or `H // 2`
    a size alone. `begin` is the place at which it stands, as in `C at axis`.
    """

    name: str | None
    star: bool
    size: Expr | None
    span: Span
    begin: Expr | None = None


@dataclass(frozen=True)
class BlobType:
    """What stands after the colon of a blob: `[N, C]`, `const [N]`, `index(C) [N, 1]`, `index [N]`.

    `optional` is true where a `?` follows the bracket. `index_of` is the axis name in `index(C)`.
    """

    qualifier: str | None  # None, "const" or "index"
    index_of: Name | None
    axes: tuple[AxisDecl, ...]
    optional: bool
    span: Span


@dataclass(frozen=True)
class BlobDecl:
    """A bottom, a top or a function's argument; `variadic` for `*xs: [N, C]`. A function's argument may lack a type.

    `given` is the condition behind `if`, under which a bottom or top is there.
    """

    name: Name
    type: BlobType | None
    variadic: bool
    span: Span
    given: Expr | None = None


@dataclass(frozen=True)
class HyperType:
    """`float`, `int?`, `list[int]`, `"sum" | "mean"`: `kind` is float, int, bool, word, list, filler or file."""

    kind: str
    optional: bool
    element: str | None  # of a list: float or int or bool
    choices: tuple[str, ...]  # of a word
    span: Span


# Statements ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Assign:
    """`name = value`."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True)
class Unpack:
    """`a, b = value`: the results of a function, or the tops of a layer."""

    names: tuple[Name, ...]
    value: Expr
    span: Span


@dataclass(frozen=True)
class Hyper:
    """`hyper name: type = default`; `doc` is the comment that ends its line, without the `#`."""

    name: Name
    type: HyperType
    default: Expr | None
    doc: str
    span: Span


@dataclass(frozen=True)
class Require:
    """`require condition`, `require condition, "message"`."""

    condition: Expr
    message: str | None
    span: Span


@dataclass(frozen=True)
class Param:
    """`param name: [axes] = filler(...), lr_mult=1, decay_mult=0`; a state has `kind` "state" and a plain value."""

    kind: str  # "param" or "state"
    name: Name
    axes: tuple[AxisDecl, ...]
    filler: Expr
    options: tuple[Argument, ...]
    doc: str
    span: Span


@dataclass(frozen=True)
class Update:
    """`update state = value`."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True)
class Gradient:
    """`gradient blob = value`, with `d(top)` for a top's diff."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True)
class If:
    """`if`, any number of `elif`, `else`; `branches` are (condition, body) in order, `orelse` may be empty."""

    branches: tuple[tuple[Expr, tuple[Statement, ...]], ...]
    orelse: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True)
class Scan:
    """`scan T:` or `scan T backwards:`, and the formulas of one step."""

    axis: Name
    backwards: bool
    body: tuple[Statement, ...]
    header: Span
    span: Span


@dataclass(frozen=True)
class For:
    """`for i in range(3):` or `for k in sizes:`, and the formulas of one round."""

    name: Name
    source: Expr
    body: tuple[Statement, ...]
    header: Span
    span: Span


@dataclass(frozen=True)
class Constant:
    """`const name: [axes] = file("name.npy")` or `= embed("name.json")`."""

    name: Name
    type: BlobType
    source: Expr
    span: Span


@dataclass(frozen=True)
class Carry:
    """`carry h: [axes] = value`: what a step hands to the next one, and its value before the first.

    In a `for` the axes may be left out: they are those of the value.
    """

    name: Name
    type: BlobType | None
    first: Expr
    span: Span


@dataclass(frozen=True)
class Next:
    """`next h = value`."""

    name: Name
    value: Expr
    span: Span


@dataclass(frozen=True)
class Include:
    """`include train` or `include test`: the layer is wired in this phase only."""

    phase: Name
    span: Span


@dataclass(frozen=True)
class Return:
    """`return value`, the last statement of a function; several values make several results."""

    values: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Expect:
    """A comparison that stands alone in an example: it has to hold."""

    condition: Expr
    span: Span


Statement = Union[
    Assign, Hyper, Require, Param, Update, Gradient, If, Include, Return, Expect, Scan, Carry, Next, Unpack, For,
    Constant,
]  # fmt: skip

# Files --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """`layer Name(bottoms) -> tops:` and its body; `header` is the span of that first line."""

    name: Name
    bottoms: tuple[BlobDecl, ...]
    tops: tuple[BlobDecl, ...]
    doc: str | None
    body: tuple[Statement, ...]
    header: Span
    span: Span


@dataclass(frozen=True)
class Function:
    """`def name(arguments):` and its body, which ends in `return`. `defaults` has None where there is no default."""

    name: Name
    arguments: tuple[BlobDecl, ...]
    defaults: tuple[Expr | None, ...]
    doc: str | None
    body: tuple[Statement, ...]
    header: Span
    span: Span


@dataclass(frozen=True)
class Import:
    """`from module import a, b as c`: pairs of (name there, name here)."""

    module: str
    module_span: Span
    names: tuple[tuple[Name, Name], ...]
    span: Span


@dataclass(frozen=True)
class Extern:
    """`extern def name(arguments) -> axes from module`: a function of a Python module."""

    name: Name
    arguments: tuple[BlobDecl, ...]
    defaults: tuple[Expr | None, ...]
    result: BlobType
    module: str
    module_span: Span
    span: Span


@dataclass(frozen=True)
class Example:
    """`example "title":` with the assignments and comparisons that have to hold."""

    title: str
    body: tuple[Statement, ...]
    span: Span


Item = Union[Layer, Function, Import, Extern, Example]


@dataclass(frozen=True)
class File:
    """A whole `.layer` file; `doc` is the docstring at its top."""

    source: Source
    doc: str | None
    items: tuple[Item, ...]
