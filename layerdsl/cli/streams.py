"""Standard output and standard error: the first for data, as UTF-8 on every machine, the second for the rest."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from layerdsl.source import Diagnostic, Fault


def put(text: str) -> None:
    """Writes data. Raises `Fault` (LD702) where standard output takes none, `BrokenPipeError` where nobody reads it."""
    try:
        _write(sys.stdout, text.encode("utf-8", "surrogateescape"))
    except BrokenPipeError:
        raise
    except (OSError, ValueError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is closed"
        message = f"can't write to standard output: {reason[:1].lower()}{reason[1:]}"
        raise Fault(Diagnostic("LD702", message)) from None


def complain(text: str) -> None:
    """Writes to standard error, with escapes for what its encoding lacks; where there is none, says nothing."""
    if sys.stderr is None or not text:
        return
    encoding = sys.stderr.encoding or "utf-8"
    try:
        _write(sys.stderr, text.encode(encoding, "backslashreplace"))
    except (OSError, ValueError):
        silence()


def colorful() -> bool:
    """Whether standard error is a terminal that shows colours and whose user wants them."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stderr is not None and sys.stderr.isatty()


def flush() -> None:
    """Sends what is still waiting; raises `BrokenPipeError` where nobody reads it."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()


def silence() -> None:
    """Lets the interpreter end without a word about a reader who has gone."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        if not _flushed(stream):
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _flushed(stream: TextIO | None) -> bool:
    try:
        return stream is None or stream.flush() is None
    except (OSError, ValueError):
        return False


def _write(stream: TextIO, data: bytes) -> None:
    stream.flush()  # what was printed before comes before
    buffer = getattr(stream, "buffer", None)
    if buffer is None:  # a notebook's stream, or one that collects text
        stream.write(data.decode(stream.encoding or "utf-8", "replace"))
    else:
        buffer.write(data)
        buffer.flush()
