"""Markdown pages whose programs and commands are run, and whose outputs are compared with what the page says.

Fenced blocks, by the word after the fence:

    layer [file=NAME]         written to NAME; compiled, and has to be clean, where nothing else on the page uses NAME
    python [file=NAME]        written to NAME, or else run after the page's earlier ones (real: on real Caffe)
    prototxt [file=NAME]      written to NAME, parsed by Caffe's messages (message=SolverParameter where it is no net)
    console [exit=1]          `$ command` lines, each with exactly what it prints; the last one ends with this status
    output                    what the `python` block before it prints
    LANGUAGE shows=NAME       the text of a file there is by now; part=Class.method for a part of a Python file
    text                      not run

A page runs in a folder of its own. No other language is taken, so that nothing looks run that is not.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>```+|~~~+) *(?P<info>[^`]*)$")
SHELL = re.compile(r"[|<>;&$`*?\\(){}\[\]~#!]|^\w+=")
TIMEOUT = 300  # seconds for one command
OURS = ("LAYERDSL_", "COV", "PYTEST")  # what a page does not see of the environment,
WHERE = ("LAYERDSL_CACHE", "LAYERDSL_REAL_CAFFE", "LAYERDSL_DEBIAN_MIRROR")  # but for where real Caffe is found


class PageError(AssertionError):
    """A page does not hold; the message begins with `page:line:`."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what follows on the line of the fence, its lines, and the first one's number."""

    language: str
    attributes: dict[str, str]
    lines: tuple[str, ...]
    line: int
    indent: str = ""

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@dataclass
class Page:
    """A page while it runs: the folder it runs in, the code so far, and the blocks whose text is to be replaced."""

    path: pathlib.Path
    folder: pathlib.Path
    update: bool = False
    code: list[str] = field(default_factory=list)
    printed: str | None = None
    replaced: dict[int, tuple[Block, tuple[str, ...]]] = field(default_factory=dict)

    def expect(self, block: Block, found: list[str]) -> None:
        """Holds the lines of a block against `found`, or notes them down where the page is brought up to date."""
        if list(block.lines) == found:
            return
        if self.update:
            self.replaced[block.line] = (block, tuple(found))
            return
        difference = "\n".join(difflib.unified_diff(block.lines, found, "page", "found", lineterm=""))
        raise PageError(f"{self.path}:{block.line}: the page says something else\n{difference}")

    def refuse(self, block: Block, message: str) -> None:
        raise PageError(f"{self.path}:{block.line}: {message}")


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        opening = FENCE.match(lines[number])
        number += 1
        if opening is None:
            continue
        start = number
        closing = re.compile(rf" *{opening['ticks'][0]}{{{len(opening['ticks'])},}} *$")
        while number < len(lines) and not closing.match(lines[number]):
            number += 1
        body = tuple(line.removeprefix(opening["indent"]).rstrip() for line in lines[start:number])
        yield _block(opening["info"], body, start + 1, opening["indent"])
        number += 1


def _block(info: str, body: tuple[str, ...], line: int, indent: str) -> Block:
    language, *words = shlex.split(info) or [""]
    attributes = {name: value for name, _, value in (word.partition("=") for word in words)}
    return Block(language, attributes, body, line, indent)


def run_page(path: pathlib.Path, folder: pathlib.Path, update: bool = False) -> None:
    """Runs a page in `folder`; rewrites its outputs where `update` is set.

    Raises `PageError` where it does not hold.
    """
    text = path.read_text(encoding="utf-8")
    page = Page(path, folder, update)
    found = tuple(blocks(text))
    if "examples/" in text:
        _copy_examples(folder)
    try:
        for block in found:
            _run_block(page, block, found)
    finally:
        if page.replaced:
            path.write_text(_rewritten(text, page), encoding="utf-8")


def needs_caffe(path: pathlib.Path) -> bool:
    """Whether a page has something to run on real Caffe."""
    found = blocks(path.read_text(encoding="utf-8"))
    return any("real" in each.attributes or any("caffe-python" in line for line in each.lines)
               for each in found if each.language in ("console", "python"))  # fmt: skip


def _copy_examples(folder: pathlib.Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "*.npy", "*.npz", "*.caffemodel", "*.solverstate")
    shutil.copytree(PROJECT / "examples", folder / "examples", ignore=unwanted)


def _run_block(page: Page, block: Block, every: tuple[Block, ...]) -> None:
    if "shows" in block.attributes:
        page.expect(block, _shown_part(page, block))
        return
    if block.language not in KINDS:
        page.refuse(block, f"nothing runs a block of `{block.language}`; what is not to be run is `text`")
    if "file" in block.attributes:
        target = page.folder / block.attributes["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.text, encoding="utf-8")
    KINDS[block.language](page, block, every)


def _run_layer(page: Page, block: Block, every: tuple[Block, ...]) -> None:
    name = block.attributes.get("file", f"block_{block.line}.layer")
    if _is_used(name, every):
        return
    (page.folder / name).write_text(block.text, encoding="utf-8")
    status, printed = run_command(f"layerdsl compile {name} -o compiled", page.folder)
    if status or printed:
        page.refuse(block, f"this program does not compile clean:\n{printed}")


def _is_used(name: str, every: tuple[Block, ...]) -> bool:
    """Whether a command of the page names the file, or another program imports it."""
    importing = f"from {name.removesuffix('.layer').replace('/', '.')} import "
    named = {"console": name, "layer": importing}
    return any(named[each.language] in line for each in every if each.language in named for line in each.lines)


def _run_console(page: Page, block: Block, _every: tuple[Block, ...]) -> None:
    commands = list(_commands(block))
    if not commands:
        page.refuse(block, "a console block without a `$ command`")
    found: list[str] = []
    for number, command in enumerate(commands):
        status, printed = run_command(re.sub(r"\\\n", "", command), page.folder)
        wanted = int(block.attributes.get("exit", 0)) if number == len(commands) - 1 else 0
        if status != wanted:
            page.refuse(block, f"`{command}` ended with {status}, not {wanted}:\n{printed}")
        found += [*f"$ {command}".split("\n"), *(line.rstrip() for line in printed.splitlines())]
    page.expect(block, found)


def _commands(block: Block) -> Iterator[str]:
    """The commands of a console block; one that ends in a backslash goes on in the next line."""
    lines = iter(block.lines)
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command += "\n" + next(lines, "")
            yield command


def _run_python(page: Page, block: Block, _every: tuple[Block, ...]) -> None:
    if "file" in block.attributes:
        ast.parse(block.text)
        return
    script = page.folder / ".page.py"
    earlier = "".join(page.code)
    quiet = f"import contextlib as _c, io as _i\nwith _c.redirect_stdout(_i.StringIO()):\n    exec({earlier!r})\n"
    script.write_text((quiet if earlier else "") + block.text, encoding="utf-8")
    python = str(PROJECT / "tools" / "caffe-python") if "real" in block.attributes else sys.executable
    status, page.printed = _subprocess([python, str(script)], page.folder)
    if status:
        page.refuse(block, f"this code ended with {status}:\n{page.printed}")
    page.code.append(block.text)


def _run_output(page: Page, block: Block, _every: tuple[Block, ...]) -> None:
    if page.printed is None:
        page.refuse(block, "there is no `python` block before this output")
    page.expect(block, [line.rstrip() for line in (page.printed or "").splitlines()])


def _run_prototxt(page: Page, block: Block, _every: tuple[Block, ...]) -> None:
    from google.protobuf import text_format

    from layerdsl.caffe import messages

    kind = block.attributes.get("message", "NetParameter")
    try:
        text_format.Parse(block.text, messages.new(kind))
    except text_format.ParseError as error:
        page.refuse(block, f"Caffe would not read this: {error}")


def _run_nothing(_page: Page, _block: Block, _every: tuple[Block, ...]) -> None:
    pass


KINDS: dict[str, Callable[[Page, Block, tuple[Block, ...]], None]] = {
    "layer": _run_layer,
    "console": _run_console,
    "python": _run_python,
    "output": _run_output,
    "prototxt": _run_prototxt,
    "text": _run_nothing,
}


def run_command(command: str, folder: pathlib.Path) -> tuple[int, str]:
    """Exit status and everything printed; `layerdsl` alone runs in this process, which saves its start."""
    if command.startswith("layerdsl ") and not SHELL.search(command):
        return _in_process(shlex.split(command)[1:], folder)
    return _subprocess(["bash", "-c", command], folder)


def _environment() -> dict[str, str]:
    paths = [str(pathlib.Path(sys.executable).parent), str(PROJECT / "tools"), os.environ.get("PATH", "")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS) or name in WHERE}
    return kept | {"PATH": os.pathsep.join(paths), "COLUMNS": "80", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


def _subprocess(words: list[str], folder: pathlib.Path) -> tuple[int, str]:
    done = subprocess.run(
        words, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode("utf-8", "backslashreplace")


def _in_process(words: list[str], folder: pathlib.Path) -> tuple[int, str]:
    from layerdsl.cli import main

    printed = io.BytesIO()
    with _within(folder), io.TextIOWrapper(printed, encoding="utf-8") as stream:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            status = main(words)
        stream.flush()
        return status, printed.getvalue().decode()


@contextlib.contextmanager
def _within(folder: pathlib.Path) -> Iterator[None]:
    before, columns = pathlib.Path.cwd(), os.environ.get("COLUMNS")
    os.chdir(folder)
    os.environ["COLUMNS"] = "80"
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.pop("COLUMNS")
        os.environ.update({"COLUMNS": columns} if columns is not None else {})


def _shown_part(page: Page, block: Block) -> list[str]:
    path = page.folder / block.attributes["shows"]
    if not path.is_file():
        page.refuse(block, f"there is no file `{block.attributes['shows']}` to show")
    text = path.read_text(encoding="utf-8")
    lines = [line.rstrip() for line in text.splitlines()]
    part = block.attributes.get("part")
    if part is None:
        return lines
    start, stop = _extent(page, block, text, part.split("."))
    return [line.removeprefix(" " * 4 * part.count(".")) for line in lines[start:stop]]


def _extent(page: Page, block: Block, text: str, names: list[str]) -> tuple[int, int]:
    """First and last line (exclusive) of a class, function or method, with the comments right above it."""
    scope: ast.AST = ast.parse(text)
    for name in names:
        inner = [each for each in ast.iter_child_nodes(scope) if getattr(each, "name", None) == name]
        if not inner:
            page.refuse(block, f"there is no `{name}` in `{block.attributes['shows']}`")
        scope = inner[0]
    assert isinstance(scope, (ast.ClassDef, ast.FunctionDef))
    return scope.lineno - 1, scope.end_lineno or scope.lineno


def _rewritten(text: str, page: Page) -> str:
    lines = text.splitlines()
    for line in sorted(page.replaced, reverse=True):
        block, found = page.replaced[line]
        lines[line - 1 : line - 1 + len(block.lines)] = [(block.indent + each).rstrip() for each in found]
    return "".join(f"{line}\n" for line in lines)
