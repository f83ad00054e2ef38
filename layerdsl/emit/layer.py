"""The class of one layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from layerdsl.emit.facts import hyper_facts
from layerdsl.emit.inplace import Sharing, sharing
from layerdsl.emit.names import TAKEN, Names, attribute
from layerdsl.emit.operators import Emitter
from layerdsl.emit.phase import INDENT, PhaseText, buffer_size
from layerdsl.emit.refs import Refs, hyper_size
from layerdsl.emit.runtime import fill_pieces, fill_text, read_lines, read_pieces
from layerdsl.emit.scalars import scalar
from layerdsl.graph import Axis, Blob, Extent, Node, Size, Symbol, walk
from layerdsl.graph import size as sizes
from layerdsl.plan.layer import Phase, Plan
from layerdsl.plan.schedule import Step
from layerdsl.plan.storage import Buffer, steps_of

DTYPES = {"real": "dtype", "bool": "np.bool_", "int": "np.intp", "bits": "bits"}


@dataclass(frozen=True)
class ClassText:
    """The text of a class and the names of the support functions that it calls."""

    text: str
    support: frozenset[str]


@dataclass
class LayerText:
    """Everything that the text of one class is made with."""

    plan: Plan
    file: str
    support: set[str] = field(default_factory=set)
    constants: dict[tuple[str, str], str] = field(default_factory=dict)
    bases: dict[tuple[str, str], str] = field(default_factory=dict)
    cuts: list[tuple[Refs, object]] = field(default_factory=list)

    @property
    def layer(self) -> object:
        return self.plan.program.layer

    def place(self) -> str:
        """Class, file and line of the layer, for messages."""
        layer = self.plan.program.layer
        return f"{layer.name} ({self.file}:{layer.span.line})"

    def where(self, node: Node) -> str:
        """Class, file and line of a node, for messages."""
        layer = self.plan.program.layer
        line = node.origin.span.line if node.origin.span else layer.span.line
        return f"{layer.name} ({self.file}:{line})"


def class_text(plan: Plan, file: str) -> ClassText:
    """The class of a plan; `file` is the name of the `.layer` file, for comments and messages."""
    made = LayerText(plan, file)
    shared = sharing(plan)
    forward = _phase_method(made, plan.forward, "forward", shared)
    backward = _phase_method(made, plan.backward, "backward", shared)
    reshape = _reshape(made, shared)
    setup = _setup(made)
    measure = _measure(made)
    layer = plan.program.layer
    doc = _docstring(layer.doc or f"{layer.name}, from {file}.")
    methods = [setup, measure, reshape, forward, backward]
    body = "\n\n".join("\n".join(INDENT + line if line else line for line in method) for method in methods if method)
    return ClassText(f"class {layer.name}(caffe.Layer):\n{doc}\n\n{body}\n", frozenset(made.support))


def _docstring(doc: str) -> str:
    lines = [line.strip() for line in doc.strip().splitlines()]
    safe = [line.replace("\\", "\\\\").replace('"""', "'''") for line in lines]
    if len(safe) == 1:
        text = safe[0] + (" " if safe[0].endswith('"') else "")
        return f'{INDENT}"""{text}"""'
    body = "\n".join(INDENT + line if line else "" for line in safe[1:])
    return f'{INDENT}"""{safe[0]}\n{body}\n{INDENT}"""'


# -- setup -------------------------------------------------------------------------------------------------------------


def _setup(made: LayerText) -> list[str]:
    layer = made.plan.program.layer
    lines = [
        f"if len(bottom) != {len(layer.bottoms)} or len(top) != {len(layer.tops)}:",
        f"    raise ValueError({_counts(made)} % (len(bottom), len(top)))",
    ]
    facts = hyper_facts(layer)
    if facts:
        lines += read_lines(made.place(), facts)
        made.support.update(read_pieces(facts))
        lines += [f"self.{attribute(fact.name)} = hyper[{fact.name!r}]" for fact in facts]
    lines += [line for text in _requirements(made, early=True) for line in text]
    lines += _blobs(made)
    if any(step.node.op == "draw" for step in _all_steps(made.plan)):
        lines.append("self._random = np.random.RandomState(np.random.randint(2 ** 31 - 1))")
    lines.append("self._shapes = None")
    return ["def setup(self, bottom, top):", *(INDENT + line for line in lines)]


def _counts(made: LayerText) -> str:
    layer = made.plan.program.layer
    bottoms = ", ".join(blob.name for blob in layer.bottoms)
    tops = ", ".join(blob.name for blob in layer.tops)
    return repr(
        f"{made.place()}: takes {_number(len(layer.bottoms), 'bottom')} ({bottoms}) and "
        f"{_number(len(layer.tops), 'top')} ({tops}), not %d and %d"
    )


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _all_steps(plan: Plan) -> Iterable[Step]:
    return (step for phase in (plan.forward, plan.backward) for item in phase.items for step in steps_of(item))


def _requirements(made: LayerText, early: bool) -> list[list[str]]:
    """The checks of `require`: what speaks of hyper-parameters alone in `setup`, the rest where the sizes are known."""
    found: list[list[str]] = []
    names = _size_names(made)
    for requirement in made.plan.program.layer.requirements:
        needs_sizes = _axis_symbols(walk([requirement.condition]))
        if bool(needs_sizes) == early:
            continue
        test = scalar(requirement.condition, lambda symbol: _symbol(symbol, names))
        said = requirement.message or f"requires {requirement.written}"
        hypers = [f"self.{attribute(name)}" for name in _hyper_names(requirement.condition)]
        values = "".join(f", {name.removeprefix('self.')} is %r" for name in hypers)
        place = f"{made.plan.program.layer.name} ({made.file}:{requirement.span.line})"
        message = repr(
            f"{place}: {said}{values}".replace("%", "%%").replace("is %%r", "is %r") if hypers else f"{place}: {said}"
        )
        arguments = f" % ({', '.join(hypers)},)" if hypers else ""
        found.append([f"if not ({test}):", f"    raise ValueError({message}{arguments})"])
    return found


def _hyper_names(condition: Node) -> list[str]:
    names: dict[str, None] = {}
    for node in walk([condition]):
        if node.op in ("hyper", "isnone"):
            names[str(node.attr("name"))] = None
        elif node.op == "size":
            symbols = cast(Size, node.attr("size")).symbols()
            names.update({s.name: None for s in symbols if s.kind == "hyper" and not s.name.startswith("len(")})
    return list(names)


def _axis_symbols(nodes: Iterable[Node]) -> set[str]:
    found = [cast(Size, node.attr("size")) for node in nodes if node.op == "size"]
    return {symbol.name for size in found for symbol in size.symbols() if symbol.kind == "axis"}


def _symbol(symbol: Symbol, names: dict[str, str]) -> str:
    return hyper_size(symbol) if symbol.kind == "hyper" else names[symbol.name]


def _blobs(made: LayerText) -> list[str]:
    """The learned blobs, created and filled where Caffe has not brought them along."""
    blobs = made.plan.program.layer.blobs
    if not blobs:
        return []
    names = _size_names(made)
    axes = {
        symbol.name
        for blob in blobs
        for extent in blob.extents
        for symbol in extent.size.symbols()
        if symbol.kind == "axis"
    }
    lines = ["if len(self.blobs) == 0:"]
    if axes:
        lines += [INDENT + line for line in _sizes_lines(made, axes)]
    for number, blob in enumerate(blobs):
        shape = ", ".join(_int(extent.size, names) for extent in blob.extents)
        lines.append(f"    self.blobs.add_blob({shape})  # {blob.name} {blob.written}")
        arguments = [(name, scalar(node, lambda s: _symbol(s, names))) for name, node in blob.filler.arguments]
        lines.append(f"    {fill_text(blob.filler.name, f'self.blobs[{number}].data', arguments)}")
        made.support.update(fill_pieces(blob.filler.name))
    return lines


def _int(size: Size, names: dict[str, str]) -> str:
    text = sizes.text(size, lambda symbol: _symbol(symbol, names))
    return text


# -- sizes -------------------------------------------------------------------------------------------------------------


def _size_names(made: LayerText) -> dict[str, str]:
    """The local variables that hold the sizes of the axes."""
    names = Names(TAKEN)
    return {axis.name: names(axis.name, axis.name) for axis in _own_axes(made)}


def _own_axes(made: LayerText) -> list[Axis]:
    """The axes whose sizes are read off the bottoms."""
    found: dict[str, Axis] = {}
    for blob in made.plan.program.layer.bottoms:
        for extent in blob.extents:
            if extent.axis is not None and not extent.computed:
                found.setdefault(extent.axis.name, extent.axis)
    return list(found.values())


def _measure(made: LayerText) -> list[str]:
    layer = made.plan.program.layer
    made.support.add("_match")
    lines = ["sizes = {}"]
    for number, blob in enumerate(layer.bottoms):
        pattern = ", ".join(_pattern(extent) for extent in blob.extents)
        pattern = f"({pattern},)" if len(blob.extents) == 1 else f"({pattern})"
        lines.append(
            f"_match({made.place()!r}, 'bottom[{number}] `{blob.name}`', bottom[{number}].shape, {pattern}, sizes)"
        )
    lines.append("return dict([(axis, size) for axis, (size, _) in sizes.items()])")
    doc = '"""The sizes of the axes, read off the bottoms and held against each other."""'
    return ["def _measure(self, bottom):", INDENT + doc, *(INDENT + line for line in lines)]


def _pattern(extent: Extent) -> str:
    if extent.size.constant is not None:
        return str(extent.size.constant)
    assert extent.axis is not None
    return repr(("*" if extent.star else "") + extent.axis.name)


def _sizes_lines(made: LayerText, wanted: set[str] | None = None) -> list[str]:
    """The sizes as local variables."""
    names = _size_names(made)
    lines = ["sizes = self._measure(bottom)"]
    for axis in _own_axes(made):
        if wanted is not None and axis.name not in wanted:
            continue
        if axis.star:
            made.support.add("_product")
            lines.append(f"{names[axis.name]} = _product(sizes['*{axis.name}'])")
        else:
            lines.append(f"{names[axis.name]} = sizes[{axis.name!r}]")
    return lines


# -- reshape -----------------------------------------------------------------------------------------------------------


def _reshape(made: LayerText, shared: Sharing) -> list[str]:
    plan = made.plan
    count = len(plan.program.layer.bottoms)
    shapes = f"[tuple(bottom[i].shape) for i in range({count})]" if count != 1 else "[tuple(bottom[0].shape)]"
    lines = [f"shapes = {shapes}", "if shapes == self._shapes:", "    return"]
    lines += _sizes_lines(made) + _checks(made)
    names = _size_names(made)
    lines += [_top_reshape(number, blob, names) for number, blob in enumerate(plan.program.layer.tops)]
    own = list(names.values())
    if own:
        lines.append(f"self._sizes = {_tuple(own)}")
    lines += _memory(made, shared, names)
    lines.append("self._shapes = shapes")
    return ["def reshape(self, bottom, top):", *(INDENT + line for line in lines)]


def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _checks(made: LayerText) -> list[str]:
    """Sizes that have to agree and could not be proved to."""
    layer = made.plan.program.layer
    names = _size_names(made)
    lines: list[str] = []
    for number, blob in enumerate(layer.bottoms):
        for extent in blob.extents:
            if extent.axis is not None and extent.computed and extent.size.constant is None:
                found, wanted = f"sizes[{extent.axis.name!r}]", _int(extent.size, names)
                if extent.axis.name == wanted:
                    continue
                said = f"{made.place()}: axis {extent.axis.name} of bottom[{number}] `{blob.name}` has size %d, declared is {extent.size} = %d"
                lines += [f"if {found} != {wanted}:", f"    raise ValueError({said!r} % ({found}, {wanted}))"]
    for equality in layer.equalities:
        left, right = _int(equality.left, names), _int(equality.right, names)
        place = f"{layer.name} ({made.file}:{equality.span.line})"
        said = f"{place}: axis {equality.axis} has size {equality.left} = %d in one value and {equality.right} = %d in the other"
        lines += [f"if {left} != {right}:", f"    raise ValueError({said!r} % ({left}, {right}))"]
    lines += [line for text in _requirements(made, early=False) for line in text]
    lines += _blob_checks(made, names)
    return lines


def _blob_checks(made: LayerText, names: dict[str, str]) -> list[str]:
    """A learned blob keeps its shape: other bottoms, or blobs from elsewhere, are refused by name."""
    lines: list[str] = []
    for number, blob in enumerate(made.plan.program.layer.blobs):
        shape = _tuple([_int(extent.size, names) for extent in blob.extents]) if blob.extents else "()"
        found = f"tuple(self.blobs[{number}].data.shape)"
        said = f"{made.place()}: blobs[{number}] `{blob.name}` {blob.written} has shape %s, these bottoms need %s"
        lines += [f"if {found} != {shape}:", f"    raise ValueError({said!r} % ({found}, {shape}))"]
    return lines


def _top_reshape(number: int, blob: Blob, names: dict[str, str]) -> str:
    pieces: list[str] = []
    star = ""
    for extent in blob.extents:
        if extent.star and extent.axis is not None and extent.axis.name in names:
            star = f"sizes['*{extent.axis.name}']"
            pieces.append(f"*{star}")
        else:
            pieces.append(_int(extent.size, names))
    if star and not pieces[-1].startswith("*"):
        i = next(i for i, piece in enumerate(pieces) if piece.startswith("*"))
        joined = " + ".join(filter(None, [_tuple(pieces[:i]) if i else "", star, _tuple(pieces[i + 1 :])]))
        return f"top[{number}].reshape(*({joined}))"
    return f"top[{number}].reshape({', '.join(pieces)})"


def _memory(made: LayerText, shared: Sharing, names: dict[str, str]) -> list[str]:
    """Every array that forward and backward need, allocated once."""

    def size(one: Size) -> str:
        return sizes.text(one, lambda symbol: _symbol(symbol, names))

    lines: list[str] = []
    for (op, expression), name in made.constants.items():
        lines.append(f"self._{name} = {expression}")
    for (expression, _), name in made.bases.items():
        lines.append(f"self._{name} = {expression}")
    for buffer in _buffers(made.plan):
        shape = _tuple([size(axis.size) for axis in buffer.axes]) if buffer.axes else "()"
        kind = "np.float64" if buffer.name.startswith("sum") else DTYPES[buffer.dtype]
        lines.append(f"self._{buffer.name} = np.empty({shape}, {kind})")
    for text in made.cuts:
        lines += _cut_lines(made, cast(PhaseText, text), size)
    lines += shared.allocate(size)
    joined = " ".join(lines)
    head: list[str] = []
    if "dtype" in joined.replace("dtype=dtype", "dtype") or "bits" in joined:
        head.append("dtype = bottom[0].data.dtype  # float32 in Caffe; layerdsl check runs in float64")
    if ", bits)" in joined:
        head.append("bits = np.dtype('i%d' % dtype.itemsize)")
    return head + lines


def _buffers(plan: Plan) -> list[Buffer]:
    """Each array of the layer's own once; those of the same name in forward and backward differ by their axes."""
    found: dict[Buffer, None] = {}
    for _, buffer in plan.kept:
        found[buffer] = None
    for phase in (plan.forward, plan.backward):
        for place in (*phase.storage.places.values(), *(p for ps in phase.storage.scratch.values() for p in ps)):
            if isinstance(place, Buffer):
                found[place] = None
        found.update({buffer: None for buffer in phase.storage.sums.values()})
    return list(found)


def _cut_lines(made: LayerText, text: PhaseText, size: object) -> list[str]:
    lines: list[str] = []
    measure = cast("type[str]", size)
    for cut in text.cuts:
        made.support.add("_parts")
        inner = measure(sizes.product([axis.size for axis in cut.inner]))
        lengths = _tuple([measure(axis.size) for axis in cut.axes])
        parts = f"_parts({lengths}, {inner})"
        if not cut.parts:
            lines.append(f"self._{cut.attribute} = {parts}")
            continue
        made.support.add("_cut")
        names = [text.names(("slice", axis.name), "") for axis in cut.axes]
        shapes: list[str] = []
        for part in cut.parts:
            name = text.refs.part_names(part)
            lines.append(f"{name} = np.empty({buffer_size(cut, part, measure)}, {DTYPES[part.dtype]})")
            by_name = dict(zip([axis.name for axis in cut.axes], names, strict=True))
            shape = ", ".join(by_name.get(axis.name) or measure(axis.size) for axis in part.axes)
            shapes.append(f"_cut({name}, {shape})" if shape else f"_cut({name})")
        unpacked = names[0] + ", " if len(names) == 1 else ", ".join(names)
        lines.append(f"self._{cut.attribute} = [")
        lines.append(f"    ({', '.join([*names, *shapes])})")
        lines.append(f"    for {unpacked.strip()} in {parts}")
        lines.append("]")
    return lines


# -- forward and backward ----------------------------------------------------------------------------------------------


def _phase_method(made: LayerText, phase: Phase, name: str, shared: Sharing) -> list[str]:
    arguments = "bottom, top" if name == "forward" else "top, propagate_down, bottom"
    header = f"def {name}(self, {arguments}):"
    names = Names(TAKEN)
    size_names = {axis.name: names(("size", axis.name), axis.name) for axis in _own_axes(made)}
    used: dict[tuple[str, str], str] = {}

    def local(kind: str, blob: str) -> str:
        suffix = "_diff" if kind in ("cotangent", "bottom_diff", "blob_diff") else ""
        kind = {"blob": "blob", "state": "blob"}.get(kind, kind)
        return used.setdefault((kind, blob), names((kind, blob), blob + suffix))

    refs = Refs(phase.storage, made.plan.order, size_names, local, constants=made.constants)
    emitter = Emitter(refs, made.support, made.where, made.bases)
    text = PhaseText(
        phase,
        refs,
        emitter,
        names,
        lambda step: _condition(made, step, refs, name),
        lambda node: _comment(made, node, name),
        name,
    )
    body = text.body()
    made.cuts.append(text)  # type: ignore[arg-type]
    lines = _early_return(made) if name == "backward" else []
    sizes_used = _sizes_used(size_names, used, body, made)
    lines += sizes_used + [
        line for key, variable in used.items() for line in _array(made, key, variable, size_names, shared, name)
    ]
    lines += shared.copies(name)
    if any("np." in line for line in body):
        made.support.add("_settings")
        body = ["with _settings():", *(INDENT + line for line in body)]
    lines += body
    if name == "backward":
        lines = _zeros(made) + lines
    return [header, *(INDENT + line for line in lines or ["pass"])]


def _sizes_used(
    size_names: dict[str, str], used: dict[tuple[str, str], str], body: list[str], made: LayerText
) -> list[str]:
    """The line that takes the sizes out, where they are used at all."""
    if not size_names or not (used or body):
        return []
    return [f"{_unpack(list(size_names.values()))} = self._sizes"]


def _unpack(names: list[str]) -> str:
    return f"{names[0]}," if len(names) == 1 else ", ".join(names)


def _gradients(made: LayerText) -> list[int]:
    """The numbers of the bottoms that get a gradient."""
    names = [name for name, _ in made.plan.program.bottom_diffs]
    return [i for i, blob in enumerate(made.plan.program.layer.bottoms) if blob.name in names]


def _early_return(made: LayerText) -> list[str]:
    numbers = _gradients(made)
    if made.plan.program.blob_diffs or not numbers:
        return []
    test = " or ".join(f"propagate_down[{i}]" for i in numbers)
    return [f"if not {test}:" if len(numbers) == 1 else f"if not ({test}):", "    return"]


def _zeros(made: LayerText) -> list[str]:
    """A bottom without gradient gets zeros when it is asked for one, as with `force_backward`."""
    numbers = _gradients(made)
    lines: list[str] = []
    for i, blob in enumerate(made.plan.program.layer.bottoms):
        if i not in numbers:
            lines += [f"if propagate_down[{i}]:", f"    bottom[{i}].diff[...] = 0  # `{blob.name}` has no gradient"]
    return lines


def _condition(made: LayerText, step: Step, refs: Refs, name: str) -> tuple[str, ...]:
    conditions: list[str] = []
    if name == "backward" and step.needs is not None:
        numbers = [i for i in _gradients(made) if made.plan.program.layer.bottoms[i].name in step.needs]
        if made.plan.program.blob_diffs or numbers != _gradients(made):
            conditions.append(" or ".join(f"propagate_down[{i}]" for i in numbers))
    for test, holds in step.given:
        text = scalar(test, refs.symbol)
        conditions.append(text if holds else f"not ({text})")
    return tuple(conditions)


def _comment(made: LayerText, node: Node, name: str) -> str:
    span = node.origin.span
    if span is None:
        return ""
    if name == "backward":
        return f"d/d {node.origin.of} of line {span.line}" if node.origin.of else f"line {span.line} again"
    return f"{made.file}:{span.line}  {span.source.line(span.line).strip()}"


def _array(
    made: LayerText, key: tuple[str, str], variable: str, size_names: dict[str, str], shared: Sharing, name: str
) -> list[str]:
    """One of Caffe's arrays as a local variable, with its axes in the layer's order."""
    kind, blob_name = key
    layer = made.plan.program.layer
    if kind in ("blob", "blob_diff"):
        number = [blob.name for blob in layer.blobs].index(blob_name)
        blob = layer.blobs[number]
        text = f"self.blobs[{number}].{'diff' if kind == 'blob_diff' else 'data'}"
        return [f"{variable} = {text}{_turned(made, blob.axes, _literal_ones(blob.extents, size_names))}"]
    ends = layer.bottoms if kind in ("bottom", "bottom_diff") else layer.tops
    number = [blob.name for blob in ends].index(blob_name)
    end = ends[number]
    side = "bottom" if kind in ("bottom", "bottom_diff") else "top"
    text = f"{side}[{number}].{'diff' if kind in ('cotangent', 'bottom_diff') else 'data'}"
    line = f"{variable} = {text}{_turned(made, end.axes, _shape(end.axes, size_names))}"
    if kind == "bottom_diff" and (made.plan.program.blob_diffs or len(_gradients(made)) > 1):
        return [f"if propagate_down[{number}]:", INDENT + line]
    return shared.replaced(kind, blob_name, name, line, variable)


def _shape(axes: tuple[Axis, ...], size_names: dict[str, str]) -> str:
    if not axes:
        return ".reshape(())"
    return f".reshape({', '.join(_int(axis.size, size_names) for axis in axes)})"


def _literal_ones(extents: tuple[Extent, ...], size_names: dict[str, str]) -> str:
    """A blob of the layer's own has the shape it was made with, but for axes that formulas do not see."""
    axes = tuple(extent.axis for extent in extents if extent.axis is not None)
    return "" if len(axes) == len(extents) else _shape(axes, size_names)


def _turned(made: LayerText, axes: tuple[Axis, ...], reshape: str) -> str:
    ordered = made.plan.order(axes)
    if ordered == axes:
        return reshape
    turn = ", ".join(str(axes.index(axis)) for axis in ordered)
    return f"{reshape}.transpose({turn})"
