"""`layerdsl compile`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from layerdsl.cli import options, streams
from layerdsl.cli.compiling import compile_all
from layerdsl.cli.data import copies
from layerdsl.cli.files import STDIN, write_all
from layerdsl.cli.others import in_the_way
from layerdsl.cli.outputs import ENDINGS, in_one_place, named_twice, stem, texts, unfitting, unusable
from layerdsl.cli.report import Style, counted_as, fault_of_the_compiler, finish, has_errors
from layerdsl.source import Diagnostic, Source

if TYPE_CHECKING:
    from layerdsl.pipeline import Compilation

STDOUT = "-"


@dataclass(frozen=True)
class Target:
    """Where the texts go and which: `folder` is None for the folder of each source, `-` for standard output."""

    folder: str | None
    bundle: str | None
    kinds: tuple[str, ...]
    module: str | None
    force: bool = False

    def writes(self, kind: str) -> bool:
        """Whether a text of this kind goes to a file."""
        return self.folder != STDOUT and kind in self.kinds

    def module_of(self, source: Source) -> str:
        """The name under which Caffe imports the classes of `source`."""
        return os.path.basename(self.stem_of(source)) if self.module is None else self.module

    def stem_of(self, source: Source) -> str:
        """The path of what is written for `source`, without an ending."""
        name = self.bundle.removesuffix(".py") if self.bundle else stem(source)
        return name if self.folder == STDOUT else os.path.join(self._folder_of(source), name)

    def _folder_of(self, source: Source) -> str:
        if self.folder is not None:
            return self.folder
        return "" if self.bundle else os.path.dirname(source.name)


def _kinds(_context: click.Context, _option: click.Parameter, given: str) -> tuple[str, ...]:
    kinds = [kind.strip() for kind in given.split(",")]
    for kind in kinds:
        if kind not in ENDINGS:
            raise click.BadParameter(f"`{kind}` is none of {', '.join(ENDINGS)}")
    return tuple(kind for kind in ENDINGS if kind in kinds)


def _bundle(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given is not None and (not given.endswith(".py") or os.path.basename(given) == ".py"):
        raise click.BadParameter(f"`{given}` is not the name of a Python file, as in `--bundle layers.py`")
    return given


@click.command("compile", short_help="Write the class, the prototxt and the NetSpec helper of each layer.")
@options.files
@click.option("-o", "--output", metavar="DIR|-", help="Folder to write to, or - for standard output. "
              "Default: beside each file.")  # fmt: skip
@click.option("--bundle", metavar="NAME.py", callback=_bundle, help="Put the classes of all files into one module.")
@click.option("--emit", "kinds", metavar="KINDS", default=",".join(ENDINGS), show_default=True, callback=_kinds,
              help="What to write, separated by commas.")  # fmt: skip
@click.option("--module", metavar="NAME", help="Name under which Caffe imports the module, as in `rpn.anchors`.")
@click.option("--force", is_flag=True, help="Write over files that layerdsl has not written.")
@options.set_option
@options.style_options
def compile_files(
    names: tuple[str, ...],
    output: str | None,
    bundle: str | None,
    kinds: tuple[str, ...],
    module: str | None,
    force: bool,
    settings: Mapping[str, str],
    form: str,
    deny_warnings: bool,
) -> int:
    """Compile .layer files to caffe.Layer classes, the prototxt that wires them, and NetSpec helpers.

    Nothing is written where any of the files has an error, or where a file that layerdsl has not written would be lost.
    `-` reads standard input and then writes standard output.
    """
    if STDIN in names and output is None:
        output = STDOUT
    return run(names, Target(output, bundle, kinds, module, force), settings, options.style(form, deny_warnings))


def run(names: Sequence[str], target: Target, settings: Mapping[str, str], style: Style) -> int:
    """Compiles the files and writes what `target` says; gives the exit status."""
    compiled = compile_all(names, settings, target.module_of)
    found = list(counted_as([*compiled.diagnostics, *_faults_of_names(compiled.files, target)], style))
    if not has_errors(found):
        found.extend(_written(compiled.files, target))
    return finish(found, style)


def _faults_of_names(files: Sequence[Compilation], target: Target) -> Iterator[Diagnostic]:
    stems = {file.source.name: target.stem_of(file.source) for file in files}
    paths = list(dict.fromkeys(stems.values()))
    if target.bundle:
        yield from named_twice(files)
    elif clash := in_one_place(stems):
        raise click.UsageError(f"{clash}; `--bundle NAME.py` puts them together")
    if target.module is None:
        yield from (fault for path in paths if (fault := unusable(os.path.basename(path))))
        return
    if fault := unusable(target.module.replace(".", "_")):
        yield fault
    else:
        yield from unfitting(target.module, paths if target.writes("python") else ())


def _written(files: Sequence[Compilation], target: Target) -> list[Diagnostic]:
    """Emits and writes; what hinders that comes back as a diagnostic."""
    try:
        outputs = _outputs(files, target)
        if target.folder == STDOUT:
            streams.put(_joined(outputs))
            return []
        emitted = files if "python" in target.kinds else ()
        data, missing = copies(emitted, lambda file: target.stem_of(file.source) + ENDINGS["python"])
        lost = [] if target.force else in_the_way(outputs, data)
        if not lost:
            write_all({**outputs, **{path: copy.content for path, copy in data.items()}})
        return [*missing, *lost]
    except BrokenPipeError:
        raise
    except Exception as error:
        return [fault_of_the_compiler(error)]


def _outputs(files: Sequence[Compilation], target: Target) -> dict[str, str]:
    """Path and text of everything that is to be written."""
    if not files:
        return {}
    groups = [files] if target.bundle else [[file] for file in files]
    return {
        target.stem_of(group[0].source) + ending: text
        for group in groups
        for ending, text in texts(
            [layer for file in group for layer in file.layers], target.module_of(group[0].source), target.kinds
        )
    }


def _joined(outputs: Mapping[str, str]) -> str:
    """One text alone, or each under its name in a comment (`#` starts one in Python as in prototxt)."""
    if len(outputs) == 1:
        return next(iter(outputs.values()))
    return "\n".join(f"# ==> {name} <==\n{text}" for name, text in outputs.items())
