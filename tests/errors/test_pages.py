"""Every code has a page, and every page tells the truth: its program fails as shown, and mended it compiles clean."""

import pathlib
import re
import subprocess
import sys

import literate
import pytest

from layerdsl.source.codes import CODES

FOLDER = literate.PROJECT / "docs" / "errors"
PAGES = sorted(FOLDER.glob("LD*.md"))

# The one page without a program: a fault of the compiler can't be made at will.
WITHOUT = {"LD901"}


def test_every_code_has_a_page_and_every_page_a_code():
    assert {page.stem for page in PAGES} == set(CODES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_title_and_sections(page: pathlib.Path):
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.stem}: {CODES[page.stem]}\n")
    sections = re.findall(r"^## (.*)$", text, re.MULTILINE)
    if page.stem in WITHOUT:
        assert sections == ["What to do", "Why"]
    else:
        assert sections[0] in ("A program that fails", "A program that is warned of")
        assert sections[1:] == ["Why", "Mended"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: pathlib.Path, tmp_path: pathlib.Path, update: bool):
    literate.run_page(page, tmp_path, update)
    if page.stem in WITHOUT:
        return
    bad, good = consoles(page)
    assert f"[{page.stem}]" in "\n".join(bad.lines), "the program fails, but with another code"
    assert ("exit" in bad.attributes) == (f"error[{page.stem}]" in "\n".join(bad.lines))
    assert re.findall(r"(?:error|warning)\[(LD\d+)\]", "\n".join(bad.lines)) == [page.stem], "one fault, one message"
    assert not re.search(r"(?:error|warning)\[", "\n".join(good.lines)), "the mended program is not clean"
    assert "exit" not in good.attributes


def consoles(page: pathlib.Path) -> tuple[literate.Block, literate.Block]:
    """The command that fails and the one that does not."""
    bad, good = (each for each in literate.blocks(page.read_text(encoding="utf-8")) if each.language == "console")
    return bad, good


def test_messages_have_the_form_that_is_promised():
    """Lower case at the start, no full stop at the end, no line that is too long for a terminal of two columns."""
    for page in PAGES:
        if page.stem in WITHOUT:
            continue
        for line in consoles(page)[0].lines:
            said = re.match(r"(?:error|warning)\[LD\d+\]: (.*)|\s+= (?:note|help): (.*)", line)
            if said is not None:
                text = said[1] or said[2]
                assert not text.endswith("."), line
                assert not re.match(r"[A-Z][a-z]", text), line
                assert len(text) < 160, line


def test_explain_prints_every_page():
    from layerdsl.cli.explain import page

    for code in CODES:
        assert page(code).startswith(f"# {code}: ")
        assert " file=" not in page(code)


def test_a_page_is_found_by_an_installed_command():
    done = subprocess.run(
        [sys.executable, "-m", "layerdsl", "explain", "ld203"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("# LD203: an axis the value does not have\n")
