"""What diagnostics look like, in every format."""

import json
import re

import pytest

from layerdsl.source import Diagnostic, Source, Span
from layerdsl.source.codes import CODES
from layerdsl.source.render import FORMATS, render

ATTENTION = Source("attention.layer", "\n" * 8 + "    score = sum(query * key, over=K) / sqrt(D)\n")


def at(source: Source, word: str) -> Span:
    start = source.text.index(word)
    return Span(source, start, start + len(word))


def spanning(text: str, word: str, **more: str) -> Diagnostic:
    return Diagnostic("LD101", "unknown name", at(Source("a.layer", text), word), **more)


NO_AXIS = Diagnostic(
    "LD203",
    "axis `K` is summed but neither factor has it",
    Span(ATTENTION, 42, 43),
    "no such axis in `query [N, T, D]` or `key [N, T, D]`",
    help="did you mean `D`?",
)


def test_full_is_as_designed():
    assert render([NO_AXIS]) == (
        "error[LD203]: axis `K` is summed but neither factor has it\n"
        "  --> attention.layer:9:35\n"
        "   |\n"
        " 9 |     score = sum(query * key, over=K) / sqrt(D)\n"
        "   |                                   ^ no such axis in `query [N, T, D]` or `key [N, T, D]`\n"
        "   |\n"
        "   = help: did you mean `D`?\n"
    )


def test_notes_stand_before_help_and_their_lines_hang():
    text = render([Diagnostic("LD901", "failed", notes=("one\ntwo", "three"), help="four")])
    assert text == "error[LD901]: failed\n   = note: one\n           two\n   = note: three\n   = help: four\n"


def test_blank_line_between_diagnostics_and_line_end_after_the_last():
    text = render([Diagnostic("LD701", "one"), Diagnostic("LD701", "two")])
    assert text == "error[LD701]: one\n\nerror[LD701]: two\n"


def test_no_diagnostics_are_no_text_but_for_json_and_sarif():
    assert {form for form in FORMATS if render([], form)} == {"json", "sarif"}
    assert json.loads(render([], "json")) == []


def test_marks_stand_under_the_place_behind_tabs_and_wide_letters():
    lines = render([spanning("\ta\t= 漢字 + b # x", "b")]).splitlines()
    assert lines[3] == " 1 |     a   = 漢字 + b # x"
    # each of the two wide letters fills two cells, so the mark is two columns further than by characters
    assert lines[4] == "   |" + " " * (lines[3].index("b #") + 2 - 4) + "^"


def test_every_line_of_a_span_is_marked_without_its_indentation():
    lines = render([spanning("a = (b\n      + c)\n", "(b\n      + c)", label="here")]).splitlines()
    assert lines[3:] == [" 1 | a = (b", "   |     ^^", " 2 |       + c)", "   |       ^^^^ here"]


def test_a_long_span_shows_its_beginning_and_its_end():
    text = "(\n" + "".join(f"  x{i} +\n" for i in range(50)) + "y)"
    lines = render([spanning(text, text, label="here")]).splitlines()
    assert len(lines) < 18
    assert lines[-1].endswith("^^ here")
    assert " 52 | y)" in lines


def test_a_place_at_the_very_end_is_marked():
    source = Source("a.layer", "y = \n")
    assert render([Diagnostic("LD003", "more", Span(source, 4, 4))]).splitlines()[-1] == "   |     ^"
    assert " 2 |" in render([Diagnostic("LD003", "more", Span(source, 5, 5))])
    assert render([Diagnostic("LD009", "empty", Span(Source("a.layer", ""), 0, 0))]).count("\n") == 2


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_of_100_kilobytes_is_not_printed(form):
    name = "n" * 100_000
    found = Diagnostic("LD008", f"`{name}` is too long", at(Source("a.layer", f"x = {name} + 1"), name), f"`{name}`")
    assert len(render([found], form)) < 3000


def test_a_long_line_is_shown_around_the_place():
    lines = render([spanning("a + " * 10_000 + "bad" + " + a" * 10_000, "bad")]).splitlines()
    assert len(lines[3]) < 140
    start = lines[4].index("^")
    assert lines[3][start : start + 3] == "bad"
    assert lines[3].startswith(" 1 | ...")
    assert lines[3].endswith("...")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("letter", ["\x1b", "\x00", "\x07", "\x9b", "\u202e", "\u2028", "\r", "\udc80"])
def test_nothing_that_moves_a_cursor_or_hides_letters_is_printed(form, letter):
    source = Source(f"a{letter}.layer", f"x = {letter}bad")
    span = Span(source, 5, 8)
    text = render([Diagnostic("LD002", f"`{letter}`", span, f"`{letter}`", (letter,), letter)], form)
    assert letter not in text
    text.encode()  # no lone surrogates


def test_colour_changes_nothing_else():
    colored = render([NO_AXIS], color=True)
    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render([NO_AXIS])


def test_concise():
    assert render([NO_AXIS, Diagnostic("LD701", "gone")], "concise") == (
        "attention.layer:9:35: LD203 axis `K` is summed but neither factor has it\nLD701 gone\n"
    )


def test_json_has_every_field():
    (entry,) = json.loads(render([NO_AXIS], "json"))
    assert entry == {
        "code": "LD203",
        "level": "error",
        "message": NO_AXIS.message,
        "file": "attention.layer",
        "line": 9,
        "column": 35,
        "end_line": 9,
        "end_column": 36,
        "label": NO_AXIS.label,
        "notes": [],
        "help": NO_AXIS.help,
    }
    (entry,) = json.loads(render([Diagnostic("LD701", "gone", level="warning")], "json"))
    assert (entry["file"], entry["line"], entry["level"]) == (None, None, "warning")


def test_github_escapes_what_its_commands_are_made_of():
    source = Source("a,b:c.layer", "x = 100%\n")
    text = render([Diagnostic("LD002", "100% of\nit", at(source, "%"), help="no `::`")], "github")
    assert text == (
        "::error file=a%2Cb%3Ac.layer,line=1,endLine=1,col=8,endColumn=9,title=LD002::100%25 of%0Ait%0Ahelp: no `::`\n"
    )


def test_sarif_names_rules_and_places():
    log = json.loads(render([NO_AXIS, Diagnostic("LD701", "gone", level="warning")], "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["LD203", "LD701"]
    placed, loose = run["results"]
    assert run["tool"]["driver"]["rules"][placed["ruleIndex"]]["id"] == placed["ruleId"] == "LD203"
    assert placed["locations"][0]["physicalLocation"]["region"]["startLine"] == 9
    assert placed["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "attention.layer"
    assert loose["level"] == "warning"
    assert "locations" not in loose


def test_sarif_addresses_are_addresses():
    log = json.loads(render([spanning("b", "b")], "sarif"))
    assert log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "a.layer"}
    odd = Diagnostic("LD002", "x", Span(Source("my layer%.layer", "b"), 0, 1))
    assert '"uri": "my%20layer%25.layer"' in render([odd], "sarif")


def test_titles_of_codes_are_short_and_in_the_form_of_a_title():
    assert all(re.fullmatch(r"LD\d{3}", code) for code in CODES)
    assert all(len(title) < 70 and not title.endswith(".") for title in CODES.values())
    assert len(set(CODES.values())) == len(CODES)
