"""What Caffe has to be told about a layer: the facts from which prototxt snippet and NetSpec helper are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union

Value = Union[float, int, bool, str, None, tuple[Union[float, int, bool], ...]]
HyperKind = Literal["float", "int", "bool", "word", "list", "filler", "file"]


@dataclass(frozen=True)
class HyperFact:
    """A hyper-parameter as it travels in `param_str`. Without a default (`required`) a net has to give it a value."""

    name: str
    kind: HyperKind
    optional: bool
    required: bool
    default: Value
    choices: tuple[str, ...] = ()  # of a word
    element: str = ""  # of a list: float, int or bool
    doc: str = ""
    requires: tuple[str, ...] = ()  # the conditions that name it, as the user wrote them


@dataclass(frozen=True)
class BlobFact:
    """A learned blob, or a state, in the order of `layer.blobs`; one in a branch is there `under` a condition alone."""

    name: str
    shape: str  # as declared: "[M, *K]"
    filler: str  # as written: "xavier()"; the starting value of a state
    lr_mult: float
    decay_mult: float
    state: bool
    doc: str = ""
    under: str = ""
    code: str = ""  # that condition in Python, over `hyper`, and `has` for whether a bottom or top is there
    there: bool = True  # whether it holds for the defaults, with all optional bottoms and tops


@dataclass(frozen=True)
class EndFact:
    """A bottom or a top."""

    name: str
    shape: str  # as declared: "index(C) [N, 1, *S]"
    gradient: bool  # a bottom that gets a gradient; a top that takes one
    loss: bool = False  # a top that is a loss: a scalar with a gradient
    variadic: bool = False
    optional: bool = False
    under: str = ""  # the condition under which alone it is there, as written
    code: str = ""  # that condition in Python, over `hyper`
    there: bool = True  # whether it holds for the defaults


@dataclass(frozen=True)
class RequireFact:
    """What hyper-parameters alone have to meet: in words, and in Python, over `hyper`, what does not meet it."""

    said: str
    failed: str
    hypers: tuple[str, ...]  # those whose values a message shows


@dataclass(frozen=True)
class Wiring:
    """One layer: `module` and `layer` are what `python_param` names; `phase` is set where it is for one phase only."""

    module: str
    layer: str
    doc: str
    bottoms: tuple[EndFact, ...]
    tops: tuple[EndFact, ...]
    hypers: tuple[HyperFact, ...]
    blobs: tuple[BlobFact, ...]
    phase: Literal["TRAIN", "TEST"] | None = None
    requires: tuple[RequireFact, ...] = ()
