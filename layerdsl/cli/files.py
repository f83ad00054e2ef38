"""Files read as a user names them, and files written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from layerdsl.source import Diagnostic, Fault, Source
from layerdsl.source.nearest import nearest

STDIN: Final = "-"
STDIN_SHOWN: Final = "<stdin>"
LARGEST: Final = 16 * 2**20  # bytes; whoever names a device or an archive hears of it instead of waiting


def read_sources(names: Sequence[str]) -> tuple[tuple[Source, ...], tuple[Diagnostic, ...]]:
    """The texts of the files `names` (`-` is standard input), and a diagnostic for each that is not to be had.

    A file that is named twice, as in `a.layer ./a.layer`, is read once.
    """
    once = {(name == STDIN, os.path.normpath(name)): name for name in names}
    found = [_source(name) for name in once.values()]
    sources = tuple(each for each in found if isinstance(each, Source))
    return sources, tuple(each for each in found if isinstance(each, Diagnostic))


def write_all(texts: Mapping[str, str | bytes]) -> None:
    """Writes every text to its path: all aside first, then each put in its place.

    What is no file that could be replaced, as a device or a pipe, is written to. Raises `Fault` (LD702) where that is
    not possible; then nothing is left of what was written aside.
    """
    streams = {path: text for path, text in texts.items() if _is_stream(path)}
    with _aside() as waiting:
        for path, text in texts.items():
            if path not in streams:
                with _blaming(path):
                    waiting[_write_aside(path, text)] = path
        for path, text in streams.items():
            with _blaming(path):
                _write_into(path, text)
        for temporary, path in tuple(waiting.items()):
            with _blaming(path):
                os.replace(temporary, os.path.realpath(path))
                del waiting[temporary]


def _source(name: str) -> Source | Diagnostic:
    from layerdsl.syntax import read_source

    try:
        data = _read(name)
    except (OSError, ValueError, AttributeError) as error:
        return Diagnostic("LD701", f"can't read `{_shown(name)}`: {_reason(error)}", help=_perhaps(name))
    if len(data) > LARGEST:
        return Diagnostic("LD701", f"can't read `{_shown(name)}`: it is larger than {LARGEST // 2**20} MiB")
    return read_source(_shown(name), data)


def _shown(name: str) -> str:
    return STDIN_SHOWN if name == STDIN else name


def _read(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read(LARGEST + 1)
    with open(name, "rb") as file:
        return file.read(LARGEST + 1)


def _reason(error: Exception) -> str:
    """`no such file or directory`; a name with a zero byte has no such words."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else "it can't be opened"
    return text[:1].lower() + text[1:]


def _perhaps(name: str) -> str:
    """A hint at a file beside the one that is not there."""
    folder, base = os.path.split(name)
    with contextlib.suppress(OSError, ValueError):
        others = sorted(each for each in os.listdir(folder or ".") if each.endswith(".layer"))
        near = nearest(base, others)
        return f"did you mean `{os.path.join(folder, near)}`?" if near else ""
    return ""


@contextlib.contextmanager
def _aside() -> Iterator[dict[str, str]]:
    """Files that wait for their place (temporary name: final name); those that still wait at the end are removed."""
    waiting: dict[str, str] = {}
    try:
        yield waiting
    finally:
        for temporary in waiting:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


@contextlib.contextmanager
def _blaming(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise Fault(Diagnostic("LD702", f"can't write `{path}`: {_reason(error)}")) from None


def _is_stream(path: str) -> bool:
    """Whether what stands there is a device, a pipe or an open file (`/dev/stdout`), which are not to be replaced."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    opened = os.path.abspath(path).startswith(("/dev/", "/proc/"))
    return not stat.S_ISDIR(mode) and (opened or not stat.S_ISREG(mode))


def _write_into(path: str, text: str | bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb") as file:
        file.write(_encoded(text))


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _write_aside(path: str, text: str | bytes) -> str:
    """Writes beside the place, in the same folder, so that putting it there is one step of the file system."""
    final = os.path.realpath(path)
    folder, base = os.path.split(final)
    if os.path.isdir(final):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".{base[:100]}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(_encoded(text))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    with contextlib.suppress(OSError):
        os.chmod(temporary, os.stat(final).st_mode)
    return temporary
