"""Faults that are put into the text of an emitted class: each gives any number of wrong texts, and says where."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Change = Callable[[ast.AST], bool]


@dataclass(frozen=True)
class Mutant:
    """A wrong text: which fault, of which layer, and where it is."""

    fault: str
    layer: str
    where: str
    text: str
    changed: bool = False  # by a change in the text, which may happen to change nothing

    @property
    def name(self) -> str:
        return f"{self.layer}: {self.fault} ({self.where})"


@dataclass(frozen=True)
class Emitted:
    """The text of a module with one class, as a tree."""

    name: str
    tree: ast.Module

    def copy(self) -> "Emitted":
        body = [copy.deepcopy(node) if isinstance(node, ast.ClassDef) else node for node in self.tree.body]
        return Emitted(self.name, ast.Module(body, []))

    @property
    def layer(self) -> ast.ClassDef:
        return next(node for node in self.tree.body if isinstance(node, ast.ClassDef))

    def method(self, name: str) -> ast.FunctionDef:
        return next(node for node in self.layer.body if isinstance(node, ast.FunctionDef) and node.name == name)

    def text(self) -> str:
        return ast.unparse(ast.fix_missing_locations(self.tree))


def at_nodes(emitted: Emitted, method: str, change: Change) -> Iterator[tuple[str, str]]:
    """The texts in which one node of a method is changed, for each node that `change` takes."""
    for number, right in enumerate(ast.walk(emitted.method(method))):
        if change(copy.deepcopy(right)):
            wrong = emitted.copy()
            node = list(ast.walk(wrong.method(method)))[number]
            change(node)
            yield f"{method}, {_where(right)}", wrong.text()


def _where(node: ast.AST) -> str:
    text = ast.unparse(node)
    return " ".join(text.split())[:60]


def without_statement(emitted: Emitted, method: str) -> Iterator[tuple[str, str]]:
    """The texts in which one statement of a method is missing, of those that are calls."""
    count = len(list(_blocks(emitted.method(method))))
    for number in range(count):
        for place, statement in enumerate(list(_blocks(emitted.method(method)))[number]):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                wrong = emitted.copy()
                list(_blocks(wrong.method(method)))[number][place] = ast.Pass()
                yield f"{method}, {_where(statement)}", wrong.text()


def _blocks(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for field in ("body", "orelse"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block:
                yield block


# --- one node is another one -----------------------------------------------------------------------------------------


def call_instead(old: str, new: str) -> Change:
    """`np.old(...)` becomes `np.new(...)`."""

    def change(node: ast.AST) -> bool:
        if _is_numpy(node, old):
            node.func.attr = new  # type: ignore[attr-defined]
            return True
        return False

    return change


def _is_numpy(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "np"
        and node.func.attr == name
    )


def swapped(name: str) -> Change:
    """`np.name(a, b)` becomes `np.name(b, a)`."""

    def change(node: ast.AST) -> bool:
        if _is_numpy(node, name) and len(node.args) == 2:  # type: ignore[attr-defined]
            node.args.reverse()  # type: ignore[attr-defined]
            return True
        return False

    return change


def number_times(factor: float) -> Change:
    """A number in a calculation becomes another one."""

    def change(node: ast.AST) -> bool:
        if not _is_calculation(node):
            return False
        for i, argument in enumerate(node.args):  # type: ignore[attr-defined]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, (int, float)) and argument.value:
                node.args[i] = ast.Constant(argument.value * factor)  # type: ignore[attr-defined]
                return True
        return False

    return change


def _is_calculation(node: ast.AST) -> bool:
    return any(_is_numpy(node, name) for name in ("multiply", "divide", "add", "subtract", "power", "maximum"))


def without_count(node: ast.AST) -> bool:
    """`_over(1.0, N)` becomes its numerator: 1 / N is forgotten."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_over" and _names(node):
        node.args[1] = ast.Constant(1)
        return True
    return False


def other_count(node: ast.AST) -> bool:
    """`_over(1.0, N)` becomes `_over(1.0, N + 1)`: the mean is over something else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_over" and _names(node):
        node.args[1] = ast.BinOp(node.args[1], ast.Add(), ast.Constant(1))
        return True
    return False


def _names(call: ast.Call) -> bool:
    used = {node.id for node in ast.walk(call.args[1]) if isinstance(node, ast.Name)}
    return bool(used) and "self" not in used


def other_axis(node: ast.AST) -> bool:
    """`axis=1` becomes `axis=0` and the other way round."""
    fits = isinstance(node, ast.keyword) and node.arg == "axis" and isinstance(node.value, ast.Constant)
    if fits and isinstance(node.value.value, int):
        node.value = ast.Constant(1 if node.value.value == 0 else 0)
        return True
    return False


def always_asked(node: ast.AST) -> bool:
    """`propagate_down[i]` becomes True."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "propagate_down":
        node.value, node.slice = ast.Tuple([ast.Constant(True)], ast.Load()), ast.Constant(0)
        return True
    return False


def top_diff_of_one(node: ast.AST) -> bool:
    """`top[i].diff` becomes an array of ones."""
    if isinstance(node, ast.Attribute) and node.attr == "diff" and ast.unparse(node.value).startswith("top["):
        text = f"np.ones_like({ast.unparse(node.value)}.data)"
        node.value, node.attr = ast.parse(f"_Held({text})", mode="eval").body, "array"
        return True
    return False


def hyper_of_one(node: ast.AST) -> bool:
    """`self.scale` is read as 1."""
    fits = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    if fits and ast.unparse(node) in ("self.scale", "self.p", "self.eps", "self.heat"):
        value = "0.25" if node.attr == "p" else "1.5"
        node.value, node.attr = ast.parse(f"_Held({value})", mode="eval").body, "array"
        return True
    return False


HELD = """
class _Held(object):
    def __init__(self, array):
        self.array = array
"""


def with_held(texts: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The texts with what stands for a changed attribute."""
    return ((where, text.replace("\nclass ", HELD + "\nclass ", 1)) for where, text in texts)
