"""Prototxt read into messages of Caffe's; what can't be read is a diagnostic with its place.

>>> net = parse(Source("net.prototxt", 'layer { name: "relu1" type: "ReLU" bottom: "a" top: "a" }'))
>>> net.layer[0].type
'ReLU'
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from layerdsl.caffe.messages import file_descriptor, new
from layerdsl.source import Diagnostic, Fault, Source, Span
from layerdsl.source.nearest import LONGEST, nearest

if TYPE_CHECKING:
    from google.protobuf.text_format import ParseError

# What protobuf says of a text, what we say, under which code, and what the second group is one of.
_KNOWN: Final = (
    (r'Message type "caffe\.(\w+)" has no field named "(.*)"', "LD101", "`{0}` has no field `{1}`"),
    (r'Enum type "caffe\.([\w.]+)" has no value named (\w+)', "LD101", "`{1}` is no value of `{0}`"),
    (
        r'Message type "caffe\.(\w+)" should not have multiple "(\w+)" fields',
        "LD102",
        "`{1}` is given twice in a `{0}`",
    ),
    (r'Expected "(.)"', "LD003", "`{0}` is missing here"),
    (r"Expected identifier()", "LD003", "the name of a field is expected here"),
    (r"Expected string but found()", "LD503", "a text in quotes is expected here"),
    (r'Expected "true"()', "LD503", "`true` or `false` is expected here"),
    (r"String missing ending quote()", "LD006", "a string whose quote does not close"),
    (r"Value out of range: (.+?)\.?\Z", "LD503", "`{0}` is out of the range of this field"),
    (r"Couldn't parse (\w+)", "LD503", "no {0} that this field could hold"),
)
_TOKEN: Final = re.compile(r"\"[^\"\n]*\"?|'[^'\n]*'?|[\w.+-]+|[^\s]")


def parse(source: Source, message: str = "NetParameter") -> Any:
    """The message that a prototxt holds, by default a net; a solver is a "SolverParameter".

    Fault where the text is none, with the place of the first thing that does not fit.
    """
    from google.protobuf.text_format import Parse, ParseError

    try:
        return Parse(source.text, new(message))
    except ParseError as error:
        found = _diagnostic(source, error)
    raise Fault(found)


def _diagnostic(source: Source, error: ParseError) -> Diagnostic:
    said = str(error)
    span = _span(source, error.GetLine(), error.GetColumn())
    for pattern, code, words in _KNOWN:
        match = re.search(pattern, said)
        if match:
            help_ = _meant(*match.groups()) if code == "LD101" else ""
            return Diagnostic(code, words.format(*map(_short, match.groups())), span, help=help_)
    return Diagnostic("LD003", "this is no prototxt", span)


def _short(word: str) -> str:
    return word if len(word) <= LONGEST else word[:LONGEST] + "..."


def _span(source: Source, line: int | None, column: int | None) -> Span:
    """The word that starts at this place, or what is left of the text where it ends too early."""
    if line is None or line > len(source.line_starts):
        return Span(source, len(source.text), len(source.text))
    start = min(source.line_starts[line - 1] + (column or 1) - 1, len(source.text))
    word = _TOKEN.match(source.text, start)
    return Span(source, start, word.end() if word else start)


def _meant(owner: str, word: str) -> str:
    """Which field of a message, or value of an enum, was probably meant."""
    meant = nearest(word, _members(owner))
    return f"did you mean `{meant}`?" if meant else ""


def _members(owner: str) -> list[str]:
    """The fields of a message, or the values of an enum, `Message.Enum` or of the package."""
    message, _, enum = owner.rpartition(".")
    file = file_descriptor()
    fields = [field.name for each in file.message_type if each.name == owner for field in each.field]
    holders = [file] if not message else [each for each in file.message_type if each.name == message]
    values = [v.name for holder in holders for each in holder.enum_type if each.name == enum for v in each.value]
    return fields + values
