"""One program tried: its compiled layer at one point, and what the reference says of it."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import layers
import numpy as np

from layerdsl.caffe import standin
from layerdsl.check.case import Case
from layerdsl.check.meaning import Meaning, _over_axes
from layerdsl.check.subject import Subject
from layerdsl.check.trial import SameDraws, Trial
from layerdsl.check.values import _places, cotangents
from layerdsl.operators.reference import evaluate
from layerdsl.operators.world import World
from layerdsl.pipeline import CompiledLayer, python_module
from random_layers import loading
from random_layers.comparing import ALLOWED, ROUNDED, WORLDS, farther, first_difference, moving
from random_layers.program import Program

Values = Mapping[str, np.ndarray]
FILES = pathlib.Path(__file__).resolve().parent / "data"  # constants of programs
TIES = (-1.0, -0.5, 0.0, 0.0, 0.5, 1.0)


class PropertyError(AssertionError):
    """A property does not hold."""


@dataclass(frozen=True, eq=False)
class Experiment:
    """A program with its values. What is made of it is made when it is first asked for, and once."""

    program: Program
    given_values: Values | None = None  # where they are not drawn
    given_cotangents: Values | None = None

    @cached_property
    def compilation(self) -> Any:
        """Everything that the compiler knows of the text."""
        found = layers.compilation(self.program.text, str(FILES / "test.layer"))
        faults = [f"{each.code} {each.message}" for each in found.diagnostics if each.level == "error"]
        if faults:
            raise PropertyError(f"the program is refused: {'; '.join(faults)}")
        return found

    @property
    def compiled(self) -> CompiledLayer:
        """The layer that is tried."""
        return self.compilation.layers[-1]

    @cached_property
    def python(self) -> str:
        """The emitted module."""
        return python_module(list(self.compilation.layers[-1:]))

    @cached_property
    def layer_class(self) -> type[Any]:
        """The emitted class; new arrays are full of NaN, so that it shows what is read before it is written."""
        return layers.poisoned(loading.load(self.python, standin), self.compiled.name)

    @cached_property
    def case(self) -> Case:
        """Sizes, hyper-parameters and phase."""
        made = self.program
        return Case(
            self.compiled.graph, made.given, made.sizes, made.groups, made.train, made.counts, frozenset(made.present)
        )

    @cached_property
    def meaning(self) -> Meaning:
        """The formulas as they were written, and what is derived from them without any pass."""
        return Meaning(self.compiled.graph)

    @cached_property
    def values(self) -> Values:
        """What stands in bottoms, parameters and states, by name: the same whatever their order is."""
        if self.given_values is not None:
            return self.given_values
        found = {blob.name: self._drawn(blob.name, self.case.shape(blob)) for blob in self.case.inputs}
        whole = {blob.name: _places(self.case, blob) for blob in self.case.layer.bottoms if blob.qualifier == "index"}
        return found | {
            name: np.floor(self._random(name).random_sample(found[name].shape) * n) for name, n in whole.items()
        }

    def _random(self, name: str) -> np.random.RandomState:
        return np.random.RandomState([self.program.seed, *hashlib.md5(name.encode()).digest()[:4]])

    def _drawn(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        if self.program.ties:
            return self._random(name).choice(TIES, shape)
        return self._random(name).uniform(-1.5, 1.5, shape)

    @cached_property
    def cotangents(self) -> Values:
        """The diffs of the tops."""
        drawn = cotangents(self.case, np.random.RandomState(self.program.seed))
        return drawn if self.given_cotangents is None else self.given_cotangents

    @cached_property
    def trial(self) -> Trial:
        """All of it, for the tools of `layerdsl check`."""
        return Trial(self.case, self.meaning, dict(self.values), dict(self.cotangents), self.layer_class)

    def subject(self) -> Subject:
        """A new instance of the emitted class, which draws what the reference draws."""
        made = self.trial.subject()
        made.replace_random(SameDraws())
        return made

    @cached_property
    def world(self) -> World:
        """The same for formulas."""
        return self.trial.world()

    @cached_property
    def wanted(self) -> Values:
        """What the reference says: tops, next states, gradients."""
        return self.said_by_reference(self.world)

    def said_by_reference(self, world: World) -> Values:
        """The same in another world: with other values, or with rounding of another kind."""
        layer, program = self.compiled.graph, self.meaning.program
        named = [*program.tops, *program.updates, *program.bottom_diffs, *program.blob_diffs]
        keys = [""] * len(program.tops) + ["next "] * len(program.updates)
        keys += ["d "] * (len(named) - len(keys))
        blobs = {blob.name: blob for blob in (*layer.bottoms, *layer.tops, *layer.held) if self.case.each(blob)}
        there = [(key, blobs[name], node) for key, (name, node) in zip(keys, named, strict=True) if name in blobs]
        found = evaluate([node for _, _, node in there], world)
        result: dict[str, np.ndarray] = {}
        for (key, blob, _), value in zip(there, found, strict=True):
            parts = self.case.split(blob, _over_axes(value, blob, self.case))
            result |= {key + name: part for name, part in parts.items()}
        return result

    @cached_property
    def rounding(self) -> Values:
        """How far rounding may take each entry of what is wanted: of terms that cancel it is all that is left."""
        return self.moved_by(ROUNDED)

    def moved_by(self, size: float) -> Values:
        """The same for rounding of another size."""
        random = np.random.RandomState(5)
        spread = {name: np.zeros(value.shape) for name, value in self.wanted.items()}
        world = replace(self.world, rounded=moving(random, size))
        for _ in range(WORLDS):
            moved = self.said_by_reference(world)
            spread = {name: farther(value, moved[name], self.wanted[name]) for name, value in spread.items()}
        return {name: ALLOWED * value for name, value in spread.items()}

    def got(self, subject: Subject) -> Values:
        """What the emitted class gives: tops, next states, gradients."""
        tops = subject.forward()
        states = {f"next {name}": value for name, value in subject.states().items()}
        gradients = subject.gradients(self.cotangents)
        return {**tops, **states, **{f"d {name}": value for name, value in gradients.items()}}

    @cached_property
    def given_by_class(self) -> Values:
        """What the emitted class gives, in whole loops."""
        return self.got(self.subject())

    def compare(self, what: str, got: Values, wanted: Values | None = None) -> None:
        """Raises `PropertyError` at the first entry that differs by more than rounding explains."""
        for name, right in (self.wanted if wanted is None else wanted).items():
            if name not in got:
                raise PropertyError(f"{what}: no `{name}`")
            place = first_difference(got[name], right)
            if place is not None and not abs(got[name][place] - right[place]) <= self.rounding[name][place]:
                raise PropertyError(f"{what}: `{name}` at {place} is {got[name][place]!r}, not {right[place]!r}")
