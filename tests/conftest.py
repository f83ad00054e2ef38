"""What all tests share: where the project lies, how hypothesis draws, and whether pages are written anew."""

import os
import pathlib
import sys

import pytest
from hypothesis import settings

# What tests import from each other.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))

# A slow machine is no failure; in CI the same cases are drawn every time.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def project() -> pathlib.Path:
    """The top folder of the project."""
    return pathlib.Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-literate",
        action="store_true",
        help="rewrite the outputs in the pages: pytest tests/literate tests/errors --update-literate",
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether pages are to be brought up to date instead of being held to what they say."""
    return bool(request.config.getoption("update_literate"))
