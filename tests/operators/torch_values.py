"""Writes torch_values.json: the value and the gradients of every case as PyTorch has them in double precision.

    python tests/operators/torch_values.py      with a Python that has PyTorch

The tests read the file, so that they need no PyTorch.
"""

import json
import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from operator_cases import CASES  # noqa: E402

FILE = HERE / "torch_values.json"


def worked_out(case, ones):
    """The value of a case, and the gradient of each bottom under the diff 1, 2, 3, ... of its top."""
    bottoms = {name: torch.tensor(array, requires_grad=True) for name, array in case.bottoms(ones).items()}
    value = case.torch(torch, **bottoms)
    diffs = {}
    if not case.top.startswith("const"):
        weights = torch.arange(1, value.numel() + 1, dtype=torch.float64).reshape(value.shape)
        value.backward(weights)
        diffs = {name: listed(array.grad) for name, array in bottoms.items() if array.grad is not None}
    return {"value": listed(value.detach().double()), "shape": list(value.shape), "diffs": diffs}


def listed(array):
    """All numbers in a row."""
    return [float(repr(number)) for number in array.ravel().tolist()]


def main():
    torch.set_num_threads(1)
    found = {f"{i} {case.formula}{' of size 1' * ones}": worked_out(case, ones)
             for i, case in enumerate(CASES) for ones in ((False, True) if case.ones else (False,))}  # fmt: skip
    lines = [f"{json.dumps(name)}: {json.dumps(values)}" for name, values in found.items()]
    FILE.write_text("{\n" + ",\n".join([json.dumps("torch") + ": " + json.dumps(torch.__version__), *lines]) + "\n}\n")


if __name__ == "__main__":
    main()
