"""Whether a wrong layer is caught, and by what: the check of its `.layer` file, and that of the class alone."""

import zlib
from dataclasses import dataclass

import numpy as np
from faults import Mutant
from making import compiled

from layerdsl.caffe import standin
from layerdsl.check.layer import cases_of, check_layer
from layerdsl.check.probe.bench import Bench
from layerdsl.check.probe.properties import check
from layerdsl.check.probe.runs import OnStandin


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


def class_of(text: str, name: str):
    """The class of an emitted text, with the stand-in as its Caffe."""
    return getattr(standin.load(text, f"{name}_{zlib.crc32(text.encode()):08x}"), name)


def caught_by_file(name: str, layer_class) -> str:
    """What `layerdsl check FILE.layer` says of the class in place of the emitted one."""
    layer = compiled(name)
    try:
        with np.errstate(all="ignore"):
            found = check_layer(layer, layer_class, {}).diagnostics
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # as `check_file` tells it: the class that is emitted fails
        return f"{type(error).__name__}"
    return found[0].message if found else ""


def caught_by_class(name: str, layer_class, seed: int = 0) -> str:
    """The first property that fails, on the shape that the documentation advises: unlike sizes, more than a few entries."""
    bench = Bench(OnStandin(standin, layer_class, param_str(name)), specs(name), wanted=wanted(name), seed=seed)
    with np.errstate(all="ignore"):
        faults = check(bench).faults
    errors = [fault["property"] for fault in faults if fault["level"] == "error"]
    return errors[0] if errors else ""


def param_str(name: str) -> str:
    """What the layer has to be given."""
    return cases_of(compiled(name).graph, class_of(_right(name), name))[0].param_str


def _right(name: str) -> str:
    from layerdsl.pipeline import python_module

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
