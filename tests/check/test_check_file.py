"""The check of whole files: rows, verdicts, phases, and how long it takes."""

import time

import pytest

STEP = """layer Step(x: [N]) -> y: [N]:
    y = where(x > 0, 1, 0) + 0 * x
    gradient x = d(y)
"""


def test_the_table(check):
    text = """layer PReLU(x: [N, C, *S]) -> y: [N, C, *S]:
    param slope: [C] = constant(0.25)
    y = max(x, 0) + slope * min(x, 0)
"""
    assert check(text).table() == (
        "layer  gradient of  phase        shapes                         entries  measured by   error\n"
        "PReLU  x            train, test  2x3x3 1x1 3x1x2x3 1x4x1x2 5x2       91  complex step  < 1e-12  ok\n"
        "PReLU  slope        train, test  3 1 4 2                             17  complex step  < 1e-12  ok\n"
    ).replace("     91", str(18 + 1 + 18 + 8 + 10 + 18).rjust(7)).replace(
        "     17", str(3 + 1 + 1 + 4 + 2 + 3).rjust(7)
    )  # fmt: skip


def test_a_gradient_by_hand_that_differs_is_a_warning(check):
    result = check(STEP)
    (found,) = result.diagnostics
    assert (found.code, found.level) == ("LD603", "warning")
    assert found.message == "the gradient of `x` in `Step` is given by hand and differs from the derivative"
    assert found.span.text == "d(y)"
    assert result.rows[0].verdict == "given by hand"


def test_a_gradient_by_hand_that_is_the_derivative_is_right(check):
    result = check("layer Twice(x: [N]) -> y: [N]:\n    y = 2 * x\n    gradient x = 2 * d(y)\n")
    assert (result.rows[0].verdict, result.diagnostics) == ("ok", ())


def test_a_layer_for_one_phase_is_checked_in_it_alone(check):
    result = check("layer T(x: [N]) -> y: [N]:\n    include test\n    y = 2 * x\n")
    assert result.rows[0].phases == "test"


def test_a_layer_that_differs_between_the_phases_is_tried_on_all_shapes_in_both(check):
    same = check("layer A(x: [N]) -> y: [N]:\n    y = 2 * x\n").rows[0]
    other = check("layer A(x: [N]) -> y: [N]:\n    y = 2 * x if train else x\n").rows[0]
    assert same.shapes == other.shapes
    assert other.entries == 2 * sum(int(shape) for shape in other.shapes)
    assert same.entries == sum(int(shape) for shape in same.shapes) + int(same.shapes[0])


def test_a_metric_has_no_gradient(check):
    result = check("layer A(x: const [N]) -> y: []:\n    y = mean(x)\n")
    assert [(row.what, row.verdict) for row in result.rows] == [("nothing", "ok")]


def test_a_layer_that_no_sizes_fit_is_named(check):
    result = check("layer L(x: [N]) -> y: []:\n    require N > 3 and N < 3\n    y = sum(x)\n")
    (found,) = result.diagnostics
    assert found.message == "`L` was not checked: no sizes and values were found that it accepts"
    assert found.level == "warning"


def test_a_layer_that_is_never_finite_is_named(check):
    (found,) = check("layer L(x: [N]) -> y: []:\n    y = sum(log(-abs(x) - 1))\n").diagnostics
    assert found.message == "`L` was not checked: no values were found for which its tops are finite"


def test_positive_values_are_found_where_a_formula_needs_them(check):
    result = check("layer L(p: [N], q: [N]) -> y: [N]:\n    y = log(p) * sqrt(1 - q) + p**q\n")
    assert [(row.what, row.verdict) for row in result.rows] == [("p", "ok"), ("q", "ok")]
    assert all(row.entries > 20 for row in result.rows)


def properties(check, text):
    return {row.property: row for _, row in check(text).properties}


def test_a_parameter_that_nothing_uses_is_no_hindrance(check):
    result = check("layer L(x: [N, C]) -> y: [N, C]:\n    param w: [C] = 1\n    y = x + 1\n")
    assert result.ok
    assert {row.verdict for _, row in result.properties} == {"ok"}


def test_properties_are_tried_with_any_number_of_bottoms(check):
    found = properties(check, "layer L(*xs: [N]) -> y: [N]:\n    y = sum(xs, over=xs)\n")
    assert found["top diffs"].how == "loss_weight 0, 1 and 3.5"
    assert found["propagate_down"].how == "every one of 4 subsets"


def test_gradients_by_hand_need_not_scale_with_the_tops(check):
    found = properties(check, "layer L(*xs: [N]) -> y: [N]:\n    y = sum(xs, over=xs)\n    gradient xs = sign(xs)\n")
    assert found["top diffs"].how == "every gradient is given by hand"


def test_awkward_inputs_are_tried_also_where_something_on_the_way_is_infinite(check):
    text = """layer L(x: [N, K]) -> y: [N]:
    masked = where(index(K) > 0, x, -inf)
    y = logsumexp(masked, over=K) + max(x, over=K)
"""
    assert "zeros" not in properties(check, text)["awkward inputs"].how.partition("out of range")[2]
    found = properties(check, "layer L(x: [N]) -> y: [N]:\n    y = log(x)\n")["awkward inputs"]
    assert "out of range: zeros" in found.how


def test_states_need_not_be_what_they_start_from(check):
    text = """layer L(x: [N, C]) -> y: [N, C]:
    state variance: [C] = 1
    y = x / sqrt(variance)
"""
    assert check(text).rows[0].verdict == "ok"


def test_a_file_with_nothing_to_check(check):
    result = check("def f(x):\n    return x\n")
    assert (result.table(), result.diagnostics) == ("", ())


@pytest.mark.parametrize("layers", [1, 5])
def test_a_simple_layer_takes_no_two_seconds(check, layers):
    """Loosely held, as the machine may be busy: it takes about a tenth of a second."""
    text = "\n".join(f"layer L{i}(x: [N, C, *S]) -> y: [N, C, *S]:\n    y = max(x, 0)\n" for i in range(layers))
    start = time.process_time()
    check(text)
    assert time.process_time() - start < 2 * layers
