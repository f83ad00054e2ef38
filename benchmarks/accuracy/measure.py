"""Compiles the formulas, runs them on every Python there is, and compares what comes back with exact values."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

from benchmarks.accuracy.arrays import WHOLE, Whole
from benchmarks.accuracy.exact import Wanted, as_doubles, place_by_place, units
from benchmarks.accuracy.functions import FUNCTIONS, Function
from benchmarks.accuracy.samples import sample
from layerdsl.caffe import standin
from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

Array = Any
Formula = Function | Whole
ROOT = Path(__file__).resolve().parents[2]
INSIDE = Path(__file__).with_name("inside.py")
CAFFE = ROOT / "tools" / "caffe-python"
PYTHONS: Mapping[str, tuple[str, ...]] = {
    "newest": (sys.executable,),
    "caffe": (str(CAFFE),),
    "python2": (str(CAFFE), "--python2"),
}
KINDS = {"float32": np.float32, "float64": np.float64}
FORMULAS: tuple[Formula, ...] = (*FUNCTIONS, *WHOLE)
ROW = 64  # places in a row of the bottoms of functions of single elements


@dataclass(frozen=True)
class Case:
    """A formula in a precision: its bottoms, the diff of the top, and what is exact: the value and each gradient."""

    number: int  # among FORMULAS
    kind: str
    bottoms: tuple[Array, ...]
    diff: Array
    wanted: tuple[Wanted, ...]

    @property
    def name(self) -> str:
        """The layer's name and the precision."""
        return f"F{self.number}.{self.kind}"


def cases(kinds: Sequence[str], count: int, numbers: Iterable[int] = range(len(FORMULAS))) -> list[Case]:
    """The cases of formulas, worked out on all cores; `count` places for each function of single elements."""
    with ProcessPoolExecutor() as pool:
        jobs = [(number, kind, count) for number in numbers for kind in kinds]
        return list(pool.map(case, *zip(*jobs, strict=True), chunksize=1))


def case(number: int, kind: str, count: int) -> Case:
    """The case of one formula."""
    formula = FORMULAS[number]
    made = _by_element(formula, kind, count) if isinstance(formula, Function) else _as_a_whole(formula, kind)
    return Case(number, kind, *made)


def _by_element(function: Function, kind: str, count: int) -> tuple[tuple[Array, ...], Array, tuple[Wanted, ...]]:
    columns = [column[: len(column) // ROW * ROW] for column in sample(function, KINDS[kind], count)]
    least = (function.least[0], *(function.least[1] for _ in function.slopes))
    ways = (function.value, *function.slopes)
    wanted = tuple(place_by_place(one, columns, at_least) for one, at_least in zip(ways, least, strict=True))
    shaped = tuple(column.reshape(-1, ROW) for column in columns)
    return shaped, np.ones_like(shaped[0]), tuple(_shaped(one, shaped[0].shape) for one in wanted)


def _shaped(one: Wanted, shape: tuple[int, ...]) -> Wanted:
    return Wanted(one.high.reshape(shape), one.low.reshape(shape), one.least)


def _as_a_whole(whole: Whole, kind: str) -> tuple[tuple[Array, ...], Array, tuple[Wanted, ...]]:
    random = np.random.RandomState(0)
    bottoms = tuple(array.astype(KINDS[kind]) for array in whole.draw(random))
    exact = [np.vectorize(mp.mpf, otypes=[object])(array.astype(np.float64)) for array in bottoms]
    diff = np.asarray(random.uniform(0.5, 1.5, whole.top(*bottoms))).astype(KINDS[kind])
    given = np.array([mp.mpf(float(number)) for number in diff.ravel()], object).reshape(diff.shape)
    values = whole.exact(given, *exact)
    sizes = values if whole.terms is None else whole.terms(given, *exact)
    return bottoms, diff, tuple(as_doubles(value, _largest(size)) for value, size in zip(values, sizes, strict=True))


def _largest(values: Array) -> float:
    return float(max(abs(value) for value in values.ravel()))


def text(numbers: Iterable[int]) -> str:
    """A file with one layer for each formula, `F0`, `F1`, ..."""
    numbers = list(numbers)
    imports = {_import(FORMULAS[number]) for number in numbers if FORMULAS[number].library}
    return "\n".join([*sorted(imports), *(_layer(number, FORMULAS[number]) for number in numbers)])


def _import(formula: Formula) -> str:
    called = formula.formula.replace("mean(", "").partition("(")[0]
    return f"from {formula.library} import {called}"


def _layer(number: int, formula: Formula) -> str:
    return f"layer F{number}{_blobs(formula)}:\n    y = {formula.formula}\n"


def _blobs(formula: Formula) -> str:
    if isinstance(formula, Whole):
        return formula.blobs
    constant = "" if formula.slopes else "const "
    return f"({', '.join(f'{name}: {constant}[N, C]' for name in formula.arguments)}) -> y: {constant}[N, C]"


def emitted(source: str) -> str:
    """The Python module of a text."""
    compiled = compile_source(Source("measured.layer", source))
    errors = [found.message for found in compiled.diagnostics if found.level == "error"]
    if errors:
        raise ValueError("; ".join(errors))
    return python_module(compiled.layers)


def run(python: str, measured: Sequence[Case], folder: Path) -> dict[str, Array]:
    """What the layers give on one of the PYTHONS: see inside.py."""
    (folder / "measured.py").write_text(emitted(text(sorted({case.number for case in measured}))))
    (folder / "standin.py").write_bytes(Path(standin.__file__).read_bytes())
    (folder / "inside.py").write_bytes(INSIDE.read_bytes())
    arrays = {f"{case.name}.{i}": bottom for case in measured for i, bottom in enumerate(case.bottoms)}
    np.savez(folder / "in.npz", **arrays, **{f"{case.name}.diff": case.diff for case in measured})
    subprocess.run([*PYTHONS[python], "inside.py", "measured.py", "in.npz", "out.npz"], cwd=folder, check=True)
    with np.load(folder / "out.npz") as found:
        return dict(found)


def errors(measured: Sequence[Case], found: Mapping[str, Array]) -> dict[str, list[Array]]:
    """For each case the errors of the value and of each gradient, place by place, in units."""
    return {
        case.name: [
            units(found[f"{case.name}.{name}"], wanted)
            for name, wanted in zip(["value", *map(str, range(len(case.bottoms)))], case.wanted, strict=False)
        ]
        for case in measured
    }
