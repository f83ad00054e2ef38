"""Names of the layer's own arrays: those that the user gave, beside those that the compiler gives."""

from __future__ import annotations

import re
from typing import Final

# What the emitted class calls its own: temporaries, offsets, sums, parts of loops, what it notes at set-up.
GENERATED: Final = re.compile(
    r"(?:t|c|base|limit|zero|one|sum[fbc]|(?:forward|backward|shape)_parts|in_place)[0-9]*|sizes|shapes|random"
    r"|(?:index|has)_.*|.*_(?:own|own_diff|count|parts)"
)


def own_name(name: str) -> str:
    """A name of the user's as that of an array, with `_` behind it where the compiler has such names for itself."""
    name = name.replace(".", "_")  # `h.weight` of a layer that is used inside another
    return f"{name}_" if GENERATED.fullmatch(name) else name
