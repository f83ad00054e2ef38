"""The layers of wirings.py, by their names."""

import importlib.util
import pathlib

import pytest


@pytest.fixture(scope="session")
def wirings():
    """Name of the layer to its wiring."""
    spec = importlib.util.spec_from_file_location("wirings", pathlib.Path(__file__).parent / "wirings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {wiring.layer: wiring for wiring in module.ALL}
