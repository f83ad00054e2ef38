"""The emitted layer, run by the stand-in in float64 so that it can be asked again and again for the same thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from layerdsl.caffe.standin import TEST, TRAIN, SingleLayer
from layerdsl.check.case import Array, Case, Values
from layerdsl.emit.ends import memory_name

SEED = 20171


class Subject:
    """An instance of an emitted class with values in its bottoms and blobs.

    Every forward starts from the same states and draws the same random numbers. `in_place` says which top, by its
    number, has the memory of which bottom.
    """

    def __init__(
        self, layer_class: type[Any], case: Case, values: Values, in_place: Mapping[int, int] | None = None
    ) -> None:
        self.case = case
        self.values = dict(values)
        self.in_place = dict(in_place or {})
        layer = case.layer
        with quiet(), seeded():
            self.net = SingleLayer(
                layer_class,
                [values[blob.name] for blob in layer.bottoms],
                tops=len(layer.tops),
                param_str=case.param_str,
                phase=TRAIN if case.train else TEST,
                in_place=self.in_place,
                dtype=np.float64,
                poison=True,
            )
        self.fill(values)
        self._draws = self._random.get_state() if self._random is not None else None

    def fill(self, values: Values) -> None:
        """Other values in all bottoms and blobs."""
        self.values = dict(values)
        for name in (*self._bottom_names(), *self._blob_names(), *self._memory_names()):
            self.data(name)[...] = values[name]

    @property
    def _random(self) -> Any:
        return getattr(self.net.layer, "_random", None)

    def _blob_names(self) -> list[str]:
        return [blob.name for blob in self.case.layer.blobs]

    def _memory_names(self) -> list[str]:
        return [state.name for state in self.case.layer.memories]

    def _blob(self, name: str) -> Any:
        bottoms = [blob.name for blob in self.case.layer.bottoms]
        tops = [blob.name for blob in self.case.layer.tops]
        if name in bottoms:
            return self.net.bottom[bottoms.index(name)]
        names = self._blob_names()
        return self.net.blobs[names.index(name)] if name in names else self.net.top[tops.index(name)]

    def data(self, name: str) -> Array:
        """The data of a bottom, a top or a blob of the layer itself."""
        memory = getattr(self.net.layer, memory_name(name)) if name in self._memory_names() else None
        data: Array = self._blob(name).data if memory is None else memory
        return data

    def diff(self, name: str) -> Array:
        """The diff, likewise."""
        diff: Array = self._blob(name).diff
        return diff

    def forward(self) -> dict[str, Array]:
        """The tops."""
        for name in self._changing():
            self.data(name)[...] = self.values[name]
        if self._random is not None:
            self._random.set_state(self._draws)
        with quiet():
            self.net.forward()
        return {top.name: self.data(top.name).copy() for top in self.case.layer.tops}

    def _changing(self) -> list[str]:
        """What a forward leaves other than it was: states, and bottoms in whose place a top stands."""
        overwritten = [self._bottom_names()[i] for i in self.in_place.values()]
        return [*overwritten, *(blob.name for blob in self.case.layer.held if blob.state)]

    def states(self) -> dict[str, Array]:
        """The states as the last forward has left them."""
        return {blob.name: self.data(blob.name).copy() for blob in self.case.layer.held if blob.state}

    def backward(self, cotangents: Values, wanted: Mapping[str, bool] | None = None) -> None:
        """Backward for the bottoms that are wanted (by default all); the diffs are there to look at afterwards."""
        asked = [True if wanted is None else wanted[blob.name] for blob in self.case.layer.bottoms]
        with quiet():
            self.net.backward(asked, [cotangents[top.name] for top in self.case.layer.tops])

    def gradients(self, cotangents: Values) -> dict[str, Array]:
        """Forward and backward from parameter diffs of zero: the diff of every bottom and every parameter."""
        self.forward()
        names = [blob.name for blob in self.case.layer.blobs if not blob.state]
        for name in names:
            self.diff(name)[...] = 0
        self.backward(cotangents)
        return {name: self.diff(name).copy() for name in (*self._bottom_names(), *names)}

    def _bottom_names(self) -> list[str]:
        return [blob.name for blob in self.case.layer.bottoms]

    def objective(self, cotangents: Values, name: str, place: tuple[int, ...]) -> Callable[[float], float]:
        """The sum of all tops times their cotangents, as a function of a step by which one entry is moved."""
        data = self.data(name)
        start = float(data[place])

        def moved(step: float) -> float:
            data[place] = start + step
            try:
                return total(self.forward(), cotangents)
            finally:
                data[place] = start

        return moved

    def replace_random(self, source: object) -> None:
        """Draws come from `source` instead of the layer's own random numbers."""
        if self._random is not None:
            self.net.layer._random = source
            self._draws = source.get_state()  # type: ignore[attr-defined]


def total(tops: Values, cotangents: Values) -> float:
    """The number whose gradient the backward gives."""
    return float(sum(np.dot(tops[name].ravel(), diff.ravel()) for name, diff in cotangents.items()))


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of NumPy's: what is not finite is looked at by who asks."""
    with np.errstate(all="ignore"):
        yield


@contextmanager
def seeded() -> Iterator[None]:
    """Fillers and draws are the same every time; the caller's random numbers go on as if nothing had happened."""
    before = np.random.get_state()
    np.random.seed(SEED)
    try:
        yield
    finally:
        np.random.set_state(before)
