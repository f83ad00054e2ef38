"""Caffe's fillers in NumPy: each fills an array in place from `numpy.random`, as filler.hpp of Caffe 1.0.0 does.

    >>> weight = np.empty((20, 10), np.float32)
    >>> _fill_xavier(weight, variance_norm="average")
    >>> bool(abs(weight).max() <= (3 / 15) ** 0.5)
    True

The functions go into emitted files as they stand here, less their annotations; they run on Python 2.7 too.
"""
# ruff: noqa: UP031, C404 - what is emitted runs on Python 2.7

from __future__ import annotations

from typing import Any

import numpy as np

from layerdsl.caffe.param_str import _one_of, _to_float, _to_int, _value


def _fill_constant(data: Any, value: float = 0.0) -> None:
    data[...] = value


def _fill_uniform(data: Any, min: float = 0.0, max: float = 1.0) -> None:
    data[...] = np.random.uniform(min, max, data.shape)


def _fill_gaussian(data: Any, mean: float = 0.0, std: float = 1.0, sparse: int = -1) -> None:
    """sparse: how many weights of an output are not zero, on average; -1 for all."""
    data[...] = np.random.normal(mean, std, data.shape)
    if sparse >= 0:
        data *= np.random.uniform(size=data.shape) < sparse / float(_outputs(data.shape))


def _fill_positive_unitball(data: Any) -> None:
    """Each data[i] sums to one."""
    rows = _outputs(data.shape)
    values = np.random.uniform(size=(rows, data.size // rows))
    data[...] = (values / values.sum(axis=1, keepdims=True)).reshape(data.shape)


def _fill_xavier(data: Any, variance_norm: str = "fan_in") -> None:
    scale = np.sqrt(3.0 / _fan(data.shape, variance_norm))
    data[...] = np.random.uniform(-scale, scale, data.shape)


def _fill_msra(data: Any, variance_norm: str = "fan_in") -> None:
    data[...] = np.random.normal(0, np.sqrt(2.0 / _fan(data.shape, variance_norm)), data.shape)


def _fan(shape: Any, variance_norm: str) -> float:
    """How many connections Caffe counts for weights of this shape."""
    count = int(np.prod(shape))
    fan_in = count // _outputs(shape)
    fan_out = count // shape[1] if len(shape) > 1 else count
    counts: dict[str, float] = {"fan_in": fan_in, "fan_out": fan_out, "average": (fan_in + fan_out) / 2.0}
    return counts[variance_norm]


def _outputs(shape: Any) -> int:
    """The length of the first axis; 1 where there is none."""
    return int(shape[0]) if shape else 1


def _fill_bilinear(data: Any) -> None:
    """The weights with which a Deconvolution interpolates."""
    if data.ndim != 4 or data.shape[2] != data.shape[3]:
        raise ValueError("the bilinear filler needs a blob of 4 axes, the last two equal, not %s" % (data.shape,))
    size = data.shape[3]
    factor = np.ceil(size / 2.0)
    ramp = 1 - abs(np.arange(size) / factor - (size - 1) / (2 * factor))
    data[...] = ramp[:, np.newaxis] * ramp


def _fillers() -> Any:
    """The fillers by name, with the conversions of their arguments: for nets that name one."""
    variance = {"variance_norm": _one_of("fan_in", "fan_out", "average")}
    return {
        "constant": (_fill_constant, {"value": _to_float}),
        "uniform": (_fill_uniform, {"min": _to_float, "max": _to_float}),
        "gaussian": (_fill_gaussian, {"mean": _to_float, "std": _to_float, "sparse": _to_int}),
        "positive_unitball": (_fill_positive_unitball, {}),
        "xavier": (_fill_xavier, variance),
        "msra": (_fill_msra, variance),
        "bilinear": (_fill_bilinear, {}),
    }


def _to_filler(value: Any) -> Any:
    """The name and the arguments of a filler: of `gaussian(std=0.01)`, or {"type": "gaussian", "std": 0.01}."""
    given: Any = {}
    if isinstance(value, dict):
        given = dict([(str(key), one) for key, one in value.items()])
        name = given.pop("type", "constant")
    else:
        name, _, rest = str(value).rstrip().rstrip(")").partition("(")
        pairs = [pair.partition("=") for pair in rest.split(",") if pair.strip()]
        given = dict([(key.strip(), _value(one.strip())) for key, _, one in pairs])
    fillers = _fillers()
    if name not in fillers:
        raise ValueError("one of the fillers %s" % ", ".join(sorted(fillers)))
    known = fillers[name][1]
    for key in given:
        if key not in known:
            raise ValueError("a filler `%s`, which has no `%s`" % (name, key))
    return name, dict([(key, known[key](one)) for key, one in given.items()])


def _fill(data: Any, filler: Any) -> None:
    """Fills an array as the net says."""
    name, arguments = filler
    _fillers()[name][0](data, **arguments)
