"""What a layer keeps from one forward to the next outside of its blobs: random numbers, and its attributes."""
# mypy: ignore-errors

from __future__ import division

import copy
import random
import sys

import numpy as np


class Draws(object):
    """The random numbers a layer may use: NumPy's and Python's own, and generators in it, its class or module."""

    def __init__(self, layer):
        found = [vars(layer)]
        found += [vars(kind) for kind in type(layer).__mro__ if kind.__module__ not in ("builtins", "__builtin__")]
        module = sys.modules.get(type(layer).__module__)
        forward = getattr(type(layer).forward, "__globals__", None)
        found += [vars(module)] if module is not None else []
        found += [forward] if forward is not None else []
        self.generators = []
        for names in found:
            self.generators += [one for one in list(names.values()) if _is_generator(one)]

    def take(self):
        """The state of all of them."""
        return [np.random.get_state(), random.getstate()] + [_get(one) for one in self.generators]

    def put(self, states):
        """Puts all of them into this state."""
        np.random.set_state(states[0])
        random.setstate(states[1])
        for one, state in zip(self.generators, states[2:]):
            _set(one, state)

    def stir(self, seed):
        """Puts all of them somewhere else."""
        np.random.seed(seed)
        random.seed(seed)
        for i, one in enumerate(self.generators):
            if isinstance(one, random.Random):
                one.seed(seed + i)
            elif isinstance(one, np.random.RandomState):
                one.set_state(np.random.RandomState(seed + i).get_state())
            else:
                one.bit_generator.state = type(one.bit_generator)(seed + i).state


def _is_generator(one):
    kinds = (np.random.RandomState, random.Random) + ((np.random.Generator,) if hasattr(np.random, "Generator") else ())
    return isinstance(one, kinds)


def _get(one):
    if isinstance(one, np.random.RandomState):
        return one.get_state()
    return one.getstate() if isinstance(one, random.Random) else one.bit_generator.state


def _set(one, state):
    if isinstance(one, np.random.RandomState):
        one.set_state(state)
    elif isinstance(one, random.Random):
        one.setstate(state)
    else:
        one.bit_generator.state = state


class Attributes(object):
    """A copy of the attributes of a layer, to be put back; what can't be copied stays as it is, and so do its blobs.

    Values go back into the arrays that are there, as others may be views of them.
    """

    def __init__(self, layer):
        self.kept = {}
        for name, value in vars(layer).items():
            if not _is_generator(value) and name not in ("blobs", "_caffe_blobs"):
                try:
                    self.kept[name] = copy.deepcopy(value)
                except Exception:
                    continue

    def put(self, layer):
        """Gives the layer these attributes again."""
        for name, value in self.kept.items():
            try:
                setattr(layer, name, _put_back(getattr(layer, name, None), value))
            except Exception:
                continue


def _put_back(there, kept):
    """What is kept, in the arrays that are there if they fit."""
    if type(there) is type(kept):
        if isinstance(kept, np.ndarray) and (there.shape, there.dtype) == (kept.shape, kept.dtype):
            there[...] = kept
            return there
        if type(kept) in (list, tuple) and len(there) == len(kept):
            return type(kept)([_put_back(one, other) for one, other in zip(there, kept)])
        if type(kept) is dict and set(there) == set(kept):
            return {name: _put_back(there[name], kept[name]) for name in kept}
    return copy.deepcopy(kept)
