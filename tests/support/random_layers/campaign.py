"""Many random programs, one after the other: what was tried, and what went wrong, made as small as can be."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from random_layers.program import Program
from random_layers.properties import check

CHUNK = 100
SHRINK_FOR = 60.0  # seconds
MOST = 60  # seconds for a program


@dataclass(frozen=True)
class Failure:
    """A program for which a property does not hold."""

    program: Program
    what: str


@dataclass
class Campaign:
    """How many programs were tried, how often each property had something to look at, and the failures."""

    programs: int = 0
    seconds: float = 0.0
    looked: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


def run(strategy: SearchStrategy[Program], programs: int, first: int, tell: Callable[[Campaign], None]) -> Campaign:
    """Tries so many programs; `first` is the seed of the first chunk of them."""
    done = Campaign()
    start = time.monotonic()
    for number in range(first, first + -(-programs // CHUNK)):
        _Chunk(done, number).run(strategy, min(CHUNK, programs - done.programs))
        done.seconds = time.monotonic() - start
        tell(done)
    return done


class _TooLongError(Exception):
    """A program that has no end."""


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def stop(*given: object) -> None:
        raise _TooLongError(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class _Enough(KeyboardInterrupt):
    """The program is small enough: hypothesis lets no other exception stop it."""


class _Chunk:
    """Programs of one seed, up to the first that fails."""

    def __init__(self, done: Campaign, number: int) -> None:
        self.done, self.number = done, number
        self.worst: Failure | None = None
        self.until = 0.0

    def run(self, strategy: SearchStrategy[Program], count: int) -> None:
        """Adds what is found to the campaign."""
        quick = settings(
            max_examples=count,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
            report_multiple_bugs=False,
            print_blob=False,
        )
        try:
            seed(self.number)(quick(given(strategy)(self._one)))()
        except _Enough:
            pass
        except Exception:
            if self.worst is None:
                raise
        if self.worst is not None:
            self.done.failures.append(self.worst)

    def _one(self, program: Program) -> None:
        if self.worst is None:
            self.done.programs += 1
        elif time.monotonic() > self.until:
            raise _Enough
        try:
            with _at_most(MOST):
                for name, looked in check(program):
                    self.done.looked[name] += looked if self.worst is None else 0
        except Exception as found:
            if self.worst is None:
                self.until = time.monotonic() + SHRINK_FOR
            self.worst = Failure(program, f"{type(found).__name__}: {found}")
            raise


def lines(done: Campaign) -> Iterator[str]:
    """A report."""
    yield f"{done.programs} programs in {done.seconds:.0f} seconds, {len(done.failures)} failures"
    for name, count in done.looked.items():
        yield f"  {count:8} {name}"
