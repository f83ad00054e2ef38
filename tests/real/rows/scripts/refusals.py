"""Builds, and where wanted runs, nets that are refused; hands back what reaches the user of each, and how it ended.

cases.json maps names to `net` (text), and where wanted `shapes` (of blobs, for the forward) and `data` (numbers that
fill a blob). Each is run by a child of its own, as Caffe may end the process.
"""

import json
import os
import sys
import tempfile
import traceback

import caffe  # noqa: F401  opens its log before anything is redirected
import numpy as np
import realnet


def run(case):
    net = realnet.net(case["net"])
    for name, shape in case.get("shapes", {}).items():
        net.blobs[name].reshape(*shape)
    for name, values in case.get("data", {}).items():
        net.blobs[name].data[...] = np.array(values, np.float32)
    net.forward()
    net.backward()


def child(case, heard):
    """Ends with status 3 where Python raised; what is written to stderr, by Python or below it, goes into a file."""
    os.dup2(heard.fileno(), 2)
    try:
        run(case)
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(3)
    os._exit(0)


def said(case):
    with tempfile.TemporaryFile() as heard:
        number = os.fork() or child(case, heard)
        _, status = os.waitpid(number, 0)
        heard.seek(0)
        return {"status": status >> 8 or -status, "said": heard.read().decode()}


with open("cases.json") as file:
    cases = json.load(file)
realnet.save_json({name: said(case) for name, case in cases.items()})
