"""From bytes to a source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerdsl.source import Diagnostic, Source
from layerdsl.syntax import parse, read_source
from layerdsl.syntax.limits import MAX_BYTES


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"a = 1\n", "a = 1\n"),
        (b"\xef\xbb\xbfa = 1\n", "a = 1\n"),
        (b"a\r\nb\rc\n", "a\nb\nc\n"),
        ("# größer als α\n".encode(), "# größer als α\n"),
        (b"# a" * (MAX_BYTES // 3), "# a" * (MAX_BYTES // 3)),
    ],
    ids=["empty", "plain", "byte-order mark", "line ends", "Unicode", "large"],
)
def test_text(data: bytes, text: str) -> None:
    assert read_source("a.layer", data) == Source("a.layer", text)


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"\x7fELF\x02\x01\x00\x00", 1, 7, "a zero byte in a text"),
        (b"a\r\nb\xff", 2, 2, "byte 0xff is not UTF-8"),
        (b"\xff\xfea\x00", 1, 1, "byte 0xff is not UTF-8"),
        (b"\xef\xbb\xbfab\xc3", 1, 3, "byte 0xc3 is not UTF-8"),
        ("ä\n".encode("latin-1"), 1, 1, "byte 0xe4 is not UTF-8"),
        (b" " * (MAX_BYTES + 1), 1, 1, "`a.layer` is larger than 4 MB"),
    ],
    ids=["binary", "one byte", "UTF-16", "cut off", "Latin-1", "too large"],
)
def test_no_text(data: bytes, line: int, column: int, message: str) -> None:
    fault = read_source("a.layer", data)
    assert isinstance(fault, Diagnostic)
    assert fault.span is not None
    assert (fault.code, fault.message, fault.span.line, fault.span.column) == ("LD001", message, line, column)
    assert fault.help


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    source = read_source("a.layer", data)
    if isinstance(source, Source):
        parse(source)
    else:
        assert source.code == "LD001"
