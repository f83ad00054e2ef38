"""Random draws, from the generator that each layer has for itself."""

from __future__ import annotations

from layerdsl.emit.emitter import Emitter
from layerdsl.plan.schedule import Step


def draw(emitter: Emitter, step: Step) -> list[str]:
    """Random numbers, drawn anew in each forward."""
    node, out = step.node, emitter.out(step)
    axes = emitter.refs.order(node.axes)
    shape = ", ".join(emitter.refs.size(axis.size) for axis in axes)
    shape = f"({shape},)" if len(axes) == 1 else f"({shape})"
    args = [emitter.refs.read(arg, axes) for arg in node.args]
    drawn = f"self._random.random_sample({shape})"
    match node.attr("distribution"):
        case "uniform":
            return [f"np.copyto({out}, {_scaled(drawn, *args)}, casting='same_kind')"]
        case "randint":
            return [f"np.copyto({out}, np.floor({_scaled(drawn, *args)}), casting='same_kind')"]
        case "bernoulli" if not node.args[0].axes:
            emitter.support.add("_chance")
            return [f"_chance(self._random, {args[0]}, {out})"]
        case "bernoulli":
            return [f"np.less({drawn}, {args[0]}, out={out})"]
    normal = f"self._random.standard_normal({shape})"
    return [f"np.copyto({out}, {args[0]} + {_bracketed(args[1])} * {normal}, casting='same_kind')"]


def _scaled(drawn: str, low: str, high: str) -> str:
    if low in ("0", "0.0"):
        return drawn if high in ("1", "1.0") else f"{drawn} * {_bracketed(high)}"
    return f"{low} + {drawn} * ({high} - {_bracketed(low)})"


def _bracketed(text: str) -> str:
    return f"({text})" if " " in text else text
