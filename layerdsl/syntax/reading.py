"""From bytes to a source."""

from __future__ import annotations

import codecs

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.syntax.limits import MAX_BYTES


def read_source(name: str, data: bytes) -> Source | Diagnostic:
    r"""`read_source("a.layer", b"\xef\xbb\xbfx = 1\r\n")` is `Source("a.layer", "x = 1\n")`.

    `data` is UTF-8, with or without a byte-order mark, with line ends of Unix, Windows or old Macintoshes. What is not
    text, or longer than `MAX_BYTES`, gives a diagnostic LD001 with the place where the text ends.
    """
    if len(data) > MAX_BYTES:
        return _no_text(name, "", f"`{name}` is larger than {MAX_BYTES // 1_000_000} MB", "split it into several files")
    plain = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError as error:
        before = plain[: error.start].decode("utf-8")
        return _no_text(name, before, f"byte {plain[error.start]:#04x} is not UTF-8", "save the file as UTF-8")
    if "\0" in text:
        before = text[: text.index("\0")]
        return _no_text(name, before, "a zero byte in a text", "is this a compiled or compressed file?")
    return Source(name, _unix(text))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _no_text(name: str, before: str, message: str, remedy: str) -> Diagnostic:
    """A fault just behind `before`, all that could be read of the file."""
    text = _unix(before)
    return Diagnostic("LD001", message, Span(Source(name, text), len(text), len(text)), help=remedy)
