"""The table of docs/twins.md has every type of the real Caffe, and says of each twin what is so."""

import re
import sys

import pytest
from twins import runner
from twins.case import type_of

sys.path.insert(0, str(runner.ROOT))

from benchmarks.twins import table

PAGE = (runner.ROOT / "docs" / "twins.md").read_text(encoding="utf-8")
ROWS = {cells[0]: cells[1:] for cells in (re.findall(r"[^|]+", line) for line in PAGE.splitlines()) if len(cells) > 1}
NAMED = {match.group(1): row for first, row in ROWS.items() if (match := re.match(r" \[?`(\w+)`", first))}
TWINS = {type_of(path.stem): path for path in runner.STDLIB.glob("*.layer")}


@pytest.fixture(scope="module")
def types(run_on_caffe):
    script = "import caffe, realnet\nrealnet.save_json(list(caffe.layer_type_list()))\n"
    return run_on_caffe(script).json


def test_every_type_is_in_the_table(types):
    assert sorted(set(types) & set(NAMED)) == sorted(types)


def test_every_type_has_a_twin_or_a_reason(types):
    assert sorted({*TWINS, *table.WITHOUT}) == sorted(types)


@pytest.mark.parametrize("name", sorted(TWINS))
def test_a_row_says_what_is_so(name):
    count, cases, worst, *_ = NAMED[name]
    assert int(count) == table.lines(TWINS[name])
    assert int(cases) > 0
    assert float(worst) <= max(case.bound for case in CASES if type_of(case.twin) == name)


CASES = [case for path in runner.files() for case in runner.cases_of(path)]
