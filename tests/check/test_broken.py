"""Emitted classes that are broken on purpose, each in a way that hand-written layers are: what is said of them."""

import numpy as np
import pytest

PRELU = """layer PReLU(x: [N, C, *S]) -> y: [N, C, *S]:
    param slope: [C] = constant(0.25)
    y = max(x, 0) + slope * min(x, 0)
"""
SQUARED = """layer Squared(pred: [N, C], label: const [N, C]) -> loss: []:
    difference = pred - label
    loss = sum(difference**2) / N
"""
BATCH = """layer Centre(x: [N, C]) -> y: [N, C]:
    state centre: [C] = 0
    y = x - centre
    if train:
        update centre = 0.9 * centre + 0.1 * mean(x, over=N)
"""


def backward(change):
    """Breaks the backward of a class: `change(real, self, top, propagate_down, bottom)` in place of the real one."""

    def breaking(emitted):
        def broken(self, top, propagate_down, bottom):
            change(emitted.backward, self, top, propagate_down, bottom)

        return type(emitted.__name__, (emitted,), {"backward": broken})

    return breaking


def forward(change):
    """Breaks the forward: `change(self, bottom, top)` is called after the real one."""

    def breaking(emitted):
        def broken(self, bottom, top):
            emitted.forward(self, bottom, top)
            change(self, bottom, top)

        return type(emitted.__name__, (emitted,), {"forward": broken})

    return breaking


def wrong_sign(real, self, top, propagate_down, bottom):
    real(self, top, propagate_down, bottom)
    if propagate_down[0]:
        bottom[0].diff[...] *= -1


def twice(real, self, top, propagate_down, bottom):
    real(self, top, propagate_down, bottom)
    if propagate_down[0]:
        bottom[0].diff[...] *= 2


def one_entry(real, self, top, propagate_down, bottom):
    real(self, top, propagate_down, bottom)
    if propagate_down[0]:
        bottom[0].diff.reshape(-1)[-1] += 1e-3


def nothing(real, self, top, propagate_down, bottom):
    if propagate_down[0]:
        bottom[0].diff[...] = 0


def assigned(real, self, top, propagate_down, bottom):
    self.blobs[0].diff[...] = 0
    real(self, top, propagate_down, bottom)


def top_diff_ignored(real, self, top, propagate_down, bottom):
    before = top[0].diff.copy()
    top[0].diff[...] = 1
    real(self, top, propagate_down, bottom)
    top[0].diff[...] = before


def always_written(real, self, top, propagate_down, bottom):
    real(self, top, [True] * len(propagate_down), bottom)


def part_unwritten(real, self, top, propagate_down, bottom):
    before = bottom[0].diff.reshape(-1)[0]
    real(self, top, propagate_down, bottom)
    bottom[0].diff.reshape(-1)[0] = before


def added_to_bottom(real, self, top, propagate_down, bottom):
    before = bottom[0].diff.copy()
    real(self, top, propagate_down, bottom)
    bottom[0].diff[...] += before


def label_differentiated(real, self, top, propagate_down, bottom):
    real(self, top, propagate_down, bottom)
    if propagate_down[1]:
        bottom[1].diff[...] = 1


def data_overwritten(real, self, top, propagate_down, bottom):
    real(self, top, propagate_down, bottom)
    bottom[0].data[...] = 0


def top_diff_overwritten(real, self, top, propagate_down, bottom):
    real(self, top, propagate_down, bottom)
    top[0].diff[...] *= 2


WRONG_BACKWARDS = {
    (SQUARED, wrong_sign): ["the gradient of `pred` in `Squared` is not the slope", "every entry has the wrong sign"],
    (SQUARED, twice): ["the gradient of `pred` in `Squared` is not the slope", "every entry is 2 times its slope"],
    (SQUARED, one_entry): ["the gradient of `pred` in `Squared` is not the slope", "the backward gives"],
    (SQUARED, nothing): ["the gradient of `pred` in `Squared` is not the slope", "every entry is 0"],
    (PRELU, assigned): ["the diff of parameter `slope` is assigned in the backward", "iter_size"],
    (SQUARED, top_diff_ignored): ["does not depend on the diff of top `loss`", "`loss_weight` would do nothing"],
    (PRELU, always_written): ["the diff of `x` is written although `propagate_down[0]` is false"],
    (SQUARED, part_unwritten): ["the diff of `pred` is left unwritten in part, or is not a number"],
    (SQUARED, added_to_bottom): ["the diff of `pred` is left unwritten in part, or is not a number"],
    (SQUARED, label_differentiated): ["`label` has no gradient, but is given one that is not 0"],
    (SQUARED, data_overwritten): ["the data of `pred` is overwritten"],
    (SQUARED, top_diff_overwritten): ["the diff of top `loss` is overwritten"],
}


@pytest.mark.parametrize(
    ("text", "change", "words"),
    [(text, change, words) for (text, change), words in WRONG_BACKWARDS.items()],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_backward_is_caught(check_broken, text, change, words):
    found = check_broken(text, backward(change)).diagnostics
    said = "\n".join("\n".join([each.message, *each.notes]) for each in found)
    assert all(each.code == "LD603" and each.level == "error" for each in found)
    for word in words:
        assert word in said


def test_a_wrong_gradient_is_shown_with_line_entry_and_both_values(check_broken):
    (found,) = check_broken(SQUARED, backward(twice)).diagnostics
    assert found.span.text == "difference = pred - label"  # the first formula that uses `pred`
    got, wanted = (float(found.notes[0].split(word)[1].split(",")[0]) for word in ("gives ", "slope is "))
    assert "`pred[0, 0]`" in found.notes[0]
    assert got == pytest.approx(2 * wanted, rel=1e-5)
    assert found.notes[-1] == "in TRAIN with `pred` 2x3, `label` 2x3"


def test_a_wrong_gradient_stands_in_the_table(check_broken):
    verdicts = {row.what: row.verdict for row in check_broken(PRELU, backward(wrong_sign)).rows}
    assert verdicts == {"x": "WRONG", "slope": "ok"}


def test_a_wrong_forward_is_caught(check_broken):
    """Its gradient is right, so that only the formula can tell."""

    def shifted(self, bottom, top):
        top[0].data[...] += 1

    (found,) = check_broken(SQUARED, forward(shifted)).diagnostics
    assert found.message == "the emitted forward of `Squared` gives another `loss` than its formulas"


def test_a_forward_that_leaves_a_part_unwritten_is_caught(check_broken):
    def forgets(self, bottom, top):
        top[0].data.reshape(-1)[0] = np.nan

    result = check_broken(PRELU, forward(forgets))
    assert [found.message for found in result.diagnostics] == [
        "the emitted forward of `PReLU` gives another `y` than its formulas"
    ]
    assert "emitted nan" in result.diagnostics[0].notes[0]
    assert {row.verdict for row in result.rows} == {"WRONG"}


def test_a_state_that_goes_wrong_is_caught(check_broken):
    def forgotten(self, bottom, top):
        self.blobs[0].data[...] = 0

    said = [found.message for found in check_broken(BATCH, forward(forgotten)).diagnostics]
    assert "the emitted forward of `Centre` gives another `centre` than its formulas" in said


def test_a_fault_in_one_phase_alone_is_caught(check_broken):
    def in_test(self, bottom, top):
        if self.phase == 1:
            top[0].data[...] *= 2

    (found, *_) = check_broken(BATCH, forward(in_test)).diagnostics
    assert any(note.startswith("in TEST") for note in found.notes)


def test_a_layer_that_is_wrong_in_place_is_caught(check_broken):
    """The backward reads its bottom, which the top has overwritten by then."""

    def reads_bottom(real, self, top, propagate_down, bottom):
        top[0].diff[...] *= bottom[0].data > -10
        if propagate_down[0]:
            bottom[0].diff[...] = top[0].diff * bottom[0].data * 2

    def breaking(emitted):
        def forward(self, bottom, top):
            top[0].data[...] = bottom[0].data ** 2

        def backward(self, top, propagate_down, bottom):
            reads_bottom(None, self, top, propagate_down, bottom)

        return type(emitted.__name__, (emitted,), {"forward": forward, "backward": backward})

    found = check_broken("layer Square(x: [N]) -> y: [N]:\n    y = x**2\n", breaking).diagnostics
    assert [each.message for each in found] == [
        "`Square`: with top `y` in the place of `x`, the diff of `x` is another one"
    ]


def test_code_that_breaks_down_does_not_hide_the_other_layers(check, monkeypatch):
    from layerdsl.check import file

    emitted = file.emitted_class

    def crashing(layer):
        found = emitted(layer)
        if layer.name == "A":
            found.backward = lambda self, top, propagate_down, bottom: 1 / 0
        return found

    monkeypatch.setattr(file, "emitted_class", crashing)
    result = check("layer A(x: [N]) -> y: [N]:\n    y = 2 * x\n\nlayer B(x: [N]) -> y: [N]:\n    y = 3 * x\n")
    (found,) = result.diagnostics
    assert found.code == "LD901"
    assert "ZeroDivisionError" in found.notes[0]
    assert [(row.layer, row.verdict) for row in result.rows] == [("A", "FAILED"), ("B", "ok")]
