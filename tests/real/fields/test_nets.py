"""Examples from the field on real Caffe: every blob and weight of their nets, forward and backward."""

import json
import pathlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from layerdsl.pipeline import prototxt

SCRIPT = pathlib.Path(__file__).resolve().parent / "scripts" / "beside.py"


def standard(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def integers(high, *shape, seed=0):
    return np.random.RandomState(seed).randint(0, high, shape).astype(np.float32)


# -- the cases ---------------------------------------------------------------------------------------------------------

FORCED = "force_backward: true"
SHAPES = {
    "6x4": (6, 4),
    "1x4": (1, 4),
    "7": (7,),
    "2x3x1x1": (2, 3, 1, 1),
    "2x3x5x7": (2, 3, 5, 7),
}
LOSS_WEIGHTS = (1, 3, 0.25, -2, 0)
EUCLIDEAN = {"EuclideanLoss": ["EuclideanLoss", ""]}
PRELU = {
    "PReLU": ["PReLU", "prelu_param { filler { value: 0.25 } }"],
    "InnerProduct": ["InnerProduct", "inner_product_param { num_output: 6 }"],
}
SOFTMAX = {"SoftmaxLoss": ["SoftmaxWithLoss", "loss_param { ignore_label: 255 }"]}
PLAIN_SOFTMAX = {"SoftmaxLoss": ["SoftmaxWithLoss", ""]}

# Shapes of scores and of labels.
SCORES = {
    "labels [N]": ((6, 5), (6,)),
    "labels [N, 1]": ((6, 5), (6, 1)),
    "labels [N, 1, 1, 1]": ((6, 5), (6, 1, 1, 1)),
    "scores [N, C, 1, 1]": ((6, 5, 1, 1), (6, 1, 1, 1)),
    "scores [N, C, 1, 1], labels [N]": ((6, 5, 1, 1), (6,)),
    "maps": ((2, 5, 3, 4), (2, 1, 3, 4)),
    "maps, labels [N, H, W]": ((2, 5, 3, 4), (2, 3, 4)),
    "a batch of 1": ((1, 5), (1,)),
    "one class": ((3, 1, 2, 2), (3, 1, 2, 2)),
}


def ignoring(labels):
    """Every third label is to be ignored."""
    labels = labels.copy()
    labels.reshape(-1)[::3] = 255
    return labels


def labels_of(score, shape, seed=3):
    return integers(score[1], *shape, seed=seed)


def net_of(folder, arrays, **case):
    """The net of an example with these inputs."""
    return {"net": f"{folder}/net.prototxt", "fields": FORCED, **case}, arrays


def snippet_of(folder, arrays, **case):
    """The emitted snippet alone, its bottoms fed by these inputs."""
    inputs = {name: array.shape for name, array in arrays.items()}
    return {"snippet": folder, "inputs": inputs, **case}, arrays


def cases_of_euclidean():
    data = {"data": standard(6, 5), "target": standard(6, 4, seed=1)}
    for weight in LOSS_WEIGHTS:
        yield f"euclidean, weight {weight}", net_of("euclidean_loss", data, own=EUCLIDEAN, loss_weight=[weight])
    for name, shape in SHAPES.items():
        pair = {"pred": standard(*shape), "target": standard(*shape, seed=1)}
        yield f"euclidean, {name}", snippet_of("euclidean_loss", pair, own=EUCLIDEAN)


def cases_of_learned():
    for batch in (7, 1):
        data = {"data": standard(batch, 3, 4, 5), "label": integers(6, batch)}
        yield f"prelu and inner product, {batch}", net_of("prelu_inner_product", data, own=PRELU)


def cases_of_softmax():
    image, label = standard(2, 3, 6, 5), integers(4, 2, 1, 6, 5)
    for weight in LOSS_WEIGHTS:
        data = {"image": image, "label": ignoring(label)}
        yield f"softmax, weight {weight}", net_of("softmax_loss", data, own=SOFTMAX, loss_weight=[weight])
    yield "softmax, all ignored", net_of("softmax_loss", {"image": image, "label": label * 0 + 255}, own=SOFTMAX)
    yield "softmax, far", net_of("softmax_loss", {"image": 20 * image, "label": label}, own=SOFTMAX)
    for name, (score, shape) in SCORES.items():
        data = {"score": 3 * standard(*score), "label": integers(score[1], *shape, seed=3)}
        yield f"softmax, {name}", snippet_of("softmax_loss", data, own=PLAIN_SOFTMAX)
        some = data | {"label": ignoring(data["label"])}
        yield (
            f"softmax, {name}, some ignored",
            snippet_of("softmax_loss", some, own=SOFTMAX, param_str="ignore_label: 255"),
        )


BESIDE_OWN = {
    name: case for cases in (cases_of_euclidean, cases_of_learned, cases_of_softmax) for name, case in cases()
}

IMAGES = {"image": standard(3, 2, 7, 5), "mask": integers(2, 3, 1, 7, 5)}
REGRESSION = {"data": standard(9, 5), "target": 2 * standard(9, 8, seed=1), "weight": integers(3, 9, 8, seed=2)}
POINTS = {"point": standard(6, 10, 4), "seen": standard(6, 10, 3, seed=1)}
BOXES = [[20, 18, 150, 145, 1], [200, 60, 455, 310, 2], [5, 200, 160, 350, 1], [320, 60, 450, 190, 3]]
SCENE = {
    "data": standard(1, 3, 352, 480),
    "im_info": np.float32([[352, 480, 1]]),
    "gt_boxes": np.float32(BOXES),
    "feature": standard(1, 8, 22, 30),
}
DEEP = standard(2, 5, 3, 1, 4)
FAR = np.float32([[0, 1000, 0], [-2000, 0, 0]])

ALONE = {
    "dice": net_of("dice_loss", IMAGES),
    "dice, weight 3, smooth 0.5": net_of("dice_loss", IMAGES, loss_weight=[3], param_str="{'smooth': 0.5}"),
    "smooth l1": net_of("weighted_smooth_l1", REGRESSION),
    "smooth l1, weight 2, sigma 3": net_of("weighted_smooth_l1", REGRESSION, loss_weight=[2], param_str="sigma: 3"),
    "camera, as filled": net_of("camera", POINTS, keep=["camera"]),
    "camera": net_of("camera", POINTS),
    "anchors": net_of("anchors", SCENE),
    "anchors, fewer": net_of(
        "anchors", SCENE | {"gt_boxes": np.float32(BOXES[:1])}, param_str="A: 1, scales: [4], feat_stride: 16"
    ),
    "softmax, five axes": snippet_of("softmax_loss", {"score": DEEP, "label": integers(5, 2, 1, 3, 1, 4)}),
    "euclidean, five axes": snippet_of("euclidean_loss", {"pred": DEEP, "target": DEEP**2}),
    "softmax, farther": snippet_of("softmax_loss", {"score": FAR, "label": np.float32([0, 0])}),
}


@pytest.fixture(scope="module")
def ran(run_on_caffe, compiled, modules, nets):
    """Every case: name to the dictionaries of its sides, from (blob, "data" or "diff") to the array."""
    cases = BESIDE_OWN | ALONE
    snippets = {case["snippet"] for case, _ in cases.values() if "snippet" in case}
    texts = {folder: FORCED + "\n" + prototxt(compiled(folder)) for folder in snippets}
    described = {
        name: case | ({"fields": texts[case["snippet"]]} if "snippet" in case else {})
        for name, (case, _) in cases.items()
    }
    inputs = {f"{name}:{blob}": array for name, (_, arrays) in cases.items() for blob, array in arrays.items()}
    done = run_on_caffe(SCRIPT, files=nets | modules | {"cases.json": json.dumps(described)}, inputs=inputs)
    found = {}
    for name, array in done.arrays.items():
        case, side, blob, kind = name.split("/")
        found.setdefault(case, {}).setdefault(side, {})[blob, kind] = array
    return found


@pytest.mark.parametrize("name", BESIDE_OWN)
def test_equal_to_caffes_own_layer(ran, name):
    """Every blob and every weight, data and diff, of the whole net."""
    emitted, own = ran[name]["emitted"], ran[name]["own"]
    assert set(emitted) == set(own)
    for key, expected in own.items():
        scale = max(np.abs(expected).max(), 1e-3) if expected.size else 1
        assert emitted[key].shape == expected.shape or key[1] == "diff"
        assert_allclose(emitted[key], expected, rtol=1e-5, atol=1e-6 * scale, err_msg=str(key))


# -- 3: losses held against their formulas, written out ---------------------------------------------------------------


def dice(prob, mask, smooth):
    """Loss and its derivative in float64, image by image."""
    count = len(prob)
    loss, slope = 1.0, np.zeros_like(prob)
    for i, (p, m) in enumerate(zip(prob, mask, strict=True)):
        above, below = 2 * (p * m).sum() + smooth, (p**2 + m**2).sum() + smooth
        loss -= above / below / count
        slope[i] = -(2 * m * below - above * 2 * p) / below**2 / count
    return loss, slope


@pytest.mark.parametrize(("name", "weight", "smooth"), [("dice", 1, 1), ("dice, weight 3, smooth 0.5", 3, 0.5)])
def test_dice_loss(ran, name, weight, smooth):
    blobs = ran[name]["emitted"]
    prob, mask = (np.float64(blobs[name, "data"]) for name in ("prob", "mask"))
    loss, slope = dice(prob, mask, smooth)
    assert_allclose(blobs["loss", "data"], loss, rtol=1e-6)
    assert_allclose(blobs["prob", "diff"], weight * slope, rtol=1e-5, atol=1e-9)
    assert 0.1 < loss < 0.9
    assert not blobs["mask", "diff"].any()


def smooth_l1(pred, target, weight, sigma):
    """Loss and its derivative by `pred` in float64, entry by entry."""
    loss, slope = 0.0, np.zeros_like(pred)
    for place, far in np.ndenumerate(weight * (pred - target)):
        near = abs(far) < 1 / sigma**2
        loss += 0.5 * (sigma * far) ** 2 if near else abs(far) - 0.5 / sigma**2
        slope[place] = weight[place] * (sigma**2 * far if near else np.sign(far))
    return loss / len(pred), slope / len(pred)


@pytest.mark.parametrize(("name", "factor", "sigma"), [("smooth l1", 1, 1), ("smooth l1, weight 2, sigma 3", 2, 3)])
def test_a_loss_of_three_bottoms_one_of_which_gets_no_gradient(ran, name, factor, sigma):
    blobs = ran[name]["emitted"]
    loss, slope = smooth_l1(*(np.float64(blobs[name, "data"]) for name in ("pred", "target", "weight")), sigma)
    assert_allclose(blobs["loss", "data"], loss, rtol=1e-6)
    assert_allclose(blobs["pred", "diff"], factor * slope, rtol=1e-5, atol=1e-9)
    assert_allclose(blobs["target", "diff"], -factor * slope, rtol=1e-5, atol=1e-9)
    assert not blobs["weight", "diff"].any()
    assert blobs["data", "diff"].any()


# -- 4: learned blobs -------------------------------------------------------------------------------------------------


def test_two_learned_blobs_are_filled_as_declared(ran):
    blobs = ran["camera, as filled"]["emitted"]
    assert_array_equal(blobs["camera.0", "data"], np.zeros((3, 4)))
    assert_array_equal(blobs["camera.1", "data"], np.ones(10))
    assert not blobs["image", "data"].any()


@pytest.mark.parametrize("name", ["camera, as filled", "camera"])
def test_two_learned_blobs_get_their_gradients(ran, name):
    blobs = ran[name]["emitted"]
    point, seen, matrix, weight = (
        np.float64(blobs[name, "data"]) for name in ("point", "seen", "camera.0", "camera.1")
    )
    straight = point @ matrix.T
    image = straight * weight[:, None]
    slope = (image - seen) / len(point)
    assert_allclose(blobs["image", "data"], image, rtol=1e-5, atol=1e-6)
    assert_allclose(blobs["camera.0", "diff"], np.einsum("npr,npd,p->rd", slope, point, weight), rtol=1e-5, atol=1e-6)
    assert_allclose(blobs["camera.1", "diff"], np.einsum("npr,npr->p", slope, straight), rtol=1e-5, atol=1e-6)
    assert_allclose(blobs["point", "diff"], np.einsum("npr,rd,p->npd", slope, matrix, weight), rtol=1e-5, atol=1e-6)


# -- 6: scores far apart, and blobs of five axes, for which Caffe's own has no answer ---------------------------------


def test_scores_far_apart_cost_what_they_are_apart(ran):
    blobs = ran["softmax, farther"]["emitted"]
    assert_allclose(blobs["loss", "data"], (1000 + 2000 + np.log(2)) / 2, rtol=1e-6)
    assert_allclose(blobs["score", "diff"], [[-0.5, 0.5, 0], [-0.5, 0.25, 0.25]], rtol=1e-6)


def test_five_axes(ran):
    blobs = ran["euclidean, five axes"]["emitted"]
    distance = np.float64(blobs["pred", "data"]) - blobs["target", "data"]
    assert_allclose(blobs["loss", "data"], (distance**2).sum() / 4, rtol=1e-6)
    assert_allclose(blobs["pred", "diff"], distance / 2, rtol=1e-6)
    blobs = ran["softmax, five axes"]["emitted"]
    score, label = np.float64(blobs["score", "data"]), blobs["label", "data"].astype(int)
    share = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    assert_allclose(blobs["loss", "data"], -np.log(np.take_along_axis(share, label, 1)).mean(), rtol=1e-6)
    hot = label == np.arange(5).reshape(1, 5, 1, 1, 1)
    assert_allclose(blobs["score", "diff"], (share - hot) / 24, rtol=1e-5, atol=1e-8)


# -- 8: four bottoms, four tops, a dotted module ----------------------------------------------------------------------


def overlap_of(a, b):
    """The area that two boxes share over that of either, both ends counted."""
    width = min(a[2], b[2]) - max(a[0], b[0]) + 1
    height = min(a[3], b[3]) - max(a[1], b[1]) + 1
    both = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0] + 1) * (box[3] - box[1] + 1) for box in (a, b)]
    return both / (sum(areas) - both)


def shift_of(anchor, box):
    """Where the box lies, seen from the anchor: shift of the centre and logarithm of the size."""
    (x, y, w, h), (u, v, s, t) = (
        ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2, b[2] - b[0] + 1, b[3] - b[1] + 1) for b in (anchor, box)
    )
    return (u - x) / w, (v - y) / h, np.log(s / w), np.log(t / h)


def targets(boxes, scales, rows, columns, height, width, stride=16):
    """Labels and targets anchor by anchor."""
    anchors = {}
    for a, row, column in np.ndindex(len(scales), rows, columns):
        half = scales[a] * stride / 2
        x, y = column * stride + stride / 2 - half, row * stride + stride / 2 - half
        box = (x, y, x + 2 * half - 1, y + 2 * half - 1)
        if x >= 0 and y >= 0 and box[2] < width and box[3] < height:
            anchors[a, row, column] = box
    labels = np.full((len(scales), rows, columns), -1.0)
    places = np.zeros((len(scales), 4, rows, columns))
    overlaps = {key: [overlap_of(anchor, box) for box in boxes] for key, anchor in anchors.items()}
    highest = np.max(list(overlaps.values()), axis=0)
    for (a, row, column), found in overlaps.items():
        chosen = max(found) >= 0.7 or any(found[i] == highest[i] > 0 for i in range(len(boxes)))
        labels[a, row, column] = 1 if chosen else 0 if max(found) < 0.3 else -1
        places[a, :, row, column] = shift_of(anchors[a, row, column], boxes[np.argmax(found)])
    return labels, places


@pytest.mark.parametrize(
    ("name", "boxes", "scales"), [("anchors", BOXES, [8, 16, 32]), ("anchors, fewer", BOXES[:1], [4])]
)
def test_four_bottoms_and_four_tops(ran, name, boxes, scales):
    blobs = ran[name]["emitted"]
    labels, places = targets(boxes, scales, 22, 30, 352, 480)
    assert {-1, 0, 1} == set(labels.flat)
    assert_array_equal(blobs["rpn_labels", "data"], labels[None])
    assert_allclose(blobs["rpn_bbox_targets", "data"], places[None], rtol=1e-4, atol=1e-5)
    chosen = np.repeat(labels[None, :, None] == 1, 4, axis=2)
    assert_array_equal(blobs["rpn_bbox_inside_weights", "data"], chosen)
    counted = np.repeat(labels[None, :, None] >= 0, 4, axis=2)
    assert_allclose(blobs["rpn_bbox_outside_weights", "data"], counted / (labels >= 0).sum(), rtol=1e-6)
    assert not blobs["feature", "diff"].any()
