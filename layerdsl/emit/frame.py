"""What the texts of one class share: the layer, its file, and the support functions that it calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from layerdsl.emit.lines import INDENT
from layerdsl.emit.shortened import Shortened
from layerdsl.graph import LayerGraph, Node


@dataclass
class Frame:
    """`file` is the name of the `.layer` file, for comments and messages."""

    layer: LayerGraph
    file: str
    support: set[str] = field(default_factory=set)
    short: Shortened = field(default_factory=lambda: Shortened({}, {}))

    def place(self) -> str:
        """Class, file and line of the layer, for messages."""
        return f"{self.layer.name} ({self.file}:{self.layer.span.line})"

    def where(self, node: Node) -> str:
        """Class, file and line of a node, for messages."""
        line = node.origin.span.line if node.origin.span else self.layer.span.line
        return f"{self.layer.name} ({self.file}:{line})"


def docstring(doc: str) -> str:
    """The docstring of a class, on as many lines as the text has; nothing in it ends it early."""
    lines = [line.strip() for line in doc.strip().splitlines()]
    safe = [line.replace("\\", "\\\\").replace('"""', "'''") for line in lines]
    if len(safe) == 1:
        text = safe[0] + (" " if safe[0].endswith('"') else "")
        return f'{INDENT}"""{text}"""'
    body = "\n".join(INDENT + line if line else "" for line in safe[1:])
    return f'{INDENT}"""{safe[0]}\n{body}\n{INDENT}"""'
