"""Whether a wrong layer is caught, and by what: the check of its `.layer` file, and that of the class alone."""

import itertools
import zlib
from dataclasses import dataclass

import numpy as np
from faults import Mutant
from making import compiled

from layerdsl.caffe import standin
from layerdsl.check.choice import chosen
from layerdsl.check.layer import check_layer
from layerdsl.check.probe.bench import Bench, Tried, all_equal
from layerdsl.check.probe.properties import check
from layerdsl.check.probe.runs import OnStandin
from layerdsl.pipeline import python_module


@dataclass(frozen=True)
class Verdict:
    """By which property or message each of the two checks has caught it; empty where it has not."""

    mutant: Mutant
    by_file: str
    by_class: str


def judged(mutant: Mutant) -> Verdict:
    """Runs both checks."""
    layer_class = class_of(mutant.text, mutant.layer)
    return Verdict(mutant, caught_by_file(mutant.layer, layer_class), caught_by_class(mutant.layer, layer_class))


def changes_nothing(mutant: Mutant) -> bool:
    """Whether a changed text does the same as the right one: to the bit, in every blob, for every `propagate_down`.

    `(a - b)**2` with the operands the other way round is no fault, nor is a test that another one repeats.
    """
    if not mutant.changed:
        return False
    right, wrong = (class_of(text, mutant.layer) for text in (right_text(mutant.layer), mutant.text))
    try:
        return all(
            all_equal(_everything(mutant.layer, right, n, phase), _everything(mutant.layer, wrong, n, phase))
            for n in (3, 1)
            for phase in (0, 1)
        )
    except Exception:
        return False


def _everything(name: str, layer_class, batch: int, phase: int) -> list[np.ndarray]:
    """All data and diffs after passes with every `propagate_down`."""
    smaller = [{**spec, "shape": [batch, *(min(size, 3) for size in spec["shape"][1:])]} for spec in specs(name)]
    bench = Bench(OnStandin(standin, layer_class, param_str(name)), smaller, wanted=wanted(name))
    bench.tops = len(compiled(name).graph.tops)
    tried = Tried(bench, bench.point(phase=phase), phase)
    found = []
    for asked in itertools.product((False, True), repeat=len(smaller)):
        tops = tried.tops()
        tried.backward(bench.cotangents(tops, np.random.RandomState(1)), asked)
        blobs = [*tried.run.blobs, *(tried.run.bottom[i] for i in range(len(smaller)))]
        blobs += [tried.run.top[j] for j in range(len(tops))]
        found += [np.array(array) for blob in blobs for array in (blob.data, blob.diff)]
    return found


def class_of(text: str, name: str):
    """The class of an emitted text, with the stand-in as its Caffe."""
    return getattr(standin.load(text, f"{name}_{zlib.crc32(text.encode()):08x}"), name)


def caught_by_file(name: str, layer_class) -> str:
    """What `layerdsl check FILE.layer` says of the class in place of the emitted one."""
    layer = compiled(name)
    try:
        with np.errstate(all="ignore"):
            found = check_layer(layer, layer_class).diagnostics
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # as `check_file` tells it: the class that is emitted fails
        return f"{type(error).__name__}"
    return found[0].message if found else ""


def caught_by_class(name: str, layer_class, seed: int = 0) -> str:
    """The first property that fails, on unlike sizes with more than a thousand entries in all."""
    bench = Bench(OnStandin(standin, layer_class, param_str(name)), specs(name), wanted=wanted(name), seed=seed)
    with np.errstate(all="ignore"):
        faults = check(bench).faults
    errors = [fault["property"] for fault in faults if fault["level"] == "error"]
    return errors[0] if errors else ""


def param_str(name: str) -> str:
    """What the layer has to be given."""
    return chosen(compiled(name).graph, class_of(right_text(name), name))[0].param_str


def right_text(name: str) -> str:
    """What is emitted for it."""
    return python_module([compiled(name)])


SIZES = {"N": 4, "C": 5, "D": 300, "H": 16, "W": 12}


def specs(name: str) -> list[dict]:
    """The bottoms as a user would say them."""
    return [_spec(blob) for blob in compiled(name).graph.bottoms]


def _spec(blob) -> dict:
    shape = []
    for extent in blob.extents:
        shape += [16, 12] if extent.star else [SIZES[extent.axis.name]]
    if blob.qualifier == "index":
        return {"shape": shape, "kind": "labels", "labels": SIZES["C"]}
    return {"shape": shape, "kind": "normal"}


def wanted(name: str) -> list[bool]:
    """Which bottoms have a gradient."""
    return [not blob.qualifier for blob in compiled(name).graph.bottoms]
