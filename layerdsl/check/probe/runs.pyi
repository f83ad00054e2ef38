from collections.abc import Sequence
from types import ModuleType
from typing import Any

class OnStandin:
    layer_class: type[Any]
    def __init__(
        self,
        standin: ModuleType,
        layer_class: type[Any],
        param_str: str,
        widens: bool = False,
        memories: Sequence[str] = (),
    ) -> None: ...
    def run(self, arrays: Any, settings: Any) -> Any: ...
