"""Data of `const` bottoms that is compared with numbers: some of it is those numbers."""

BALANCED = """\
layer Balanced(x: [N, *S], t: const [N, *S]) -> loss: []:
    background = t == 0
    weight = where(background, count(t > 0), count(background)) / (count(t > 0) + count(background))
    loss = sum(softplus(x * (1 - 2 * float(background))) * weight) / sum(weight)
"""
CLASSES = """\
layer Classes(x: [N], t: const [N]) -> loss: []:
    loss = sum(x * float(abs(t) * abs(t - 1) == 0)) / count(abs(t) * abs(t - 1) == 0)
"""
IGNORED = """\
layer Kept(x: [N, C], t: const [N, C]) -> y: [N, C]:
    hyper ignored: int = 255
    y = where(t == ignored, 0, tanh(x))
"""


def test_a_loss_that_weighs_classes_is_measured(check):
    for text in (BALANCED, CLASSES):
        result = check(text)
        assert result.ok
        assert result.rows[0].verdict == "ok"


def test_a_gradient_that_is_wrong_where_data_is_a_number_is_found(check_broken):
    def breaking(layer):
        class Broken(layer):
            def backward(self, top, propagate_down, bottom):
                super().backward(top, propagate_down, bottom)
                if propagate_down[0]:
                    bottom[0].diff[...] += bottom[1].data == 255

        Broken.__name__ = layer.__name__
        return Broken

    assert "gradient of `x`" in check_broken(IGNORED, breaking).diagnostics[0].message
    assert check_broken(IGNORED, lambda layer: layer).diagnostics == ()


def test_data_is_not_that_number_where_nothing_is_finite_then(check):
    """Where it is 0 it divides: other data is drawn."""
    result = check(
        "layer Share(x: [N], t: const [N]) -> (y: [N], m: const []):\n    y = x / t\n    m = count(t == 0)\n"
    )
    assert result.rows[0].verdict == "ok"
