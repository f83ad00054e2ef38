from collections.abc import Collection

from layerdsl.check.probe.bench import Bench
from layerdsl.check.probe.findings import Findings

NAMES: tuple[str, ...]

def check(bench: Bench, wanted: Collection[str] = ...) -> Findings: ...
