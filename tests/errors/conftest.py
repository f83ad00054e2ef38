"""The same as for the pages in `literate`, where the runner lies."""

import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "literate"))


def pytest_addoption(parser: pytest.Parser) -> None:
    # The folder `literate` offers the same option; whoever is loaded second finds it there.
    with contextlib.suppress(ValueError):
        parser.addoption(
            "--update-literate",
            action="store_true",
            default=False,
            help="rewrite the outputs in the pages (name the folders: pytest tests/literate tests/errors ...)",
        )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether pages are to be brought up to date instead of being held to what they say."""
    return bool(request.config.getoption("update_literate", default=False))
