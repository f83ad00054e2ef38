"""The prototxt of a layer: a message of Caffe's, printed part by part with a comment that names each.

    >>> from layerdsl.emit.wiring import EndFact, Wiring
    >>> ends = (EndFact("x", "[*S]", True),), (EndFact("y", "[*S]", True),)
    >>> print(snippet(Wiring("identity", "Identity", "", *ends, (), ())), end="")
    # Identity
    layer {
      name: "identity"
      type: "Python"
      bottom: "x"  # [*S]
      top: "y"  # [*S]
      python_param {
        module: "identity"
        layer: "Identity"
      }
    }

What is printed reads back as the message that `layer_parameter` gives, with protobuf's parser as with Caffe's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from layerdsl.caffe.messages import new
from layerdsl.emit.describe import how_many, hyper_line, one_line, snake_case
from layerdsl.emit.wiring import BlobFact, EndFact, Wiring


@dataclass(frozen=True)
class Part:
    """Some fields of a layer, with comments that stand in lines of their own, or behind the only line."""

    fields: Any  # a LayerParameter
    above: tuple[str, ...] = ()
    behind: str = ""
    in_one_line: bool = False


def snippet(wiring: Wiring) -> str:
    """The `layer { }` of a net that uses this layer, its bottoms and tops named as in its declaration."""
    lines = [f"  {line}" for part in parts(wiring) for line in _printed(part)]
    return "\n".join([*_heading(wiring), "layer {", *lines, "}", ""])


def document(wirings: Iterable[Wiring]) -> str:
    """The snippets of several layers, one under the other."""
    return "\n".join(map(snippet, wirings))


def layer_parameter(wiring: Wiring) -> Any:
    """The message `LayerParameter` that `snippet` prints."""
    whole = new("LayerParameter")
    for part in parts(wiring):
        whole.MergeFrom(part.fields)
    return whole


def param_str(wiring: Wiring) -> str:
    """Every hyper-parameter with its default as JSON, in the order of declaration; null where a net has to give it."""
    return json.dumps({hyper.name: hyper.default for hyper in wiring.hypers}) if wiring.hypers else ""


def _heading(wiring: Wiring) -> list[str]:
    doc = one_line(wiring.doc)
    if not doc:
        return [f"# {wiring.layer}"]
    return [f"# {doc}" if doc.startswith(f"{wiring.layer}:") else f"# {wiring.layer}: {doc}"]


def _printed(part: Part) -> Iterator[str]:
    from google.protobuf.text_format import MessageToString

    yield from (f"# {line}" for line in part.above)
    lines = MessageToString(part.fields, as_one_line=part.in_one_line).rstrip().splitlines()
    yield from [f"{lines[0]}  # {part.behind}"] if part.behind else lines


def parts(wiring: Wiring) -> Iterator[Part]:
    """The parts of the message in the order in which they are printed."""
    yield Part(new("LayerParameter", name=snake_case(wiring.layer), type="Python"))
    yield from (_end("bottom", end, _bottom_comment(end)) for end in wiring.bottoms)
    yield from (_end("top", end, _comment(end)) for end in wiring.tops)
    yield from _loss_weights([end for end in wiring.tops if end.there])
    yield from map(_param, wiring.blobs)
    yield from _propagate_down([end for end in wiring.bottoms if end.there])
    if wiring.phase:
        rule = new("NetStateRule", phase=wiring.phase)
        yield Part(new("LayerParameter", include=[rule]), ("in this phase alone",), in_one_line=True)
    yield _python_param(wiring)


def _end(side: str, end: EndFact, comment: str) -> Part:
    """The line of a bottom or top; one that is not there by default stands in a comment."""
    if not end.there:
        return Part(new("LayerParameter"), (f'{side}: "{end.name}"  # {comment}',))
    return Part(new("LayerParameter", **{side: [end.name]}), behind=comment)


def _comment(end: EndFact) -> str:
    return one_line(end.shape) + how_many(end)


def _bottom_comment(end: EndFact) -> str:
    return _comment(end) + ("" if end.gradient else ", gets no gradient")


def _loss_weights(tops: Sequence[EndFact]) -> Iterator[Part]:
    if any(end.loss for end in tops):
        weights = [1.0 if end.loss else 0.0 for end in tops]
        above = (
            "the weight of the loss in the objective" if len(tops) == 1 else "for each top its weight in the objective"
        )
        yield Part(new("LayerParameter", loss_weight=weights), (above,))


def _param(blob: BlobFact) -> Part:
    spec = new("ParamSpec", lr_mult=blob.lr_mult, decay_mult=blob.decay_mult)
    above = f"{blob.name} {one_line(blob.shape)} = {one_line(blob.filler)}"
    above += ", a state: the solver leaves it alone" if blob.state else ""
    above += f" ({one_line(blob.doc)})" if blob.doc.strip() else ""
    above += f", where {blob.under}" if blob.under else ""
    if not blob.there:
        return Part(
            new("LayerParameter"), (above, *_printed(Part(new("LayerParameter", param=[spec]), in_one_line=True)))
        )
    return Part(new("LayerParameter", param=[spec]), (above,), in_one_line=True)


def _propagate_down(bottoms: Sequence[EndFact]) -> Iterator[Part]:
    if not all(end.gradient for end in bottoms):
        several = any(end.variadic or end.optional for end in bottoms)
        above = "one for each bottom that is there" if several else "for each bottom whether it gets a gradient"
        yield Part(new("LayerParameter", propagate_down=[end.gradient for end in bottoms]), (above,))


def _python_param(wiring: Wiring) -> Part:
    fields: dict[str, str] = {"module": wiring.module, "layer": wiring.layer}
    if wiring.hypers:
        fields["param_str"] = param_str(wiring)
    return Part(new("LayerParameter", python_param=new("PythonParameter", **fields)), _hyper_comments(wiring))


def _hyper_comments(wiring: Wiring) -> tuple[str, ...]:
    if not wiring.hypers:
        return ()
    return ("param_str holds:", *(f"  {hyper_line(hyper)}" for hyper in wiring.hypers))
