"""Trains LeNet on handwritten digits with real Caffe.

    PYTHONPATH=EMITTED tools/caffe-python examples/digits/train.py compare DIGITS.npz RESULT.json
    PYTHONPATH=EMITTED tools/caffe-python examples/digits/train.py walk DIGITS.npz RESULT.json [SEEDS ITERATIONS]

`compare` trains the net with Caffe's own layers and the one with layers from formulas, from the same weights on the
same batches. `walk` trains the latter with and without BlankSquare. EMITTED holds lenet_layers.py and
digits_python_layers.py, DIGITS.npz the `images` [1797, 8, 8], 0 to 16, and their `labels` [1797].
"""

import collections
import json
import os
import sys
import tempfile

import caffe
import numpy as np
from caffe.proto import caffe_pb2
from google.protobuf import text_format

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINING = 1500  # of 1,797 images; the others are held back
COMPARED_ITERATIONS = 200

Digits = collections.namedtuple("Digits", "images labels")  # float32 [N, 1, 8, 8] and [N]


def read_digits(path):
    with np.load(path) as file:
        return Digits(file["images"].astype(np.float32)[:, np.newaxis], file["labels"].astype(np.float32))


def split(digits, seed):
    """The digits in the seed's order, cut in two: those to train on, and those held back."""
    order = np.random.RandomState(seed).permutation(len(digits.labels))
    return [Digits(digits.images[part], digits.labels[part]) for part in (order[:TRAINING], order[TRAINING:])]


def solver_for(net, seed, stages=()):
    """A solver of solver.prototxt for the net file; the weights and the draws of its layers follow from the seed."""
    parameter = caffe_pb2.SolverParameter()
    with open(os.path.join(HERE, "solver.prototxt")) as file:
        text_format.Merge(file.read(), parameter)
    parameter.net = os.path.join(HERE, net)
    parameter.random_seed = seed
    parameter.train_state.stage.extend(stages)
    np.random.seed(seed)
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt") as file:
        file.write(text_format.MessageToString(parameter))
        file.flush()
        return caffe.get_solver(file.name)


def feed(net, digits):
    net.set_input_arrays(np.ascontiguousarray(digits.images), np.ascontiguousarray(digits.labels))


def losses(solver, digits, iterations):
    """Trains and returns the loss of each iteration."""
    feed(solver.net, digits)
    found = []
    for _ in range(iterations):
        solver.step(1)
        found.append(float(solver.net.blobs["loss"].data))
    return found


def accuracy(solver, digits):
    """The share of the digits that the solver's net, as trained so far, names rightly."""
    net = solver.test_nets[0]
    net.share_with(solver.net)
    feed(net, digits)
    batches = len(digits.labels) // net.blobs["data"].num
    return sum(float(net.forward()["accuracy"]) for _ in range(batches)) / batches


def occluded(digits):
    """Every digit with every blank square that BlankSquare can draw: sixteen of each."""
    blanked = []
    for top in range(4):
        for left in range(4):
            images = digits.images.copy()
            images[:, :, top : top + 4, left : left + 4] = 0
            blanked.append(images)
    return Digits(np.concatenate(blanked), np.tile(digits.labels, len(blanked)))


def compare(digits):
    """Both nets from the weights that the first one drew, on the same batches in the same order.

    And Caffe's once more with every weight one rounding away: what that changes is no fault of anybody's.
    """
    training, held_back = split(digits, seed=1)
    own, ours = solver_for("lenet_caffe.prototxt", 1), solver_for("lenet_layers.prototxt", 1)
    rounded = solver_for("lenet_caffe.prototxt", 1)
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "initial.caffemodel")
        own.net.save(weights)
        ours.net.copy_from(weights)
        rounded.net.copy_from(weights)
    for blobs in rounded.net.params.values():
        for blob in blobs:
            blob.data[...] = np.nextafter(blob.data, np.float32(np.inf))
    result = {}
    for name, solver in (("caffe", own), ("layers", ours), ("rounded", rounded)):
        result[name] = {
            "losses": losses(solver, training, COMPARED_ITERATIONS),
            "accuracy": accuracy(solver, held_back),
        }
    return result


def walk_once(digits, seed, stages, iterations):
    training, held_back = split(digits, seed)
    solver = solver_for("lenet_layers.prototxt", seed, stages)
    losses(solver, training, iterations)
    return {"whole": accuracy(solver, held_back), "occluded": accuracy(solver, occluded(held_back))}


def walk(digits, seeds=8, iterations=1500):
    """The accuracies of the nets trained without and with BlankSquare, one for each seed.

    A seed gives the split, the initial weights and the draws.
    """
    ways = {"without": (), "with": ("blank_square",)}
    return {
        name: [walk_once(digits, seed, stages, int(iterations)) for seed in range(int(seeds))]
        for name, stages in ways.items()
    }


def main(task, digits, result, *sizes):
    caffe.set_mode_cpu()
    found = {"compare": compare, "walk": walk}[task](read_digits(digits), *sizes)
    with open(result, "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
