"""Formulas: from the tree to nodes."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Final

from layerdsl.graph import Axis, Node, Origin, Requirement
from layerdsl.graph.size import Size, Symbol, of, whole
from layerdsl.operators.build import build, made_for, number, size_of
from layerdsl.semantics.scope import BROKEN, Partial, Scope, Silent, suggestion
from layerdsl.source import Fault, Span, fault
from layerdsl.syntax import tree

Rule = Callable[[Scope, tree.Expr], Node]

CONSTANTS: Final[dict[str, float | bool]] = {
    "true": True,
    "false": False,
    "inf": float("inf"),
    "nan": float("nan"),
    "pi": 3.141592653589793,
}

ARITHMETIC: Final = {"+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "mod", "**": "pow"}
RELATIONS: Final = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


def formula(scope: Scope, expr: tree.Expr) -> Node:
    """The node of an expression; every node made on the way remembers the expression's place."""
    with made_for(Origin(expr.span)):
        return RULES[type(expr)](scope, expr)


def real(scope: Scope, expr: tree.Expr) -> Node:
    """An expression that has to be a number."""
    node = formula(scope, expr)
    need_number(node, expr.span)
    return node


def condition(scope: Scope, expr: tree.Expr) -> Node:
    """An expression that has to be a condition."""
    node = formula(scope, expr)
    if node.kind != "bool":
        raise fault(
            "LD302",
            "a number stands where a condition is needed",
            expr.span,
            "this is a number",
            help="compare it: `... != 0`, `... > 0`",
        )
    return node


def need_number(node: Node, span: Span) -> None:
    """Refuse conditions and words where arithmetic is done."""
    if node.kind == "bool":
        raise fault(
            "LD301",
            "a condition stands where a number is needed",
            span,
            "this is true or false",
            help="`where(condition, a, b)` chooses, `count(condition, over=...)` counts, `float(condition)` is 0 or 1",
        )
    if node.kind == "word":
        raise fault("LD305", "a word stands where a number is needed", span, "a word can only be compared")


def size(scope: Scope, expr: tree.Expr) -> Size:
    """An expression that has to be a whole number known from shapes and hyper-parameters."""
    match expr:
        case tree.Number(value=int() as value):
            return whole(value)
        case tree.Name():
            return _size_name(scope, expr)
        case tree.Unary(op="-", operand=operand):
            return -size(scope, operand)
        case tree.Binary(op="+" | "-" | "*" | "//" | "%" as op, left=left, right=right):
            return _size_binary(scope, op, left, right, expr.span)
    raise fault("LD210", "a size has to be a whole number", expr.span, help=SIZES)


SIZES: Final = "it is made of axis sizes, whole numbers, hyper-parameters that are `int`, and `+ - * // %`"


def _size_name(scope: Scope, expr: tree.Name) -> Size:
    if expr.value in scope.values:
        return _size_of_node(_value(scope, expr), expr)
    if expr.value in scope.hypers:
        return _size_of_hyper(scope, expr)
    result = whole(1)
    for axis in scope.axis_named(expr, "size"):
        result = result * axis.size
    return result


def _size_of_hyper(scope: Scope, expr: tree.Name) -> Size:
    declared = scope.hypers[expr.value]
    scope.collected.used.add(expr.value)
    if declared.kind != "int":
        raise fault(
            "LD210",
            f"`{expr.value}` is no whole number",
            expr.span,
            f"it is declared `{declared.kind}`",
            help=f"declare it `hyper {expr.value}: int`",
        )
    _hyper(scope, expr)  # refuses what may be none
    return of(Symbol(expr.value, "hyper"))


def _size_of_node(node: Node, expr: tree.Name) -> Size:
    known = as_size(node)
    if known is not None:
        return known
    if not node.static:
        label = "a size can't depend on data"
        raise fault("LD210", f"`{expr.value}` is not known at set-up", expr.span, label, help=SIZES)
    raise fault("LD210", "a size has to be a whole number", expr.span, help=SIZES)


def _size_binary(scope: Scope, op: str, left: tree.Expr, right: tree.Expr, span: Span) -> Size:
    a, b = size(scope, left), size(scope, right)
    if op in ("//", "%") and b == whole(0):
        raise _by_zero(right)
    if op in ("//", "%"):
        _not_zero(scope, b, right.span)
    return {"+": Size.__add__, "-": Size.__sub__, "*": Size.__mul__, "//": Size.__floordiv__, "%": Size.__mod__}[op](
        a, b
    )


def _not_zero(scope: Scope, divisor: Size, span: Span) -> None:
    """A whole number that divides may be a hyper-parameter that a net sets to 0: `setup()` looks at it first."""
    guarded = scope.child()
    guarded.given = (*scope.given, *scope.guards)
    key = (divisor, guarded.given)
    told = all(symbol.kind == "axis" for symbol in divisor.symbols()) or any(
        _says_not_zero(test, divisor) for test in guarded.given
    )
    if not told and key not in scope.collected.ordered:
        scope.collected.ordered.add(key)
        require(guarded, build("ne", size_of(divisor), number(0)), f"{span.text} != 0", span)


def _says_not_zero(test: Node, divisor: Size) -> bool:
    """Whether a condition is `divisor != 0`, or what holds where `divisor == 0` does not."""
    asked, wanted = (test.args[0], "eq") if test.op == "not" else (test, "ne")
    return asked.op == wanted and {as_size(arg) for arg in asked.args} == {divisor, whole(0)}


def _number(scope: Scope, expr: tree.Number) -> Node:
    return number(expr.value)


def _text(scope: Scope, expr: tree.Text) -> Node:
    return build("number", value=expr.value, kind="word")


def _name(scope: Scope, expr: tree.Name) -> Node:
    name = expr.value
    if name in scope.values:
        return _value(scope, expr)
    if name in scope.hypers:
        return _hyper(scope, expr)
    if name in scope.axes:
        return size_of(size(scope, expr))
    if name in CONSTANTS:
        return number(CONSTANTS[name])
    if name in ("train", "test"):
        phase = build("phase")
        return phase if name == "train" else build("not", phase)
    raise _unknown(scope, expr)


def _unknown(scope: Scope, expr: tree.Name) -> Exception:
    if expr.value == "none":
        return fault(
            "LD306",
            "`none` is no value",
            expr.span,
            help="an optional hyper-parameter can be compared with it: `x != none`",
        )
    if expr.value in scope.tops:
        return fault(
            "LD101", f"top `{expr.value}` has no value yet", expr.span, "it is assigned further down, or never"
        )
    known = [*scope.values, *scope.hypers, *scope.axes, *CONSTANTS, "train", "test"]
    return fault(
        "LD101", f"unknown name `{expr.value}`", expr.span, "not found here", help=suggestion(expr.value, known)
    )


def _value(scope: Scope, expr: tree.Name) -> Node:
    value = scope.values[expr.value]
    scope.collected.used.add(expr.value)
    if value is BROKEN:
        raise Silent
    if isinstance(value, Partial):
        raise fault(
            "LD111",
            f"`{expr.value}` has a value in one branch only",
            expr.span,
            "used where the other branch may have been taken",
            help=f"give `{expr.value}` a value in every branch",
        )
    return value


def _hyper(scope: Scope, expr: tree.Name) -> Node:
    declared = scope.hypers[expr.value]
    scope.collected.used.add(expr.value)
    if declared.optional and expr.value not in scope.present:
        raise fault(
            "LD306",
            f"`{expr.value}` may be `none`",
            expr.span,
            "a formula needs a number here",
            help=f"ask first: `if {expr.value} != none:`",
        )
    if declared.kind == "list":
        raise fault(
            "LD303",
            f"`{expr.value}` is a list, a formula needs a number here",
            expr.span,
            "its entries belong to the places of an axis",
            help=f"`values({expr.value}, C)` has one entry for each place of axis C",
        )
    return hyper_node(scope, expr.value)


def hyper_node(scope: Scope, name: str) -> Node:
    """A hyper-parameter as a value in a formula."""
    declared = scope.hypers[name]
    if declared.kind == "int":
        return build("size", size=of(Symbol(name, "hyper")))
    kinds = {"float": "real", "bool": "bool", "word": "word"}
    return build("hyper", name=name, kind=kinds[declared.kind])


def _sequence(scope: Scope, expr: tree.Sequence) -> Node:
    raise fault(
        "LD303",
        "a list is no value of a formula",
        expr.span,
        help="lists name axes (`over=[N, C]`) or are hyper-parameters",
    )


def _unary(scope: Scope, expr: tree.Unary) -> Node:
    if expr.op == "not":
        return build("not", condition(scope, expr.operand))
    operand = real(scope, expr.operand)
    if expr.op == "+":
        return operand
    if operand.op == "number":
        return number(-operand.attr("value"))  # type: ignore[operator]
    return build("neg", operand)


def _binary(scope: Scope, expr: tree.Binary) -> Node:
    if expr.op in ("and", "or"):
        return _connect(scope, expr)
    left, right = real(scope, expr.left), real(scope, expr.right)
    if expr.op in ("/", "//", "%") and right.op == "number" and right.attr("value") == 0:
        raise _by_zero(expr.right)
    return arithmetic(scope, ARITHMETIC[expr.op], left, right, expr.op_span)


def _by_zero(divisor: tree.Expr) -> Fault:
    remedy = "write `inf` or `nan` where that is meant"
    return fault("LD308", "division by zero", divisor.span, "this is 0", help=remedy)


def _connect(scope: Scope, expr: tree.Binary) -> Node:
    left = condition(scope, expr.left)
    inner = scope.child()
    inner.present = scope.present | present_if(left, expr.op == "and")
    if left.static:
        inner.guards = (*scope.guards, left if expr.op == "and" else opposite(left))
    right = condition(inner, expr.right)
    return elementwise(scope, expr.op, expr.op_span, left, right)


def arithmetic(scope: Scope, op: str, left: Node, right: Node, span: Span) -> Node:
    """Two numbers combined; sizes stay sizes, so that `H // 2` can be compared with another `H // 2`."""
    folded = fold(op, left, right)
    if folded is None:
        return elementwise(scope, op, span, left, right)
    divisor = as_size(right)
    if op in ("floordiv", "mod") and divisor is not None:
        _not_zero(scope, divisor, right.origin.span or span)
    return folded


WHOLE: Final = {
    "add": Size.__add__,
    "sub": Size.__sub__,
    "mul": Size.__mul__,
    "floordiv": Size.__floordiv__,
    "mod": Size.__mod__,
}


def fold(op: str, left: Node, right: Node) -> Node | None:
    """The result of whole-number arithmetic on sizes, where it is one."""
    a, b = as_size(left), as_size(right)
    return size_of(WHOLE[op](a, b)) if op in WHOLE and a is not None and b is not None else None


def as_size(node: Node) -> Size | None:
    if node.op == "size":
        value = node.attr("size")
        return value if isinstance(value, Size) else None
    if node.op == "number" and node.kind == "index":
        return whole(node.attr("value"))  # type: ignore[arg-type]
    return None


def elementwise(scope: Scope, op: str, span: Span, *args: Node) -> Node:
    """An operator applied element by element, once the sizes of equal axes are known to agree."""
    align(scope, span, *args)
    return build(op, *args)


def align(scope: Scope, span: Span, *args: Node) -> None:
    """Hold that axes of one name have one size in all arguments."""
    seen: dict[str, Axis] = {}
    for arg in args:
        for axis in arg.axes:
            known = seen.setdefault(axis.name, axis)
            scope.require_equal(known.size, axis.size, axis.name, span)


def _compare(scope: Scope, expr: tree.Compare) -> Node:
    pairs = zip(expr.operands, expr.ops, expr.operands[1:], strict=False)
    parts = [_relation(scope, left, op, right, expr.span) for left, op, right in pairs]
    return reduce(lambda a, b: elementwise(scope, "and", expr.span, a, b), parts)


def _relation(scope: Scope, left: tree.Expr, op: str, right: tree.Expr, span: Span) -> Node:
    for one, other in ((left, right), (right, left)):
        if isinstance(other, tree.Name) and other.value == "none":
            return _none_test(scope, one, op, span)
    maybe = [e.value for e in (left, right) if isinstance(e, tree.Name) and _may_be_none(scope, e.value)]
    if maybe and op in ("==", "!="):
        inner = scope.child()
        inner.present = scope.present | frozenset(maybe)
        known = _plain_relation(inner, left, op, right, span)
        absent = reduce(lambda a, b: build("or", a, b), [build("isnone", name=name) for name in maybe])
        return build("select", absent, number(op == "!="), known)
    return _plain_relation(scope, left, op, right, span)


def _may_be_none(scope: Scope, name: str) -> bool:
    declared = scope.hypers.get(name)
    return declared is not None and declared.optional and name not in scope.present and name not in scope.values


def _none_test(scope: Scope, expr: tree.Expr, op: str, span: Span) -> Node:
    if not isinstance(expr, tree.Name) or expr.value not in scope.hypers or op not in ("==", "!="):
        raise fault(
            "LD306", "only an optional hyper-parameter can be `none`", span, help="ask with `x == none` or `x != none`"
        )
    declared = scope.hypers[expr.value]
    scope.collected.used.add(expr.value)
    if not declared.optional:
        raise fault(
            "LD306",
            f"`{expr.value}` is never `none`",
            expr.span,
            "it is not declared optional",
            help=f"declare it `hyper {expr.value}: {declared.kind}? = none`",
        )
    absent = build("isnone", name=expr.value)
    return absent if op == "==" else build("not", absent)


def present_if(test: Node, holds: bool) -> frozenset[str]:
    """The optional hyper-parameters that have a value where `test` is true (or, for `holds` false, is not)."""
    if test.op == "isnone":
        return frozenset() if holds else frozenset([str(test.attr("name"))])
    if test.op == "not":
        return present_if(test.args[0], not holds)
    if test.op == ("and" if holds else "or"):
        return present_if(test.args[0], holds) | present_if(test.args[1], holds)
    return frozenset()


def opposite(test: Node) -> Node:
    """What holds where `test` does not."""
    return test.args[0] if test.op == "not" else build("not", test)


def _plain_relation(scope: Scope, left: tree.Expr, op: str, right: tree.Expr, span: Span) -> Node:
    a, b = formula(scope, left), formula(scope, right)
    words = "word" in (a.kind, b.kind)
    if words and (a.kind != b.kind or op not in ("==", "!=")):
        other = left if a.kind != "word" else right
        raise fault("LD305", "a word can only be compared with a word, by `==` or `!=`", other.span)
    if words:
        _check_choice(scope, left, b)
        _check_choice(scope, right, a)
    elif "bool" in (a.kind, b.kind) and (a.kind != b.kind or op not in ("==", "!=")):
        need_number(a, left.span)
        need_number(b, right.span)
    return elementwise(scope, RELATIONS[op], span, a, b)


def _check_choice(scope: Scope, expr: tree.Expr, word: Node) -> None:
    """A word that is none of the choices can never be equal."""
    if not isinstance(expr, tree.Name) or word.op != "number" or expr.value not in scope.hypers:
        return
    choices = scope.hypers[expr.value].choices
    if word.attr("value") not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise fault(
            "LD305",
            f'`{expr.value}` is never "{word.attr("value")}"',
            word.origin.span,
            help=f"its choices are {listed}",
        )


def _conditional(scope: Scope, expr: tree.Conditional) -> Node:
    test = static_condition(scope, expr.condition, "`where(condition, a, b)`")
    a = formula(scope.where(test, present_if(test, True)), expr.then)
    b = formula(scope.where(opposite(test), present_if(test, False)), expr.orelse)
    align(scope, expr.span, a, b)
    return build("select", test, a, b)


def static_condition(scope: Scope, expr: tree.Expr, instead: str) -> Node:
    """A condition on the phase, on hyper-parameters or on sizes."""
    test = condition(scope, expr)
    if not test.static:
        raise fault(
            "LD304",
            "this condition depends on data",
            expr.span,
            "`if` is decided once, at set-up",
            help=f"conditions on data are {instead}",
        )
    return test


def require(scope: Scope, test: Node, written: str, span: Span, message: str = "") -> None:
    """Have `setup()` or `reshape()` check a static condition where this block is reached."""
    for given in scope.given:
        test = build("or", opposite(given), test)
    scope.collected.requirements.append(Requirement(test, written, message, span))


def _call(scope: Scope, expr: tree.Call) -> Node:
    from layerdsl.semantics.calls import call  # the two call each other: a formula holds calls, a call formulas

    return call(scope, expr)


def _pick(scope: Scope, expr: tree.Pick) -> Node:
    from layerdsl.semantics.selection import select

    value = formula(scope, expr.value)
    return reduce(lambda node, one: select(scope, node, one), expr.selections, value)


def _field(scope: Scope, expr: tree.Field) -> Node:
    """Values have no attributes; the parser has told of it."""
    raise Silent


def _by(scope: Scope, expr: tree.By) -> Node:
    raise fault("LD703", "windows are not there yet", expr.span)


RULES: Final[dict[type, Callable[..., Node]]] = {
    tree.Number: _number,
    tree.Text: _text,
    tree.Name: _name,
    tree.Sequence: _sequence,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Compare: _compare,
    tree.Conditional: _conditional,
    tree.Call: _call,
    tree.Pick: _pick,
    tree.Field: _field,
    tree.By: _by,
}
