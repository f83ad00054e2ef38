"""A graph as formulas of the language itself: what `layerdsl show --backward` prints.

    overlap = sum(pred * label, over=S)
    d(pred) = 2 * d(loss) * (pred * ... - label) / (N * ...)

A value has a line of its own where the user named it, where it is used several times or where it is long; all else is
written where it is used. `d(loss)` is the cotangent of a top, and what is derived for a blob is `d(blob)`.

Products and sums are written flat, with the numbers in them multiplied out. `gate(c, g)`, which lets a cotangent pass
where a condition holds, is `where(c, g, 0)`; the adjoint of a pick, which brings a cotangent back to the place that it
was picked from, is `where(index(C) == label, g, 0)`. The adjoint of a slice is a `pad`; only that of one with a step
has no word in the language: `scatter(g, H=::2)` is zero but for the places that `x[H=::2]` takes. Broadcasts are not
written, as nobody writes them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Final, cast

from layerdsl.graph import Axis, Node, Size, walk
from layerdsl.graph.attributes import axes_of, axis_of, index_of, over_of, position_of, renames_of, start_of, stride_of
from layerdsl.operators import wording as w
from layerdsl.operators.body import Body, body_of, carried_names, leaves_of
from layerdsl.operators.families.layout import cuts_of, parts_of
from layerdsl.operators.kernel import KERNELS
from layerdsl.operators.wording import Plain, Written

Outputs = Iterable[tuple[str, Node]]
Rule = Callable[[Node, tuple[Written, ...]], Written]

SHORT: Final = 12  # characters that are read as easily as a name
LONG: Final = 56  # more than this is a line of its own


def formula_lines(outputs: Outputs, after: Outputs = ()) -> list[str]:
    """One line per output and per value worth one, each before its users.

    `after`: what stands above these lines, whose named values they can use.
    """
    page = _Page()
    page.write(tuple(after))
    page.turn()
    page.write(tuple(outputs))
    return page.lines


class _Page:
    """Lines, and how every value is called in them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._written: dict[Node, Written] = {}
        self._names: dict[Node, str] = {}
        self._taken: set[str] = set()
        self._unnamed: set[Node] = set()  # what has a name by being the next value of something
        self._left: dict[Node, list[str]] = {}  # for each scan, how what it leaves behind is called

    def turn(self) -> None:
        """New lines, in which only what was given a name is known."""
        self.lines = []
        self._written = {node: Plain(name, w.ATOM) for node, name in self._names.items()}
        self._written |= dict.fromkeys(self._left, Plain("scan", w.ATOM))

    def write(self, outputs: tuple[tuple[str, Node], ...]) -> None:
        """The lines of these outputs."""
        new = _unknown(outputs, self._written)
        self._taken.update(_leaf_names(new))
        self._name(outputs, new)
        uses = _uses(outputs, new)
        for label, node in outputs:
            for inner in _unknown([(label, node)], self._written):
                self._written[inner] = self._settled(inner, uses[inner])
            if w.text(self._written[node]) != label:
                self.lines.append(f"{label} = {w.text(self._written[node])}")

    def _name(self, outputs: tuple[tuple[str, Node], ...], new: list[Node]) -> None:
        """Outputs by their labels, others as the user named them: of several of one name the last has it as it is."""
        for label, node in outputs:
            if node in new and node.op not in LEAVES and " " not in label:
                self._names.setdefault(node, label)
        self._taken.update(label for label, _ in outputs)
        branches = _branches(new)
        for node in reversed(new):
            unnamed = node.op in LEAVES | {"result"} or node in self._unnamed or node in self._names
            if node.origin.name and not unnamed:
                name = node.origin.name
                known = [name, *(f"{name}_{branch}" for branch in branches.get(node, ()))]
                self._names[node] = self._free(chain(known, (f"{name}_{i}" for i in count(2))))

    def _free(self, names: Iterable[str]) -> str:
        name = next(name for name in names if name not in self._taken)
        self._taken.add(name)
        return name

    def _settled(self, node: Node, uses: int) -> Written:
        """The node's formula, or its name where that has been given a line."""
        if node.op == "scan":
            return self._scan(node)
        if node.op == "result":
            return Plain(self._left[node.args[0]][index_of(node)], w.ATOM)
        rule = FORMULAS.get(node.op) or (_kernel if node.op in KERNELS else _call(node.op))
        written = rule(node, tuple(self._written[arg] for arg in node.args))
        if node not in self._names and (node.op == "draw" or _deserves_line(node, w.text(written), uses)):
            self._names[node] = self._free(f"t{i}" for i in count(1))
        if node not in self._names:
            return written
        self.lines.append(f"{self._names[node]} = {w.text(written)}")
        return Plain(self._names[node], w.ATOM)

    def _scan(self, scan: Node) -> Written:
        """The lines of a scan, as a user writes them; what it leaves behind is called as in it."""
        body, inner = body_of(scan), _Page()
        inner._taken = self._taken
        carried = [self._free(chain([name], (f"{name}_{i}" for i in count(2)))) for name in carried_names(scan)]
        for leaf, arg in leaves_of(scan).items():
            name = carried[index_of(leaf)] if leaf.op == "carried" else ""
            inner._written[leaf] = Plain(name, w.ATOM) if name else self._written[arg]
        users = {arg for node in walk((*body.nexts, *body.outputs)) for arg in node.args}
        inner._unnamed = {node for node in body.nexts if node not in users}
        left = [self._called(output, body, carried) for output in body.outputs]
        others = [pair for pair in zip(left, body.outputs, strict=True) if pair[0] not in carried]
        inner.write((*others, *((f"next {name}", node) for name, node in zip(carried, body.nexts, strict=True))))
        firsts = [f"carry {name} = {w.text(self._written[arg])}" for name, arg in zip(carried, scan.args, strict=False)]
        direction = " backwards" if scan.attr("backwards") else ""
        self.lines.append(f"scan {axis_of(scan).name}{direction}:")
        self.lines += [f"    {line}" for line in (*firsts, *inner.lines)]
        self._left[scan] = left
        return Plain("scan", w.ATOM)

    def _called(self, output: Node, body: Body, carried: list[str]) -> str:
        """The name of what a scan leaves behind: that of what is carried, where it is its next value."""
        if output in body.nexts:
            return carried[body.nexts.index(output)]
        wanted = output.origin.name or "t"
        wanted = f"before_{output.attr('name')}" if output.op == "carried" else wanted
        return self._free(chain([wanted] if wanted != "t" else (), (f"{wanted}{i}" for i in count(1))))


def _unknown(outputs: Outputs, known: Container[Node]) -> list[Node]:
    """What the outputs need that is not known, arguments before users."""
    targets = [node for _, node in outputs]
    order = list(walk(targets))
    needed = {node for node in targets if node not in known}
    for node in reversed(order):
        if node in needed:
            needed.update(arg for arg in node.args if arg not in known)
    return [node for node in order if node in needed]


def _branches(nodes: Iterable[Node]) -> dict[Node, tuple[str, ...]]:
    """Values that are the choice of one phase for a value of the same name."""
    found: dict[Node, tuple[str, ...]] = {}
    for node in nodes:
        if node.op == "select" and node.args[0].op == "phase":
            for arm, branch in zip(node.args[1:], ("train", "test"), strict=True):
                if arm.origin.name == node.origin.name:
                    found[arm] = (branch,)
    return found


def _leaf_names(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if node.op in ("bottom", "blob", "hyper", "list", "isnone"):
            yield str(node.attr("name"))
        for axis in node.axes:
            yield from re.findall(r"\w+", str(axis))


def _uses(outputs: Outputs, new: list[Node]) -> Counter[Node]:
    """How often each value stands in a formula; an output with a line of its own needs no other."""
    uses = Counter(arg for node in new for arg in node.args)
    uses.update(node for _, node in outputs if node in uses)
    return uses


def _deserves_line(node: Node, written: str, uses: int) -> bool:
    if node.op in LEAVES or not uses:
        return False
    return len(written) > (SHORT if uses > 1 and not node.static and node.op not in THIN else LONG)


LEAVES: Final = frozenset(
    "number hyper isnone absent size phase bottom bottoms blob cotangent cotangents list coord file".split()
)
THIN: Final = frozenset("expand neg not real stop store".split())  # they add nothing that calls for a name


# -- leaves ------------------------------------------------------------------------------------------------------------


def _attr(node: Node, args: tuple[Written, ...]) -> Written:
    return Plain(str(node.attr("name")), w.ATOM, static=node.static)


def _number(node: Node, args: tuple[Written, ...]) -> Written:
    value = node.attr("value")
    if isinstance(value, (str, bool)):
        return Plain(f'"{value}"' if isinstance(value, str) else str(value).lower(), w.ATOM)
    return w.number(cast(float, value))


def _size(node: Node, args: tuple[Written, ...]) -> Written:
    return w.size(cast(Size, node.attr("size")))


# -- calls -------------------------------------------------------------------------------------------------------------


def _call(name: str) -> Rule:
    return lambda node, args: w.call(name, *args)


def _kernel(node: Node, args: tuple[Written, ...]) -> Written:
    """By name, with the attributes that are axes, sizes or plain values."""
    written = KERNELS[node.op].written
    if written is not None:
        return written(node, args)
    shown = {key: value for key, value in node.attrs if isinstance(value, (Axis, Size, int, float, str))}
    return w.call(node.op, *args, **{key: _attribute(value) for key, value in shown.items()})


def _matrix(node: Node, args: tuple[Written, ...]) -> Written:
    """`solve(a, b, N, M)`: rows and columns by their names alone."""
    pair = (Plain(axis_of(node, which).name, w.ATOM) for which in ("rows", "columns"))
    return w.call(node.op, *args, *pair)


def _nms(node: Node, args: tuple[Written, ...]) -> Written:
    box, score, among, threshold, plus, keep = args
    given = {"threshold": threshold, "keep": keep, "among": among, "plus": plus}
    unsaid = {"keep": str(axis_of(node).size), "among": "true", "plus": "0"}
    texts = {name: w.text(value) for name, value in given.items()}
    named = (Plain(f"{name}={text}", w.LOOSEST) for name, text in texts.items() if text != unsaid.get(name))
    return w.call("nms", box, score, Plain(f"over={axis_of(node).name}", w.ATOM), *named)


def _attribute(value: object) -> str:
    return value.name if isinstance(value, Axis) else str(value)


def _over(name: str) -> Rule:
    """`over=` is left out where all axes are taken together, as the user may leave it out."""

    def rule(node: Node, args: tuple[Written, ...]) -> Written:
        over = over_of(node)
        everything = set(over) == {name for arg in node.args for name in arg.names} and node.op != "dot"
        return w.call(name, *args, *([] if everything else [_list("over", over)]))

    return rule


def _list(keyword: str, names: Iterable[str]) -> Plain:
    names = tuple(names)
    return Plain(f"{keyword}={names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}", w.ATOM)


def _several(name: str) -> Rule:
    """`max(max(a, b), c)` is `max(a, b, c)`."""

    def rule(node: Node, args: tuple[Written, ...]) -> Written:
        left, right = args
        inner = re.fullmatch(rf"{name}\((.*)\)", w.text(left)) if node.args[0].op == node.op else None
        return w.call(name, Plain(inner.group(1), w.LOOSEST) if inner else left, right)

    return rule


def _rename(node: Node, args: tuple[Written, ...]) -> Written:
    pairs = renames_of(node)
    return w.call("rename", *args, *(Plain(f"{old}={new.name}", w.ATOM) for old, new in pairs if old != new.name))


def _draw(node: Node, args: tuple[Written, ...]) -> Written:
    each = [axis.name for axis in axes_of(node, "axes")]
    return w.call(str(node.attr("distribution")), *args, *([_list("each", each)] if each else []))


# -- choices -----------------------------------------------------------------------------------------------------------


def _select(node: Node, args: tuple[Written, ...]) -> Written:
    """A choice made at set-up; one that only guards a comparison with an optional value is that comparison."""
    test, known, relation = node.args
    guarded = test.op == "isnone" and known.op == "number" and relation.op in ("eq", "ne")
    if guarded and known.attr("value") == (relation.op == "ne"):
        return args[2]
    return w.conditional(*args)


def _isnone(node: Node, args: tuple[Written, ...]) -> Written:
    return w.compare(Plain(str(node.attr("name")), w.ATOM), "==", Plain("none", w.ATOM))


# -- selections --------------------------------------------------------------------------------------------------------


def _pick(node: Node, args: tuple[Written, ...]) -> Written:
    return w.selected(args[0], f"{axis_of(node).name}={w.text(args[1])}")


def _at(node: Node, args: tuple[Written, ...]) -> Written:
    place = position_of(node)
    from_behind = (place - axis_of(node).size).constant
    return w.selected(args[0], f"{axis_of(node).name}={place if from_behind is None else from_behind}")


def _slice(node: Node, args: tuple[Written, ...]) -> Written:
    return w.selected(args[0], _cut(node, short=axis_of(node), whole=axis_of(node, "whole")))


def _unslice(node: Node, args: tuple[Written, ...]) -> Written:
    long, short = axis_of(node), axis_of(node, "whole")
    start = start_of(node)
    if node.attr("step") == 1:
        return w.call("pad", args[0], **{long.name: f"[{start}, {long.size - short.size - start}]"})
    return w.call("scatter", args[0], Plain(_cut(node, short=short, whole=long), w.ATOM))


def _cut(node: Node, short: Axis, whole: Axis) -> str:
    """`H=1:H - 1`, without what goes without saying."""
    start, step = start_of(node), stride_of(node)
    stop = start + Size((((), step),)) * short.size
    to_the_end = w.cut_length(start, whole.size, step) == short.size
    first = "" if start.constant == 0 else str(start)
    return f"{whole.name}={first}:{'' if to_the_end else stop}{'' if step == 1 else f':{step}'}"


def _scatter(node: Node, args: tuple[Written, ...]) -> Written:
    g, index = args[:2]
    there = w.compare(Plain(f"index({axis_of(node).name})", w.ATOM), "==", index)
    return _lost(node, w.gate(there, g))


def _unat(node: Node, args: tuple[Written, ...]) -> Written:
    there = w.compare(Plain(f"index({axis_of(node).name})", w.ATOM), "==", w.size(position_of(node)))
    return w.gate(there, args[0])


def _flip(node: Node, args: tuple[Written, ...]) -> Written:
    return w.selected(args[0], f"{axis_of(node).name}=::-1")


def _parted(node: Node, args: tuple[Written, ...]) -> Written:
    """`split(x, C=[G, D], G=group)`, the sizes of all parts but the last stated; `join(x, F=[G, D])`."""
    words: dict[str, str] = {}
    for axis, parts in parts_of(node):
        words[axis.name] = f"[{', '.join(part.name for part in parts)}]"
    if node.op == "split":
        stated = [part for _, parts in parts_of(node) for part in parts if part.name not in words]
        words |= {part.name: str(part.size) for part in stated if str(part.size) != part.name}
    return w.call("split" if node.op == "split" else "join", *args, **words)


def _concat(node: Node, args: tuple[Written, ...]) -> Written:
    name = axis_of(node).name
    if any(name in arg.names for arg in node.args):
        return w.call("concat", *args, over=name)
    return w.call("stack", *args, Plain(name, w.ATOM))


def _inset(node: Node, args: tuple[Written, ...]) -> Written:
    return w.call("pad", args[0], **_rims(node), value=w.text(args[1]))


def _rims(node: Node) -> dict[str, str]:
    """How many places a frame has before and behind."""
    return {long.name: f"[{start}, {long.size - short.size - start}]" for long, short, start, _ in cuts_of(node)}


def _patch(node: Node, args: tuple[Written, ...]) -> Written:
    part = w.call("pad", args[1], **_rims(node))
    return w.add(args[0], part if node.attr("plus") else w.negative(part))


def _put(node: Node, args: tuple[Written, ...]) -> Written:
    return w.add(args[0], _scatter(node, args[1:]))


def _lost(node: Node, written: Written) -> Written:
    """Summed over what the arguments of a scatter have and its value has not."""
    lost = dict.fromkeys(name for arg in node.args for name in arg.names if name not in node.names)
    return w.call("sum", written, _list("over", lost)) if lost else written


NAMED: Final[Mapping[str, str]] = {
    name: name
    for name in (
        "abs sign sqrt exp expm1 log log1p log2 log10 exp2 sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh "
        "arccosh arctanh floor ceil round trunc cbrt erf erfc relu sigmoid softplus isnan isinf isfinite hypot clip"
    ).split()
} | {"logsigmoid": "log_sigmoid", "arctan2": "atan2", "stop": "stop_gradient", "grad": "grad"}

REDUCED: Final[Mapping[str, str]] = {
    name: name
    for name in ("sum mean max min prod var std norm logsumexp any all count argmax argmin softmax dot").split()
} | {"logsoftmax": "log_softmax"}

FORMULAS: Final[dict[str, Rule]] = {
    **{op: _call(name) for op, name in NAMED.items()},
    **{op: _over(name) for op, name in REDUCED.items()},
    **dict.fromkeys(("hyper", "bottom", "bottoms", "blob", "of_shape", "file"), _attr),
    **dict.fromkeys("inverse solve det logdet cofactors cholesky eigenvalues eigenvectors".split(), _matrix),
    "nms": _nms,
    "extern": lambda node, args: w.call(str(node.attr("function")), *args),
    "number": _number,
    "size": _size,
    "isnone": _isnone,
    "absent": lambda node, args: w.compare(Plain(str(node.attr("name")), w.ATOM), "==", Plain("none", w.ATOM)),
    "phase": lambda node, args: Plain("train", w.ATOM, static=True),
    "cotangent": lambda node, args: Plain(f"d({node.attr('name')})", w.ATOM),
    "derived": lambda node, args: Plain(f"d({node.attr('name')})", w.ATOM),
    "cotangents": lambda node, args: Plain(f"d({node.attr('name')})", w.ATOM),
    "list": lambda node, args: Plain(f"values({node.attr('name')}, {axis_of(node).name})", w.ATOM),
    "coord": lambda node, args: Plain(f"index({axis_of(node).name})", w.ATOM),
    "draw": _draw,
    "neg": lambda node, args: w.negative(args[0]),
    "add": lambda node, args: w.add(*args),
    "sub": lambda node, args: w.add(args[0], w.negative(args[1])),
    "mul": lambda node, args: w.multiply(*args),
    "div": lambda node, args: w.divide(*args),
    "reciprocal": lambda node, args: w.divide(w.number(1), args[0]),
    "square": lambda node, args: w.power(args[0], w.number(2)),
    "pow": lambda node, args: w.power(*args),
    "floordiv": lambda node, args: w.infix(args[0], "//", args[1]),
    "mod": lambda node, args: w.infix(args[0], "%", args[1]),
    "maximum": _several("max"),
    "minimum": _several("min"),
    "lt": lambda node, args: w.compare(args[0], "<", args[1]),
    "le": lambda node, args: w.compare(args[0], "<=", args[1]),
    "gt": lambda node, args: w.compare(args[0], ">", args[1]),
    "ge": lambda node, args: w.compare(args[0], ">=", args[1]),
    "eq": lambda node, args: w.compare(args[0], "==", args[1]),
    "ne": lambda node, args: w.compare(args[0], "!=", args[1]),
    "xor": lambda node, args: w.compare(args[0], "!=", args[1]),
    "and": lambda node, args: w.both(*args),
    "or": lambda node, args: w.either(*args),
    "not": lambda node, args: w.negation(args[0]),
    "real": lambda node, args: w.call("float", args[0]) if node.args[0].kind == "bool" else args[0],
    "where": _call("where"),
    "gate": lambda node, args: w.gate(*args),
    "select": _select,
    "expand": lambda node, args: args[0],
    **dict.fromkeys(("store", "store_each", "parts"), lambda node, args: args[0]),
    "rename": _rename,
    "pick": _pick,
    "scatter": _scatter,
    "slice": _slice,
    "unslice": _unslice,
    "at": _at,
    "unat": _unat,
    "put": _put,
    "flip": _flip,
    **dict.fromkeys(("split", "join", "joined"), _parted),
    "concat": _concat,
    "inset": _inset,
    "patch": _patch,
}
