"""Runs the whole example: exports the digits, compiles the layers, trains on real Caffe, prints the table.

python examples/digits/run.py            prints the table, and fails where README.md says something else
python examples/digits/run.py --write    writes the table into README.md
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
from sklearn.datasets import load_digits

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
BUILD = PROJECT / "build" / "digits"
README = PROJECT / "README.md"
TABLE = re.compile(r"(?<=<!-- digits:begin -->\n).*?(?=<!-- digits:end -->)", re.DOTALL)

LOSS_TOLERANCE = 1e-5  # in the first half; then training makes much of the last bit, with whatever layers
LEAST_ACCURACY = 0.95
# In percent. OpenBLAS adds up in another order on another processor, and after 1,500 steps some digits are named
# otherwise: between its kernels for Nehalem, Haswell and newer ones the numbers of the table differ by 0.2 at most.
ROUNDING = 0.5


def export(path):
    """Writes the digits that scikit-learn carries to where the Python of Caffe can read them."""
    digits = load_digits()
    np.savez(path, images=digits.images.astype(np.uint8), labels=digits.target.astype(np.uint8))


def compile_layers(folder):
    layerdsl = pathlib.Path(sys.executable).with_name("layerdsl")
    subprocess.run([layerdsl, "compile", HERE / "lenet_layers.layer", "-o", folder], check=True)
    subprocess.run(
        [layerdsl, "compile", HERE / "blank_square.layer", "-o", folder, "--bundle", "digits_python_layers.py"],
        check=True,
    )


def prepare(folder):
    """What the script on Caffe's side needs: digits.npz and the emitted modules."""
    folder.mkdir(parents=True, exist_ok=True)
    export(folder / "digits.npz")
    compile_layers(folder)


def train(task, folder, *sizes):
    """What train.py finds for the task, `compare` or `walk` (whose sizes are the numbers of seeds and iterations)."""
    result = folder / f"{task}.json"
    subprocess.run(
        [PROJECT / "tools" / "caffe-python", HERE / "train.py", task, folder / "digits.npz", result, *map(str, sizes)],
        # These matrices are too small to be shared by threads.
        env={**os.environ, "PYTHONPATH": str(folder), "OPENBLAS_NUM_THREADS": "1"},
        check=True,
    )
    return json.loads(result.read_text())


def differences(compared, which="layers"):
    """Of the losses, from those of the net with Caffe's own layers."""
    return [abs(a - b) for a, b in zip(compared["caffe"]["losses"], compared[which]["losses"], strict=True)]


def agrees(compared):
    """Whether the losses are the same at first, and later closer than those of Caffe from weights rounded otherwise."""
    found = differences(compared)
    return max(found[: len(found) // 2]) <= LOSS_TOLERANCE and max(found) <= max(differences(compared, "rounded"))


def report(compared):
    """Prints how well the two nets agree, and returns whether that is well enough."""
    own, ours = compared["caffe"], compared["layers"]
    found, rounded = differences(compared), max(differences(compared, "rounded"))
    half = len(found) // 2
    print(f"{len(ours['losses'])} iterations, from {ours['losses'][0]:.4f} to {ours['losses'][-1]:.4f}")
    allowed = f"allowed: {LOSS_TOLERANCE:.0e}"
    print(f"largest difference of the losses: {max(found[:half]):.1e} in the first {half} ({allowed}),")
    print(f"{max(found):.1e} in all (Caffe's own, from weights one rounding away: {rounded:.1e})")
    print(f"accuracy on held-back digits: {own['accuracy']:.1%} with Caffe's layers, {ours['accuracy']:.1%} with ours")
    return agrees(compared) and ours["accuracy"] > LEAST_ACCURACY


def percent(runs, which):
    values = np.array([run[which] for run in runs]) * 100
    return f"{values.mean():.1f} % ± {values.std(ddof=1):.1f}"


def table(walked):
    """Markdown: a row for training without and with BlankSquare; mean and standard deviation over the seeds."""
    rows = [
        f"| {name} BlankSquare | {percent(runs, 'whole')} | {percent(runs, 'occluded')} |"
        for name, runs in walked.items()
    ]
    return "\n".join(["| trained | whole digits | occluded digits |", "| --- | --- | --- |", *rows]) + "\n"


def numbers(text):
    return [float(number) for number in re.findall(r"\d+\.\d+", text)]


def same(one, other):
    """Whether two tables say the same: the same words, and numbers that differ by rounding alone."""
    words = [re.sub(r"\d+\.\d+", "", text).split() for text in (one, other)]
    return words[0] == words[1] and all(
        abs(a - b) <= ROUNDING for a, b in zip(numbers(one), numbers(other), strict=True)
    )


def settle(new, write):
    """Writes the table into the README or compares it with the one there; returns whether all is well."""
    text = README.read_text(encoding="utf-8")
    found = TABLE.search(text)
    if found is None:
        print(f"{README.name} has no lines `<!-- digits:begin -->` and `<!-- digits:end -->`", file=sys.stderr)
        return False
    if write:
        README.write_text(TABLE.sub(lambda _: new, text), encoding="utf-8")
    elif not same(found.group(), new):
        print(f"{README.name} has another table; `make digits DIGITS=--write` writes this one", file=sys.stderr)
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    arguments = parser.parse_args()
    prepare(BUILD)
    agreed = report(train("compare", BUILD))
    new = table(train("walk", BUILD))
    print(f"\n{new}")
    return 0 if settle(new, arguments.write) and agreed else 1


if __name__ == "__main__":
    sys.exit(main())
