"""`twins` as a package, and what was found, file by file."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from twins import runner


@pytest.fixture(scope="session")
def found(real_caffe, tmp_path_factory):
    """`found(path, title)`: what was found in a case; its whole file is run when it is first asked for."""
    known = {}

    def find(path, title):
        if path not in known:
            known[path] = runner.run(path, runner.cases_of(path), tmp_path_factory.mktemp("twins"))
        return known[path][title]

    return find
