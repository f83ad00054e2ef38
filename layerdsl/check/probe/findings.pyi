from collections.abc import Callable, Sequence
from typing import Any

class Findings:
    rows: list[dict[str, Any]]
    faults: list[dict[str, Any]]
    property: str
    def __init__(self, tell: Callable[[str, dict[str, Any]], None] | None = None) -> None: ...
    def begin(self, name: str) -> None: ...
    def row(
        self, how: str, figure: float | None = None, what: str | None = None, verdict: str | None = None
    ) -> None: ...
    def fault(
        self,
        said: str,
        blob: str = "",
        place: Sequence[int] | None = None,
        got: float | None = None,
        wanted: float | None = None,
        words: Sequence[str] | None = None,
        where: str = "",
        help: str = "",
        hint: str = "",
        level: str = "error",
        line: int = 0,
        method: str = "",
        what: str | None = None,
    ) -> None: ...
