"""`on_caffe.py CASES.py [TITLE...]`: the cases of a file on real Caffe, or those with these titles.

Writes a line of JSON for each to found.jsonl, and before it a line with its title alone: where a check of Caffe ends
the process, the last line says in which case.
"""

import json
import runpy
import sys
import traceback

import numpy as np
from twins import pair


def main(path, *titles):
    for case in runpy.run_path(path)["CASES"]:
        if not titles or case.title in titles:
            write({"case": case.title})
            write(measured(case))


def write(line):
    with open("found.jsonl", "a") as file:
        file.write(json.dumps(line) + "\n")


def measured(case):
    np.random.seed(0)
    try:
        found = [row for run in runs(case) for row in rows(case, *run)]
    except Exception:
        return {"case": case.title, "error": traceback.format_exc(), "rows": []}
    return {"case": case.title, "error": "", "rows": found}


def runs(case):
    """The phases, with all gradients; and in TRAIN without each of them."""
    yield from ((phase, case.wanted) for phase in case.phases)
    if sum(case.wanted) > 1 and case.propagate_down is None:
        for i, wanted in enumerate(case.wanted):
            if wanted:
                yield case.phases[0], tuple(one and place != i for place, one in enumerate(case.wanted))


def rows(case, phase, wanted):
    import dataclasses

    asked = dataclasses.replace(case, propagate_down=wanted)
    words = phase if wanted == case.wanted else phase + ", propagate_down " + str([int(one) for one in wanted])
    return [[words, *row] for row in pair.compare(asked, phase, wanted)]


if __name__ == "__main__":
    main(*sys.argv[1:])
