"""What `compile` must not write over: files that lie where it would write and that it has not written itself."""

from __future__ import annotations

import os
from collections.abc import Mapping

from layerdsl.cli.data import Copy
from layerdsl.source import Diagnostic


def in_the_way(texts: Mapping[str, str], data: Mapping[str, Copy]) -> list[Diagnostic]:
    """LD702 for each file that would be lost, where `texts` and `data` are to be written, each to its path."""
    lost = [path for path, text in texts.items() if _differs(path, text.encode()) and not _is_ours(path)]
    lost += [path for path, copy in data.items() if _differs(path, copy.content) and not _was_copied(path, copy)]
    return list(map(_lost, lost))


def _differs(path: str, content: bytes) -> bool:
    """Whether something else lies there already."""
    return _content(path) not in (b"", content)


def _is_ours(path: str) -> bool:
    from layerdsl.emit.heads import ENOUGH, emitted

    return emitted(path, (_content(path) or b"")[:ENOUGH].decode("utf-8", "replace").replace("\r\n", "\n"))


def _was_copied(path: str, copy: Copy) -> bool:
    """Constants came along with a class of ours that reads them."""
    return _is_ours(copy.reader) and os.path.basename(path).encode() in (_content(copy.reader) or b"")


def _content(path: str) -> bytes | None:
    """What lies there: nothing is where no file is, None what can't be read."""
    try:
        if not os.path.isfile(path):
            return b""
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError):
        return None


def _lost(path: str) -> Diagnostic:
    message = f"`{path}` is there already, and layerdsl has not written it"
    return Diagnostic("LD702", message, help="`-o DIR` writes to another folder, `--force` writes over it")
