"""A compiler that is a few lines, so that the command line is tested alone; `layerdsl(...)` runs it in a folder."""

import io
import re
import sys
from dataclasses import dataclass, field

import pytest

from layerdsl import cli, lints, pipeline, syntax
from layerdsl.source import Diagnostic, Source, Span

LAYER = re.compile(r"^layer (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class FakeFile:
    items: tuple = ()


@dataclass(frozen=True)
class FakeLayer:
    name: str
    module: str
    settings: dict
    files: tuple = ()

    def stage(self, stage):
        return f"{stage} of {self.name}"

    def formulas(self):
        return f"formulas of {self.name}"


@dataclass(frozen=True)
class FakeCompilation:
    source: Source
    layers: tuple
    diagnostics: tuple
    file: FakeFile = field(default_factory=FakeFile)


def compile_source(source, settings=None, module=None):
    """Layers are lines `layer Name`; `error` and `warning` are such; `crash` crashes."""
    if "crash" in source.text:
        raise KeyError("crash")
    found = [
        Diagnostic("LD101", f"unknown name `{word}`", Span(source, at, at + len(word)), level=word)
        for word in ("error", "warning")
        if (at := source.text.find(word)) >= 0
    ]
    layers = tuple(FakeLayer(name, module, dict(settings or {})) for name in LAYER.findall(source.text))
    return FakeCompilation(source, layers, tuple(found))


def unknown_settings(files, settings):
    return ()


def python_module(layers):
    return "".join(f"class {layer.name}: {layer.settings or ''}\n" for layer in layers)


def prototxt(layers, module):
    return "".join(f"layer {layer.name} of {module} and {layer.module}\n" for layer in layers)


def netspec(layers, module):
    return "".join(f"def {layer.name}(): {module}\n" for layer in layers)


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


@pytest.fixture
def layerdsl(monkeypatch, tmp_path):
    """Runs the command with the few-lines compiler in an empty folder."""
    monkeypatch.setattr(syntax, "read_source", lambda name, data: Source(name, data.decode()), raising=False)
    for fake in (compile_source, unknown_settings, python_module, prototxt, netspec):
        monkeypatch.setattr(pipeline, fake.__name__, fake, raising=False)
    monkeypatch.setattr(lints, "findings", lambda file: ())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("LAYERDSL_DEBUG", raising=False)

    def run(*words, stdin=b""):
        streams = [io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (stdin, b"", b"")]
        with monkeypatch.context() as patch:
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patch.setattr(sys, name, stream)
            status = cli.main(words)
        for stream in streams:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode() for stream in streams[1:])
        return Done(status, out, err)

    return run
