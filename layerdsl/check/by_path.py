"""The check of a `.layer` file from Python."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath

from layerdsl.check.classes import SECONDS
from layerdsl.check.file import CheckResult, check_file
from layerdsl.check.on_caffe import on_caffe
from layerdsl.check.seeds import seed as seeded_with
from layerdsl.lints import findings
from layerdsl.pipeline import Compilation, compile_source, unknown_settings
from layerdsl.source import Diagnostic, Fault, Source
from layerdsl.syntax import read_source


def check_layers(
    path: str | PathLike[str],
    *,
    settings: Mapping[str, str] | None = None,
    second: bool = False,
    seed: int = 0,
    python: str | None = None,
    seconds: float = SECONDS,
) -> CheckResult:
    """What `layerdsl check FILE` finds, `ok` where nothing is wrong.

        check_layers("dice_loss.layer").ok

    settings: other defaults for hyper-parameters, as texts. second: the derivatives of the gradients too. seed: for
    other points. python: a Python that has Caffe, on which the properties are tried, for at most so many seconds a
    layer. A file with errors has no rows. `Fault` where the file or that Python can't be opened.
    """
    compiled = compile_source(_source(fspath(path)), settings)
    said = (*compiled.diagnostics, *findings(compiled), *unknown_settings((compiled,), settings or {}))
    if any(each.level == "error" for each in said):
        return CheckResult((), (), said)
    result = checked(compiled, second, seed, python, seconds)
    return replace(result, diagnostics=(*said, *result.diagnostics))


def checked(
    compiled: Compilation, second: bool = False, seed: int = 0, python: str | None = None, seconds: float = SECONDS
) -> CheckResult:
    """What is found in a file that compiles."""
    with seeded_with(seed):
        result = check_file(compiled, second)
        return on_caffe(compiled, result, python, seconds) if python else result


def _source(path: str) -> Source:
    try:
        found = read_source(path, pathlib.Path(path).read_bytes())
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        found = Diagnostic("LD701", f"can't read `{path}`: {reason}")
    if isinstance(found, Diagnostic):
        raise Fault(found)
    return found
