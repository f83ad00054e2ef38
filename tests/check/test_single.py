"""Float32 of emitted layers: what it loses beyond the formula is a fault of ours, what the formula loses is told."""

import numpy as np

FAR = "layer Far(x: [N, C]) -> y: [N, C]:\n    y = (x + 300000) - 300000\n"
PLAIN = "layer Plain(x: [N, C]) -> y: [N, C]:\n    y = x * exp(x) / (1 + x**2)\n"


def row(result, name):
    return next(row for _, row in result.properties if row.property == name)


def test_a_formula_that_loses_its_digits_is_told_so(check):
    result = check(FAR)
    found = next(each for each in result.diagnostics if each.code == "LD607")
    assert found.level == "warning"
    assert "in float32 `y` has 2 right digits of 7" in found.message
    assert row(result, "float32").verdict == "doubtful"


def test_a_formula_that_does_not_is_left_alone(check):
    assert check(PLAIN).diagnostics == ()


def test_an_emitted_layer_that_loses_digits_of_its_own_is_wrong(check_broken):
    def breaking(layer):
        class Broken(layer):
            def forward(self, bottom, top):
                super().forward(bottom, top)
                if top[0].data.dtype == np.float32:  # four digits are kept, of seven
                    top[0].data[...] = (top[0].data.view(np.int32) & ~0x3FF).view(np.float32)

        Broken.__name__ = layer.__name__
        return Broken

    (found,) = check_broken(PLAIN, breaking).diagnostics
    assert "in float32 `y` is further from float64 than rounding explains" in found.message
