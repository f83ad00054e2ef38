"""The tables of the reference are held against the compiler: nothing is missing, and every row is true."""

import pathlib
import re
import subprocess
import sys

import pytest

from layerdsl.caffe.fillers import FILLERS
from layerdsl.pipeline import compile_source
from layerdsl.semantics.builtins import BUILTINS
from layerdsl.source import Source
from layerdsl.syntax import parse, read_source
from layerdsl.syntax import tree as syntax

PROJECT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGE = (PROJECT / "docs" / "language.md").read_text(encoding="utf-8")
PAGES = [path.read_text(encoding="utf-8") for path in sorted((PROJECT / "docs" / "functions").glob("*.md"))]
PAGES = [page for page in PAGES if "<!-- functions:begin -->" in page]
KINDS = {"": "real", "index": "index", "condition": "bool"}
ROW = """
layer Row(x: [N, C, H], a: [N, C], b: [N, C], p: [N, C], label: index(C) [N], one: index [N]) -> y: {axes}:
    hyper w: list[float] = [1, 2]
    ok = one == 1
    y = {example}
"""


def tables(text, name):
    """The rows of every table between `<!-- name:begin -->` and `<!-- name:end -->`, as lists of cells."""
    found = re.findall(rf"<!-- {name}:begin -->\n(.*?)<!-- {name}:end -->", text, re.DOTALL)
    assert found
    lines = [line for table in found for line in table.strip().splitlines()[2:]]
    return [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def compiled(text):
    result = compile_source(Source("row.layer", text))
    faults = [found for found in result.diagnostics if found.level == "error"]
    assert not faults, (text, faults)
    return result.layers[0]


def rows_of(page):
    """The rows of a page, each with the layer in which its example stands: `<!-- row: layer Row(...) ... -->`."""
    own = re.search(r"<!-- row:\n(.*?)-->", page, re.DOTALL)
    layer = ROW if own is None else own[1].replace("{", "{{").replace("}", "}}") + "    y = {example}\n"
    layer = layer if own is None else layer.replace("AXES", "{axes}")
    return [(layer, row) for row in tables(page, "functions") if code(row[0]) != ["d"]]


ROWS = [row for page in (LANGUAGE, *PAGES) for row in rows_of(page)]


def test_every_function_has_its_row():
    assert {code(row[0])[0] for _, row in ROWS} | {"d"} == set(BUILTINS)


@pytest.mark.parametrize(("layer", "row"), ROWS, ids=[code(row[1])[0] for _, row in ROWS])
def test_row(layer, row):
    """The example has the axes and the kind that the row says, and a gradient unless the row says that it has none."""
    function, example, result, derivative = row
    assert code(example)[0].startswith(code(function)[0] + "(")
    axes, kind = re.fullmatch(r"`(\[.*\])`(.*)", result).groups()
    layer = compiled(layer.format(axes=axes.replace("M", "M=N") if layer is ROW else axes, example=code(example)[0]))
    ((_, value),) = layer.graph.outputs
    assert value.op != "expand"
    assert value.kind == KINDS[kind.strip()]
    assert any(end.gradient for end in layer.wiring.bottoms) == (not derivative.startswith("-"))


def test_the_fillers_are_those_of_caffe():
    rows = tables(LANGUAGE, "fillers")
    written = [code(row[0])[0] for row in rows]
    assert written == [
        f"{facts.name}({', '.join(f'{each.name}={_default(each.default)}' for each in facts.arguments)})"
        for facts in FILLERS.values()
    ]


def _default(value):
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def test_the_library_is_listed_whole():
    for file, functions in tables(LANGUAGE, "library"):
        path = PROJECT / "stdlib" / f"{code(file)[0]}.layer"
        tree, _ = parse(read_source(str(path), path.read_bytes()))
        assert code(functions) == [item.name.value for item in tree.items if isinstance(item, syntax.Function)]
    listed = {code(row[0])[0] for row in tables(LANGUAGE, "library")}
    assert listed == {path.stem for path in (PROJECT / "stdlib").glob("*.layer")}


def test_the_page_of_the_library_is_made_from_its_files():
    made = subprocess.run(
        [sys.executable, "-c", "import stdlib_page; print(stdlib_page.page(), end='')"],
        cwd=PROJECT / "tools", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stdout == (PROJECT / "docs" / "stdlib.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "page", sorted((PROJECT / "docs").rglob("*.md")) + [PROJECT / "README.md"], ids=lambda p: p.name
)
def test_links_lead_somewhere(page):
    """Every relative link of a page names a file that is there, and a heading of it where it names one."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, heading = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), target
        if heading:
            assert heading in anchors(file.read_text(encoding="utf-8")), target


def anchors(text):
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
