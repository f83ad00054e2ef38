"""Watches what a piece of work does to the machine: what it writes, what it runs, whom it asks.

Python tells of every such deed by an audit event (PEP 578). A hook can't be taken out again, so there is one for the
process, which looks only while something is watched.
"""

import contextlib
import os
import sys
import sysconfig

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Events by which a program, a thread of another language or the network could be reached.
NEVER = (
    "subprocess.",
    "socket.",
    "ctypes.dlopen",
    "os.system",
    "os.exec",
    "os.fork",
    "os.spawn",
    "os.posix_spawn",
    "os.startfile",
    "pty.",
    "urllib.",
    "webbrowser.",
    "pickle.",
)
# Events that change files, by how many of their first arguments are paths.
CHANGING = {
    "os.remove": 1,
    "os.rename": 2,
    "os.mkdir": 1,
    "os.rmdir": 1,
    "os.link": 2,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "shutil.rmtree": 1,
    "shutil.move": 2,
    "shutil.copyfile": 2,
}
_LIBRARIES = tuple(os.path.realpath(each) for each in {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix})


class _Watch:
    """What the hook knows: the folders in which one may write and from which code may run, or nothing at all."""

    writable: "tuple[str, ...] | None" = None
    code: "tuple[str, ...]" = ()
    found: "list[str]" = []


def _hook(event: str, arguments: tuple) -> None:
    if _Watch.writable is None:
        return
    wrong = _wrong(event, arguments)
    if wrong:
        _Watch.found.append(wrong)


def _wrong(event: str, arguments: tuple) -> str:
    """What is wrong with a deed; empty where nothing is."""
    if event.startswith(NEVER):
        return f"{event} {arguments!r}"
    if event == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & WRITING
        return f"writes {path!r}" if writes and not _inside(path, _Watch.writable) else ""
    if event in CHANGING:
        paths = arguments[: CHANGING[event]]
        return "" if all(_inside(path, _Watch.writable) for path in paths) else f"{event} {paths!r}"
    if event == "exec":
        name = arguments[0].co_filename
        return "" if _is_of_a_library(name) or _inside(name, _Watch.code) else f"runs code of {name!r}"
    return ""


def _is_of_a_library(name: str) -> bool:
    """Whether code is Python's own, or text that a library makes and runs, as `dataclass` and `namedtuple` do."""
    if name.startswith("<frozen "):
        return True
    caller = sys._getframe(3).f_code.co_filename  # above this function, the rule and the hook
    return name.startswith("<") and _inside(caller, _LIBRARIES)


def _inside(path: object, folders: "tuple[str, ...] | None") -> bool:
    if not isinstance(path, (str, bytes, os.PathLike)):
        return True  # a descriptor: it was opened by name before
    name = os.path.realpath(os.fsdecode(path))
    return name == os.devnull or any(name == each or name.startswith(each + os.sep) for each in folders or ())


@contextlib.contextmanager
def watched(writable: "tuple[str, ...]", code: "tuple[str, ...]"):
    """A list that gets a line for every file touched outside `writable` and all code run from outside `code`."""
    _Watch.found = []
    _Watch.code = (*(os.path.realpath(each) for each in code), *_LIBRARIES)
    _Watch.writable = tuple(os.path.realpath(each) for each in writable)
    try:
        yield _Watch.found
    finally:
        _Watch.writable = None


sys.addaudithook(_hook)
