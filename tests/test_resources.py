"""The folders that travel with the compiler are found wherever it is installed."""

import shutil
import subprocess
import sys

import pytest

from layerdsl import resources

ASK = "from layerdsl.resources import folder; print(folder('grammar'))"


def test_a_checkout_has_them_at_the_top(project):
    assert resources.folder("grammar") == project / "grammar"
    assert resources.folder("docs/errors") == project / "docs" / "errors"


def test_a_wheel_has_them_inside_the_package(project, tmp_path):
    package = tmp_path / "layerdsl"
    (package / "grammar").mkdir(parents=True)
    for name in ("__init__.py", "resources.py"):
        shutil.copy(project / "layerdsl" / name, package)
    run = subprocess.run([sys.executable, "-c", ASK], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(package / "grammar")


def test_a_folder_that_is_missing_is_named():
    with pytest.raises(FileNotFoundError, match="`no such` of layerdsl is missing"):
        resources.folder("no such")
