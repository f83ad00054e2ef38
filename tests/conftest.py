"""What all tests share: where the project lies, and how hypothesis draws."""

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
