"""Every program and command of the documentation does what the page says."""

import functools
import os
import pathlib
import subprocess

import literate
import pytest

PLACES = ("*.md", "docs/**/*.md", "examples/**/*.md", "tests/literate/*.md")


def pages() -> list[pathlib.Path]:
    found = {page for place in PLACES for page in literate.PROJECT.glob(place)}
    return sorted(page for page in found if page.parent.name != "errors")


def parameter(page: pathlib.Path) -> object:
    marks = [pytest.mark.real] if literate.needs_caffe(page) else []
    return pytest.param(page, id=str(page.relative_to(literate.PROJECT)), marks=marks)


@functools.cache
def why_no_caffe() -> str:
    """Empty where real Caffe is there, or could be put into its cache folder."""
    made = subprocess.run([literate.PROJECT / "tools" / "real-caffe"], capture_output=True, text=True, check=False)
    return " ".join(made.stderr.strip().splitlines()[-2:]) if made.returncode else ""


@pytest.mark.parametrize("page", [parameter(page) for page in pages()])
def test_page(page, tmp_path, update):
    if literate.needs_caffe(page) and why_no_caffe():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no real Caffe: {why_no_caffe()}")
    literate.run_page(page, tmp_path, update)
