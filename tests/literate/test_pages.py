"""Every program and command of the documentation does what the page says."""

import pathlib

import literate
import pytest

PLACES = ("*.md", "docs/**/*.md", "examples/**/*.md", "tests/literate/*.md")


def pages() -> list[pathlib.Path]:
    found = {page for place in PLACES for page in literate.PROJECT.glob(place)}
    return sorted(page for page in found if page.parent.name != "errors")


def parameter(page: pathlib.Path) -> object:
    marks = [pytest.mark.real] if literate.needs_caffe(page) else []
    return pytest.param(page, id=str(page.relative_to(literate.PROJECT)), marks=marks)


@pytest.mark.parametrize("page", [parameter(page) for page in pages()])
def test_page(page, tmp_path, update):
    literate.run_page(page, tmp_path, update)
